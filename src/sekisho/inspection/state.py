"""What the evidence says of an item, and what stands on the sheet when a person has answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sekisho.inspection.catalogue import Item, Proof
from sekisho.inspection.records import Answer, Computed, Seen, Standing, State, Value
from sekisho.terms import Evidence, Result

_WORSE = {State.PROVEN: 0, State.PERSON: 1, State.CONFIRM: 2, State.NOT_CHECKED: 2, State.CONTRADICTED: 3}  # fmt: skip
_WORST_FIRST = (State.CONTRADICTED, State.NOT_CHECKED, State.CONFIRM)


def compute(item: Item, evidence: Mapping[str, Evidence], now: dt.datetime) -> Computed:
    """Return what `evidence` (the newest by subject) says of `item`; `now` is UTC-aware.

    Nothing turns green by itself (house decision 8): one proof that says no contradicts, one that
    is missing leaves it not checked, and one that is too old leaves it to be confirmed. A no that
    speaks of a part only leaves it to a person.
    """
    proofs = tuple(_seen(proof, evidence.get(proof.subject), now) for proof in item.proofs)
    for state in _WORST_FIRST:
        if any(one.state is state for one in proofs):
            return Computed(state=state, proofs=proofs)
    shown = item.alone and bool(proofs) and all(one.state is State.PROVEN for one in proofs)
    return Computed(state=State.PROVEN if shown else State.PERSON, proofs=proofs)


def standing(item: Item, computed: Computed, answer: Answer | None, today: dt.date) -> Standing:
    """Return what stands on the sheet: a yes whose proof has got worse since is to be confirmed."""
    if answer is None or answer.value is None or answer.checked_on is None:
        return Standing.OPEN
    if answer.value is not Value.YES:
        return Standing(answer.value.value)
    old = today > answer.checked_on + dt.timedelta(days=item.lasts)
    if old or _WORSE[computed.state] > _WORSE[answer.state] or _turned(computed, answer):
        return Standing.CONFIRM
    return Standing.YES


def _turned(computed: Computed, answer: Answer) -> bool:
    """Return whether a proof of a part says no that did not when the answer was given."""
    then = {one["subject"] for one in answer.proofs if one["state"] == State.PERSON.value}
    return any(
        one.state is State.PERSON and one.proof.subject not in then for one in computed.proofs
    )


def _seen(proof: Proof, evidence: Evidence | None, now: dt.datetime) -> Seen:
    if evidence is None or evidence.result is Result.NOT_CHECKED:
        return Seen(proof=proof, evidence=evidence, good_until=None, state=State.NOT_CHECKED)
    until = evidence.checked_at + dt.timedelta(days=proof.lasts)
    if evidence.valid_until is not None:
        until = min(until, evidence.valid_until)
    if now > until:
        state = State.CONFIRM
    else:
        state = State.PROVEN if evidence.result is Result.YES else State.CONTRADICTED
        if state is State.CONTRADICTED and proof.part:
            state = State.PERSON
    return Seen(proof=proof, evidence=evidence, good_until=until, state=state)
