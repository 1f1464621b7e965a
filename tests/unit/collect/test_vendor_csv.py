"""CSV as vendors export it, from file to records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sekisho.collect import Mapping
from sekisho.terms import Action, Mark, Outcome, PatientId, TimePrecision, iso

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

HEAD = "アクセス日時,利用者ID,患者ID,処理,機能名,端末名,結果\r\n"
ROW = "2026/10/04 22:11:03,N0123,0000123456,参照,カルテ,PC-01,成功\r\n"


def rows(*times: str) -> str:
    """Return a log with one row a time."""
    return HEAD + "".join(ROW.replace("2026/10/04 22:11:03", time) for time in times)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "euc_jp", "iso2022_jp"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encodings_and_delimiters(desk: Desk, encoding: str, delimiter: str) -> None:
    """Every encoding and delimiter of the field gives the same record with the same key."""
    text = (HEAD + ROW * 3).replace(",", delimiter)

    report = desk.take(text, encoding=encoding)

    assert (report.error, report.added, report.quarantined) == (None, 3, 0)
    one = desk.records[0]
    assert iso(one.occurred_at) == "2026-10-04T13:11:03.000Z"
    assert (one.user_id, one.patient_ids) == ("N0123", (PatientId("0000123456"),))
    assert (one.action, one.outcome) == (Action.READ, Outcome.SUCCESS)
    assert (one.object, one.terminal) == ("カルテ", "PC-01")
    assert (one.origin.file, one.origin.row) == (str(desk.folder / "log.csv"), 1)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark(desk: Desk, encoding: str) -> None:
    """UTF-16 without its mark is recognised by its zeros."""
    assert desk.take(HEAD + ROW * 3, encoding=encoding).added == 3


def test_the_same_log_in_two_encodings_is_one(desk: Desk) -> None:
    """Saved again in another encoding, a log brings nothing new."""
    desk.take(HEAD + ROW, encoding="cp932")

    assert desk.take(HEAD + ROW, "again.csv", "utf-8").already == 1


def test_characters_of_the_extended_cp932(desk: Desk) -> None:
    """Rows with 髙, ①, ㈱ and half-width kana are read."""
    text = HEAD + ROW.replace("カルテ", "髙①㈱ｶﾙﾃ")

    desk.take(text, encoding="cp932")

    assert desk.records[0].object == "髙①㈱ｶﾙﾃ"


def test_header_in_row_three_and_totals_at_the_end(desk: Desk) -> None:
    """Titles before the header and totals, counts and blanks after the rows are no records."""
    text = (
        "アクセスログ一覧\r\n出力日：2026/11/01\r\n"
        + HEAD
        + ROW
        + "\r\n,,,,,,\r\n合計,1件,,,,,\r\n"
    )

    report = desk.take(text + "以上\r\n", encoding="cp932")

    assert (report.read, report.added, report.quarantined, report.ignored) == (1, 1, 0, 4)


def test_quotes_in_quotes_and_lines_in_cells(desk: Desk) -> None:
    """Quotes, delimiters and line ends inside quotes belong to their cell."""
    text = HEAD + ROW.replace("カルテ", '"検査 ""至急"", 胸部\n正面"') + ROW

    report = desk.take(text)

    assert (report.added, desk.records[0].object) == (2, '検査 "至急", 胸部\n正面')
    assert desk.records[1].origin.row == 2


def test_an_open_quote_costs_one_row(desk: Desk) -> None:
    """A quote that never closes costs its own line, not the rest of the file."""
    text = HEAD + ROW + ROW.replace("カルテ", '"カルテ') + ROW.replace("N0123", "N0999") * 300

    report = desk.take(text)

    assert (report.added, report.quarantined) == (301, 1)


def test_names_are_not_stored(desk: Desk) -> None:
    """Names of patients and staff, birthdays and free text are recognised and left out."""
    text = (
        "操作日時,職員番号,職員名,患者番号,患者氏名,生年月日,操作,備考\n"
        "2026/10/04 22:11:03,N1,佐藤花子,123456,鈴木一郎,1950/01/01,参照,鈴木様より電話\n"
    )

    desk.take(text)

    assert not any(name in repr(desk.records) for name in ("佐藤", "鈴木", "1950"))
    assert desk.records[0].patient_ids == (PatientId("123456"),)


@pytest.mark.parametrize(
    "header",
    [
        "アクセス日時,利用者ID,患者ID,処理",
        "操作日時,ユーザーコード,患者番号,操作",
        "ログ日時,職員番号,カルテ番号,操作内容",
        "日時,操作者ID,患者コード,機能名",
        "処理日時,ユーザID,診察券番号,画面名",
        "timestamp,user_id,patient_id,action",
        "Event Time,User ID,MRN,Event",
        "DateTime,UserName,PatientID,Activity",
        "【アクセス日時】,【利用者ＩＤ】,【患者ＩＤ】,【処理区分】",
        "実行日時,ログインID,患者ＩＤ,処理名",
    ],
)
def test_headers_of_many_systems(desk: Desk, header: str) -> None:
    """Headers of many systems, Japanese and English, are taken with confidence."""
    report = desk.take(header + "\n2026/10/04 22:11:03,U01,0000123456,参照\n")

    assert report.error is None
    assert (report.mapping_confidence or 0) >= 0.8
    assert report.proposed
    one = desk.records[0]
    assert (one.user_id, one.patient_ids, one.action) == (
        "U01",
        (PatientId("0000123456"),),
        Action.READ,
    )


def test_date_and_time_columns_and_an_end(desk: Desk) -> None:
    """A date column with a time column, and an end of its own, are read together."""
    text = (
        "日付,時刻,終了時刻,利用者ID,患者ID,処理\n20261004,221103,221530,U1,P1,参照\n"
        "20261004,91103,91000,U1,P1,参照\n"
    )

    report = desk.take(text)

    first, second = desk.records
    assert iso(first.occurred_at) == "2026-10-04T13:11:03.000Z"
    assert first.ended_at is not None
    assert iso(first.ended_at) == "2026-10-04T13:15:30.000Z"
    assert iso(second.occurred_at) == "2026-10-04T00:11:03.000Z"
    assert (second.ended_at, report.doubts["collect.doubt_ends_before"]) == (None, 1)


def test_minute_and_day_precision_are_kept(desk: Desk) -> None:
    """A source that gives minutes or days is not made more exact than it is."""
    desk.take(rows("2026/10/04 22:11", "2026/10/05 08:00"))
    desk.take(rows("2026/10/04", "2026/10/05"), "days.csv")

    precisions = [record.time_precision for record in desk.records]
    assert precisions == [TimePrecision.MINUTE] * 2 + [TimePrecision.DAY] * 2


@pytest.mark.parametrize(
    ("word", "action"),
    [
        ("参照", Action.READ),
        ("閲覧", Action.READ),
        ("カルテを開く", Action.READ),
        ("患者検索", Action.SEARCH),
        ("修正", Action.UPDATE),
        ("新規", Action.CREATE),
        ("処方登録", Action.CREATE),
        ("削除", Action.DELETE),
        ("検索結果印刷", Action.PRINT),
        ("CSV出力", Action.EXPORT),
        ("エクスポート", Action.EXPORT),
        ("取込", Action.IMPORT),
        ("ログイン", Action.LOGIN),
        ("ログアウト", Action.LOGOUT),
        ("緊急参照", Action.EMERGENCY),
        ("READ", Action.READ),
        ("Update Order", Action.UPDATE),
        ("PatientRead", Action.READ),
        ("Address Book Viewing", Action.READ),
        ("Record Deletion", Action.DELETE),
        ("処方箋発行", Action.PRINT),
        ("発行", Action.PRINT),
        ("注射実施入力", Action.CREATE),
        ("パスワード変更", Action.SECURITY),
    ],
)
def test_words_for_acts(desk: Desk, word: str, action: Action) -> None:
    """Words for acts, alone and in compounds, become the act."""
    desk.take(HEAD + ROW.replace("参照", word))

    assert desk.records[0].action is action


def test_an_unknown_word_is_kept_and_shown(desk: Desk) -> None:
    """A word nobody knows stays as it stands, is counted, and no row is dropped."""
    report = desk.take(HEAD + ROW.replace("参照", "ＸＹ処理７") * 2 + ROW)

    assert (report.added, report.doubtful) == (3, 2)
    assert (desk.records[0].action, desk.records[0].object) == (
        Action.EXECUTE,
        "カルテ / ＸＹ処理７",
    )
    assert [finding.message for finding in report.findings] == ["collect.unknown_words"]


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("成功", Outcome.SUCCESS),
        ("OK", Outcome.SUCCESS),
        ("正常終了", Outcome.SUCCESS),
        ("失敗", Outcome.FAILED),
        ("エラー", Outcome.FAILED),
        ("異常終了", Outcome.FAILED),
        ("拒否", Outcome.REFUSED),
        ("権限なし", Outcome.REFUSED),
        ("アクセス権限なしのため拒否", Outcome.REFUSED),
        ("", Outcome.UNKNOWN),
        ("ふつう", Outcome.UNKNOWN),
        ("Access Denied", Outcome.REFUSED),
        ("HTTP 403", Outcome.REFUSED),
        ("14034", Outcome.UNKNOWN),
    ],
)
def test_words_for_outcomes(desk: Desk, word: str, outcome: Outcome) -> None:
    """Words for results become the outcome; an unknown one is unknown, not success."""
    desk.take(HEAD + ROW.replace("成功", word))

    assert desk.records[0].outcome is outcome


def test_a_failed_login_says_so_in_its_act(desk: Desk) -> None:
    """Where no column tells the result, a refusal in the act's own words is one."""
    text = "日時,利用者ID,処理\n2026/10/04 22:11:03,U1,ログイン失敗\n2026/10/04 22:11:09,U1,アクセス拒否\n"

    desk.take(text + "2026/10/04 22:11:10,U1,エラーログ閲覧\n")

    assert [(r.action, r.outcome) for r in desk.records] == [
        (Action.LOGIN, Outcome.FAILED),
        (Action.READ, Outcome.REFUSED),
        (Action.READ, Outcome.UNKNOWN),
    ]


