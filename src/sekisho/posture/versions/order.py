"""The order of versions that no package manager made: appliances, devices, software by name.

Numbers compare as numbers (7.0.11 is above 7.0.2), missing parts are zero (8.0 is 8.0.0),
a letter after a number is later (3.1.1a above 3.1.1), a word of an unfinished version is
earlier (2.0-beta9 below 2.0), and ``x`` stands above everything of its family (12.2.x).
`order_key` is total over all text; `comparable` says whether two belong to one family at
all: ``L81`` and ``U61`` do not, and nothing is concluded from them.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache

Token = tuple[int, int, str]
Key = tuple[Token, ...]

_EARLY = frozenset({"alpha", "beta", "rc", "pre", "preview", "dev", "snapshot", "milestone"})
_EARLIER, _END, _LETTERS, _NUMBER, _ANY = range(5)
_PIECE = re.compile(r"\d+|[^\W\d_]+", re.UNICODE)
_LONGEST = 200
_WORDS = (
    (re.compile(r"service\s*pack", re.IGNORECASE), "sp"),
    (re.compile(r"\bhot\s*fix\b", re.IGNORECASE), "hf"),
    (re.compile(r"サービス\s*パック"), "sp"),
    (re.compile(r"ビルド"), "build"),
    (re.compile(r"リリース"), "r"),
    (re.compile(r"(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE), ""),
    (re.compile(r"第(?=\s*\d)|版"), ""),
)
_LEAD = re.compile(
    r"^(?:"
    r"(?:(?:ソフトウェア|ソフトウエア|ソフト|ファームウェア|ファームウエア|ファーム|システム|製品)?の?(?:バージョン|ヴァージョン|リビジョン|リリース))|"
    r"ソフトウェア|ソフトウエア|ファームウェア|ファームウエア|"
    r"(?:software|firmware|system|product|s/w|f/w|sw|fw)?\s*(?:version|versions|release|revision|ver|rev|rel)\b|"
    r"(?:software|firmware)\b|"
    r"(?:ver|rev|rel|vm|v|r|sw|fw)(?=[\s.]*\d)"
    r")[\s.:：=]*",
    re.IGNORECASE,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        1,
    )
    for name in names
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATES = (
    re.compile(
        r"^(?P<y>(?:19|20)\d\d)\s*[/年.-]\s*(?P<m>\d{1,2})(?:\s*[/月.-]\s*(?P<d>\d{1,2}))?\s*[月日]?$"
    ),
    re.compile(r"^(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>(?:19|20)\d\d)$"),
    re.compile(
        rf"^(?P<m>{_MONTH})\.?[\s-]+(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?[\s-]+)?(?P<y>(?:19|20)\d\d)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?P<d>\d{{1,2}})[\s-]+(?P<m>{_MONTH})[\s-]+(?P<y>(?:19|20)\d\d)$", re.IGNORECASE
    ),
    re.compile(
        r"^(?P<y>(?:19|20)\d\d)[\s-](?P<m>" + _MONTH + r")(?:[\s-](?P<d>\d{1,2}))?$", re.IGNORECASE
    ),
)


def plain(text: str) -> str:
    """Return `text` in one width, trimmed, with one kind of space and of dash."""
    one = unicodedata.normalize("NFKC", text).replace("ｰ", "-")
    one = re.sub("[\u2010-\u2015\u2212]", "-", one)
    return re.sub(r"\s+", " ", one).strip()


def bare(text: str) -> str:
    """Return a version without the words before it: ``Ver.1.2`` is ``1.2``, ``v6 R4`` is ``6 R4``."""
    one = plain(text)
    while True:
        shorter = _LEAD.sub("", one, count=1).strip()
        if shorter == one or not shorter:
            return one
        one = shorter


def date_of(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day (0 where not said) when `text` is a date and nothing else."""
    one = plain(text)
    for form in _DATES:
        found = form.match(one)
        if found is None:
            continue
        named = found["m"].casefold()
        month = _MONTHS[named] if named in _MONTHS else int(named)
        day = int(found["d"]) if "d" in found.groupdict() and found["d"] else 0
        try:
            dt.date(int(found["y"]), month, day or 1)
        except ValueError:
            continue
        if form is _DATES[0] and not day and not re.search("[/年]", one):
            continue  # 2024.2 and 2022-1 are versions
        return int(found["y"]), month, day
    return None


@lru_cache(maxsize=65536)
def order_key(text: str) -> Key:
    """Return the place of the version `text` in the one order of all versions.

    Returns:
        Tokens to compare; equal for texts that name one version.
    """
    date = date_of(text)
    if date is not None:
        return (*((_NUMBER, part, "") for part in date), (_END, 0, ""))
    one = bare(text)[:_LONGEST].casefold()
    for word, into in _WORDS:
        one = word.sub(into, one)
    tokens: list[Token] = []
    for piece in _PIECE.findall(one):
        if piece[0].isdigit() and piece.isdecimal():
            tokens.append((_NUMBER, int(piece), ""))
        elif piece == "x" and (not tokens or tokens[-1][0] != _LETTERS or len(tokens[-1][2]) == 1):
            tokens.append((_ANY, 0, ""))
        else:
            _trim(tokens)
            tokens.append((_EARLIER if piece in _EARLY else _LETTERS, 0, piece))
    while len(tokens) > 1 and tokens[-1][0] == _ANY and tokens[-2][0] == _ANY:
        tokens.pop()
    _trim(tokens)
    return (*tokens, (_END, 0, ""))


def _trim(tokens: list[Token]) -> None:
    while tokens and tokens[-1] == (_NUMBER, 0, ""):
        tokens.pop()


def compare(one: str, other: str) -> int:
    """Return -1, 0 or 1: `one` is below, the same as, or above `other`."""
    a, b = order_key(one), order_key(other)
    return (a > b) - (a < b)


def comparable(one: str, other: str) -> bool:
    """Return whether the two texts are versions of one family, so that their order means something.

    A date is not compared with a number, nor ``L81`` with ``U61`` or with ``012U000061``;
    single letters of revisions (``B.06`` and ``C.01``, ``K`` and ``M``) are.
    """
    if (date_of(one) is None) != (date_of(other) is None):
        return False
    a, b = _family(one), _family(other)
    if a is None or b is None:
        return False
    if a == b:
        return True
    return len(a) == len(b) == 1 and _dotted(one) and _dotted(other)


def _family(text: str) -> str | None:
    """Return the letters a version begins with; None where it holds neither number nor letter."""
    found = _PIECE.search(bare(text).casefold())
    if found is None:
        return None
    if not found[0].isdecimal():
        return found[0]
    second = re.match(r"\d+([^\W\d_]+)\d{4,}", bare(text).casefold())
    return f"#{second[1]}" if second else ""


def _dotted(text: str) -> bool:
    """Return whether a version is a letter alone or a letter and a dot."""
    return re.match(r"^[A-Za-z](?:[. _-].*)?$", bare(text)) is not None
