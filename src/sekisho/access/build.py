"""Builds the table: Cedar is asked once for every cell, and then no more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import cedarpy
import orjson

from sekisho.access.book import Book
from sekisho.access.cedar import Policy, policies
from sekisho.access.records import Act, Effect, Situation
from sekisho.access.table import ACTS, BLOCK, SITUATIONS, Outcome, Table
from sekisho.errors import InvalidInputError

_ANYBODY = 'Person::"anybody"'


def build(book: Book, version: str = "") -> Table:
    """Return the table of `book`.

    Only policies whose head may fit the group and the class are asked (Cedar's own
    "policy slicing" by scope): the answer is the same, and a large matrix stays quick.

    Raises:
        InvalidInputError: A policy is refused, or fails on a cell (an overflow).
    """
    every = policies(book)
    silent = Outcome(Effect.SILENT)
    numbers = {silent: 0}
    cells: list[int] = []
    for group in book.groups:
        person = people([group.id])
        own = [policy for policy in every if policy.group in {None, group.id}]
        for class_ in book.classes:
            asked = [policy for policy in own if policy.class_ in {None, class_.id}]
            if not asked:
                cells.extend([0] * BLOCK)
                continue
            cells.extend(
                numbers.setdefault(outcome, len(numbers))
                for outcome in _block(asked, class_.id, person)
            )
    return Table(
        groups=[group.id for group in book.groups],
        classes=[class_.id for class_ in book.classes],
        version=version,
        outcomes=list(numbers),
        cells=cells,
    )


def people(groups: Sequence[str]) -> cedarpy.Entities:
    """Return the entities of one person who is in `groups`."""
    parents = [{"type": "Group", "id": group} for group in groups]
    person = {"uid": {"type": "Person", "id": "anybody"}, "attrs": {}, "parents": parents}
    return cedarpy.Entities.from_json_str(orjson.dumps([person]).decode())


def question(class_: str, act: Act, situation: Situation) -> dict[str, object]:
    """Return the request that asks Cedar for one cell."""
    return {
        "principal": _ANYBODY,
        "action": f'Action::"{act}"',
        "resource": f'Class::"{class_}"',
        "context": {
            "emergency": situation.emergency,
            "out_of_hours": situation.out_of_hours,
            "relation": {"__entity": {"type": "Relation", "id": str(situation.relation)}},
        },
    }


def outcome_of(result: cedarpy.AuthzResult) -> Outcome:
    """Return what Cedar answered: allowed, refused by a policy, or nothing said."""
    names = result.diagnostics.id_annotations_by_reason
    found = tuple(sorted({str(names[reason]) for reason in result.diagnostics.reasons}))
    if result.allowed:
        return Outcome(Effect.PERMIT, found)
    return Outcome(Effect.FORBID, found) if found else Outcome(Effect.SILENT)


def _block(asked: Sequence[Policy], class_: str, person: cedarpy.Entities) -> Sequence[Outcome]:
    chosen = cedarpy.PolicySet.from_str("\n".join(policy.text for policy in asked))
    requests = [question(class_, act, situation) for act, situation in product(ACTS, SITUATIONS)]
    results = cedarpy.is_authorized_batch(requests, chosen, person)
    for result in results:
        for error in result.diagnostics.errors:
            raise InvalidInputError("access.policy_fails", reason=str(error)[:200])
    return [outcome_of(result) for result in results]
