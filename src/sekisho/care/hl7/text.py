"""Bytes of a message to text: ISO-2022-JP with its traps, UTF-8, CP932.

A character that cannot be read becomes U+FFFD; a bad name never drops the message.
"""

from __future__ import annotations

import codecs
import re

_SHIFTS = {
    b"(B": "ascii",
    b"(J": "ascii",  # JIS X 0201 Roman: only the backslash and the tilde look different
    b"(H": "ascii",
    b"(I": "kana",
    b"$B": "kanji",
    b"$@": "kanji",
    b"&@": "skip",  # JIS X 0208-1990, announced before ESC $ B
    b"$(D": "supplement",
}
_SHIFT = re.compile(rb"\x1b(\$\([A-Z]|\$[@AB]|\([A-Z]|&@)")


def decode(raw: bytes, charset: str = "") -> tuple[str, bool]:
    """Return the text of `raw`, and whether every character of it could be read.

    Args:
        raw: One message.
        charset: What MSH-18 names, with its repetitions; only asked where the bytes do not say.
    """
    if b"\x1b" in raw and _SHIFT.search(raw):
        # The codec resets its state only at LF; a strict success is what was meant.
        for name in ("iso2022_jp", "iso2022_jp_ext"):
            try:
                return raw.decode(name), True
            except UnicodeDecodeError:
                continue
        return _shifted(raw)
    if raw.isascii():
        return raw.decode("ascii"), True
    if raw.startswith(codecs.BOM_UTF8):
        raw = raw[3:]
    for name in _tried(charset):
        try:
            return raw.decode(name), True
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("cp932", "replace"), False


def _tried(charset: str) -> tuple[str, ...]:
    said = charset.upper().replace(" ", "").replace("_", "-")
    if "8859/1" in said or "8859-1" in said:
        return "utf-8", "latin-1"
    if "EUC" in said:
        return "euc_jp", "utf-8", "cp932"
    if "SHIFT" in said or "932" in said or "SJIS" in said:
        return "cp932", "utf-8"
    return "utf-8", "cp932", "euc_jp"


def _shifted(raw: bytes) -> tuple[str, bool]:
    """Decode shift by shift: NEC and IBM extension rows, half-width kana, shifts never undone."""
    out: list[str] = []
    whole = True
    mode = "ascii"
    at = 0
    while at < len(raw):
        found = _SHIFT.search(raw, at)
        end = found.start() if found else len(raw)
        for line in _lines(raw[at:end]):
            if line in (b"\r", b"\n"):
                mode = "ascii"  # a segment's end undoes every shift
                out.append(line.decode())
                continue
            text, good = _in_mode(line, mode)
            out.append(text)
            whole = whole and good
        if found is None:
            break
        known = _SHIFTS.get(found[1])
        if known is None:
            whole = False
        elif known != "skip":
            mode = known
        at = found.end()
    return "".join(out), whole


def _lines(part: bytes) -> list[bytes]:
    return [piece for piece in re.split(rb"([\r\n])", part) if piece]


def _in_mode(part: bytes, mode: str) -> tuple[str, bool]:
    if mode == "ascii":
        # Eight bits in the Roman mode are half-width kana, as JIS X 0201 has them.
        text = part.decode("cp932", "replace")
        return text, "\ufffd" not in text
    if mode == "kana":
        text = bytes(b | 0x80 if 0x21 <= b <= 0x5F else b for b in part).decode("cp932", "replace")
        return text, "\ufffd" not in text
    if mode == "supplement":
        pairs = b"".join(
            b"\x8f" + bytes(b | 0x80 for b in part[i : i + 2]) for i in range(0, len(part), 2)
        )
        text = pairs.decode("euc_jp", "replace")
        return text, "\ufffd" not in text
    out: list[str] = []
    good = True
    at = 0
    while at < len(part):
        first = part[at]
        if first <= 0x20:  # a blank between two-byte characters
            out.append(chr(first))
            at += 1
            continue
        if at + 1 >= len(part):
            out.append("\ufffd")
            good = False
            break
        text = _kanji(first & 0x7F, part[at + 1] & 0x7F)
        good = good and text != "\ufffd"
        out.append(text)
        at += 2
    return "".join(out), good


def _kanji(row: int, cell: int) -> str:
    """Return the character of JIS row and cell, as CP932 has it: with NEC's and IBM's."""
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
        return "\ufffd"
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    trail = cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < 0x60 else 0x20)
    return bytes((lead, trail)).decode("cp932", "replace")[:1]