def test_a_bad_row_of_few_cells_is_no_total(desk: Desk) -> None:
    """A row whose time is broken digits waits in quarantine; it is not taken for a total."""
    text = "日時,利用者ID,患者ID,処理\n" + "2026/10/04 22:11:03,U1,P1,参照\n" * 20

    report = desk.take(text + "20261399,U1,P1,\n")

    assert (report.added, report.quarantined, report.ignored) == (20, 1, 0)


def test_a_header_without_rows_is_an_empty_log(desk: Desk) -> None:
    """A log with a header and no row is read: it holds nothing."""
    report = desk.take(HEAD)

    assert (report.error, report.read) == (None, 0)


def test_a_mapping_that_reads_no_row_is_refused(desk: Desk) -> None:
    """A mapping under which not one sample row can be read is refused before anything is kept."""
    mapping = Mapping.from_toml('[columns]\noccurred_at = "患者ID"\nuser_id = "利用者ID"\n')

    report = desk.take(HEAD + ROW * 5, mapping=mapping)

    assert report.error == ("collect.map_reads_nothing", {"rows": 5})


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("0001;0002", ("0001", "0002")),
        ("0001；0002", ("0001", "0002")),  # noqa: RUF001 (as typed in hospitals)
        ("0001/0002 0003", ("0001", "0002", "0003")),
        ('"0001,0002"', ("0001", "0002")),
        ('"=""000123"""', ("000123",)),
        ("", ()),
        ("-", ()),
    ],
)
def test_patients_of_one_cell(desk: Desk, cell: str, ids: tuple[str, ...]) -> None:
    """One cell may hold none, one or several patients."""
    desk.take(HEAD + ROW.replace("0000123456", cell))

    assert tuple(patient.id for patient in desk.records[0].patient_ids) == ids


