"""リスクアセスメント: threat × effect, what is done about it, what remains and who accepts it (6.2 C4, C5)."""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.inspection.register.field import LEVEL, NOTE, Choices, Field, Kind, Part, Told, lacking

TREATMENT = Choices(
    "treatment",
    {
        "reduce": "低減 軽減 対策 対策実施",
        "avoid": "回避 廃止 やめる",
        "share": "移転 共有 委託 保険",
        "accept": "受容 保有 許容 容認",
    },
)
_WEIGHT = {"low": 1, "middle": 2, "high": 3}


def level(told: Told) -> str | None:
    """Return the level of a risk, likelihood times effect: 6 and 9 high, 3 and 4 middle, else low.

    The product is a convention; no edition of the guideline gives one. None where one is not said.
    """
    weights = [_WEIGHT.get(str(told.get(name))) for name in ("likelihood", "effect")]
    if weights[0] is None or weights[1] is None:
        return None
    product = weights[0] * weights[1]
    return "high" if product >= 6 else "middle" if product >= 3 else "low"


def _gaps(told: Told) -> Iterator[str]:
    if level(told) is None:
        yield "no_level"
    yield from lacking(told, no_treatment="treatment", no_residual="residual", no_acceptor="accepted_by")  # fmt: skip
    if told.get("treatment") == "reduce" and not told.get("measure"):
        yield "no_measure"


RISKS = Part(
    name="risks",
    fields=(
        Field(name="concerned", required=True, key=True, listed=True, words="対象 対象情報 情報資産 情報資産名 情報名 資産名"),
        Field(name="threat", kind=Kind.LONG, required=True, key=True, listed=True, words="脅威 リスク 想定される脅威 リスクの内容 想定リスク"),
        Field(name="likelihood", kind=Kind.CHOICE, choices=LEVEL, words="発生可能性 可能性 起こりやすさ 頻度 発生頻度 脅威の大きさ"),
        Field(name="effect", kind=Kind.CHOICE, choices=LEVEL, words="影響 影響度 影響の大きさ 被害の大きさ"),
        Field(name="level", kind=Kind.DERIVED, choices=LEVEL, listed=True),
        Field(name="treatment", kind=Kind.CHOICE, choices=TREATMENT, listed=True, words="対応 対応方針 対応方法 リスク対応"),
        Field(name="measure", kind=Kind.LONG, words="対策 対策内容 対応策 管理策"),
        Field(name="residual", kind=Kind.CHOICE, choices=LEVEL, listed=True, words="残留リスク 残存リスク 対策後"),
        Field(name="accepted_by", words="受容者 承認者 残留リスクの受容者"),
        Field(name="accepted_on", kind=Kind.DAY, listed=True, words="受容日 承認日 評価日 実施日"),
        Field(name="review_on", kind=Kind.DAY, due=True, words="次回見直し 次回見直し日 見直し予定日"),
        NOTE,
    ),
    gaps=_gaps,
    derive=lambda told: {"level": level(told)},
    dated=("accepted_on",),
    links={"concerned": "information"},
)  # fmt: skip
