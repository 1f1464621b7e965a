"""Who looked at one patient: every access of a period, each with what review can say of it.

The explanations are those that work now, run over this patient's accesses and what the same people
did on those days; what people answered about a case stands above them. Unexplained is neutral.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa

from sekisho import care
from sekisho.care.level import spans_of
from sekisho.errors import InvalidInputError
from sekisho.review.approvals import working
from sekisho.review.catalogue import Explanation, signs
from sekisho.review.desk import Reader, company, lay_out
from sekisho.review.explaining import explain
from sekisho.review.records import Case, State
from sekisho.review.store import cases_about, runs
from sekisho.storage import Analysis, Database, analysis

NONE = "none"
"""The word for "whose authority is not written"."""


class Standing(StrEnum):
    """What review can say of one access."""

    EXPLAINED = "explained"
    """An approved explanation explains it."""
    CONFIRMED = "confirmed"
    """A person found that it was explained."""
    ASKING = "asking"
    """A person is looking into it."""
    UNEXPLAINED = "unexplained"
    """Nothing that arrived leads to it, which says nothing against anybody."""
    NOT_JUDGEABLE = "not_judgeable"
    """What is needed to judge it has not arrived."""
    NOT_YET = "not_yet"
    """No review ran over that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One access to the patient.

    Attributes:
        record: The promised form (`sekisho.ledger.record.promised`).
        others: What others wrote of the same act (`sekisho.review.pairs`), by index.
        day: Local day.
        user_id: The id, with zeros that a program cut given back.
        kind: Whose id it is; anything but a person names no person.
        listed: The id stands in the staff list; `valid`: with a post on that day.
        explanation: The narrowest that explains it.
        case: The newest case that it belongs to.
    """

    record: Mapping[str, Any]
    day: dt.date
    user_id: str | None
    kind: str
    listed: bool
    valid: bool
    standing: Standing
    explanation: Explanation | None = None
    case: Case | None = None
    others: tuple[Mapping[str, Any], ...] = ()

    def told(self, field: str) -> Any:
        """Return what the record, or where it is silent one of the others, says of `field`."""
        return next((one[field] for one in (self.record, *self.others) if one[field]), None)

    @property
    def indexes(self) -> tuple[int, ...]:
        """Return the indexes of the record and of the others."""
        return (self.index, *(int(one["index"]) for one in self.others))

    @property
    def index(self) -> int:
        """Return the record's index."""
        return int(self.record["index"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """All accesses of a period to one patient.

    Attributes:
        patient: The id, as the lists write it.
        spellings: The forms in which the records write it.
        authorities: Who assigned it, where records say so; those that were counted in.
        looks: In the order of time.
        doubtful: Accesses to a number that may be this one without its zeros, or another.
        judged: Local days of the period over which a review ran.
    """

    patient: str
    spellings: tuple[str, ...]
    authorities: tuple[str, ...]
    looks: tuple[Look, ...]
    doubtful: int
    judged: frozenset[dt.date]


def looks(
    database: Database,
    reader: Reader,
    *,
    patient: str,
    start: dt.date,
    end: dt.date,
    authorities: Sequence[str] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Looks:
    """Return who looked at `patient` on the local days `start` to `end`, both included.

    Args:
        database: Lists, approvals, runs and answers.
        reader: The ledger.
        patient: The patient's id; leading zeros may be left out where that is unmistakable.
        start: First day.
        end: Last day.
        authorities: Whose numbers are meant, beside those without one; asked for where
            records of the period write the number with and without, or with several.
            ``none`` alone: only those without.
        progress: Told (steps done, steps in all).

    Raises:
        InvalidInputError: The days are the wrong way round; nobody knows the patient; or
            whose number is meant must be said.
    """
    if end < start:
        raise InvalidInputError("review.period_backwards", start=str(start), end=str(end))
    patient = patient.strip()
    explanations = working(database)
    # To read records and lists takes as long as all that is done with them.
    half = len(explanations) + 1
    with analysis() as desk:
        reader.register(desk, "access")
        about = _spelled(desk, patient, start, end)
        met = company(desk, care.owned_ids(database), about, start, end)
        lists = care.snapshot(database, (start, end), [*about, *met, patient])
        progress(half, 2 * half)
        if not about and not _known(desk, lists, patient):
            raise InvalidInputError("review.no_patient", patient=patient[:64])
        lay_out(desk, lists, start=start, end=end, spans=spans_of(database), about=about)
        number, key, doubtful = _whose(desk, patient)
        for done, explanation in enumerate(explanations, half + 1):
            progress(done, 2 * half)
            explain(desk, explanation)
        rows = _rows(desk, number, explanations)
        sides = [index for row in rows for index in (row[0], *row[-1])]
        records = _records(desk, sides)
    progress(2 * half, 2 * half)
    spellings = {row[1] for row in rows}
    chosen = _chosen((row[-2] for row in rows), spellings, authorities)
    rows = [row for row in rows if not _authorities(row[-2], spellings).isdisjoint(chosen)]
    ran = [run for run in runs(database) if run.start <= end and start <= run.end]
    found = cases_about(database, [run.id for run in ran], spellings | {key})
    cases = {index: case for case in found for index, _ in case.records}
    days = (start + dt.timedelta(days=n) for n in range((end - start).days + 1))
    judged = frozenset(day for day in days if any(run.start <= day <= run.end for run in ran))
    by_id = {explanation.id: explanation for explanation in explanations}
    return Looks(
        patient=key,
        spellings=tuple(sorted(spellings)),
        authorities=tuple(sorted(chosen - {NONE})),
        looks=tuple(_look(row, records, by_id, cases, judged) for row in rows),
        doubtful=doubtful,
        judged=judged,
    )


def _bare(patient: str) -> str | None:
    return patient.lstrip("0") if patient.isascii() and patient.isdigit() else None


def _spelled(desk: Analysis, patient: str, start: dt.date, end: dt.date) -> list[str]:
    """Return the forms in which records of about that time may write the patient's id."""
    since = dt.datetime.combine(start, dt.time()) - dt.timedelta(days=8)
    until = dt.datetime.combine(end, dt.time()) + dt.timedelta(days=2)
    rows = desk.rows(
        """
SELECT DISTINCT p.id FROM (
  SELECT unnest(patient_ids) AS p FROM access WHERE occurred_at BETWEEN $since AND $until
) WHERE p.id = $patient OR (regexp_full_match(p.id, '[0-9]+') AND ltrim(p.id, '0') = $bare)
ORDER BY ALL
""",
        {"since": since, "until": until, "patient": patient, "bare": _bare(patient)},
    )
    return [row[0] for row in rows]


def _known(desk: Analysis, lists: Mapping[str, pa.Table], patient: str) -> bool:
    """Return whether any list, or any record of any time, knows the patient."""
    bare = _bare(patient)
    for name in ("patients", "visits", "stays"):
        for one in lists[name]["patient_id"].unique().to_pylist():
            if one == patient or (bare is not None and _bare(one) == bare):
                return True
    ((count,),) = desk.rows(
        """
SELECT count(*) FROM access
WHERE list_has_any(list_transform(patient_ids, lambda p: p.id), [$patient])
""",
        {"patient": patient},
    )
    return bool(count)


def _whose(desk: Analysis, patient: str) -> tuple[int, str, int]:
    """Return the patient's number here (0: none), the id as the lists write it, and how many accesses are in doubt."""
    bare = _bare(patient)
    same = desk.rows(
        "SELECT p.patient_id, p.id FROM patient_map AS m JOIN patient AS p ON p.patient_id = m.patient_id"
        " WHERE m.written = $patient",
        {"patient": patient},
    ) or desk.rows(
        """
SELECT DISTINCT p.patient_id, p.id FROM patient_map AS m
JOIN patient AS p ON p.patient_id = m.patient_id
WHERE regexp_full_match(m.written, '[0-9]+') AND ltrim(m.written, '0') = $bare
""",
        {"bare": bare},
    )
    number, key = same[0] if len(same) == 1 else (0, patient)
    ((doubtful,),) = desk.rows(
        """
SELECT count(DISTINCT t.index) FROM touch AS t JOIN patient AS p ON p.patient_id = t.patient_id
WHERE t.in_period AND t.patient_id <> $number AND ltrim(coalesce(t.form, p.id), '0') = $bare
""",
        {"number": number, "bare": bare},
    )
    return int(number), str(key), int(doubtful)


def _rows(
    desk: Analysis, number: int, explanations: Sequence[Explanation]
) -> list[tuple[Any, ...]]:
    """Return a row for each access, in the order of time.

    Index, form, day, person, kind, listed, valid, covered, whether there is a staff list,
    its explanation, the patients, and the indexes of what others wrote of the same act.
    """
    desk.register(
        "places",
        pa.table(
            {
                "explanation": pa.array([one.id for one in explanations], pa.string()),
                "place": pa.array([one.order for one in explanations], pa.int64()),
            }
        ),
    )
    return desk.rows(
        """
SELECT t.index, coalesce(t.form, p.id), t.day, t.user_id, t.kind, t.listed, t.valid,
  c.day IS NOT NULL, (SELECT count(*) FROM staff) > 0, x.explanation, e.patient_ids,
  coalesce(o.others, [])
FROM touch AS t
JOIN patient AS p ON p.patient_id = t.patient_id
JOIN raw AS e ON e.index = t.index
LEFT JOIN (SELECT index, list(other ORDER BY other) AS others FROM once GROUP BY index) AS o
  ON o.index = t.index
LEFT JOIN covered_day AS c ON c.day = t.day
LEFT JOIN (
  SELECT x.index, arg_min(x.explanation, o.place) AS explanation
  FROM explained AS x JOIN places AS o ON o.explanation = x.explanation
  WHERE x.patient_id = $number GROUP BY x.index
) AS x ON x.index = t.index
WHERE t.in_period AND t.patient_id = $number
QUALIFY row_number() OVER (PARTITION BY t.index ORDER BY coalesce(t.form, p.id)) = 1
ORDER BY t.moment, t.index
""",
        {"number": number},
    )


_RECORDS = """
SELECT {
  'index': "index", 'recorded_at': told(recorded_at), 'occurred_at': told(occurred_at),
  'ended_at': told(ended_at), 'time_precision': time_precision, 'user_id': user_id,
  'user_kind': user_kind, 'patient_ids': patient_ids, 'session': session, 'action': action,
  'outcome': outcome, 'source': source, 'terminal': terminal, 'object': object,
  'class': "class", 'duty': duty, 'reason': reason, 'of': "of", 'marks': marks,
  'file': origin_file, 'connection': origin_connection, 'row': origin_row,
  'message': origin_message
}
FROM access WHERE "index" IN (SELECT index FROM wanted)
"""
_TOLD = "CREATE MACRO told(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%S.%g') || 'Z'"


def _records(desk: Analysis, indexes: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the records in the promised form, by index."""
    desk.execute(_TOLD)
    desk.register("wanted", pa.table({"index": pa.array(indexes, pa.int64())}))
    found = {}
    for (record,) in desk.rows(_RECORDS):
        place = {name: record.pop(name) for name in ("file", "connection", "row", "message")}
        record["origin"] = {name: value for name, value in place.items() if value is not None}
        record["marks"] = record["marks"] or []
        found[record["index"]] = record
    return found


Patients = Sequence[Mapping[str, Any]]


def _authorities(patients: Patients, spellings: set[str]) -> set[str]:
    return {each["authority"] or NONE for each in patients if each["id"] in spellings}


def _chosen(
    patients: Iterable[Patients], spellings: set[str], wanted: Sequence[str] | None
) -> set[str]:
    """Return whose numbers are meant.

    Two institutions may give one number to two people: where records differ in who
    assigned it, a person says whose is meant.
    """
    there: set[str] = set()
    for each in patients:
        there |= _authorities(each, spellings)
    if wanted is None:
        if len(there) > 1:
            raise InvalidInputError("review.whose_number", which=sorted(there))
        return there
    strange = sorted(set(wanted) - there - {NONE})
    if strange:
        raise InvalidInputError("review.no_authority", which=strange, there=sorted(there))
    return set(wanted) | {NONE}


def _withdrawn(case: Case, explanation: Explanation, record: Mapping[str, Any]) -> bool:
    """Return whether a sign of `case` takes `explanation` back, as the review did."""
    takers = {sign.id for sign in signs() if sign.withdraws}
    wrote = record["action"] in {"create", "update"} and record["outcome"] == "success"
    return not takers.isdisjoint(case.signs) and not explanation.personal and not wrote


def _look(
    row: tuple[Any, ...],
    records: Mapping[int, Mapping[str, Any]],
    by_id: Mapping[str, Explanation],
    cases: Mapping[int, Case],
    judged: frozenset[dt.date],
) -> Look:
    index, _, day, user_id, kind, listed, valid, covered, staff, explained, _, others = row
    case, explanation = cases.get(index), by_id.get(explained or "")
    if case and explanation and _withdrawn(case, explanation, records[index]):
        explanation = None
    judgeable = (
        user_id is not None
        and staff
        and kind not in {"shared", "vendor", "system"}
        and listed
        and valid
        and covered
    )
    if day not in judged:
        standing = Standing.NOT_YET
    elif case is not None and case.state is State.EXPLAINED:
        standing = Standing.CONFIRMED
    elif case is not None and case.state is not State.OPEN:
        standing = Standing.ASKING
    elif explanation is not None:
        standing = Standing.EXPLAINED
    elif judgeable:
        standing = Standing.UNEXPLAINED
    else:
        standing = Standing.NOT_JUDGEABLE
    return Look(
        record=records[index],
        others=tuple(records[each] for each in others if each in records),
        day=day,
        user_id=user_id,
        kind=kind,
        listed=listed,
        valid=valid,
        standing=standing,
        explanation=explanation,
        case=case,
    )
