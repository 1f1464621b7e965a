"""The month's page: one sheet, honest, legible in black and white, deaf to markup."""

from __future__ import annotations

import ctypes
import dataclasses
import datetime as dt

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import segno
from tests.unit.paper.conftest import CHECKPOINT, case, month, pages

from sekisho.pages.words import say
from sekisho.paper import CaseLine, Counted, LevelLine, MonthPage, SourceLine, month_page
from sekisho.paper.press import fit, share

HOSTILE = (
    '#panic("x")',
    '#read("/etc/passwd")',
    "*太字* _斜体_ = 見出し $x^2$ `raw` @ref <label> \\ // /* */",
    '"]}"; #eval("1")',
    "\u202e反転\u202c\x00\x07\u2028改行\nつぎ",
    "𠮷野家 髙﨑 ①㈱ Ωμ Ж 😀",
)


def squeeze(text: str) -> str:
    """Leave out the blanks a PDF reader puts in."""
    return "".join(text.split()).replace("\ufffe", "").replace("\u200b", "")


def test_one_sheet_holds_every_figure(october: MonthPage) -> None:
    """The page is one A4 sheet, and every figure stands on it as text."""
    pdf = month_page(october, say=say)
    (text,) = pages(pdf)
    text = squeeze(text)
    for figure in (
        "150,000",
        "139,612",
        "93.1%",
        "61,204",
        "89.7%",
        "4,377",
        "12",
        "5,825",
        "52,118",
        "4,925",
        "3F2A91C077B10E5D8842C1AF",
        "2026年10月1日",
        "試行",
        "模擬データ",
        "院長",
        "安全管理責任者",
        "確認者",
        "受領後の改変なし",
        "PACSの閲覧",
        "記録されないのは印刷（2026/09/01確認）",
        "説明がついた3件",
        "sekisholedgerverify",
    ):
        assert squeeze(figure) in text, figure
    document = pypdfium2.PdfDocument(pdf)
    assert [round(side) for side in document[0].get_size()] == [595, 842]
    document.close()


def test_english_is_complete(october: MonthPage) -> None:
    """The English page has every fixed sentence in English and no message id."""
    page = dataclasses.replace(
        october, language="en", institution="Sekishodai", cases=(), by_explanation=(), levels=(),
        not_judgeable_by=(), answers=(), unseen=(), sources=(), signatures=(), raised=0,
    )  # fmt: skip
    (text,) = pages(month_page(page, say=say))
    assert "paper." not in text
    assert "TRIAL" in text
    assert "SIMULATED DATA" in text
    assert "does not guarantee" in " ".join(text.split())
    assert not any("぀" <= letter <= "ヿ" for letter in text.replace("関所", ""))


def test_a_real_run_says_neither_trial_nor_simulated(october: MonthPage) -> None:
    """Without the flags the words 試行 and 模擬データ do not appear."""
    page = dataclasses.replace(october, trial=False, simulated=False, institution="ある病院")
    (text,) = pages(month_page(page, say=say))
    assert "試行" not in text
    assert "模擬" not in text


def test_masked_page_names_nobody(october: MonthPage) -> None:
    """A masked page has no id of staff or patients, and says why; one id keeps one number."""
    page = dataclasses.replace(october, masked=True, masked_why="運用規程")
    (text,) = pages(month_page(page, say=say))
    text = squeeze(text)
    for one in october.cases:
        assert one.user not in text
        assert not any(patient in text for patient in one.patients)
    assert "U01339" not in text
    assert "U00998" not in text
    assert "未登録：運用規程" in text
    assert "職員1" in text
    assert "患者1ほか3人" in text


def test_what_does_not_fit_is_counted(october: MonthPage) -> None:
    """Cases beyond the sheet are counted as standing in the workbook."""
    page = dataclasses.replace(
        october, cases=tuple(case(n, why="理由" * 60) for n in range(1, 61)), raised=60
    )
    (text,) = pages(month_page(page, say=say))
    text = squeeze(text)
    shown = text.count("10/1322:11")
    assert 3 <= shown <= 20
    assert f"ほか{60 - shown}件は別紙XLSX" in text


