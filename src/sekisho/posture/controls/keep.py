"""Keeping the controls that a ledger says are off."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import sqlalchemy as sa

from sekisho.posture.controls.entries import note_change
from sekisho.posture.controls.target import resolve
from sekisho.posture.records import Reading, Report
from sekisho.posture.tables import CONTROL


def keep_controls(
    c: sa.Connection, reading: Reading, load_id: int, at: dt.datetime, report: Report
) -> None:
    """Keep the entries of `reading`.

    A row that says the same as before changes nothing, so that what a person wrote since stays;
    one that says something else is a change, which can be undone.
    """
    known = {
        row["key"]: dict(row)
        for row in c.execute(sa.select(CONTROL).where(CONTROL.c.key.is_not(None))).mappings()
    }
    by, seen = report.path.name, dict[str, int]()
    for row, values in reading.controls:
        report.rows += 1
        # Two rows on one matter are two entries: the second has a key of its own.
        key, names = values["key"], values["names"]
        seen[key] = seen.get(key, 0) + 1
        key = key if seen[key] == 1 else f"{key}~{seen[key]}"
        told: dict[str, Any] = {n: v for n, v in values.items() if n not in {"key", "names"}}
        digest = _digest(told)
        before = known.get(key)
        if before is not None and before["digest"] == digest:
            continue
        told["asset_id"], told["connection_id"] = resolve(c, *names)
        kept = {**told, "load_id": load_id, "row": row, "digest": digest, "by": by, "at": at}
        if before is not None:
            note_change(c, before["id"], before, by, at)
            c.execute(sa.update(CONTROL).where(CONTROL.c.id == before["id"]).values(kept))
            report.changed += 1
            identifier = before["id"]
        else:
            made = c.execute(sa.insert(CONTROL).values(**kept, key=key, source="ledger"))
            assert made.inserted_primary_key
            identifier = int(made.inserted_primary_key[0])
            note_change(c, identifier, None, by, at)
            report.added += 1
        query = sa.select(CONTROL).where(CONTROL.c.id == identifier)
        known[key] = dict(c.execute(query).mappings().one())


def _digest(told: dict[str, Any]) -> str:
    text = json.dumps(told, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
