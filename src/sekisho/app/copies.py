"""An answer to "who looked at this patient", from the record to a numbered copy.

The order is what makes it trustworthy: who may ask is settled first; then everything is
read; then a number is taken; the file is made with the number in it; its hash, and who made
it of which patient, is in the record before the file is kept, and only then is it given out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sekisho import identity, review
from sekisho.app.answer import Asked, Material, Progress, acts, as_pdf, check_paper, gather
from sekisho.app.answer_data import as_json
from sekisho.app.history import keep_given
from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError, RefusedError, TamperError, UnavailableError
from sekisho.identity.records import Role
from sekisho.ledger import own
from sekisho.review.copies import Copy, begin, copy_of, finish, give_up, names_rule
from sekisho.storage import write_durably
from sekisho.terms import Action, Outcome, PatientId

MAY = frozenset({Role.REVIEWER, Role.SAFETY_OFFICER})
"""Who may make a copy."""
RELEASES = frozenset({Role.SAFETY_OFFICER})
"""Who may release staff's names to a patient, where the rule allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What copy is wanted.

    Attributes:
        form: ``reviewer`` or ``patient``.
        kind: ``pdf`` or ``json``; JSON of a reviewer's is a FHIR Bundle.
        by: Staff id of who makes it.
        names_by: Staff id of who releases the staff's names to the patient.
        terminal: Where it was asked for.
    """

    asked: Asked
    form: str
    kind: str
    by: str
    names_by: str | None = None
    terminal: str | None = field(default=None)


def make(
    installation: Installation, wanted: Wanted, progress: Progress | None = None
) -> tuple[Copy, bytes]:
    """Return a new copy: its line in the register, and the file.

    Args:
        installation: Where the records are.
        wanted: What copy.
        progress: Told (steps done, steps in all).

    Raises:
        RefusedError: The person may not; names may not be released; or ids are covered
            here and the copy would show them. A refusal is recorded.
        InvalidInputError: Patient, period or form is none.
        UnavailableError: It could not be recorded; then nothing is given out.
    """
    database = installation.database
    if wanted.form not in review.FORMS or wanted.kind not in review.KINDS:
        raise InvalidInputError("app.copy.no_form")
    if wanted.asked.end > today(installation):
        raise InvalidInputError("app.copy.ahead")
    try:
        _check(installation, wanted)
    except RefusedError as error:
        _record(installation, wanted, "refused", Outcome.REFUSED, error.message)
        raise
    material = gather(installation, wanted.asked, progress)
    if wanted.kind == "pdf":
        check_paper(material, form=wanted.form, names=wanted.names_by is not None)
    line = begin(
        database,
        form=wanted.form,
        kind=wanted.kind,
        language=wanted.asked.language,
        patient_id=material.looks.patient,
        start=wanted.asked.start,
        end=wanted.asked.end,
        by=wanted.by,
        names_by=wanted.names_by,
        at=material.at,
        year=material.at.astimezone(ZoneInfo(installation.config.zone)).year,
    )
    try:
        content = _content(material, line)
        digest = hashlib.sha256(content).hexdigest()
        said = f"sha256:{digest}" + (f" names:{line.names_by}" if line.names_by else "")
        index = _record(installation, wanted, line.name, Outcome.SUCCESS, said, material)
        write_durably(_path(installation, digest, line.kind), content)
        keep_given(installation, material.checkpoint)
    except BaseException:
        give_up(database, line)
        raise
    held = [index for look in material.looks.looks for index in look.indexes]
    count = len(acts(material.looks.looks))
    finish(database, line, accesses=count, records=held, digest=digest, record=index)
    made = copy_of(database, line.name)
    assert made is not None
    return made, content


def _content(material: Material, line: Copy) -> bytes:
    names = line.form == "reviewer" or line.names_by is not None
    write = as_pdf if line.kind == "pdf" else as_json
    return write(material, form=line.form, number=line.name, names=names)


def _check(installation: Installation, wanted: Wanted) -> None:
    """Refuse who may not make this copy."""
    database = installation.database
    if not _has(installation, wanted.by, MAY):
        raise RefusedError("app.copy.not_allowed")
    if wanted.form == "reviewer":
        if wanted.names_by is not None:
            raise InvalidInputError("app.copy.names_for_patient")
        if review.masking(database).masked:
            # A file cannot be covered again.
            raise RefusedError("app.copy.covered")
    elif wanted.names_by is not None:
        rule = names_rule(database)
        if rule is None or not rule.allows:
            raise RefusedError("app.copy.names_not_allowed")
        if not _has(installation, wanted.names_by, RELEASES):
            raise RefusedError("app.copy.names_not_released")


def _has(installation: Installation, user_id: str, roles: frozenset[Role]) -> bool:
    account = identity.find_account(installation.database, user_id)
    return account is not None and account.closed_at is None and bool(account.roles & roles)


def _record(
    installation: Installation,
    wanted: Wanted,
    name: str,
    outcome: Outcome,
    reason: str,
    material: Material | None = None,
) -> int:
    """Record that a copy is made, or was refused; return the record's index."""
    patient = material.looks.patient if material else wanted.asked.patient
    access = own(
        installation.clock,
        user_id=wanted.by,
        action=Action.PRINT if wanted.kind == "pdf" else Action.EXPORT,
        object=f"review/copy/{name}/{wanted.form}",
        outcome=outcome,
        patient_ids=(PatientId(patient),),
        reason=reason,
        terminal=wanted.terminal,
    )
    with installation.recorder() as recorder:
        (index,) = recorder.append([access])
    if index is None:
        raise UnavailableError("app.not_recorded")
    return index


def kept(installation: Installation, line: Copy) -> bytes:
    """Return the file of a copy that was made, as it was given out.

    Raises:
        InvalidInputError: Nothing was given out under that number.
        TamperError: The file is gone, or is not the one that was recorded.
    """
    if line.state == "erased":
        raise InvalidInputError("app.copy.erased", number=line.name)
    if line.state != "made" or line.digest is None:
        raise InvalidInputError("app.copy.not_made", number=line.name)
    try:
        content = _path(installation, line.digest, line.kind).read_bytes()
    except FileNotFoundError as error:
        raise TamperError("app.copy.gone", number=line.name) from error
    if hashlib.sha256(content).hexdigest() != line.digest:
        raise TamperError("app.copy.differs", number=line.name)
    return content


def _path(installation: Installation, digest: str, kind: str) -> Path:
    return installation.data / "paper" / f"{digest}.{kind}"


def today(installation: Installation) -> dt.date:
    """Return the local day."""
    return installation.clock.now().astimezone(ZoneInfo(installation.config.zone)).date()
