"""What evidence says is off and no entry tells of: who ordered this?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from sekisho.posture.protection.state import OLD
from sekisho.posture.tables import ASSET, CONTROL, PROTECTION
from sekisho.storage import Database

UNPATCHED = dt.timedelta(days=180)
"""So long without a patch is no oversight: somebody keeps them off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A control that is off on a machine, as `source` saw it.

    Attributes:
        asset_id: The machine.
        target: Its number and name.
        vendor: Who maintains it, as the ledger says; to be asked first.
        reason: Message id of what was seen.
    """

    asset_id: int
    target: str
    vendor: str | None
    contact: str | None
    what: str
    reason: str
    source: str
    seen_at: dt.datetime


def proposals(database: Database, *, now: dt.datetime, limit: int = 200) -> list[Proposal]:
    """Return what was seen off lately on machines in use, and is in no entry; by number."""
    p = PROTECTION.c
    told = (ASSET.c.id, ASSET.c.number, ASSET.c.name, ASSET.c.maintained_by, ASSET.c.contact)
    asked = (
        ("scanner", "not_running", p.source, p.seen_at, p.running == "no"),
        ("scanner", "realtime_off", p.source, p.seen_at, sa.and_(p.realtime == "no", p.running != "no")),
        ("patches", "patches_kept_off", p.patch_source, p.patch_seen_at, p.patch_at < now - UNPATCHED),
        ("firewall", "firewall_off", p.firewall_source, p.firewall_seen_at, p.firewall == "no"),
    )  # fmt: skip
    found = []
    with database.read() as c:
        for what, reason, source, seen_at, off in asked:
            known = sa.exists().where(
                CONTROL.c.asset_id == ASSET.c.id, CONTROL.c.what == what, CONTROL.c.state == "off"
            )
            query = (
                sa.select(*told, ASSET.c.sort, source.label("source"), seen_at.label("seen_at"))
                .join(PROTECTION, p.asset_id == ASSET.c.id)
                .where(ASSET.c.state == "in_use", off, seen_at >= now - OLD, sa.not_(known))
                .order_by(ASSET.c.sort, ASSET.c.id)
                .limit(limit)
            )
            found += [
                (
                    row.sort,
                    Proposal(
                        asset_id=row.id,
                        target=" ".join(filter(None, (row.number, row.name))),
                        vendor=row.maintained_by,
                        contact=row.contact,
                        what=what,
                        reason=f"posture.guard.{reason}",
                        source=row.source,
                        seen_at=row.seen_at,
                    ),
                )
                for row in c.execute(query)
            ]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])][:limit]
