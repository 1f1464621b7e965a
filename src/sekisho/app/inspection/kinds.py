"""What kind of institution this is: said once by a person, and what the catalogues ask narrowed to it."""

from __future__ import annotations

from collections.abc import Iterable

from sekisho.app.installation import Installation
from sekisho.app.settings import set_setting, setting
from sekisho.errors import ConflictError, InvalidInputError, UnavailableError
from sekisho.ledger import own
from sekisho.terms import Action

SETTING = "inspection.kinds"


def kinds_of(installation: Installation) -> tuple[str, ...]:
    """Return the kinds of this institution, as the catalogues name them; none where nobody said it."""
    return _kept(installation)[0]


def kinds_before(installation: Installation) -> tuple[str, ...] | None:
    """Return what was said before the last change, empty for nothing; None where nothing changed."""
    return _kept(installation)[1]


def set_kinds(installation: Installation, kinds: Iterable[str], *, by: str) -> None:
    """Keep which kinds of institution this is, after it is recorded.

    Raises:
        InvalidInputError: None was said, or one that no catalogue knows.
        UnavailableError: It could not be recorded; then nothing changed.
    """
    from sekisho.inspection import KINDS  # noqa: PLC0415 (slow to import)

    said = set(kinds)
    if not said or not said <= set(KINDS):
        raise InvalidInputError("inspection.kinds.choose")
    chosen = tuple(one for one in KINDS if one in said)
    if chosen != kinds_of(installation):
        _keep(installation, chosen, by)


def undo_kinds(installation: Installation, *, by: str) -> None:
    """Go back to what was said before the last change, after it is recorded.

    Raises:
        ConflictError: Nothing was changed.
        UnavailableError: It could not be recorded; then nothing changed.
    """
    before = kinds_before(installation)
    if before is None:
        raise ConflictError("inspection.kinds.nothing")
    _keep(installation, before, by)


def _kept(installation: Installation) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    kept = setting(installation.database, SETTING)
    return ((), None) if kept is None else (tuple(kept["kinds"]), tuple(kept["before"]))


def _keep(installation: Installation, kinds: tuple[str, ...], by: str) -> None:
    act = own(
        installation.clock, user_id=by, action=Action.SECURITY, object="settings/kinds",
        reason=" ".join(kinds) or None,
    )  # fmt: skip
    with installation.recorder() as recorder:
        (index,) = recorder.append([act])
    if index is None:
        raise UnavailableError("app.not_recorded")
    told = {"kinds": list(kinds), "before": list(kinds_of(installation))}
    set_setting(installation.database, SETTING, told, by=by, at=installation.clock.now())
