"""A ledger in memory for tests: the columns of the promised view over an Arrow table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from sekisho.storage import Analysis

_T = pa.timestamp("ms")
SCHEMA = pa.schema(
    [
        ("index", pa.int64()), ("recorded_at", _T), ("occurred_at", _T), ("ended_at", _T),
        ("time_precision", pa.string()), ("user_id", pa.string()), ("user_kind", pa.string()),
        ("patient_ids", pa.list_(pa.struct([("id", pa.string()), ("authority", pa.string())]))),
        ("session", pa.string()), ("action", pa.string()), ("outcome", pa.string()),
        ("source", pa.string()), ("terminal", pa.string()), ("object", pa.string()),
        ("class", pa.string()), ("duty", pa.string()), ("reason", pa.string()), ("of", pa.int64()),
        ("marks", pa.list_(pa.string())), ("origin_file", pa.string()),
        ("origin_connection", pa.string()), ("origin_row", pa.int64()),
        ("origin_message", pa.int64()), ("key", pa.string()), ("digest", pa.string()),
    ]
)  # fmt: skip


class MemoryLedger:
    """Holds accesses given by a few words each; local times are those of Tokyo.

    A row may hold: user, patient or patients, day, time, terminal, action,
    outcome, object, source, precision, kind, authority, of, marks.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], *, shift: int = 0) -> None:
        self.table = pa.Table.from_pylist(
            [_record(place + shift, row) for place, row in enumerate(rows)], schema=SCHEMA
        )

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the view, as the real ledger's reader does."""
        analysis.register(name, self.table)


def _record(index: int, row: Mapping[str, Any]) -> dict[str, Any]:
    patients: Sequence[str] = row.get("patients") or (
        [row["patient"]] if row.get("patient") else []
    )
    at = dt.datetime.fromisoformat(f"{row['day']}T{row.get('time', '12:00:00')}") - dt.timedelta(
        hours=9
    )
    return {
        "index": index,
        "recorded_at": at,
        "occurred_at": at,
        "time_precision": row.get("precision", "second"),
        "user_id": row.get("user"),
        "user_kind": row.get("kind", "unknown"),
        "patient_ids": [{"id": patient, "authority": row.get("authority")} for patient in patients],
        "action": row.get("action", "read"),
        "outcome": row.get("outcome", "success"),
        "source": row.get("source", "emr"),
        "terminal": row.get("terminal"),
        "object": row.get("object"),
        "of": row.get("of"),
        "marks": row.get("marks", []),
        "origin_file": row.get("file", "log.csv"),
        "origin_row": index + 1,
        "key": f"{index:032x}",
        "digest": row.get("digest", f"{index:064x}"),
    }
