"""Find out how a text file is encoded and give its lines with their raw bytes."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

LIMIT = 1 << 20
"""Longest line held in memory; a longer one is broken, and quarantined in pieces."""
_SAMPLE = 1 << 17
_HALF_KANA = re.compile("[\uff61-\uff9f]")
_NEVER = re.compile(b"[\xfd-\xff]")
_USUAL = re.compile("[ぁ-んァ-ヶー一-鿿、。（）：・　-〿]")


def sample(file: BinaryIO, size: int) -> tuple[bytes, list[bytes]]:
    """Return the head of the file, and pieces of its middle and end (whole lines)."""
    file.seek(0)
    head = file.read(_SAMPLE)
    pieces = []
    for start in (size // 2, max(size - _SAMPLE // 2, 0)):
        if start >= _SAMPLE:
            file.seek(start)
            piece = file.read(_SAMPLE // 2)
            first, last = piece.find(b"\n"), piece.rfind(b"\n")
            if last > first >= 0:
                pieces.append(piece[first + 1 : last + 1])
    file.seek(0)
    return head, pieces


def detect(head: bytes, pieces: list[bytes]) -> tuple[str, bool]:
    """Return the encoding's Python name, and whether it is sure."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return name, True
    even, odd = head[0:4096:2].count(0), head[1:4096:2].count(0)
    if min(len(head), 4096) and max(even, odd) > min(len(head), 4096) // 8:
        return ("utf-16-be" if even > odd else "utf-16-le"), True
    if b"\x1b$" in head and _decodes(head, "iso2022_jp", final=False):
        return "iso2022_jp", True
    parts = [head, *pieces]
    if all(part.isascii() for part in parts):
        return "utf-8", False
    # The last line of the head may be cut inside a character.
    whole = b"\n".join([head[: head.rfind(b"\n") + 1] or head, *pieces])
    scores: dict[str, tuple[int, bool]] = {}
    for name in ("utf-8", "cp932", "euc_jp"):
        text = whole.decode(name, "replace")
        usual, half = len(_USUAL.findall(text)), len(_HALF_KANA.findall(text))
        wrong = text.count("\ufffd")
        scores[name] = (usual - 2 * half - 20 * wrong, wrong * 20 <= usual + half)
    best = max(scores, key=lambda name: scores[name][0])
    if scores["utf-8"][0] >= 0 and _decodes(whole, "utf-8", final=True):
        best = "utf-8"
    return best, scores[best][1]


def _decodes(part: bytes, encoding: str, *, final: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(part, final)
    except UnicodeDecodeError:
        return False
    return True


class Lines:
    """The lines of a file, decoded, with the raw bytes of the row being read.

    Attributes:
        pending: Raw lines given since the reader of rows last emptied it.
        broken: Whether a line given since then could not be decoded.
        done: Bytes read.
    """

    MAX_LINES = 100
    """A row over more lines than this is an open quote, not a row."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.encoding = encoding
        self.pending: list[bytes] = []
        self.broken = False
        self.done = 0
        self._back: deque[bytes] = deque()
        file.seek(0)
        self._raw = self._wide(file) if encoding.startswith("utf-16") else self._narrow(file)
        self._codec = "utf-8" if encoding == "utf-8-sig" else encoding

    def give(self) -> Iterator[str]:
        """Give lines; stops for good after `MAX_LINES` of one row: ask again for more."""
        pending, back, codec = self.pending, self._back, self._codec
        raw_lines = self._raw
        while True:
            if len(pending) >= self.MAX_LINES:
                return
            if back:
                raw = back.popleft()
            else:
                following = next(raw_lines, None)
                if following is None:
                    return
                raw = following
            pending.append(raw)
            if codec == "cp932" and _NEVER.search(raw):
                # Python reads these bytes as private characters; no text has them.
                self.broken = True
            try:
                yield raw.decode(codec)
            except UnicodeDecodeError:
                codec = self._second_try(raw)
                yield raw.decode(codec, "replace")

    def put_back(self, lines: list[bytes]) -> None:
        """Give `lines` again, first."""
        self._back.extendleft(reversed(lines))

    def _second_try(self, raw: bytes) -> str:
        """Return the codec from now on: a file that was ASCII so far may turn out CP932."""
        if self.encoding == "utf-8" and _decodes(raw, "cp932", final=True):
            self.encoding = self._codec = "cp932"
        else:
            self.broken = True
        return self._codec

    def _narrow(self, file: BinaryIO) -> Iterator[bytes]:
        first = True
        old_mac = _only_cr(file)
        rest = b""
        while line := file.readline(LIMIT):
            self.done += len(line)
            if first and line.startswith(codecs.BOM_UTF8):
                line = line[3:]
            first = False
            if not old_mac:
                yield line
                continue
            *lines, rest = (rest + line).split(b"\r")
            yield from (one + b"\n" for one in lines)
        if rest:
            yield rest

    def _wide(self, file: BinaryIO) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        rest = ""
        first = True
        while chunk := file.read(LIMIT):
            self.done += len(chunk)
            text = decoder.decode(chunk)
            if first:
                text = text.removeprefix("\ufeff")
                first = False
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                yield (line + "\n").encode(self.encoding, "surrogatepass")
            if len(rest) > LIMIT:
                yield rest.encode(self.encoding, "surrogatepass")
                rest = ""
        rest += decoder.decode(b"", final=True)
        if rest:
            yield rest.encode(self.encoding, "surrogatepass")


def _only_cr(file: BinaryIO) -> bool:
    head = file.read(65536)
    file.seek(0)
    return b"\n" not in head and head.count(b"\r") > 1
