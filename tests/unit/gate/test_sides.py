"""The gate's record of a request and that of the system behind it: two records, one access."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.gate.conftest import Hospital
from tests.unit.gate.test_web_whole import ONE, Application, Who, _visit, application, hospital

from sekisho import care, collect, review

__all__ = ["application", "hospital"]


def test_the_system_behind_writes_the_gates_id_of_the_request(
    hospital: Hospital, application: Application, tmp_path: Path
) -> None:
    """The gate says its own id of a request, never the client's; by it the two records are a pair."""

    async def journey(who: Who) -> None:
        for _ in range(2):
            status, _, _ = await who("N1").ask(
                "POST",
                "/api01rv2/medicalgetv2?class=01",
                data=ONE % "00200",
                headers={"Content-Type": "application/xml", "X-Request-Id": "forged"},
            )
            assert status == 200

    _visit(hospital, application, journey)

    records = hospital.records()
    said = [
        {k.lower(): v for k, v in headers.items()}["x-request-id"]
        for _, _, headers in application.seen
    ]
    assert [record["object"].split()[-1] for record in records] == [
        f"request:{id_}" for id_ in said
    ]
    assert len(set(said) - {"forged"}) == 2
    here, path = hospital.installation, tmp_path / "behind.ndjson"
    path.write_text(
        "\n".join(
            json.dumps(
                {
                    "resourceType": "AuditEvent",
                    "type": {"code": "rest"},
                    "subtype": [{"code": "read"}],
                    "action": "R",
                    "recorded": record["occurred_at"],
                    "outcome": "0",
                    "agent": [
                        {"who": {"display": "gate"}, "type": {"coding": [{"code": "110152"}]}}
                    ],
                    "source": {"observer": {"display": "orca"}},
                    "entity": [
                        {"what": {"identifier": {"value": "00200"}}, "role": {"code": "1"}},
                        {"what": {"identifier": {"value": id_}}, "type": {"code": "XrequestId"}},
                    ],
                }
            )
            for record, id_ in zip(records, said, strict=True)
        ),
        encoding="utf-8",
    )
    first = here.reader().size()
    with here.recorder() as recorder:
        collect.collect([path], recorder=recorder, database=here.database, clock=here.clock)

    owned = care.owned_ids(here.database)
    pairs = [review.other_sides(here.reader(), owned, record["index"]) for record in records]
    assert pairs == [[first], [first + 1]]
