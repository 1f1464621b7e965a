"""What a file seems to be, before anything is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sekisho.collect import Mapping, quarantine, sniff
from sekisho.errors import InvalidInputError

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

TEXT = "No.,アクセス日時,利用者ID,利用者名,患者ID,処理\n" + "".join(
    f"{number},2026/10/04 22:11:{number:02d},U{number},佐藤,P{number},参照\n"
    for number in range(30)
)


def test_a_proposal_shows_ten_rows_and_stores_nothing(desk: Desk) -> None:
    """A proposal names encoding, columns and confidence, and shows ten rows with their cells."""
    proposal = sniff(desk.file(TEXT, encoding="cp932"))

    assert (proposal.kind, proposal.encoding, proposal.delimiter) == ("csv", "cp932", ",")
    assert proposal.confidence >= 0.8
    assert proposal.mapping.columns == {
        "occurred_at": ("アクセス日時",),
        "user_id": ("利用者ID",),
        "patient_ids": ("患者ID",),
        "action": ("処理",),
        "ignore": ("No.",),
    }
    assert proposal.mapping.known == ("利用者名",)
    assert [row.number for row in proposal.sample] == list(range(1, 11))
    assert proposal.sample[0].cells[2] == "U0"
    assert all(row.access is not None for row in proposal.sample)
    assert (desk.records, quarantine(desk.database)) == ([], [])


def test_a_mapping_goes_to_toml_and_back(desk: Desk) -> None:
    """A proposal's mapping written as TOML and read again is the same, and reads the file."""
    path = desk.file(TEXT)
    mapping = sniff(path).mapping

    again = Mapping.from_toml(mapping.to_toml())

    assert again == mapping
    assert desk.take(path, mapping=again).added == 30


def test_what_is_typed_at_the_sign_in_says_who(desk: Desk) -> None:
    """Where ログイン名 is the only column of a user and holds what is typed, it is read; where it holds names, a person decides."""
    text = "日時,ログイン名,患者番号,画面,操作\n2026/10/01 09:00:00,{},0001,カルテ,参照\n"
    assert sniff(desk.file(text.format("sato.y"), name="typed.csv")).confidence >= 0.8
    assert sniff(desk.file(text.format("佐藤 弥生"), name="names.csv")).confidence <= 0.7


def test_an_unsure_order_of_days_is_not_read_by_itself(desk: Desk) -> None:
    """01/02/2026 is asked about, not guessed."""
    text = "日時,利用者ID,患者ID,処理\n01/02/2026 10:00,U1,P1,参照\n03/04/2026 10:00,U1,P1,参照\n"

    report = desk.take(text)

    assert report.error == ("collect.doubt_time_order", {"column": "日時"})
    assert desk.records == []


def test_a_user_column_of_names_is_not_read_by_itself(desk: Desk) -> None:
    """A user column that holds names is asked about, and no name is recorded."""
    text = "日時,操作者,患者ID,処理\n" + "2026/10/04 10:00:00,佐藤 花子,P1,参照\n" * 5

    assert desk.take(text).error is not None
    assert desk.records == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("利用者ID,患者ID,処理\nU1,P1,参照\n", "collect.no_time"),
        ("日時,患者ID,処理\n2026/10/04 10:00:00,P1,参照\n", "collect.no_user"),
        ("hello world\n", "collect.no_rows"),
    ],
)
def test_what_is_missing_is_named(desk: Desk, text: str, missing: str) -> None:
    """A table without a time or a user is refused with what is missing, and shown raw."""
    proposal = sniff(desk.file(text))
    report = desk.take(text)

    assert (proposal.missing[0][0], report.error) == (missing, (missing, {}))
    if missing != "collect.no_rows":
        assert proposal.sample[0].access is None
        assert proposal.sample[0].cells


def test_a_header_that_moved_is_found_again(desk: Desk) -> None:
    """A mapping made for a header in row 1 finds it in row 3."""
    mapping = sniff(desk.file(TEXT)).mapping

    assert desk.take("一覧\n\n" + TEXT, mapping=mapping).added == 30


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PK\x03\x04abc", "xlsx"),
        (b"%PDF-1.7", "pdf"),
        (b"MSH|^~\\&|A|B", "hl7"),
        (bytes(range(256)) * 8, "binary"),
    ],
)
def test_other_kinds_are_refused_by_name(desk: Desk, head: bytes, kind: str) -> None:
    """A file of a kind that is not read is refused with its name."""
    assert desk.take(head).error == ("collect.kind_not_read", {"kind": kind})


def test_what_cannot_be_opened_is_a_report(desk: Desk, tmp_path: Path) -> None:
    """A file that is gone, a folder and an empty file are reports, not exceptions."""
    errors = [
        desk.take(tmp_path / "gone.csv").error,
        desk.take(tmp_path).error,
        desk.take("").error,
    ]

    assert [error[0] for error in errors if error] == [
        "collect.cannot_open",
        "collect.is_folder",
        "collect.empty",
    ]


def test_sniffing_what_is_not_read_raises(desk: Desk) -> None:
    """Sniffing a file of another kind says so by an error to mend."""
    with pytest.raises(InvalidInputError):
        sniff(desk.file(b"%PDF-1.7"))


@pytest.mark.parametrize("how", [{"format": "xml"}, {"zone": "Nowhere/Land"}, {"source": " "}])
def test_a_wrong_call_raises(desk: Desk, how: dict[str, str]) -> None:
    """An unknown format or zone, or an empty source, is an error of the call."""
    with pytest.raises(InvalidInputError):
        desk.take(TEXT, **how)


def test_doubtful_bytes_and_no_column_are_no_less_than_no_confidence(tmp_path: Path) -> None:
    """A file of one line in doubtful bytes is proposed with no confidence, never with less."""
    path = tmp_path / "log.csv"
    path.write_bytes(b"\x81026/10/04 22:11:03,N1,P1,\x8eQ\x8f\xc6\n")

    assert sniff(path).confidence == 0.0
