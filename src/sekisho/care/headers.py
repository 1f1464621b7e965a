"""Which column is which: the words that hospitals' lists use, and what a list is taken for.

The words are data; the code knows no hospital by name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sekisho.care.dates import Cell
from sekisho.care.records import Kind

WORDS: Mapping[str, str] = {
    "user_id": """職員番号 職員コード 職員id 職員no 職員cd 社員番号 社員コード 利用者id 利用者コード 利用者番号 利用者cd
        ユーザーid ユーザid ユーザーコード ユーザコード ユーザ番号 ユーザー番号 ユーザー名 ユーザ名 ログインid ログイン名 アカウント アカウント名 操作者id 操作者コード
        使用者id 電子カルテid 個人コード スタッフid スタッフコード 職員識別番号 userid user usercode login loginid loginname account
        accountname staffid staffno staffcode employeeid employeeno employeenumber empid empno username uid""",
    "name": """氏名 職員名 職員氏名 名前 姓名 漢字氏名 氏名漢字 利用者名 利用者氏名 患者名 患者氏名 患者漢字氏名 name fullname
        staffname patientname employeename displayname""",
    "surname": "姓 氏 苗字 lastname familyname surname",
    "given": "名 firstname givenname",
    "kana": """フリガナ ふりがな カナ カナ氏名 氏名カナ 氏名フリガナ カナ名 患者カナ 患者カナ氏名 患者名カナ 半角カナ よみ 読み よみがな
        kana namekana kananame""",
    "duty": """職種 職種名 職種名称 職種区分 職名 役割 資格 職種コード名 業務 jobtitle job jobtype role title occupation profession duty position""",
    "department": """所属 所属名 所属部署 所属部署名 部署 部署名 部門 部門名 課 所属課 配属先 勤務場所 department dept departmentname deptname section
        division unit""",
    "specialty": """診療科 診療科名 診療科名称 科名 科 受診科 受診科名 担当科 所属科 所属診療科 入院科 入院診療科 specialty clinic""",
    "department_code": "診療科コード 科コード 所属コード 部署コード 部門コード departmentcode deptcode",
    "ward": """病棟 病棟名 病棟名称 所属病棟 入院病棟 勤務病棟 配属病棟 担当病棟 病棟コード ward wardname wardcode nursingunit""",
    "system": "システム システム名 システム名称 対象システム システム区分 出所 system systemname source application",
    "valid_from": """from 有効開始日 有効期間開始 有効期間開始日 適用開始日 適用日 開始日 発令日 異動日 配属日 配属開始日 所属開始日 在籍開始日 利用開始日 有効期間from
        validfrom startdate effectivefrom effectivedate fromdate start""",
    "valid_to": """to 有効終了日 有効期間終了 有効期間終了日 適用終了日 終了日 有効期限 配属終了日 所属終了日 在籍終了日 在職終了日 利用終了日 利用停止日 失効日 有効期間to
        validto validuntil enddate effectiveto expirydate todate end""",
    "hired_on": "採用日 入職日 入社日 採用年月日 入職年月日 雇用開始日 着任日 入職 hiredate hired joindate dateofhire",
    "left_on": """退職日 退職年月日 離職日 退社日 退職 雇用終了日 退職予定日 退任日 leavedate leftdate terminationdate resigndate
        dateofleaving retiredate""",
    "concurrent": "兼務 兼務区分 兼務有無 本務兼務 本務兼務区分 主兼 主務兼務 兼任 concurrent concurrentpost secondary",
    "concurrent_department": "兼務先 兼務所属 兼務部署 兼務科 兼務診療科 兼務病棟",
    "employment": "雇用形態 雇用区分 勤務形態 常勤非常勤 常勤区分 職員区分 身分 雇用 契約区分 employment employmenttype contract",
    "kind": "id種別 id区分 利用者区分 利用者種別 ユーザー種別 ユーザ種別 アカウント種別 アカウント区分 kind accounttype usertype userkind",
    "note": "備考 備考欄 摘要 コメント メモ 注記 特記事項 note notes remarks comment",
    "own_patient_id": """患者番号本人 本人患者番号 本人の患者番号 職員患者番号 患者id本人 本人患者id 診察券番号本人 本人診察券番号 自身の患者番号 本人カルテ番号
        ownpatientid ownpatientnumber selfpatientid ownmrn""",
    "patient_id": """患者番号 患者id 患者コード 患者no 患者cd カルテ番号 カルテno カルテid 診察券番号 診察券no 登録番号 id番号 患者識別番号
        patientid patientno patientnumber patientcode patient mrn chartno chartnumber medicalrecordnumber""",
    "address": "住所 現住所 自宅住所 患者住所 住所1 所在地 address homeaddress streetaddress address1",
    "address2": "住所2 住所続き 番地 建物名 方書 address2",
    "phone": "電話 電話番号 自宅電話 自宅電話番号 連絡先 連絡先電話番号 携帯 携帯電話 携帯電話番号 tel phone phonenumber telephone mobile",
    "born": "生年月日 誕生日 出生日 birthdate birthday dateofbirth dob born",
    "visit_at": """受付日時 来院日時 受診日時 診療日時 予約日時 来院日 受付日 受診日 診療日 診察日 診察日時 外来日 受付年月日 来院年月日 受診年月日
        診療年月日 予約日 到着日時 visitdate visitdatetime visitat visittime date encounterdate appointmentdate appointmentdatetime
        receptiondate arrivaldate arrivedat arrivaltime""",
    "visit_time": "受付時刻 受付時間 来院時刻 来院時間 受診時刻 診察時刻 予約時刻 予約時間 到着時刻 時刻 time receptiontime appointmenttime",
    "cancelled": "取消 取消区分 キャンセル 状態 来院状況 受付状態 受付状況 予約状態 ステータス status cancelled canceled",
    "doctor": "担当医 担当医師 担当医名 担当医師名 主治医 主治医名 主治医氏名 医師名 医師 診察医 受持医 担当医氏名 予約医師 doctor physician attending attendingdoctor doctorname physicianname practitioner",
    "doctor_id": """担当医コード 担当医id 担当医師コード 担当医番号 担当医職員番号 主治医コード 主治医id 主治医番号 主治医職員番号 医師コード 医師id 医師番号
        doctorid doctorcode physicianid attendingid attendingdoctorid""",
    "admitted": """入院日 入院日時 入院年月日 入院 入棟日 入棟日時 転入日 転棟日 病棟開始日 admissiondate admitdate admitted admittedat admissiondatetime
        admitdatetime admission""",
    "discharged": """退院日 退院日時 退院年月日 退院 退棟日 退棟日時 転出日 病棟終了日 dischargedate discharged dischargedat dischargedatetime discharge""",
    "log": """アクセス日時 操作日時 ログ日時 参照日時 処理日時 イベント日時 操作内容 処理内容 機能名 画面名 操作種別 端末名 端末id 端末 ipアドレス ip 操作結果 accesstime timestamp eventtime
        workstation terminal ipaddress hostname eventtype action""",
    "ignore": """最終来院日 最終受診日 初診日 初診年月日 登録日 更新日 更新日時 作成日 年齢 性別 郵便番号 保険 病室 病床 ベッド 室番号 no 番号 項番 連番 通番 行番号
        受付番号 受付者 予約区分 予約有無 初再診 初診再診 初再診区分 入外区分 入外 保険種別 転帰 メールアドレス 役職 件数""",
}
"""Field → the words that name its column, in the form `squeeze` gives."""

_FIELD = {word: field for field, words in WORDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Header:
    """The header row of a list.

    Attributes:
        row: Its place from 0; data begins in the next one.
        columns: Field → column; where two columns name one field the first stands.
        found: Every header cell as written, for a person to read.
        names: Field → the header cell that named it.
        systems: System → the column of the ids that people have there.
    """

    row: int
    columns: Mapping[str, int]
    found: tuple[str, ...]
    names: Mapping[str, str]
    systems: Mapping[str, int] = field(default_factory=dict)


def squeeze(text: str) -> str:
    """Return a header cell's text in the form that `WORDS` uses."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "", text)


