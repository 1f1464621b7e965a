"""OSCAL: what leaves is valid to a reader that nobody here wrote, and greener than nothing."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.missing import missing

from sekisho.inspection import (
    Answer,
    Catalogue,
    Line,
    Sheet,
    Standing,
    State,
    Value,
    catalogue,
    catalogues,
    compute,
)
from sekisho.inspection.oscal import catalogue_document, results_document
from sekisho.terms import Evidence, Result

pytestmark = pytest.mark.duty("0")

ROOT = Path(__file__).parents[3]
TRESTLE = ROOT / ".trestle" / "bin" / "python"
READER = ROOT / "tests" / "peers" / "oscal.py"
NOW = dt.datetime(2026, 7, 10, 3, tzinfo=dt.UTC)


def sheet() -> Sheet:
    """Return a sheet that has every standing and every state."""
    book = catalogue("checklist-r7")
    evidence = {
        one.subject: one
        for one in (
            proof("register.responsible", Result.YES),
            proof("posture.inventory", Result.NO),
            proof("register.contacts", Result.YES, days=400),
            proof("register.bcp", Result.YES),
            proof("posture.lines", Result.NOT_CHECKED),
        )
    }
    said = {
        "CK-R7-1-1": (Standing.YES, said_of("CK-R7-1-1", Value.YES)),
        "CK-R7-2-3": (Standing.YES, said_of("CK-R7-2-3", Value.YES, reason="受け取った書面を見た")),
        "CK-R7-2-6": (Standing.NO, said_of("CK-R7-2-6", Value.NO, target=dt.date(2026, 9, 30))),
        "CK-R7-2-9": (Standing.NOT_APPLICABLE, said_of("CK-R7-2-9", Value.NOT_APPLICABLE, reason="口がない")),
        "CK-R7-2-2": (Standing.CONFIRM, said_of("CK-R7-2-2", Value.YES, reason="聞いた")),
    }  # fmt: skip
    lines = [
        Line(
            item=item,
            computed=compute(item, evidence, NOW),
            answer=said[item.id][1] if item.id in said else None,
            standing=said[item.id][0] if item.id in said else Standing.OPEN,
        )
        for item in book.asked()
    ]
    return Sheet(catalogue=book, lines=tuple(lines), at=NOW)


def proof(subject: str, result: Result, days: int = 1) -> Evidence:
    """Return Evidence of so many days ago."""
    return Evidence(
        subject=subject, checked_at=NOW - dt.timedelta(days=days), by="test", result=result,
        message="app.job_done", args={"job": "x"},
    )  # fmt: skip


def said_of(
    item: str, value: Value, reason: str | None = None, target: dt.date | None = None
) -> Answer:
    """Return a person's answer of May."""
    return Answer(
        id=1, catalogue="checklist-r7", item=item, turn=1, value=value,
        checked_on=dt.date(2026, 5, 1), target_on=target, reason=reason, by="a0001", at=NOW,
        state=State.NOT_CHECKED, proofs=(), carried_from=None,
    )  # fmt: skip


def document(of: Sheet | None = None) -> dict[str, Any]:
    """Return the assessment results of the sheet."""
    return results_document(
        of or sheet(), language="ja", zone="Asia/Tokyo", institution="関所病院", remarks="模擬"
    )


EMPTY = Catalogue(
    id="x", title={"ja": "空", "en": "Empty"}, edition="1", dated=None, source="x", sheet=None, items=()
)  # fmt: skip
WHOLE = replace(
    catalogue("checklist-r7"),
    items=tuple(item for book in catalogues().values() for item in book.items),
)


@pytest.fixture(scope="module")
def by_trestle(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What compliance-trestle finds in the results, in the results of nothing, and in a catalog of every item of every edition."""
    if not TRESTLE.exists():
        missing("compliance-trestle is not here (make test brings it)")
    folder = tmp_path_factory.mktemp("oscal")
    nothing = Sheet(catalogue=EMPTY, lines=(), at=NOW)
    elsewhere = replace(sheet(), lines=(), apart=sheet().lines, kinds=("pharmacy",))
    documents = (
        document(), document(nothing), catalogue_document(WHOLE, "ja", NOW), document(elsewhere),
    )  # fmt: skip
    paths = [folder / f"{place}.json" for place in range(len(documents))]
    for path, told in zip(paths, documents, strict=True):
        path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    done = subprocess.run(
        [TRESTLE, READER, *paths], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_reader_of_oscal_reads_the_results(by_trestle: list[Any]) -> None:
    """Every item is a finding that trestle takes: proven or a person's yes satisfied, everything else not, with its reason; nothing asked, of anybody or of this kind of institution, is no finding."""
    found = {one[0].removesuffix("_smt"): tuple(one[1:]) for one in by_trestle[0]}
    assert len(found) == len(sheet().lines)
    assert set(found.values()) == {
        ("satisfied", "pass"), ("satisfied", "other"), ("not-satisfied", "fail"), ("not-satisfied", "other"),
    }  # fmt: skip
    assert found["CK-R7-1-1"] == ("satisfied", "pass")
    assert found["CK-R7-3-3"] == ("satisfied", "pass")
    assert found["CK-R7-2-1"] == ("not-satisfied", "fail")
    assert found["CK-R7-2-6"] == ("not-satisfied", "fail")
    assert (
        found["CK-R7-2-2"]
        == found["CK-R7-3-1"]
        == found["CK-R7-2-10"]
        == ("not-satisfied", "other")
    )
    assert by_trestle[1] == by_trestle[3] == []


def test_every_item_of_every_edition_is_a_control(by_trestle: list[Any]) -> None:
    """Trestle reads a catalog of all editions, each item once."""
    assert sorted(by_trestle[2]) == sorted(item.id for item in WHOLE.items)


def test_what_was_not_checked_says_why_and_what_is_open_has_its_day() -> None:
    """An observation that checked nothing has the method "unknown" and its reason; a no is a risk whose deadline is the end of its target day there; what a person only said is marked."""
    (result,) = document()["assessment-results"]["results"]
    lines = [one for one in result["observations"] if one["methods"] == ["UNKNOWN"]]
    assert all(one["description"] for one in lines)
    assert any("まだ一度も確かめていません" in one["description"] for one in lines)
    risks = {one["title"].split()[0]: one for one in result["risks"]}
    assert risks["2-⑥"]["deadline"] == "2026-09-30T14:59:59.000Z"
    assert risks["2-①"]["status"] == "open"
    marked = {
        one["target"]["target-id"]
        for one in result["findings"]
        for prop in one["props"]
        if (prop["name"], prop["value"]) == ("on-a-persons-word", "yes")
    }
    assert marked == {"CK-R7-2-3_smt"}
    assert document() == document()
