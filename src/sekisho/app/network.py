"""The active look, wired: each touch is on record before it, in the institution's window, by the list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sekisho.app.installation import Installation
from sekisho.app.proofs import keep_evidence
from sekisho.errors import InvalidInputError
from sekisho.terms import Action, Evidence, Finding

if TYPE_CHECKING:
    from sekisho.posture.look import Looked

AGAIN = dt.timedelta(hours=12)
"""A window is looked in once by itself."""


def look_at_network(installation: Installation, by: str | None = None) -> list[Looked]:
    """Look at what the list names, and keep what was seen with its Evidence.

    Raises:
        InvalidInputError: There is no list, or it cannot be read.
    """
    from sekisho.ledger import own  # noqa: PLC0415 (slow to import)
    from sekisho.posture import look as room  # noqa: PLC0415 (same)

    plan = room.read_plan(installation.data)
    if plan is None:
        raise InvalidInputError("posture.look.no_list", file=room.FILE)
    clock, zone = installation.clock, ZoneInfo(installation.config.zone)
    with installation.recorder() as recorder:

        def record(number: str, ports: str) -> None:
            matter = f"posture/look/{number}"
            recorder.append(
                [own(clock, user_id=by, action=Action.EXECUTE, object=matter, reason=ports)]
            )

        seen = room.look(
            installation.database,
            plan,
            data=installation.data,
            now=clock.now,
            local=lambda at: at.astimezone(zone),
            by=by or "sekisho",
            record=record,
        )
    keep_evidence(installation.database, network_evidence(installation))
    return seen


def look_in_window(installation: Installation) -> None:
    """Look once in each window; nothing where there is no list."""
    from sekisho.posture import look as room  # noqa: PLC0415 (slow to import)

    plan = room.read_plan(installation.data)
    now = installation.clock.now()
    if plan is None or not plan.holds(now.astimezone(ZoneInfo(installation.config.zone)).time()):
        return
    last = max((one.at for one in room.newest(installation.database)), default=None)
    if last is None or now - last > AGAIN:
        look_at_network(installation)


def network_evidence(installation: Installation) -> Evidence:
    """Return whether what the list names is as it should be."""
    from sekisho.posture import look as room  # noqa: PLC0415 (slow to import)

    listed = (installation.data / room.FILE).is_file()
    return room.evidence(
        room.newest(installation.database), installation.clock.now(), listed=listed
    )


def network_findings(installation: Installation) -> Iterator[Finding]:
    """Yield what the newest look says; nothing where there never was one."""
    from sekisho.posture import look as room  # noqa: PLC0415 (slow to import)

    return room.findings(room.newest(installation.database), installation.clock.now())
