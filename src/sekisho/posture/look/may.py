"""Whether an asset may be touched now. A no, or nothing said, is never passed over."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from sekisho.posture.look.records import Said, Target
from sekisho.posture.tables import ADDRESS, ASSET
from sekisho.storage import Database


def why_not(database: Database, target: Target, today: dt.date) -> tuple[int | None, Said | None]:
    """Return the asset's id, and why it may not be looked at; None where it may.

    A medical device in use is never probed, whatever was said; nor is a thing of which nobody
    wrote what it is.

    Args:
        database: Of the inventory.
        target: Number and address as the list has them.
        today: The local day.
    """
    with database.read() as c:
        rows = c.execute(sa.select(ASSET).where(ASSET.c.number == target.number)).mappings().all()
        if not rows:
            return None, ("posture.look.not.no_asset", {"number": target.number})
        if len(rows) > 1:
            return None, ("posture.look.not.two_assets", {"number": target.number})
        asset = rows[0]
        same = (ADDRESS.c.kind == "ip") & (ADDRESS.c.value == target.address)
        own = c.execute(
            sa.select(ADDRESS.c.asset_id).where(same & (ADDRESS.c.asset_id == asset["id"]))
        ).first()
        others = c.execute(
            sa.select(ADDRESS.c.asset_id).where(same & (ADDRESS.c.asset_id != asset["id"]))
        ).first()
    said: Said | None = None
    if own is None:
        said = ("posture.look.not.other_address", {"address": target.address})
    elif others is not None:
        said = ("posture.look.not.shared_address", {"address": target.address})
    elif asset["kind"] == "medical_device" and asset["state"] == "in_use":
        said = ("posture.look.not.medical", {})
    elif asset["kind"] == "unknown":
        said = ("posture.look.not.kind", {})
    elif asset["may_touch"] != "yes":
        said = (f"posture.look.not.said_{asset['may_touch']}", {})
    elif asset["touch_until"] is None or asset["touch_until"] < today:
        said = ("posture.look.not.past", {})
    return int(asset["id"]), said