def test_the_longest_month_stays_on_one_sheet() -> None:
    """Every list full and every text far too long still gives one sheet with its figures."""
    long = "とても長い名前" * 200
    wide = "W" * 4_000
    page = month(
        institution=long,
        accesses=10**15,
        explained=10**15 - 1,
        fingerprint=wide,
        by_explanation=tuple(Counted(long, n) for n in range(40)),
        not_judgeable_by=tuple(Counted(wide, n) for n in range(40)),
        levels=tuple(
            LevelLine(name=wide, explained=n, first_explained=None, can=long, cannot=wide)
            for n in range(9)
        ),
        cases=tuple(
            case(n, title=wide, why=long, user=wide, patients=(wide,) * 9, state=long)
            for n in range(1, 200)
        ),
        raised=200,
        sources=tuple(SourceLine(name=wide, rows=10**12) for _ in range(30)),
        unseen=(long, wide) * 9,
        answers=tuple(Counted(long, 9) for _ in range(9)),
        approvals=(long,) * 9,
        version=wide,
        run_id=wide,
        masked_why=wide,
        masked=True,
    )
    (text,) = pages(month_page(page, say=say))
    assert "1,000,000,000,000,000" in text
    assert "99.9%" in squeeze(text)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_value_is_markup(hostile: str) -> None:
    """A value that looks like a command is printed as it is, everywhere it may stand."""
    line = CaseLine(
        rank=1, title=hostile, why=hostile, user=hostile, patients=(hostile,), records=1,
        first_at=dt.datetime(2026, 10, 4, tzinfo=dt.UTC),
        last_at=dt.datetime(2026, 10, 4, tzinfo=dt.UTC), state=hostile,
    )  # fmt: skip
    page = month(
        institution=hostile,
        cases=(line,),
        unseen=(hostile,),
        approvals=(hostile,),
        by_explanation=(Counted(hostile, 1),),
        levels=(LevelLine(name="L0", explained=1, can=hostile, cannot=hostile),),
        sources=(SourceLine(name=hostile, rows=1),),
        checkpoint=hostile,
    )
    (text,) = pages(month_page(page, say=say))
    text = squeeze(text)
    if hostile.isascii():
        assert squeeze(hostile) in text
    assert "root:x:" not in text


def test_an_empty_month_is_a_page() -> None:
    """A month without a single access prints, with dashes where there is no share."""
    page = month(
        accesses=0, explained=0, first_accesses=0, first_explained=0, unexplained=0, raised=0,
        raised_accesses=0, not_judgeable=0, not_judgeable_by=(), by_explanation=(), levels=(),
        cases=(), answers=(), sources=(), unseen=(), verified=None, verified_at=None,
        signatures=(), reading_minutes=None,
    )  # fmt: skip
    (text,) = pages(month_page(page, say=say))
    assert "—" in text
    assert "まだ検証されていません" in squeeze(text)


def test_the_parts_make_the_whole(october: MonthPage) -> None:
    """Explained, quiet, raised and not judgeable accesses together are all accesses."""
    assert october.accesses == (
        october.explained + october.quiet + october.raised_accesses + october.not_judgeable
    )


def test_a_long_fingerprint_stays_whole(october: MonthPage) -> None:
    """A fingerprint of all 64 hexadecimal digits is printed whole."""
    whole = " ".join(f"{n:04X}" for n in range(0x1230, 0x1240))
    (text,) = pages(month_page(dataclasses.replace(october, fingerprint=whole), say=say))
    assert squeeze(whole) in squeeze(text)


def test_a_matter_of_many_days_shows_its_days() -> None:
    """A case within one day shows its minutes; one over several days shows first and last day."""
    cases = (
        case(1),
        case(2, last_at=dt.datetime(2026, 10, 20, tzinfo=dt.UTC)),
    )
    (text,) = pages(month_page(month(cases=cases, raised=2), say=say))
    assert "10/1322:11–22:24" in squeeze(text)
    assert "10/13–10/20" in squeeze(text)


