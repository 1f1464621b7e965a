"""The four incidents: each fix stops its own links and no other; what nobody wrote is not known."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.unit.posture.test_match import document

from sekisho import posture
from sekisho.errors import InvalidInputError
from sekisho.pages import words
from sekisho.posture import incidents
from sekisho.posture.incidents import Outcome
from sekisho.posture.knowledge.load import load_feeds
from sekisho.posture.match import found, look, rules, say
from sekisho.storage import Database
from sekisho.terms import Evidence, FixedClock, Result

pytestmark = pytest.mark.store
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
TODAY = NOW.date()
UNTIL = dt.date(2027, 6, 30)
BAD = {
    "server_net": "院内", "eol": "2020/01/14", "factor": "無", "source": "無", "patched": "2024/01/10",
    "always": "常時",
}  # fmt: skip
_TIMES = itertools.count()
"""No two files are the same: the same file again changes nothing."""
LINE = ("factor", "source", "always", "patched")
SUBJECTS = ("posture.controls", "posture.protection")
Fix = Mapping[str, str]
FIXES: dict[str, tuple[Fix, set[str]]] = {
    "factor": ({"factor": "有"}, {"okayama-2024.guessed", "musashikosugi-2026.line", "osaka-2022.line"}),
    "source": ({"source": "有"}, {"okayama-2024.anywhere", "musashikosugi-2026.line"}),
    "not always on": ({"always": "都度"}, {"osaka-2022.line"}),
    "support": ({"eol": "2029/10/14"}, {"handa-2021.old"}),
    "evidence": ({"proofs": "yes"}, {"handa-2021.controls", "osaka-2022.scanner"}),
    "apart": ({"server_net": "サーバ", "segments": "yes"}, {"osaka-2022.passwords", "okayama-2024.passwords", "musashikosugi-2026.reach"}),
    "passwords": ({"passwords": "yes"}, {"osaka-2022.passwords", "okayama-2024.passwords"}),
    "guessing": ({"guessing": "yes"}, {"okayama-2024.guessed", "musashikosugi-2026.line"}),
    "backup": ({"backup": "yes"}, {"okayama-2024.backup"}),
    "partners": ({"partners": "yes"}, {"osaka-2022.partner"}),
    "plan": ({"bcp": "yes"}, {"osaka-2022.plan"}),
    "hands": ({"hands": "yes"}, {"handa-2021.alone"}),
    "patched, mended": ({"patched": "2026/10/20", "mend": "done"}, {"handa-2021.appliance", "handa-2021.warning", "okayama-2024.unpatched"}),
}  # fmt: skip


def played(database: Database, proofs: Mapping[str, Evidence] | None = None) -> dict[str, Outcome]:
    """Return incident.link → what it would meet here."""
    found = incidents.replay(database, rules=rules(), proofs=proofs or {}, now=NOW, today=TODAY)
    return {f"{one.case.id}.{link.link.id}": link.outcome for one in found for link in one.links}


def proofs(result: Result, day: dt.datetime = NOW) -> dict[str, Evidence]:
    """Return what other parts prove of scanners and of controls that are off."""
    good = day + dt.timedelta(days=2)
    return {
        subject: Evidence(
            subject=subject, checked_at=day, by="posture", result=result,
            message="posture.proof.no_lines", valid_until=good,
        )
        for subject in SUBJECTS
    }  # fmt: skip


def stand(
    database: Database,
    folder: Path,
    clock: FixedClock,
    told: Mapping[str, str],
    before: Mapping[str, str] | None = None,
) -> None:
    """Make the hospital as `told`: its ledgers, what a person said, what was mended; it was `before`."""
    changed = {name for name in told if before is None or told[name] != before.get(name)}
    changed |= set(before or {}) - set(told)
    line = "フォーティネット,FortiGate,7.0.2," + ",".join(told[name] for name in LINE)
    ledgers = {
        "machines": "管理番号,機器名,種別,メーカー,ネットワーク,EOL,備考\n"
        f"S1,電子カルテサーバ,サーバ,甲,{told['server_net']},{told['eol']},{next(_TIMES)}\n"
        "P1,看護端末,端末,甲,院内,2030/01/01,\n",
        "lines": "接続番号,接続名,種別,相手先,メーカー,製品名,バージョン,二要素認証,接続元制限,常時接続,最終更新日,備考\n"
        f"L1,ナースコール保守,保守,甲社,{line},{next(_TIMES)}\nL2,給食,委託先,乙社,{line},\n",
    }
    for name, text in ledgers.items():
        if changed & (set(LINE) if name == "lines" else {"server_net", "eol"}):
            path = folder / f"{name}.csv"
            path.write_text(text, encoding="utf-8")
            [report] = posture.load([path], database=database, clock=clock)
            assert report.error is None
    if before is None:
        tree = document(("Fortinet", "FortiGate", "<=7.0.11", "known_affected"), number="EX-1")
        (folder / "ex.json").write_text(json.dumps(tree), encoding="utf-8")
        load_feeds([folder / "ex.json"], database=database, clock=clock)
        look(database, rules=rules(), now=NOW)
    for one in found(database).rows if "mend" in told else ():
        say(database, one.id, told["mend"], by="P1", at=NOW)
    for question in changed & set(incidents.questions()) if before else incidents.questions():
        answer = told.get(question, "no")
        incidents.say(
            database, question, answer, shown_by="書面", by="P1", at=NOW, until=UNTIL, today=TODAY
        )


@pytest.mark.duty("1-5")
def test_each_fix_stops_its_own_links(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """Where everything was left as it was there, no link stops; each fix turns the links that it would have stopped, and no other."""
    assert set(played(database).values()) == {Outcome.UNKNOWN}
    bad = proofs(Result.NO)
    stand(database, tmp_path, clock, BAD)
    before = played(database, bad)
    assert set(before.values()) == {Outcome.NOT_STOPPED}
    was: Mapping[str, str] = BAD
    for name, (fix, stopped) in FIXES.items():
        was, last = {**BAD, **fix}, was
        stand(database, tmp_path, clock, was, last)
        after = played(database, proofs(Result.YES) if "proofs" in fix else bad)
        turned = {link for link, outcome in after.items() if outcome is Outcome.STOPPED}
        assert (name, turned) == (name, stopped)
        assert {after[link] for link in set(after) - stopped} == {Outcome.NOT_STOPPED}


def test_what_is_too_old_or_not_written_is_not_known(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """Columns left empty, an answer past its day, old evidence: not known, with the record that lacks it."""
    stand(database, tmp_path, clock, {**BAD, "factor": "", "source": "", "patched": "", "passwords": "yes"})  # fmt: skip
    old = proofs(Result.YES, NOW - dt.timedelta(days=9))
    after = played(database, old)
    for link in ("okayama-2024.anywhere", "handa-2021.controls", "osaka-2022.scanner"):
        assert after[link] is Outcome.UNKNOWN
    later = incidents.replay(
        database, rules=rules(), proofs={}, now=NOW + dt.timedelta(days=300),
        today=UNTIL + dt.timedelta(days=1),
    )  # fmt: skip
    assert {
        link.outcome for one in later for link in one.links if link.link.id in {"alone", "backup"}
    } == {Outcome.UNKNOWN}
    [anywhere] = [link for one in later for link in one.links if link.link.id == "anywhere"]
    assert [record.name for record in anywhere.answers[0].records] == ["L1 ナースコール保守"]


def test_every_answer_is_a_sentence_with_its_record(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    """Whatever is answered has its sentence in both languages and says where the record behind it is."""
    stands = [{}, {"factor": "有", "source": "有", "always": "都度", "patched": "2026/10/20"}, {"server_net": "", "eol": ""}]  # fmt: skip
    was: Mapping[str, str] | None = None
    for told in stands:
        stand(database, tmp_path, clock, {**BAD, **told}, was)
        was = {**BAD, **told}
        for given in ({}, proofs(Result.NO)):
            for one in incidents.replay(
                database, rules=rules(), proofs=given, now=NOW, today=TODAY
            ):
                for link in one.links:
                    for answer in link.answers:
                        for language in words.LANGUAGES:
                            assert words.say(language, answer.message, **answer.args)
                        assert answer.records
    summed = incidents.replay(database, rules=rules(), proofs={}, now=NOW, today=TODAY)
    [finding] = incidents.findings(summed)
    assert finding.where == "/posture/incidents"
    assert incidents.evidence(summed, NOW).result is Result.NO
    empty = [dataclasses.replace(one, links=()) for one in summed]
    assert incidents.findings(empty) == []


@pytest.mark.parametrize(
    ("question", "said", "paper", "until", "message"),
    [
        ("nothing", "yes", "紙", UNTIL, "posture.word.unknown"),
        ("backup", "maybe", "紙", UNTIL, "posture.word.unknown"),
        ("backup", "yes", " ", UNTIL, "posture.word.paper"),
        ("backup", "no", "紙" * 301, UNTIL, "posture.word.long"),
        ("backup", "yes", "紙", None, "posture.touch_until"),
        ("backup", "yes", "紙", dt.date(2028, 1, 1), "posture.touch_until"),
    ],
)
def test_an_answer_needs_its_paper_and_its_day(
    database: Database, question: str, said: str, paper: str, until: dt.date | None, message: str
) -> None:
    """A yes without a paper or without a last day within a year is refused, and nothing is kept."""
    with pytest.raises(InvalidInputError) as caught:
        incidents.say(
            database, question, said, shown_by=paper, by="P1", at=NOW, until=until, today=TODAY
        )
    assert caught.value.message == message
    assert incidents.words(database) == {}
