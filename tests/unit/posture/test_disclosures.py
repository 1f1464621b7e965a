"""Makers' disclosures: read as forms go about, tied to devices, and never believed as checked."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho import posture
from sekisho.care.sheets import Sheet
from sekisho.posture import disclosures
from sekisho.posture.disclosures import read
from sekisho.posture.records import Kind
from sekisho.storage import Database
from sekisho.terms import FixedClock, Result

pytestmark = [pytest.mark.store, pytest.mark.duty("3")]

NOW = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
LEDGER = (
    "管理番号,機器名,種別,製造販売業者,製品名,型式,保守業者\n"
    "0081,輸液ポンプ,医療機器,丙製作所,ドリップエース,DA-300,丙サービス\n"
    "0082,輸液ポンプ,医療機器,株式会社丙製作所,ドリップエース,DA-300,\n"
    "0083,心電計,医療機器,丁医科,ハートライン,E-9,\n"
)
QUESTIONS = ("起動時の認証", "役割ごとの権限", "記録の出力", "遠隔保守", "媒体の検査", "時刻の同期")


def load(database: Database, *paths: Path) -> list[posture.Report]:
    """Load files."""
    return posture.load(paths, database=database, clock=FixedClock(NOW))


def mds(path: Path, answers: str, *, product: str = "ドリップエース DA-300", dated: str = "令和8年9月1日", three: bool = True) -> Path:  # fmt: skip
    """Write an MDS as it goes about: head with labels, three columns or one, remarks at the end."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["製造業者による医療情報セキュリティ開示書（MDS）"])
    sheet.merge_cells("A1:F1")
    sheet.append(["製造業者名", None, "丙製作所 株式会社", None, "作成日：" + dated])
    sheet.append(["製品名称", None, product, None, "バージョン", "3.1"])
    sheet.append([])
    sheet.append(
        ["No", "質問", *(("はい", "いいえ", "対象外") if three else ("回答",)), "備考番号"]
    )
    for number, (question, said) in enumerate(zip(QUESTIONS, answers, strict=True), 1):
        place = "ynz".find(said)
        marks = ["○" if at == place else None for at in range(3)]
        word = [{"y": "はい。", "n": "いいえ", "z": "対象外"}.get(said, "年度内に対応予定")]
        sheet.append([f"{number}.1" if number > 1 else "1-1", question, *(marks if three else word), "備考1" if said == "n" else None])  # fmt: skip
    sheet.append(["備考1", "次の版で対応します"])
    book.save(path)
    return path


@pytest.mark.parametrize("three", [True, False])
def test_a_makers_form_is_tied_to_its_devices(database: Database, tmp_path: Path, *, three: bool) -> None:  # fmt: skip
    """Each answer stands as the maker gave it, with its remark, beside every device of the product; a newer form takes the place of an older one, and an older one changes nothing."""
    (tmp_path / "台帳.csv").write_text(LEDGER, encoding="utf-8")
    load(database, tmp_path / "台帳.csv")
    assert disclosures.evidence(database, NOW).result is Result.NOT_CHECKED
    [report] = load(database, mds(tmp_path / "a.xlsx", "ynyzy?", three=three))
    assert (report.taken_for, report.error, report.rows) == (Kind.DISCLOSURE, None, 5 + (not three))
    [one] = disclosures.disclosures(database)
    assert (one.form, one.maker, one.version) == ("mds", "丙製作所 株式会社", "3.1")
    assert one.dated == dt.date(2026, 9, 1)
    said = {number: (says, written) for number, _, says, written, _ in one.answers}
    assert [said[n][0] for n in ("1-1", "2.1", "3.1", "4.1", "5.1")] == ["yes", "no", "yes", "none", "yes"]  # fmt: skip
    if not three:
        assert said["6.1"] == ("", "年度内に対応予定")
        assert "posture.disclosure.unread" in {d.message for d in report.doubts}
    assert dict(one.notes) == {"1": "次の版で対応します"}
    assert [d["number"] for d in one.devices] == ["0081", "0082"]
    proof = disclosures.evidence(database, NOW)
    assert (proof.result, dict(proof.args)) == (Result.NO, {"total": 3, "without": 1})
    load(database, mds(tmp_path / "b.xlsx", "yyyzyy", dated="2026/10/1"))
    assert disclosures.disclosures(database)[0].count("no") == 0
    [older] = load(database, mds(tmp_path / "c.xlsx", "nnnzny", dated="2025/10/1"))
    assert "posture.disclosure.older" in {d.message for d in older.doubts}
    assert disclosures.disclosures(database)[0].count("no") == 0


