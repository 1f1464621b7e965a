"""The answer sheet: what is asked of each device, line and control, and of the company.

The same words make the workbook and read it again. What a column holds is told by its heading, in
either language, wherever it stands; which row it is by its mark in the first column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sekisho.care.headers import squeeze
from sekisho.pages.words import LANGUAGES, say

KINDS = ("company", "device", "line", "control")
LETTERS = {"Q": "company", "D": "device", "L": "line", "C": "control"}
OURS: Mapping[str, tuple[str, ...]] = {
    "company": ("question",),
    "device": ("number", "name", "model", "serial", "known"),
    "line": ("number", "name", "device", "known"),
    "control": ("target", "what", "known"),
}
"""Columns that come filled in."""
ASKED: Mapping[str, tuple[str, ...]] = {
    "company": ("answer",),
    "device": ("version", "patched", "eol", "eos", "scanner", "updates", "log", "mds", "contact", "note"),
    "line": ("second_factor", "source_restriction", "always_on", "version", "patched", "contact", "note"),
    "control": ("needed", "until", "instead", "note"),
}  # fmt: skip
"""Columns to be answered."""
COMPANY = ("sheet", "sbom", "export", "notify", "accounts", "contact", "name", "day")
"""What is asked of the company once."""
YES_NO = frozenset({"scanner", "updates", "log", "mds", "second_factor", "source_restriction", "always_on", "needed"})  # fmt: skip
DAYS = frozenset({"patched", "eol", "eos", "until"})
MARK = re.compile(r"SEKISHO-(\d{1,9})-([0-9a-f]{8})", re.IGNORECASE)
ROW = re.compile(r"([DLCQ])-(\d{1,12}|[a-z]{2,16})", re.IGNORECASE)


def heading(language: str, field: str) -> str:
    """Return the heading of column `field`."""
    return say(language, f"posture.vendor.column.{field}")


def fields(cells: Sequence[object]) -> dict[str, int]:
    """Return field → column of a row of headings, where its cells are some; the first of each."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        field = _FIELDS.get(squeeze(cell)) if isinstance(cell, str) else None
        if field is not None:
            found.setdefault(field, place)
    return found


_FIELDS = {
    squeeze(heading(language, field)): field
    for language in LANGUAGES
    for part in (*OURS.values(), *ASKED.values(), ("row",))
    for field in part
}
