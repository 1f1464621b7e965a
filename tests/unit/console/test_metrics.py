"""Figures for operators over HTTP: behind a token, true, and about nobody."""

from __future__ import annotations

import json
import os
import time

import pytest
from tests.exposition import check_histograms, read
from tests.unit.cli.conftest import call
from tests.unit.console.conftest import Asker, House
from tests.unit.console.test_bans import attempt, edged, stuff

from sekisho import identity
from sekisho.app.metrics import FOLDER, FRESH
from sekisho.identity import Role
from sekisho.terms.tally import Tally

__all__ = ["edged"]


async def _scrape(asker: Asker, token: str | None) -> tuple[int, str]:
    headers = {"Host": asker.origin.removeprefix("http://")}
    if token is not None:
        headers["Authorization"] = token
    answer = await asker.client.get("/metrics", headers=headers, allow_redirects=False)
    return answer.status, await answer.text()


def _token(house: House) -> str:
    return call("metrics", "token", "--data", house.installation.data).out.strip()


def test_only_the_token_opens_it(house: House) -> None:
    """No session, no older token and no empty one opens the figures; ending the token closes them."""
    data = house.installation.data

    async def act(asker: Asker) -> None:
        assert (await _scrape(asker, "Bearer "))[0] == 401
        status, text = await _scrape(asker, None)
        assert (status, "sekisho metrics token" in text) == (401, True)
        first = _token(house)
        assert (await _scrape(asker, f"Bearer {first}"))[0] == 200
        second = _token(house)
        for wrong in (f"Bearer {first}", f"Basic {second}", second, "Bearer sekisho_metrics_"):
            assert (await _scrape(asker, wrong))[0] == 401
        assert (await _scrape(asker, f"bearer {second}"))[0] == 200
        assert call("metrics", "end", "--data", data).code == 0
        assert (await _scrape(asker, f"Bearer {second}"))[0] == 401
        assert (await _scrape(asker, "Bearer "))[0] == 401
        answer, _ = await asker.get("/metrics")
        assert answer.status == 401

    house.ask(Role.ADMINISTRATOR, act)


def test_it_counts_sign_ins_and_bans_and_names_nobody(edged: House) -> None:
    """After an attack the page has its refusals, its ban and the records, and no id, name or address."""
    here = edged.installation
    token = _token(edged)

    async def act(asker: Asker) -> None:
        await stuff(asker, "198.51.100.7")
        assert (await attempt(asker, "198.51.100.7", "Z0"))[0] == 429
        status, text = await _scrape(asker, f"Bearer {token}")
        assert status == 200
        page = read(text)
        check_histograms(page)
        assert page.sum("sekisho_sign_ins_total", outcome="refused") == 8
        assert page.sum("sekisho_sign_ins_total", outcome="banned") == 1
        assert page.sum("sekisho_bans_total", rule="stuffing") == 1
        assert page.sum("sekisho_bans", stops="true") == 1
        assert page.sum("sekisho_records_total") == here.reader().size()
        assert page.sum("sekisho_recorder_up") == 1
        assert page.kinds["sekisho_records_total"] == "counter"
        for account in identity.accounts(here.database):
            assert f'"{account.user_id}"' not in text
            assert account.name not in text
        assert "198.51.100" not in text

    edged.ask(None, act)


def test_what_other_processes_counted_is_added_while_they_live(house: House) -> None:
    """A worker's figures are on the page with its pid; those of a gone worker, or broken ones, are not."""
    token, folder = _token(house), house.installation.data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    tally = Tally()
    tally.count("sekisho_gate_decisions_total", 3, route="pacs", outcome="permitted")
    for pid in ("11", "12"):
        (folder / f"gate-{pid}.json").write_text(json.dumps(tally.plain()), encoding="utf-8")
    gone = time.time() - FRESH - 1
    os.utime(folder / "gate-12.json", (gone, gone))
    for number, broken in enumerate(("", "[]", '{"counts": [[1]], "times": []}')):
        (folder / f"gate-{number}.json").write_text(broken, encoding="utf-8")

    async def act(asker: Asker) -> None:
        status, text = await _scrape(asker, f"Bearer {token}")
        assert status == 200
        page = read(text)
        assert page.sum("sekisho_gate_decisions_total") == 3
        assert page.sum("sekisho_gate_decisions_total", pid="11", part="gate") == 3

    house.ask(None, act)
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize("path", ["/metrics/", "/metricsx"])
def test_no_other_address_begins_like_it(house: House, path: str) -> None:
    """Nothing else is open to who is not signed in because it begins with the same letters."""

    async def act(asker: Asker) -> None:
        answer, _ = await asker.get(path)
        assert answer.status in {303, 404}

    house.ask(None, act)
