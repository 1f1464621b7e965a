"""Keeping what a vendor answered: as the vendor's own word, beside what the ledger says."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from sekisho.care import Doubt, Refusal
from sekisho.posture.anew import make_anew
from sekisho.posture.controls.entries import note_change
from sekisho.posture.records import Reading, Report
from sekisho.posture.tables import ASSET, CONNECTION, CONTROL, SIGHTING
from sekisho.posture.vendors.before import Before
from sekisho.posture.vendors.sheet import COMPANY
from sekisho.posture.vendors.tables import VENDOR_LETTER

_TOLD = ("version", "eol", "eos", "contact")
_FACTS = ("scanner", "updates", "log", "mds", "patched", "note")
_LINE = {"second_factor": "second_factor", "source_restriction": "source_restriction", "always_on": "always_on", "version": "version", "patched": "last_patch", "contact": "contact"}  # fmt: skip


def keep_answers(
    c: sa.Connection, reading: Reading, load_id: int, at: dt.datetime, report: Report
) -> None:
    """Keep the answers of `reading`, and say in `report` what differs from what was known.

    A device's answers are a sighting of the source ``vendor``; a line's newest word on each matter
    stands; a control's answer is a change that can be undone.
    """
    number, token = reading.mark or (0, "")
    own = (VENDOR_LETTER.c.id == number) & (VENDOR_LETTER.c.token == token)
    letter = c.execute(sa.select(VENDOR_LETTER).where(own)).mappings().first()
    if letter is None or letter["withdrawn_at"] is not None:
        report.error = ("posture.vendor.unknown_letter", {"letter": number})
        return
    work = _Work(c, letter, load_id, at, report)
    for row, told in reading.answers:
        work.row(row, told)
    work.end()


class _Work:
    """One sheet of answers."""

    def __init__(
        self,
        c: sa.Connection,
        letter: Mapping[Any, Any],
        load_id: int,
        at: dt.datetime,
        report: Report,
    ) -> None:
        self.c, self.letter, self.load_id, self.at, self.report = c, letter, load_id, at, report
        self.kept: Counter[str] = Counter()
        self.company: dict[str, str] = {}
        self.blank = 0
        self.touched: set[int] = set()
        self.was = Before()

    def row(self, row: int, told: Mapping[str, Any]) -> None:
        """Keep one row."""
        kind, identifier, said = told["of"], told["id"], told["said"]
        if not said:
            self.blank += bool(kind and kind != "company")
            return
        if kind is None:
            kind, identifier = self._added(told)
        which = " ".join(told["which"][:2]) or str(identifier)
        known = {
            "company": self._company,
            "device": self._device,
            "line": self._line,
            "control": self._control,
        }
        if kind is None or not known[kind](row, str(identifier), said, which):
            self.report.refused.append(
                Refusal(row, "posture.vendor.row_unknown", {"which": which[:80]})
            )
            return
        self.report.rows += 1
        self.kept[kind] += 1

    def end(self) -> None:
        """Keep that the letter is answered, and by which file."""
        if self.touched:
            make_anew(self.c, self.touched)
        if self.blank:
            self.report.doubts.append(Doubt("posture.vendor.unanswered", {"count": self.blank}))
        if not self.kept:
            return
        before = dict(self.letter["answers"])
        company = {**before.get("company", {}), **self.company}
        counted = {f"{kind}s": count for kind, count in self.kept.items() if kind != "company"}
        answers = {**before, **counted, "company": company}
        self.was.note_letter(self.letter)
        values = {
            "answers": answers, "answered_at": self.at, "path": self.report.path.name,
            "before": self.was.told(self.letter["before"]),
        }  # fmt: skip
        own = sa.update(VENDOR_LETTER).where(VENDOR_LETTER.c.id == self.letter["id"])
        self.c.execute(own.values(values))

    def _added(self, told: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Return the row of the letter that an added one means, by its number or serial number."""
        for one in self.letter["rows"]["devices"]:
            marks = {str(one[name]) for name in ("number", "serial") if one[name]}
            if marks & set(told["which"]):
                return "device", str(one["sighting"])
        return None, None

    def _company(self, row: int, identifier: str, said: Mapping[str, Any], which: str) -> bool:
        del row, which
        if identifier not in COMPANY:
            return False
        self.company[identifier] = str(said["answer"])
        return True

    def _device(self, row: int, identifier: str, said: Mapping[str, Any], which: str) -> bool:
        asked = {str(one["sighting"]) for one in self.letter["rows"]["devices"]}
        query = sa.select(ASSET).join(SIGHTING, SIGHTING.c.asset_id == ASSET.c.id)
        if identifier not in asked:
            return False
        asset = self.c.execute(query.where(SIGHTING.c.id == int(identifier))).mappings().first()
        if asset is None:
            return False
        told = {name: said[name] for name in _TOLD if name in said}
        facts = {
            "vendor": {
                "name": self.letter["name"],
                **{name: said[name] for name in _FACTS if name in said},
            }
        }
        for name in ("version", "eol", "eos"):
            self._differs(which, name, asset[name], told.get(name))
        digest = hashlib.sha256(json.dumps([told, facts], sort_keys=True).encode()).hexdigest()[:32]
        mine = (SIGHTING.c.source == "vendor") & (SIGHTING.c.key == identifier)
        stood = self.c.execute(sa.select(SIGHTING).where(mine)).mappings().first()
        before = stood and stood["digest"]
        values = {
            "asset_id": asset["id"], "load_id": self.load_id, "row": row, "seen_at": self.at,
            "told": told, "facts": facts, "digest": digest,
        }  # fmt: skip
        if before is None:
            self.c.execute(sa.insert(SIGHTING).values(source="vendor", key=identifier, **values))
        elif before != digest:
            self.c.execute(sa.update(SIGHTING).where(mine).values(values))
        else:
            return True
        self.was.note_device(identifier, stood, digest)
        self.report.changed += 1
        self.touched.add(asset["id"])
        return True

    def _line(self, row: int, identifier: str, said: Mapping[str, Any], which: str) -> bool:
        del row
        line = self._of(CONNECTION, "lines", identifier)
        if line is None:
            return False
        told: dict[str, Any] = {_LINE[name]: value for name, value in said.items() if name in _LINE}
        for name, value in told.items():
            self._differs(which, name, line[name], value)
        by = {"by": self.letter["name"], "on": self.at.date().isoformat()}
        words = {name: {"value": value, **by} for name, value in told.items()}
        if "note" in said:
            words["remark"] = {"value": said["note"], **by}
        kept = {**(line["said"] or {}), **words}
        if "last_patch" in told:
            told["last_patch"] = dt.date.fromisoformat(told["last_patch"])
        if any(line[name] != value for name, value in told.items()) or kept != line["said"]:
            own = sa.update(CONNECTION).where(CONNECTION.c.id == line["id"])
            self.was.note_line(identifier, line, told, kept)
            self.c.execute(own.values(**told, said=kept))
            self.report.changed += 1
        return True

    def _control(self, row: int, identifier: str, said: Mapping[str, Any], which: str) -> bool:
        del row
        before = self._of(CONTROL, "controls", identifier)
        if before is None:
            return False
        name, day = self.letter["name"], self.at.date()
        if said.get("needed") == "no":
            self.report.doubts.append(Doubt("posture.vendor.may_be_on", {"which": which[:80]}))
        told = {
            "until": dt.date.fromisoformat(said["until"]) if "until" in said else before["until"],
            "instead": said.get("instead", before["instead"]),
            "note": said.get("note", before["note"]),
            "confirmed_by": name,
        }
        if any(before[column] != value for column, value in told.items()):
            note_change(self.c, before["id"], before, name, self.at)
            self.was.note_control(identifier, before, told)
            own = sa.update(CONTROL).where(CONTROL.c.id == before["id"])
            self.c.execute(own.values(**told, confirmed_on=day, by=name, at=self.at))
            self.report.changed += 1
        return True

    def _of(self, table: sa.Table, part: str, identifier: str) -> dict[str, Any] | None:
        if identifier not in {str(one["id"]) for one in self.letter["rows"][part]}:
            return None
        row = (
            self.c.execute(sa.select(table).where(table.c.id == int(identifier))).mappings().first()
        )
        return dict(row) if row else None

    def _differs(self, which: str, column: str, ours: object, theirs: object) -> None:
        if ours in {None, "unknown"} or theirs is None or str(ours) == str(theirs):
            return
        told = {"which": which[:80], "column": column, "ours": str(ours)[:80], "theirs": str(theirs)[:80]}  # fmt: skip
        self.report.doubts.append(Doubt("posture.vendor.differs", told))
