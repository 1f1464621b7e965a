"""The unexplained without a sign: neutral, many, and put into words only for who asks.

They stay the rows that the review gave, in their order; a case is made of one when it is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from sekisho.pages.words import LANGUAGES, say
from sekisho.review.matters import origin
from sekisho.review.records import Case

if TYPE_CHECKING:
    import pyarrow as pa

    from sekisho.care import Level
    from sekisho.review.catalogue import Explanation

RULE = "unexplained"
NO_CARE = 0.2
"""Score of an unexplained access to a patient without any visit or stay near it."""
OTHER_CARE = 0.1
"""Score of one to a patient whom another department treats: often a consult."""
PIECE = 5_000
"""Rows that are taken out of the table at a time."""


class Cases(Sequence[Case]):
    """Every case of a run, best first: those with signs as they are, the quiet ones as rows.

    Attributes:
        run_id: Of the run once it is kept, for the cases' ids.
    """

    def __init__(self, told: Sequence[Case], quiet: pa.Table, looked: Mapping[str, Any]) -> None:
        """Rank `told`, which come first, and the rows of `quiet` (`judge.unexplained`).

        Args:
            told: Cases with signs, best first.
            quiet: One row per person and patient, best first.
            looked: What `where_looked` returned.
        """
        self.told, self._quiet, self._tails = told, quiet, tails(looked)
        self.run_id = 0
        for rank, case in enumerate(told, 1):
            case.rank = rank

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.told) + int(self._quiet.num_rows)

    @overload
    def __getitem__(self, place: int) -> Case: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Case]: ...
    def __getitem__(self, place: int | slice) -> Case | Sequence[Case]:
        """Return one case, or some."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        at = place + len(self) if place < 0 else place
        if not 0 <= at < len(self):
            raise IndexError(place)
        if at < len(self.told):
            return self._numbered(self.told[at])
        case = next(self._made(at - len(self.told), 1))
        case.why = said(len(case.records), case.parts, self._tails)
        return case

    def __iter__(self) -> Iterator[Case]:
        """Give them all, best first."""
        for piece in self.pieces():
            for case in piece:
                if case.rule == RULE:
                    case.why = said(len(case.records), case.parts, self._tails)
                yield case

    def pieces(self) -> Iterator[list[Case]]:
        """Give them some thousands at a time, the quiet ones without their words."""
        yield [self._numbered(case) for case in self.told]
        for start in range(0, self._quiet.num_rows, PIECE):
            yield list(self._made(start, PIECE))

    def _numbered(self, case: Case) -> Case:
        case.id = f"{self.run_id}-{case.rank}"
        return case

    def _made(self, start: int, count: int) -> Iterator[Case]:
        first = len(self.told) + start + 1
        for rank, row in enumerate(self._quiet.slice(start, count).to_pylist(), first):
            yield self._numbered(_case(row, rank))


def _case(row: Mapping[str, Any], rank: int) -> Case:
    return Case(
        id="",
        key=row["key"],
        rank=rank,
        raised=False,
        score=OTHER_CARE if row["near"] else NO_CARE,
        rule=RULE,
        user_id=row["written_user"],
        user_kind=row["kind"],
        patient_ids=row["patients"],
        records=[
            (r["index"], origin(r["file"], r["connection"], r["row"], r["message"]))
            for r in row["records"]
        ],
        first_at=row["first"].replace(tzinfo=dt.UTC),
        last_at=row["last"].replace(tzinfo=dt.UTC),
        signs=[],
        why={},
        parts={"night": row["night"], "near": row["near"]},
    )


def tails(where: Mapping[str, Any]) -> dict[tuple[str, bool], str]:
    """Return how the sentence of each quiet case of a run ends, by language and nearness."""
    return {
        (language, near): looked(language, where, near=near)
        for language in LANGUAGES
        for near in (True, False)
    }


def said(
    records: int, parts: Mapping[str, Any], tails: Mapping[tuple[str, bool], str]
) -> dict[str, str]:
    """Return the sentence of a quiet case, by language."""
    why = {}
    for language in LANGUAGES:
        words = [say(language, "review.why.unexplained", records=records)]
        if parts["night"]:
            words.append(say(language, "review.why.night", records=parts["night"]))
        words.append(tails[language, parts["near"]])
        why[language] = say(language, "review.why.join").join(words) + say(
            language, "review.why.end"
        )
    return why


def where_looked(level: Level, explanations: Iterable[Explanation]) -> dict[str, Any]:
    """Return the lists in which `explanations` looked, and what was missing, as a run keeps them.

    A list that had arrived, but that none of them reads, explains nothing: it is not told of.
    """
    here = {kind.value for kind, span in level.has.items() if span is not None}
    asked = {
        column.partition(".")[0]
        for one in explanations
        if {*one.needs} - {"visits", "stays"} <= here
        for column in (*one.needs, *one.columns)
    }
    return {
        "arrived": sorted(here & asked - {"staff"}),
        "missing": [{"id": message, "args": dict(args)} for message, args in level.missing],
    }


def looked(language: str, where: Mapping[str, Any], *, near: bool | None) -> str:
    """Return what was looked for and not found, and what had not arrived."""
    glue = say(language, "pages.comma")
    parts = []
    if near is not None:
        parts.append(say(language, "review.why.near" if near else "review.why.no_care"))
    if where["arrived"]:
        names = glue.join(say(language, f"review.list.{kind}") for kind in where["arrived"])
        parts.append(say(language, "review.why.looked", lists=names))
    if where["missing"]:
        names = glue.join(
            say(language, one["id"].replace("care.", "review.list."), **one["args"])
            for one in where["missing"]
        )
        parts.append(say(language, "review.why.missing", lists=names))
    return say(language, "review.why.join").join(parts)
