"""The lists as Arrow tables, ready to be joined; no name of a person leaves with them, but for one column.

``ids.owner`` of an id that is nobody's own (a vendor's, a shared one; never a trainee's) is the name
column of the staff list where neither a ward nor a department says whom to ask. Mostly that is the
vendor; a list that writes a person there gives that person's name away. It goes into `review`:
only as the addressee of a case about such an id, on its page (not while names are covered) and on
its sheet, and goes from there when the names of the case do (`review.forget`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from sekisho.care.context import Words, context
from sekisho.care.departments import Departments
from sekisho.care.doctors import Doctors
from sekisho.care.duties import as_user_kind, duty_group
from sekisho.care.level import MIXED, Span
from sekisho.care.mapped import mapped
from sekisho.care.merges import Merges
from sekisho.care.places import places, plain
from sekisho.care.tables import (
    ADDRESS,
    BLOCK,
    HOME,
    KIND,
    LOAD,
    PATIENT,
    STAFF,
    SYSTEM_ID,
    bare,
)
from sekisho.care.unrostered import unrostered_days
from sekisho.storage import Database, as_it_lies, is_one_of, read_columns

if TYPE_CHECKING:
    import pyarrow as pa

_OF_A_BLOCK = re.compile(r"(.*[0-9])-[0-9]+\Z", re.DOTALL)
"""The address of a home in a block; the block is what stands before the last number."""
_OUTSIDE = re.compile(
    r"院外|社外|外部|外部業者|外部委託|委託|委託先|委託業者|業者|保守業者|ベンダー?|"
    r"external|outside|outsourced|vendors?|contractors?"
)
"""Departments that only say that somebody is not of the house, as `plain` writes them."""


def snapshot(
    database: Database, period: Span | None = None, patients: Collection[str] | None = None
) -> dict[str, pa.Table]:
    """Return ``staff``, ``patients``, ``homes``, ``ids``, ``system_ids``, ``merges``, ``unrostered`` and those of `context`.

    A staff row is a post; its own patient number comes from the list, and its
    address from there or from that patient's row. An open stay ends, for a
    reader, on the last day that a list of stays covers. What was taken back is there too, with
    ``retracted_at``, the local moment; of what stands it is None. A doctor written as a
    name is an id only where exactly one id of the staff list bears that name:
    two 佐藤 are never guessed; of a patient, ``name_key`` is what two of one reading share, of
    this snapshot alone. A code of a department is called as `Departments` says. ``merges``
    holds each number of a patient that went into another. ``homes`` says of each block where one of
    the staff lives how many ``homes`` of patients it has, and the ``total`` of all blocks: whoever
    the patients are. ``ids`` holds each known id once, also one that a
    person marked and that no list names; of one that is nobody's own with its ``owner`` (`_owners`).

    Args:
        database: Where the lists are.
        period: Of turns, only those of about these days. ``unrostered`` holds its wards and days
            without a roster (`care.unrostered`); without a period none is looked for.
        patients: Of visits, stays, orders and appointments only those about these numbers, whatever
            zeros stand before them and whatever went into one of them, or it into; of patients these,
            the staff's own, and who else lives at an address of the staff; None: all.
    """
    with database.read() as c:
        owned = _owned(c)
        paths = dict(c.execute(sa.select(LOAD.c.id, LOAD.c.path)).all())
        said = dict(c.execute(sa.select(KIND.c.user_id, KIND.c.kind)).all())
        posts = c.execute(
            sa.select(STAFF).where(STAFF.c.superseded_by.is_(None)).order_by(STAFF.c.id)
        ).all()
        merges = Merges.read(c)
        words = Words(paths, Doctors(posts), Departments.read(c, posts), _last_of_stays(c))
        others = context(c, words, period, None if patients is None else _bare(patients, merges))
        own = {post.patient_id for post in posts if post.patient_id}
        home = _home(c, own)
        staff = [_post(post, said, paths, home) for post in posts]
        found = (post.address_key or home.get(post.patient_id or "") for post in posts)
        lived = {address for address in found if address}
        known = None if patients is None else _bare({*patients, *own}, merges)
        theirs = _patients(c, paths, known, lived)
        homes = _homes(c, lived)
        gaps = unrostered_days(c, *period) if period else []
    return {
        "staff": _table("staff", staff),
        "patients": theirs,
        "homes": _table("homes", homes),
        "ids": _table("ids", _ids(posts, said)),
        "system_ids": owned,
        "merges": _table("merges", sorted(merges.current.items())),
        "unrostered": _table("unrostered", gaps),
        **others,
    }


def _bare(patients: Iterable[str], merges: Merges) -> set[str]:
    """Return the numbers without their zeros, with all that went into one of them or it into."""
    numbers = {one.lstrip("0") for one in patients}
    ends = {new.lstrip("0") for old, new in merges.current.items() if old.lstrip("0") in numbers}
    kept = numbers | ends
    return kept | {
        old.lstrip("0") for old, new in merges.current.items() if new.lstrip("0") in kept
    }


def owned_ids(database: Database) -> pa.Table:
    """Return ``system_ids`` of `snapshot` alone: whose each id of a system is."""
    with database.read() as c:
        return _owned(c)


def _owned(c: sa.Connection) -> pa.Table:
    rows = c.execute(
        sa.select(
            SYSTEM_ID.c.system_key, SYSTEM_ID.c.user_id, SYSTEM_ID.c.staff_id,
            SYSTEM_ID.c.valid_from, SYSTEM_ID.c.valid_to,
        ).where(SYSTEM_ID.c.superseded_by.is_(None))
    )  # fmt: skip
    return _table("system_ids", map(tuple, rows))


def _patients(
    c: sa.Connection, paths: dict[int, str], known: set[str] | None, lived: set[str]
) -> pa.Table:
    """Return ``patients``: number, address, day of death, reading of the name, file and row.

    Of the numbers `known`, which are written without their zeros, and at the addresses `lived`;
    everybody where no numbers are given.
    """
    import pyarrow as pa  # noqa: PLC0415 (see `_schemas`)
    import pyarrow.compute as pc  # noqa: PLC0415 (see `_schemas`)

    names = ("patient_id", "address_key", "load_id", "row", "deceased_on")
    spoken = sa.func.coalesce(sa.func.nullif(PATIENT.c.kana, ""), PATIENT.c.name)
    query = sa.select(*(PATIENT.c[name] for name in names), spoken.label("spoken"))
    if known is not None:
        address = sa.literal_column(ADDRESS, sa.Text)
        at_home = sa.and_(
            is_one_of(c, address, {one[:200] for one in lived}),
            is_one_of(c, PATIENT.c.address_key, lived),
        )
        query = as_it_lies(
            c, query.where(is_one_of(c, bare(PATIENT.c.patient_id), known) | at_home)
        )
    rows = read_columns(c, query)
    alike = pc.dictionary_encode(mapped(rows["spoken"], lambda name: plain(name) or None))
    found = {
        "patient_id": rows["patient_id"],
        "address_key": rows["address_key"],
        "deceased_on": rows["deceased_on"],
        # A number of this snapshot alone: no name leaves this room, nor what could be turned back.
        "name_key": alike.combine_chunks().indices.cast(pa.string()),
        "file": mapped(rows["load_id"], paths.get),
        "row": rows["row"],
    }
    return pa.table(found, schema=_schemas()["patients"])


def _home(c: sa.Connection, own: set[str]) -> dict[str, str | None]:
    """Return the address of each of the patients `own`, of whom there is one; of others too."""
    numbers = is_one_of(c, bare(PATIENT.c.patient_id), {one.lstrip("0") for one in own})
    rows = c.execute(sa.select(PATIENT.c.patient_id, PATIENT.c.address_key).where(numbers))
    return dict(rows.all())


def _homes(c: sa.Connection, lived: set[str]) -> list[tuple[str, int, int]]:
    """Return each block of an address of `lived`, how many homes of patients it has, and all blocks."""
    found = (_OF_A_BLOCK.search(address) for address in lived)
    blocks = {f"{block[1]}-"[:200] for block in found if block}
    if not blocks:
        return []
    block, counted = sa.literal_column(BLOCK, sa.Text), sa.func.count()
    # Of a block that is none too: so SQLite counts along that index, not along all addresses.
    some = sa.select(counted).select_from(PATIENT).where(sa.text(HOME), block > "")
    total = c.scalar(some) or 0
    theirs = sa.select(block, counted).where(sa.text(HOME), is_one_of(c, block, blocks))
    rows = c.execute(theirs.select_from(PATIENT).group_by(block)).all()
    return [(key.removesuffix("-"), homes, total) for key, homes in sorted(rows)]


def _last_of_stays(c: sa.Connection) -> dt.date | None:
    """Return the last day of which lists, messages or FHIR speak: an open stay is known so far."""
    last: dt.date | None = c.scalar(
        sa.select(sa.func.max(LOAD.c.last)).where(LOAD.c.taken_for.in_(("stays", *MIXED)))
    )
    return last


def _ids(posts: Sequence[Any], said: dict[str, str]) -> list[tuple[str, str, bool, str | None]]:
    proposed: dict[str, str] = {}
    for post in posts:
        kind = as_user_kind(post.proposed)
        if kind or post.user_id not in proposed:
            proposed[post.user_id] = kind.value if kind else "person"
    kinds = {one: said.get(one) or proposed[one] for one in sorted(proposed.keys() | said.keys())}
    owners = _owners(post for post in posts if kinds[post.user_id] != "person")
    return [(one, kind, one in proposed, owners.get(one)) for one, kind in kinds.items()]


def _owners(posts: Iterable[Any]) -> dict[str, str]:
    """Return who keeps each id of `posts`, which are nobody's own: its ward, its department, else its name.

    「外部」 is no department that could be asked: then the name stands, which of a vendor's id is
    the vendor. The name of a trainee's id may be a person's, and is left out.
    """
    places: dict[str, str] = {}
    names: dict[str, str] = {}
    for post in posts:
        for found, text in (
            (places, post.ward or post.department),
            (names, None if post.proposed == "trainee" else post.name),
        ):
            if text and not _OUTSIDE.fullmatch(plain(text)):
                found[post.user_id] = min(text, found.get(post.user_id, text))
    return names | places


def _post(
    post: Any, said: dict[str, str], paths: dict[int, str], home: dict[str, str | None]
) -> tuple[Any, ...]:
    proposed = as_user_kind(post.proposed)
    return (
        post.user_id,
        said.get(post.user_id) or (proposed.value if proposed else "person"),
        post.duty,
        duty_group(post.duty, post.department),
        post.department,
        post.ward,
        places(post.department, post.ward),
        post.valid_from,
        post.valid_to,
        post.left_on,
        post.patient_id,
        post.address_key or home.get(post.patient_id or ""),
        paths.get(post.load_id),
        post.row,
    )


def _schemas() -> dict[str, pa.Schema]:
    """Return the columns that explanations and signs may name."""
    import pyarrow as pa  # noqa: PLC0415 (20 MB: the gate, which asks for ties, needs none)

    text, day = pa.string(), pa.date32()
    origin = [("file", text), ("row", pa.int64())]
    return {
        "staff": pa.schema(
            [
                ("user_id", text), ("kind", text), ("duty", text), ("duty_group", text),
                ("department", text), ("ward", text), ("places", pa.list_(text)),
                ("valid_from", day), ("valid_to", day), ("left_on", day),
                ("patient_id", text), ("address_key", text), *origin,
            ]
        ),
        "patients": pa.schema(
            [
                ("patient_id", text), ("address_key", text), ("deceased_on", day),
                ("name_key", text), *origin,
            ]
        ),
        "homes": pa.schema([("block", text), ("homes", pa.int64()), ("total", pa.int64())]),
        "system_ids": pa.schema(
            [
                ("system", text), ("user_id", text), ("staff_id", text),
                ("valid_from", day), ("valid_to", day),
            ]
        ),
        "merges": pa.schema([("old_id", text), ("patient_id", text)]),
        "unrostered": pa.schema([("place_key", text), ("day", day)]),
        "ids": pa.schema([("user_id", text), ("kind", text), ("listed", pa.bool_()), ("owner", text)]),
    }  # fmt: skip


def _table(name: str, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 (see `_schemas`)

    schema = _schemas()[name]
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