def test_rows_that_cannot_be_read_wait_in_quarantine(desk: Desk) -> None:
    """A row without a time, with shifted cells, or with broken bytes costs itself alone."""
    text = (HEAD + ROW).encode("cp932")
    text += ROW.replace("2026/10/04 22:11:03", "不明").encode("cp932")
    text += ROW.replace("カルテ", "カル,テ").encode("cp932")
    text += ROW.encode("cp932").replace("カルテ".encode("cp932"), b"\x81\xff\x81")
    text += ROW.encode("cp932") * 20

    report = desk.take(text)

    assert (report.read, report.added, report.quarantined) == (24, 21, 3)
    assert desk.records[-1].origin.row == 24


def test_an_empty_user_is_recorded_as_a_doubt(desk: Desk) -> None:
    """A row whose user is empty is an access all the same."""
    report = desk.take(HEAD + ROW + ROW.replace("N0123", ""))

    assert (report.added, report.doubtful, desk.records[1].user_id) == (2, 1, None)


def test_english_rows_that_turn_japanese_late(desk: Desk) -> None:
    """A file that is ASCII at first and CP932 at its very end is read to the end."""
    text = "timestamp,user_id,patient_id,action\n" + "2026-10-04 22:11:03,U1,P1,read\n" * 9000
    body = text.encode() + "2026-10-05 22:11:03,U1,P1,参照\n".encode("cp932")

    report = desk.take(body)

    assert (report.added, report.quarantined) == (9001, 0)


