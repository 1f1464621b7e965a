"""The machines of the fictitious hospital: ledgers as Excel has them, exports, an advisory about them.

Makers, products, lines and advisories do not exist; every sheet and document says so.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from sekisho.app.demo.names import INSTITUTION, SIMULATED

MAKER = "架空医用電機"
NETWORK_MAKER = "架空ネットワークス"
VENDOR = "架空情報システム"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What was written: ledgers and exports, and what is published."""

    ledgers: tuple[Path, ...]
    published: tuple[Path, ...]


_DEVICES = (
    # number, name, maker, model, version, serial, place, ip, what stops, unplug, maintained by, leased, EOL
    ("ME-0101", "全身用X線CT", MAKER, "CT-640", "5.2", "KCT640-1182", "CT室1", "10.30.1.11", "救急と予約のCT検査", "不可", MAKER, "リース", 2),
    ("ME-0102", "MRI", MAKER, "MR-15", "4.0.1", "KMR15-0417", "MRI室", "10.30.1.12", "MRI検査", "要確認", MAKER, "所有", 4),
    ("ME-0103", "超音波診断装置", MAKER, "US-70", "2.1", "KUS70-2207", "生理検査室", "10.30.1.21", "心エコー（可搬機で代われる）", "可", MAKER, "所有", 3),
    ("ME-0201", "ベッドサイドモニタ", MAKER, "SM-200", "3.2", "KSM200-0031", "3階東病棟", "10.30.2.31", "3階東の生体情報の集中監視", "不可", MAKER, "所有", 3),
    ("ME-0202", "ベッドサイドモニタ", MAKER, "SM-200", "3.2", "KSM200-0032", "3階西病棟", "10.30.2.32", "3階西の生体情報の集中監視", "不可", MAKER, "所有", 3),
    ("ME-0203", "ベッドサイドモニタ", MAKER, "SM-200", "3.5", "KSM200-0107", "救急外来", "10.30.2.33", "救急外来の監視", "不可", MAKER, "所有", 5),
    ("ME-0301", "輸液ポンプ管理サーバ", MAKER, "IP-Link", "1.8", "KIPL-0009", "MEセンター", "10.30.2.50", "ポンプの履歴の収集（輸液は続く）", "可", MAKER, "所有", 2),
    ("ME-0401", "生化学自動分析装置", MAKER, "BA-9", None, "KBA9-0714", "検査科", "10.30.3.10", "生化学検査（外注まで3時間）", "要確認", "架空検査機器サービス", "リース", -1),
    ("ME-0501", "ナースコールシステム", MAKER, "NC-5", "2.4", "KNC5-0002", "ナースコール室", "10.40.1.5", "全病棟の呼び出し", "不可", MAKER, "所有", 1),
)  # fmt: skip
_TERMINALS = (
    # number, name, host, kind, maker, model, os, place, ip, mac
    ("SV-001", "電子カルテDBサーバ", "EMR-DB01", "サーバ", VENDOR, "ES-800", "Windows Server 2019", "サーバ室", "10.10.1.10", "02:53:4b:00:01:10"),
    ("SV-002", "画像サーバ", "PACS01", "サーバ", VENDOR, "ES-800", "Windows Server 2019", "サーバ室", "10.10.1.20", "02:53:4b:00:01:20"),
    ("SV-003", "バックアップサーバ", "BACKUP01", "サーバ", VENDOR, "ES-400", "Windows Server 2022", "サーバ室", "10.10.1.90", "02:53:4b:00:01:90"),
    ("PC-0031", "病棟端末", "W3E-PC1", "端末", VENDOR, "EP-20", "Windows 10", "3階東病棟", "10.20.3.31", "02:53:4b:00:03:31"),
    ("PC-0032", "病棟端末", "W3E-PC2", "端末", VENDOR, "EP-20", "Windows 10", "3階東病棟", "10.20.3.32", "02:53:4b:00:03:32"),
    ("PC-0101", "救急外来端末", "ER-PC1", "端末", VENDOR, "EP-30", "Windows 11", "救急外来", "10.20.1.11", "02:53:4b:00:10:11"),
    ("NW-001", "保守用VPN装置", "VPN-MED", "ネットワーク機器", NETWORK_MAKER, "VG-60", None, "サーバ室", "10.0.0.1", "02:53:4b:00:00:01"),
)  # fmt: skip
_LINES = (
    # number, name, partner, appliance, version, second factor, source restriction, always on, days since patch
    ("L1", "電子カルテ保守回線", VENDOR, "VG-60", "7.0.12", "有", "有", "都度", 40),
    ("L2", "医療機器保守回線（ナースコール）", MAKER, "VG-60", "7.0.2", "無", "無", "常時", 620),
    ("L3", "給食委託先との接続", "架空給食センター", "VG-60", "7.0.11", "無", "有", "常時", None),
    ("L4", "地域連携", "模擬県地域連携ネット", "VG-100", "2.3", "有", "有", "常時", 90),
)  # fmt: skip
_OFF = (
    # what, machine, by whom, ordered as, why, months since, days until, instead, seen by
    ("ウイルス対策のリアルタイム検索", "SV-001", VENDOR, "業者", "電子カルテが遅くなるため", 30, -20, None),
    ("Windows Update", "SV-002", VENDOR, "業者", "画像サーバの動作確認がすんでいないため", 8, 120, "サーバ室の区画を分け、画像の通信だけを許している"),
)  # fmt: skip


