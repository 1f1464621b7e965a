"""How a machine stands today, as the database says it: what was seen, and how long ago."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from sekisho.posture.tables import ASSET, CONTROL, PROTECTION

OLD = dt.timedelta(days=31)
"""After this nobody looked lately: a sighting becomes "not checked since"."""
STATES = ("good", "bad", "ordered", "unknown", "old")
"""``ordered``: off by somebody's order until a day that has not passed, with something in its place."""
SUBJECTS = ("scanner", "patches")
KINDS = {
    "scanner": ("server", "terminal", "medical_device", "unknown"),
    "patches": ("server", "terminal", "medical_device", "network", "unknown"),
}
"""Subject → kinds of machines that are asked; of another kind only what was seen is shown."""
COLUMNS = {
    "scanner": (PROTECTION.c.verdict, PROTECTION.c.seen_at),
    "patches": (PROTECTION.c.patch_verdict, PROTECTION.c.patch_seen_at),
}


def asked(of: str) -> sa.ColumnElement[bool]:
    """Return that a machine is in use and is asked about `of`."""
    verdict, _ = COLUMNS[of]
    return sa.and_(
        ASSET.c.state == "in_use", sa.or_(ASSET.c.kind.in_(KINDS[of]), verdict.is_not(None))
    )


def state(of: str, now: dt.datetime, today: dt.date) -> sa.ColumnElement[str]:
    """Return one of `STATES`; the query has `ASSET` outer-joined with `PROTECTION`.

    What was seen good lately is good; what is off by somebody's order in force is ordered, also
    where nobody looked; what was seen too long ago is old, good or not.
    """
    verdict, seen_at = COLUMNS[of]
    recent = seen_at >= now - OLD
    order = sa.exists().where(
        CONTROL.c.asset_id == ASSET.c.id,
        CONTROL.c.what == of,
        CONTROL.c.state == "off",
        CONTROL.c.ordered != "unknown",
        CONTROL.c.ordered_by.is_not(None),
        CONTROL.c.instead.is_not(None),
        CONTROL.c.until >= today,
    )
    return sa.case(
        (sa.and_(verdict == "good", recent), "good"),
        (order, "ordered"),
        (verdict.is_(None), "unknown"),
        (sa.not_(recent), "old"),
        else_=verdict,
    )
