"""One record's page shows the record that the other side wrote of the same act."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sekisho import collect
from sekisho.identity import Role

if TYPE_CHECKING:
    from tests.unit.console.conftest import Asker, House


def event(observer: str) -> str:
    """Return an AuditEvent of one request as `observer` wrote it."""
    return json.dumps(
        {
            "resourceType": "AuditEvent",
            "type": {"code": "rest"},
            "subtype": [{"code": "read"}],
            "action": "R",
            "recorded": "2026-10-10T09:00:00+09:00",
            "outcome": "0",
            "agent": [{"who": {"identifier": {"value": "N1"}}, "requestor": True}],
            "source": {"observer": {"display": observer}},
            "entity": [
                {"what": {"reference": "Patient/77"}, "role": {"code": "1"}},
                {"what": {"identifier": {"value": "5d1c"}}, "type": {"code": "XrequestId"}},
            ],
        }
    )


def test_a_records_page_leads_to_its_other_sides(house: House, tmp_path: Path) -> None:
    """Each of three records of one request leads to the others; a record of its own to none."""
    here, path = house.installation, tmp_path / "events.ndjson"
    path.write_text("\n".join(map(event, ("client", "server", "third"))) + "\n", "utf-8")
    first = here.reader().size()
    with here.recorder() as recorder:
        (report,) = collect.collect(
            [path], recorder=recorder, database=here.database, clock=here.clock
        )
    assert report.added == 3

    async def act(ask: Asker) -> None:
        three = {first, first + 1, first + 2}
        for index in (*three, 3):
            answer, text = await ask.get(f"/records/{index}")
            assert answer.status == 200
            linked = re.findall(r'href="/records/(\d+)">', text)
            assert linked == [str(other) for other in sorted(three - {index}) if index in three]

    house.ask(Role.REVIEWER, act)
