"""The console as a whole: who may see what, and what is recorded before it is shown."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from tests.unit.console.conftest import Asker, House

from sekisho import collect, review
from sekisho.collect.tables import HEARD
from sekisho.console.headers import POLICY
from sekisho.identity import Role

EVERYBODY = ("/", "/findings", "/health", "/settings", "/records/sources", "/records/quarantine",
             "/records/checkpoints",
             "/review/month", "/review/explanations", "/people/levels")  # fmt: skip
PEOPLE = ("/records", "/records/3", "/records/3?reasons=1", "/review", "/review/cases/1-1",
          "/review/masking", "/people", "/people?search=P0", "/people/id/P0001",
          "/people/id/nobody")  # fmt: skip
KEEPERS = ("/walk/log", "/walk/lists", "/walk/run")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_opens_for_those_who_may(house: House, language: str) -> None:
    """Every page opens for its people in both languages and leaves no message id unsaid."""

    async def act(ask: Asker) -> None:
        ask.cookies = f"sekisho-language={language}"
        for path in paths:
            answer, text = await ask.get(path)
            assert answer.status == 200, path
            assert f'<html lang="{language}">' in text, path
            for room in ("console.", "pages.", "care.", "collect.", "review."):
                assert f">{room}" not in text, (path, text[text.find(f">{room}") :][:80])

    for role, extra in ((Role.ADMINISTRATOR, KEEPERS), (Role.REVIEWER, PEOPLE)):
        paths = (*EVERYBODY, *extra)
        house.ask(role, act)


@pytest.mark.duty("1-3")
def test_an_administrator_sees_counts_and_no_people(house: House) -> None:
    """An administrator is turned away from every page that shows staff or patients."""

    async def act(ask: Asker) -> None:
        for path in PEOPLE:
            answer, text = await ask.get(path)
            assert answer.status in {303, 403}, path
            assert house.truth.console_users[0] not in text, path

    house.ask(Role.ADMINISTRATOR, act)


def test_a_reviewer_imports_nothing(house: House) -> None:
    """The import belongs to administrators; a reviewer is turned away."""

    async def act(ask: Asker) -> None:
        for path in KEEPERS:
            answer, _ = await ask.get(path)
            assert answer.status == 403, path

    house.ask(Role.REVIEWER, act)


@pytest.mark.duty("1-3")
def test_a_page_that_shows_people_is_recorded_first(house: House) -> None:
    """Opening a case leaves one more record that names who opened which case."""

    async def act(ask: Asker) -> None:
        reader = house.installation.reader()
        before = reader.size()
        answer, _ = await ask.get("/review/cases/1-1")
        assert answer.status == 200
        record = reader.record(before)
        assert reader.size() == before + 1
        assert (record["source"], record["user_id"]) == ("sekisho", "Z1")
        assert record["object"] == "review/case/1-1"
        assert record["patient_ids"]

    house.ask(Role.REVIEWER, act)


@pytest.mark.duty("1-3")
def test_what_cannot_be_recorded_is_not_shown(house: House) -> None:
    """Without a recorder no page that shows people opens, and the reader is told why."""

    async def act(ask: Asker) -> None:
        for path in ("/records", "/records/3", "/review/cases/1-1", "/people", "/review"):
            answer, text = await ask.get(path)
            assert answer.status == 503, path
            assert "今はできません" in text
            assert "PC-" not in text
        answer, _ = await ask.get("/health")
        assert answer.status == 200

    house.stop()
    try:
        house.ask(Role.REVIEWER, act)
    finally:
        house.start()


def test_ids_stay_covered_until_the_grounds_are_there(house: House) -> None:
    """While the grounds are missing, neither list, case nor record shows an id, and no file goes out."""
    case = review.case(house.installation.database, "1-1")
    secret = {case.user_id, *case.patient_ids}

    async def act(ask: Asker) -> None:
        index = case.records[0][0]
        for path in ("/review", "/review/cases/1-1", f"/records/{index}", "/records"):
            _, text = await ask.get(path)
            assert "職員1" in text, path
            assert not [one for one in secret if f">{one}<" in text], path
        for path in (f"/records/{index}/record.json", "/records/export.csv"):
            answer, _ = await ask.get(path)
            assert answer.status == 403, path

    house.ask(Role.REVIEWER, act)


def test_every_answer_has_the_strict_headers(house: House) -> None:
    """Pages carry the strict content policy and are kept by no cache; files carry an ETag."""

    async def act(ask: Asker) -> None:
        for path in ("/", "/nothing/here", "/settings"):
            answer, _ = await ask.get(path)
            assert answer.headers["Content-Security-Policy"] == POLICY
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "unsafe" not in POLICY
        answer, _ = await ask.get("/static/sekisho.css")
        etag = answer.headers["ETag"]
        again = await ask.client.get("/static/sekisho.css", headers={"If-None-Match": etag})
        assert again.status == 304
        answer, _ = await ask.get("/static/../environment.py")
        assert answer.status == 404

    house.ask(Role.REVIEWER, act)


def test_a_form_of_another_site_does_nothing(house: House) -> None:
    """A form without this session's token is refused, whatever it asks."""

    async def act(ask: Asker) -> None:
        for path in ("/settings/institution", "/health/verify", "/walk/log"):
            answer, _ = await ask.post(path, csrf="wrong", institution="悪い病院")
            assert answer.status == 403, path
        assert house.installation.institution != "悪い病院"

    house.ask(Role.ADMINISTRATOR, act)


