"""Files beside the register's lines, held against patterns that came after them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sekisho.app.installation import Installation
from sekisho.app.station import settings, station
from sekisho.errors import TamperError, UnavailableError
from sekisho.ledger import own
from sekisho.terms import Action

if TYPE_CHECKING:
    from sekisho.scan import Answer
    from sekisho.scan.station import Station

SECONDS = 120.0
"""So long one run goes on; the others wait for the next one."""


def scan_attached(installation: Installation) -> None:
    """Hold each file against the scanner's patterns and the rules as they are now, once for each.

    What malware is found in is given out no more; that is recorded first. Nothing is done where no
    scanner is.

    Raises:
        UnavailableError: The scanner cannot be believed, or there was no time for all.
        TamperError: Bytes are gone or are not those that were stored.
    """
    from sekisho.inspection.register import files  # noqa: PLC0415 (slow to import)
    from sekisho.scan.perform import Judge  # noqa: PLC0415 (same)
    from sekisho.scan.records import Why  # noqa: PLC0415 (same)

    how = settings(installation)
    state = Judge(how, installation.clock).examine()
    if state.why is Why.DOWN and installation.config.scan is None:
        return
    if state.why is not None:
        raise UnavailableError(state.message, **state.args)
    judge, end = station(installation), time.monotonic() + SECONDS
    made = state.signatures_at
    patterns = f"{made.isoformat() if made else '-'} {judge.rules.name or '-'}"
    waiting, lost = files.unscanned(installation.database, patterns), 0
    for done, digest in enumerate(waiting):
        if time.monotonic() > end:
            raise UnavailableError("register.rescan.more", left=len(waiting) - done)
        answer = _asked(installation, judge, digest)
        if answer is None:
            lost += 1
        else:
            _keep(installation, digest, answer, patterns)
    if lost:
        raise TamperError("register.rescan.lost", count=lost)


def _asked(installation: Installation, judge: Station, digest: str) -> Answer | None:
    """Return what the scanner says of the bytes of a digest; None where they are not there.

    Raises:
        UnavailableError: The scanner fell silent.
    """
    from sekisho.inspection.register import files  # noqa: PLC0415 (slow to import)
    from sekisho.scan.records import Why  # noqa: PLC0415 (same)
    from sekisho.scan.station import OF_SCANNER  # noqa: PLC0415 (same)

    path = files.place(installation.data, digest)
    try:
        with path.open("rb") as file:
            found = judge.check(file, path.stat().st_size, digest)
    except OSError:
        return None
    if found.answer.why in OF_SCANNER | {Why.RULES}:
        raise UnavailableError(found.answer.message, **found.answer.args)
    return found.answer if found.sha256 in {digest, None} else None


def _keep(installation: Installation, digest: str, answer: Answer, patterns: str) -> None:
    from sekisho.inspection.register import files  # noqa: PLC0415 (slow to import)
    from sekisho.scan import Verdict  # noqa: PLC0415 (same)

    if answer.verdict is Verdict.FOUND:
        acts = [
            own(
                installation.clock, user_id=None, action=Action.SECURITY,
                object=f"register/{part}/{line}/file/{number}", reason=f"found:{answer.name}",
            )
            for part, line, number in files.beside(installation.database, digest)
        ]  # fmt: skip
        with installation.recorder() as recorder:
            recorder.append(acts)
    files.scanned(installation.database, digest, answer, patterns, at=installation.clock.now())
