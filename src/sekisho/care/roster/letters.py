"""What a letter of a roster means: by a person's answer, by the sheet's legend, or as is usual.

The usual meaning is a proposal. What it leaves open is asked once a ward: whether the
letter is work at all, or from when until when. Until somebody answers, a letter that is
certainly work counts as a worked day without times, and any other counts as nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sekisho.errors import InvalidInputError

WORK, ON_CALL, SUPPORT, OFF = "work", "on_call", "support", "off"
_SPACE = re.compile(r"\s+")
LONGEST = 16
"""Characters of a letter that are kept; what is longer is a remark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a letter stands for.

    Attributes:
        duty: ``work``, ``on_call`` (当直・待機), ``support`` (応援) or ``off``.
        start: Local time of day, ``HH:MM:SS``; None where not known. `end` before it is
            on the next day.
        place: Where somebody is sent to help.
        sure: The duty is certain. A proposal that is not sure counts as nothing.
        asks: The times are worth a question.
        after: 明: what is left of the night before.
        away: Work that is not on the ward: 研修, 出張.
        said: ``usual``, ``legend``, ``answer`` or ``cell``: who says so.
    """

    duty: str
    start: str | None = None
    end: str | None = None
    place: str | None = None
    sure: bool = True
    asks: bool = False
    after: bool = False
    away: bool = False
    said: str = "usual"

    @property
    def timed(self) -> bool:
        """Return whether the times are known, not only usual."""
        return self.start is not None and self.said != "usual"


def plain_letter(text: str) -> str:
    """Return the form in which two ways to write a letter are equal."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _words(text: str, meaning: Meaning) -> dict[str, Meaning]:
    return dict.fromkeys(map(plain_letter, text.split()), meaning)


def _work(start: str, end: str, *, sure: bool = True) -> Meaning:
    return Meaning(duty=WORK, start=f"{start}:00", end=f"{end}:00", asks=True, sure=sure)


_SOME = Meaning(duty=WORK, asks=True)
_PART = Meaning(duty=WORK)
USUAL: Mapping[str, Meaning] = {
    **_words("日 日勤 平日 平日勤 通常 通常勤務 通 常 常勤 普通 普勤 day 日勤帯", _work("08:30", "17:15")),
    **_words("長日 長日勤 長 ロング ロング日勤 ロング日 long longday", _work("08:30", "21:00")),
    **_words("早 早出 早番 早朝 早日 早日勤 early", _work("07:00", "15:45")),
    **_words("遅 遅出 遅番 遅日 遅日勤 late", _work("11:00", "19:45")),
    **_words("準 準夜 準夜勤 準夜帯 evening", _work("16:30", "01:15")),
    **_words("深 深夜 深夜勤 深夜帯", _work("00:30", "09:15")),
    **_words("夜 夜勤 入 入り 夜勤入り 夜入 夜入り 夜勤入 二交代 二交代夜勤 2交代 2夜 夜間 night", _work("16:30", "09:00")),
    **_words("中 中番 中勤 中日 中日勤", _SOME),
    **_words("勤 勤務 出 出勤 日祝勤 休日勤務 時短 短 短時間 時差 フレックス パート work", _SOME),
    **_words("明 明け 夜明 夜明け 夜勤明け 夜勤明 明番 非番明け", Meaning(duty=WORK, after=True)),
    **_words("半 半日 半勤 午前 午後 前半 後半 午前勤 午後勤 am pm", _PART),
    **_words("委 委員 委員会 会 会議 ミーティング 係 係活動 面談 記録 リーダー会", _PART),
    **_words("研 研修 院内研修 院外研修 講習 講習会 教育 実習 学会 学 出張 張 派遣 training", Meaning(duty=WORK, away=True)),
    **_words("当 当直 宿 宿直 日当直 日宿直 当番 直 全当直 副当直 当直入り", Meaning(duty=ON_CALL, start="17:15:00", end="08:30:00", asks=True)),
    **_words("日直 半日直 日直勤務", Meaning(duty=ON_CALL, start="08:30:00", end="17:15:00", asks=True)),
    **_words("待 待機 オンコール oc on-call oncall 拘束 呼 呼出 呼び出し 宅直 自宅待機 1st 2nd ファースト セカンド", Meaning(duty=ON_CALL)),
    **_words("応 応援 リリーフ ヘルプ support", Meaning(duty=SUPPORT)),
    **_words(
        """公 公休 休 休み 休日 週休 週 法休 法 有 有休 有給 有給休暇 年 年休 年次休暇 代 代休 振 振休 振替 振替休日 祝 祝休 祝日 指定休 特
        特休 特別休暇 夏 夏休 夏季 夏季休暇 冬休 冬期休暇 年末年始 リフレッシュ リフレ休 リフ 希休 希望休 希 産 産休 産前 産後 産前休 産後休 育 育休 育児休業 育児休暇 介休
        介護休 介護休暇 病 病休 病欠 病気休暇 傷病 忌 忌引 忌引き 慶 慶弔 慶弔休暇 結婚休 欠 欠勤 休職 休業 看護休暇 生休 生理休暇 永年 永年休 誕休 創休 調整休 勤休
        退職 off leave holiday vacation sick dayoff absent 休暇 連休 積休 積立 無休""",
        Meaning(duty=OFF),
    ),
}  # fmt: skip
"""Letters and words that mean the same nearly everywhere."""

