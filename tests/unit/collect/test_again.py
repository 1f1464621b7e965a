"""The same records coming again: once is enough, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sekisho.collect import files, sources

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

HEAD = "No.,アクセス日時,利用者ID,患者ID,処理\n"


def log(first: int, last: int, *, twice: int | None = None, number_from: int = 1) -> str:
    """Return minutes `first` to `last` of a log; minute `twice` stands in it twice."""
    minutes = list(range(first, last))
    if twice is not None and twice in minutes:
        minutes.insert(minutes.index(twice), twice)
    return HEAD + "".join(
        f"{number},2026/10/{4 + minute // 1440:02d} {minute // 60 % 24:02d}:{minute % 60:02d}:00,"
        f"U{minute % 7},P{minute % 11},参照\n"
        for number, minute in enumerate(minutes, number_from)
    )


def test_equal_rows_of_one_file_are_all_kept(desk: Desk) -> None:
    """Three equal rows in one file are three records."""
    row = "2026/10/04 10:00:00,U1,P1,参照\n"

    assert desk.take("日時,利用者ID,患者ID,処理\n" + row * 3).added == 3


def test_the_same_file_under_another_name_adds_nothing(desk: Desk) -> None:
    """The same file under another name adds nothing and says so."""
    desk.take(log(0, 300, twice=7))

    report = desk.take(log(0, 300, twice=7), "copy (2).csv")

    assert (report.added, report.already, len(desk.records)) == (0, 301, 301)
    assert report.doubtful == 0


def test_a_grown_file_adds_its_new_rows(desk: Desk) -> None:
    """A file that has grown adds the rows that are new."""
    desk.take(log(0, 300))

    report = desk.take(log(0, 450))

    assert (report.added, report.already, report.doubtful) == (150, 300, 0)


def test_an_overlapping_export_adds_its_new_rows(desk: Desk) -> None:
    """An overlapping export with line numbers of its own adds only what is new."""
    desk.take(log(0, 300, twice=250))

    report = desk.take(log(200, 500, twice=250, number_from=1), "next.csv")

    assert (report.added, report.already) == (200, 101)
    assert len(desk.records) == 501


def test_rows_new_in_a_known_period_are_shown(desk: Desk) -> None:
    """A row that appears in a period already received is kept, counted and found."""
    desk.take(log(0, 300))
    changed = log(0, 300).replace("10:00,U", "10:00,X", 1)

    report = desk.take(changed, "again.csv")

    assert (report.added, report.doubtful) == (1, 1)
    assert "collect.overlap_new" in {finding.message for finding in report.findings}


def test_equal_rows_at_the_seam_of_two_files_are_shown(desk: Desk) -> None:
    """Where two files meet in one moment, rows taken for the same are counted as a doubt."""
    desk.take(log(0, 100))

    report = desk.take(log(99, 200), "next.csv")

    assert (report.added, report.already, report.doubtful) == (100, 1, 1)
    assert "collect.edge_rows" in {finding.message for finding in report.findings}


def test_rows_equal_but_for_small_print_are_both_kept(desk: Desk) -> None:
    """Two rows of one second that differ in a minor column are two records and a doubt."""
    text = "日時,利用者ID,患者ID,処理,備考\n" + "".join(
        f"2026/10/04 10:00:00,U1,P1,参照,{note}\n" for note in ("a", "b")
    )

    report = desk.take(text)

    assert (report.added, report.doubtful) == (2, 1)


def test_the_source_is_the_header_never_the_name(desk: Desk) -> None:
    """Without a mapping the source is kind and header; a given one wins."""
    first = desk.take(log(0, 5), "a.csv")
    second = desk.take(log(0, 5), "b.csv")
    third = desk.take(log(0, 5), "b.csv", source="電子カルテ")

    assert first.source == second.source
    assert first.source is not None
    assert first.source.startswith("csv-")
    assert (third.source, third.added) == ("電子カルテ", 5)


@pytest.mark.store
def test_sources_and_files_are_counted(desk: Desk) -> None:
    """Files and sources show what came, from when to when, and what was refused."""
    desk.take(log(0, 300), "a.csv")
    desk.take(log(200, 400), "b.csv")
    desk.take("", "empty.csv")

    (source,) = sources(desk.database)
    assert (source.kind, source.files, source.rows) == ("csv", 2, 400)
    assert source.first_at == desk.records[0].occurred_at
    assert source.last_at == desk.records[-1].occurred_at
    newest, *others = files(desk.database)
    assert newest.error == ("collect.empty", {})
    assert [(file.added, file.already) for file in others] == [(100, 100), (300, 0)]
    assert all(file.digest and len(file.digest) == 64 for file in others)
