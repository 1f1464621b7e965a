"""One record as a person and as a verifier read it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sekisho.app.installation import Installation
from sekisho.console.interface import Line
from sekisho.console.own import act
from sekisho.console.veil import Veil
from sekisho.errors import ConflictError, TamperError
from sekisho.ledger.search import Search
from sekisho.ledger.skip import Looked
from sekisho.storage import Analysis

if TYPE_CHECKING:
    from sekisho.ledger.read import Erased


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One record and what proves it.

    Attributes:
        proven: True; None where it is not signed yet (a second later it is); False where
            it is not what was signed, and `wrong` says what.
        covered: Ids are covered; then neither path nor JSON shows them.
        origin: The file (or connection) as given, and `row` in it.
        lines: The proof for people, line by line.
        tlog_proof: The proof as the file other tools read.
        json: The record in the promised form.
    """

    index: int
    size: int
    proven: bool | None
    wrong: Line | None
    covered: bool
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    precision: str
    user_id: str | None
    user_kind: str
    patients: tuple[str, ...]
    action: str
    outcome: str
    source: str
    terminal: str | None
    object: str | None
    reason: str | None
    own: bool
    origin: str
    row: int | None
    lines: tuple[tuple[str, str], ...]
    tlog_proof: str
    checkpoint: str
    fingerprint: str
    json: str


def proof_of(here: Installation, index: int) -> Proof | None:
    """Return the record `index` with its proof, None where there is none."""
    reader = here.reader()
    if index >= reader.size():
        return None
    record = reader.record(index)
    proof, wrong = None, None
    try:
        proof = reader.proof(index)
    except ConflictError:
        pass
    except TamperError as error:
        wrong = Line(message=error.message, args=error.values())
    origin = record["origin"]
    return Proof(
        index=index,
        size=proof.checkpoint.size if proof else reader.size(),
        proven=True if proof else False if wrong else None,
        wrong=wrong,
        covered=False,
        occurred_at=dt.datetime.fromisoformat(record["occurred_at"]),
        recorded_at=dt.datetime.fromisoformat(record["recorded_at"]),
        precision=record["time_precision"],
        user_id=record["user_id"],
        user_kind=record["user_kind"],
        patients=tuple(p["id"] for p in record["patient_ids"]),
        action=record["action"],
        outcome=record["outcome"],
        source=record["source"],
        terminal=record["terminal"],
        object=record["object"],
        reason=record["reason"],
        own=record["source"] == "sekisho",
        origin=origin.get("file") or origin.get("connection") or "",
        row=origin.get("row") or origin.get("message"),
        lines=tuple(proof.lines) if proof else (),
        tlog_proof=proof.tlog_proof if proof else "",
        checkpoint=proof.checkpoint.text if proof else "",
        fingerprint=reader.fingerprint() if proof else "",
        json=json.dumps(record, ensure_ascii=False, indent=1),
    )


@dataclass(frozen=True, slots=True)
class _Around:
    """The records around one, as `review` asks for them: only files that can hold them open."""

    search: Search

    def register(self, analysis: Analysis, name: str = "access") -> None:
        """Make the view `name`."""
        self.search.register(analysis, self.search.places, live=True, name=name)


def other_sides(here: Installation, proof: Proof) -> list[int]:
    """Return the records of the same action that others wrote."""
    from sekisho import care, review  # noqa: PLC0415 (keeps the first page quick)

    low, high = (
        int(at.timestamp() * 1000)
        for at in (proof.occurred_at - review.AROUND, proof.occurred_at + review.AROUND)
    )
    found = here.reader().search(Looked(low=low, high=high))
    return review.other_sides(_Around(found), care.owned_ids(here.database), proof.index)


def left_of(here: Installation, index: int) -> Erased:
    """Return what is left of the lawfully erased record `index`."""
    reader = here.reader()
    return next(reader.erased(index, index + 1, reader.signed()))


def covered(here: Installation, proof: Proof, language: str) -> Proof:
    """Return `proof` as it may be shown: ids covered until the grounds for showing them are there.

    Own acts are no exception: the record of opening a case names its patients.
    """
    from sekisho import review  # noqa: PLC0415 (keeps the first page quick)

    masked = review.masking(here.database).masked
    if proof.own:
        proof = replace(proof, object=act(language, proof.object, covered=masked))
    if not masked:
        return proof
    veil = Veil(covered=True, language=language)
    return replace(
        proof,
        covered=True,
        reason=None if proof.own else proof.reason,
        user_id=None if proof.user_id is None else veil.user(proof.user_id),
        patients=tuple(veil.patient(p) for p in proof.patients),
        lines=tuple(line for line in proof.lines if line[0] not in {"record", "salt"}),
        tlog_proof="",
        json="",
    )
