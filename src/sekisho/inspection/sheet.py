"""The sheet: every item of a catalogue with its proof and its answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sekisho.inspection.answers import newest
from sekisho.inspection.catalogue import Catalogue
from sekisho.inspection.records import Line, Sheet
from sekisho.inspection.state import compute, standing
from sekisho.storage import Database
from sekisho.terms import Evidence


def sheet(
    database: Database,
    catalogue: Catalogue,
    evidence: Mapping[str, Evidence],
    *,
    now: dt.datetime,
    today: dt.date,
    kinds: Sequence[str] = (),
) -> Sheet:
    """Return the sheet of `catalogue` as it stands.

    Args:
        database: Where the answers are.
        catalogue: What is asked.
        evidence: The newest of each subject.
        now: UTC-aware.
        today: The institution's day.
        kinds: Of the institution; what is asked of others alone is set apart.
    """
    answers = newest(database, catalogue.id)
    lines: list[Line] = []
    apart: list[Line] = []
    for item in catalogue.asked():
        computed = compute(item, evidence, now)
        said = answers.get(item.id)
        said = None if said is None or said.value is None else said
        stands = standing(item, computed, said, today)
        (lines if item.asks(kinds) else apart).append(
            Line(item=item, computed=computed, answer=said, standing=stands)
        )
    return Sheet(
        catalogue=catalogue, lines=tuple(lines), at=now, kinds=tuple(kinds), apart=tuple(apart)
    )
