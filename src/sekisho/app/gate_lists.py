"""The lists of revoked device certificates as the gate's configuration names them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.errors import InvalidInputError
from sekisho.gate.config import GateConfig, wrong_key
from sekisho.terms import Clock

if TYPE_CHECKING:
    from sekisho.gate.revoked import Lists


def lists_of(data: Path, config: GateConfig, clock: Clock) -> Lists | None:
    """Return the lists, None where no device shows a certificate.

    Raises:
        InvalidInputError: They cannot be relied on: the gate must not start. It names the
            line of ``gate.toml`` and the mend.
    """
    if config.clients is None:
        return None
    try:
        from sekisho.gate.revoked import Lists  # noqa: PLC0415 (its library only where devices are)

        return Lists(config.clients, clock)
    except InvalidInputError as error:
        key = "authorities" if error.message.endswith("authorities") else "revoked"
        raise wrong_key(data, key, error.message) from error