def test_old_line_ends(desk: Desk) -> None:
    """Lines that end with a carriage return alone are lines."""
    assert desk.take((HEAD + ROW * 2).replace("\r\n", "\r")).added == 2


def test_reason_session_and_class_are_kept(desk: Desk) -> None:
    """What a system tells beside the usual is kept, a long reason cut and marked."""
    text = (
        "日時,利用者ID,患者ID,処理,セッションID,閲覧理由,職種,情報区分\n"
        f"2026/10/04 22:11:03,U1,P1,参照,S9,{'救' * 600},看護師,一般\n"
    )

    desk.take(text)

    one = desk.records[0]
    assert (one.session, one.duty, one.class_) == ("S9", "看護師", "一般")
    assert (one.reason, one.marks) == ("救" * 500, (Mark.TRUNCATED,))


def test_a_given_mapping_reads_what_no_header_tells(desk: Desk) -> None:
    """With a mapping, columns, words, zone and source are what a person said."""
    mapping = Mapping.from_toml(
        'name = "検査システム"\nheader_row = 0\nzone = "UTC"\n'
        '[columns]\noccurred_at = "1"\nuser_id = "2"\npatient_ids = ["3"]\naction = "4"\n'
        '[actions]\n"Q7" = "print"\n'
    )

    report = desk.take("2026/10/04 22:11:03,U1,P1,Q7\n", mapping=mapping)

    one = desk.records[0]
    assert (report.added, report.source, report.proposed) == (1, "検査システム", False)
    assert (iso(one.occurred_at), one.action) == ("2026-10-04T22:11:03.000Z", Action.PRINT)


def test_batches_go_to_the_recorder_in_five_thousands(desk: Desk) -> None:
    """Records are handed on in batches of 5,000, with progress to the last byte."""
    seen: list[tuple[int, int]] = []

    desk.take(HEAD + ROW * 5100, progress=lambda p: seen.append((p.done, p.total)))

    assert desk.recorder.batches == [5000, 100]
    assert seen[-1][0] == seen[-1][1] > 0