DOUBTFUL: Mapping[str, Meaning] = {
    **_words("d", _work("08:30", "17:15", sure=False)),
    **_words("a", _work("07:00", "15:45", sure=False)),
    **_words("e", _work("16:30", "01:15", sure=False)),
    **_words("n", _work("16:30", "09:00", sure=False)),
    **_words("l", _work("08:30", "21:00", sure=False)),
    **_words("b c g j m p s t ○ 〇 ◯ ● ◎ 外 手 透 救 リ 主", replace(_SOME, sure=False)),
    **_words("f h k o r v x y z × ✕ / - ー ― 斜線 空 非 非番 調", Meaning(duty=OFF, sure=False)),
}  # fmt: skip
"""What they usually mean, though not so often that a day may rest on it."""

_WORKING = frozenset("abcdeglmnpst")
_DASH = re.compile(r"[〜~～－–—−―ー‐‑‒]|から")  # noqa: RUF001 (the look-alikes are the point)
_CLOCK = r"(?:(\d{1,2})(?:[:時](\d{1,2})?分?)?|(\d{1,2})(\d{2}))"
_RANGE = re.compile(rf"{_CLOCK}-(?:翌日?|次)?{_CLOCK}(?:まで|頃)?")
_BREAK = re.compile(r"[/・･+,、→➝⇒⇨>＞&;|\n]")  # noqa: RUF001 (as written)
_MARKS = "※*★☆●◎▲△■□♪!?#"
_SUPPORT = re.compile(
    r"(?:応援?|ヘルプ|リリーフ)[(\[→:]?(?P<after>[^)\]]+?)[)\]]?"
    r"|(?P<before>.+?)[(\[:]?(?:へ|に|の)?(?:応援?|ヘルプ|リリーフ)[)\]]?"
)
_HALF = re.compile(
    r"(?:(?:午前|午後|am|pm|前半|後半|半日?|0\.5|1/2)(?:公|休|有|年|代|特|夏|振|希)(?:休|給|給休暇)?"
    r"|(?:公|休|有|年|代|特|夏|振|希)(?:休|給)?[(]?(?:午前|午後|am|pm|前半|後半|半日?|0\.5|1/2)[)]?)"
)
_LONG_OFF = re.compile(r"産休|育休|休職|病休|休暇|休業|退職|欠勤|療養")
_NOT_A_PLACE = re.compile(r"^(?:日|夜|準|深|早|遅|長)?勤?$")


@dataclass(frozen=True, slots=True)
class Part:
    """One turn that a cell names: the letter, and what the cell itself adds to it."""

    letter: str
    meaning: Meaning | None = None


def time_range(text: str) -> tuple[str, str] | None:
    """Return start and end (``HH:MM:SS``) of 「8:30～17:15」, 「16:30-翌9:00」 or 「830-1715」."""
    found = _RANGE.fullmatch(_DASH.sub("-", plain_letter(text)))
    return _range_of(found) if found else None


def _range_of(found: re.Match[str]) -> tuple[str, str] | None:
    start, end = _clock(*found.groups()[:4]), _clock(*found.groups()[4:8])
    return (start, end) if start and end and start != end else None


