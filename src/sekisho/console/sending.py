"""書き出しの進み: how far the files are that a person takes from the list of records, or has made of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from sekisho.console.interface import ANYONE, installation, session
from sekisho.console.reply import only, page

KEPT = 4
"""Of a person, the newest ones are shown."""


@dataclass(slots=True)
class Sending:
    """A file on its way: a list, the newest record first, or a copy, step by step.

    Attributes:
        kind: What `exports` gives, ``copy`` or ``folder``.
        oldest: When the last record that there can be occurred, of a list.
        count: Records written so far.
        newest: When the first one occurred.
        reached: When the last one so far occurred.
        share: How much of the steps is done, of a copy.
        state: ``going``, ``done`` or ``broken``.
    """

    kind: str
    oldest: dt.datetime | None = None
    count: int = 0
    newest: dt.datetime | None = None
    reached: dt.datetime | None = None
    share: float | None = None
    state: str = "going"

    def step(self, done: int, steps: int) -> None:
        """Note that so many of all steps are done."""
        self.share = done / steps

    def more(self, count: int, reached: dt.datetime) -> None:
        """Note that `count` more records are written, down to that time."""
        self.count += count
        self.reached = reached
        self.newest = self.newest or reached

    @property
    def percent(self) -> int | None:
        """Return how much of the time, or of the steps, is gone through; None before anything is."""
        if self.state == "done":
            return 100
        share = self.share
        if self.newest and self.reached and self.oldest and self.oldest < self.newest:
            share = (self.newest - self.reached) / (self.newest - self.oldest)
        return None if share is None else max(0, min(99, int(share * 100)))


_SENDING: dict[tuple[str, str], list[Sending]] = {}
"""By data directory and staff id; it is nobody else's, and gone with this process."""


@contextmanager
def sending(
    request: web.Request, kind: str, oldest: dt.datetime | None = None
) -> Iterator[Sending]:
    """Give what a file of the reader notes while it is written."""
    one = Sending(kind, oldest)
    mine = _SENDING.setdefault(_who(request), [])
    mine.append(one)
    del mine[:-KEPT]
    try:
        yield one
    except BaseException:
        one.state = "broken"
        raise
    one.state = "done"


@only(ANYONE)
async def show(request: web.Request) -> web.StreamResponse:
    """Show how far the reader's own files are; it names nobody."""
    mine = list(reversed(_SENDING.get(_who(request), [])))
    return page(
        request,
        "console/sending.html",
        sendings=mine,
        going=any(one.state == "going" for one in mine),
    )


def _who(request: web.Request) -> tuple[str, str]:
    return str(installation(request).data), session(request).user_id
