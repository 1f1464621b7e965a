"""What a list of records shows, as a file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from openpyxl import load_workbook
from tests.unit.console.conftest import Asker, House

from sekisho import care, review
from sekisho.console import exports
from sekisho.console.sending import Sending
from sekisho.identity import Role
from sekisho.review.masking import KINDS
from sekisho.review.tables import PROOF


@pytest.fixture
def uncovered(house: House) -> Iterator[House]:
    """The house, with the grounds for showing ids in place while the test runs."""
    here, now = house.installation, house.installation.clock.now()
    for kind in KINDS:
        review.set_masking_proof(here.database, kind, "院内規程 第3条", now.date(), "U8", now)
    yield house
    with here.database.write() as connection:
        connection.execute(PROOF.delete())


def test_each_kind_of_file_holds_what_the_list_shows(uncovered: House) -> None:
    """CSV, XLSX and JSON Lines hold the same records in the same order; each is on record first."""
    here = uncovered.installation
    one = here.reader().record(0)
    given: dict[str, list[str]] = {}

    async def act(ask: Asker) -> None:
        for kind in exports.KINDS:
            answer, _ = await ask.get(f"/records/export.{kind}?{_asked(one)}")
            assert answer.status == 200
            body = await answer.read()
            given[kind] = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl}[kind](body)
            last = here.reader().record(here.reader().size() - 1)
            assert (last["action"], last["reason"]) == ("export", kind)
            assert f"action={one['action']}" in last["object"]

    uncovered.ask(Role.REVIEWER, act)
    fitting = [
        str(each["index"])
        for each in here.reader().jsonl()
        if (each["source"], each["action"]) == (one["source"], one["action"])
    ]
    assert sorted(given["csv"], key=int) == fitting
    assert given["csv"] == given["xlsx"] == given["jsonl"]


def test_json_lines_are_the_promised_form(uncovered: House) -> None:
    """A line of the file is the record as the command line gives it, byte for byte."""
    reader = uncovered.installation.reader()

    async def act(ask: Asker) -> None:
        _, text = await ask.get(f"/records/export.jsonl?{_asked(reader.record(0))}")
        for line in text.splitlines():
            found = json.loads(line)
            assert found == reader.record(found["index"])
            assert list(found) == list(reader.record(found["index"]))

    uncovered.ask(Role.REVIEWER, act)


def test_more_than_a_sheet_holds_is_refused(
    uncovered: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An XLSX that nobody could open is refused, and the sentence says what to do instead."""
    monkeypatch.setattr(exports, "SHEET", 5)

    async def act(ask: Asker) -> None:
        answer, text = await ask.get("/records/export.xlsx")
        assert answer.status == 400
        assert "CSV" in text

    uncovered.ask(Role.REVIEWER, act)


def test_a_name_finds_every_id(uncovered: House) -> None:
    """Looked for by a name, the list shows what its ids did; a name nobody has is said to be so."""
    (one, *_) = care.people(uncovered.installation.database, limit=1)
    assert one.name

    async def act(ask: Asker) -> None:
        _, text = await ask.get(f"/records?person={one.name}")
        assert f">{one.user_id}<" in text
        _, text = await ask.get("/records?person=いない人")
        assert "職員名簿に、この氏名の方は見つかりません" in text

    uncovered.ask(Role.REVIEWER, act)


def _asked(one: dict[str, Any]) -> str:
    return urlencode({"source": one["source"], "action": one["action"]})


def _csv(body: bytes) -> list[str]:
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    return [row[0] for row in rows[1:]]


def _xlsx(body: bytes) -> list[str]:
    rows = list(load_workbook(io.BytesIO(body)).worksheets[0].iter_rows(values_only=True))
    return [str(row[0]) for row in rows[1:]]


def _jsonl(body: bytes) -> list[str]:
    return [str(json.loads(line)["index"]) for line in body.splitlines()]


def test_who_takes_a_file_sees_how_far_it_is(uncovered: House) -> None:
    """While a file is on its way its reader sees the records and the time reached, then that it is done; nobody else does."""
    here = uncovered.installation
    seen: list[str] = []

    async def act(ask: Asker) -> None:
        _, text = await ask.get("/records")
        assert 'hx-get="/records/exports"' in text
        await ask.get("/records/export.jsonl")
        _, text = await ask.get("/records/exports")
        seen.append(text)

    uncovered.ask(Role.REVIEWER, act)
    assert "終わりました" in seen[0]
    assert "JSONL" in seen[0]
    assert "<progress" not in seen[0]

    async def other(ask: Asker) -> None:
        _, text = await ask.get("/records/exports")
        assert "JSONL" not in text

    uncovered.ask(Role.SAFETY_OFFICER, other)
    at = here.clock.now()
    one = Sending("csv", at - dt.timedelta(days=10))
    assert one.percent is None
    one.more(5, at)
    one.more(5, at - dt.timedelta(days=4))
    assert f"{one.count} {one.percent}" == "10 40"
    one.more(5, at - dt.timedelta(days=40))
    assert f"{one.count} {one.percent}" == "15 99"
