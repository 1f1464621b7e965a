"""Explanations asked one after the other, of what nothing explained yet, a stretch of days at a time.

part        records of the stretch that is looked at: all of ``seen``, unless that is large
touch_part  part, one row a record and patient
touch       touch_part, of the days before the period only by who opens the same patient in it; once
            much is explained, what is not
post        touch × each place of each post that was valid that day, of what is not explained
fresh       what was explained since ``post`` was narrowed; stood: before, in this stretch; had: both
recent      what was explained in the days before the stretch
done        what of ``touch`` is explained
relative_explained  what is explained of people at one address (`lists`): the signs ask for it
colleague_explained the same of people of the staff list whose record another opens
cause       id and place of each explanation that was asked; the place stands in the tables above
around      touch of the stretch and the days before it; again: by who opens the same patient again
apart       index, in_period of the records of the stretch that are not counted by their explanation
            alone: of many patients, or from before the period
sizes       touches: how many the stretch has; waits: how many ``touch`` has
open_touch, counted, shared, workday, moved     what is kept of each stretch; moved: user_id and
            day with more than one terminal
taken       index, patient_id of what signs show that withdraw; withdrawn: what was explained of it
used        ids as the log writes them and their days; first_used: those whose first is near what is open
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from sekisho.review.catalogue import Explanation, signs
from sekisho.review.lists import near
from sekisho.storage import Analysis, Job, asks

LEAD_DAYS = 7
"""Days before the period that are read too: an access may follow an explained one."""
SMALL = 1_000_000
"""Of no more records what is read of the log stays in memory, and explanations are asked together."""
STRETCH = 5_000_000
"""Records that are looked at together: what is made of them stays in memory."""
NARROWED = 0.4
"""Share of what waits that must be explained before the rest of ``post`` is copied out."""
TOGETHER = 6
"""So many explanations are asked in one query where records are few: to plan each alone takes longer."""
FEW = 0.25
"""Share of ``touch`` that must be left before it is copied out, as few explanations read it."""

FRESH = """
CREATE OR REPLACE TABLE fresh (index BIGINT, patient_id INTEGER, cause SMALLINT)
"""
_EACH_ONCE = """
CREATE OR REPLACE TABLE fresh AS
SELECT index, patient_id, CAST(min(cause) AS SMALLINT) AS cause FROM fresh
GROUP BY index, patient_id
"""
_STOOD = FRESH.replace("fresh", "stood")
# A table: how few they are decides how they are joined.
_AGAIN = """
CREATE OR REPLACE TABLE again AS
SELECT t.* FROM around AS t
SEMI JOIN (SELECT user_id, patient_id FROM touch) AS w
  ON w.user_id = t.user_id AND w.patient_id = t.patient_id
"""
_SETTLED = """
CREATE OR REPLACE VIEW settled AS
SELECT t.* FROM {again} AS t
SEMI JOIN (
  SELECT * FROM had WHERE cause IN (SELECT place FROM start_cause)
  UNION ALL SELECT * FROM recent
) AS x ON x.index = t.index AND x.patient_id = t.patient_id
"""
_FIRST = [
    "CREATE TABLE cause (id VARCHAR, place SMALLINT)",
    "CREATE VIEW start_cause AS SELECT c.place FROM cause AS c SEMI JOIN start_of AS s ON s.id = c.id",
    "CREATE VIEW touch AS SELECT * FROM touch_all",
    "CREATE VIEW touch_part AS SELECT * FROM touch_all",
    "CREATE VIEW period_touch AS SELECT * FROM touch_all WHERE in_period",
    FRESH.replace("fresh", "recent"),
    "CREATE TABLE open_touch AS SELECT * FROM touch_all WHERE FALSE",
    "CREATE TABLE counted (explanation VARCHAR, records BIGINT)",
    "CREATE TABLE shared (index BIGINT, explanation VARCHAR)",
    "CREATE TABLE moved AS SELECT user_id, day FROM seen WHERE FALSE",
    """
CREATE TABLE relative_explained (index BIGINT, patient_id INTEGER, explanation VARCHAR)
""",
    """
