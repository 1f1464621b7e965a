"""Which list is which: by its headings alone, in the words of many hospitals."""

from __future__ import annotations

import pytest

from sekisho.care import Kind
from sekisho.care.headers import squeeze
from sekisho.care.read import Reading, read_sheet
from sekisho.care.sheets import Sheet
from sekisho.care.words import WORDS
from sekisho.errors import InvalidInputError


def read(header: str, *rows: str, name: str = "list") -> Reading:
    """Read a list of these lines."""
    lines = [header, *rows]
    return read_sheet(Sheet(None, [[c or None for c in line.split(",")] for line in lines]), name)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("order_id,patient_id,ordered_at,ordering_doctor,type", Kind.ORDERS),
        ("order_no,mrn,order_date,doctor_id,department,kind,exam_date", Kind.ORDERS),
        ("OrderNo,PatientId,OrderedAt,OrderingDoctorId,Category,ExecutedIn", Kind.ORDERS),
        ("patient_id,date,order_type,department,ordered_by", Kind.ORDERS),
        ("patient_id,exam_date,exam_type,department", Kind.ORDERS),
        ("patient_id,performed_at,procedure,performer_id", Kind.ORDERS),
        ("patient_id,staff_id,ordered_at,order_type", Kind.ORDERS),
        ("オーダ番号,患者番号,オーダ日,依頼医,オーダ種別,依頼科", Kind.ORDERS),
        ("オーダー番号,患者ID,オーダー日時,オーダー種別,依頼医師,実施日,実施部署", Kind.ORDERS),
        ("患者番号,指示日,指示医,指示内容", Kind.ORDERS),
        ("処方番号,患者番号,処方日,処方医,診療科", Kind.ORDERS),
        ("患者番号,検査日,検査項目,診療科", Kind.ORDERS),
        ("患者番号,手術日,術式,執刀医,診療科,病棟", Kind.ORDERS),
        ("依頼日,患者番号,依頼科,紹介先診療科,依頼医", Kind.ORDERS),
        ("patient_id,appointment_at,department,doctor", Kind.APPOINTMENTS),
        ("mrn,appt_date,appt_time,clinic,practitioner_id", Kind.APPOINTMENTS),
        ("appointment_id,patient_id,start,end,department,status", Kind.APPOINTMENTS),
        ("PatientID,Scheduled At,Department,Provider", Kind.APPOINTMENTS),
        ("患者番号,予約日,予約時刻,予約枠,診療科,担当医", Kind.APPOINTMENTS),
        ("予約番号,患者番号,予約日時,診療科,予約医師", Kind.APPOINTMENTS),
        ("患者番号,予約日,予約登録日,診療科", Kind.APPOINTMENTS),
        ("職員番号,日付,勤務,開始,終了,病棟", Kind.ROSTERS),
        ("user_id,shift_date,shift,ward", Kind.ROSTERS),
        ("staff_id,date,start,end,ward", Kind.ROSTERS),
        ("employee_id,shift_start,shift_end,unit_name", Kind.ROSTERS),
        ("user_id,date,shift,start,end,department", Kind.ROSTERS),
        ("staff_id,date,on_call,department", Kind.ROSTERS),
        ("user_id,day,ward", Kind.ROSTERS),
        ("user_id,work_date,ward", Kind.ROSTERS),
        ("職員番号,氏名,勤務日,シフト", Kind.ROSTERS),
        ("当直日,当直医,診療科", Kind.ROSTERS),
        ("日付,曜日,内科当直,外科当直,小児科待機", Kind.ROSTERS),
        ("doctor_id,date,shift", Kind.ROSTERS),
        ("team,user_id,valid_from,valid_to", Kind.TEAMS),
        ("チーム名,職員番号,氏名,職種", Kind.TEAMS),
        ("team,patient_id,date", Kind.ROUNDS),
        ("チーム,患者番号,回診日", Kind.ROUNDS),
        ("チーム,患者番号,介入開始日,介入終了日", Kind.ROUNDS),
        ("study_id,user_id,patient_id,valid_from,valid_to", Kind.RESEARCH),
        ("研究番号,研究者,職員番号,承認日,承認期限", Kind.RESEARCH),
        ("irb_no,researcher_id,approved_from,approved_until", Kind.RESEARCH),
        ("plan_id,user_id,system,start,end", Kind.MAINTENANCE),
        ("作業日,作業者ID,作業内容,対象システム,開始時刻,終了時刻", Kind.MAINTENANCE),
        ("vendor,user_id,maintenance_start,maintenance_end", Kind.MAINTENANCE),
        ("patient_id,vip,from,to", Kind.VIPS),
        ("患者番号,VIP区分,指定日", Kind.VIPS),
        ("terminal,ward", Kind.TERMINALS),
        ("端末名,IPアドレス,設置場所", Kind.TERMINALS),
        ("hostname,ip_address,location", Kind.TERMINALS),
        ("患者番号,死亡日", Kind.PATIENTS),
        ("patient_id,name,birth_date,deceased_date", Kind.PATIENTS),
        ("patient_id,date,department,doctor", Kind.VISITS),
        ("患者番号,予約日,受付日,予約時間,診療科", Kind.VISITS),
        ("patient_id,visit_date,department,type,provider", Kind.VISITS),
        ("user_id,start_date,end_date,ward", Kind.STAFF),
        ("system,user_id,staff_id,from,to", Kind.SYSTEM_IDS),
        ("timestamp,user_id,patient_id,order_no,action", None),
        ("日時,職員番号,患者番号,端末", None),
        ("日時,患者番号,端末", None),
        ("user_id,patient_id,date,department", None),
        ("患者番号,備考", None),
    ],
)
def test_a_list_is_told_by_its_columns(header: str, kind: Kind | None) -> None:
    """Each kind is told by columns that only it has; what two kinds could be is refused."""
    if kind is None:
        with pytest.raises(InvalidInputError):
            read(header)
    else:
        assert read(header).kind is kind