def field_of(cell: Cell) -> str | None:
    """Return the field that a header cell names, or None."""
    if not isinstance(cell, str):
        return None
    word = squeeze(cell)
    found = _FIELD.get(word)
    if (
        found is None
        and (short := re.sub(r"(?:必須|任意|yyyymmdd|西暦|和暦|全角|半角|漢字)+$", "", word))
        != word
    ):
        found = _FIELD.get(short)
    return found


_OF_SYSTEM = (
    re.compile(
        r"(?:システム別)?(?:利用者|ユーザー?|ログイン|アカウント|user|login)?\s*(?:id|コード)"
        r"\s*[(\[【]\s*(.+?)\s*[)\]】]",
        re.IGNORECASE,
    ),
    re.compile(
        r"(.+?)\s*[:/]\s*(?:利用者|ユーザー?|ログイン|user|login)?\s*(?:id|コード)", re.IGNORECASE
    ),
)
_BY_SYSTEM = {"システム別id", "システム別利用者id", "システム別ユーザーid", "システム別ログインid"}
_STAFF_ID = ("職員", "社員", "個人", "スタッフ", "staff", "employee", "emp")


def system_of(text: str, above: str = "") -> str | None:
    """Return the system whose ids a column of a staff list holds (``利用者ID(PACS)``), or None."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text and squeeze(above) in _BY_SYSTEM:
        return text
    found = (pattern.fullmatch(text) for pattern in _OF_SYSTEM)
    return next((one.group(1).strip() for one in found if one), None)


def id_columns(row: Sequence[Cell]) -> tuple[int, int] | None:
    """Return the columns of a system's ids and of the staff list's; None where not both are clear."""
    ids = [place for place, cell in enumerate(row) if field_of(cell) == "user_id"]
    staff = [place for place in ids if squeeze(str(row[place])).startswith(_STAFF_ID)]
    if len(ids) != 2 or len(staff) != 1:
        return None
    return next(place for place in ids if place != staff[0]), staff[0]


def find_header(rows: Sequence[Sequence[Cell]], limit: int = 40) -> Header | None:
    """Return the row that names the most fields, two at least, among the first `limit`.

    A header of two rows (有効期間 over 開始 and 終了) is read as one.
    """
    best: Header | None = None
    for index, row in enumerate(rows[:limit]):
        columns: dict[str, int] = {}
        names: dict[str, str] = {}
        systems: dict[str, int] = {}
        above = _spread(rows[index - 1]) if index else []
        for place, cell in enumerate(row):
            top = above[place] if place < len(above) else ""
            text = cell if isinstance(cell, str) else ""
            field = (field_of(top + text) if top and text else None) or field_of(text)
            if field is None and not text.strip():
                field = field_of(top) if above and _is_header(above) else None
            if field is None and (system := system_of(text, top)) is not None:
                systems.setdefault(system, place)
            if field is not None and field != "ignore":
                columns.setdefault(field, place)
                names.setdefault(field, text.strip() or top)
        if len(columns) >= 2 and (best is None or len(columns) > len(best.columns)):
            found = tuple(
                str(cell).strip() for cell in row if isinstance(cell, str) and cell.strip()
            )
            best = Header(index, columns, found, names, systems)
    return best


def _spread(row: Sequence[Cell]) -> list[str]:
    """Return the texts of `row`, each carried on over the empty cells right of it."""
    spread: list[str] = []
    for cell in row:
        text = cell.strip() if isinstance(cell, str) else ""
        spread.append(text or (spread[-1] if spread else ""))
    return spread


def _is_header(row: Sequence[str]) -> bool:
    return sum(field_of(text) is not None for text in set(row)) >= 2


def taken_for(columns: Mapping[str, int]) -> tuple[Kind, tuple[str, ...]] | None:
    """Return the kind of a list with these columns and the fields that say so.

    None where no kind is certain; a list that looks like an access log is none.
    """
    has = columns.keys()
    if "log" in has:
        return None
    if "system" in has and "user_id" in has and "patient_id" not in has:
        return Kind.SYSTEM_IDS, ("system", "user_id")
    if "patient_id" in has and "admitted" in has:
        return Kind.STAYS, ("patient_id", "admitted")
    if "patient_id" in has and "visit_at" in has and "user_id" not in has:
        return Kind.VISITS, ("patient_id", "visit_at")
    if "user_id" in has:
        told: list[str] = [
            field
            for field in (
                "duty",
                "department",
                "specialty",
                "ward",
                "hired_on",
                "left_on",
                "employment",
                "kind",
            )
            if field in has
        ]
        if told or "name" in has or "surname" in has:
            return Kind.STAFF, ("user_id", *(told[:2] or ["name"]))
        return None
    if "patient_id" in has:
        marks: list[str] = [
            f for f in ("born", "address", "phone", "kana", "name", "surname") if f in has
        ]
        if marks and "visit_at" not in has:
            return Kind.PATIENTS, ("patient_id", *marks[:2])
    return None
