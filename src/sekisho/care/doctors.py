"""Which doctor a row of visits or stays names: by id, or by a name that one id alone bears."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sekisho.care.places import name_key


class Doctors:
    """Names of doctors → ids, only where one id alone bears the name."""

    def __init__(self, posts: Iterable[Any]) -> None:
        named: dict[str, set[str]] = {}
        self._ids: set[str] = set()
        for post in posts:
            self._ids.add(post.user_id)
            if post.name:
                named.setdefault(name_key(post.name), set()).add(post.user_id)
        self._named = {name: next(iter(ids)) for name, ids in named.items() if len(ids) == 1}
        self._known: dict[str, str | None] = {}

    def id_of(self, doctor: str | None, doctor_id: str | None) -> str | None:
        """Return the id of the doctor that a row names, or None."""
        if doctor_id is not None or doctor is None:
            return doctor_id
        if doctor not in self._known:
            key = name_key(doctor)
            self._known[doctor] = (
                doctor
                if doctor in self._ids
                else self._named.get(key) or self._named.get(key.removesuffix("医師"))
            )
        return self._known[doctor]
