"""`sekisho review`: the promised JSON form, and what the terminal says."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import HEAD, Call, Said, csv, rows

CASE = {
    "rank", "raised", "score", "rule", "user_id", "patient_ids", "records", "first_at",
    "last_at", "why",
}  # fmt: skip
SUMMARY = {
    "accesses", "explained", "first_accesses", "first_explained", "not_judgeable", "raised",
    "level", "sources", "by_explanation", "seconds",
}  # fmt: skip


def test_the_promised_lines(reviewed: tuple[Path, Said]) -> None:
    """Each case is a line with exactly the promised keys, best first, and the summary is the last."""
    _, said = reviewed
    *cases, last = said.lines

    assert said.code == 0
    assert list(last) == ["summary"]
    assert last["summary"].keys() >= SUMMARY
    assert all(case.keys() == CASE for case in cases)
    assert [case["rank"] for case in cases] == list(range(1, len(cases) + 1))
    raised = [case["raised"] for case in cases]
    assert raised == sorted(raised, reverse=True)
    assert {True, False} == set(raised)
    scores = [case["score"] for case in cases if case["raised"]]
    assert scores == sorted(scores, reverse=True)
    assert sum(raised) == last["summary"]["raised"]


def test_figures_agree(reviewed: tuple[Path, Said]) -> None:
    """Explained, unexplained and not judgeable together are all accesses."""
    _, said = reviewed
    summary = said.lines[-1]["summary"]

    assert summary["accesses"] == 2_000
    assert summary["level"] == "L1"
    assert (
        summary["explained"] + summary["unexplained"] + summary["not_judgeable"]
        == summary["accesses"]
    )
    assert sum(summary["by_explanation"].values()) == summary["explained"]
    assert summary["first_explained"] <= summary["first_accesses"] <= summary["accesses"]


def test_real_ids_and_origins(reviewed: tuple[Path, Said]) -> None:
    """The JSON form has real ids and where each record came from, masked nowhere."""
    data, said = reviewed
    first = next(case for case in said.lines if case.get("rule") == "after_leaving")

    assert first["user_id"].startswith("U")
    assert first["why"].keys() == {"ja", "en"}
    origin = first["records"][0]["origin"]
    assert origin.keys() == {"file", "row"}
    assert Path(origin["file"]).suffix == ".csv"
    assert first["first_at"].endswith("Z")
    assert data.is_dir()


def test_its_use_is_recorded(sekisho: Call, reviewed: tuple[Path, Said]) -> None:
    """That every case was handed out as JSON is itself a record."""
    data, _ = reviewed

    records = sekisho("ledger", "export", "--data", data, "--format", "jsonl").lines

    assert ("export", "review/run") in {(one["action"], one["object"]) for one in records}


def test_one_record_explained(sekisho: Call, reviewed: tuple[Path, Said]) -> None:
    """--explain says of one record what each explanation found, and names the line that explains."""
    data, said = reviewed
    raised = {r["index"] for case in said.lines[:-1] for r in case["records"]}
    index = next(number for number in range(100, 2_000) if number not in raised)

    lines = sekisho("review", "run", "--data", data, "--explain", index, "--json").lines
    words = sekisho("review", "run", "--data", data, "--explain", index)

    kinds = {line["says"] for line in lines if line["kind"] == "explanation"}
    assert kinds <= {True, False}
    assert words.code == 0
    assert sekisho("review", "run", "--data", data, "--explain", 10**9).code == 2


def test_the_first_run_says_that_it_is_a_trial(sekisho: Call, reviewed: tuple[Path, Said]) -> None:
    """In the terminal the first run is called 試行, with the time that reading will take."""
    data, _ = reviewed

    said = sekisho("review", "run", "--data", data)

    assert "試行" in said.out
    assert "約" in said.out


def test_approval_needs_a_name(sekisho: Call, tmp_path: Path) -> None:
    """Approving without a name, or nothing, is a wrong call; nothing is explained before it."""
    data = tmp_path / "data"
    sekisho("collect", csv(tmp_path / "log.csv", [HEAD, *rows()]), "--data", data)

    assert sekisho("review", "approve", "--shipped", "--data", data).code == 2
    assert sekisho("review", "approve", "--by", "U1", "--data", data).code == 2
    assert sekisho("review", "approve", "no_such", "--by", "U1", "--data", data).code == 2
    summary = sekisho("review", "run", "--data", data, "--json").lines[-1]["summary"]
    assert (summary["level"], summary["explained"]) == ("none", 0)


def test_an_approval_is_withdrawn_by_name(sekisho: Call, tmp_path: Path) -> None:
    """A named person takes an approval back, on record; without a name, or where none stands, the call is wrong."""
    data = tmp_path / "data"
    sekisho("collect", csv(tmp_path / "log.csv", [HEAD, *rows()]), "--data", data)
    sekisho("review", "approve", "--shipped", "--by", "U1", "--data", data)
    withdraw = ("review", "withdraw", "visit_department", "--data", data)

    assert sekisho(*withdraw).code == 2
    said = sekisho(*withdraw, "--by", "U2")
    assert (said.code, sekisho(*withdraw, "--by", "U2").code) == (0, 2)
    assert "visit_department" not in _approved(sekisho, data)
    assert sekisho("review", "approve", "visit_department", "--by", "U3", "--data", data).code == 0
    assert "visit_department" in _approved(sekisho, data)
    records = sekisho("ledger", "export", "--data", data, "--format", "jsonl").lines
    matter = "review/explanations/visit_department/withdraw"
    assert ("U2", matter) in {(one["user_id"], one["object"]) for one in records}


def _approved(sekisho: Call, data: Path) -> list[str]:
    summary = sekisho("review", "run", "--data", data, "--json").lines[-1]["summary"]
    approved: list[str] = summary["approved"]
    return approved


def test_nowhere_and_nothing(sekisho: Call, tmp_path: Path) -> None:
    """Without an installation, or with dates the wrong way round, a review is exit code 2."""
    assert sekisho("review", "run", "--data", tmp_path / "none").code == 2
    data = tmp_path / "data"
    sekisho("collect", csv(tmp_path / "log.csv", [HEAD, *rows()]), "--data", data)
    wrong = ("--from", "2026-10-31", "--to", "2026-10-01")
    assert sekisho("review", "run", "--data", data, *wrong).code == 2
    assert sekisho("review", "run", "--data", data, "--from", "10/01").code == 2


def test_one_record_is_not_explained_on_spark(sekisho: Call, tmp_path: Path) -> None:
    """--explain beside --engine spark is a wrong call that says so; nothing is done in its place."""
    spark = ("--engine", "spark", "--master", "spark://127.0.0.1:1")

    said = sekisho("review", "run", "--data", tmp_path / "data", "--explain", 1, *spark)

    assert said.code == 2
    assert "--explain（一件の説明）は Spark では行いません" in said.err
    assert not (tmp_path / "data").exists()
