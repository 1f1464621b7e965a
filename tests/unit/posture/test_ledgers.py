"""Ledgers and exports as hospitals have them, told apart, kept once, and refused clearly."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho import posture
from sekisho.posture import Kind, Report, addresses
from sekisho.posture.ledger import cells
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.store
LEDGER = Path(__file__).parent / "data" / "ledger.csv"


@pytest.fixture
def give(tmp_path: Path, database: Database, clock: FixedClock) -> Any:
    """Write a text as a CSV, load it, and give the report."""

    def give(text: str, name: str = "list.csv", encoding: str = "cp932") -> Report:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        [report] = posture.load([path], database=database, clock=clock)
        return report

    return give


def listed(database: Database, **asked: Any) -> list[Any]:
    """Return what the list shows."""
    return list(posture.assets(database, limit=1000, **asked).rows)


@pytest.mark.parametrize(
    ("header", "kind", "source"),
    [
        ("管理番号,機器名,製造販売業者,型式,バージョン,設置場所", Kind.ASSETS, "ledger"),
        ("資産番号,名称,メーカー,型番,シリアル番号,設置場所,IPアドレス", Kind.ASSETS, "ledger"),
        ("No.,ホスト名,IPアドレス,MACアドレス,OS,保守業者", Kind.ASSETS, "ledger"),
        ("機器番号,装置名,メーカ,製造番号,保守契約,EOL", Kind.ASSETS, "ledger"),
        ("Asset No,Name,Manufacturer,Model,Firmware,Serial Number", Kind.ASSETS, "ledger"),
        ("接続名,目的,保守業者,二要素認証,接続元制限,最終更新日", Kind.CONNECTIONS, "ledger"),
        ("回線名,接続先,VPN機器,ファームウェア,MFA,IP制限", Kind.CONNECTIONS, "ledger"),
        ("ソフトウェア名,バージョン,発行元,ライセンス数", Kind.SOFTWARE, "ledger"),
        ("エンドポイント,IPアドレス,スマートスキャンエージェントパターンファイル,ウイルス検索エンジン,最終起動", Kind.ANTIVIRUS, "apex_one"),
        ("Endpoint,IP Address,Virus Pattern,Virus Scan Engine,Connection Status", Kind.ANTIVIRUS, "apex_one"),
        ("コンピューター名,検出エンジン,モジュールの状態,セキュリティ製品,最終接続", Kind.ANTIVIRUS, "eset"),
        ("ホスト名,定義ファイル,定義ファイル更新日,リアルタイム保護", Kind.ANTIVIRUS, "antivirus"),
        ("コンピューター名,OS,IPアドレス,CPU,メモリ,ログオンユーザー名", Kind.ASSET_TOOL, "asset_tool"),
        ("FullDomainName,IPAddress,Make,Model,OSDescription,LastReportedStatusTime", Kind.WSUS, "wsus"),
    ],
)  # fmt: skip
def test_a_list_is_told_by_its_headings(give: Any, header: str, kind: Kind, source: str) -> None:
    """What a list is, is told from its headings, in Japanese and English, with the reason."""
    row = ",".join(
        "10.1.2.3" if "IP" in one else f"x{place}1" for place, one in enumerate(header.split(","))
    )
    report = give(f"{header}\n{row}\n")
    assert (report.taken_for, report.source, report.error) == (kind, source, None)
    assert report.why[1]["columns"]


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig", "utf-16", "euc_jp"])
def test_any_encoding_and_leading_zeros(give: Any, database: Database, encoding: str) -> None:
    """A ledger in any encoding gives the same assets, and a number keeps its zeros."""
    text = "管理番号,機器名,メーカー,型番\n00012,輸液ポンプ,テルモ,TE-LM800\n"
    assert give(text, encoding=encoding).added == 1
    [one] = listed(database)
    assert (one.number, one.kind, one.maker) == ("00012", "medical_device", "テルモ")


def test_the_same_file_again_changes_nothing(database: Database, clock: FixedClock) -> None:
    """The labelled ledger of 200 devices is kept once, and its components are in its own words."""
    [first] = posture.load([LEDGER], database=database, clock=clock)
    [again] = posture.load([LEDGER], database=database, clock=clock)
    assert (first.rows, first.added, first.refused) == (200, 200, [])
    assert (again.rows, again.added, again.changed, again.asked) == (200, 0, 0, 0)
    assert [doubt.message for doubt in again.doubts] == ["posture.same_file"]
    found = {one.asset: one for one in posture.components(database)}
    assert len(found) == 200
    one = found["00001"]
    assert (one.maker, one.model, one.version) == (
        "(株)フィリップス・ジャパン",
        "IntelliVue MX450",
        "Rev.L",
    )


def test_an_older_list_does_not_replace_a_newer_word(give: Any, database: Database) -> None:
    """A list of yesterday that is loaded after today's of the same name changes nothing."""
    head = "管理番号,機器名,メーカー,型番,バージョン\n"
    give(head + "1,ルータ,ヤマハ,RTX830,15.02.17\n")
    assert give(head + "1,ルータ,ヤマハ,RTX830,15.02.30\n").changed == 1
    report = give(head + "1,ルータ,ヤマハ,RTX830,15.02.17\n")
    assert [doubt.message for doubt in report.doubts] == ["posture.older_file"]
    assert [one.version for one in listed(database)] == ["15.02.30"]


