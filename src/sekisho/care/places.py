"""When two ways to write a place, a name or an address mean the same one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPACE = re.compile(r"[\s　]+")
_SIDE = {"東": "e", "西": "w", "南": "s", "北": "n", "中": "c"}
_TAIL = re.compile(r"(?:病棟|病室|外来|部門|医局|ward|dept|department|unit)$")
_HEAD = re.compile(r"^(?:看護部|看護局|診療部|診療局|医局|診療技術部|医療技術部|事務部|事務局)")
_KANJI = str.maketrans("〇一二三四五六七八九", "0123456789")


def plain(text: str) -> str:
    """Return `text` in one width, without spaces, in lower case."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


@lru_cache(maxsize=4096)
def place_key(text: str | None) -> str | None:
    """Return what two spellings of one ward or department share.

    「5階東病棟」「５東」「5E」 are one place; 「外科」 and 「整形外科」 stay two.
    """
    if not text:
        return None
    key = re.sub(r"[・･()（）\-_/第]", "", plain(text)).replace("階", "")
    key = _HEAD.sub("", key) or key
    key = _TAIL.sub("", key) or key
    key = re.sub(r"([\d一二三四五六七八九])([東西南北中])", lambda m: m[1] + _SIDE[m[2]], key)
    key = re.sub(r"^([一二三四五六七八九])(?=[ewsnc])", lambda m: m[1].translate(_KANJI), key)
    return key or None


def places(*texts: str | None) -> list[str]:
    """Return the key of each place that a post names: 「看護部 5階東病棟」 names two, and itself."""
    found: dict[str, None] = {}
    for text in texts:
        for part in [text, *re.split(r"[\s　/／>・,、]+", text or "")]:
            key = place_key(part)
            if key:
                found[key] = None
    return list(found)


def name_key(text: str) -> str:
    """Return a name without spaces and width; never used to say who somebody is."""
    return plain(text)


def address_key(text: str | None) -> str | None:
    """Return what two spellings of one home share; None where it is too coarse.

    A town without a house number is no home: then nothing is compared.
    """
    if not text:
        return None
    key = re.sub(r"^〒?\d{3}-?\d{4}", "", plain(text))
    key = re.sub(
        r"([一二三四五六七八九十]+)(?=丁目|番|号)", lambda m: str(_kanji_number(m[1])), key
    )
    key = re.sub(r"[‐‑–—―−ー－ｰ]", "-", key)  # noqa: RUF001 (the look-alikes are the point)
    key = re.sub(r"丁目|番地の?|番|(?<=\d)の(?=\d)", "-", key)
    key = re.sub(r"(?<=\d)(?:号室|号)", "-", key)
    key = re.sub(r"-+", "-", key).strip("-")
    if len(key) < 5 or not re.search(r"\d", key):
        return None
    return key


def _kanji_number(text: str) -> int:
    if "十" not in text:
        return int(text.translate(_KANJI))
    tens, ones = text.split("十", 1)
    return (int(tens.translate(_KANJI)) if tens else 1) * 10 + (
        int(ones.translate(_KANJI)) if ones else 0
    )


def id_key(user_id: str) -> str:
    """Return what two spellings of one id share: width, case and leading zeros aside.

    Used to refuse only: here a wrong yes costs a colleague's minute.
    """
    key = plain(user_id)
    return str(int(key)) if key.isdecimal() else key


def same_id(one: str, other: str) -> bool:
    """Return whether two ids may be one person's (`id_key`)."""
    return id_key(one) == id_key(other)
