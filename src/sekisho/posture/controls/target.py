"""Which machine or line is meant by a number or a name that somebody wrote."""

from __future__ import annotations

import sqlalchemy as sa

from sekisho.posture import addresses
from sekisho.posture.tables import ADDRESS, ASSET, CONNECTION


def resolve(c: sa.Connection, *written: str | None) -> tuple[int | None, int | None]:
    """Return the ids of the one machine, or the one line, that the first of `written` names.

    A machine's number goes before its host name and its name; then a line's number and name.
    What names none, or more than one, is nobody's: it stays as it is written.
    """
    for one in filter(None, written):
        host = addresses.host(one)
        machines = [sa.select(ASSET.c.id).where(ASSET.c.number == one)]
        if host:
            named = sa.and_(ADDRESS.c.kind == "host", ADDRESS.c.value == host)
            machines.append(sa.select(ADDRESS.c.asset_id).where(named).distinct())
        machines.append(sa.select(ASSET.c.id).where(ASSET.c.name == one))
        for query in machines:
            if len(found := c.scalars(query.limit(2)).all()) == 1:
                return int(found[0]), None
        for column in (CONNECTION.c.number, CONNECTION.c.name):
            query = sa.select(CONNECTION.c.id).where(column == one).limit(2)
            if len(found := c.scalars(query).all()) == 1:
                return None, int(found[0])
    return None, None