def test_a_workbook_of_several_sheets(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """Sheets of one workbook are told apart, merged cells are filled in, a sheet of remarks is no list."""
    book = openpyxl.Workbook()
    servers = book.active
    assert servers is not None
    servers.title = "ソフト"
    servers.append(["ソフトウェア名", "バージョン", "対象機器番号"])
    servers.append(["SQL Server", "2016 SP3", "SV-001"])
    servers.append(["SQL Server", "2016 SP3", "SV-999"])
    sheet = book.create_sheet("サーバ")
    sheet.append(["サーバ台帳　2026年4月1日現在"])
    sheet.append(["資産番号", "名称", "機器", None, "保守", None, "設置場所"])
    sheet.append([None, None, "メーカー", "型番", "業者", "連絡先", None])
    sheet.append(
        ["SV-001", "電子カルテDB", "NEC", "Express5800/R120h", "甲社", "03-0000-0000", "サーバ室"]
    )
    sheet.append(["SV-002", "PACS", "富士通", "RX2530", "乙社", "03-0000-0001", None])
    for merged in ("C2:D2", "E2:F2", "G4:G5", "A2:A3", "B2:B3", "G2:G3"):
        sheet.merge_cells(merged)
    book.create_sheet("注意").append(["このブックは情報システム室が管理します。"])
    path = tmp_path / "台帳.xlsx"
    book.save(path)
    reports = posture.load([path], database=database, clock=clock)
    assert [(one.sheet, one.taken_for, one.rows) for one in reports] == [
        ("サーバ", Kind.ASSETS, 2),
        ("ソフト", Kind.SOFTWARE, 1),
    ]
    assert [(one.row, one.message) for one in reports[1].refused] == [
        (3, "posture.row_unknown_machine")
    ]
    rows = listed(database)
    assert [(one.number, one.kind, one.place) for one in rows] == [
        ("SV-001", "server", "サーバ室"),
        ("SV-002", "server", "サーバ室"),
    ]
    whole = posture.asset(database, rows[0].id)
    assert whole is not None
    assert (whole.values["maintained_by"], whole.values["contact"]) == ("甲社", "03-0000-0000")
    assert [piece["version"] for piece in whole.software] == ["2016 SP3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("職員番号,氏名,職種,所属\n1,佐藤,医師,内科\n", "posture.no_header"),
        ("名称,所属,備考\n佐藤,内科,\n", "posture.undecided"),
        ("患者番号,受付日時,診療科\n1,2026/10/04,内科\n", "posture.no_header"),
        ("こんにちは\nさようなら\n", "posture.no_header"),
        ("管理番号,機器名,メーカー,型番\n", "posture.no_rows"),
        ("", "care.empty"),
    ],
)
def test_what_is_no_ledger_is_refused(give: Any, text: str, message: str) -> None:
    """A list that is none of machines is refused by its name or its headings, and nothing is kept."""
    report = give(text)
    assert report.error is not None
    assert report.error[0] == message