CREATE TABLE colleague_explained (index BIGINT, patient_id INTEGER, explanation VARCHAR)
""",
    """
CREATE TABLE workday AS
SELECT user_id, day, FALSE AS own, duty_group, index AS people, index AS touches
FROM seen WHERE FALSE
""",
]
_BEGIN = [
    FRESH,
    _STOOD,
    "CREATE OR REPLACE VIEW had AS SELECT * FROM stood UNION ALL SELECT * FROM fresh",
    """
CREATE OR REPLACE VIEW explained AS
SELECT h.index, h.patient_id, c.id AS explanation
FROM had AS h JOIN cause AS c ON c.place = h.cause
""",
    "CREATE OR REPLACE VIEW done AS SELECT * FROM had",
    _SETTLED.format(again="around"),
]
_WHOLE = "CREATE OR REPLACE VIEW touch AS SELECT * FROM touch_part"
# What was before the period only says from what a return in it follows.
_BEFORE = [
    "DROP TABLE IF EXISTS waiting",
    """
CREATE TABLE waiting AS
SELECT * FROM touch_part WHERE in_period
UNION ALL
SELECT t.* FROM touch_part AS t
SEMI JOIN (SELECT user_id, patient_id FROM touch_part WHERE in_period) AS p
  ON p.user_id = t.user_id AND p.patient_id = t.patient_id
WHERE NOT t.in_period
""",
    "CREATE OR REPLACE VIEW touch AS SELECT * FROM waiting",
]
_SIZES = """
CREATE OR REPLACE TABLE sizes AS SELECT count(*) AS touches, count(*) AS waits FROM touch
"""
_POST = """
CREATE OR REPLACE TABLE post AS
SELECT t.index, t.patient_id, t.user_id, t.day, t.moment, p.duty_group, p.place
FROM touch AS t
JOIN (SELECT * FROM post_day{days}) AS p ON p.user_id = t.user_id AND p.day = t.day
"""
_NARROW = [
    """
CREATE OR REPLACE TABLE post AS
SELECT p.* FROM post AS p ANTI JOIN fresh AS x ON x.index = p.index AND x.patient_id = p.patient_id
""",
    "INSERT INTO stood SELECT * FROM fresh",
    FRESH,
]
_LEFT = [
    """
CREATE TABLE left_touch AS
SELECT t.* FROM touch AS t ANTI JOIN had AS x ON x.index = t.index AND x.patient_id = t.patient_id
""",
    "DROP TABLE IF EXISTS waiting",
    "ALTER TABLE left_touch RENAME TO waiting",
    "CREATE OR REPLACE VIEW touch AS SELECT * FROM waiting",
    "CREATE OR REPLACE TABLE sizes AS SELECT touches, (SELECT count(*) FROM waiting) AS waits FROM sizes",
    "CREATE OR REPLACE VIEW done AS SELECT * FROM fresh",
]
_STALE = "CREATE OR REPLACE VIEW done AS SELECT * FROM had"
"""``touch`` still holds what ``post`` does not."""
_LEAVE = """
INSERT INTO open_touch
SELECT t.* FROM touch AS t
ANTI JOIN done AS x ON x.index = t.index AND x.patient_id = t.patient_id
WHERE t.in_period
"""
_TAKEN = """
CREATE OR REPLACE TABLE taken AS
SELECT DISTINCT t.index, t.patient_id FROM touch_part AS t
SEMI JOIN ({shown}) AS s ON s.index = t.index AND s.patient_id = t.patient_id
WHERE CASE WHEN t.action IN ('create', 'update') AND t.outcome = 'success' THEN 0 ELSE 1 END = 1
"""
_WITHDRAW = [
    """
CREATE OR REPLACE TABLE withdrawn AS
SELECT DISTINCT h.index, h.patient_id FROM had AS h
SEMI JOIN taken AS t ON t.index = h.index AND t.patient_id = h.patient_id
JOIN cause AS c ON c.place = h.cause
ANTI JOIN personal AS p ON p.id = c.id
""",
    """
