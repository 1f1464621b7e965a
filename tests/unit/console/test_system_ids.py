"""A person's ids in other systems, on the person's page and on a record's."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from sekisho import care, collect, review
from sekisho.identity import Role
from sekisho.review.masking import KINDS
from sekisho.review.tables import PROOF

if TYPE_CHECKING:
    from tests.unit.console.conftest import Asker, House


def event(user: str) -> str:
    """Return an AuditEvent of `user`."""
    return json.dumps(
        {
            "resourceType": "AuditEvent",
            "type": {"code": "rest"},
            "action": "R",
            "recorded": "2026-10-10T09:00:00+09:00",
            "outcome": "0",
            "agent": [{"who": {"identifier": {"value": user}}, "requestor": True}],
            "source": {"observer": {"display": "ris"}},
            "entity": [{"what": {"reference": "Patient/78"}, "role": {"code": "1"}}],
        }
    )


def test_a_person_and_a_record_show_whose_an_id_is(house: House, tmp_path: Path) -> None:
    """The person's page lists ids in other systems; a record leads to its person, or says nobody's."""
    here, events, ids = house.installation, tmp_path / "e.ndjson", tmp_path / "ids.csv"
    person = care.people(here.database, limit=1)[0]
    ids.write_text(f"system,user_id,staff_id\nris-x,R-7,{person.user_id}\n", encoding="utf-8")
    care.load([ids], database=here.database, clock=here.clock)
    events.write_text(event("R-7") + "\n" + event(person.user_id) + "\n", encoding="utf-8")
    first = here.reader().size()
    with here.recorder() as recorder:
        collect.collect(
            [events], recorder=recorder, database=here.database, clock=here.clock, source="ris-x"
        )
    day, now = dt.date(2026, 10, 1), here.clock.now()
    for kind in KINDS:
        review.set_masking_proof(here.database, kind, "規程", day, "Z1", now)

    async def act(ask: Asker) -> None:
        _, text = await ask.get(f"/people/id/{person.user_id}")
        assert "R-7" in text
        _, text = await ask.get(f"/records/{first}")
        assert f'→ <a href="/people/id/{person.user_id}">' in text
        _, text = await ask.get(f"/records/{first + 1}")
        assert f'href="/people/id/{person.user_id}"' not in text
        assert "この日、この利用者IDがだれのものかは、職員名簿にありません" in text

    async def find(ask: Asker) -> None:
        _, text = await ask.get(f"/records?person={person.user_id}&start=2026-10-10&end=2026-10-10")
        assert f'href="/records/{first}" ' in text
        assert f'href="/records/{first + 1}" ' not in text

    try:
        house.ask(Role.REVIEWER, find)
        house.ask(Role.REVIEWER, act)
    finally:
        with here.database.write() as c:
            c.execute(sa.delete(PROOF))