def test_the_institution_gets_its_name(house: House) -> None:
    """The administrator names the institution, an empty name is refused with a sentence."""

    async def act(ask: Asker) -> None:
        answer, text = await ask.post("/settings/institution", institution="  ")
        assert answer.status == 400
        answer, _ = await ask.post("/settings/institution", institution="みなと病院（模擬）")
        assert answer.status == 303
        _, text = await ask.get("/")
        assert "みなと病院（模擬）" in text

    house.ask(Role.ADMINISTRATOR, act)


def test_the_language_is_the_readers_choice(house: House) -> None:
    """The language is kept in a cookie, and the way back never leads to another site."""

    async def act(ask: Asker) -> None:
        answer, _ = await ask.get("/language?to=en&back=/settings")
        assert answer.headers["Location"] == "/settings"
        assert "sekisho-language=en" in answer.headers["Set-Cookie"]
        for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
            answer, _ = await ask.get(f"/language?to=en&back={back}")
            assert answer.headers["Location"] == "/"

    house.ask(None, act)


def test_a_case_is_answered_with_a_reason(house: House) -> None:
    """An answer that closes a case needs a reason; it stays with the case and can be taken back."""

    async def act(ask: Asker) -> None:
        path = "/review/cases/1-2"
        answer, _ = await ask.post(f"{path}/answer", answer="explained", note=" ")
        assert answer.status == 400
        answer, _ = await ask.post(f"{path}/answer", answer="explained", note="応援勤務と確認")
        assert answer.headers["Location"] == path
        _, text = await ask.get(path)
        assert "応援勤務と確認" in text
        assert "もう一度見直す" in text
        await ask.post(f"{path}/answer", answer="reopen", note="勤務表を確かめ直すため")
        assert review.case(house.installation.database, "1-2").state == "open"

    house.ask(Role.REVIEWER, act)


def test_hostile_addresses_are_answered_calmly(house: House) -> None:
    """An address that nobody made by clicking is answered with a page, never with a failure."""

    async def act(ask: Asker) -> None:
        for path in (
            "/records?start=%00&user=%27%3B--&after=x",
            "/records/999999999999999999",
            "/review/cases/..%2F..%2Fetc",
            "/review/cases/9-9",
            "/review/month?run=99",
            "/review/month?run=x",
            "/people/id/%F0%9F%92%A9",
            "/people?after=%27%22%3C",
            "/walk/work?id=" + "z" * 32,
        ):
            answer, _ = await ask.get(path)
            assert answer.status in {200, 303, 400, 403, 404}, path

    house.ask(Role.REVIEWER, act)


def test_what_came_by_itself_is_a_picture_with_its_number(house: House) -> None:
    """A source that spoke in the last day has its hours as a picture and the sum beside it."""
    installation = house.installation
    (source, *_) = collect.sources(installation.database)
    hour = installation.clock.now().replace(minute=0, second=0, microsecond=0)
    with installation.database.write() as c:
        row = {"source": source.name, "hour": hour, "records": 4321, "quarantined": 0}
        c.execute(sa.insert(HEARD).values(**row))

    async def act(ask: Asker) -> None:
        _, text = await ask.get("/records/sources")
        assert 'class="chart spark"' in text
        assert "4,321" in text

    house.ask(Role.ADMINISTRATOR, act)
