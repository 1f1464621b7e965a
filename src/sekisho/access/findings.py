"""What waits for somebody: a change that a second person has not looked at."""

from __future__ import annotations

from sekisho.access.changes import State, changes
from sekisho.storage import Database
from sekisho.terms import Finding, Gravity


def findings(database: Database, *, asked: bool) -> list[Finding]:
    """Return what is open now; `asked`: there is a gate that asks these rights."""
    every = changes(database)
    found = [
        Finding(
            key=f"access.waiting.{one.number}",
            room="access",
            gravity=Gravity.TODAY,
            duty="1-2",
            message="access.found_waiting",
            args={"number": one.number},
            where=f"/access/changes/{one.number}",
            action="access.do_waiting",
        )
        for one in every
        if one.state is State.PROPOSED
    ]
    if asked and not any(one.in_force for one in every):
        found.append(
            Finding(
                key="access.nothing_in_force",
                room="access",
                gravity=Gravity.TODAY,
                duty="1-2",
                message="access.found_nothing_in_force",
                args={},
                where="/access",
                action="access.do_nothing_in_force",
            )
        )
    return found