def _clock(*given: str | None) -> str | None:
    hour, minute = int(given[0] or given[2] or 0), int(given[1] or given[3] or 0)
    if hour > 33 or minute > 59:  # 24:45 and 33:00 are the next morning
        return None
    return f"{hour % 24:02d}:{minute:02d}:00"


class Letters:
    """The letters of one ward: answers before the legend, the legend before what is usual.

    Attributes:
        answers: Letter → meaning that a person gave for the ward; `everywhere` for all wards.
        legend: Letter → meaning that the sheet itself states.
        works: A Latin letter may be taken for work (see `latin_is_work`).
    """

    def __init__(
        self,
        *,
        answers: Mapping[str, Meaning] | None = None,
        legend: Mapping[str, Meaning] | None = None,
        everywhere: Mapping[str, Meaning] | None = None,
        works: bool = False,
    ) -> None:
        self._said = (answers or {}, legend or {}, everywhere or {})
        self._works = works
        self._parts: dict[str, tuple[Part, ...]] = {}

    def meaning(self, letter: str) -> Meaning | None:
        """Return what `letter` means, the times of the usual meaning left out; None: nobody knows."""
        found = next((said[letter] for said in self._said if letter in said), None)
        if found is None:
            proposed = proposal(letter)
            if proposed is None:
                return None
            works = self._works and letter[:1] in _WORKING and proposed.duty == WORK
            found = replace(proposed, start=None, end=None, sure=proposed.sure or works)
        return found

    def parts(self, text: str) -> tuple[Part, ...]:
        """Return the turns that the text of a cell names, in their order; never none."""
        if text not in self._parts:
            self._parts[text] = tuple(self._read(text))
        return self._parts[text]

    def _known(self, letter: str) -> bool:
        return any(letter in said for said in self._said) or _usual(letter) is not None

    def _read(self, text: str) -> Iterable[Part]:
        letter = plain_letter(text)
        if self._known(letter):
            return [Part(letter)]
        if (clock := time_range(text)) is not None:
            start, end = clock
            return [Part(letter[:LONGEST], Meaning(duty=WORK, start=start, end=end, said="cell"))]
        if _HALF.fullmatch(letter):
            return [Part(letter, replace(_PART, said="cell"))]
        return (
            self._support(letter)
            or self._noted(letter)
            or self._several(unicodedata.normalize("NFKC", text))
            or self._run_together(letter)
            or [self._remark(letter)]
        )

    def _support(self, letter: str) -> list[Part]:
        found = _SUPPORT.fullmatch(letter)
        if found is None or proposal(letter) is not None:
            return []
        place = (found["after"] or found["before"]).strip("()[]→:へにの-")
        for known in sorted(USUAL, key=len, reverse=True):  # 「日3東応」 is 日, helping 3東
            if found["before"] and place.startswith(known) and len(place) > len(known):
                place = place.removeprefix(known).strip("()[]→:へにの-")
                break
        if _NOT_A_PLACE.match(place):
            place = ""
        meaning = Meaning(duty=SUPPORT, place=place or None, said="cell")
        return [Part(letter[:LONGEST], meaning)]

    def _noted(self, letter: str) -> list[Part]:
        """「日(委員会)」 and 「日※」 are 日 with a remark."""
        found = re.fullmatch(r"([^()\[\]]+)[(\[]([^()\[\]]*)[)\]]?", letter)
        base, note = (found[1], found[2]) if found else (letter.rstrip(_MARKS).lstrip(_MARKS), "")
        if base == letter or not base:
            return []
        if (clock := time_range(note)) is not None and self._known(base):
            meaning = self.meaning(base) or _PART
            return [Part(base, replace(meaning, start=clock[0], end=clock[1], said="cell"))]
        if note and (sent := self._support(note)):
            return sent
        parts = list(self._read(base))
        return parts if all(self._known(p.letter) or p.meaning for p in parts) else []

    def _several(self, text: str) -> list[Part]:
        """「日/委」, 「深→準」 and two lines in one cell are two turns, where each is known."""
        pieces = [piece for piece in _BREAK.split(text.strip()) if piece.strip()]
        if len(pieces) < 2 or len(pieces) > 4:
            return []
        parts = [part for piece in pieces for part in self._read(piece)]
        return parts if any(self._known(p.letter) or p.meaning for p in parts) else []

    def _run_together(self, letter: str) -> list[Part]:
        """「深準」 and 「日当直」 are two turns: every piece of them is a usual letter."""
        if len(letter) > 8 or letter.isascii():
            return []
        parts: list[Part] = []
        rest = letter
        while rest:
            piece = next((rest[:n] for n in range(len(rest), 0, -1) if self._known(rest[:n])), None)
            if piece is None:
                return []
            parts.append(Part(piece))
            rest = rest[len(piece) :]
        return parts if len(parts) <= 3 else []

    def _remark(self, letter: str) -> Part:
        if len(letter) > 3 and _LONG_OFF.search(letter):
            return Part(letter[:LONGEST], Meaning(duty=OFF, said="cell"))
        return Part(letter[:LONGEST])


