"""What verification answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """The first thing that is not as it was recorded.

    Attributes:
        what: ``record``, ``file``, ``tile``, ``checkpoint``, ``key``, ``database``, ``last``,
            ``history``, ``witness`` or ``timestamp``.
        index: First record that it touches; None where it touches none by itself.
        file: Path below the data directory.
        message: Id of the sentence that names it.
    """

    what: str
    message: str
    index: int | None = None
    file: str | None = None
    args: Mapping[str, str | int] = field(default_factory=dict)


class StopError(Exception):
    """Nothing further can be checked."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__(wrong.message)
        self.wrong = wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer.

    Attributes:
        ok: Nothing wrong was found.
        size: Records that the checkpoint signed.
        root: The signed root, hexadecimal.
        records: Records that were recomputed.
        first_wrong: None when `ok`.
        not_checked: Message ids and arguments of what could not be checked.
        witnessed: What each witness asked for has cosigned: name, size, and when (UTC).
        stamped: Size and time of each checkpoint that the authority stamped, where it was asked.
        erased: Records that are lawfully gone: index of the record that orders it, and how many.
    """

    ok: bool
    size: int
    root: str
    records: int
    first_wrong: Wrong | None
    not_checked: tuple[tuple[str, Mapping[str, str | int]], ...]
    seconds: float
    witnessed: tuple[tuple[str, int, dt.datetime], ...] = ()
    stamped: tuple[tuple[int, dt.datetime], ...] = ()
    erased: tuple[tuple[int, int], ...] = ()
