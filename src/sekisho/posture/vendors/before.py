"""What stood here before a vendor's answer was kept, and taking the whole answer back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from sekisho.errors import ConflictError
from sekisho.posture.anew import make_anew
from sekisho.posture.controls.entries import note_change
from sekisho.posture.tables import CONNECTION, CONTROL, SIGHTING
from sekisho.posture.vendors.tables import VENDOR_LETTER
from sekisho.storage import Database

_SIGHTED = ("told", "facts", "digest", "row", "load_id")
_CONTROL = ("until", "instead", "note", "confirmed_by", "confirmed_on")
_DAYS = frozenset({"last_patch", "until", "confirmed_on"})


class Before:
    """Notes, while an answer is kept, what stood before and what stands then."""

    def __init__(self) -> None:
        self._devices: dict[str, Any] = {}
        self._lines: dict[str, Any] = {}
        self._controls: dict[str, Any] = {}
        self._letter: dict[str, Any] = {}

    def note_letter(self, letter: Mapping[Any, Any]) -> None:
        """Note what the letter said of its answer."""
        at = letter["answered_at"]
        self._letter = {"answers": letter["answers"], "answered_at": at and at.isoformat(), "path": letter["path"]}  # fmt: skip

    def note_device(self, key: str, stood: Mapping[Any, Any] | None, digest: str) -> None:
        """Note a device's sighting, None where there was none, and the digest of the new one."""
        was = stood and {
            **{name: stood[name] for name in _SIGHTED},
            "seen_at": stood["seen_at"].isoformat(),
        }
        self._devices[key] = {"was": was, "now": digest}

    def note_line(
        self, key: str, line: Mapping[str, Any], told: Mapping[str, Any], said: Any
    ) -> None:
        """Note the columns of a line that are about to change."""
        was = {name: _plain(line[name]) for name in told}
        self._lines[key] = {"was": was, "said": line["said"], "now": said}

    def note_control(self, key: str, before: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        """Note a control that is off."""
        was = {name: _plain(before[name]) for name in _CONTROL}
        self._controls[key] = {"was": was, "now": {n: _plain(v) for n, v in told.items()}}

    def told(self, earlier: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return all of it; what an `earlier` answer of the same letter had noted goes before it."""
        new = {"devices": self._devices, "lines": self._lines, "controls": self._controls}
        if not earlier:
            return {**new, "letter": self._letter}
        joined = {name: dict(earlier[name]) for name in new}
        for name, part in new.items():
            for key, one in part.items():
                first = joined[name].get(key)
                if first is None:
                    joined[name][key] = one
                    continue
                was = first["was"] if name == "devices" else {**one["was"], **first["was"]}
                said = {"said": first["said"]} if "said" in first else {}
                joined[name][key] = {**one, "was": was, **said}
        return {**joined, "letter": earlier["letter"]}


def take_back(database: Database, letter: int, *, by: str, at: dt.datetime) -> int:
    """Take back everything that the answer to a letter said; return what was changed since and stays.

    Raises:
        ConflictError: There is no answer to take back.
    """
    own = VENDOR_LETTER.c.id == letter
    with database.write() as c:
        row = c.execute(sa.select(VENDOR_LETTER).where(own)).mappings().first()
        if row is None or row["answered_at"] is None or not row["before"]:
            raise ConflictError("posture.vendor.no_answer")
        before = row["before"]
        stays = sum(not _device(c, key, one) for key, one in before["devices"].items())
        stays += sum(not _line(c, int(key), one) for key, one in before["lines"].items())
        stays += sum(not _control(c, int(key), one, by, at) for key, one in before["controls"].items())  # fmt: skip
        was = before["letter"]
        answered = was["answered_at"] and dt.datetime.fromisoformat(was["answered_at"])
        values = {"answers": was["answers"], "answered_at": answered, "path": was["path"], "before": sa.null()}  # fmt: skip
        c.execute(sa.update(VENDOR_LETTER).where(own).values(values))
    return stays


def _device(c: sa.Connection, key: str, one: Mapping[str, Any]) -> bool:
    mine = (SIGHTING.c.source == "vendor") & (SIGHTING.c.key == key)
    row = c.execute(sa.select(SIGHTING).where(mine)).mappings().first()
    if row is None or row["digest"] != one["now"]:
        return False
    if one["was"] is None:
        c.execute(sa.delete(SIGHTING).where(mine))
    else:
        seen = dt.datetime.fromisoformat(one["was"]["seen_at"])
        c.execute(sa.update(SIGHTING).where(mine).values({**one["was"], "seen_at": seen}))
    make_anew(c, {row["asset_id"]})
    return True


def _line(c: sa.Connection, key: int, one: Mapping[str, Any]) -> bool:
    own = CONNECTION.c.id == key
    row = c.execute(sa.select(CONNECTION).where(own)).mappings().first()
    if row is None or row["said"] != one["now"]:
        return False
    was = {name: _typed(name, value) for name, value in one["was"].items()}
    c.execute(sa.update(CONNECTION).where(own).values(**was, said=one["said"]))
    return True


def _control(c: sa.Connection, key: int, one: Mapping[str, Any], by: str, at: dt.datetime) -> bool:
    own = CONTROL.c.id == key
    row = c.execute(sa.select(CONTROL).where(own)).mappings().first()
    if row is None or any(_plain(row[name]) != value for name, value in one["now"].items()):
        return False
    note_change(c, key, dict(row), by, at)
    was = {name: _typed(name, value) for name, value in one["was"].items()}
    c.execute(sa.update(CONTROL).where(own).values(**was, by=by, at=at))
    return True


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _typed(name: str, value: Any) -> Any:
    return dt.date.fromisoformat(value) if name in _DAYS and value else value
