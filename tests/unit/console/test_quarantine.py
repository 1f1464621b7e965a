"""What could not be read is read again from the page, once its reason is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.console.conftest import Asker, House, people

from sekisho import care, collect
from sekisho.app.demo.hospital import make
from sekisho.app.installation import open_installation
from sekisho.collect import Mapping
from sekisho.identity import Role

READ = "アクセス日時,患者ID,処理,端末名\n2026-10-10 09:00:30,00000007,参照,PC-1\n"
SIGN_INS = (
    "日時,利用者ID,処理,端末名\n2026-10-10 08:59:00,U00101,ログイン,PC-1\n"
    "2026-10-10 23:59:00,U00102,ログイン,PC-2\n"
)
JOINED = """
name = "部門"
[columns]
occurred_at = "アクセス日時"
patient_ids = "患者ID"
action = "処理"
terminal = "端末名"
[join]
login = "ログイン"
by = ["terminal"]
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own, with one row that waits for a sign-in and one that nobody can read."""
    folder = tmp_path_factory.mktemp("house")
    truth = make(folder, rows=1_000)
    here = open_installation(folder / "data", create=True)
    care.load(truth.lists, database=here.database, clock=here.clock)
    path = folder / "rows.csv"
    path.write_text(READ + "いつか,00000008,参照,PC-1\n", encoding="utf-8")
    with here.recorder() as recorder:
        collect.collect(
            [path], recorder=recorder, database=here.database, clock=here.clock,
            mapping=Mapping.from_toml(JOINED), book=here.reader(),
        )  # fmt: skip
    made = House(here, truth, dict(people(here)))
    made.start()
    yield made
    made.stop()
    here.close()


def test_a_keeper_reads_again_what_waits(house: House, tmp_path: Path) -> None:
    """Lines that can be read now are on record, the others stay and are counted; only a keeper may."""
    here = house.installation
    assert sum(collect.waiting(here.database).values()) == 2
    path = tmp_path / "sign-ins.csv"
    path.write_text(SIGN_INS, encoding="utf-8")
    with here.recorder() as recorder:
        collect.collect(
            [path], recorder=recorder, database=here.database, clock=here.clock, source="ログイン"
        )

    async def seen(ask: Asker) -> None:
        answer, text = await ask.get("/records/quarantine")
        assert answer.status == 200
        assert "もう一度読む" not in text
        answer, _ = await ask.post("/records/quarantine/retry")
        assert answer.status == 403

    async def retried(ask: Asker) -> None:
        _, text = await ask.get("/records/quarantine")
        assert "もう一度読む" in text
        answer, _ = await ask.post("/records/quarantine/retry")
        assert answer.status == 303
        assert answer.headers["Location"] == "/records/quarantine?added=1&still=1"
        _, text = await ask.get(answer.headers["Location"])
        assert "1行を記録しました。まだ読めないのは1行です。" in text
        _, text = await ask.get("/records/quarantine?added=<b>&still=1")
        assert "を記録しました" not in text

    house.ask(Role.REVIEWER, seen)
    house.ask(Role.ADMINISTRATOR, retried)
    assert sum(collect.waiting(here.database).values()) == 1
