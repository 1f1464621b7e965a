"""The inventory as a file: what the list shows, every column, as CSV or XLSX."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from sekisho.app.installation import Installation
from sekisho.pages.words import say
from sekisho.paper.sheet import list_csv, list_workbook

TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
COLUMNS = ("number", "name", "kind", "maker", "product", "model", "version", "os", "serial", "place", "network", "clinical_use", "stops", "unplug", "maintained_by", "contact", "contract", "leased", "owner", "eol", "eos", "state", "note")  # fmt: skip
"""In the order of a ledger; headings are words that a ledger is read by."""
_SAID = {"kind": "console.posture.kind", "unplug": "posture.export", "leased": "posture.export", "state": "console.posture.state"}  # fmt: skip


def exported(
    installation: Installation, form: str, *, language: str = "ja", today: dt.date, **chosen: str
) -> bytes:
    """Return the assets that the list shows for `chosen` (search, kind, state).

    Args:
        installation: Where they are.
        form: ``csv`` (UTF-8 with a mark, for Excel) or ``xlsx``.
        language: Of the headings.
        today: For what is ended.
        chosen: The filter.
    """
    head = [say(language, f"posture.export.{name}") for name in COLUMNS]
    rows = _rows(installation, language, today, chosen)
    if form == "csv":
        return list_csv(head, rows)
    out = io.BytesIO()
    columns = [(title, 30.0 if name in {"name", "stops", "note"} else 16.0) for title, name in zip(head, COLUMNS, strict=True)]  # fmt: skip
    title = say(language, "console.room.posture")
    list_workbook(out, title, columns, rows, made_at=installation.clock.now())
    return out.getvalue()


def _rows(
    installation: Installation, language: str, today: dt.date, chosen: dict[str, str]
) -> Iterator[list[str]]:
    from sekisho.posture import exported as listed  # noqa: PLC0415 (slow to import)

    def cell(name: str, value: Any) -> str:
        if value is None:
            return ""
        return say(language, f"{_SAID[name]}.{value}") if name in _SAID else str(value)

    for row in listed(installation.database, today=today, **chosen):
        yield [cell(name, row[name]) for name in COLUMNS]
