"""One path for the decision, the record and the upstream (RFC 3986).

What two readers could take for two different paths is refused: dot segments, empty
segments, encoded separators, escapes of escapes, and letters that only look like
these. What is left has one reading, however often it is decoded or folded.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote_to_bytes

from yarl import URL

from sekisho.gate.hostile import Hostile

LONGEST = 8000
"""Characters of a target; RFC 9110 4.1 recommends that at least 8,000 octets be read."""

_BAD = 400
# pchar of RFC 3986 3.3 without ";", whose parameters some upstreams cut off and some do not.
_PATH = re.compile(r"(?:/[A-Za-z0-9\-._~!$&'()*+,=:@%]*)+")
# What browsers leave as it is in a query, beyond RFC 3986 3.4, stands here too: [ ] { } | \ ^ `
_QUERY = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,=:@%/?\[\]{}|\\^`]*")
_ESCAPE = re.compile("%(..)")
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
# Escapes that hide what structures a path: . / ; \ and the escape's own sign.
_HIDDEN = {
    "2E": "path_dots", "2F": "path_separator", "5C": "path_separator",
    "3B": "path_semicolon", "25": "path_double", "3F": "path_separator", "23": "path_separator",
}  # fmt: skip
# Not folded by NFKC, yet turned into / or \ by code pages (932 has the yen sign at 0x5C).
_LOOKALIKE = frozenset("\u2044\u2215\u29f8\u2216\u29f5\u29f9\u00a5\u20a9")
_STRUCTURE = frozenset("/\\;%?#")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def canonical(
    raw_target: str,
) -> tuple[str, tuple[str, ...], str, tuple[tuple[str, str], ...]]:
    """Return path, its decoded segments, raw query and decoded query of a request's target.

    The path is the target's own, with escapes in upper case and no letter, digit,
    ``-``, ``_`` or ``~`` escaped (RFC 3986 6.2.2). One slash may stand at its end; it is
    no segment. In the query ``+`` is a space, as in forms; values keep their order.

    Raises:
        Hostile: The target has no or more than one reading (400), or is too long (414).
    """
    if len(raw_target) > LONGEST:
        raise Hostile(414, "gate.hostile.target_long")
    if not raw_target.startswith("/") or "#" in raw_target:
        raise Hostile(_BAD, "gate.hostile.target_form")
    path, asked, query = raw_target.partition("?")
    path, parts = _path(path)
    return path, parts, query, _values(query) if asked else ()


def address(origin: str, path: str, query: str) -> URL:
    """Return what the upstream is asked: exactly this path and query, nothing re-encoded.

    Args:
        origin: Of the upstream, for instance ``http://127.0.0.1:8042``.
        path: As `canonical` gave it.
        query: As `canonical` gave it.
    """
    return URL(f"{origin}{path}?{query}" if query else f"{origin}{path}", encoded=True)


def _path(raw: str) -> tuple[str, tuple[str, ...]]:
    if not _PATH.fullmatch(raw):
        raise Hostile(_BAD, f"gate.hostile.{_unplain(raw)}")
    if "//" in raw:
        raise Hostile(_BAD, "gate.hostile.path_empty")
    if "%" in raw:
        return _escaped(raw)
    if raw == "/":
        return raw, ()
    parts = tuple(raw.removesuffix("/")[1:].split("/"))
    # A dot at a segment's end is "." or "..", or is cut off by some file systems.
    if "./" in raw or raw.endswith("."):
        raise Hostile(_BAD, "gate.hostile.path_dots")
    return raw, parts


def _unplain(raw: str) -> str:
    if ";" in raw:
        return "path_semicolon"
    if "\\" in raw:
        return "path_separator"
    return "path_character"


def _escaped(raw: str) -> tuple[str, tuple[str, ...]]:
    if _BAD_ESCAPE.search(raw):
        raise Hostile(_BAD, "gate.hostile.escape")
    path = _ESCAPE.sub(_one_spelling, raw)
    return path, tuple(_decoded(part) for part in path.removesuffix("/")[1:].split("/"))


def _one_spelling(escape: re.Match[str]) -> str:
    code = escape[1].upper()
    if code in _HIDDEN:
        raise Hostile(_BAD, f"gate.hostile.{_HIDDEN[code]}")
    letter = chr(int(code, 16))
    return letter if letter.isascii() and (letter.isalnum() or letter in "-_~") else f"%{code}"


def _decoded(part: str) -> str:
    try:
        text = unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        raise Hostile(_BAD, "gate.hostile.not_utf8") from None
    if any(unicodedata.category(letter) in _UNSEEN for letter in text):
        raise Hostile(_BAD, "gate.hostile.control")
    folded = unicodedata.normalize("NFKC", text)
    if (
        _LOOKALIKE.intersection(text)
        or _STRUCTURE.intersection(folded)
        # Wide letters that fold to plain ones would be a second spelling of a plain segment.
        or (folded.isascii() and folded != text)
    ):
        raise Hostile(_BAD, "gate.hostile.path_folded")
    # Some file systems cut dots and spaces off a name's end; then it would be another name.
    if folded != folded.strip(" ").rstrip(". "):
        raise Hostile(_BAD, "gate.hostile.path_dots")
    return text


def _values(query: str) -> tuple[tuple[str, str], ...]:
    if not _QUERY.fullmatch(query):
        raise Hostile(_BAD, f"gate.hostile.query_{'semicolon' if ';' in query else 'character'}")
    if "%" not in query and "+" not in query:
        pairs = [piece.partition("=") for piece in query.split("&") if piece]
        return tuple((name, value) for name, _, value in pairs)
    if _BAD_ESCAPE.search(query):
        raise Hostile(_BAD, "gate.hostile.escape")
    pairs = [piece.partition("=") for piece in query.replace("+", " ").split("&") if piece]
    return tuple((_text(name), _text(value)) for name, _, value in pairs)


def _text(raw: str) -> str:
    if "%" not in raw:
        return raw
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise Hostile(_BAD, "gate.hostile.not_utf8") from None
    # A search box may send lines and tabs; nothing else below the space is text.
    if not text.isprintable() and any(
        unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\t\r\n" for letter in text
    ):
        raise Hostile(_BAD, "gate.hostile.control")
    return text
