"""The whole reasoning for one access: each explanation, with the record that explains."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from sekisho import care
from sekisho.care.level import spans_of
from sekisho.errors import InvalidInputError
from sekisho.pages.words import LANGUAGES, say
from sekisho.review.approvals import approved, known
from sekisho.review.catalogue import Explanation, explanations, signs
from sekisho.review.desk import Reader, lay_out
from sekisho.review.explaining import LEAD_DAYS, explain
from sekisho.review.ids import name_patients
from sekisho.review.owners import ZONE
from sekisho.review.pairs import AROUND, pair_up
from sekisho.review.perform import not_checked
from sekisho.review.store import case, latest
from sekisho.review.tables import CASE
from sekisho.storage import Analysis, Database, analysis
from sekisho.terms import Clock

_LOCAL = dt.timedelta(hours=ZONE)
_BY_WHOM = """
WITH mine AS (
  SELECT ltrim(user_id, '0') AS bare, patient_ids FROM access
  WHERE occurred_at >= $since AND occurred_at < $until
    AND (index = $index OR index IN (SELECT index FROM pair WHERE other = $index))
),
person AS (
  SELECT bare FROM mine
  UNION
  SELECT ltrim(s.staff_id, '0') FROM system_ids AS s JOIN mine AS m ON m.bare = ltrim(s.user_id, '0')
),
id AS (
  SELECT bare FROM person WHERE bare IS NOT NULL
  UNION
  SELECT ltrim(s.user_id, '0') FROM system_ids AS s
  JOIN person AS p ON p.bare = ltrim(s.staff_id, '0')
)
SELECT DISTINCT p.id FROM (
  SELECT unnest(patient_ids) AS p FROM mine
  UNION ALL
  SELECT unnest(patient_ids) FROM access
  WHERE occurred_at >= $midnight AND occurred_at < $end
    AND (user_id IS NULL OR ltrim(user_id, '0') IN (SELECT bare FROM id))
) WHERE p.id IS NOT NULL ORDER BY ALL
"""
_WROTE = """
SELECT count(*) FROM touch
WHERE index IN (SELECT index FROM shown) AND action IN ('create', 'update') AND outcome = 'success'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one explanation or sign says about one access.

    Attributes:
        kind: ``explanation`` or ``sign``.
        says: True: it explains, or the sign found it. False: looked for, not found.
            None: not looked for, because it is not approved or lacks a list; `why` says which.
        patient_id: The patient it speaks of; None for a sign about the person.
        record: Table, file and line of the record that explains.
        why: Sentence by language, empty where it was looked for and not found; where a sign takes
            the explanation back, it says so.
    """

    id: str
    kind: str
    title: Mapping[str, str]
    says: bool | None
    patient_id: str | None = None
    record: Mapping[str, Any] | None = None
    why: Mapping[str, str]


def explain_record(database: Database, reader: Reader, clock: Clock, index: int) -> list[Reason]:
    """Return what each explanation says of the record `index`, and the signs of its newest case.

    Raises:
        InvalidInputError: There is no record of that index.
    """
    del clock
    works = approved(database)
    reasons: list[Reason] = []
    with analysis() as desk:
        reader.register(desk, "access")
        row = desk.rows("SELECT occurred_at FROM access WHERE index = $index", {"index": index})
        if not row:
            raise InvalidInputError("review.no_record", index=index)
        at: dt.datetime = row[0][0]
        day = (at + _LOCAL).date()
        # The day alone, with the days before it in which an access may have been explained.
        theirs = _patients(desk, care.owned_ids(database), index, at)
        lists = care.snapshot(database, (day, day), theirs)
        lay_out(desk, lists, start=day, end=day, spans=spans_of(database))
        # Of two sides of one action one is reviewed, for both.
        kept = desk.rows("SELECT index FROM once WHERE other = $index", {"index": index})
        index = kept[0][0] if kept else index
        desk.execute("INSERT INTO shown VALUES ($index)", {"index": index})
        for explanation in known(database):
            if explanation.id not in works:
                reasons.append(_said(explanation, None))
                continue
            explain(desk, explanation)
            reasons.extend(_fetched(desk, explanation))
        reasons = _no_roster(desk, reasons)
        wrote = desk.rows(_WROTE)[0][0] > 0
    found = _signs(database, index)
    if not wrote:
        reasons = _withdrawn(reasons, found)
    reasons.extend(found)
    reasons.extend(_not_checked(care.level(database, day, day)))
    return reasons


def _patients(desk: Analysis, owned: pa.Table, index: int, at: dt.datetime) -> list[str]:
    """Return the patients of the record `index`, and whom its person may have opened that day.

    Explanations look from one patient to another only where the same person opened both
    (``at_work``, ``slip``). Whoever may be the person counts: with other zeros, by the id of
    another system, and where a record names nobody, for its other side may.

    Args:
        desk: Where ``access`` is.
        owned: Whose each id of a system is.
        index: Of the record.
        at: Its moment (UTC).
    """
    since, until = at - AROUND, at + AROUND
    pair_up(desk, owned, since=since, until=until)
    desk.register("system_ids", owned)
    midnight = dt.datetime.combine((at + _LOCAL).date(), dt.time()) - _LOCAL
    values = {"index": index, "since": since, "until": until}
    values |= {"midnight": midnight, "end": midnight + dt.timedelta(days=1)}
    return [one for (one,) in desk.rows(_BY_WHOM, values)]


def fetch(desk: Analysis, explanation: Explanation) -> list[Mapping[str, Any]]:
    """Return the records with which `explanation` explains the accesses in ``shown``."""
    sql = f"SELECT f FROM ({explanation.fetch}) AS f ORDER BY f.index, f.patient_id"  # noqa: S608 (a file of the program)
    rows = [row[0] for row in desk.rows(sql, explanation.values(explanation.fetch))]
    name_patients(desk, rows)
    return rows


def _fetched(desk: Analysis, explanation: Explanation) -> list[Reason]:
    found = fetch(desk, explanation)
    if not found:
        return [_said(explanation, False)]  # noqa: FBT003 (three states: yes, no, not looked for)
    reasons = []
    for row in found:
        values = {
            "place": row["place"] or "-",
            "day": row["day"].isoformat() if row["day"] else "-",
            "file": PurePath(row["file"] or "-").name,
            "row": row["row"],
            "number": row.get("number") or "-",
        }
        reasons.append(
            Reason(
                id=explanation.id,
                kind="explanation",
                title=explanation.title,
                says=True,
                patient_id=row["patient_id"],
                record={"table": row["record"], "file": row["file"], "row": row["row"]},
                why={language: explanation.why[language] % values for language in LANGUAGES},
            )
        )
    return reasons


def _no_roster(desk: Analysis, reasons: list[Reason]) -> list[Reason]:
    """Say of the turns by roster that they could not be looked for, where the ward had none that day."""
    gaps = desk.rows(
        """
