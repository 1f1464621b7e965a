"""Explanations work only while a named person's approval for this institution stands.

Shipped ones and proposals alike: approved, withdrawn and approved again by a name. Every word
stays; the newest counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.review.catalogue import Explanation, explanations
from sekisho.review.mined import instance, templates
from sekisho.review.records import ApprovalWord
from sekisho.review.store import latest
from sekisho.review.tables import APPROVAL, APPROVAL_WORD, MINED
from sekisho.storage import Database

_IDS: tuple[sa.Column[str], ...] = (APPROVAL.c.explanation, MINED.c.id)


def approve_shipped(database: Database, by: str, at: dt.datetime) -> list[str]:
    """Approve the shipped explanations that wait for it, in the name of `by`; return their ids.

    What stands approved as it is now keeps the name of who approved it. What somebody withdrew
    is left out: it is approved again by its own id alone.

    Raises:
        InvalidInputError: Nobody is named.
    """
    who = _named(by)
    with database.write() as c:
        return [one.id for one in explanations() if _put(c, one, who, at, waiting=True)]


def approve(database: Database, explanation: str, by: str, at: dt.datetime) -> None:
    """Approve one explanation, as it stands now, in the name of `by`.

    It is a shipped one, or a proposal: of the newest run that tells some, or once approved.

    Raises:
        InvalidInputError: There is none of that id, or nobody is named.
    """
    found = next((e for e in explanations() if e.id == explanation), None)
    if found is None:
        adopt(database, *_proposal(database, explanation), by, at)
    else:
        who = _named(by)
        with database.write() as c:
            _put(c, found, who, at)


def adopt(
    database: Database, template: str, values: Mapping[str, str], by: str, at: dt.datetime
) -> Explanation:
    """Approve the explanation of `template` with `values`, in the name of `by`, and return it.

    Raises:
        InvalidInputError: There is no such template, or nobody is named.
    """
    one = instance(template, values)
    who = _named(by)
    with database.write() as c:
        _put(c, one, who, at, MINED.c.id, template=template, values=dict(values))
    return one


def withdraw_approval(database: Database, explanation: str, by: str, at: dt.datetime) -> None:
    """Take an approval back in the name of `by`: from the next run on it does not work.

    Raises:
        InvalidInputError: Nobody is named.
        ConflictError: No approval of it stands.
    """
    who = _named(by)
    with database.write() as c:
        done = 0
        for name in _IDS:
            stands = sa.and_(name == explanation, name.table.c.digest != "")
            done += c.execute(sa.update(name.table).where(stands).values(digest="")).rowcount
        if not done:
            raise ConflictError("review.no_approval", explanation=explanation[:100])
        _say(c, explanation, who, at, approves=False)


def approved(database: Database) -> Mapping[str, tuple[str, dt.datetime]]:
    """Return id → (who, when) of each explanation that works now.

    One whose SQL or windows changed since is not among them: it waits to be
    approved again.
    """
    now = {one.id: one.digest for one in known(database)}
    found = {}
    with database.read() as c:
        for name in _IDS:
            columns = name.table.c
            for row in c.execute(sa.select(name, columns.digest, columns.by, columns.at)):
                if now.get(row[0]) == row.digest:
                    found[row[0]] = (row.by, row.at)
    return found


def known(database: Database) -> tuple[Explanation, ...]:
    """Return every explanation there is here: the shipped ones, and proposals ever approved."""
    return (*explanations(), *adopted(database).values())


def adopted(database: Database) -> dict[str, Explanation]:
    """Return id → explanation of each proposal that was ever approved, whether it works or not."""
    ways = {one.id for one in templates()}
    with database.read() as c:
        rows = c.execute(sa.select(MINED).order_by(MINED.c.id)).all()
    found = (instance(row.template, row.values) for row in rows if row.template in ways)
    return {one.id: one for one in found}


def withdrawn(database: Database) -> set[str]:
    """Return the ids of the explanations whose approval was taken back and not given again."""
    with database.read() as c:
        return {
            one
            for name in _IDS
            for one in c.scalars(sa.select(name).where(name.table.c.digest == ""))
        }


def approval_words(database: Database) -> dict[str, list[ApprovalWord]]:
    """Return id → who approved the explanation and who withdrew that, in order."""
    found: dict[str, list[ApprovalWord]] = {}
    with database.read() as c:
        for row in c.execute(sa.select(APPROVAL_WORD).order_by(APPROVAL_WORD.c.id)):
            word = ApprovalWord(row.approves, row.by, row.at)
            found.setdefault(row.explanation, []).append(word)
    return found


def working(database: Database) -> tuple[Explanation, ...]:
    """Return the explanations that were approved, narrowest first."""
    names = approved(database)
    kept = (one for one in known(database) if one.id in names)
    return tuple(sorted(kept, key=lambda one: (one.order, one.id)))


def _proposal(database: Database, explanation: str) -> tuple[str, Mapping[str, str]]:
    """Return template and values of what was approved once, or is proposed now."""
    with database.read() as c:
        once = c.execute(sa.select(MINED).where(MINED.c.id == explanation)).first()
    if once is not None:
        return once.template, once.values
    run = latest(database, telling="proposals")
    for line in run.summary.get("proposals", ()) if run else ():
        if line["id"] == explanation:
            return line["template"], line["values"]
    raise InvalidInputError("review.unknown_explanation", explanation=explanation[:100])


def _put(
    c: sa.Connection,
    one: Explanation,
    by: str,
    at: dt.datetime,
    name: sa.Column[str] = APPROVAL.c.explanation,
    *,
    waiting: bool = False,
    **more: Any,
) -> bool:
    """Write that `by` approves `one`, and return whether that was written.

    With `waiting` only where it was never approved, or has changed since. That is asked by the one
    statement that writes: whatever others approve or withdraw at that moment, they find a row.
    """
    insert = postgresql.insert if c.dialect.name == "postgresql" else sqlite.insert
    row = {name.name: one.id, "digest": one.digest, "by": by, "at": at, **more}
    new = insert(name.table).values(row)
    now = name.table.c.digest
    done = new.on_conflict_do_update(
        index_elements=[name],
        set_={key: new.excluded[key] for key in row},
        where=now.not_in(("", one.digest)) if waiting else None,
    ).returning(name)
    if c.scalar(done) is None:
        return False
    _say(c, one.id, by, at, approves=True)
    return True


def _say(c: sa.Connection, explanation: str, by: str, at: dt.datetime, *, approves: bool) -> None:
    word = {"explanation": explanation, "approves": approves, "by": by, "at": at}
    c.execute(sa.insert(APPROVAL_WORD).values(word))


def _named(by: str) -> str:
    if not by.strip():
        raise InvalidInputError("review.nobody_named")
    return by.strip()