@pytest.mark.parametrize(
    ("header", "name", "kind"),
    [
        ("患者番号,予約日,予約時刻,診療科,担当医", "予約一覧", Kind.APPOINTMENTS),
        ("患者番号,予約日,予約時刻,診療科,担当医", "202610_yoyaku", Kind.APPOINTMENTS),
        ("患者番号,予約日,予約時刻,診療科,担当医", "受診", Kind.VISITS),
        ("patient_id", "vip", Kind.VIPS),
        ("患者番号,氏名", "VIPリスト", Kind.VIPS),
        ("患者番号,氏名", "患者", Kind.PATIENTS),
        ("patient_id,date,department,doctor_id", "appointments", Kind.APPOINTMENTS),
        ("patient_id,date,department,doctor_id", "visits", Kind.VISITS),
        ("patient_id,visit_date,department", "appointments", Kind.VISITS),
        ("patient_id,datetime,department,doctor", "appointments", Kind.APPOINTMENTS),
        ("appointment_id,patient_id,appointment_at,created_at", "x", Kind.APPOINTMENTS),
        ("order_id,patient_id,user_id,created_at,type", "x", Kind.ORDERS),
        ("patient_id,date,reason", "vip_patients", Kind.VIPS),
        ("date,department,doctor_id,start,end", "oncall_2026-10", Kind.ROSTERS),
        ("date,department,name", "当直表", Kind.ROSTERS),
    ],
)
def test_the_name_is_asked_where_the_columns_allow_two(header: str, name: str, kind: Kind) -> None:
    """The name of the file decides only between kinds that its columns allow."""
    assert read(header, name=name).kind is kind


def test_a_word_names_one_column() -> None:
    """No heading stands for two fields, and every word is written as headings are compared."""
    words = [word for line in WORDS.values() for word in line.split()]
    assert len(words) == len(set(words))
    assert [word for word in words if squeeze(word) != word] == []
