"""JSON Lines of the promised form: what one Sekisho hands out, another takes; nothing is half understood."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.crash.test_ledger_crash import some

from sekisho import collect
from sekisho.collect.interface import Bad
from sekisho.collect.jsonl import JsonlReading
from sekisho.ledger import Reader, create_key, recorder
from sekisho.storage import Database, open_database
from sekisho.terms import Access, FixedClock

LINE = {
    "occurred_at": "2026-10-01T09:00:00.250+09:00",
    "source": "portal",
    "user_id": "D1",
    "user_kind": "person",
    "patient_ids": [{"id": "00042", "authority": "1.2.3"}],
    "action": "read",
    "outcome": "success",
    "terminal": "PC-1",
    "object": "検査結果",
}
THEIRS = {"index", "recorded_at", "origin", "of"}


def read(*lines: Any, source: str | None = None) -> list[Any]:
    """Return what is read of lines, each an object or bytes."""
    raw = b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()
        for line in lines
    )
    return list(
        JsonlReading(io.BytesIO(raw), path="x.jsonl", source=source, zone="Asia/Tokyo").items()
    )


def test_a_line_says_what_it_says() -> None:
    """Each field of a line is the record's; the time keeps its instant and its exactness."""
    (one,) = read(LINE)

    assert isinstance(one, Access)
    assert one.occurred_at.isoformat() == "2026-10-01T00:00:00.250000+00:00"
    assert one.time_precision == "millisecond"
    assert [(each.id, each.authority) for each in one.patient_ids] == [("00042", "1.2.3")]
    assert (one.source, one.user_id, one.action, one.outcome, one.terminal, one.object) == (
        "portal", "D1", "read", "success", "PC-1", "検査結果",
    )  # fmt: skip
    assert (one.origin.file, one.origin.row) == ("x.jsonl", 1)


def test_a_naive_time_is_the_sources_zone() -> None:
    """A time without a zone is read in the source's; a list of plain ids has no authority."""
    (one,) = read(
        {"occurred_at": "2026-10-01T09:00:00", "action": "login", "patient_ids": ["7"]}, source="s"
    )

    assert one.occurred_at.isoformat() == "2026-10-01T00:00:00+00:00"
    assert one.time_precision == "second"
    assert one.patient_ids[0].authority is None


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"pateint_ids": []}, "collect.jsonl_unknown"),
        ({"action": "look"}, "collect.jsonl_wrong"),
        ({"action": None}, "collect.jsonl_missing"),
        ({"outcome": 0}, "collect.jsonl_wrong"),
        ({"source": None}, "collect.jsonl_missing"),
        ({"occurred_at": "yesterday"}, "collect.row_no_time"),
        ({"occurred_at": 1}, "collect.row_no_time"),
        ({"ended_at": "soon"}, "collect.row_no_time"),
        ({"user_id": 7}, "collect.jsonl_wrong"),
        ({"patient_ids": "7"}, "collect.jsonl_wrong"),
        ({"patient_ids": [{"id": "7", "name": "x"}]}, "collect.jsonl_wrong"),
        ({"patient_ids": [{"authority": "7"}]}, "collect.jsonl_wrong"),
        ({"marks": ["seen"]}, "collect.jsonl_wrong"),
    ],
)
def test_what_is_not_of_the_form_is_no_record(more: dict[str, Any], reason: str) -> None:
    """A name or a word that is not of the form sends its line, and no other, to quarantine."""
    first, wrong, last = read(LINE, {**LINE, **more}, {**LINE, "user_id": "D2"})

    assert isinstance(first, Access)
    assert isinstance(last, Access)
    assert isinstance(wrong, Bad)
    assert (wrong.reason, wrong.number) == (reason, 2)


def test_broken_lines_keep_the_others() -> None:
    """Half a line, a line of 2 MB, NUL and a list are each quarantined; the rest is read."""
    found = read(LINE, b'{"occurred_at": "2026', b"x" * 2_000_000, b"\0", b"[1]", b"", LINE)

    assert [isinstance(one, Access) for one in found] == [True, False, False, False, False, True]
    assert len({one.key for one in found}) == 6


def test_equal_lines_are_counted() -> None:
    """The same line twice in a file is two records; the same file again has the same keys."""
    once, again = read(LINE, LINE), read(LINE, LINE)

    assert len({one.key for one in once}) == 2
    assert [one.key for one in once] == [one.key for one in again]


@pytest.mark.duty("1-3")
@pytest.mark.store
def test_one_log_becomes_part_of_another(
    data: Path, database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """What one ledger hands out as JSON Lines another takes with every field, once however often it comes."""
    create_key(data, "a.example/sekisho")
    with recorder(data, database, clock) as log:
        log.append(some(300, 0))
    given_out = list(Reader(data, database).jsonl())
    path = tmp_path / "month.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in given_out), encoding="utf-8")
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    create_key(other, "b.example/sekisho")
    there = open_database(f"sqlite:///{other / 'state.db'}")
    for added in (300, 0):
        with recorder(other, there, clock) as log:
            (report,) = collect.collect([path], recorder=log, database=there, clock=clock)
        assert (report.kind, report.error, report.quarantined, report.added) == (
            "jsonl", None, 0, added,
        )  # fmt: skip
    taken = list(Reader(other, there).jsonl())
    there.close()
    own = [{k: v for k, v in line.items() if k not in THEIRS} for line in given_out]
    assert [{k: v for k, v in line.items() if k not in THEIRS} for line in taken] == own
    assert [line["origin"]["row"] for line in taken] == list(range(1, 301))


@given(st.binary(max_size=300))
def test_any_bytes_after_a_first_line_are_read_or_kept(raw: bytes) -> None:
    """Whatever follows a good line, each line is a record or is quarantined, and nothing is raised."""
    found = read(LINE, raw)

    assert isinstance(found[0], Access)
    assert len(found) == 1 + sum(bool(line.strip()) for line in raw.split(b"\n"))