def test_an_mds2_is_known_by_its_questions(database: Database, tmp_path: Path) -> None:
    """An MDS2 in whatever sheet and column is read by its question ids, its head by DOC-1 and DOC-3, its notes by number; and what is not a form is not taken for one."""
    book = openpyxl.Workbook()
    guide = book.active
    assert guide is not None
    guide.title = "Instructions"
    guide.append(["How to fill in this form"])
    sheet = book.create_sheet("MDS2")
    rows = [
        ("DOC-1", "Manufacturer name", "Hei Seisakusho", None),
        ("DOC-3", "Device model", "DripAce DA-300", None),
        ("DOC-7", "Document release date", dt.datetime(2026, 5, 1), None),  # noqa: DTZ001 (a cell)
        ("MPII-1", "Personal information displayed?", "Yes", None),
        ("ALOF-1", "Automatic logoff?", "No", "Note 2"),
        ("AUTH-1.1", "Accounts?", "N/A", None),
        ("SBOM-1", "SBOM available?", "See Notes", "Note 1"),
        ("RMOT-1", "Remote service?", "yes", None),
    ]
    sheet.append(["Question ID", "Question", None, "See note", "IEC TR 80001-2-2:2012"])
    for row in rows:
        sheet.append(row)
    sheet.append(["Note 1", "On request"])
    sheet.append(["Note 2: the host does it"])
    book.save(tmp_path / "mds2.xlsx")
    (tmp_path / "台帳.csv").write_text(
        "管理番号,機器名,種別,型式\n9,ポンプ,医療機器,DripAce DA-300\n", "utf-8"
    )
    load(database, tmp_path)
    [one] = disclosures.disclosures(database)
    assert (one.form, one.maker, one.product) == ("mds2", "Hei Seisakusho", "DripAce DA-300")
    assert one.dated == dt.date(2026, 5, 1)
    assert [(a[0], a[2]) for a in one.answers] == [("MPII-1", "yes"), ("ALOF-1", "no"), ("AUTH-1.1", "none"), ("SBOM-1", "note"), ("RMOT-1", "yes")]  # fmt: skip
    assert dict(one.notes) == {"1": "On request", "2": "the host does it"}
    assert [d["number"] for d in one.devices] == ["9"]
    assert disclosures.evidence(database, NOW).result is Result.YES


def test_another_makers_device_is_not_tied(database: Database, tmp_path: Path) -> None:
    """The same name of another maker, or a short name inside a longer one, is no device of the form; a form without a product says so."""
    (tmp_path / "台帳.csv").write_text(LEDGER.replace("丙製作所", "戊工業"), encoding="utf-8")
    load(database, tmp_path / "台帳.csv")
    [report] = load(database, mds(tmp_path / "a.xlsx", "yyyyyy"))
    assert "posture.disclosure.no_device" in {d.message for d in report.doubts}
    [report] = load(database, mds(tmp_path / "b.xlsx", "yyyyyy", product=""))
    assert "posture.disclosure.no_product" in {d.message for d in report.doubts}
    [report] = load(database, mds(tmp_path / "c.xlsx", "yyyyyy", product="E-9"))
    assert "posture.disclosure.no_device" in {d.message for d in report.doubts}


def test_a_ledger_with_a_column_of_answers_stays_a_ledger(
    database: Database, tmp_path: Path
) -> None:
    """A list of machines that asks yes or no is no disclosure; a CSV of a form is one."""
    rows = LEDGER.splitlines()
    asked = [f"{row},{'回答' if at == 0 else 'はい'}" for at, row in enumerate(rows)]
    (tmp_path / "a.csv").write_text("\n".join(asked), encoding="utf-8")
    [report] = load(database, tmp_path / "a.csv")
    assert report.taken_for is Kind.ASSETS
    with (tmp_path / "b.csv").open("w", encoding="cp932", newline="") as file:
        head = [["サービス事業者による医療情報セキュリティ開示書"], ["サービス名称", "甲クラウド"], ["番号", "質問", "回答", "備考"]]  # fmt: skip
        csv.writer(file).writerows(
            head + [[str(n), q, "はい", ""] for n, q in enumerate(QUESTIONS, 1)]
        )
    [report] = load(database, tmp_path / "b.csv")
    assert (report.taken_for, report.source) == (Kind.DISCLOSURE, "sds")


_CELL = st.one_of(
    st.none(), st.text(max_size=12), st.floats(), st.dates(),
    st.sampled_from(["MPII-1", "DOC-3", "はい", "回答", "備考1", "1.1", "医療情報セキュリティ開示書"]),
)  # fmt: skip


@given(st.lists(st.lists(_CELL, max_size=6), max_size=25))
@settings(max_examples=60, deadline=None)
def test_no_sheet_breaks_the_reader(rows: list[list[object]]) -> None:
    """Whatever stands in a sheet, it is read or it is none; nothing is raised."""
    found = read(Sheet(None, rows))  # type: ignore[arg-type]
    assert found is None or len(found.disclosures[0]["answers"]) >= 5
