"""What the checks are given, and the three answers they may give."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sekisho.app.config import Config
from sekisho.storage import Database
from sekisho.terms import Evidence, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """An installation under examination.

    Attributes:
        data: Its data directory, which may not exist.
        now: The time that the machine's clock says.
        config: The configuration; None where it is wrong.
        database: The state, opened as it is; None where there is none, it does not answer or is damaged.
        no_database: Id of the sentence that says why `database` is None.
        damage: What is wrong with the state's file; None where nothing was found.
    """

    data: Path
    now: dt.datetime
    config: Config | None
    database: Database | None
    no_database: str | None
    damage: str | None = None

    def yes(self, subject: str, why: str = "yes", **args: str | float) -> Evidence:
        """Return: it is as it should be; `why` tells which way."""
        return self._say(subject, Result.YES, f"doctor.{subject}.{why}", args)

    def no(self, subject: str, why: str = "no", **args: str | float) -> Evidence:
        """Return: it is not as it should be; `why` tells which way."""
        return self._say(subject, Result.NO, f"doctor.{subject}.{why}", args)

    def unknown(self, subject: str, why: str = "unknown", **args: str | float) -> Evidence:
        """Return: it was not checked; `why` tells why not."""
        return self._say(subject, Result.NOT_CHECKED, f"doctor.{subject}.{why}", args)

    def _say(
        self, subject: str, result: Result, message: str, args: dict[str, str | float]
    ) -> Evidence:
        return Evidence(
            subject=f"doctor.{subject}",
            checked_at=self.now,
            by="doctor",
            result=result,
            message=message,
            args=args,
        )