def test_rows_that_name_no_machine_are_refused_each(give: Any, database: Database) -> None:
    """A row without a machine is refused with its line and reason; the others are taken."""
    report = give(
        "管理番号,機器名,メーカー,シリアル番号,EOL,IPアドレス\n"
        ",,不明,,,\n"
        "7,,,,,\n"
        "8,CT装置,キヤノン,ABC12345,令和9年3月,10.0.0.300\n"
        "8,超音波診断装置,GE,XYZ99999,2030年度,10.0.0.9\n"
        "合計,2台,,,,\n"
    )
    assert [(one.row, one.message) for one in report.refused] == [
        (2, "posture.row_no_machine"),
        (3, "posture.row_only_number"),
    ]
    assert {doubt.message for doubt in report.doubts} == {
        "posture.cells_unread",
        "posture.number_twice",
    }
    assert [(one.name, one.eol and one.eol.isoformat()) for one in listed(database)] == [
        ("CT装置", "2027-03-31"),
        ("超音波診断装置", "2031-03-31"),
    ]


def test_connections_keep_what_is_not_said(give: Any, database: Database) -> None:
    """Whether a line has a second factor is yes, no or unknown; what nobody wrote is unknown."""
    report = give(
        "接続名,保守業者,VPN機器,ファームウェア,二要素認証,接続元制限,常時接続,最終更新日\n"
        "ナースコール保守,甲社,FortiGate-60F,7.0.11,無,×,常時,2024/03/01\n"
        "CT保守,乙社,,,あり,,都度,\n"
    )
    assert (report.rows, report.added) == (2, 2)
    found = {one["name"]: one for one in posture.connections(database)}
    first, second = found["ナースコール保守"], found["CT保守"]
    states = ("second_factor", "source_restriction", "always_on")
    assert [first[name] for name in states] == ["no", "no", "yes"]
    assert [second[name] for name in states] == ["yes", "unknown", "no"]
    assert first["kind"] == second["kind"] == "maintenance"
    assert [(one.product, one.version) for one in posture.components(database)] == [
        ("FortiGate-60F", "7.0.11")
    ]


def test_one_machine_of_two_sources_is_one_asset(give: Any, database: Database) -> None:
    """The same serial, MAC or host name joins; a host name with another address is asked."""
    give(
        "資産番号,名称,種別,ホスト名,IPアドレス,MACアドレス,シリアル番号\n"
        "T1,看護端末,端末,NS-01,10.1.0.1,00-11-22-33-44-55,5CG1234XYZ\n"
        "T2,看護端末,端末,NS-02,10.1.0.2,,\n"
        "T3,看護端末,端末,NS-03,10.1.0.3,,\n"
    )
    report = give(
        "コンピューター名,IPアドレス,MACアドレス,検出エンジン,モジュールの状態,OS名,最終接続\n"
        "ns-01.hospital.local,10.1.0.99,00:11:22:33:44:55,29000,最新,Windows 10 Pro,2026/10/03 9:00\n"
        "NS-02,10.1.0.2,,29000,最新,Windows 11 Pro,2026/10/03 9:00\n"
        "NS-03,10.1.9.3,,29000,最新,Windows 11 Pro,2026/10/03 9:00\n"
        "NEW-9,10.1.0.9,,28000,古い,Windows 11 Pro,2026/10/03 9:00\n",
        "eset.csv",
    )
    assert (report.rows, report.added, report.asked) == (4, 4, 1)
    found = {one.number or one.name: one for one in listed(database)}
    assert set(found) == {"T1", "T2", "T3", "ns-03", "new-9"}
    assert found["T1"].os == "Windows 10 Pro"


@given(st.text(max_size=30))
def test_no_text_breaks_a_cell(text: str) -> None:
    """Whatever a cell holds, reading it gives a value or says that there is none."""
    assert cells.yes_no(text) in {"yes", "no", "unknown"}
    assert cells.may(text) in {"yes", "no", "ask", None}
    for read in (addresses.ip, addresses.mac, addresses.host, addresses.serial):
        found = read(text)
        assert found is None or read(found) == found
    addresses.several(text)
    with contextlib.suppress(ValueError):
        cells.last_day(text)
