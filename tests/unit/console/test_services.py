"""The page of service accounts: the token once, the list without it, the end for good."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.console.conftest import Asker, House, people
from tests.unit.gate.conftest import template

from sekisho.app.demo.hospital import make
from sekisho.app.installation import open_installation
from sekisho.identity import Role
from sekisho.identity.services import service_by_token, services
from sekisho.identity.tables import SESSION

GATE = """[route.pacs]
origin = "http://pacs.localhost:8701"
upstream = "http://127.0.0.1:8042"
adapter = "dicomweb"
"""
HALF_AN_HOUR = dt.timedelta(minutes=30)
FORM = {
    "name": "ct-room1",
    "purpose": "模擬の撮影装置",
    "owner": "D1",
    "route": "pacs",
    "sources": "10.1.2.3、10.2.0.0/16",
    "duty": "system",
    "days": "180",
}


@pytest.fixture
def gated(data: Path, template: Path, tmp_path: Path) -> Iterator[House]:
    """A hospital with lists, a matrix in force, a gate, and its recorder running."""
    shutil.copytree(template, data, dirs_exist_ok=True)
    (data / "gate.toml").write_text(GATE, encoding="utf-8")
    installation = open_installation(data)
    here = House(installation, make(tmp_path, rows=1_000), dict(people(installation)))
    here.start()
    yield here
    here.stop()
    installation.close()


def test_a_token_is_made_renewed_and_ended(gated: House) -> None:
    """An administrator makes an account, sees its token once, makes a new one, ends it; all on record."""
    database, clock = gated.installation.database, gated.installation.clock

    async def act(ask: Asker) -> None:
        _, text = await ask.get("/gate/service-new")
        assert "連携用ID（system）" in text
        answer, text = await ask.post("/gate/service-new", **FORM)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        first = _token(text)
        (known,) = services(database)
        assert known.sources == ("10.1.2.3", "10.2.0.0/16")
        assert service_by_token(database, clock, first) is not None

        _, text = await ask.get("/gate/services")
        assert "ct-room1" in text
        assert first not in text
        _, text = await ask.post("/gate/services/ct-room1/renew", days="30")
        second = _token(text)
        assert second != first
        assert service_by_token(database, clock, second) is not None

        answer, _ = await ask.post("/gate/services/ct-room1/end")
        assert answer.headers["Location"] == "/gate/services"
        assert service_by_token(database, clock, second) is None
        answer, text = await ask.post("/gate/service-new", **FORM)
        assert answer.status == 400, "an ended name is not given anew"

    gated.ask(Role.ADMINISTRATOR, act)

    objects = [str(each["object"]) for each in gated.installation.reader().jsonl()]
    acts = [each for each in objects if each.startswith("gate/service/")]
    assert [each.rpartition("/")[2] for each in acts] == ["made", "renewed", "ended"]


def test_what_is_wrong_keeps_the_form(gated: House) -> None:
    """A mistake is said, what was typed stays, and no account is made."""

    async def act(ask: Asker) -> None:
        for name, value in (
            ("owner", "X9"),
            ("route", "fhir"),
            ("duty", "wizard"),
            ("days", "xx"),
            ("days", "999999999"),
            ("sources", ""),
        ):
            answer, text = await ask.post("/gate/service-new", **{**FORM, name: value})
            assert answer.status == 400, name
            assert 'value="ct-room1"' in text
        assert services(gated.installation.database) == []

    gated.ask(Role.ADMINISTRATOR, act)


def test_it_asks_who_one_is_again(gated: House) -> None:
    """Half an hour after signing in, making an account asks for the password once more."""
    database = gated.installation.database

    async def act(ask: Asker) -> None:
        with database.write() as c:
            c.execute(SESSION.update().values(proved=gated.installation.clock.now() - HALF_AN_HOUR))
        answer, _ = await ask.post("/gate/service-new", **FORM)
        assert answer.headers["Location"].startswith("/sign-in/again?next=")

    gated.ask(Role.ADMINISTRATOR, act)
    assert services(database) == []


def _token(text: str) -> str:
    found = re.search(r'id="token">(sekisho_[\w-]{43})<', text)
    assert found is not None
    return found[1]


__all__ = ["template"]
