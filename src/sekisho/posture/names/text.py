"""Text of names, made comparable: one width, one case, no company suffix, no broken letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_MARKS = re.compile(r"[®™©℠]|\((?:r|tm|c)\)", re.IGNORECASE)
_BROKEN = re.compile(r"[\u00c3\u00c2\u00e2]")
_DASH = re.compile("[\u2010-\u2015\u2212]")
TOKEN = re.compile(
    r"[a-z0-9]+(?:\.[a-z0-9]+)*\+?|[\u30a1-\u30faー]+|[\u4e00-\u9fff々]+|[\u3041-\u3096]+"
)
KANA = re.compile(r"^[\u30a1-\u30faー]+$")


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Return `text` as it is compared: NFKC, small letters, no accents, no trade marks, one space.

    A name that was read with the wrong encoding (``YhtymÃ¤``) is mended where it can be.
    """
    one = text
    if _BROKEN.search(one):
        try:
            one = one.encode("cp1252").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            one = text
    one = _MARKS.sub("", unicodedata.normalize("NFKC", one)).casefold()
    # Katakana keep their marks: only letters of Latin lose their accents.
    one = "".join(
        part if ord(letter) > 0x2000 else unicodedata.normalize("NFD", letter)[0]
        for letter in one
        for part in (letter,)
    )
    one = _DASH.sub("-", one).replace("'", "").replace("’", "")
    return re.sub(r"\s+", " ", one).strip()


def tokens(text: str) -> list[str]:
    """Return the words, numbers and runs of one script of `text`, in order."""
    return TOKEN.findall(fold(text))


_SUFFIX = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|\(株\)|\(有\)|\(同\)|"
    r"\b(?:incorporated|inc|corporation|corp|company|co|limited|ltd|gmbh|ag|kk|k\.k|llc|plc|oy|oyj|ab|sa|nv|bv|srl|spa|se)\b\.?"
)
_EDGES = re.compile(r"^(?:日本|ジャパン|japan\b)|(?:ジャパン|\bjapan)$")


@lru_cache(maxsize=1 << 14)
def company(text: str) -> str:
    """Return a maker's name without the form of the company and without where it sells."""
    one = _SUFFIX.sub(" ", fold(text))
    one = re.sub(r"[^\w]+", " ", one, flags=re.UNICODE).replace("_", " ").strip()
    shorter = _EDGES.sub("", one).strip()
    return shorter or one


def compact(text: str) -> str:
    """Return `text` without spaces and marks; the long-vowel mark at the end of a run is dropped."""
    return re.sub(r"[^\w]|_", "", fold(text), flags=re.UNICODE)
