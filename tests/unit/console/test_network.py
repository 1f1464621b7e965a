"""ネットワーク: what the newest look saw, on record before it, and why something was not looked at."""

from __future__ import annotations

import datetime as dt
import json
import socket
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from click.testing import CliRunner
from tests.unit.console.conftest import Asker, House

from sekisho import posture
from sekisho.app.machines import machine_findings
from sekisho.app.network import look_in_window
from sekisho.app.proofs import latest_evidence
from sekisho.cli.main import main
from sekisho.identity import Role
from sekisho.posture import tables
from sekisho.posture.look import FILE
from sekisho.posture.look.tables import LOOK
from sekisho.terms import Result

LEDGER = (
    "管理番号,機器名,種別,メーカー,IPアドレス\nN1,連携サーバ,サーバ,甲,10.1.0.1\n"
    "N2,CT装置,医療機器,甲,10.1.0.2\n"
)


def test_the_newest_look_stands_on_its_page(house: House, tmp_path: Path) -> None:
    """A port that nobody listed is named on the page, in JSON, in the findings and in the evidence; the look is on record, and the device in use was left alone."""
    here = house.installation
    (tmp_path / "台帳.csv").write_text(LEDGER, encoding="utf-8")
    posture.load([tmp_path / "台帳.csv"], database=here.database, clock=here.clock)
    now = here.clock.now()
    today = now.astimezone(ZoneInfo(here.config.zone)).date()
    with here.database.write() as c:  # no ledger names an address of loopback
        c.execute(sa.update(tables.ADDRESS).where(tables.ADDRESS.c.value == "10.1.0.1").values(value="127.0.0.1"))  # fmt: skip
    for one in posture.assets(here.database).rows:
        posture.say_touch(here.database, one.id, "yes", by="P1", at=now, until=today, today=today)
    local = now.astimezone(ZoneInfo(here.config.zone))
    window = [f"{local + dt.timedelta(hours=hours):%H:%M}" for hours in (-1, 1)]
    with socket.create_server(("127.0.0.1", 0)) as stray:
        port = stray.getsockname()[1]
        listed = "".join(
            f'[[asset]]\nnumber = "{number}"\naddress = "{address}"\nalso = [{port}]\n'
            for number, address in (("N1", "127.0.0.1"), ("N2", "10.1.0.2"))
        )
        (here.data / FILE).write_text(f'hours = "{"-".join(window)}"\n{listed}', encoding="utf-8")
        told = CliRunner().invoke(
            main, ["posture", "look", "--data", str(here.data), "--by", "P1", "--json"]
        )
    first, second, last = [json.loads(line) for line in told.stdout_bytes.decode().splitlines()]
    assert (first["port"], first["state"], first["should_be_open"]) == (port, "bad", False)
    assert (second["asset_id"], second["state"]) == ("N2", "not_looked")
    assert last["summary"] == {"good": 0, "bad": 1, "missing": 0, "not_looked": 1}
    assert {"posture.network_open", "posture.network_unlooked"} <= {one.key for one in machine_findings(here)}  # fmt: skip
    proof = latest_evidence(here.database, "posture.network")
    assert proof is not None
    assert proof.result is Result.NO
    look_in_window(here)  # the window was looked in: nothing is touched again
    with here.database.read() as c:
        assert c.execute(sa.select(sa.func.count(sa.distinct(LOOK.c.run)))).scalar_one() == 1

    async def reads(asker: Asker) -> None:
        _, text = await asker.get("/posture/network")
        assert f"{port} " in text
        assert "一覧にない口が開いています" in text
        assert "使用中の医療機器なので、触れません" in text
        (here.data / FILE).write_text("hours = 3", encoding="utf-8")
        _, text = await asker.get("/posture/network")
        assert "見てよい時間" in text

    house.ask(Role.SAFETY_OFFICER, reads)

    async def on_record(asker: Asker) -> None:
        _, text = await asker.get("/records?action=execute")
        assert "機器を外から見た（N1）" in text
        assert "機器を外から見た（N2）" not in text

    house.ask(Role.REVIEWER, on_record)
    (here.data / FILE).unlink()
    with here.database.write() as c:  # the hospital is every test's
        for table in (LOOK, tables.ASSET, tables.SIGHTING, tables.ADDRESS, tables.LOAD):
            c.execute(sa.delete(table))
