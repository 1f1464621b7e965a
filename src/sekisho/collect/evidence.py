"""What the sources prove: each was heard in its usual time, and what its log cannot show is confirmed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial

from sekisho.collect.interface import SourceView
from sekisho.collect.live.heard import KEPT
from sekisho.collect.live.silence import LEARNT, WINDOW, silence, spoken
from sekisho.collect.received import sources
from sekisho.collect.unseen import OWN, unconfirmed
from sekisho.errors import Value
from sekisho.storage import Database
from sekisho.terms import Clock, Evidence, Result, proof

_proof = partial(proof, "collect")

BY_HAND = KEPT
"""A file that people bring each month is late after so long."""
NAMED = 5
"""Sources that a sentence names."""


def evidence(database: Database, clock: Clock) -> Iterator[Evidence]:
    """Give ``collect.sources`` and ``collect.sheets``."""
    now = clock.now()
    known = sorted((one for one in sources(database) if one.name != OWN), key=lambda one: one.name)
    if not known:
        yield _proof("sources", now, Result.NOT_CHECKED, "no_sources")
        yield _proof("sheets", now, Result.NOT_CHECKED, "no_sources")
        return
    yield _heard(database, now, known)
    open_ = [name for name in unconfirmed(database, clock) if name != OWN]
    told: dict[str, Value] = {"total": len(known), "count": len(open_), "which": open_[:NAMED]}
    if open_:
        yield _proof("sheets", now, Result.NO, "sheets_no", told)
    else:
        yield _proof("sheets", now, Result.YES, "sheets", told)


def _heard(database: Database, now: dt.datetime, known: Sequence[SourceView]) -> Evidence:
    """Return whether each source was heard in its usual time.

    What comes by itself has the usual time of `silence`: of less than eight days none is known.
    What people bring is expected once a month.
    """
    silent, young = [], []
    hours = spoken(database, now - KEPT)
    for one in known:
        said = [each.hour for each in hours.get(one.name, ()) if each.records]
        lately = [hour for hour in said if hour >= now - WINDOW]
        if not said:
            if now - one.last_heard > BY_HAND:
                silent.append(one.name)
        elif not lately or silence(lately, now):
            silent.append(one.name)
        elif now - said[0] < LEARNT:
            young.append(one.name)
    told: dict[str, Value] = {"total": len(known)}
    if silent:
        told |= {"count": len(silent), "which": silent[:NAMED]}
        return _proof("sources", now, Result.NO, "sources_no", told)
    if young:
        told |= {"count": len(young), "which": young[:NAMED], "days": LEARNT.days}
        return _proof("sources", now, Result.NOT_CHECKED, "sources_young", told)
    return _proof("sources", now, Result.YES, "sources", told)
