"""A person's word where no ledger answers: kept with a name, the paper that shows it, and a last day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.posture.incidents.cases import questions
from sekisho.posture.incidents.tables import WORD
from sekisho.posture.said import LONGEST
from sekisho.storage import Database

SAYS = ("yes", "no")
_LONG = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What was said last of a question, by whom, by which paper, and until when it counts."""

    question: str
    said: str
    shown_by: str
    by: str
    at: dt.datetime
    until: dt.date


def say(
    database: Database,
    question: str,
    said: str,
    *,
    shown_by: str,
    by: str,
    at: dt.datetime,
    until: dt.date | None,
    today: dt.date,
) -> None:
    """Keep an answer.

    Args:
        database: Where it is kept.
        question: One of `questions`.
        said: ``yes`` or ``no``.
        shown_by: The paper that shows it; a yes needs one.
        by: Who says so.
        at: Now.
        until: The last day on which it counts, within a year.
        today: The local day.

    Raises:
        InvalidInputError: There is no such question or answer; a yes has no paper; the last day
            is missing, past, or more than a year away.
    """
    if question not in questions() or said not in SAYS:
        raise InvalidInputError("posture.word.unknown")
    paper = shown_by.strip()
    if said == "yes" and not paper:
        raise InvalidInputError("posture.word.paper")
    if len(paper) > _LONG:
        raise InvalidInputError("posture.word.long", most=_LONG)
    if until is None or not today <= until <= today + LONGEST:
        raise InvalidInputError("posture.touch_until")
    values = {"question": question, "said": said, "shown_by": paper, "by": by, "at": at, "until": until}  # fmt: skip
    with database.write() as c:
        c.execute(sa.insert(WORD).values(values))


def words(database: Database) -> Mapping[str, Word]:
    """Return question → the newest answer, in force or not."""
    newest = sa.select(sa.func.max(WORD.c.id)).group_by(WORD.c.question)
    query = sa.select(WORD).where(WORD.c.id.in_(newest))
    with database.read() as c:
        rows = c.execute(query).mappings().all()
    return {
        row["question"]: Word(**{name: row[name] for name in Word.__dataclass_fields__})
        for row in rows
    }
