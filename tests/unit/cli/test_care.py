"""`sekisho care load`: what each file was taken for, and what can be told with it."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from tests.unit.cli.conftest import HEAD, Call, csv, rows

from sekisho.app.demo.hospital import Truth

STAFF = ["職員番号,氏名,職種,所属", "U00,佐藤 弥生,医師,内科", "U01,佐藤 弥生,看護師,5東"]


def test_says_what_each_file_was_taken_for(sekisho: Call, truth: Truth, tmp_path: Path) -> None:
    """Each list is named for what it was taken for, and why, in words."""
    said = sekisho("care", "load", truth.log.parent, "--data", tmp_path / "data")
    lines = sekisho("care", "load", *truth.lists, "--data", tmp_path / "more", "--json").lines

    assert said.code == 0
    for words in (
        "職員名簿として",
        "受付・来院の一覧として",
        "入退院の一覧として",
        "患者一覧として",
    ):
        assert words in said.out
    assert "care." not in said.out
    assert [line["taken_for"] for line in lines] == ["staff", "visits", "stays", "patients"]


def test_proposed_ids_are_said(sekisho: Call, tmp_path: Path) -> None:
    """Shared, vendor, trainee and system ids are proposed by name of the id, and confirmed by a person."""
    staff = [
        "職員番号,氏名,職種,所属,備考",
        "U1,佐藤 弥生,医師,内科,",
        "WARD-1,病棟共用,,5東,共用ID",
        "V1,保守業者,,医療情報課,業者",
        "BATCH,夜間バッチ,,医療情報課,",
        "K1,研修用1,看護学生,看護部,",
    ]

    said = sekisho("care", "load", csv(tmp_path / "s.csv", staff), "--data", tmp_path / "data")

    assert "4 件あります（BATCH、K1、V1、WARD-1）" in said.out


def test_the_level_says_what_it_can_and_cannot(sekisho: Call, tmp_path: Path) -> None:
    """After a load the level, what it can tell, what it cannot and what is missing are said."""
    data = tmp_path / "data"
    sekisho("collect", csv(tmp_path / "log.csv", [HEAD, *rows()]), "--data", data)

    said = sekisho("care", "load", csv(tmp_path / "s.csv", STAFF), "--data", data)

    assert "いまの水準 L0" in said.out
    assert "診療のための閲覧かどうかは、受付と入退院の一覧がそろうまで分かりません" in said.out
    assert "患者一覧がありません（同じ住所の確認は行っていません）" in said.out


def test_a_folder_is_read_without_its_leftovers(sekisho: Call, tmp_path: Path) -> None:
    """A folder's lists are read; lock files and hidden files beside them are no error."""
    folder = tmp_path / "lists"
    folder.mkdir()
    csv(folder / "s.csv", STAFF)
    (folder / "~$s.xlsx").write_bytes(b"lock")
    (folder / ".hidden.csv").write_bytes(b"\0")

    said = sekisho("care", "load", folder, "--data", tmp_path / "data", "--json")

    assert [line["error"] for line in said.lines] == [None]


@pytest.mark.parametrize("content", [b"", b"\0\1\2\3" * 99, b"PK\x03\x04", "あ,い\n1,2\n".encode()])
def test_unreadable_lists(sekisho: Call, tmp_path: Path, content: bytes) -> None:
    """An unreadable list is a line; alone it is exit code 2, beside a readable one 0."""
    broken = tmp_path / "broken.csv"
    broken.write_bytes(content)
    data = ("--data", tmp_path / "data")

    alone = sekisho("care", "load", broken, *data)
    beside = sekisho("care", "load", broken, csv(tmp_path / "s.csv", STAFF), *data)

    assert (alone.code, beside.code) == (2, 0)
    assert "broken.csv" in beside.err


def test_mojibake_is_called_mojibake(sekisho: Call, tmp_path: Path) -> None:
    """A list and a log that were saved in the wrong encoding are refused by that name."""
    garbled = "\n".join(STAFF).encode().decode("cp932", "replace")
    staff = tmp_path / "s.csv"
    staff.write_text(garbled, encoding="utf-8")
    log = tmp_path / "log.csv"
    log.write_text("\n".join([HEAD, *rows()]).encode().decode("cp932", "replace"), encoding="utf-8")
    data = ("--data", tmp_path / "data", "--json")

    (care,) = sekisho("care", "load", staff, *data).lines
    (collect,) = sekisho("collect", log, *data).lines

    assert (care["error"], collect["error"]) == ("care.misread", "collect.misread")


