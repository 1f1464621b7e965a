"""The proofs behind a sheet: as data, and as a page to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from sekisho.app.installation import Installation
from sekisho.pages.environment import Frame
from sekisho.pages.offline import offline
from sekisho.pages.words import LANGUAGES, say
from sekisho.paper.inspection import SheetPage
from sekisho.terms import iso

if TYPE_CHECKING:
    from sekisho.inspection import Line, Seen, Sheet


def proofs_json(installation: Installation, sheet: Sheet) -> bytes:
    """Return every item with its answer and each proof, in both languages."""
    told = {
        "institution": installation.institution,
        "simulated": installation.simulated,
        "catalogue": sheet.catalogue.id,
        "title": dict(sheet.catalogue.title),
        "edition": sheet.catalogue.edition,
        "source": sheet.catalogue.source,
        "at": iso(sheet.at),
        "kinds": list(sheet.kinds),
        "items": [_item(line) for line in sheet.lines],
        "not_asked": [_item(line) for line in sheet.apart],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def _item(line: Line) -> dict[str, Any]:
    item, answer = line.item, line.answer
    return {
        "id": item.id,
        "number": item.number,
        "unsure_number": item.unsure_number,
        "title": dict(item.title),
        "text": dict(item.text),
        "verified": item.verified,
        "evidence": item.evidence,
        "kinds": list(item.kinds),
        "standing": line.standing.value,
        "state": line.computed.state.value,
        "greener_than_proof": line.greener,
        "answer": answer
        and {
            "value": answer.value and answer.value.value,
            "checked_on": answer.checked_on and answer.checked_on.isoformat(),
            "target_on": answer.target_on and answer.target_on.isoformat(),
            "reason": answer.reason,
            "by": answer.by,
            "at": iso(answer.at),
            "proofs_then": list(answer.proofs),
        },
        "proofs": [_proof(one) for one in line.computed.proofs],
    }


def _proof(one: Seen) -> dict[str, Any]:
    found = one.evidence
    return {
        "subject": one.proof.subject,
        "what": {each: say(each, f"inspection.subject.{one.proof.subject}") for each in LANGUAGES},
        "state": one.state.value,
        "lasts_days": one.proof.lasts,
        "good_until": one.good_until and iso(one.good_until),
        "evidence": found
        and {
            "checked_at": iso(found.checked_at),
            "by": found.by,
            "result": found.result.value,
            "message": found.message,
            "args": dict(found.args),
            "said": {each: say(each, found.message, **found.args) for each in LANGUAGES},
            "valid_until": found.valid_until and iso(found.valid_until),
        },
    }


def proofs_page(page: SheetPage) -> bytes:
    """Return the same to be read, as one HTML file that asks for nothing."""
    return offline(
        "folder/proofs.html", language=page.language, page=page, frame=Frame(zone=page.zone)
    ).encode()
