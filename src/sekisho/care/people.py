"""The staff list as people look at it, and what a person confirms about an id."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from sekisho.care.duties import as_user_kind, proposed_kind
from sekisho.care.places import id_key, name_key
from sekisho.care.records import Person, Post
from sekisho.care.tables import KIND, LOAD, STAFF
from sekisho.errors import ConflictError, InvalidInputError
from sekisho.storage import Database
from sekisho.terms import UserKind


def people(
    database: Database,
    *,
    search: str | None = None,
    at: dt.date | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[Person]:
    """Return the ids of the staff list in their order, a page at a time.

    Args:
        database: Where the list is kept.
        search: Part of an id, a name, a reading, a duty, a department or a ward.
        at: Only ids with a post on that day; each person's duty is of that day.
        after: The last id of the page before.
        limit: Size of a page.
    """
    found = sa.select(STAFF.c.user_id).where(STAFF.c.superseded_by.is_(None)).distinct()
    if search:
        word = search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found = found.where(
            sa.or_(
                *(
                    column.ilike(f"%{word}%", escape="\\")
                    for column in (
                        STAFF.c.user_id, STAFF.c.name, STAFF.c.kana,
                        STAFF.c.duty, STAFF.c.department, STAFF.c.ward,
                    )
                )
            )
        )  # fmt: skip
    if at:
        found = found.where(sa.or_(STAFF.c.valid_from.is_(None), STAFF.c.valid_from <= at)).where(
            sa.or_(STAFF.c.valid_to.is_(None), STAFF.c.valid_to >= at)
        )
    if after:
        found = found.where(STAFF.c.user_id > after)
    with database.read() as c:
        ids = list(c.scalars(found.order_by(STAFF.c.user_id).limit(limit)))
        return _people(c, ids, at)


def person(database: Database, user_id: str, at: dt.date | None = None) -> Person | None:
    """Return who `user_id` is; None where it is not in the staff list (which is not "left")."""
    with database.read() as c:
        found = _people(c, [user_id], at)
    return found[0] if found else None


def people_like(
    database: Database, ids: Collection[str], at: dt.date | None = None
) -> list[Person]:
    """Return who of the staff list may be one of `ids`, with leading zeros or without (`id_key`).

    To refuse only, as `id_key` is: who an id is, `person` says.
    """
    keys = {id_key(one) for one in ids}
    listed = sa.select(STAFF.c.user_id).where(STAFF.c.superseded_by.is_(None)).distinct()
    with database.read() as c:
        alike = [one for one in c.scalars(listed) if id_key(one) in keys]
        return _people(c, alike, at)


def add_person(
    database: Database,
    *,
    user_id: str,
    name: str | None,
    duty: str | None = None,
    department: str | None = None,
    ward: str | None = None,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Person:
    """Add one person by hand, until a staff list names the id.

    Raises:
        ConflictError: The id is already somebody's.
        InvalidInputError: The id is empty.
    """
    user_id = user_id.strip()
    if not user_id:
        raise InvalidInputError("care.no_user_id")
    with database.write() as c:
        if _people(c, [user_id], None):
            raise ConflictError("care.id_taken", user_id=user_id)
        c.execute(
            sa.insert(STAFF).values(
                load_id=0, row=0, user_id=user_id, name=name, duty=duty, department=department,
                ward=ward, valid_from=valid_from, valid_to=valid_to, concurrent=False,
                proposed=proposed_kind(name, duty, user_id),
            )
        )  # fmt: skip
        return _people(c, [user_id], None)[0]


def mark_kind(database: Database, user_id: str, kind: UserKind, by: str, at: dt.datetime) -> None:
    """Keep whose id `user_id` is, as `by` confirmed it.

    An id that is in no list may be marked too: a vendor's id seldom is.
    """
    if kind is UserKind.UNKNOWN:
        raise InvalidInputError("care.kind_unknown")
    with database.write() as c:
        c.execute(sa.delete(KIND).where(KIND.c.user_id == user_id))
        c.execute(sa.insert(KIND).values(user_id=user_id, kind=kind, by=by, at=at))


def staff_count(database: Database) -> int:
    """Return how many ids the staff list has now."""
    query = sa.select(sa.func.count(sa.distinct(STAFF.c.user_id))).where(
        STAFF.c.superseded_by.is_(None)
    )
    with database.read() as c:
        return int(c.scalar(query) or 0)


def proposed_kinds(database: Database) -> list[tuple[str, str]]:
    """Return (id, proposed kind) of each id that nobody has confirmed yet."""
    with database.read() as c:
        rows = c.execute(
            sa.select(STAFF.c.user_id, sa.func.min(STAFF.c.proposed))
            .where(STAFF.c.superseded_by.is_(None))
            .where(STAFF.c.proposed.is_not(None))
            .where(STAFF.c.user_id.not_in(sa.select(KIND.c.user_id)))
            .group_by(STAFF.c.user_id)
            .order_by(STAFF.c.user_id)
        ).all()
    return [(row[0], row[1]) for row in rows]


def ended_user_ids(database: Database, on: dt.date) -> set[str]:
    """Return the ids in the staff list whose every post ended before the local day `on`."""
    with database.read() as c:
        rows = c.execute(
            sa.select(STAFF.c.user_id)
            .where(STAFF.c.superseded_by.is_(None))
            .group_by(STAFF.c.user_id)
            .having(sa.func.count() == sa.func.count(STAFF.c.valid_to))
            .having(sa.func.max(STAFF.c.valid_to) < on)
        ).scalars()
        return set(rows)


def person_ids(database: Database) -> set[str]:
    """Return the ids of the staff list that are a person's, ended ones too."""
    with database.read() as c:
        rows = c.execute(
            sa.select(STAFF.c.user_id, sa.func.min(STAFF.c.proposed), sa.func.min(KIND.c.kind))
            .outerjoin(KIND, KIND.c.user_id == STAFF.c.user_id)
            .where(STAFF.c.superseded_by.is_(None))
            .group_by(STAFF.c.user_id)
        ).all()
    return {
        user_id
        for user_id, proposed, said in rows
        if (UserKind(said) if said else as_user_kind(proposed) or UserKind.PERSON)
        is UserKind.PERSON
    }


