"""体制: who is responsible for what, since when, and who stands in (checklist 1-①)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sekisho.inspection.register.field import (
    CONFIRMED,
    NOTE,
    Choices,
    Field,
    Kind,
    Part,
    Told,
    day_of,
    lacking,
)

ROLE = Choices(
    "role",
    {
        "safety_officer": "安全管理責任者 医療情報安全管理責任者",
        "planner": "企画管理者",
        "operator": "システム運用担当者 運用責任者 運用担当者 システム管理者 システム管理責任者",
        "privacy": "個人情報保護責任者 個人情報管理責任者 個人情報保護管理者",
        "incident": "インシデント対応責任者 csirt csirt責任者 サイバー攻撃対応責任者",
        "audit": "監査責任者 システム監査責任者",
        "other": "その他",
    },
)


def _gaps(told: Told) -> Iterator[str]:
    yield from lacking(told, no_since="since")


def _missing(told: Sequence[Told]) -> Iterator[str]:
    if all(one.get("role") != "safety_officer" for one in told):
        yield "register.choice.role.safety_officer"


def _counts(told: Sequence[Told], today: dt.date) -> Sequence[Told]:
    return [one for one in told if (day_of(one, "ended_on") or dt.date.max) >= today]


RESPONSIBLE = Part(
    name="responsible",
    fields=(
        Field(name="role", kind=Kind.CHOICE, choices=ROLE, required=True, key=True, listed=True, words="役割 責任 役職区分 職務"),
        Field(name="person", required=True, key=True, listed=True, words="氏名 名前 担当者 責任者 責任者名"),
        Field(name="post", listed=True, words="職名 役職 所属 所属職名"),
        Field(name="since", kind=Kind.DAY, listed=True, words="任命日 選任日 就任日 就任年月日 発令日 任命年月日"),
        Field(name="paper", words="任命書 辞令 辞令番号 根拠文書"),
        Field(name="deputy", listed=True, words="代理 代理者 副責任者 不在時の代理"),
        Field(name="ended_on", kind=Kind.DAY, words="退任日 任期満了日 任期末"),
        *CONFIRMED,
        NOTE,
    ),
    gaps=_gaps,
    missing=_missing,
    counts=_counts,
    dated=("confirmed_on", "since"),
)  # fmt: skip
