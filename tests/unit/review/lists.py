"""Lists by a few words each, as Arrow tables or as rows of the care tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sekisho import care
from sekisho.care import LoadReport
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
        headers = HEADERS[kind]
        writer.writerow(headers.values())
        writer.writerows([[row.get(name, "") for name in headers] for row in rows])
        path = folder / f"{kind}.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        paths.append(path)
    return care.load(paths, database=database, clock=clock)
