"""機器とパッチ: the pages of machines, lines and pairs."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from tests.unit.console.conftest import Asker, House

from sekisho import posture
from sekisho.app import walk
from sekisho.identity import Role
from sekisho.posture import tables

TABLES = ("ASSET", "SIGHTING", "ADDRESS", "SOFTWARE", "CONNECTION", "PAIR", "LOAD")


def test_a_ledger_is_loaded_looked_at_and_answered(house: House, tmp_path: Path) -> None:
    """Until there is a ledger the page says what to load; loaded, a machine has its page, and a named person says of it what only a person can."""
    here = house.installation

    async def empty(asker: Asker) -> None:
        _, text = await asker.get("/posture")
        assert "機器の一覧が、まだありません" in text
        _, text = await asker.get("/")
        assert 'href="/posture"' not in text

    house.ask(Role.ADMINISTRATOR, empty)
    path = tmp_path / "upload"
    path.write_text(
        "資産番号,名称,種別,ホスト名,IPアドレス,メーカー,EOL\n007,CT室端末,端末,CT-01,10.1.0.3,甲,2020/01/01\n",
        encoding="utf-8",
    )
    job = walk.start_posture(here, path, by="Z0", name="台帳.csv")
    while walk.work_once(here):
        pass
    export = tmp_path / "e.csv"
    export.write_text(
        "ホスト名,定義ファイル,定義ファイル更新日,IPアドレス\nCT-01,1.2,2026/10/01,10.1.0.9\n"
    )
    posture.load([export], database=here.database, clock=here.clock)
    [one, _] = posture.assets(here.database).rows
    [pair] = posture.pairs(here.database)

    async def keeper(asker: Asker) -> None:
        _, text = await asker.get(f"/posture/load?id={job}")
        assert "機器の台帳" in text
        _, text = await asker.get("/posture?search=ct&state=ended")
        assert "007" in text
        assert "サポート終了" in text
        where = f"/posture/assets/{one.id}"
        answer, _ = await asker.post(f"{where}/touch", said="yes", until="2000-01-01")
        assert "posture.touch_until" in answer.headers["Location"]
        await asker.post(f"{where}/touch", said="no")
        _, text = await asker.get(where)
        assert "触れてはいけない" in text
        _, text = await asker.get("/posture/pairs")
        assert "ホスト名は同じですが" in text
        await asker.post(f"/posture/pairs/{pair.id}", same="yes")
        _, text = await asker.get("/posture/pairs")
        assert "同じ機器：" in text
        _, text = await asker.get("/")
        assert 'href="/posture"' in text

    house.ask(Role.ADMINISTRATOR, keeper)
    [joined] = posture.assets(here.database).rows
    assert (joined.number, joined.may_touch) == ("007", "no")
    with here.database.write() as c:  # the hospital is every test's
        for name in TABLES:
            c.execute(sa.delete(getattr(tables, name)))
