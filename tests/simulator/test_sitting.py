"""The documented sitting: from files to a signed page, at L0, L1 and L3, without a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from tests.simulator.judge import judge
from tests.simulator.month import make
from tests.simulator.sitting import LEVELS, Sitting
from tests.unit.cli.conftest import call

SIZE = 24
"""People of the hospital; ``bench/sitting.py`` sits down for one of 400."""
away: list[Any] = []
"""Places outside this machine that were asked for while a test listened."""


@pytest.fixture
def offline() -> list[Any]:
    """Listen to where the program connects; an audit hook cannot be taken off, so there is one."""

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(args[1], tuple):
            host = str(args[1][0])
            if not host.startswith("127.") and host != "::1":
                away.append(args[1])

    if not getattr(sys, "_sekisho_hears", False):
        sys.addaudithook(hear)
        sys._sekisho_hears = True  # type: ignore[attr-defined]
    away.clear()
    return away


def say(*words: object) -> str:
    """Run one command, which must succeed."""
    said = call(*words)
    assert said.code == 0, said.err
    return said.out


@pytest.mark.duty("1-3")
def test_a_month_goes_from_files_to_a_signed_page(tmp_path: Path, offline: list[Any]) -> None:
    """A month goes from a CP932 log, a staff list, an SS-MIX2 storage and roster grids to a PDF that two people signed and the ledger vouches for, in one sitting at L0, at L1 and at L3, and nothing leaves the machine; most accesses are explained and most injected misuse is put before people."""
    truth = make(tmp_path / "hospital", seed=21, size=SIZE, storage=True)
    assert truth.logs["EMR"].read_bytes().decode("cp932").startswith("アクセス日時,利用者ID")
    (tmp_path / "data").mkdir(mode=0o700)
    sitting = Sitting(truth, tmp_path / "hospital", tmp_path / "data", say)
    sitting.run()

    summaries = {level: sitting.lines[level][-1]["summary"] for level in LEVELS}
    assert {level: one["level"] for level, one in summaries.items()} == {
        level: level for level in LEVELS
    }
    explained = [one["explained"] for one in summaries.values()]
    assert explained == sorted(explained)
    assert explained[0] < 0.5 * summaries["L3"]["accesses"] < 0.8 * explained[2]
    assert len({sum(one["not_attributable"].values()) for one in summaries.values()}) == 1
    for level, page in sitting.pages.items():
        text = _text(page)
        assert level in text
        assert text.count("R1") + text.count("S1") >= 2, "both names stand on it"
    assert offline == []

    lines = sitting.lines["L3"]
    found = {truth.place(record["origin"]) for line in lines[:-1] for record in line["records"]}
    rest = {n: "" for n in range(1, len(truth.of_row) + 1) if n not in found}
    verdict = judge(truth, lines, rest)
    assert verdict.all_explained >= 0.88 * verdict.all
    assert verdict.right >= 1
    assert verdict.a_day <= 6
    assert verdict.leaked <= 0.2 * verdict.untied


def _text(page: Path) -> str:
    document = pypdfium2.PdfDocument(page)
    try:
        return "\n".join(str(one.get_textpage().get_text_bounded()) for one in document)
    finally:
        document.close()
