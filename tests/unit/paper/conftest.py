"""A month to print, and eyes for the printed page."""

from __future__ import annotations

import datetime as dt

import pypdfium2
import pytest

from sekisho.paper import CaseLine, Counted, LevelLine, MonthPage, Signature, SourceLine

CHECKPOINT = (
    "sekisho.example/sekidai\n150214\n"
    "P1SMz2u9yOGdAXIPUkrRmjR2nVSxj4ypRr3dVXVcRbA=\n\n"
    "— sekisho.example/sekidai 5fGk4n2a8Zq0m1rXn3vYw9tB7cD6eF5gH4iJ3kL2mN1oP0qR9sT8uV7wX6yZ5a"
    "B4cD3eF2gH1iJ0kL9mN8oP7qR6sT5uQ==\n"
)


def at(day: int, hour: int = 9, minute: int = 0) -> dt.datetime:
    """Return a local time of October 2026 as UTC."""
    return dt.datetime(2026, 10, day, hour, minute, tzinfo=dt.UTC) - dt.timedelta(hours=9)


def case(rank: int, **more: object) -> CaseLine:
    """Return one raised case."""
    values: dict[str, object] = {
        "rank": rank,
        "title": "退職した職員のIDが使われた",
        "why": "U01339は10月9日に退職しています。10月13日22時台に4人の患者のカルテが開かれました。",
        "user": "U01339",
        "patients": ("0000004127", "0000009311", "0000010022", "0000007315"),
        "records": 4,
        "first_at": at(13, 22, 11),
        "last_at": at(13, 22, 24),
        "state": "未確認",
        "rule": "after_leaving",
        "score": 0.97,
    }
    return CaseLine(**(values | more))  # type: ignore[arg-type]


def month(**more: object) -> MonthPage:
    """Return an ordinary month of a hospital of 400 staff."""
    values: dict[str, object] = {
        "institution": "関所台総合病院（架空・模擬データ）",
        "start": dt.date(2026, 10, 1),
        "end": dt.date(2026, 10, 31),
        "made_at": dt.datetime(2026, 11, 2, 1, 30, tzinfo=dt.UTC),
        "run_id": "2026-10-1",
        "level": "L1",
        "accesses": 150_000,
        "explained": 139_612,
        "first_accesses": 61_204,
        "first_explained": 54_880,
        "unexplained": 4_563,
        "raised": 12,
        "raised_accesses": 186,
        "not_judgeable": 5_825,
        "not_judgeable_by": (
            Counted("患者番号のない操作（ログイン、検索、一覧の印刷）", 4_925),
            Counted("共用・業者・システムのID（人が決まらない）", 802),
            Counted("職員名簿にないID", 98),
        ),
        "by_explanation": (
            Counted("自分の診療科の外来受診", 52_118),
            Counted("自分の病棟の入院", 49_870),
            Counted("担当医・主治医", 21_333),
            Counted("検査・薬剤・放射線・リハビリの実施", 10_951),
            Counted("会計・請求（受診・退院から60日以内）", 3_702),
            Counted("説明された閲覧のくり返し", 1_638),
        ),
        "levels": (
            LevelLine(
                name="L0",
                explained=6_120,
                first_explained=2_011,
                can="退職後の使用、名簿にないID、量と時間の偏り、連番",
                cannot="診療とのつながり。説明はほとんどつきません",
            ),
            LevelLine(
                name="L1",
                explained=139_612,
                first_explained=54_880,
                can="受診・入院のあった診療科、病棟、担当医の閲覧",
                cannot="他科依頼、応援、当直、電話対応",
            ),
            LevelLine(
                name="L2",
                explained=None,
                can="オーダ、予約、他科依頼とのつながり",
                cannot="未着：オーダ、予約（SS-MIX2）",
            ),
            LevelLine(
                name="L3",
                explained=None,
                can="応援・当直・オンコール",
                cannot="未着：勤務表",
            ),
        ),
        "cases": (
            case(1),
            case(2, title="多くの職員が、診療のない同じ患者を開いた", user="U00155ほか15人"),
            *(case(n, title="同僚のカルテを開いた", user=f"U0{n:04d}") for n in range(3, 13)),
        ),
        "answers": (Counted("説明がついた", 3), Counted("本人に尋ねた", 1)),
        "sources": (
            SourceLine(
                name="csv-3f2a91c0",
                rows=150_000,
                first_at=at(1),
                last_at=at(31, 23),
                sheet="csv-3f2a91c0：記録されないのは印刷（2026/09/01 確認）",
            ),
        ),
        "unseen": ("PACSの閲覧", "紙の記録", "勤務表", "オーダ"),
        "checkpoint": CHECKPOINT,
        "fingerprint": "3F2A 91C0 77B1 0E5D 8842 C1AF",
        "ledger_size": 150_214,
        "verified": True,
        "verified_at": dt.datetime(2026, 11, 2, 1, 29, tzinfo=dt.UTC),
        "signatures": (
            Signature(role="確認者", name="U00998", at=dt.datetime(2026, 11, 2, 2, tzinfo=dt.UTC)),
        ),
        "trial": True,
        "simulated": True,
        "masked": False,
        "reading_minutes": 40,
        "version": "0.1.0",
    }
    return MonthPage(**(values | more))  # type: ignore[arg-type]


def pages(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


@pytest.fixture
def october() -> MonthPage:
    """October of the fictitious hospital, a trial run."""
    return month()
