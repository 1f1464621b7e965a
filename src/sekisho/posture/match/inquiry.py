"""Asking the maker of a device about an advisory, and what is answered.

A person writes down who answered what, and on which day. An answer holds for the remedy that was
asked about: where the advisory gives another one, it is asked anew.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.posture.knowledge.tables import ADVISORY, TREATMENT
from sekisho.posture.match.run import keep_treatment, remedy_of
from sekisho.posture.match.tables import FOUND, INQUIRY, REPLY
from sekisho.posture.tables import ASSET, CONNECTION
from sekisho.storage import Database

ANSWERS = ("affected", "not_affected", "fixed", "no_patch")
DUTIES = ("maker", "maintainer", "owner")
DAYS = 14
"""Days in which an answer is asked for, unless a person says another day."""
LONGEST = dt.timedelta(days=366)
"""How long something may stand in place of a patch before it is looked at again."""
_DEPARTMENT = re.compile(r"(?:[部課科室係]|病棟|センター|department|ward)$", re.IGNORECASE)
_STATE = {"affected": "doing", "not_affected": "done", "fixed": "doing", "no_patch": "doing"}
_DEVICE = ("number", "name", "kind", "maker", "product", "model", "version", "serial", "clinical_use", "maintained_by", "leased", "owner")  # fmt: skip
_LINE = ("number", "name", "maker", "product", "model", "version", "owner")
_PUBLISHED = ("source", "title", "url", "cves")
_VERDICT = ("component", "status", "message", "args", "fixed_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What was answered, and who wrote it down.

    Attributes:
        answer: One of `ANSWERS`.
        who: Who answered, at the maker; `on` which day.
        instead: What stands in place of a patch that does not come; `until` when.
    """

    id: int
    answer: str
    fixed_in: str | None
    instead: str | None
    until: dt.date | None
    who: str
    on: dt.date
    note: str | None
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One device of a letter.

    Attributes:
        letter: Those with the same went out together; `others` how many more these are.
        current: Whether it asked about the remedy that the advisory gives now.
        reply: The answer in force, None where there is none.
    """

    id: int
    letter: int
    asset: str
    number: str
    addressee: str
    duty: str
    due: dt.date
    told: Mapping[str, Any]
    by: str
    at: dt.datetime
    others: int
    current: bool
    reply: Reply | None


def addressees(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return to whom an inquiry about a device may go, the right one first: (duty, name).

    What is leased belongs to its owner, who alone may let it be changed; a department of the
    institution, which ledgers name in the same column, is nobody to write to.
    """
    names = {"maker": "maker", "maintainer": "maintained_by", "owner": "owner"}
    named = {duty: str(told[name]) for duty, name in names.items() if told.get(name)}
    if told.get("leased") != "yes" or _DEPARTMENT.search(named.get("owner", "")):
        named.pop("owner", None)
    order = ("owner", "maker", "maintainer")
    return [(duty, named[duty]) for duty in order if duty in named]


def together(told: Mapping[str, Any], to: tuple[str, str]) -> bool:
    """Return whether an inquiry about a device may go in a letter to `to` that asks of others too.

    What is leased goes to its owner only, unless a person says otherwise of that one device.
    """
    known = addressees(told)
    return to in known and (known[0][0] != "owner" or to[0] == "owner")


def ask(
    database: Database,
    founds: Sequence[int],
    *,
    addressee: str,
    duty: str,
    due: dt.date | None,
    by: str,
    at: dt.datetime,
    today: dt.date,
) -> int:
    """Keep that one letter asks about the found weaknesses `founds`; return its number.

    Raises:
        InvalidInputError: Nobody to ask is named; no day, or one that is past or more than a year
            away; nothing is found under these ids, or of more than one advisory.
    """
    if not addressee.strip():
        raise InvalidInputError("posture.inquiry.addressee")
    if duty not in DUTIES:
        raise InvalidInputError("posture.inquiry.duty")
    if due is None or not today <= due <= today + LONGEST:
        raise InvalidInputError("posture.inquiry.due")
    with database.write() as c:
        found = c.execute(sa.select(FOUND).where(FOUND.c.id.in_(list(founds)))).mappings().all()
        if len({row["number"] for row in found}) != 1:
            raise InvalidInputError("posture.inquiry.gone")
        number = found[0]["number"]
        remedy = remedy_of(c, number)
        letter = 0
        for row in found:
            made = c.execute(
                sa.insert(INQUIRY).values(
                    letter=letter, asset=row["asset"], number=number,
                    addressee=addressee.strip()[:200], duty=duty, due=due, remedy=remedy,
                    told=_told(c, row), by=by, at=at,
                )
            )  # fmt: skip
            assert made.inserted_primary_key
            own = int(made.inserted_primary_key[0])
            if not letter:
                letter = own
                c.execute(sa.update(INQUIRY).where(INQUIRY.c.id == own).values(letter=own))
            _show(c, row["asset"], number)
    return letter


