"""Keeping what makers disclose: one for each product and version, the newest in its place."""

from __future__ import annotations

import datetime as dt
import hashlib

import sqlalchemy as sa

from sekisho.care import Doubt
from sekisho.posture.disclosures.listed import devices_of
from sekisho.posture.disclosures.tables import DISCLOSURE
from sekisho.posture.names.text import compact, company
from sekisho.posture.records import Reading, Report


def keep_disclosures(
    c: sa.Connection, reading: Reading, load_id: int, at: dt.datetime, report: Report
) -> None:
    """Keep the disclosures of `reading`, and say in `report` which devices they are of."""
    for told in reading.disclosures:
        report.rows += len(told["answers"])
        named = (compact(company(told.get("maker") or "")), compact(told.get("product") or ""))
        if not any(named):
            named = ("?", hashlib.sha256(str(report.path).encode()).hexdigest())
        text = "\x1f".join((told["form"], *named, compact(told.get("version") or "")))
        key = hashlib.sha256(text.encode()).hexdigest()
        values = {
            **{name: told.get(name) for name in ("form", "maker", "product", "version", "dated")},
            "answers": told["answers"],
            "notes": told["notes"],
            "load_id": load_id,
            "at": at,
        }
        before = c.execute(sa.select(DISCLOSURE).where(DISCLOSURE.c.key == key)).mappings().first()
        if before is None:
            c.execute(sa.insert(DISCLOSURE).values(key=key, **values))
            report.added += 1
        elif (before["dated"] or dt.date.min) > (told.get("dated") or dt.date.max):
            report.doubts.append(Doubt("posture.disclosure.older", {"day": str(before["dated"])}))
        elif any(before[name] != values[name] for name in ("dated", "answers", "notes")):
            c.execute(sa.update(DISCLOSURE).where(DISCLOSURE.c.key == key).values(values))
            report.changed += 1
        found = devices_of(c, told.get("maker"), told.get("product"))
        names = [str(one["number"] or one["name"] or one["id"]) for one in found]
        what = "posture.disclosure.devices" if names else "posture.disclosure.no_device"
        report.doubts.append(Doubt(what, {"count": len(names), "names": names[:10]}))
