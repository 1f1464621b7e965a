"""From one edition to the next, and from the vendors' sheets: what was answered is proposed, and a person confirms it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection.answers import LONGEST, answer, newest, take_back
from sekisho.inspection.catalogue import Catalogue, Item, Text
from sekisho.inspection.records import Answer, Heard, Line, Sheet, Value
from sekisho.inspection.typed import line as typed
from sekisho.storage import Database

CARRIED = 60
"""Characters that name the items from which an answer comes."""


class Why(StrEnum):
    """Why an answer of the older edition is to be confirmed in the newer."""

    SAME = "same"
    """Both ask the same; what was true then is to be true still."""
    CHANGED = "changed"
    """The newer one asks it otherwise."""
    JOINED = "joined"
    """What was asked in several items is one now."""
    DIVIDED = "divided"
    """What was asked in one item is several now."""
    TOLD = "told"
    """A vendor says it, of what it supplied; the institution is asked of everything."""
    DIFFER = "differ"
    """The vendors do not say the same of their systems."""
    SILENT = "silent"
    """Some vendor did not answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One item of the older edition, or of a vendor's sheet, and what was answered to it.

    Attributes:
        answer: None where nobody answered it, or the answer was taken back.
        changed: What the two ask otherwise; empty where nothing is known to have changed.
        vendor: Who answers, and of which system; empty where it is the institution itself.
        line: Of the register, where the vendor's sheet stands.
    """

    item: Item
    answer: Answer | Heard | None
    changed: Text
    vendor: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the older edition says of one item of the newer.

    Attributes:
        line: The item of the newer edition as it stands.
        why: Every reason to confirm; `Why.SAME` stands alone.
        value: What may be confirmed; None where the sources do not agree, or one is not answered.
        turn: Of the newest answer to the newer item, also one that was taken back; 0 where none was.
    """

    line: Line
    sources: tuple[Source, ...]
    why: tuple[Why, ...]
    value: Value | None
    turn: int

    @property
    def open(self) -> bool:
        """Whether nobody answered the newer item yet."""
        return self.line.answer is None

    @property
    def changes(self) -> tuple[Text, ...]:
        """What is asked otherwise, once for each item that it comes from."""
        return tuple({one.item.id: one.changed for one in self.sources if one.changed}.values())


def propose(
    database: Database, old: Catalogue, sheet: Sheet, heard: Sequence[Heard] = ()
) -> list[Proposal]:
    """Return, in the order of the newer edition, each item to which the older one has an answer.

    Args:
        database: Where the answers are.
        old: The older edition, or the vendors' sheet.
        sheet: The newer one as it stands now.
        heard: What the vendors answered to `old`.
    """
    told: dict[str, list[Heard]] = {}
    for each in heard:
        told.setdefault(each.item, []).append(each)
    answers = {
        item: said for item, said in newest(database, old.id).items() if said.value is not None
    }
    turns = {item: said.turn for item, said in newest(database, sheet.catalogue.id).items()}
    asked = [one for one in old.items if one.answered]
    targets = {one.id: sum(_tied(one, line.item) for line in sheet.every) for one in asked}
    found = []
    for line in sheet.every:
        sources = tuple(
            source
            for one in asked
            if _tied(one, line.item)
            for source in _sources(one, line.item, answers.get(one.id), told.get(one.id, ()))
        )
        if any(one.answer is not None for one in sources):
            found.append(
                Proposal(
                    line=line,
                    sources=sources,
                    why=_why(sources, targets),
                    value=_value(sources),
                    turn=turns.get(line.item.id, 0),
                )
            )
    return found


def confirm(
    database: Database,
    new: Catalogue,
    proposal: Proposal,
    *,
    by: str,
    at: dt.datetime,
    today: dt.date,
    reason: str = "",
) -> int:
    """Keep what is proposed as the answer of `by`; return its turn.

    It is as old as the oldest answer that it comes from: its 確認日 is that one's, and a person's
    word does not grow younger by being carried. What vendors say bears their names, and a reason
    of who relies on it.

    Raises:
        InvalidInputError: There is nothing that may be confirmed, the target day is past, or a
            yes without proof has no reason, neither of then nor `reason`, or a vendor's word has none.
        ConflictError: Somebody answered the newer item.
    """
    said = [one.answer for one in proposal.sources if one.answer is not None]
    if proposal.value is None:
        raise InvalidInputError("inspection.carry.disagree", item=proposal.line.item.id)
    if not proposal.open:
        raise ConflictError("inspection.answered_since")
    targets = [one.target_on for one in said if one.target_on is not None]
    checked = [one.checked_on for one in said if one.checked_on is not None]
    if proposal.value is Value.NO and targets and min(targets) < today:
        raise InvalidInputError("inspection.carry.past", day=min(targets).isoformat())
    vendors = [one for one in said if isinstance(one, Heard) and one.value is proposal.value]
    if vendors and not typed(reason):
        raise InvalidInputError("inspection.carry.reason")
    reasons = dict.fromkeys(one.reason for one in said if one.reason)
    return answer(
        database,
        new,
        proposal.line.item,
        value=proposal.value.value,
        checked_on=min(checked, default=None),
        target_on=min(targets, default=None),
        reason=_with_vendors(reason, vendors) or " / ".join(reasons),
        by=by,
        at=at,
        today=today,
        computed=proposal.line.computed,
        before=proposal.turn,
        carried_from=_named(proposal.sources),
    )