INSERT INTO open_touch
SELECT t.* FROM touch AS t
SEMI JOIN withdrawn AS w ON w.index = t.index AND w.patient_id = t.patient_id
WHERE t.in_period
""",
    """
CREATE OR REPLACE VIEW had AS
SELECT h.* FROM (SELECT * FROM stood UNION ALL SELECT * FROM fresh) AS h
ANTI JOIN withdrawn AS w ON w.index = h.index AND w.patient_id = h.patient_id
""",
]
_EXPLAINED_OF = """
INSERT INTO {kept}
SELECT x.index, x.patient_id, c.id FROM (
  SELECT h.* FROM had AS h
  SEMI JOIN (
    SELECT t.index, t.patient_id FROM touch_part AS t
    SEMI JOIN {whom}
  ) AS t ON t.index = h.index AND t.patient_id = h.patient_id
) AS x JOIN cause AS c ON c.place = x.cause
"""
# A record of one patient has one explanation; of many patients it may have several. A table:
# how few they are decides how they are joined.
_APART = """
CREATE OR REPLACE TABLE apart AS
SELECT index, in_period FROM part WHERE NOT in_period OR patients > 1
"""
_END = [
    """
INSERT INTO counted
SELECT c.id, x.records FROM (
  SELECT h.cause, count(*) AS records FROM had AS h
  ANTI JOIN apart AS m ON m.index = h.index
  GROUP BY h.cause
) AS x JOIN cause AS c ON c.place = x.cause
""",
    """
INSERT INTO shared
SELECT x.index, c.id FROM (
  SELECT h.* FROM had AS h
  SEMI JOIN (SELECT index FROM apart WHERE in_period) AS m ON m.index = h.index
) AS x JOIN cause AS c ON c.place = x.cause
""",
    _EXPLAINED_OF.format(
        kept="relative_explained",
        whom="relative AS r ON r.user_id = t.user_id AND r.patient_id = t.patient_id",
    ),
    _EXPLAINED_OF.format(
        kept="colleague_explained",
        whom="staff AS s ON s.patient_id = t.patient_id AND s.user_id <> t.user_id",
    ),
    """
INSERT INTO moved
SELECT user_id, day FROM part
WHERE first AND in_period AND terminal IS NOT NULL AND exact AND kind IN ('person', 'unknown')
  AND source <> 'sekisho'
GROUP BY user_id, day HAVING min(terminal) <> max(terminal)
""",
    """
INSERT INTO workday
SELECT user_id, day, own, duty_group, count(*), sum(touches) FROM (
  SELECT user_id, day, kind IN ('person', 'unknown') AS own, duty_group, patient_id,
    count(*) AS touches
  FROM touch_part WHERE in_period GROUP BY ALL
) GROUP BY user_id, day, own, duty_group
""",
]
_NEXT = """
CREATE OR REPLACE TABLE recent AS
SELECT x.* FROM had AS x
SEMI JOIN (SELECT index FROM part WHERE day > DATE '{day}') AS t ON t.index = x.index
WHERE x.cause IN (SELECT place FROM start_cause)
"""
_OPEN = [
    "CREATE OR REPLACE VIEW touch AS SELECT * FROM touch_all",
    "CREATE OR REPLACE VIEW touch_part AS SELECT * FROM touch_all",
    """
CREATE TABLE open_event AS
SELECT e.* FROM event AS e
WHERE e.patients = 0 OR e.index IN (SELECT index FROM open_touch)
""",
    """
CREATE TABLE used AS
SELECT DISTINCT written_user AS user_id, day FROM read
WHERE source <> 'sekisho' AND written_user IS NOT NULL
""",
    """
