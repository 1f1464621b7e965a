"""Which Japanese stands in a text for English readers that no file of the hospital brought."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import openpyxl

from sekisho.app.demo.names import INSTITUTION

_JAPANESE = r"[\u3001-\u30ff\u3400-\u9fff\uff00-\uffef]"


def japanese(text: str, files: Path) -> list[str]:
    """Return each Japanese piece of `text` that is in no cell or name of the `files`."""
    for word in _said(files):
        text = text.replace(word, "")
    return re.findall(f".{{0,40}}{_JAPANESE}+.{{0,40}}", text)


@cache
def _said(files: Path) -> list[str]:
    words = {INSTITUTION, "日本語", *(path.name for path in files.rglob("*"))}
    for path in files.rglob("*.csv"):
        with path.open(encoding="cp932", newline="") as file:
            words.update(cell for row in csv.reader(file) for cell in row)
    for path in files.rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path):
            words.update(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    # A name may have been kept with another space in it than it was written with.
    words |= {part for word in words for part in word.split()}
    return sorted((word for word in words if re.search(_JAPANESE, word)), key=len, reverse=True)