def listed_at(database: Database) -> dt.datetime | None:
    """Return when a staff list was last loaded; None where there never was one."""
    query = sa.select(sa.func.max(LOAD.c.at)).where(LOAD.c.taken_for == "staff")
    with database.read() as c:
        found: dt.datetime | None = c.scalar(query)
    return found


def same_names(database: Database) -> int:
    """Return how many names are borne by two ids or more: they stay two persons."""
    with database.read() as c:
        rows = c.execute(
            sa.select(STAFF.c.user_id, STAFF.c.name)
            .where(STAFF.c.superseded_by.is_(None))
            .where(STAFF.c.name.is_not(None))
            .distinct()
        ).all()
    named: dict[str, set[str]] = {}
    for row in rows:
        named.setdefault(name_key(row.name), set()).add(row.user_id)
    return sum(len(ids) > 1 for ids in named.values())


def _people(c: sa.Connection, ids: Sequence[str], at: dt.date | None) -> list[Person]:
    rows: dict[str, list[Any]] = {user_id: [] for user_id in ids}
    for row in c.execute(
        sa.select(STAFF)
        .where(STAFF.c.user_id.in_(ids))
        .where(STAFF.c.superseded_by.is_(None))
        .order_by(STAFF.c.user_id, STAFF.c.concurrent, STAFF.c.valid_from, STAFF.c.id)
    ):
        rows[row.user_id].append(row)
    said = dict(
        c.execute(sa.select(KIND.c.user_id, KIND.c.kind).where(KIND.c.user_id.in_(ids))).all()
    )
    return [
        _person(user_id, posts, said.get(user_id), at) for user_id, posts in rows.items() if posts
    ]


def _person(user_id: str, posts: Sequence[Any], said: str | None, at: dt.date | None) -> Person:
    now = [
        post
        for post in posts
        if at is None or ((post.valid_from or at) <= at <= (post.valid_to or at))
    ]
    mains = [post for post in now if not post.concurrent] or now or list(posts)
    main = mains[-1]
    proposed = next((post.proposed for post in posts if post.proposed), None)
    starts = [post.valid_from for post in posts]
    ends = [post.valid_to for post in posts]
    return Person(
        user_id=user_id,
        name=main.name,
        duty=main.duty,
        department=main.department,
        ward=main.ward,
        valid_from=None if None in starts else min(starts),
        valid_to=None if None in ends else max(ends),
        kind=UserKind(said) if said else as_user_kind(proposed) or UserKind.PERSON,
        proposed=None if said else proposed,
        posts=tuple(
            Post(
                duty=post.duty,
                department=post.department,
                ward=post.ward,
                valid_from=post.valid_from,
                valid_to=post.valid_to,
                concurrent=post.concurrent,
            )
            for post in posts
        ),
    )
