"""The institution's own YARA rules: every file of a folder, each compiled by itself.

A rule that does not compile is named with its file, line and reason, and then the rules are not
whole: what no other rule finds is "not checked", never clean. No rules come with Sekisho but the
harmless examples beside this file. Includes are not followed, and no rule reaches the network.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import yara_x

from sekisho.errors import InvalidInputError

EXAMPLES = Path(__file__).with_name("examples")
LARGEST = 16_000_000
"""Bytes of one file of rules."""
_ENDINGS = frozenset({".yar", ".yara"})
_TOO_LONG = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A file of rules that cannot be used: its name, the line from 1 (0: the whole file), why."""

    file: str
    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Rules that were compiled.

    Attributes:
        files: How many files they came from.
        count: How many rules there are.
        wrong: What could not be used; then the rules are not whole.
        name: First letters of the hash of all files: which rules a file was held against.
    """

    compiled: yara_x.Rules | None
    files: int
    count: int
    wrong: tuple[Wrong, ...]
    name: str | None

    def matching(self, file: BinaryIO, seconds: float) -> list[str]:
        """Return the names of the rules that `file` fits, with their description; it is rewound.

        Raises:
            TimeoutError: It took longer than `seconds`.
            OSError: It cannot be read.
        """
        if self.compiled is None:
            return []
        scanner = yara_x.Scanner(self.compiled)
        scanner.set_timeout(max(1, int(seconds)))
        try:
            found = _scan(scanner, file)
        except yara_x.TimeoutError as error:
            raise TimeoutError from error
        except yara_x.ScanError as error:
            raise OSError(str(error)) from error
        finally:
            file.seek(0)
        return [_named(rule) for rule in found.matching_rules]


NONE = Rules(compiled=None, files=0, count=0, wrong=(), name=None)


def read_rules(folder: Path | None) -> Rules:
    """Return the rules of `folder`; none where there is no such folder.

    Raises:
        InvalidInputError: The folder cannot be read.
    """
    if folder is None or not folder.is_dir():
        return NONE
    try:
        paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _ENDINGS and p.is_file())
        stamped = tuple((p, p.stat().st_size, p.stat().st_mtime_ns) for p in paths)
    except OSError as error:
        raise InvalidInputError("scan.rules.folder", folder=str(folder)) from error
    return _compiled(folder, stamped)


@lru_cache(maxsize=4)
def _compiled(folder: Path, stamped: Sequence[tuple[Path, int, int]]) -> Rules:
    compiler = yara_x.Compiler(includes_enabled=False)
    wrong: list[Wrong] = []
    whole = hashlib.sha256()
    good = 0
    for path, size, _ in stamped:
        name = str(path.relative_to(folder))
        try:
            source = _text(path, size)
            # Alone first: of a file with a mistake nothing is used.
            alone = yara_x.Compiler(includes_enabled=False)
            alone.add_source(source, origin=name)
        except yara_x.CompileError as error:
            wrong.append(Wrong(file=name, line=_line(str(error)), why=_short(str(error))))
        except (OSError, UnicodeDecodeError, ValueError) as error:
            wrong.append(Wrong(file=name, line=0, why=_short(str(error))))
        else:
            compiler.new_namespace(name)
            compiler.add_source(source, origin=name)
            whole.update(source.encode())
            good += 1
    rules = compiler.build() if good else None
    return Rules(
        compiled=rules,
        files=good,
        count=sum(1 for _ in rules) if rules is not None else 0,
        wrong=tuple(wrong),
        name=whole.hexdigest()[:12] if good else None,
    )


def _text(path: Path, size: int) -> str:
    if size > LARGEST:
        raise ValueError(f"{size} > {LARGEST}")
    return path.read_text(encoding="utf-8-sig")


def _scan(scanner: yara_x.Scanner, file: BinaryIO) -> yara_x.ScanResults:
    if isinstance(file, io.BytesIO):
        return scanner.scan(file.getvalue())
    try:
        # By its descriptor: a file of an upload has no name.
        return scanner.scan_file(f"/proc/self/fd/{file.fileno()}")
    except (OSError, yara_x.ScanError):
        file.seek(0)
        return scanner.scan(file.read())


def _named(rule: yara_x.Rule) -> str:
    about = next((str(v) for name, v in rule.metadata if name == "description"), "")
    name = f"{rule.identifier}: {about}" if about else rule.identifier
    return "".join(mark for mark in name if mark.isprintable())[:200]


def _line(said: str) -> int:
    found = re.search(r"-->\s*(?:line:)?[^\n]*?(\d+):\d+", said)
    return int(found[1]) if found else 0


def _short(said: str) -> str:
    first = said.strip().splitlines()[0] if said.strip() else ""
    return "".join(mark for mark in first if mark.isprintable())[:_TOO_LONG]
