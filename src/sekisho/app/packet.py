"""The packet for a system's vendor: what the gate changes, who is responsible, the way back.

A system stands behind the gate only with its vendor's written yes (docs/placement.md);
this is what that yes is asked with. Every fact in it is read from ``gate.toml``.
"""

from __future__ import annotations

from collections.abc import Callable

from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError
from sekisho.gate.config import GateConfig, Route, read_gate
from sekisho.gate.headers import IDENTITY, REQUEST
from sekisho.pages.words import say
from sekisho.paper.letter import Grid, Letter, Part, letter_docx

_DUTIES = ("gate", "system", "network", "rights", "records", "emergency", "incident")
_CHANGES = ("name", "address", "kind", "source", "cookie", "header", "fields", "size", "refuse")
_ASKED = ("host", "direct", "absolute", "clients", "time", "trial")
_BACK = ("name", "open", "check")
Word = Callable[[str], str]


def packet(installation: Installation, system: str, *, language: str = "ja") -> bytes:
    """Return the letter to the vendor of a protected system, as DOCX.

    Args:
        installation: Whose gate it is.
        system: The system's name in ``gate.toml``.
        language: ``ja`` or ``en``.

    Raises:
        InvalidInputError: There is no gate, or no such system.
    """
    gate = read_gate(installation.data)
    if gate is None:
        raise InvalidInputError("gate.config.none")
    route = next((each for each in gate.routes if each.name == system), None)
    if route is None:
        raise InvalidInputError("gate.envelope.no_system", system=system)
    facts = _facts(gate, route, language)

    def word(message: str) -> str:
        return say(language, f"gate.packet.{message}", **facts)

    letter = Letter(
        title=word("title"),
        addressee="",
        sender=installation.institution or "",
        made_at=installation.clock.now(),
        opening=[word("opening"), word("about")],
        parts=[
            Part(
                title=word("changes"),
                grid=Grid(
                    head=(word("changes.what"), word("changes.how")),
                    rows=[(word(f"change.{n}"), word(f"change.{n}.how")) for n in _CHANGES],
                    widths=(3, 7),
                ),
            ),
            Part(title=word("same"), points=[word(f"same.{n}") for n in ("system", "way", "log")]),
            Part(title=word("asked"), points=[word(f"asked.{n}") for n in _ASKED]),
            Part(
                title=word("duties"),
                paragraphs=[word("duties.about")],
                grid=Grid(
                    head=(word("duties.what"), word("duties.ours"), word("duties.yours")),
                    rows=[
                        (word(f"duty.{n}"), word(f"duty.{n}.ours"), word(f"duty.{n}.yours"))
                        for n in _DUTIES
                    ],
                    widths=(2, 4, 4),
                ),
            ),
            Part(
                title=word("back"),
                paragraphs=[word("back.about")],
                points=[word(f"back.{n}") for n in _BACK],
            ),
            _contacts(word),
            _yes(word),
        ],
        simulated=installation.simulated,
        language=language,
        zone=installation.config.zone,
    )
    return letter_docx(letter, say=say)


def _facts(gate: GateConfig, route: Route, language: str) -> dict[str, str]:
    nowhere = say(language, "gate.packet.anywhere")
    return {
        "system": route.name,
        "origin": route.origin,
        "upstream": route.upstream,
        "kind": say(language, f"gate.packet.kind.{route.adapter}"),
        "base": route.base or "/",
        "sources": "、".join(map(str, route.sources)) if route.sources else nowhere,
        "identity": IDENTITY,
        "request": REQUEST,
        "cap": f"{route.cap / (1 << 20):g} MiB",
        "gate": f"{gate.host}:{gate.port}",
    }


def _contacts(word: Word) -> Part:
    rows = [(word(f"contact.{n}"), "", "", "") for n in ("ours", "night", "yours", "yours_night")]
    head = tuple(word(f"contact.{n}") for n in ("who", "name", "telephone", "mail"))
    return Part(title=word("contacts"), grid=Grid(head=head, rows=rows, widths=(4, 3, 3, 4)))


def _yes(word: Word) -> Part:
    rows = [(word(f"yes.{n}"), "") for n in ("answer", "condition", "company", "name", "day")]
    return Part(
        title=word("yes"),
        paragraphs=[word("yes.about")],
        grid=Grid(head=(word("yes.what"), word("yes.entry")), rows=rows, widths=(3, 7)),
    )