@pytest.mark.parametrize(
    ("head", "row", "end"),
    [
        (
            "開始日時,終了日時",
            "2026/10/04 22:11:03,2026/10/05 01:02:03",
            "2026-10-04T16:02:03.000Z",
        ),
        (
            "開始日,開始時刻,終了日,終了時刻",
            "20261004,221103,20261005,10203",
            "2026-10-04T16:02:03.000Z",
        ),
        ("日付,開始時刻,終了時刻", "2026/10/04,22:11:03,22:15", "2026-10-04T13:15:00.000Z"),
        ("日付,開始時刻,終了時刻", "2026/10/04,22:11:03,22:11", "2026-10-04T13:11:03.000Z"),
        ("日付,開始時刻,終了時刻", "2026/10/04,22:11:03,01:02:03", "2026-10-04T16:02:03.000Z"),
        ("日付,開始時刻,終了時刻", "2026/10/04,22:11:03,", None),
        ("開始日時,終了日時", "2026/10/04 22:11:03,2026/10/04 22:11:02", None),
        ("開始日時,終了日", "2026/10/04 22:11:03,2026/10/04", None),
    ],
)
def test_a_beginning_and_an_end_are_both_kept(
    desk: Desk, head: str, row: str, end: str | None
) -> None:
    """However a system writes beginning and end, both stand; an end that is not known is none."""
    report = desk.take(f"{head},利用者ID,患者ID,処理\n" + f"{row},U1,P1,参照\n" * 2)

    assert (report.error, report.added) == (None, 2)
    one = desk.records[0]
    assert iso(one.occurred_at) == "2026-10-04T13:11:03.000Z"
    assert (iso(one.ended_at) if one.ended_at else None) == end


SCREENS = """
[columns]
occurred_at = "アクセス日時"
user_id = "利用者ID"
patient_ids = "患者ID"
action = "処理"
object = "機能名"
[screens]
"精神科 記録" = { action = "read", class = "mental-health" }
"薬歴" = { class = "medication" }
"Ｇ０１２" = "print"
"""  # noqa: RUF001 (as typed in hospitals)


@pytest.mark.parametrize(
    ("act", "screen", "action", "class_"),
    [
        ("参照", "精神科記録", Action.READ, "mental-health"),
        ("起動", "精神科記録", Action.READ, "mental-health"),
        ("更新", "精神科記録", Action.UPDATE, "mental-health"),
        ("", "精神科記録", Action.READ, "mental-health"),
        ("参照", "薬歴", Action.READ, "medication"),
        ("Z99", "G012", Action.PRINT, None),
        ("参照", "カルテ", Action.READ, None),
    ],
)
def test_screens_of_a_mapping_give_act_and_class(
    desk: Desk, act: str, screen: str, action: Action, class_: str | None
) -> None:
    """A mapping's table of screens gives the class, and the act where no word says more."""
    text = HEAD + ROW.replace("参照", act).replace("カルテ", screen)

    desk.take(text, mapping=Mapping.from_toml(SCREENS))

    one = desk.records[0]
    assert (one.action, one.class_) == (action, class_)


def test_a_list_of_sign_ins_is_known_by_its_header(desk: Desk) -> None:
    """Rows of times of sign-in and sign-out, with no act and no patient, are sign-ins."""
    text = "ログイン日時,ログアウト日時,利用者ID,端末名\n2026/10/04 22:11:03,2026/10/05 06:00:00,U1,PC1\n"

    report = desk.take(text)

    assert report.error is None
    assert report.mapping is not None
    assert report.mapping.action == "login"
    assert desk.records[0].action is Action.LOGIN


@pytest.mark.parametrize(
    ("column", "cell", "authority"),
    [("", "", "1.2.3"), ("施設", "9.9", "9.9"), ("施設", "", "1.2.3")],
)
def test_patient_ids_keep_who_assigned_them(
    desk: Desk, column: str, cell: str, authority: str
) -> None:
    """A mapping says who assigned a system's patient ids; a column of the row says it better."""
    text = f"日時,利用者ID,患者ID,処理,{column or '備考'}\n2026/10/04 22:11:03,U1,0001;0002,参照,{cell}\n"
    mapping = 'authority = "1.2.3"\n[columns]\noccurred_at = "日時"\nuser_id = "利用者ID"\n'
    mapping += 'patient_ids = "患者ID"\n' + (f'authority = "{column}"\n' if column else "")

    desk.take(text, mapping=Mapping.from_toml(mapping))

    assert desk.records[0].patient_ids == (
        PatientId("0001", authority),
        PatientId("0002", authority),
    )
