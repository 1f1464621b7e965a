"""Which checkpoints are kept of earlier days (`ledger.history`)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sekisho.app.installation import Installation
from sekisho.ledger import history


def keep_history(installation: Installation) -> None:
    """Keep the checkpoint that stands now as today's last, and thin out what is old."""
    history.keep_signed(installation.data, today(installation))


def keep_given(installation: Installation, text: str) -> None:
    """Keep the checkpoint in `text`, which people get on paper or with proofs."""
    history.keep_given(installation.data, today(installation), text)


def today(installation: Installation) -> dt.date:
    """Return the institution's own day."""
    return installation.clock.now().astimezone(ZoneInfo(installation.config.zone)).date()
