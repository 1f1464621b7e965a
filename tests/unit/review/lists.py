"""Lists by a few words each, as Arrow tables or as rows of the care tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sekisho import care
from sekisho.care import LoadReport
from sekisho.care.dates import day
from sekisho.care.tables import KEYS, LOAD, TABLES
from sekisho.care.told import tell
from sekisho.storage import Database
from sekisho.terms import Clock

HEADERS: Mapping[str, Mapping[str, str]] = {
    "staff": {
        "user": "職員番号", "name": "氏名", "duty": "職種", "department": "所属", "ward": "病棟",
        "valid_from": "有効開始日", "valid_to": "有効終了日", "patient": "患者番号（本人）",
        "address": "住所", "note": "備考",
    },
    "visits": {
        "patient": "患者番号", "day": "受付日", "time": "受付時刻", "department": "診療科",
        "doctor": "担当医コード", "doctor_name": "担当医",
    },
    "stays": {
        "patient": "患者番号", "day": "入院日", "until": "退院日", "department": "診療科",
        "ward": "病棟", "doctor": "主治医コード",
    },
    "patients": {"patient": "患者番号", "name": "氏名", "address": "住所"},
}  # fmt: skip


def load(
    database: Database,
    clock: Clock,
    folder: Path,
    encoding: str = "cp932",
    **lists: Iterable[Mapping[str, Any]],
) -> list[LoadReport]:
    """Write each list as the CSV that a hospital would hand over, and load it."""
    paths = []
    for kind, given in lists.items():
        rows = list(given)
        if not rows:
            continue
        text = io.StringIO()
        writer = csv.writer(text)
        headers = dict(HEADERS[kind])
        if any("retracted_at" in row for row in rows):
            headers["retracted_at"] = "取消日時"
        writer.writerow(headers.values())
        writer.writerows([[row.get(name, "") for name in headers] for row in rows])
        path = folder / f"{kind}.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        paths.append(path)
    return care.load(paths, database=database, clock=clock)


NAMES = {
    "user": "user_id", "patient": "patient_id", "doctor": "doctor_id", "executor": "executor_id"
}  # fmt: skip
"""The short word of a sample → the column."""
DAYS = {"day", "until", "valid_from", "valid_to", "booked_on", "deceased_on"}
FIXED: Mapping[str, Mapping[str, Any]] = {
    "rosters": {"shift": "day", "duty": "work", "actual": False}
}


def value(name: str, given: Any) -> Any:
    """Return what a sample writes as it is kept."""
    if given and name == "retracted_at":
        return dt.datetime.fromisoformat(given)
    return day(given) if given and name in DAYS else given


def put(database: Database, clock: Clock, **lists: Iterable[Mapping[str, Any]]) -> None:
    """Keep the rows of lists of level L2 and L3, as their readers do, whatever file they came in."""
    with database.write() as c:
        for kind, given in lists.items():
            rows = [
                {
                    **FIXED.get(kind, {}),
                    **{NAMES.get(k, k): value(k, v) for k, v in row.items()},
                }
                for row in given
            ]
            if not rows:
                continue
            days = [row[k] for row in rows for k in ("day", "until") if row.get(k)]
            load_id = c.execute(
                sa.insert(LOAD).values(
                    path=f"{kind}.csv", digest="0" * 64, taken_for=kind, rows=len(rows), refused=0,
                    first=min(days, default=None), last=max(days, default=None), doubts=[],
                    at=clock.now(),
                )
            ).inserted_primary_key  # fmt: skip
            assert load_id is not None
            columns = [column.name for column in TABLES[kind].columns]
            kept = {}
            for line, row in enumerate(rows, 2):
                key = f"{hash_of('|'.join(str(row.get(name)) for name in KEYS[kind])):032x}"
                values = {"key": key, "load_id": load_id[0], "row": line, **row}
                kept[key] = {column: values.get(column) for column in columns}
            c.execute(sa.insert(TABLES[kind]), list(kept.values()))
            tell(c, kind, kept.values())


def hash_of(text: str) -> int:
    """Return the same number for the same text."""
    import hashlib  # noqa: PLC0415 (one line)

    return int(hashlib.sha256(text.encode()).hexdigest()[:32], 16)
