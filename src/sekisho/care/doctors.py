"""Whom a row of a list names: by id, or by a name that one id alone bears."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sekisho.care.places import name_key


class Doctors:
    """Names and numbers as lists write them → ids of the staff list, never a guess."""

    def __init__(self, posts: Iterable[Any]) -> None:
        named: dict[str, set[str]] = {}
        bare: dict[str, set[str]] = {}
        self._ids: set[str] = set()
        for post in posts:
            self._ids.add(post.user_id)
            if post.user_id.isdecimal():
                bare.setdefault(post.user_id.lstrip("0"), set()).add(post.user_id)
            if post.name:
                named.setdefault(name_key(post.name), set()).add(post.user_id)
        self._named = _alone(named)
        self._bare = _alone(bare)
        self._known: dict[str, str | None] = {}

    def id_of(self, doctor: str | None, doctor_id: str | None) -> str | None:
        """Return the id of the doctor that a row names, or None.

        An id that the staff list does not know (a message's own numbering of doctors) yields
        to the name, where one id alone bears it.
        """
        if doctor_id is not None:
            restored = self._restored(doctor_id)
            if restored in self._ids or doctor is None:
                return restored
            return self.id_of(doctor, None) or restored
        if doctor is None:
            return None
        if doctor not in self._known:
            key = name_key(doctor)
            self._known[doctor] = (
                self._listed(doctor)
                or self._named.get(key)
                or self._named.get(key.removesuffix("医師"))
            )
        return self._known[doctor]

    def person(self, written: str) -> str | None:
        """Return whom a roster or a team names by id or name.

        A number that the staff list does not know stays as it is: a log may know it. A name
        that nobody bears, or two, is nobody.
        """
        found = self.id_of(written, None)
        if found is None and written.isascii() and any(sign.isdigit() for sign in written):
            return written
        return found

    def _listed(self, written: str) -> str | None:
        restored = self._restored(written)
        return restored if restored in self._ids else None

    def _restored(self, written: str) -> str:
        """Return the number with the zeros that a spreadsheet dropped, where one id alone fits."""
        if written in self._ids or not written.isdecimal():
            return written
        return self._bare.get(written.lstrip("0"), written)


def _alone(found: dict[str, set[str]]) -> dict[str, str]:
    """Return what stands for one id alone."""
    return {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}
