"""The map of connections: what the ledger says of where a line leads, and what only follows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from markupsafe import Markup

from sekisho import posture
from sekisho.console.wiring import picture
from sekisho.pages.wiring import Box, Edge, columns
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store
TODAY = dt.date(2026, 11, 1)
LEDGER = (
    "管理番号,機器名,種別,メーカー,ネットワーク,IPアドレス,保守業者\n"
    "S1,PACS,サーバ,甲,サーバLAN,10.1.0.1,株式会社乙\nC1,CT装置,医療機器,甲,,10.4.0.5,乙\n"
    "T1,看護端末,端末,甲,端末LAN,10.2.0.1,\n"
)
LINES = (
    "接続番号,接続名,種別,相手先,二要素認証,接続元制限,最終更新日,院内接続先\n"
    "L1,PACS保守,保守,乙,無,有,2026/10/01,S1、サーバLAN;検査室の箱\n"
    "L2,CT保守,保守,乙（株）,有,有,2026/10/01,\nL3,給食,委託先,丙,,,,\n"
    "L4,検査,委託先,丁,有,有,2026/10/01,10.4.0.0/24\n"
)


def test_a_line_leads_where_the_ledger_says_else_perhaps_to_what_its_party_keeps(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """Named machines and networks are found, other names are kept as such; without a name it is what the same company maintains, and said to be only that; of the rest nobody wrote."""
    for name, text in (("機器", LEDGER), ("接続", LINES)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        [report] = posture.load([tmp_path / f"{name}.csv"], database=database, clock=clock)
        assert (report.error, report.refused) == (None, [])
    found = posture.wiring(database, TODAY)
    ids = {one.number: one.id for one in posture.assets(database).rows}
    told = {one.line["number"]: one for one in found.lines}
    assert [told[number].state for number in ("L1", "L2", "L3", "L4")] == ["bad", "ok", "un", "ok"]
    first = told["L1"]
    assert (first.how, first.assets, first.networks, first.beyond) == (
        "written", (ids["S1"],), ("サーバLAN",), ("検査室の箱",),
    )  # fmt: skip
    assert (told["L2"].how, set(told["L2"].assets)) == ("maintained", {ids["S1"], ids["C1"]})
    assert (told["L3"].how, told["L3"].assets) == ("unknown", ())
    assert told["L4"].networks == ("10.4.0.0/24",)
    here = [(one.line["number"], why) for one, why in posture.lines_of(database, ids["C1"], TODAY)]
    assert here == [("L2", "maintained"), ("L4", "network")]
    assert posture.lines_of(database, ids["T1"], TODAY) == []
    drawn = picture(found, "ja")
    assert isinstance(drawn, Markup)
    for text in (
        "▲ L1 PACS保守",
        "二要素認証なし",
        "? L3 給食",
        "届く先の記載なし",
        "検査室の箱",
        "サーバ 1",
    ):
        assert text in drawn
    assert drawn.count('class="wire ok broken"') >= 1


def test_a_picture_takes_no_markup_from_a_ledger() -> None:
    """Names are text and are cut to their room; a state that is none is refused."""
    drawn = columns(["a", "b"], [[Box(title="<script>x")], [Box(title="長" * 40)]], [Edge(column=0, begin=0, end=0, state="bad", sure=False)])  # fmt: skip
    assert "<script" not in drawn
    assert "長" * 11 + "…" in drawn
    assert "style=" not in drawn
    with pytest.raises(ValueError, match="red"):
        columns(["a"], [[Box(title="x", state="red")]], [])