CREATE TABLE first_used AS
SELECT DISTINCT b.user_id
FROM (SELECT user_id, min(day) AS day FROM used GROUP BY user_id) AS b
JOIN user_map AS m ON m.written = b.user_id
JOIN open_touch AS t ON t.user_id = m.user_id AND t.day BETWEEN b.day AND b.day + 3
""",
]

Stretch = tuple[dt.date, dt.date]


def large(records: int) -> bool:
    """Return whether so many records are looked at stretch by stretch."""
    return records > STRETCH


def small(records: int) -> bool:
    """Return whether so few records are looked at that to ask takes longer than to answer."""
    return records <= SMALL


def begin(analysis: Analysis, records: int) -> None:
    """Make what explanations read, when ``seen`` is there: of everything, unless it is large."""
    for sql in _FIRST:
        analysis.execute(sql)
    if not large(records):
        _look_at(analysis, None)


def stretches(analysis: Analysis) -> Sequence[Stretch | None]:
    """Return the first and last days of what is looked at together; None is everything."""
    days = analysis.rows("SELECT day, count(*) FROM seen GROUP BY day ORDER BY day")
    if not large(sum(count for _, count in days)):
        return [None]
    found: list[Stretch] = []
    total = STRETCH
    for day, count in days:
        if total + count > STRETCH:
            found.append((day, day))
            total = 0
        found[-1] = (found[-1][0], day)
        total += count
    return found


def explain_all(
    analysis: Analysis, explanations: Sequence[Explanation], step: Callable[[], None] = lambda: None
) -> None:
    """Let each of `explanations` explain what those before it did not, then `settle`.

    `step` is called after each, in each of the `stretches`.
    """
    parts = stretches(analysis)
    here = able(analysis, explanations)
    free = _free(analysis, explanations)
    for place, part in enumerate(parts):
        if part is not None:
            _look_at(analysis, part)
        if free:
            _ask_together(analysis, [(one, here[one.id]) for one in free if one.id in here])
            _narrow(analysis)
        for explanation in explanations:
            if explanation.id in here and explanation not in free:
                _ask(analysis, explanation, here[explanation.id])
                _narrow(analysis)
            step()
        _keep(analysis)
        if part is not None and place + 1 < len(parts):
            day = part[1] - dt.timedelta(days=LEAD_DAYS)
            analysis.execute(_NEXT.format(day=day))
    _open(analysis)


def settle(analysis: Analysis) -> None:
    """Make ``open_touch`` and ``open_event``, when every explanation has had its say."""
    _keep(analysis)
    _open(analysis)


def explain(analysis: Analysis, explanation: Explanation) -> None:
    """Let `explanation` explain what nothing before it explained."""
    for place in able(analysis, [explanation]).values():
        _ask(analysis, explanation, place)


def able(analysis: Analysis, explanations: Sequence[Explanation]) -> dict[str, int]:
    """Return id → place in ``cause`` of those of which no list is empty that they cannot do without.

    Of visits and stays one is enough.
    """
    here = {name for (name,) in analysis.rows("SELECT name FROM arrived")}
    places = dict(analysis.rows("SELECT id, place FROM cause"))
    found: dict[str, int] = {}
    for one in explanations:
        if {*one.needs} - {"visits", "stays"} <= here:
            found[one.id] = int(places.setdefault(one.id, len(places)))
    analysis.register(
        "cause_given",
        pa.table(
            {
                "id": pa.array(list(places), pa.string()),
                "place": pa.array(places.values(), pa.int64()),
            }
        ),
    )
    analysis.execute(
        "CREATE OR REPLACE TABLE cause AS SELECT id, CAST(place AS SMALLINT) AS place FROM cause_given"
    )
    return found


def _free(analysis: Analysis, explanations: Sequence[Explanation]) -> Sequence[Explanation]:
    """Return the first of `explanations`, up to one that asks what was explained, where several are asked at a time."""
    if analysis.hands == 1:
        return ()
    asks_back = re.compile(r"\b(explained|settled)\b")
    ends = (n for n, one in enumerate(explanations) if asks_back.search(one.sql))
    return explanations[: next(ends, len(explanations))]


def _ask_together(analysis: Analysis, asked: Sequence[tuple[Explanation, int]]) -> None:
    """Let each of `asked` explain what it can: what several can is the first one's, as ever."""

    def ask(some: Sequence[tuple[Explanation, int]]) -> Job:
        values: dict[str, Any] = {}
        queries = []
        for explanation, place in some:
            query, its = explanation.apart(place)
            values |= its
            queries.append(f"SELECT f.index, f.patient_id, {place} FROM ({query}) AS f")  # noqa: S608 (the queries are files of the program)
        sql = f"INSERT INTO fresh {' UNION ALL '.join(queries)}"
        return lambda desk: desk.execute(sql, values)

    parts = range(0, len(asked), TOGETHER)
    analysis.together(ask(asked[part : part + TOGETHER]) for part in parts)
    analysis.execute(_EACH_ONCE)


