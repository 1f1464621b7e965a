"""Exports with proofs that somebody tampered with: each harm, and what it must be called.

Used by the tests of both verifiers that are handed out (packaging/verifier).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

Lines = list[dict[str, Any]]


def text(lines: Lines) -> bytes:
    """Return lines as a file holds them."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def says_the_same(changed: bytes, plain: bytes) -> bool:
    """Whether every line of two exports is the same JSON, written otherwise."""
    try:
        both = [[json.loads(line) for line in one.split(b"\n")[:-1]] for one in (changed, plain)]
    except ValueError:
        return False
    return changed.endswith(b"\n") and both[0] == both[1]


def _shown(lines: Lines) -> None:
    lines[7]["user_id"] = "u99"


def _hidden(lines: Lines) -> None:
    lines[7]["digest"] = "00" * 32


def _in_step(lines: Lines) -> None:
    line = lines[7]
    line["canonical"] = line["canonical"].replace('"read"', '"update"')
    line["action"] = "update"
    _again(line)


def _spaced(lines: Lines) -> None:
    lines[7]["canonical"] = lines[7]["canonical"].replace('":', '": ', 1)
    _again(lines[7])


def _salted(lines: Lines) -> None:
    lines[7]["salt"] = "00" * 16
    _again(lines[7])


def _again(line: dict[str, Any]) -> None:
    """Put the line's record and salt into its proof."""
    extra = json.dumps({"canonical": line["canonical"], "salt": line["salt"]}).encode()
    rows = line["tlog_proof"].split("\n")
    rows[1] = "extra " + base64.b64encode(extra).decode()
    line["tlog_proof"] = "\n".join(rows)


def _path(lines: Lines) -> None:
    rows = lines[7]["tlog_proof"].split("\n")
    rows[3], rows[4] = rows[4], rows[3]
    lines[7]["tlog_proof"] = "\n".join(rows)


def _stripped(lines: Lines) -> None:
    lines[7].update(canonical=None, salt=None, tlog_proof=None)


def _all_stripped(lines: Lines) -> None:
    for line in lines:
        line.update(canonical=None, salt=None, tlog_proof=None)


def _moved(lines: Lines) -> None:
    """Give record 7 the number and the proof's number of 8."""
    lines[7]["tlog_proof"] = lines[7]["tlog_proof"].replace("index 7\n", "index 8\n")


def _cut(lines: Lines) -> None:
    """Say everywhere that the log was one record shorter, under the old signature."""
    size = len(lines)
    for line in lines:
        line["tlog_proof"] = line["tlog_proof"].replace(f"\n{size}\n", f"\n{size - 1}\n")


def _one_cut(lines: Lines) -> None:
    size = len(lines)
    lines[7]["tlog_proof"] = lines[7]["tlog_proof"].replace(f"\n{size}\n", f"\n{size + 1}\n")


def _swapped(lines: Lines) -> None:
    lines[7], lines[8] = lines[8], lines[7]


def _twice(lines: Lines) -> None:
    lines.insert(7, lines[7])


def _empty(lines: Lines) -> None:
    lines.clear()


def _more(lines: Lines) -> None:
    lines[7]["note"] = "more"


def _less(lines: Lines) -> None:
    del lines[7]["salt"]


def _other_salt(lines: Lines) -> None:
    lines[7]["salt"] = "00" * 16


HARMS: list[tuple[str, Callable[[Lines], object], int]] = [
    ("record", _shown, 8),
    ("record", _hidden, 8),
    ("record", _more, 8),
    ("fields", _less, 8),
    ("root", _in_step, 8),
    ("root", _salted, 8),
    ("root", _path, 8),
    ("canonical", _spaced, 8),
    ("extra", _other_salt, 8),
    ("index", _moved, 8),
    ("several", _one_cut, 8),
    ("signature", _cut, 1),
    ("unproven", _stripped, 8),
    ("unproven", _all_stripped, 0),
    ("order", _swapped, 9),
    ("order", _twice, 9),
    ("empty", _empty, 0),
]
"""What a harm is called, the harm, and the line that it is found in (0: only at the end)."""

LEFT_OUT: list[tuple[int, Callable[[Lines], object]]] = [
    (0, lambda lines: lines.pop(0)),
    (7, lambda lines: lines.pop(7)),
    (-1, lambda lines: lines.pop()),
]
"""Records left out of an export that is said to be whole (-1: the last)."""