def withdraw(database: Database, letter: int, *, by: str, at: dt.datetime) -> None:
    """Take back a letter that was not sent: it is as if nobody had been asked.

    Raises:
        InvalidInputError: There is none, or one of its devices is answered.
    """
    with database.write() as c:
        rows = c.execute(_standing().where(INQUIRY.c.letter == letter)).all()
        if not rows:
            raise InvalidInputError("posture.inquiry.none")
        if _replies(c, [row.id for row in rows]):
            raise InvalidInputError("posture.inquiry.answered")
        taken = sa.update(INQUIRY).where(INQUIRY.c.letter == letter)
        c.execute(taken.values(withdrawn_by=by, withdrawn_at=at))
        for row in rows:
            _show(c, row.asset, row.number)


def reply(
    database: Database,
    inquiry: int,
    answer: str,
    *,
    who: str,
    on: dt.date | None,
    fixed_in: str = "",
    instead: str = "",
    until: dt.date | None = None,
    note: str = "",
    whole: bool = False,
    by: str,
    at: dt.datetime,
    today: dt.date,
) -> None:
    """Keep what was answered about one device; `whole` about every device of its letter.

    "Not affected" closes the line in the answer's name; anything else leaves it open.

    Raises:
        InvalidInputError: There is no such inquiry; who answered or when is missing or in the
            future; "fixed" names no version; "no patch" nothing in its place, or no day within a
            year.
    """
    if answer not in ANSWERS:
        raise InvalidInputError("posture.inquiry.answer")
    if not who.strip() or on is None or on > today:
        raise InvalidInputError("posture.inquiry.who")
    if answer == "fixed" and not fixed_in.strip():
        raise InvalidInputError("posture.inquiry.fixed_in")
    if answer == "no_patch" and not (
        instead.strip() and until is not None and today <= until <= today + LONGEST
    ):
        raise InvalidInputError("posture.inquiry.instead")
    told = {
        "answer": answer,
        "who": who.strip()[:200],
        "on": on,
        "fixed_in": fixed_in.strip()[:200] or None if answer == "fixed" else None,
        "instead": instead.strip()[:1000] or None,
        "until": until if answer == "no_patch" else None,
        "note": note.strip()[:1000] or None,
        "by": by,
        "at": at,
    }
    with database.write() as c:
        one = c.execute(_standing().where(INQUIRY.c.id == inquiry)).first()
        if one is None:
            raise InvalidInputError("posture.inquiry.none")
        own = INQUIRY.c.letter == one.letter if whole else INQUIRY.c.id == inquiry
        for row in c.execute(_standing().where(own)).all():
            before = _treatment(c, row.asset, row.number)
            c.execute(sa.insert(REPLY).values(inquiry_id=row.id, before=before, **told))
            said = {"state": _STATE[answer], "remedy": row.remedy, "by": by, "note": told["who"], "at": at}  # fmt: skip
            keep_treatment(c, row.asset, row.number, said)
            _show(c, row.asset, row.number)


def undo(database: Database, identifier: int, *, by: str, at: dt.datetime) -> None:
    """Take back an answer: what had been said of the weakness before stands again.

    What a person said of it after the answer stays.

    Raises:
        InvalidInputError: There is no such answer in force.
    """
    with database.write() as c:
        query = (
            sa.select(REPLY, INQUIRY.c.asset, INQUIRY.c.number)
            .join(INQUIRY, INQUIRY.c.id == REPLY.c.inquiry_id)
            .where(REPLY.c.id == identifier, REPLY.c.undone_at.is_(None))
        )
        row = c.execute(query).first()
        if row is None:
            raise InvalidInputError("posture.inquiry.no_answer")
        undone = sa.update(REPLY).where(REPLY.c.id == identifier)
        c.execute(undone.values(undone_by=by, undone_at=at))
        now = _treatment(c, row.asset, row.number)
        if now is not None and (now["by"], now["at"]) == (row.by, row.at.isoformat()):
            before = row.before
            if before is not None:
                before = {**before, "at": dt.datetime.fromisoformat(before["at"])}
            keep_treatment(c, row.asset, row.number, before)
        _show(c, row.asset, row.number)