def test_a_broken_record_is_said(october: MonthPage) -> None:
    """When verification failed, the page says that the record does not match."""
    (text,) = pages(month_page(dataclasses.replace(october, verified=False), say=say))
    assert "記録が合いません" in squeeze(text)
    assert "改変なし" not in text


def test_black_and_white_is_enough(october: MonthPage) -> None:
    """Every ink on the page is grey, and every text is dark enough to read on a copy."""
    document = pypdfium2.PdfDocument(month_page(october, say=say))
    darkest_text = 0
    for thing in document[0].get_objects():
        shades = [ctypes.c_uint() for _ in range(4)]
        assert pdfium.FPDFPageObj_GetFillColor(thing.raw, *map(ctypes.byref, shades))
        red, green, blue, _ = (shade.value for shade in shades)
        assert red == green == blue
        if thing.type == pdfium.FPDF_PAGEOBJ_TEXT:
            darkest_text = max(darkest_text, red)
    document.close()
    assert darkest_text <= 89, "contrast of 7:1 on white"


def test_the_printed_code_is_the_checkpoint(october: MonthPage) -> None:
    """The QR code on the paper has exactly the modules of the checkpoint's code."""
    document = pypdfium2.PdfDocument(month_page(october, say=say))
    scale = 6
    picture = document[0].render(scale=scale, grayscale=True)
    matrix = segno.make_qr(CHECKPOINT, error="m", boost_error=False).matrix
    data, stride = bytes(picture.buffer), picture.stride
    millimetre = scale * 72 / 25.4
    left = 13 * millimetre
    side = 28 * millimetre
    bottom = picture.height - 9 * millimetre
    module = side / (len(matrix) + 4)
    row = next(
        y
        for y in range(int(bottom - 1.6 * side), picture.height)
        if data[y * stride + int(left + 2.5 * module)] < 80
        and data[y * stride + int(left + 5.5 * module)] < 80
        and data[y * stride + int(left + 9.5 * module)] > 180
    )
    wrong = sum(
        (data[int(row + (y + 0.5) * module) * stride + int(left + (x + 2.5) * module)] < 128)
        != bool(matrix[y][x])
        for y in range(len(matrix))
        for x in range(len(matrix))
    )
    document.close()
    assert wrong == 0


def test_same_month_same_bytes(october: MonthPage) -> None:
    """The same values give the same bytes, so that the page can be signed into the record."""
    assert month_page(october, say=say) == month_page(october, say=say)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "—"), (0, 9, "0.0 %"), (9, 9, "100.0 %"), (99_999, 100_000, "99.9 %"),
     (1, 100_000, "0.1 %"), (1, 2, "50.0 %")],
)  # fmt: skip
def test_shares_are_never_rounded_to_all_or_nothing(part: int, whole: int, text: str) -> None:
    """A share is 100 % only when it is all, and 0 % only when it is none."""
    assert share(part, whole) == text


def test_fit_cuts_by_columns() -> None:
    """A text is cut by half-width columns and says so; control characters never remain."""
    assert fit("あいうえお", 10) == "あいうえお"
    assert fit("あいうえおか", 10) == "あいうえ…"
    assert fit("a\x00b\u202ec\nd", 20) == "a b c d"
    assert "\u200b" in fit("x" * 60, 80)


def test_a_trial_promises_no_more_than_it_shows(october: MonthPage) -> None:
    """Where a trial holds cases back, the page does not say that the workbook has them all."""
    few = tuple(case(n, why="理由") for n in range(1, 21))
    page = dataclasses.replace(october, cases=few, raised=60, trial=True)
    (text,) = pages(month_page(page, say=say))

    assert "試行のため、別紙XLSXも上位の件だけです" in squeeze(text)
