"""The map of connections: outside parties, their lines, networks, and the machines they lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from sekisho.pages import say
from sekisho.pages.wiring import Box, Edge, columns

if TYPE_CHECKING:
    from sekisho.posture import Wired, Wiring

MOST = 40
"""Lines, and machines, that the picture shows; the table has all."""
_HEADS = ("party", "line", "network", "machine")


def picture(found: Wiring, words: str) -> Markup | None:
    """Return the map of the first lines, None where there is none.

    Args:
        found: Every line with where it leads.
        words: The reader's language.
    """
    if not found.lines:
        return None
    lines = sorted(found.lines, key=lambda one: one.line["owner"] or "")[:MOST]
    parties: dict[str, int] = {}
    networks: dict[str, int] = {}
    machines: dict[int, int] = {}
    edges: dict[tuple[int, int, int], Edge] = {}

    def join(column: int, begin: int, end: int, state: str, *, sure: bool) -> None:
        edges.setdefault(
            (column, begin, end),
            Edge(column=column, begin=begin, end=end, state=state, sure=sure),
        )

    nowhere = say(words, "console.wiring.nowhere")
    for place, one in enumerate(lines):
        party = one.line["owner"] or say(words, "console.wiring.nobody")
        join(0, parties.setdefault(party, len(parties)), place, one.state, sure=True)
        ends = _ends(one, found)
        for network, assets in (ends or {nowhere: ()}).items():
            to = networks.setdefault(network, len(networks))
            join(1, place, to, one.state, sure=one.how == "written")
            for asset in assets:
                if asset in machines or len(machines) < MOST:
                    end = machines.setdefault(asset, len(machines))
                    join(2, to, end, "plain", sure=one.how == "written")
    boxes = (
        [Box(title=party) for party in parties],
        [_line(one, words) for one in lines],
        [
            Box(title=name, text=_counts(found.networks.get(name), words), state="un" if name == nowhere else "plain")
            for name in networks
        ],
        [
            Box(
                title=" ".join(str(part) for part in (told["number"], told["name"]) if part),
                text=say(words, f"console.posture.kind.{told['kind']}"),
            )
            for told in (found.machines[asset] for asset in machines)
        ],
    )  # fmt: skip
    heads = [say(words, f"console.wiring.{head}") for head in _HEADS]
    return columns(heads, boxes, list(edges.values()))


def _ends(one: Wired, found: Wiring) -> dict[str, tuple[int, ...]]:
    """Return network → machines in it that the line leads to; what is neither stands as it is written."""
    ends: dict[str, tuple[int, ...]] = dict.fromkeys(one.networks, ())
    for asset in one.assets:
        for network in found.machines[asset]["networks"] or ("–",):
            ends[network] = (*ends.get(network, ()), asset)
    for name in one.beyond:
        ends.setdefault(name, ())
    return ends


def _line(one: Wired, words: str) -> Box:
    title = " ".join(str(part) for part in (one.line["number"], one.line["name"]) if part)
    lacks = [
        say(words, f"console.wiring.lacks.{name}")
        for name in ("second_factor", "source_restriction")
        if one.line[name] == "no"
    ]
    if one.state == "bad" and not lacks:
        lacks = [say(words, "console.posture.old_patch")]
    text = say(words, "pages.comma").join(lacks) or say(words, f"console.wiring.state.{one.state}")
    return Box(title=title, text=text, state=one.state)


def _counts(counted: Counter[str] | Mapping[str, int] | None, words: str) -> str:
    if not counted:
        return ""
    named = sorted(counted.items(), key=lambda each: -each[1])
    return " ".join(
        f"{say(words, f'console.posture.kind.{kind}')} {count}" for kind, count in named
    )
