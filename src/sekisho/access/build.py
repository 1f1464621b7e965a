"""Builds the table: Cedar is asked once for every cell, and then no more."""

from __future__ import annotations

from collections.abc import Sequence

import cedarpy
import orjson

from sekisho.access.book import Book
from sekisho.access.cedar import Policy, policies
from sekisho.access.records import Act, Effect, Situation
from sekisho.access.table import ACTS, BLOCK, SITUATIONS, Outcome, Table
from sekisho.errors import InvalidInputError

_ANYBODY = 'Person::"anybody"'
_KEPT = 4
_BUILT: dict[str, Table] = {}
"""By the digest of the book, so that a proposal is not built again for each look at it."""


def build(book: Book, version: str = "") -> Table:
    """Return the table of `book`.

    Only policies whose head may fit the group and the class are asked (Cedar's own
    "policy slicing" by scope), and a column that none of them reads is asked once: the
    answer is the same, and a large matrix stays quick. The last few tables are kept.

    Raises:
        InvalidInputError: A policy is refused, or fails on a cell (an overflow).
    """
    known = _BUILT.get(book.digest)
    if known is None:
        known = _build(book)
        if len(_BUILT) >= _KEPT:
            _BUILT.pop(next(iter(_BUILT)))
        _BUILT[book.digest] = known
    return Table(
        groups=known.groups,
        classes=known.classes,
        version=version,
        outcomes=known.outcomes,
        cells=known.cells,
    )


def _build(book: Book) -> Table:
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
        version="",
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


def _block(asked: Sequence[Policy], class_: str, person: cedarpy.Entities) -> list[Outcome]:
    """Return the cells of one group and class; what no policy reads is asked once."""
    chosen = cedarpy.PolicySet.from_str("\n".join(policy.text for policy in asked))
    keys: list[tuple[object, ...] | None] = []
    requests: dict[tuple[object, ...], dict[str, object]] = {}
    for act in ACTS:
        fitting = [policy for policy in asked if act in policy.acts]
        columns = sorted({column for policy in fitting for column in policy.reads})
        for situation in SITUATIONS:
            key = (act, *(getattr(situation, column) for column in columns)) if fitting else None
            keys.append(key)
            if key is not None and key not in requests:
                requests[key] = question(class_, act, situation)
    results = cedarpy.is_authorized_batch(list(requests.values()), chosen, person)
    for result in results:
        for error in result.diagnostics.errors:
            raise InvalidInputError("access.policy_fails", reason=str(error)[:200])
    answers = dict(zip(requests, map(outcome_of, results), strict=True))
    return [Outcome(Effect.SILENT) if key is None else answers[key] for key in keys]
