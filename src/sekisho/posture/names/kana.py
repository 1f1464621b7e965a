"""Katakana against Latin: is 「インテリビュー」 the word ``IntelliVue``?

Both are brought to the consonants that Japanese ears hear (l is r, v is b, ``tion`` is
``shon``…) and to a spelling with vowels; the first decides, the second settles doubt.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler, Levenshtein

_ROWS = {
    "アイウエオ": "",
    "カキクケコ": "k",
    "サシスセソ": "s",
    "タチツテト": "t",
    "ナニヌネノ": "n",
    "ハヒフヘホ": "h",
    "マミムメモ": "m",
    "ラリルレロ": "r",
    "ガギグゲゴ": "g",
    "ザジズゼゾ": "z",
    "ダヂヅデド": "d",
    "バビブベボ": "b",
    "パピプペポ": "p",
}
_KANA = {
    kana: row + vowel
    for kanas, row in _ROWS.items()
    for kana, vowel in zip(kanas, "aiueo", strict=True)
}
_KANA |= {
    "シ": "shi", "チ": "chi", "ツ": "tsu", "フ": "fu", "ジ": "ji", "ヂ": "ji", "ヅ": "zu", "ヴ": "bu",
    "ヤ": "ya", "ユ": "yu", "ヨ": "yo", "ワ": "wa", "ヲ": "o", "ン": "n", "ッ": "", "ー": "", "ヶ": "ka",
}  # fmt: skip
_SMALL = {
    "ァ": "a",
    "ィ": "i",
    "ゥ": "u",
    "ェ": "e",
    "ォ": "o",
    "ャ": "ya",
    "ュ": "yu",
    "ョ": "yo",
    "ヮ": "wa",
}

# Latin spelling to what is heard; in order.
_HEARD = (
    (r"tion\b|tion(?=[a-z])", "shon"), (r"(?<=[aeiou])sion", "jon"), (r"sion", "shon"),
    (r"^xc(?=e)", "ekus"), (r"^x", "z"), (r"x", "ks"), (r"ph", "f"), (r"sch", "sh"), (r"(?<!e)ch(?!r)|ch(?![ro])|tch", "ch"), (r"chr", "kr"),
    (r"ech(?=o)", "ek"), (r"ck", "k"), (r"qu", "ku"), (r"q", "k"), (r"c(?=[eiy])", "s"), (r"c(?!h)", "k"),
    (r"^g(?=[eiy])|g(?=[e]\b)|dge?|(?<=[aou])g(?=[iey])", "j"), (r"gn\b|gm\b", "m"), (r"gh(?=t)|gh\b", ""),
    (r"^wr", "r"), (r"wh", "w"), (r"th", "s"), (r"are(?=[a-z])", "ea"), (r"([aeiou])r(?=[^aeiouyr]|\b)", r"\1"), (r"re\b", "a"),
    (r"v", "b"), (r"l", "r"), (r"oo", "u"), (r"iew", "yu"), (r"ew\b", "yu"), (r"sh", "S"), (r"ch", "C"),
)  # fmt: skip
_RULES = [(re.compile(pattern), into) for pattern, into in _HEARD]
_VOWELS = re.compile(r"[aeiouyw]+")
_RUN = re.compile(r"(.)\1+")


@lru_cache(maxsize=1 << 14)
def romaji(kana: str) -> str:
    """Return katakana in Latin letters, long vowels short."""
    out = before = ""
    for letter in kana:
        if letter in _SMALL:
            vowel = _SMALL[letter]
            if out.endswith("u") and before == "ウ":
                out = out[:-1] + "w" + "u"
            # ファ is fa, ティ is ti, シェ is she: the small letter takes the place of the vowel.
            out = (out[:-1] if out[-1:] in "aiueo" else out) + vowel
        else:
            out += _KANA.get(letter, "")
        before = letter
    return out.replace("shy", "sh").replace("chy", "ch").replace("jy", "j")


@lru_cache(maxsize=1 << 15)
def _heard(latin: str) -> str:
    one = latin
    for rule, into in _RULES:
        one = rule.sub(into, one)
    return one


@lru_cache(maxsize=1 << 15)
def skeleton(word: str) -> str:
    """Return the consonants that are heard in a word of katakana or of Latin letters."""
    one = romaji(word) if word[:1] >= "ァ" else _heard(word)
    one = one.replace("sh", "S").replace("ch", "C").replace("tsu", "tu").replace("dj", "j")
    one = _VOWELS.sub("", one)
    one = (
        one.replace("z", "s").replace("j", "Z").replace("h", "").replace("S", "s").replace("C", "T")
    )
    one = one.replace("m", "n")
    return _RUN.sub(r"\1", one)


@lru_cache(maxsize=1 << 16)
def alike(kana: str, latin: str) -> float:
    """Return how surely a run of katakana is, or holds, the word `latin`: 0 to 1."""
    spoken, written = romaji(kana), re.sub(r"[^a-z]", "", latin)
    if len(written) < 3 or len(spoken) < 3:
        return 0.0
    plainly = _heard(written).replace("S", "sh").replace("C", "ch")
    near = max(JaroWinkler.similarity(spoken, plainly), JaroWinkler.similarity(spoken, written))
    a, b = skeleton(kana), skeleton(written)
    if a == b and len(b) >= 2:
        return 0.95 if near >= (0.82 if len(b) == 2 and len(written) < 7 else 0.7) else 0.0
    if len(b) >= 4 and b in a and fuzz.partial_ratio(plainly, spoken) >= 78:
        return 0.9  # 「インテリスペースポータル」 holds "intellispace"
    apart = Levenshtein.normalized_similarity(a, b)
    if len(b) >= 3 and a[:1] == b[:1] and apart >= 0.74 and near >= 0.8:
        return 0.85
    return 0.9 if spoken == plainly else 0.0
