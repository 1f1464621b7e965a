"""Reads what a sentence says of versions, in Japanese (JVN) and English (CSAF, CVE).

「6.0.4 およびそれ以前」「2.13.0 から 2.15.0 より前のバージョン」「v6 R4 以前」「5.8 (Build 1577) 未満」,
``<= 2.3.6``, ``2.3.6 and  below``, ``1.10 | 1.11``, ``>= 2.5 | <= 3.11``, ``prior to 4.2``.
What is no version (names of models, conditions on other software) is given back as such, and
what could not be understood is given back as unread; nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from sekisho.posture.versions.order import bare, compare, date_of, plain
from sekisho.posture.versions.ranges import Range, Reading

_LONGEST = 300
"""Characters of one part; a longer one is given back unread."""

_ALL = re.compile(
    r"^(?:vers:(?:all|generic)/\*|\*|all(?: known)?(?: versions?| releases?| models?| revisions?)?|any(?: version)?"
    r"|(?:全て|すべて|全)の?(?:(?:当該|該当|影響を受ける)?(?:製品)?の?(?:バージョン|版|ファームウェア|モデル|機種))?)"
    r"(?:\s+(?P<condition>(?:running|on|with|using|when|if|for|in|not)\b.*))?$",
    re.IGNORECASE,
)
_EXTENSION = (
    r"(?:\s*[-_ ]?\s*(?:build|sp|sr|patch|hotfix|hf|update|upd|rev|mr|rc|beta|alpha|release|edition"
    r"|service\s*pack|fix\s*pack|fp|cu|ビルド|パッチ|アップデート|サービスパック)\s*[-_.#]?\s*[\w.]*"
    r"|\s+[A-Za-z]{1,2}\d[\w.]*)"
)
_VERSION = (
    r"(?:(?:version|ver|rev|release|v|r|バージョン)[\s.]*)?"
    r"(?:\d[\w.\-+~*]*|[A-Za-z]{1,4}\d[\w.\-]*|(?-i:[A-Z]{2,3})\s\d[\w.\-]*|[A-Za-z](?:\.[\w.]+)?(?![A-Za-z]|\s+v?\d))"
    rf"(?:{_EXTENSION})*"
)
_ONE = re.compile(
    rf"^(?P<scope>.*?)\s*(?<![A-Za-z0-9.])(?P<version>{_VERSION})"
    r"(?P<condition>\s+(?:on|with|running|model|for|when|if|using|under|only|in|without)\b.*)?$",
    re.IGNORECASE,
)
_END_JA = r"\s*の?\s*(?:バージョン|版|リリース|ファームウェア|もの|製品)?(?:\s*のみ)?"
_TO = (
    # order matters: what includes the version stands before what excludes it
    (
        re.compile(
            r"\s*(?:お\s?よび|及び|または|又は|と|、)?\s*それ\s*(?:より\s*(?:前|古い|以前)|以前|以下)"
            + _END_JA
            + "$"
        ),
        True,
    ),
    (re.compile(r"\s*(?:よりも?\s*(?:前|古い|低い|下|以前)|未満)" + _END_JA + "$"), False),
    (re.compile(r"\s*(?:以前|以下|まで)" + _END_JA + "$"), True),
    (
        re.compile(
            r",?\s+(?:and|or|&)\s+(?:all\s+)?(?:below|earlier|prior|lower|older|before|previous|under)(?:\s+(?:versions?|releases?))?$",
            re.IGNORECASE,
        ),
        True,
    ),
)
_FROM = (
    (
        re.compile(
            r"\s*(?:お\s?よび|及び|または|又は|と)?\s*それ\s*(?:より\s*(?:後|新しい|以降)|以降|以上|以後)"
            + _END_JA
            + "$"
        ),
        True,
    ),
    (re.compile(r"\s*(?:よりも?\s*(?:後|新しい|高い|上)|を超える|超)" + _END_JA + "$"), False),
    (re.compile(r"\s*(?:以降|以上|以後|から)" + _END_JA + "$"), True),
    (
        re.compile(
            r",?\s+(?:and|or|&)\s+(?:all\s+)?(?:later|above|newer|higher|up|onwards?|after)(?:\s+(?:versions?|releases?))?$",
            re.IGNORECASE,
        ),
        True,
    ),
)
_BEFORE = (
    (re.compile(r"^(?:<=|≤|≦|=<|⩽)\s*"), "to", True),
    (re.compile(r"^(?:>=|≥|≧|=>|⩾)\s*"), "from", True),
    (re.compile(r"^(?:<)\s*"), "to", False),
    (re.compile(r"^(?:>)\s*"), "from", False),
    (re.compile(r"^(?:==?)\s*"), "is", True),
    (
        re.compile(
            r"^(?:(?:any|all)\s+)?(?:versions?\s+|releases?\s+)?(?:prior\s+to|before|earlier\s+than|lower\s+than|less\s+than|older\s+than|below)\s+",
            re.IGNORECASE,
        ),
        "to",
        False,
    ),
    (
        re.compile(
            r"^(?:versions?\s+|releases?\s+)?(?:up\s+to(?:\s+and\s+including)?(?!\s*\()|through|thru)\s+",
            re.IGNORECASE,
        ),
        "to",
        True,
    ),
    (
        re.compile(
            r"^(?:versions?\s+|releases?\s+)?(?:later\s+than|newer\s+than|greater\s+than|higher\s+than|after|above)\s+",
            re.IGNORECASE,
        ),
        "from",
        False,
    ),
    (
        re.compile(
            r"^(?:versions?\s+|releases?\s+)?(?:since|from|starting\s+(?:with|from))\s+",
            re.IGNORECASE,
        ),
        "from",
        True,
    ),
)
_TWO = (
    (
        re.compile(
            r"^(?P<low>\S*\d\S*?)(?:\.[xX])?\s*系列?(?:の|で|では|は|、|,|\s)*(?P<high>\S.*(?:前|未満|以下|まで).*)$"
        ),
        True,
    ),
    (
        re.compile(
            r"^(?P<low>.+?)\s*(?:から|以上|以降|以後)(?:の|で|かつ|、|,|\s)*(?P<high>\S.*)$"
        ),
        True,
    ),
    (re.compile(r"^(?P<low>\S.*?)\s*[~〜～]\s*(?P<high>\S.*)$"), True),
    (
        re.compile(
            r"^(?:from\s+|between\s+)?(?P<low>\S.*?),?\s+(?:(?:up\s+)?to(?:\s+and\s+including)?|through|thru|until|-)\s+(?P<high>\S.*)$",
            re.IGNORECASE,
        ),
        True,
    ),
    (
        re.compile(
            r"^(?:from\s+)?(?P<low>\S.*?),?\s+(?:(?:and\s+)?(?:before|prior\s+to|earlier\s+than))\s+(?P<high>\S.*)$",
            re.IGNORECASE,
        ),
        False,
    ),
    (
        re.compile(
            r"^(?:rev(?:ision)?s?\.?\s+)?(?P<low>[A-Z])\s?-\s?(?P<high>[A-Z])$", re.IGNORECASE
        ),
        True,
    ),
    (re.compile(r"^(?P<low>[\w.\-]*\d[\w.\-]*)\s*<=\s*(?P<high>\S+)$"), True),
    (re.compile(r"^(?P<low>[\w.\-]*\d[\w.\-]*)\s*<\s*(?P<high>\S+)$"), False),
)
_SPLIT = re.compile(
    r"\s*\|{1,2}\s*|\s*;\s*|\s*[、,](?!\s*(?:and|or)\s+(?:earlier|prior|below|later|above))\s*(?!\d{4}\s*$)"
    r"|\s+(?:and|or|&)\s+(?!(?:all\s+)?(?:below|earlier|prior|lower|older|before|later|above|newer|higher|up|previous|under|onwards?|after|including)\b)"
    r"|\s*(?:および|及び|または|又は|ならびに)\s*(?!それ)",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[(\[（]([^()\[\]（）]*)[)\]）]")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}", re.IGNORECASE)
_BUILD = re.compile(
    r"^\s*(?:build|rev|r|sp|ビルド|パッチ|patch|update)[\s.#:]*\d[\w.]*\s*$", re.IGNORECASE
)
_COMMA_DATE = re.compile(r"(\b[A-Za-z]{3,9}\.? \d{1,2}),\s*((?:19|20)\d\d)\b")
_ALONE = re.compile(r"\s*\|\s*\(([^()]*\bonly\b[^()]*)\)\s*$", re.IGNORECASE)
_ATTACHED = re.compile(r"(?<=\d)\((\d\w*)\)(?=\w|$)")
"""``15.1(4)M12a``: the bracket belongs to the version."""
_COMPOUND = re.compile(r"\b(?:version|hardware)\s+\S+,\s*(?:firmware|part)\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"^(?:with|without|on|running|using|under)\b"
    r"|^(?:windows|linux)\b.*\b(?:operating\s+system|release[sd]?|os)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\b(?:model|number|part|product id|udi|型式|型番)\b", re.IGNORECASE)
_MODEL = re.compile(r"^(?:[A-Z]{2,5}-\d{3,}\w*|\d{4,}[A-Z]?|\d{4,}\s+[A-Z]\d|\d{4,}[A-Z]{2,}\d*)$")
_WORD = re.compile(r"[A-Za-z]{3,}")
_VERSION_WORDS = frozenset({"version", "build", "release", "edition", "update", "patch", "service", "pack", "hotfix", "beta", "alpha", "rev", "ver"})  # fmt: skip
_FAMILY = re.compile(
    r"^(?P<version>\S*\d[\w.]*?)(?:\.[xX*])?\s*(?:系列?|シリーズ|series|branch|all\s+versions)$",
    re.IGNORECASE,
)


@lru_cache(maxsize=65536)
def read(text: str) -> Reading:
    """Return what `text` says of versions.

    A sentence that says nothing gives an empty reading, which is "not said", never "none".
    """
    one = plain(text)
    if len(one) > 50 * _LONGEST:
        return Reading(unread=one[:_LONGEST])
    if not one or one in {"-", "n/a", "N/A", "不明"}:
        return Reading()
    whole = _ALL.match(one)
    if whole:
        return Reading((Range(),), condition=whole["condition"])
    if one.startswith("vers:"):
        return _vers(one)
    if _COMPOUND.search(one):
        return Reading(unread=one)
    if _CONDITION.match(one):
        return Reading((Range(),), condition=one)
    alone = _ALONE.search(one)
    if alone is not None:
        return replace(read(one[: alone.start()]), remark=alone[1])
    one = _ATTACHED.sub(r".\1.", one).rstrip(".")
    one = _COMMA_DATE.sub(r"\1 \2", one)
    one, scope, condition = _take_brackets(one)
    one = re.sub(
        r"^all\s+(?=versions?\s+(?:prior|before|up|through|earlier|below))",
        "",
        one,
        flags=re.IGNORECASE,
    )
    one = re.sub(
        r"^(?:versions?\s+)?between\s+(\S+)\s+and\s+(\S+)$",
        r"\1 through \2",
        one,
        flags=re.IGNORECASE,
    )
    two = _two(one, scope) if len(one) <= _LONGEST else None
    if two is not None:
        return Reading((two,), condition=condition)
    return _items(one, scope, condition)


def _items(one: str, scope: str | None, condition: str | None) -> Reading:
    ranges: list[Range] = []
    names: list[str] = []
    unread: list[str] = []
    for item in filter(None, (part.strip(" .") for part in _SPLIT.split(one))):
        if _ALL.match(item):
            ranges.append(Range(scope=scope))
            continue
        if _MODEL.match(item):
            names.append(item)
            if item.isdecimal():
                ranges.append(Range.exactly(item, scope))
            continue
        found, extra = _item(item, scope) if len(item) <= _LONGEST else ([], None)
        condition = condition or extra
        if found and found[0].scope and _NUMBERED.search(found[0].scope):
            names.append(str(found[0].low))
        elif found:
            ranges.extend(found)
        elif len(_words(item)) >= 1:
            names.append(item)
        else:
            unread.append(item)
    return Reading(tuple(_joined(ranges)), tuple(names), condition, " | ".join(unread))


def _words(item: str) -> list[str]:
    return [w for w in _WORD.findall(item) if w.casefold() not in _VERSION_WORDS]


def _item(item: str, scope: str | None) -> tuple[list[Range], str | None]:
    """Read one part: ranges (several where it lists versions by spaces) and a condition."""
    two = _two(item, scope)
    if two is not None:
        return [two], None
    for form, side, included in _BEFORE:
        found = form.match(item)
        if found is None:
            continue
        rest = item[found.end() :]
        for back, sign, also in ((r"\s*(<=?)\s*", "to", None), (r"\s*(>=?)\s*", "from", None)):
            parts = re.split(back, rest)
            if len(parts) == 3 and also is None:
                return _both(parts, side, included, sign, scope)
        one = _version(rest)
        return _made(one, side, included, scope)
    for forms, side in ((_TO, "to"), (_FROM, "from")):
        for form, included in forms:
            found = form.search(item)
            if found is not None and found.start() > 0:
                return _made(_version(item[: found.start()]), side, included, scope)
    middle = re.match(r"^(?P<scope>[^<>=]*?[A-Za-z][^<>=\d]*?)\s*(?P<rest>[<>]=?.+)$", item)
    if middle is not None:
        return _item(middle["rest"], scope or middle["scope"].strip())
    return _exact(
        re.sub(
            r"\s*(?:の?バージョン|のみ|only|(?<!all )versions?)$", "", item, flags=re.IGNORECASE
        ),
        scope,
    )


def _exact(item: str, scope: str | None) -> tuple[list[Range], str | None]:
    family = _FAMILY.match(item)
    if family is not None:
        low = bare(family["version"])
        return [Range.exactly(low + ".x", scope)], None
    listed = bare(item).split(" ")
    if len(listed) > 1 and all(re.match(r"^v?\d+(?:\.\d+)+\w*$", one) for one in listed):
        return [Range.exactly(one, scope) for one in listed], None
    return _made(_version(item), "is", included=True, scope=scope)


def _both(
    parts: list[str], side: str, included: bool, sign: str, scope: str | None
) -> tuple[list[Range], str | None]:
    """Read ``>= 1.0 < 2.0`` (or the other way round)."""
    first, second = _version(parts[0]), _version(parts[2])
    if first is None or second is None or side == sign:
        return [], None
    also = parts[1].endswith("=")
    low, low_in, high, high_in = (
        (first[1], included, second[1], also)
        if side == "from"
        else (second[1], also, first[1], included)
    )
    return [
        Range(low=_low(low), low_in=low_in, high=high, high_in=high_in, scope=scope or first[0])
    ], None


def _made(
    one: tuple[str | None, str, str | None] | None, side: str, included: bool, scope: str | None
) -> tuple[list[Range], str | None]:
    if one is None:
        return [], None
    also, version, condition = one
    scope = scope or also
    if included and side != "from" and len(version) == 1 and version.isalpha():
        version += ".x"  # "up to revision K" means K.01 too
    if side == "to":
        # Everything of 12.2.x is meant by "up to 12.2.x", nothing of it by "below 12.2.x".
        high = version if included else _low(version)
        return [Range(high=high, high_in=included, scope=scope)], condition
    if side == "from":
        return [Range(low=_low(version), low_in=included, scope=scope)], condition
    return [Range.exactly(version, scope)], condition


def _low(version: str) -> str:
    """Return the lowest of a family: ``12.2.x`` begins at ``12.2``."""
    return re.sub(r"(?:[._-]?[xX*])+$", "", version) or version


def _version(text: str) -> tuple[str | None, str, str | None] | None:
    """Return scope, version and condition of `text`; None where it holds no version."""
    one = text.strip(" .,:：")
    if not one:
        return None
    if date_of(one) is not None:
        return None, one, None
    found = _ONE.match(one)
    if found is None:
        return None
    version = re.sub(r"[*]", "x", bare(found["version"])).strip(" .-")
    scope = found["scope"].strip(" ・:：,、-") or None
    if scope is not None and bare(scope + " 1") == "1":
        scope = None  # only words such as 「ファームウェアバージョン」 stood before it
    if re.search(r"[<>=]", version + (scope or "")) or not re.search(r"\d|^[A-Za-z]$", version):
        return None
    return scope, version, (found["condition"] or "").strip() or None


def _two(text: str, scope: str | None) -> Range | None:
    """Read a sentence with both ends; None where it has not."""
    for form, included in _TWO:
        found = form.match(text)
        if found is None:
            continue
        high, end = found["high"], included
        for back, also in _TO:
            cut = back.search(high)
            if cut is not None and cut.start() > 0:
                high, end = high[: cut.start()], also
                break
        else:
            high = re.sub(_END_JA + "$", "", high)
        one, other = _version(re.sub(r"\s*(?:を含む|以上|以降)$", "", found["low"])), _version(high)
        if one is None or other is None or other[0] or compare(_low(one[1]), other[1]) > 0:
            continue
        if _SPLIT.search(found["low"]) or _SPLIT.search(high):
            continue
        top = other[1] + (".x" if end and len(other[1]) == 1 and other[1].isalpha() else "")
        return Range(
            low=_low(one[1]),
            low_in=True,
            high=top if end else _low(top),
            high_in=end,
            scope=scope or one[0],
        )
    return None


def _joined(ranges: list[Range]) -> list[Range]:
    """Join ``>= 2.5`` and the ``<= 3.11`` that follows it: together they are one range."""
    joined: list[Range] = []
    for one in ranges:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.low is not None
            and last.high is None
            and one.low is None
            and one.high is not None
            and compare(last.low, one.high) <= 0
        ):
            joined[-1] = replace(
                last, high=one.high, high_in=one.high_in, scope=last.scope or one.scope
            )
        elif (
            last is not None
            and last.low is None
            and last.high is not None
            and one.low is not None
            and one.high is None
            and compare(one.low, last.high) <= 0
        ):
            joined[-1] = replace(
                last, low=one.low, low_in=one.low_in, scope=last.scope or one.scope
            )
        else:
            joined.append(one)
    return joined


def _take_brackets(text: str) -> tuple[str, str | None, str | None]:
    """Take out what stands in brackets: a build stays, CVEs are a scope, the rest a condition."""
    inside = re.match(r"^[(（]([^()（）]*)[)）]$", text)
    if inside is not None:
        return inside[1].strip(), None, None
    scope: list[str] = []
    conditions: list[str] = []

    def one(found: re.Match[str]) -> str:
        if _BUILD.match(found[1]):
            return " " + found[1].strip()
        cves = _CVE.findall(found[1])
        scope.extend(cves)
        if not cves:
            conditions.append(found[1].strip())
        return " "

    rest = text
    while _BRACKETS.search(rest):
        rest = _BRACKETS.sub(one, rest)
    rest = re.sub(r"[(（].*$", "", rest) if rest.count("(") > rest.count(")") else rest
    return plain(rest), " ".join(scope) or None, "; ".join(conditions) or None


def _vers(text: str) -> Reading:
    """Read a version range specifier (``vers:generic/>=1.0|<2.0``), the form CSAF 2.1 asks for."""
    _, _, said = text.partition("/")
    ranges: list[Range] = []
    low: tuple[str, bool] | None = None
    for part in said.split("|"):
        found = re.match(r"^(>=|<=|>|<|!=|=)?(.+)$", part.strip())
        if found is None or found[1] == "!=":
            return Reading(unread=text)
        sign, version = found[1] or "=", found[2]
        if sign == "=":
            ranges.append(Range.exactly(version))
        elif sign in {">", ">="}:
            if low is not None:
                return Reading(unread=text)
            low = (version, sign == ">=")
        else:
            start = low or (None, False)
            ranges.append(Range(low=start[0], low_in=start[1], high=version, high_in=sign == "<="))
            low = None
    if low is not None:
        ranges.append(Range(low=low[0], low_in=low[1]))
    return Reading(tuple(ranges))