def machines(folder: Path, today: dt.date) -> Files:
    """Write the ledgers, exports and publications of the fictitious hospital into `folder`.

    Args:
        folder: Where; files of the same names are replaced.
        today: The days in the ledgers are counted from it.
    """
    exports, published = folder / "機器の書き出し", folder / "公表された情報"
    for one in (exports, published):
        one.mkdir(parents=True, exist_ok=True)
    ledgers = (
        _devices(folder / "医療機器台帳.xlsx", today),
        _terminals(folder / "端末サーバ台帳.csv"),
        _lines(folder / "外部接続一覧.xlsx", today),
        _off(folder / "止めている対策.xlsx", today),
        *_windows(exports, today),
    )
    return Files(ledgers=ledgers, published=tuple(_published(published, today)))


def _sheet(path: Path, title: str, names: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    sheet.append([f"{title}（{SIMULATED}）　{INSTITUTION}"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(names))
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.append([None])
    sheet.append(list(names))
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def _devices(path: Path, today: dt.date) -> Path:
    names = ("管理番号", "機器名", "製造販売業者", "型式", "バージョン", "シリアル番号", "設置場所", "IPアドレス", "停止時の影響", "抜線可否", "保守業者", "連絡先", "所有区分", "サポート終了日", "種別")  # fmt: skip
    rows = [
        (*row[:11], "0000-00-0000（架空）", row[11], _years(today, row[12]), "医療機器")
        for row in _DEVICES
    ]
    return _sheet(path, "医療機器台帳", names, rows)


def _terminals(path: Path) -> Path:
    lines = ["管理番号,機器名,端末名,種別,メーカー,型式,OS,設置場所,IPアドレス,MACアドレス,備考"]
    lines += [",".join(cell or "" for cell in (*row, SIMULATED)) for row in _TERMINALS]
    path.write_bytes("\r\n".join((*lines, "")).encode("cp932"))
    return path


def _lines(path: Path, today: dt.date) -> Path:
    names = ("接続番号", "接続名", "相手先", "メーカー", "機器", "バージョン", "二要素認証", "接続元制限", "常時接続", "最終更新日", "連絡先")  # fmt: skip
    rows = [
        (
            *row[:3],
            NETWORK_MAKER,
            *row[3:8],
            today - dt.timedelta(days=row[8]) if row[8] is not None else None,
            "0000-00-0000（架空）",
        )
        for row in _LINES
    ]
    return _sheet(path, "外部接続一覧", names, rows)


def _off(path: Path, today: dt.date) -> Path:
    names = ("止めている対策", "対象機器番号", "指示者", "指示区分", "理由", "停止日", "期限", "代替策")  # fmt: skip
    rows = [
        (
            *row[:5],
            today - dt.timedelta(days=30 * row[5]),
            today + dt.timedelta(days=row[6]),
            row[7],
        )
        for row in _OFF
    ]
    return _sheet(path, "止めている対策", names, rows)


def _windows(folder: Path, today: dt.date) -> list[Path]:
    """Write what the collection script gives on three machines, as PowerShell 5.1 writes it."""
    told = (
        ("EMR-DB01", "Windows Server 2019", "10.0.17763", "10.10.1.10", "02:53:4B:00:01:10", False, 412, 300),
        ("W3E-PC1", "Microsoft Windows 10 Pro", "10.0.19045", "10.20.3.31", "02:53:4B:00:03:31", True, 1, 20),
        ("ER-PC1", "Microsoft Windows 11 Pro", "10.0.22631", "10.20.1.11", "02:53:4B:00:10:11", True, 12, 21),
    )  # fmt: skip
    written = []
    for host, system, build, ip, mac, on, age, patched in told:
        path = folder / f"{host}.json"
        seen = dt.datetime.combine(today, dt.time(1, 0), dt.UTC)
        tree = {
            "sekisho": "windows 1",
            "collected_at": seen.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "computer": {
                "Name": host, "Domain": "SIM.LOCAL", "Manufacturer": VENDOR, "Model": "EP-20",
                "SerialNumber": f"SIM-{host}", "OS": system, "OSBuild": build,
            },
            "addresses": [{"MACAddress": mac, "IPAddress": [ip]}],
            "antivirus": [],
            "defender": {
                "AMServiceEnabled": on, "AMRunningMode": "Normal" if on else "Not running",
                "AMProductVersion": "4.18.25100.1", "AMEngineVersion": "1.1.25100.1",
                "RealTimeProtectionEnabled": on, "AntivirusSignatureVersion": "1.421.1.0",
                "AntivirusSignatureAge": age, "FullScanAge": 4294967295 if not on else 6,
                "QuickScanAge": 1 if on else 4294967295,
                "AntivirusSignatureLastUpdated": (seen - dt.timedelta(days=age)).isoformat(),
            },
            "hotfixes": [
                {"HotFixID": "KB5000001", "Description": "Security Update",
                 "InstalledOn": (today - dt.timedelta(days=patched)).isoformat()},
            ],
            "programs": [
                {"DisplayName": f"架空電子カルテ クライアント（{SIMULATED}）", "DisplayVersion": "8.1", "Publisher": VENDOR},
            ],
            "firewall": [{"Name": "Domain", "Enabled": "True" if on else "False"}],
        }  # fmt: skip
        path.write_bytes(b"\xff\xfe" + json.dumps(tree, ensure_ascii=False).encode("utf-16-le"))
        written.append(path)
    return written


def _published(folder: Path, today: dt.date) -> list[Path]:
    """Write two advisories (CSAF 2.0) about products that do not exist."""
    return [
        _advisory(
            folder / "sim-2026-001.json", "SIM-2026-001", today - dt.timedelta(days=9),
            f"ベッドサイドモニタ SM-200 に、認証なしで設定を変えられる弱点（{SIMULATED}）",
            MAKER, {"SM-200": ("vers:generic/<3.5", "3.5 に更新する")},
        ),
        _advisory(
            folder / "sim-2026-002.json", "SIM-2026-002", today - dt.timedelta(days=400),
            f"VG-60 の管理画面から中に入られる弱点（{SIMULATED}）",
            NETWORK_MAKER, {"VG-60": ("vers:generic/<7.0.12", "7.0.12 に更新し、管理画面を外から閉じる")},
        ),
    ]  # fmt: skip


def _advisory(
    path: Path,
    number: str,
    day: dt.date,
    title: str,
    maker: str,
    products: Mapping[str, tuple[str, str]],
) -> Path:
    at = dt.datetime.combine(day, dt.time(0, 0), dt.UTC).isoformat()
    names, identifiers = [], []
    for place, (product, (versions, _)) in enumerate(products.items()):
        identifiers.append(f"P{place}")
        leaf = {
            "category": "product_version_range",
            "name": versions,
            "product": {"name": f"{maker} {product} {versions}", "product_id": f"P{place}"},
        }
        names.append({"category": "product_name", "name": product, "branches": [leaf]})
    tree = {
        "document": {
            "category": "csaf_security_advisory",
            "csaf_version": "2.0",
            "lang": "ja",
            "title": title,
            "publisher": {"category": "vendor", "name": maker, "namespace": "https://sim.example"},
            "tracking": {
                "id": number,
                "status": "final",
                "version": "1",
                "initial_release_date": at,
                "current_release_date": at,
                "revision_history": [{"date": at, "number": "1", "summary": SIMULATED}],
            },
        },
        "product_tree": {"branches": [{"category": "vendor", "name": maker, "branches": names}]},
        "vulnerabilities": [
            {
                "title": title,
                "product_status": {"known_affected": identifiers},
                "remediations": [
                    {"category": "vendor_fix", "details": fix, "product_ids": identifiers}
                    for _, fix in products.values()
                ],
            }
        ],
    }
    path.write_text(json.dumps(tree, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def _years(today: dt.date, years: int) -> dt.date:
    return today.replace(year=today.year + years, month=3, day=31)
