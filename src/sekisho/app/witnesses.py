"""The record, its outside witnesses and its time stamps: asked, kept, and found where missing.

Recording never waits for a witness. What a witness cosigned is kept beside the checkpoint;
that it is silent, or says otherwise, is a finding.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sekisho.app.history import today
from sekisho.app.installation import Installation
from sekisho.app.proofs import keep_evidence, latest_evidence
from sekisho.errors import InvalidInputError, TamperError
from sekisho.ledger import (
    Checkpoint,
    Cosigned,
    cosigned_by,
    family,
    history,
    keep_cosigned,
    public_key,
    read_cosigned,
)
from sekisho.terms import Evidence, Finding, Gravity, Result
from sekisho.witness import Answer, Asked, Settings, ask, read_witnesses, request_of

CARRIED = dt.timedelta(days=31)
"""A witness that is asked by a medium cosigns about once a month."""
SILENCE = dt.timedelta(days=1)
"""A witness that cosigned nothing for this long is a finding."""

_SAID = {
    Answer.COSIGNED: "witness.cosigned",
    Answer.AHEAD: "witness.ahead",
    Answer.FORKED: "witness.forked",
    Answer.NOT_TRUSTED: "witness.not_trusted",
    Answer.SILENT: "witness.no_answer",
}
_RESULTS = {
    Answer.COSIGNED: Result.YES,
    Answer.AHEAD: Result.NO,
    Answer.FORKED: Result.NO,
    Answer.NOT_TRUSTED: Result.NOT_CHECKED,
    Answer.SILENT: Result.NOT_CHECKED,
}


def ask_witnesses(installation: Installation, *, seconds: float = 10.0) -> Checkpoint | None:
    """Ask every configured witness to cosign the checkpoint that stands now, and return that.

    Each answer is kept as Evidence; what was cosigned is kept beside the checkpoint.
    None where nobody is asked, or nothing was recorded yet.

    Raises:
        InvalidInputError: `witness.toml` is wrong.
        TamperError: The checkpoint is not signed by this ledger's key.
    """
    witnesses = [one for one in read_witnesses(installation.data).witnesses if one.url]
    reader = installation.reader()
    if not witnesses:
        return None
    try:
        checkpoint = reader.signed()
    except InvalidInputError:
        return None
    if checkpoint.size == 0:
        return None
    olds = [min(_size(_kept(installation, one)), checkpoint.size) for one in witnesses]
    key = public_key(installation.data)
    answers = ask(
        witnesses,
        olds,
        checkpoint,
        lambda old: reader.consistency(old, checkpoint),
        key,
        seconds=seconds,
    )
    for one, answer in zip(witnesses, answers, strict=True):
        if answer.cosigned is not None:
            keep_cosigned(installation.data, one.key, answer.cosigned)
            history.keep_seen(
                installation.data, today(installation), one.key, answer.cosigned.checkpoint
            )
        _keep(installation, _evidence(installation, one, answer))
    return checkpoint


def carried_request(installation: Installation, name: str, old: int | None = None) -> bytes:
    """Return the request that is carried to the witness `name` on a medium.

    Args:
        installation: Whose record is to be cosigned.
        name: As in `witness.toml`.
        old: The size that the witness cosigned last, where it said another than is known here.

    Raises:
        InvalidInputError: There is no such witness, nothing was recorded yet, or `old` is more
            than there is.
    """
    one = next((w for w in read_witnesses(installation.data).witnesses if w.name == name), None)
    if one is None:
        raise InvalidInputError("witness.no_such", name=name)
    reader = installation.reader()
    checkpoint = reader.signed()
    size = _size(_kept(installation, one)) if old is None else old
    if size > checkpoint.size:
        raise InvalidInputError("witness.old_too_large", old=size, size=checkpoint.size)
    return request_of(size, checkpoint, lambda at: reader.consistency(at, checkpoint))


def take_carried(installation: Installation, text: str) -> tuple[str, Cosigned]:
    """Keep a cosigned checkpoint that came back on a medium; return the witness's name and it.

    Raises:
        InvalidInputError: No configured witness cosigned it, or it is not this log's.
    """
    key = family(installation.data)
    for one in read_witnesses(installation.data).witnesses:
        try:
            cosigned = read_cosigned(text, key, one.key)
        except TamperError:
            continue
        if cosigned.checkpoint.size >= _size(_kept(installation, one)):
            keep_cosigned(installation.data, one.key, cosigned)
            history.keep_seen(installation.data, today(installation), one.key, cosigned.checkpoint)
        return one.name, cosigned
    raise InvalidInputError("witness.not_theirs")


def cosigners(installation: Installation, checkpoint: Checkpoint) -> tuple[int, int]:
    """Return how many configured witnesses cosigned just `checkpoint`, and how many there are."""
    witnesses = read_witnesses(installation.data).witnesses
    kept = [_kept(installation, one) for one in witnesses]
    same = [
        each
        for each in kept
        if each
        and (each.checkpoint.size, each.checkpoint.root) == (checkpoint.size, checkpoint.root)
    ]
    return len(same), len(witnesses)


def stamp_record(installation: Installation) -> None:
    """Have the checkpoint that stands now stamped by the configured authority.

    Raises:
        InvalidInputError: `witness.toml` is wrong, or nothing was recorded yet.
        UnavailableError: The authority does not answer, or its answer does not hold.
    """
    from sekisho.witness.stamp import stamp  # noqa: PLC0415 (only where an authority is asked)

    authority = read_witnesses(installation.data).authority
    if authority is not None:
        stamp(authority, installation.data, installation.reader().signed(), today(installation))


def stamping(installation: Installation) -> Path | None:
    """Return the certificates of the configured time-stamp authority, None where there is none."""
    authority = read_witnesses(installation.data).authority
    return None if authority is None else authority.ca


def cosigning(installation: Installation) -> list[str]:
    """Return the keys of the configured witnesses that cosigned something."""
    return [
        one.key
        for one in read_witnesses(installation.data).witnesses
        if (installation.data / "ledger" / "witness" / one.key.split("+")[1]).exists()
    ]


def witness_findings(installation: Installation) -> list[Finding]:
    """Return which witnesses say otherwise, do not know this log, or are silent."""
    found = []
    now = installation.clock.now()
    for one in read_witnesses(installation.data).witnesses:
        said = latest_evidence(installation.database, f"witness.{one.name}")
        if not one.url:
            kept = _kept(installation, one)
            if kept is None or now - kept.at > CARRIED:
                found.append(_not_carried(one))
            continue
        if said is None:
            continue
        if said.result is Result.NO:
            found.append(_finding(one, said.message, Gravity.URGENT, said))
        elif said.message == "witness.not_trusted":
            found.append(_finding(one, said.message, Gravity.TODAY, said))
        elif said.result is Result.NOT_CHECKED:
            kept = _kept(installation, one)
            if kept is None or now - kept.at > SILENCE:
                found.append(_finding(one, "witness.silent", Gravity.TODAY, said))
    stamped = latest_evidence(installation.database, "job.timestamp")
    if stamping(installation) and stamped and stamped.result is Result.NOT_CHECKED:
        found.append(
            Finding(
                key="witness.not_stamped",
                room="witness",
                gravity=Gravity.TODAY,
                duty="1-3",
                message="witness.not_stamped",
                where="/health",
                action="app.action.look",
            )
        )
    return found


def _finding(witness: Settings, message: str, gravity: Gravity, said: Evidence) -> Finding:
    return Finding(
        key=f"{message}:{witness.name}",
        room="witness",
        gravity=gravity,
        duty="1-3",
        message=message,
        args=said.args,
        where="/health",
        action="app.action.look",
    )


def _not_carried(witness: Settings) -> Finding:
    return Finding(
        key=f"witness.not_carried:{witness.name}",
        room="witness",
        gravity=Gravity.WEEK,
        duty="1-3",
        message="witness.not_carried",
        args={"witness": witness.name},
        where="/health",
        action="app.action.look",
    )


def _evidence(installation: Installation, witness: Settings, answer: Asked) -> Evidence:
    now = installation.clock.now()
    return Evidence(
        subject=f"witness.{witness.name}",
        checked_at=now,
        by="jobs",
        result=_RESULTS[answer.answer],
        message=_SAID[answer.answer],
        args={"witness": witness.name, "size": answer.size or 0, "why": answer.why},
        valid_until=now + SILENCE,
    )


def _keep(installation: Installation, said: Evidence) -> None:
    """Keep an answer; the same answer again is kept only a few times a day."""
    before = latest_evidence(installation.database, said.subject)
    if (
        before is None
        or before.message != said.message
        or said.checked_at - before.checked_at > SILENCE / 4
    ):
        keep_evidence(installation.database, said)


def _kept(installation: Installation, witness: Settings) -> Cosigned | None:
    """Return what is kept of a witness; what is damaged counts as nothing: it is asked anew."""
    try:
        return cosigned_by(installation.data, witness.key)
    except TamperError:
        return None


def _size(kept: Cosigned | None) -> int:
    return 0 if kept is None else kept.checkpoint.size
