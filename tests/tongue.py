"""Which Japanese stands in a text for English readers that no file of the hospital brought."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import openpyxl

from sekisho.app.demo.names import INSTITUTION

_JAPANESE = r"[\u3001-\u30ff\u3400-\u9fff\uff00-\uffef]"


def japanese(text: str, files: Path) -> list[str]:
    """Return each Japanese piece of `text` that is in no cell or name of the `files`."""
    for piece in set(re.findall(r"\S+…", text)):  # a picture has no room for the whole name
        if any(word.startswith(piece[:-1]) for word in _said(files)):
            text = text.replace(piece, "")
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
    for path in files.rglob("*.json"):
        text = path.read_bytes()
        words.update(_texts(json.loads(text.decode("utf-16" if text[:1] == b"\xff" else "utf-8"))))
    # A name may have been kept with another space in it than it was written with.
    words |= {part for word in words for part in word.split()}
    return sorted((word for word in words if re.search(_JAPANESE, word)), key=len, reverse=True)


def _texts(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    for each in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _texts(each)