def carried(database: Database, old: Catalogue, new: Catalogue) -> Mapping[str, Answer]:
    """Return item of the newer edition → its newest answer, where that came from the older."""
    there = {one.id for one in old.items}
    return {
        item: said
        for item, said in newest(database, new.id).items()
        if said.value is not None and there & set((said.carried_from or "").split())
    }


def undo(
    database: Database,
    old: Catalogue,
    sheet: Sheet,
    *,
    by: str,
    at: dt.datetime,
    items: Collection[str] = (),
) -> list[str]:
    """Take back what was carried and not answered anew since; return the items.

    Args:
        database: Where the answers are.
        old: The older edition.
        sheet: The newer one as it stands now.
        by: Who takes it back.
        at: Now, UTC-aware.
        items: Of the newer edition; every one unless given.
    """
    found = carried(database, old, sheet.catalogue)
    done = []
    for line in sheet.every:
        said = found.get(line.item.id)
        if said is None or (items and line.item.id not in items):
            continue
        take_back(
            database, sheet.catalogue, line.item, by=by, at=at, computed=line.computed,
            before=said.turn,
        )  # fmt: skip
        done.append(line.item.id)
    return done


def _tied(one: Item, other: Item) -> bool:
    return one.id in other.maps_to or other.id in one.maps_to


def _changed(old: Item, new: Item) -> Text:
    return new.changed.get(old.id) or old.changed.get(new.id) or {}


def _sources(
    one: Item, newer: Item, own: Answer | None, heard: Sequence[Heard]
) -> Iterator[Source]:
    """Give what the institution itself answered to an item, and what each vendor did."""
    changed = _changed(one, newer)
    if own is not None or not heard:
        yield Source(item=one, answer=own, changed=changed)
    for each in heard:
        said = None if each.value is None else each
        yield Source(item=one, answer=said, changed=changed, vendor=each.by, line=each.line)


def _with_vendors(reason: str, vendors: Sequence[Heard]) -> str:
    """Return a reason with the vendors on whose word it rests, as many as there is room for."""
    named = ", ".join(f"{one.by} {one.checked_on or ''}".strip() for one in vendors)
    return f"{reason} / {named}"[: max(LONGEST, len(reason))] if named else reason


def _why(sources: Sequence[Source], targets: Mapping[str, int]) -> tuple[Why, ...]:
    found = []
    told = [one.answer and one.answer.value for one in sources if one.vendor]
    if told:
        found.append(Why.TOLD)
        found += [Why.DIFFER] if len({*told} - {None}) > 1 else []
        found += [Why.SILENT] if None in told else []
    elif any(one.changed for one in sources):
        found.append(Why.CHANGED)
    if len({one.item.id for one in sources}) > 1:
        found.append(Why.JOINED)
    if any(targets[one.item.id] > 1 for one in sources):
        found.append(Why.DIVIDED)
    return tuple(found) or (Why.SAME,)


def _value(sources: Sequence[Source]) -> Value | None:
    """Return what the sources say together: one no is a no; else their items must all agree.

    Of vendors who are asked the same, what does not apply to one, and one that did not answer,
    leaves what the others say: it is for a person to see who is missing.
    """
    said: dict[str, set[Value | None]] = {}
    for one in sources:
        value = None if one.answer is None else one.answer.value
        said.setdefault(one.item.id, set()).add(value)
    graver = (Value.NO, Value.YES, Value.NOT_APPLICABLE)
    values = {next((one for one in graver if one in each), None) for each in said.values()}
    if Value.NO in values:
        return Value.NO
    return values.pop() if len(values) == 1 else None


def _named(sources: Sequence[Source]) -> str:
    """Return the items that were answered, as many as there is room for."""
    named = ""
    for item in dict.fromkeys(one.item.id for one in sources if one.answer is not None):
        longer = f"{named} {item}".strip()
        if len(longer) <= CARRIED:
            named = longer
    return named
