"""What a decision costs, over every cell of the shipped matrix."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from sekisho.access import Act, Table, read_book
from sekisho.access.build import build
from sekisho.access.files import shipped
from sekisho.access.table import ACTS, SITUATIONS
from sekisho.care import Ties
from sekisho.gate.config import Route
from sekisho.gate.interface import Seen
from sekisho.gate.judge import State, judge
from sekisho.gate.modes import Modes
from sekisho.gate.record import Who
from sekisho.terms import PatientId, UserKind


def decision() -> tuple[float, float, float]:
    """Return µs of a question never asked before, of one asked again, and of a whole verdict."""
    table = build(read_book(shipped()))
    asked = [
        ((group,), (class_,), act, situation)
        for group in table.groups
        for class_ in table.classes
        for act in ACTS
        for situation in SITUATIONS
    ]
    random.Random(1).shuffle(asked)
    first = _each(lambda: [table.decide(*each) for each in asked], len(asked))
    again = _each(lambda: [table.decide(*each) for each in asked], len(asked))
    return first, again, _whole(table)


def _whole(table: Table) -> float:
    day = dt.date(2026, 11, 25)
    ties = Ties(day=day, covered=True, places={}, care={}, doctors={}, staff_patients=frozenset())
    state = State(
        table=table, modes=Modes({}), ties=ties, glass={}, protected={},
        zone=ZoneInfo("Asia/Tokyo"), hours=(510, 1050),
    )  # fmt: skip
    route = Route(name="r", origin="http://r", upstream="http://u", adapter="fhir", map=Path())
    who = Who(
        user_id="D1", kind=UserKind.PERSON, session=None, terminal=None, groups=table.groups[:1]
    )
    now = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)
    seen = [
        Seen(frozenset({PatientId(str(number))}), frozenset({class_}))
        for number in range(500)
        for class_ in table.classes
    ]
    return _each(lambda: [judge(state, route, who, Act.READ, one, now) for one in seen], len(seen))


def _each(act: Callable[[], object], count: int) -> float:
    began = time.process_time()
    act()
    return (time.process_time() - began) / count * 1e6
