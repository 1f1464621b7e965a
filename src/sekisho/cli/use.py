"""That the command line was used to look at, or hand out, what is recorded."""

from __future__ import annotations

import getpass

from sekisho.app.installation import Installation
from sekisho.terms import Action


def record_use(
    installation: Installation, action: Action, what: str, *, by: str | None = None
) -> None:
    """Record the act before it is done; the account is the system's unless `by` names one."""
    from sekisho.ledger import own  # noqa: PLC0415 (slow to import)

    user = by or f"os:{getpass.getuser()}"
    with installation.recorder() as recorder:
        recorder.append([own(installation.clock, user_id=user, action=action, object=what)])
