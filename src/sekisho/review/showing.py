"""What signs show, worked out where the records lie; only what can become a case is brought out.

shows_…     rows of each sign, by its id; all_… of one that is `whole`, whatever explains them
shows       sign, index and matter of all of these rows
showing     shows with its user_id, without the signs that are a habit of the place
matter_of   user_id, matter, sign and records (of all signs) of each matter about a patient
weak        index of each record of a matter that is one sign's alone and can be no case
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from sekisho.review.cases import FLOOR
from sekisho.review.catalogue import Sign, signs
from sekisho.review.chance import OFTEN, Chance
from sekisho.review.ids import name_patients
from sekisho.review.matters import FEW, Event, Matter, events_of
from sekisho.storage import Analysis, Job

_OPEN = """
LEFT JOIN open_touch AS o ON o.index = f.index AND o.patient_id = f.patient_id
LEFT JOIN open_event AS e ON e.index = f.index AND f.patient_id IS NULL
"""
_SIGNS = """
SELECT t.sign, count(DISTINCT e.user_id), count(DISTINCT CASE WHEN t.matter <> '' THEN e.user_id END)
FROM shows AS t JOIN event AS e ON e.index = t.index WHERE e.user_id IS NOT NULL GROUP BY t.sign
"""
_SHOWN = """
CREATE TABLE showing AS
SELECT DISTINCT t.sign, t.index, e.user_id, t.matter
FROM shows AS t
JOIN event AS e ON e.index = t.index
ANTI JOIN habit AS h ON h.sign = t.sign
WHERE e.user_id IS NOT NULL
"""
_MATTER_OF = """
CREATE TABLE matter_of AS
SELECT s.user_id, s.matter, s.sign, m.records
FROM (SELECT DISTINCT user_id, matter, sign FROM showing WHERE matter <> '') AS s
JOIN (
  SELECT user_id, matter, count(DISTINCT index) AS records FROM showing WHERE matter <> ''
  GROUP BY user_id, matter
) AS m ON m.user_id = s.user_id AND m.matter = s.matter
"""
# No other sign and no other matter has any of its records: nothing can be added to it.
_LONE = """
CREATE TABLE lone AS
SELECT s.user_id, s.matter, min(s.sign) AS sign, least(count(*), $often) AS times
FROM showing AS s
JOIN (SELECT index, count(*) AS rows FROM showing GROUP BY index) AS c ON c.index = s.index
WHERE s.matter <> ''
GROUP BY s.user_id, s.matter HAVING max(c.rows) = 1 AND min(s.sign) = max(s.sign)
"""
_WEAK = """
CREATE TABLE weak AS
SELECT s.index FROM showing AS s
SEMI JOIN (
  SELECT l.user_id, l.matter, l.sign FROM lone AS l
  SEMI JOIN hopeless AS h ON h.sign = l.sign AND h.user_id = l.user_id AND h.times = l.times
) AS l ON l.user_id = s.user_id AND l.matter = s.matter AND l.sign = s.sign
"""
Gathered = tuple[list[Matter], dict[int, Event], dict[str, int], Chance]


def gather(
    analysis: Analysis, share: float, progress: Callable[[], None] = lambda: None
) -> Gathered:
    """Return the matters that signs found, their records, and the signs that are a habit here.

    A sign that so large a share of the ids in use shows is a habit of the place, and is reported
    with how many ids show it: one about people raises nothing, one about a patient says as much
    as `Chance` leaves of it, which is returned too. Matters that chance leaves nothing of are
    counted, and left where they are.

    Args:
        analysis: Where ``open_touch`` and ``open_event`` are.
        share: Cases a person of the house that can be put before people (`Chance`).
        progress: Called after each sign.
    """

    def show(sign: Sign) -> Job:
        def job(desk: Analysis) -> None:
            _ask(desk, sign)
            progress()

        return job

    analysis.together(show(sign) for sign in signs())
    shows = (
        f"SELECT '{sign.id}' AS sign, index, CAST(matter AS VARCHAR) AS matter FROM {_shows(sign)}"  # noqa: S608 (names of the program)
        for sign in signs()
    )
    analysis.execute(f"CREATE TABLE shows AS {' UNION ALL '.join(shows)}")
    shown, common, habits = _habits(analysis)
    analysis.register("habit", pa.table({"sign": pa.array(sorted(habits), pa.string())}))
    analysis.execute(_SHOWN)
    analysis.execute(_MATTER_OF)
    chance = Chance(analysis, signs(), share)
    _leave(analysis, chance)
    chance.know_patients(analysis)
    seen = [(sign, _rows(analysis, sign)) for sign in signs() if sign.id in shown - habits]
    name_patients(analysis, [row for _, rows in seen for row in rows])
    events = events_of(analysis, {row["index"] for _, rows in seen for row in rows})
    return _matters(seen, events), events, common, chance


def look(analysis: Analysis, sign: Sign) -> list[dict[str, Any]]:
    """Return the rows of `sign`; where explanations cut it, without what they explained."""
    _ask(analysis, sign)
    rows = [row[0] for row in analysis.rows(f"SELECT f FROM {_shows(sign)} AS f")]  # noqa: S608 (a name of the program)
    name_patients(analysis, rows)
    return rows


def removed(analysis: Analysis) -> dict[str, int]:
    """Return sign → accesses that show it and that an explanation took out of it.

    Of signs that are `whole` alone, after `gather`.
    """
    sql = f"SELECT count(DISTINCT f.index) FROM {{}} AS f {_OPEN} WHERE o.index IS NULL AND e.index IS NULL"  # noqa: S608 (names of the program)
    return {
        sign.id: int(analysis.rows(sql.format(_shows(sign, "all")))[0][0])
        for sign in signs()
        if sign.cut and sign.whole
    }


def _shows(sign: Sign, which: str = "shows") -> str:
    return f"{which}_{sign.id}"


def _ask(analysis: Analysis, sign: Sign) -> None:
    """Make the table of what `sign` shows; one that is `whole` is asked of every access of the period."""
    found = f"({sign.sql})"
    if sign.cut and sign.whole:
        found = _shows(sign, "all")
        whole = re.sub(r"\bopen_touch\b", "period_touch", sign.sql)
        analysis.execute(f"CREATE OR REPLACE TABLE {found} AS {whole}", sign.values())
    sql = f"SELECT f.* FROM {found} AS f"  # noqa: S608 (the queries are files of the program)
    if sign.cut:
        sql += f"{_OPEN} WHERE o.index IS NOT NULL OR e.index IS NOT NULL"
    analysis.execute(f"CREATE OR REPLACE TABLE {_shows(sign)} AS {sql}", sign.values(sql))


def _habits(analysis: Analysis) -> tuple[set[str], dict[str, int], set[str]]:
    """Return the signs that are shown; of these, those of many ids with how many, and those that raise nothing."""
    users = analysis.rows("SELECT count(DISTINCT user_id) FROM event")[0][0]
    counted = {sign: (ids, about) for sign, ids, about in analysis.rows(_SIGNS)}
    common = {
        sign.id: int(counted[sign.id][0])
        for sign in signs()
        if sign.rare is not None
        and sign.id in counted
        and counted[sign.id][0] > max(FEW, sign.rare * users)
    }
    return set(counted), common, {sign for sign in common if not counted[sign][1]}


def _leave(analysis: Analysis, chance: Chance) -> None:
    """Make ``weak``: what chance leaves less than `FLOOR` of, and nothing else can be added to."""
    analysis.execute(_LONE, {"often": OFTEN})
    groups = analysis.rows(
        "SELECT CAST(sign AS VARCHAR), CAST(user_id AS VARCHAR), times FROM lone GROUP BY ALL"
    )
    hopeless = [
        (sign, user_id, times)
        for sign, user_id, times in groups
        if chance.most(sign, user_id, times) < FLOOR
    ]
    columns = {"sign": pa.string(), "user_id": pa.string(), "times": pa.int64()}
    values = list(zip(*hopeless, strict=True)) or [()] * len(columns)
    analysis.register(
        "hopeless",
        pa.table(
            {
                name: pa.array(each, kind)
                for (name, kind), each in zip(columns.items(), values, strict=True)
            }
        ),
    )
    analysis.execute(_WEAK)


def _rows(analysis: Analysis, sign: Sign) -> list[dict[str, Any]]:
    sql = f"SELECT f FROM {_shows(sign)} AS f ANTI JOIN weak AS w ON w.index = f.index"  # noqa: S608 (names of the program)
    return [row[0] for row in analysis.rows(sql)]


def _matters(
    seen: Sequence[tuple[Sign, Sequence[dict[str, Any]]]], events: dict[int, Event]
) -> list[Matter]:
    matters: dict[tuple[str, tuple[str, str]], Matter] = {}
    for sign, rows in seen:
        for row in rows:
            if row["index"] not in events:
                continue
            user_id = events[row["index"]].user_id
            about = ("patient", row["matter"]) if row["matter"] else ("sign", sign.id)
            matter = matters.setdefault((user_id, about), Matter(user_id, about))
            indexes, values = matter.found.setdefault(sign.id, (set(), {}))
            indexes.add(row["index"])
            for name, value in row.items():
                if name not in {"index", "patient_id", "matter"} and value is not None:
                    values[name] = max(values[name], value) if name in values else value
    return list(matters.values())
