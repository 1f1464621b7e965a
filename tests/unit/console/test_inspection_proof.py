"""The proof behind each yes opens in one click, and its history is dated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from tests.unit.console.conftest import Asker, House

from sekisho import inspection
from sekisho.app.evidence import evidence_of_rooms, look_at_rooms
from sekisho.app.inspection import place, title_of, where
from sekisho.app.proofs import keep_evidence
from sekisho.app.tables import EVIDENCE
from sekisho.identity import Role
from sekisho.pages import LANGUAGES
from sekisho.terms import Evidence, Result

OTHER = (
    "ledger.verified", "backup.made", "backup.restored", "doctor.encryption", "job.verify",
    "gate.packets", "gate.probe.pacs.x", "scan.scanner", "posture.inventory", "posture.lines",
    "posture.holes", "posture.protection", "posture.patches", "posture.controls",
    "posture.incidents", "posture.network", "witness.w1",
)  # fmt: skip
"""What other jobs and people keep."""


@pytest.fixture(autouse=True)
def _as_it_was(house: House) -> Iterator[None]:
    """Take away what a test kept: the house is everybody's."""
    with house.installation.database.read() as c:
        last = c.scalar(sa.select(sa.func.max(EVIDENCE.c.id))) or 0
    yield
    with house.installation.database.write() as c:
        c.execute(sa.delete(EVIDENCE).where(EVIDENCE.c.id > last))


def _proof(subject: str, at: dt.datetime, result: Result = Result.YES) -> Evidence:
    return Evidence(
        subject=subject, checked_at=at, by="test", result=result, message="gate.evidence.no_gate"
    )


def test_every_proof_opens_in_one_click(house: House) -> None:
    """Each subject that a catalogue names or a room gives has its history, and a page that opens."""
    here = house.installation
    subjects = {one.subject for one in evidence_of_rooms(here)} | set(OTHER)
    for book in inspection.catalogues().values():
        subjects |= {proof.subject for item in book.asked() for proof in item.proofs}
    places: dict[Role, set[str]] = {}
    for subject in subjects:
        known = place(subject)
        assert known is not None or subject.startswith("register."), subject
        if known is not None:
            role = next(one for one in Role if one in known.roles)
            places.setdefault(role, set()).add(known.href)
    wrong: list[tuple[str, int]] = []

    def walk(role: Role, paths: list[str]) -> None:
        async def act(asker: Asker) -> None:
            for path, (answer, _) in zip(paths, [await asker.get(p) for p in paths], strict=True):
                if answer.status != 200:
                    wrong.append((path, answer.status))

        house.ask(role, act)

    for role, hrefs in places.items():
        walk(role, sorted(hrefs))
    # A history is there for whatever has a name of its own.
    for language in LANGUAGES:
        assert {one for one in subjects if title_of(one, language) == one} == set()
    walk(Role.REVIEWER, [where(one) for one in ("posture.lines", "gate.probe.pacs.x")])

    assert wrong == []


def test_history_is_dated_and_paged_by_key(house: House) -> None:
    """More than a page of proofs goes on below the last key; a stranger's subject is not found."""
    here, now = house.installation, house.installation.clock.now()
    for number in range(55):
        result = Result.NO if number % 2 else Result.YES
        keep_evidence(here.database, _proof("gate.probe.zz", now, result))

    async def act(asker: Asker) -> None:
        _, text = await asker.get("/inspection/proof/gate.probe.zz")
        assert text.count("<tr>") == 51
        path = text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
        _, text = await asker.get(path)
        assert text.count("<tr>") == 6
        answer, _ = await asker.get("/inspection/proof/nobody.knows")
        assert answer.status == 404

    house.ask(Role.SAFETY_OFFICER, act)


def test_where_the_room_is_not_open_the_history_is(house: House) -> None:
    """A safety officer reads what accounts prove, without the page of accounts; a keeper goes on."""
    look_at_rooms(house.installation)

    async def officer(asker: Asker) -> None:
        answer, text = await asker.get(where("identity.leavers"))
        assert answer.status == 200
        assert "/accounts?show=ended" not in text

    async def keeper(asker: Asker) -> None:
        _, text = await asker.get(where("identity.leavers"))
        assert "/accounts?show=ended" in text

    house.ask(Role.SAFETY_OFFICER, officer)
    house.ask(Role.ADMINISTRATOR, keeper)
