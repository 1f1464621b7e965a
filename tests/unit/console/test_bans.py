"""An attack on the console's own sign-in over HTTP: shut out, shown, and lifted by a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from tests.unit.cli.conftest import call
from tests.unit.console.conftest import Asker, House

from sekisho.app.config import read_config
from sekisho.gate.config import FILE
from sekisho.identity import Role
from sekisho.identity.bans import bans
from sekisho.identity.passwords import Parameters, keep
from sekisho.identity.tables import BAN, TRY

EDGE = '[gate]\nedges = ["127.0.0.0/8", "::1/128"]\n'


@pytest.fixture
def edged(house: House) -> Iterator[House]:
    """The house behind an edge on this machine, whose word for an address counts."""
    file = house.installation.data / FILE
    file.write_text(EDGE, encoding="utf-8")
    keep(house.installation.database, Parameters(memory=1024, passes=1))
    yield house
    file.unlink()
    with house.installation.database.write() as c:
        c.execute(sa.delete(BAN))
        c.execute(sa.delete(TRY))


async def attempt(asker: Asker, address: str, user: str) -> tuple[int, str]:
    """Send the sign-in form with a wrong password, as a browser at `address` would."""
    headers = {"Host": asker.origin.removeprefix("http://"), "X-Forwarded-For": address}
    answer = await asker.client.get("/sign-in", headers=headers)
    page = await answer.text()
    token = re.findall(r'name="csrf" value="([^"]*)"', page)[-1]
    door = answer.cookies["__Host-sekisho-door"].value
    headers = {**headers, "Cookie": f"__Host-sekisho-door={door}", "Origin": asker.origin}
    form = {"csrf": token, "user_id": user, "password": "wrong wrong wrong", "code": ""}
    answer = await asker.client.post("/sign-in", data=form, headers=headers)
    return answer.status, await answer.text()


async def stuff(asker: Asker, address: str) -> None:
    for number in range(8):
        status, text = await attempt(asker, address, f"X{number:04d}")
        assert status == 401, text


def test_an_attack_is_shut_out_shown_today_and_lifted_by_a_click(edged: House) -> None:
    """Eight stolen names from one address shut it out; an administrator sees why and lifts it."""

    async def attack(asker: Asker) -> None:
        await stuff(asker, "198.51.100.7")
        status, page = await attempt(asker, "198.51.100.7", "Z0")
        assert status == 429
        assert "パスキー" in page
        assert (await attempt(asker, "198.51.100.8", "Z0"))[0] == 401

    async def lift(asker: Asker) -> None:
        _, today = await asker.get("/findings")
        assert "サインインへの攻撃とみて、1件の場所を締め出しています" in today
        _, page = await asker.get("/gate/bans")
        assert "198.51.100.7/32" in page
        assert "もれたパスワードの一覧" in page
        number = re.findall(r'action="/gate/bans/([0-9a-f]{32})"', page)[0]
        answer, _ = await asker.post(f"/gate/bans/{number}", reason="当直の自宅だった")
        assert answer.status == 303
        _, page = await asker.get("/gate/bans")
        assert "当直の自宅だった" in page
        _, today = await asker.get("/findings")
        assert "締め出しています" not in today

    async def again(asker: Asker) -> None:
        assert (await attempt(asker, "198.51.100.7", "Z0"))[0] == 401

    before = edged.installation.reader().size()
    edged.ask(None, attack)
    edged.ask(Role.ADMINISTRATOR, lift)
    edged.ask(None, again)
    of_bans = [
        (one["object"], one["outcome"], one["user_id"])
        for one in edged.installation.reader().jsonl()
        if one["index"] >= before and "ban" in str(one["object"])
    ]
    number = bans(edged.installation.database)[0].id
    assert of_bans == [
        ("identity:ban", "success", None),
        ("identity:banned", "refused", None),
        (f"gate/ban/{number}", "success", "Z0"),
    ]


def test_the_command_line_lists_and_lifts(edged: House) -> None:
    """`sekisho gate bans` names who is shut out, and `gate lift` ends it with who did it."""
    data = edged.installation.data
    edged.ask(None, lambda asker: stuff(asker, "198.51.100.9"))

    said = json.loads(call("gate", "bans", "--json", "--data", data).out)
    assert (said["network"], said["rule"], said["stops"]) == (
        "198.51.100.9/32",
        "stuffing",
        True,
    )
    assert "198.51.100.9/32" in call("gate", "bans", "--data", data).out
    assert call("gate", "lift", "198.51.100.9", "--data", data).code == 0
    assert bans(edged.installation.database)[0].lifted_by
    assert call("gate", "bans", "--data", data).out.startswith("締め出している場所はありません")
    assert call("gate", "lift", "198.51.100.9", "--data", data).code == 2


def test_a_listed_network_is_shown_and_not_stopped(
    edged: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same attack from one of our own networks stops nobody there and is urgent today."""
    here = edged.installation
    (here.data / "sekisho.toml").write_text(
        '[institution]\nnetworks = ["10.1.0.0/16"]\n', encoding="utf-8"
    )

    monkeypatch.setattr(here, "config", read_config(here.data))

    async def attack(asker: Asker) -> None:
        await stuff(asker, "10.1.2.3")
        assert (await attempt(asker, "10.1.2.3", "Z0"))[0] == 401

    async def see(asker: Asker) -> None:
        _, today = await asker.get("/findings")
        assert "院内の1件の場所から" in today

    edged.ask(None, attack)
    edged.ask(Role.ADMINISTRATOR, see)
    (here.data / "sekisho.toml").unlink()
