"""One record as a person and as a verifier read it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One record and what proves it.

    Attributes:
        origin: The file (or connection) as given, and `row` in it.
        lines: The proof for people, line by line.
        tlog_proof: The proof as the file other tools read.
        json: The record in the promised form.
    """

    index: int
    size: int
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
    lines: tuple[str, ...]
    tlog_proof: str
    checkpoint: str
    fingerprint: str
    json: str


def proof_of(here: Installation, index: int) -> Proof | None:
    """Return the record `index` with its proof, None where there is none."""
    reader = here.reader()
    if index >= reader.size():
        return None
    try:
        record, proof = reader.record(index), reader.proof(index)
    except InvalidInputError:
        return None
    origin = record["origin"]
    return Proof(
        index=index,
        size=reader.size(),
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
        lines=tuple(str(line) for line in proof.lines),
        tlog_proof=proof.tlog_proof,
        checkpoint=reader.checkpoint(),
        fingerprint=reader.fingerprint(),
        json=json.dumps(record, ensure_ascii=False, indent=1),
    )
