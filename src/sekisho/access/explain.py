"""Why somebody may do something, or may not: groups, cells, policies and their words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.access.book import Files, Text, read_book
from sekisho.access.build import build
from sekisho.access.changes import NOTHING, active, current, files_of
from sekisho.access.duties import groups_of
from sekisho.access.files import shipped
from sekisho.access.reasons import Reasons
from sekisho.access.records import Act, Decision, Situation
from sekisho.care import person
from sekisho.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer with its reasons.

    Attributes:
        on: The local day whose posts counted.
        version: Of the book asked; ``none`` while nothing is in force.
        reasons: (policy id, its words), or what was missing.
    """

    user: str
    on: dt.date
    groups: Sequence[str]
    group_names: Sequence[Text]
    class_: str
    class_name: Text
    act: Act
    situation: Situation
    decision: Decision
    version: str
    reasons: Sequence[tuple[str, Text]]

    def as_json(self) -> dict[str, Any]:
        """Return the promised JSON form."""
        return {
            "user": self.user,
            "on": self.on.isoformat(),
            "groups": list(self.groups),
            "class": self.class_,
            "action": self.act,
            "situation": {
                "emergency": self.situation.emergency,
                "out_of_hours": self.situation.out_of_hours,
                "relation": self.situation.relation,
            },
            "permitted": self.decision.permitted,
            "effect": self.decision.effect,
            "policies": [{"id": policy, **text} for policy, text in self.reasons],
            "version": self.version,
        }


def explain(
    database: Database,
    files: Files | None,
    user: str,
    class_: str,
    act: str,
    situation: Situation,
    *,
    on: dt.date,
) -> Answer:
    """Return whether `user` may do `act` with `class_`, and why.

    Args:
        database: With the staff list and what is in force.
        files: A book to ask instead of the one in force.
        user: Staff id; who is in no list is in no group.
        class_: Class id; an unknown one is refused, and said.
        act: One of `Act`.
        situation: In which it is asked.
        on: Local day whose posts count.
    """
    now = current(database) if files is None else None
    chosen = files or (files_of(database, now.number) if now else shipped())
    book = read_book(chosen)
    table = active(database) if files is None else build(book, book.digest[:12])
    groups = groups_of(book, person(database, user, on), on)
    decision = table.decide(groups, (class_,), Act(act), situation)
    reasons, names = Reasons(book), {term.id: term.name for term in (*book.groups, *book.classes)}
    ids = decision.policies or (("nothing-said",) if table.version != NOTHING else ("no-book",))
    return Answer(
        user=user,
        on=on,
        groups=groups,
        group_names=[names[group] for group in groups],
        class_=class_,
        class_name=names.get(class_, {"ja": class_, "en": class_}),
        act=Act(act),
        situation=situation,
        decision=decision,
        version=table.version,
        reasons=[(policy, reasons.text(policy)) for policy in ids],
    )
