"""Whose the ids of other systems are: one person has several, and one id is not one person.

A system whose ids are mapped is read by its mapping alone: an id without a row is in no staff
list, even where the staff list happens to have the same letters for somebody else. Where two
rows give one id to two people on one day, it is nobody's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.care.dates import overlap
from sekisho.care.headers import squeeze
from sekisho.care.records import Doubt, Kind, LoadReport, SystemId
from sekisho.care.tables import LOAD, STAFF, SYSTEM_ID
from sekisho.storage import Database
from sekisho.terms import Finding, Gravity

_CHUNK = 5_000


def store_system_ids(
    c: sa.Connection, load_id: int, rows: Sequence[tuple[int, dict[str, Any]]], report: LoadReport
) -> int:
    """Keep `rows`, in place of earlier ones of the same ids and time; return how many are new."""
    named: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for _, values in rows:
        named.setdefault((values["system_key"], values["user_id"]), []).append(values)
    old = c.execute(sa.select(SYSTEM_ID).where(SYSTEM_ID.c.superseded_by.is_(None))).all()
    known = {(row.system_key, row.user_id) for row in old}
    replaced = [
        row.id
        for row in old
        if any(
            overlap(row.valid_from, row.valid_to, one["valid_from"], one["valid_to"])
            for one in named.get((row.system_key, row.user_id), ())
        )
    ]
    for at in range(0, len(replaced), _CHUNK):
        c.execute(
            sa.update(SYSTEM_ID)
            .where(SYSTEM_ID.c.id.in_(replaced[at : at + _CHUNK]))
            .values(superseded_by=load_id)
        )
    if rows:
        c.execute(
            sa.insert(SYSTEM_ID), [{**one, "load_id": load_id, "row": line} for line, one in rows]
        )
    for (_, user_id), owners in sorted(named.items()):
        if _several(owners):
            report.findings.append(_of_several(owners[0]["system"], user_id))
    return len(named.keys() - known)


def doubt_owners(database: Database, reports: Iterable[LoadReport]) -> None:
    """Say of each list of ids whose owners stand in no staff list, once every list of a call is read."""
    told = [one for one in reports if one.taken_for is Kind.SYSTEM_IDS and one.load_id is not None]
    if not told:
        return
    with database.write() as c:
        staff = set(c.scalars(sa.select(STAFF.c.user_id).where(STAFF.c.superseded_by.is_(None))))
        for report in told:
            mine = sa.select(SYSTEM_ID.c.staff_id).where(SYSTEM_ID.c.load_id == report.load_id)
            nobody = set(c.scalars(mine)) - staff
            if nobody:
                report.doubts.append(Doubt("care.owner_not_listed", {"ids": len(nobody)}))
                doubts = [[one.message, dict(one.args)] for one in report.doubts]
                c.execute(sa.update(LOAD).where(LOAD.c.id == report.load_id).values(doubts=doubts))


def _several(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether one day has two owners."""
    return any(
        a["staff_id"] != b["staff_id"]
        and overlap(a["valid_from"], a["valid_to"], b["valid_from"], b["valid_to"])
        for place, a in enumerate(rows)
        for b in rows[place + 1 :]
    )


def _of_several(system: str, user_id: str) -> Finding:
    return Finding(
        key=f"care.two_owners:{squeeze(system)}:{user_id}",
        room="care",
        gravity=Gravity.WEEK,
        duty="1-1",
        message="care.two_owners",
        where="/people/lists",
        action="care.action.look_at_list",
        args={"system": system, "user_id": user_id},
    )


def system_ids_of(database: Database, staff_id: str) -> list[SystemId]:
    """Return the ids that a person of the staff list has in other systems, in their order."""
    with database.read() as c:
        rows = c.execute(
            sa.select(SYSTEM_ID)
            .where(SYSTEM_ID.c.staff_id == staff_id, SYSTEM_ID.c.superseded_by.is_(None))
            .order_by(SYSTEM_ID.c.system, SYSTEM_ID.c.valid_from, SYSTEM_ID.c.user_id)
        ).all()
    return [
        SystemId(
            system=row.system,
            key=row.system_key,
            user_id=row.user_id,
            staff_id=row.staff_id,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in rows
    ]


def mapped_sources(database: Database, sources: Iterable[str]) -> dict[str, str]:
    """Return, of `sources`, those whose ids are mapped, each with its system's key."""
    with database.read() as c:
        systems = set(
            c.scalars(
                sa.select(SYSTEM_ID.c.system_key)
                .where(SYSTEM_ID.c.superseded_by.is_(None))
                .distinct()
            )
        )
    keys = {source: squeeze(source) for source in sources} if systems else {}
    return {source: key for source, key in keys.items() if key in systems}


def staff_id_of(database: Database, source: str, user_id: str, day: dt.date) -> str | None:
    """Return whose id `user_id` of the records of `source` was on the local day `day`.

    The id itself where the ids of that system are not mapped: it is the staff list's then.
    None where they are, and this one is nobody's on that day, or two people's.
    """
    key = squeeze(source)
    with database.read() as c:
        mapped = c.scalar(
            sa.select(sa.func.count())
            .select_from(SYSTEM_ID)
            .where(SYSTEM_ID.c.system_key == key, SYSTEM_ID.c.superseded_by.is_(None))
        )
        if not mapped:
            return user_id
        rows = c.execute(
            sa.select(SYSTEM_ID.c.user_id, SYSTEM_ID.c.staff_id)
            .where(SYSTEM_ID.c.system_key == key)
            .where(sa.func.ltrim(SYSTEM_ID.c.user_id, "0") == user_id.lstrip("0"))
            .where(SYSTEM_ID.c.superseded_by.is_(None))
            .where(sa.or_(SYSTEM_ID.c.valid_from.is_(None), SYSTEM_ID.c.valid_from <= day))
            .where(sa.or_(SYSTEM_ID.c.valid_to.is_(None), SYSTEM_ID.c.valid_to >= day))
        ).all()
    owners = {staff for written, staff in rows if written == user_id}
    if not owners and user_id.isdecimal():
        # A program may have cut the zeros in the list, or in the log.
        owners = {staff for written, staff in rows if written.isdecimal()}
    return owners.pop() if len(owners) == 1 else None