SELECT DISTINCT s.ward, CAST(t.day AS VARCHAR)
FROM touch AS t
JOIN stays AS s ON s.patient_id = t.patient_id AND t.day BETWEEN s.day AND s.until
JOIN unrostered AS u ON u.place_key = s.ward_key AND u.day = t.day
WHERE t.index IN (SELECT index FROM shown)
ORDER BY ALL
"""
    )
    if not gaps:
        return reasons
    why = {
        language: say(language, "review.why.no_roster", place=gaps[0][0], day=gaps[0][1])
        for language in LANGUAGES
    }
    return [
        replace(one, says=None, why=why) if one.id == "roster_ward" and one.says is False else one
        for one in reasons
    ]


def _withdrawn(reasons: list[Reason], found: Sequence[Reason]) -> list[Reason]:
    """Say of each explanation that a sign in `found` takes back that it does not explain."""
    by = next(
        (sign for sign in signs() if sign.withdraws and sign.id in {r.id for r in found}), None
    )
    if by is None:
        return reasons
    personal = {explanation.id for explanation in explanations() if explanation.personal}
    why = {one: say(one, "review.why.withdrawn", sign=by.title[one]) for one in LANGUAGES}
    return [
        replace(one, says=False, why=why) if one.says and one.id not in personal else one
        for one in reasons
    ]


def _said(explanation: Explanation, says: bool | None) -> Reason:
    why = {one: say(one, "review.why.not_approved") for one in LANGUAGES} if says is None else {}
    return Reason(
        id=explanation.id, kind="explanation", title=explanation.title, says=says, why=why
    )


def _not_checked(level: care.Level) -> list[Reason]:
    """Return the signs that could not be looked for, each with the lists it lacks."""
    titles = {sign.id: sign.title for sign in signs()}
    return [
        Reason(id=sign, kind="sign", title=titles[sign], says=None, why=_lacking(lists))
        for sign, lists in not_checked(level).items()
    ]


def _lacking(lists: Sequence[str]) -> dict[str, str]:
    return {
        language: say(
            language,
            "review.why.not_checked",
            lists=say(language, "pages.comma").join(
                say(language, f"review.list.{name}") for name in lists
            ),
        )
        for language in LANGUAGES
    }


def _signs(database: Database, index: int) -> list[Reason]:
    run = latest(database)
    if run is None:
        return []
    with database.read() as c:
        ranks = [
            row.rank
            for row in c.execute(
                sa.select(CASE.c.rank, CASE.c.records)
                .where(CASE.c.run_id == run.id)
                .where(CASE.c.raised)
                .order_by(CASE.c.rank)
            )
            if any(place == index for place, _ in row.records)
        ]
    found = [case(database, f"{run.id}-{rank}") for rank in ranks]
    titles = {sign.id: sign.title for sign in signs()}
    return [
        Reason(id=sign, kind="sign", title=titles[sign], says=True, why=one.why)
        for one in found
        for sign in one.signs
        if sign in titles
    ]


assert (
    max(int(e.windows.get("after", 0)) for e in explanations() if e.id == "repeated") <= LEAD_DAYS
)
