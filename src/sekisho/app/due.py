"""Making a job due: something just came that it should look at."""

from __future__ import annotations

from sekisho.app.installation import Installation
from sekisho.app.tables import JOB


def hurry(installation: Installation, name: str) -> None:
    """Make a job due now."""
    with installation.database.write() as connection:
        connection.execute(
            JOB.update().where(JOB.c.name == name).values(next_at=installation.clock.now())
        )