def inquiries(
    database: Database, *, number: str | None = None, letter: int | None = None
) -> list[Inquiry]:
    """Return what was asked about advisory `number`, or in one `letter`; the newest first."""
    query = _standing().order_by(INQUIRY.c.id.desc())
    if number is not None:
        query = query.where(INQUIRY.c.number == number)
    if letter is not None:
        query = query.where(INQUIRY.c.letter == letter)
    with database.read() as c:
        rows = c.execute(query).all()
        replies = _replies(c, [row.id for row in rows])
        remedies = _remedies(c, {row.number for row in rows})
    counted = Counter(row.letter for row in rows)
    return [
        Inquiry(
            id=row.id, letter=row.letter, asset=row.asset, number=row.number,
            addressee=row.addressee, duty=row.duty, due=row.due, told=row.told, by=row.by,
            at=row.at, others=counted[row.letter] - 1,
            current=row.remedy in remedies.get(row.number, ()), reply=replies.get(row.id),
        )
        for row in rows
    ]  # fmt: skip


def late(database: Database, today: dt.date) -> list[Inquiry]:
    """Return what was asked, is still asked, and was to be answered before `today`."""
    return [one for one in inquiries(database) if one.current and not one.reply and one.due < today]


def standing(
    c: sa.Connection, number: str | None = None
) -> dict[tuple[str, str], tuple[str, dt.date | None]]:
    """Return (asset, advisory) → what the maker says, and until when something is in a patch's place.

    What was asked about another remedy than the one of now is left out.

    Args:
        c: Where it is kept.
        number: Of one advisory only.
    """
    query = _standing().order_by(INQUIRY.c.id)
    rows = c.execute(query.where(INQUIRY.c.number == number) if number else query).all()
    replies = _replies(c, [row.id for row in rows])
    remedies = _remedies(c, {row.number for row in rows})
    found: dict[tuple[str, str], tuple[str, dt.date | None]] = {}
    for row in rows:
        if row.remedy in remedies.get(row.number, ()):
            said = replies.get(row.id)
            told = (said.answer, said.until) if said else ("asked", None)
            found[row.asset, row.number] = told
    return found


def _standing() -> sa.Select[Any]:
    return sa.select(INQUIRY).where(INQUIRY.c.withdrawn_at.is_(None))


def _show(c: sa.Connection, asset: str, number: str) -> None:
    """Make the line of the list say what is said now."""
    says, held = standing(c, number).get((asset, number), (None, None))
    treated = _treatment(c, asset, number)
    fresh = treated is None or treated["remedy"] not in _remedies(c, {number}).get(number, ())
    state = (
        "todo" if treated is None or (fresh and treated["state"] == "done") else treated["state"]
    )
    same = (FOUND.c.asset == asset) & (FOUND.c.number == number)
    told = {"maker_says": says, "held_until": held, "state": state, "fresh": fresh}
    c.execute(sa.update(FOUND).where(same).values(told))


def _told(c: sa.Connection, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what a letter says of a found weakness: the device, the advisory, our reading."""
    names: tuple[str, ...] = _DEVICE
    table, which = ASSET, ASSET.c.id == row["asset_id"]
    if row["asset_id"] is None:
        names, table = _LINE, CONNECTION
        which = sa.or_(CONNECTION.c.number == row["asset"], CONNECTION.c.name == row["asset"])
    device = c.execute(sa.select(*(table.c[name] for name in names)).where(which)).mappings()
    columns = (*(ADVISORY.c[name] for name in _PUBLISHED), ADVISORY.c.published, ADVISORY.c.revised)
    own = (ADVISORY.c.number == row["number"]) & (ADVISORY.c.source == row["source"])
    published = dict(c.execute(sa.select(*columns).where(own)).mappings().one())
    for name in ("published", "revised"):
        published[name] = published[name] and published[name].date().isoformat()
    return {
        "device": dict(device.first() or {}),
        "advisory": published,
        "verdict": {name: row[name] for name in _VERDICT},
    }


def _treatment(c: sa.Connection, asset: str, number: str) -> dict[str, Any] | None:
    t = TREATMENT.c
    query = sa.select(t.state, t.remedy, t.by, t.note, t.at).where(
        t.asset == asset, t.number == number
    )
    row = c.execute(query).mappings().first()
    return {**row, "at": row["at"].isoformat()} if row else None


def _remedies(c: sa.Connection, numbers: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), 500):
        part = ADVISORY.c.number.in_(wanted[start : start + 500])
        for number, remedy in c.execute(
            sa.select(ADVISORY.c.number, ADVISORY.c.remedy).where(part)
        ):
            found.setdefault(number, set()).add(remedy)
    return found


def _replies(c: sa.Connection, inquiries: Sequence[int]) -> dict[int, Reply]:
    found: dict[int, Reply] = {}
    for start in range(0, len(inquiries), 500):
        query = sa.select(REPLY).where(
            REPLY.c.inquiry_id.in_(inquiries[start : start + 500]), REPLY.c.undone_at.is_(None)
        )
        for row in c.execute(query.order_by(REPLY.c.id)).mappings():
            found[row["inquiry_id"]] = Reply(
                **{name: row[name] for name in Reply.__dataclass_fields__}
            )
    return found