def proposal(letter: str) -> Meaning | None:
    """Return the usual meaning of a letter, with its usual times; None where there is none."""
    return _usual(letter) or _doubtful(letter)


@lru_cache(maxsize=4096)
def _usual(letter: str) -> Meaning | None:
    found = USUAL.get(letter)
    if found is None and (short := re.fullmatch(r"(.*?[^\da-z])[\da-z①-⑳ⅰ-ⅻⅠ-Ⅻ]{1,2}", letter)):
        numbered = USUAL.get(short[1])  # 日2, 早A: another time of the same turn
        found = replace(numbered, start=None, end=None) if numbered else None
    return found


def _doubtful(letter: str) -> Meaning | None:
    found = DOUBTFUL.get(letter)
    if found is None and (short := re.fullmatch(r"([a-z])-?\d{1,2}", letter)):
        numbered = DOUBTFUL.get(short[1])
        found = replace(numbered, start=None, end=None) if numbered else None
    return found


def latin_is_work(cells: Iterable[str], days: int) -> bool:
    """Return whether A, B, D, N … of a grid are certainly work.

    They are where the grid writes its days off in other letters (公, 休, 有 …), and as
    many as the law asks at the least, four in four weeks: then a day off has a letter already.

    Args:
        cells: The text of every cell.
        days: Days of all people together.
    """
    off = sum(
        (found := _usual(plain_letter(text))) is not None and found.duty == OFF for text in cells
    )
    return days > 0 and off * 7 >= days


_DUTIES = {
    word: duty
    for duty, words in {
        OFF: "休 休み 公休 off 休日 休暇 ×",
        WORK: "勤務 勤 出勤 work 仕事",
        ON_CALL: "当直 待機 オンコール on_call oncall on-call 宿直 日直",
        SUPPORT: "応援 support",
    }.items()
    for word in words.split()
}


def answer(text: str, letter: str) -> Meaning:
    """Return the meaning that a person's answer gives `letter`.

    Args:
        text: ``08:30-17:15``, ``off``, ``work``, ``on_call``, ``on_call 17:15-08:30``,
            ``support``, ``support 3東``, ``after`` (明), or ``usual`` for the proposal.
        letter: As `plain_letter` writes it.

    Raises:
        InvalidInputError: It is none of these.
    """
    given = unicodedata.normalize("NFKC", text).strip().casefold()
    if given in {"usual", "はい", "yes", "提案どおり"}:
        proposed = proposal(letter)
        if proposed is None:
            raise InvalidInputError("care.roster.no_proposal", letter=letter)
        return replace(proposed, sure=True, said="answer")
    if given in {"after", "明", "明け"}:
        return Meaning(duty=WORK, after=True, said="answer")
    if (clock := time_range(given)) is not None:
        proposed = proposal(letter)
        duty = proposed.duty if proposed and proposed.duty in {WORK, ON_CALL} else WORK
        return Meaning(duty=duty, start=clock[0], end=clock[1], said="answer")
    first, _, rest = given.partition(" ")
    duty_ = _DUTIES.get(first)
    clock = time_range(rest) if rest else None
    if duty_ is None or (rest and clock is None and duty_ != SUPPORT):
        raise InvalidInputError("care.roster.bad_meaning", letter=letter, value=text[:40])
    return Meaning(
        duty=duty_,
        start=clock[0] if clock else None,
        end=clock[1] if clock else None,
        place=rest if duty_ == SUPPORT and rest and clock is None else None,
        said="answer",
    )
