"""業者: which system is whose, how duties are divided, and the sheet that each answers (事業者確認用)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sekisho.inspection.register.field import (
    CONFIRMED,
    NOTE,
    YES_NO,
    Field,
    Kind,
    Part,
    Told,
    day_of,
    lacking,
)


def _gaps(told: Told) -> Iterator[str]:
    yield from lacking(told, no_division="division", remote_unknown="remote", no_contact="contact")
    if told.get("disclosure") != "yes":
        yield "no_disclosure"


VENDORS = Part(
    name="vendors",
    fields=(
        Field(name="vendor", required=True, key=True, listed=True, words="業者 業者名 会社名 ベンダー ベンダ 事業者 事業者名 委託先"),
        Field(name="system", required=True, key=True, listed=True, words="システム システム名 製品名 サービス名 対象システム"),
        Field(name="service", words="委託内容 業務内容 保守内容 サービス内容"),
        Field(name="contract_until", kind=Kind.DAY, due=True, listed=True, words="契約終了日 契約期限 契約満了日 契約期間終了"),
        Field(name="division", words="責任分界 責任分界点 役割分担 責任範囲"),
        Field(name="remote", kind=Kind.CHOICE, choices=YES_NO, listed=True, words="リモート保守 リモートメンテナンス 遠隔保守 リモート"),
        Field(name="disclosure", kind=Kind.CHOICE, choices=YES_NO, listed=True, words="mds/sds mdssds 開示書 mds sds 製造業者による開示書"),
        Field(name="contact", words="連絡先 窓口 電話 電話番号 担当者"),
        *CONFIRMED,
        NOTE,
    ),
    gaps=_gaps,
)  # fmt: skip


def _open(told: Told) -> Iterator[str]:
    answers = told.get("answers") or {}
    if not told.get("received_on"):
        yield "waiting"
    elif not answers:
        yield "not_read"
    elif any(not one.get("value") for one in answers.values()):
        yield "not_whole"


def _late(told: Told, today: dt.date) -> Iterator[str]:
    by = day_of(told, "answer_by")
    if not told.get("received_on") and by is not None and by < today:
        yield "overdue"


def _said_no(told: Told) -> Told:
    """Return how many items the vendor answered with no; None before it answered."""
    answers = told.get("answers") or {}
    many = sum(one.get("value") == "no" for one in answers.values())
    return {"said_no": many if answers else None}


SHEETS = Part(
    name="vendor_sheets",
    fields=(
        Field(name="vendor", required=True, key=True, listed=True, words="業者 業者名 会社名 事業者名"),
        Field(name="system", required=True, key=True, listed=True, words="システム システム名"),
        Field(name="asked_on", kind=Kind.DAY, listed=True, words="依頼日 送付日"),
        Field(name="answer_by", kind=Kind.DAY, listed=True, words="回答期限 期限 提出期限"),
        Field(name="reminded_on", kind=Kind.DAY, words="督促日 催促日"),
        Field(name="received_on", kind=Kind.DAY, listed=True, words="受領日 回答日 提出日"),
        Field(name="said_no", kind=Kind.DERIVED, listed=True),
        Field(name="answered_by", words="回答者 記入者"),
        NOTE,
        Field(name="edition", kind=Kind.HIDDEN, required=True, key=True),
        Field(name="token", kind=Kind.HIDDEN),
        Field(name="answers", kind=Kind.HIDDEN),
    ),
    gaps=_open,
    derive=_said_no,
    late=_late,
    dated=("received_on", "asked_on"),
)  # fmt: skip