def _ask(analysis: Analysis, explanation: Explanation, place: int) -> None:
    done = "done" if "touch" in explanation.sql else "fresh"
    if "settled" in explanation.sql:
        analysis.execute(_AGAIN)
        analysis.execute(_SETTLED.format(again="again"))
    analysis.execute(
        f"""
INSERT INTO fresh
SELECT f.index, f.patient_id, $cause FROM ({explanation.sql}) AS f
ANTI JOIN {done} AS x ON x.index = f.index AND x.patient_id = f.patient_id
""",  # noqa: S608 (the queries are files of the program)
        {**explanation.values(), "cause": place},
    )


def _look_at(analysis: Analysis, part: Stretch | None) -> None:
    days = "" if part is None else f" WHERE day BETWEEN DATE '{part[0]}' AND DATE '{part[1]}'"
    analysis.execute(f"CREATE OR REPLACE VIEW part AS SELECT * FROM seen{days}")  # noqa: S608 (two dates)
    analysis.execute(
        f"CREATE OR REPLACE VIEW touch_part AS SELECT * FROM touch_all{days}"  # noqa: S608 (two dates)
    )
    lead = days
    if part is not None:
        since = part[0] - dt.timedelta(days=LEAD_DAYS)
        lead = f" WHERE day BETWEEN DATE '{since}' AND DATE '{part[1]}'"
    analysis.execute(f"CREATE OR REPLACE VIEW around AS SELECT * FROM touch_all{lead}")  # noqa: S608 (two dates)
    near(analysis, part or _all_days(analysis))
    before = analysis.rows("SELECT count(*) FROM part WHERE NOT in_period")[0][0]
    for sql in (*_BEGIN, *(_BEFORE if before else (_WHOLE,)), _SIZES, _POST.format(days=days)):
        analysis.execute(sql)


def _all_days(analysis: Analysis) -> Stretch | None:
    first, last = analysis.rows("SELECT min(day), max(day) FROM said")[0]
    return (first, last) if first else None


def _narrow(analysis: Analysis) -> None:
    """Leave to later explanations what is not explained yet, where a good part of it is."""
    fresh, stood, touches, waits = analysis.rows(
        """
SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM stood),
  touches, waits FROM sizes
"""
    )[0]
    if fresh < max(NARROWED * (touches - stood), 1000):
        return
    few = touches - stood - fresh <= FEW * waits
    for sql in (*(_LEFT if few else (_STALE,)), *_NARROW):
        analysis.execute(sql)


def _keep(analysis: Analysis) -> None:
    analysis.execute(_LEAVE)
    _withdraw(analysis)
    analysis.execute(_APART)
    analysis.together(asks(sql) for sql in _END)


def _withdraw(analysis: Analysis) -> None:
    """Take back what a sign withdraws: what would explain anybody's access does not explain these.

    A visit within three days explains an access to one patient, not one of twenty whose numbers
    follow each other; and nobody is the reception of their own visit.
    """
    analysis.execute("CREATE OR REPLACE VIEW touch AS SELECT * FROM touch_part")
    takers = [sign.apart(place) for place, sign in enumerate(signs()) if sign.withdraws]
    shown = " UNION ALL ".join(f"SELECT index, patient_id FROM ({sql})" for sql, _ in takers)  # noqa: S608 (files of the program)
    values = {name: value for _, its in takers for name, value in its.items()}
    analysis.execute(_TAKEN.format(shown=shown), values)
    if analysis.rows("SELECT count(*) FROM taken")[0][0]:
        for sql in _WITHDRAW:
            analysis.execute(sql)


def _open(analysis: Analysis) -> None:
    near(analysis, None)
    for sql in _OPEN:
        analysis.execute(sql)