def test_one_id_with_two_names_is_one_open_line(sekisho: Call, tmp_path: Path) -> None:
    """Two names on one id are one finding, whoever finds it first, and it closes when mended."""
    from sekisho.app.findings import open_findings  # noqa: PLC0415 (reads what was kept)
    from sekisho.app.installation import open_installation  # noqa: PLC0415 (as above)
    from sekisho.app.waiting import refresh_findings  # noqa: PLC0415 (as above)

    data = tmp_path / "data"
    twice = [*STAFF, "U00,新居 一里,医師,外科"]
    for lines in (twice, twice, STAFF):
        sekisho("care", "load", csv(tmp_path / "s.csv", lines), "--data", data)
        installation = open_installation(data)
        refresh_findings(installation)
        found = [view.finding.message for view in open_findings(installation.database)]
        installation.close()
        assert found.count("care.two_names") == (1 if lines is twice else 0)


def test_merged_cells_concurrent_and_moved(sekisho: Call, tmp_path: Path) -> None:
    """Merged 所属, two 佐藤, 兼務 and 異動 rows give each id the posts that the list shows."""
    from sekisho import care  # noqa: PLC0415 (reads what was kept)
    from sekisho.app.installation import open_installation  # noqa: PLC0415 (as above)

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["令和8年度 職員名簿"], [],
        ["所属", "職員番号", "氏名", "職種", "兼務", "有効開始日", "有効終了日"],
        ["内科", "0001", "佐藤 弥生", "医師", None, "R8.4.1", None],
        [None, "0002", "佐藤 弥生", "看護師", None, "R8.4.1", None],
        ["救急科", "0001", "佐藤 弥生", "医師", "兼務", "R8.4.1", None],
        ["5東", "0003", "新居 一里", "看護師", None, "R8.4.1", "R8.10.15"],
        ["6西", "0003", "新居 一里", "看護師", None, "R8.10.16", None],
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A4:A5")
    book.save(tmp_path / "s.xlsx")
    sekisho("care", "load", tmp_path / "s.xlsx", "--data", tmp_path / "data")

    installation = open_installation(tmp_path / "data")
    posts = {
        person.user_id: {(post.department, post.concurrent) for post in person.posts}
        for person in care.people(installation.database)
    }
    installation.close()

    assert posts == {
        "0001": {("内科", False), ("救急科", True)},
        "0002": {("内科", False)},
        "0003": {("5東", False), ("6西", False)},
    }


def test_a_clinic_says_once_that_it_has_no_beds(sekisho: Call, tmp_path: Path) -> None:
    """`care beds none` keeps whose word it is, on record, says that it did, also before a log has arrived, and asks for a name; where nothing is registered it says so instead of taking it back."""
    data = tmp_path / "data"
    staff = csv(tmp_path / "staff.csv", ["職員番号,氏名,職種,所属", "U1,関 一,医師,内科"])
    assert sekisho("care", "load", staff, "--data", data).code == 0
    assert sekisho("care", "beds", "none", "--data", data).code == 2
    said = sekisho("care", "beds", "none", "--by", "S1", "--data", data)
    assert said.code == 0
    assert "病床がない施設だと登録しました（登録した人：S1）" in said.out
    assert "やめました" in sekisho("care", "beds", "some", "--by", "S1", "--data", data).out
    again = sekisho("care", "beds", "some", "--by", "S1", "--data", data)
    assert again.code == 0
    assert "やめました" not in again.out
    assert "登録は、ありませんでした。何も変えていません" in again.out
    out = sekisho("ledger", "export", "--data", data, "--format", "jsonl").out
    assert '"care/beds"' in out


@pytest.mark.parametrize("broken", [b"MSH|^~\\&|A|B\r", b"MSH|\r"])
def test_a_broken_message_is_named_by_its_file(
    sekisho: Call, tmp_path: Path, broken: bytes
) -> None:
    """Of a folder the broken file is named, with what is wrong and what to do, not the folder."""
    folder = tmp_path / "adt"
    folder.mkdir()
    (folder / "broken.hl7").write_bytes(broken)

    said = sekisho("care", "load", folder, "--data", tmp_path / "data")
    (line,) = sekisho("care", "load", folder, "--data", tmp_path / "more", "--json").lines

    assert said.code == 2
    assert f"{folder / 'broken.hl7'} は読み込めませんでした" in said.err
    assert "はじめは broken.hl7:1：" in said.err
    assert "もう一度読み込んでください" in said.err
    assert (line["file"], line["error"]) == (str(folder / "broken.hl7"), "care.hl7.none")

    (folder / "second.hl7").write_bytes(broken)
    both = sekisho("care", "load", folder, "--data", tmp_path / "data").err
    assert all(f"{name}.hl7:1" in both for name in ("broken", "second"))


def test_an_empty_folder_says_what_to_put_there(sekisho: Call, tmp_path: Path) -> None:
    """A folder with nothing in it is answered by what is expected, and where the forms are told."""
    (tmp_path / "empty").mkdir()

    said = sekisho("care", "load", tmp_path / "empty", "--data", tmp_path / "data")

    assert said.code == 2
    assert "職員名簿" in said.err
    assert "docs/formats/care.md" in said.err
    assert "auto" not in said.err
