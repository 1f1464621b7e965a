"""What the gate proves: it speaks TLS with a certificate that stands, and shuts attackers out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from sekisho.errors import InvalidInputError, Value
from sekisho.gate.config import GateConfig
from sekisho.identity.attacks import rules
from sekisho.identity.bans import standing
from sekisho.storage import Database
from sekisho.terms import Clock, Evidence, Result, proof
from sekisho.terms.evidence import GOOD

_proof = partial(proof, "gate")


def evidence(
    database: Database,
    clock: Clock,
    config: GateConfig | None,
    ends: Callable[[Path], dt.datetime | None],
) -> Iterator[Evidence]:
    """Give ``gate.tls`` and ``gate.bans``; not checked where there is no gate.

    Args:
        database: Where bans are.
        clock: The present.
        config: Of the gate; None where there is none.
        ends: Returns when the certificate in a file ends, None where it is unreadable.
    """
    now = clock.now()
    if config is None:
        yield _proof("tls", now, Result.NOT_CHECKED, "no_gate")
        yield _proof("bans", now, Result.NOT_CHECKED, "no_gate")
        return
    yield _tls(config, ends, now)
    told: dict[str, Value] = {
        "rules": len(rules().rules),
        "count": len(standing(database, clock)),
    }
    yield _proof("bans", now, Result.YES, "bans", told)


def unreadable(error: InvalidInputError, now: dt.datetime) -> Iterator[Evidence]:
    """Give both as not checked, because the gate's file is wrong: `error` says how."""
    for subject in ("tls", "bans"):
        proof = _proof(subject, now, Result.NOT_CHECKED, "no_gate")
        yield replace(proof, message=error.message, args=error.values())


def _tls(
    config: GateConfig, ends: Callable[[Path], dt.datetime | None], now: dt.datetime
) -> Evidence:
    """Return whether each system is reached by TLS alone, with a certificate that has not ended.

    Without a certificate of its own the gate listens to this machine alone (`read_gate` refuses
    anything else): what people reach is an edge before it, at which nobody looked.
    """
    plain = sum(not route.origin.startswith("https://") for route in config.routes)
    if plain:
        told: dict[str, Value] = {"total": len(config.routes), "count": plain}
        return _proof("tls", now, Result.NO, "tls_plain", told)
    if config.certificate is None:
        return _proof("tls", now, Result.NOT_CHECKED, "tls_edge")
    end = ends(config.certificate)
    if end is None:
        return _proof("tls", now, Result.NO, "tls_unreadable")
    told = {"day": end.date().isoformat(), "total": len(config.routes)}
    if end <= now:
        return _proof("tls", now, Result.NO, "tls_ended", told)
    return _proof("tls", now, Result.YES, "tls", told, min(end, now + GOOD))
