"""From one edition to the next: everything is proposed, a person confirms, nothing is silent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.inspection import (
    Catalogue,
    Heard,
    Sheet,
    Standing,
    Value,
    answer,
    catalogue,
    compute,
    newest,
    register,
    take_back,
)
from sekisho.inspection import sheet as sheet_of
from sekisho.inspection.carry import Proposal, Why, carried, confirm, propose, undo
from sekisho.inspection.register import sheets
from sekisho.storage import Database

pytestmark = [pytest.mark.store, pytest.mark.duty("0")]

NOW = dt.datetime(2026, 7, 10, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 7, 10)
THEN = dt.date(2026, 5, 1)
OLD, NEW = catalogue("checklist-r7"), catalogue("guideline-7.0")


def said(
    database: Database, item: str, value: str = "yes", book: Catalogue = OLD, **told: Any
) -> None:
    """Answer an item of the older edition as of May."""
    one = next(one for one in book.items if one.id == item)
    usual: dict[str, Any] = {"reason": "台帳を見た", "checked_on": THEN, "by": "a0001"}
    before = newest(database, book.id).get(item)
    answer(
        database, book, one, value=value, at=NOW, today=TODAY, computed=compute(one, {}, NOW),
        before=0 if before is None else before.turn, **usual | told,
    )  # fmt: skip


def now_of(database: Database, book: Catalogue = NEW) -> Sheet:
    """Return the newer edition as it stands."""
    return sheet_of(database, book, {}, now=NOW, today=TODAY)


def proposed(database: Database, new: Catalogue = NEW, old: Catalogue = OLD) -> dict[str, Proposal]:
    """Return item → what is proposed for it."""
    return {one.line.item.id: one for one in propose(database, old, now_of(database, new))}


def keep(database: Database, item: str, **told: Any) -> int:
    """Confirm what is proposed for one item."""
    usual: dict[str, Any] = {"by": "a0002", "at": NOW, "today": TODAY}
    return confirm(database, NEW, proposed(database)[item], **usual | told)


def test_what_was_answered_is_proposed_with_why(database: Database) -> None:
    """An item with the same rule, one whose rule changed, and one that became several each say so, with who answered and when; what nobody answered is not proposed."""
    assert proposed(database) == {}
    said(database, "CK-R7-2-8")
    said(database, "CK-R7-2-7")
    found = proposed(database)
    assert found["GL70-S-14.1.1-reuse"].why == (Why.SAME,)
    changed = found["GL70-S-14.1.1-nofa"]
    assert changed.why == (Why.CHANGED, Why.DIVIDED)
    assert "なくなり" in changed.sources[0].changed["ja"]
    before = changed.sources[0].answer
    assert before is not None
    assert (before.by, before.checked_on, changed.value) == ("a0001", THEN, Value.YES)
    assert found.keys() == {
        "GL70-S-14.1.1-reuse", "GL70-S-14.1.1-nofa", "GL70-S-14.1.1-2fa",
    }  # fmt: skip


def test_nothing_is_carried_until_a_person_confirms(database: Database) -> None:
    """Proposing writes nothing; what is confirmed stands in the name of who did, as old as the answer that it comes from."""
    said(database, "CK-R7-2-8")
    proposed(database)
    assert newest(database, NEW.id) == {}
    keep(database, "GL70-S-14.1.1-reuse")
    kept = newest(database, NEW.id)["GL70-S-14.1.1-reuse"]
    assert (kept.by, kept.checked_on, kept.reason) == ("a0002", THEN, "台帳を見た")
    assert kept.carried_from == "CK-R7-2-8"
    again = proposed(database)["GL70-S-14.1.1-reuse"]
    assert not again.open
    with pytest.raises(ConflictError):
        keep(database, "GL70-S-14.1.1-reuse")


def test_several_items_that_became_one_must_agree(database: Database) -> None:
    """One no among them is a no with the earliest target day; a yes beside one that nobody answered is nothing that can be confirmed."""
    said(database, "CK-R7-3-2")
    one = proposed(database)["GL70-backup"]
    assert Why.JOINED in one.why
    assert one.value is None
    with pytest.raises(InvalidInputError, match=r"inspection\.carry\.disagree"):
        keep(database, "GL70-backup")
    said(database, "CK-R7-3-3", "no", target_on=dt.date(2026, 12, 1))
    assert proposed(database)["GL70-backup"].value is Value.NO
    keep(database, "GL70-backup")
    kept = newest(database, NEW.id)["GL70-backup"]
    assert (kept.value, kept.target_on) == (Value.NO, dt.date(2026, 12, 1))
    assert kept.carried_from == "CK-R7-3-2 CK-R7-3-3"


def test_a_target_day_that_is_past_is_not_carried(database: Database) -> None:
    """A no whose day is past wants a new day, which only a person gives."""
    said(database, "CK-R7-2-8", "no", target_on=dt.date(2026, 6, 1))
    with pytest.raises(InvalidInputError, match=r"inspection\.carry\.past"):
        keep(database, "GL70-S-14.1.1-reuse")
    assert newest(database, NEW.id) == {}


def test_a_word_does_not_grow_younger(database: Database) -> None:
    """A yes that was too old for the newer edition is to be confirmed there at once."""
    said(database, "CK-R7-2-8", checked_on=TODAY - dt.timedelta(days=300))
    keep(database, "GL70-S-14.1.1-reuse")
    line = next(x for x in now_of(database).lines if x.item.id == "GL70-S-14.1.1-reuse")
    assert line.standing is Standing.CONFIRM


def test_who_answered_in_between_is_not_overwritten(database: Database) -> None:
    """A proposal that was made before somebody answered the item is refused."""
    said(database, "CK-R7-2-8")
    old = proposed(database)["GL70-S-14.1.1-reuse"]
    said(database, "GL70-S-14.1.1-reuse", "no", NEW, target_on=dt.date(2026, 9, 1))
    with pytest.raises(ConflictError):
        confirm(database, NEW, old, by="a0002", at=NOW, today=TODAY)
    assert newest(database, NEW.id)["GL70-S-14.1.1-reuse"].value is Value.NO


def test_what_was_carried_can_be_taken_back(database: Database) -> None:
    """Undoing takes back what came from the older edition and nobody answered since, and nothing else; it can be carried again."""
    said(database, "CK-R7-2-8")
    said(database, "CK-R7-2-7")
    keep(database, "GL70-S-14.1.1-reuse")
    keep(database, "GL70-S-14.1.1-nofa")
    said(database, "GL70-S-14.1.1-nofa", "yes", NEW)
    said(database, "GL70-S-14-6", "yes", NEW)
    assert carried(database, OLD, NEW).keys() == {"GL70-S-14.1.1-reuse"}
    done = undo(database, OLD, now_of(database), by="a0002", at=NOW)
    assert done == ["GL70-S-14.1.1-reuse"]
    assert newest(database, NEW.id)["GL70-S-14.1.1-reuse"].value is None
    assert keep(database, "GL70-S-14.1.1-reuse") == 3


def test_an_answer_that_was_taken_back_is_not_proposed(database: Database) -> None:
    """Only what stands in the older edition is proposed, whichever of the two names the other."""
    said(database, "GL70-S-14.1.1-reuse", "yes", NEW)
    back = proposed(database, new=OLD, old=NEW)
    assert back["CK-R7-2-8"].value is Value.YES
    line = next(x for x in now_of(database).lines if x.item.id == "GL70-S-14.1.1-reuse")
    take_back(
        database, NEW, line.item, by="a0001", at=NOW, computed=line.computed, before=1
    )  # fmt: skip
    assert proposed(database, new=OLD, old=NEW) == {}


VENDORS = catalogue("checklist-r7-vendor")
PATCHES, OURS = "CK-R7V-2-6", "CK-R7-2-6"


def asked(database: Database, *systems: str) -> list[int]:
    """Ask the vendor 甲 for the sheets of its systems in June; return the lines."""
    whom = [sheets.Wanted(vendor="甲", system=one) for one in systems]
    june = dt.date(2026, 6, 1)
    return sheets.ask(
        database, whom, VENDORS, answer_by=june, by="a0001", at=NOW, today=june
    )  # fmt: skip


def came(database: Database, number: int, value: str, **told: str) -> None:
    """Keep what a vendor answered of patches."""
    one = register.line(database, number, today=TODAY)
    assert one is not None
    answers = {PATCHES: {"value": value, "checked_on": THEN.isoformat(), **told}}
    sheets.type_in(database, one, VENDORS, answers, by="a0001", at=NOW, today=TODAY)


def of_vendors(database: Database) -> Proposal | None:
    """Return what the vendors' sheets propose for the institution's item on patches."""
    heard = sheets.heard(database, VENDORS, TODAY)
    found = propose(database, VENDORS, now_of(database, OLD), heard)
    return next((one for one in found if one.line.item.id == OURS), None)


def take(database: Database, **told: Any) -> int:
    """Take over what the vendors' sheets propose."""
    one = of_vendors(database)
    assert one is not None
    return confirm(database, OLD, one, by="a0002", at=NOW, today=TODAY, **told)


def test_what_vendors_answer_is_only_proposed(database: Database) -> None:
    """Each vendor's system stands beside the other, one that is silent too; a yes is taken by a person with a reason alone, bears the vendors and their day, and goes back."""
    first, second = asked(database, "電子カルテ", "PACS")
    assert of_vendors(database) is None
    came(database, first, "yes")
    one = of_vendors(database)
    assert one is not None
    assert [(s.vendor, s.answer and s.answer.value) for s in one.sources] == [
        ("甲 電子カルテ", Value.YES), ("甲 PACS", None),
    ]  # fmt: skip
    assert (one.value, one.why) == (Value.YES, (Why.TOLD, Why.SILENT))
    assert len(one.changes) == 1
    came(database, second, "yes")
    with pytest.raises(InvalidInputError, match=r"inspection\.carry\.reason"):
        take(database, reason=" ")
    assert newest(database, OLD.id) == {}
    take(database, reason="作業報告書を見た")
    kept = newest(database, OLD.id)[OURS]
    assert (kept.value, kept.by, kept.checked_on) == (Value.YES, "a0002", THEN)
    assert kept.reason == f"作業報告書を見た / 甲 電子カルテ {THEN}, 甲 PACS {THEN}"
    assert kept.carried_from == PATCHES
    undo(database, VENDORS, now_of(database, OLD), by="a0002", at=NOW)
    assert newest(database, OLD.id)[OURS].value is None


def test_one_vendors_no_is_a_no_and_its_newest_sheet_counts(database: Database) -> None:
    """One no among several is proposed as a no with its target day and names who said it; a sheet that came back later takes the place of the earlier of that system."""
    first, second = asked(database, "電子カルテ", "PACS")
    came(database, first, "yes")
    came(database, second, "no", target_on="2026-12-01")
    told = of_vendors(database)
    assert told is not None
    assert told.why == (Why.TOLD, Why.DIFFER)
    take(database, reason="聞いた")
    kept = newest(database, OLD.id)[OURS]
    assert (kept.value, kept.target_on) == (Value.NO, dt.date(2026, 12, 1))
    assert kept.reason == f"聞いた / 甲 PACS {THEN}"
    (again,) = asked(database, "PACS")
    heard = {one.by: one for one in sheets.heard(database, VENDORS, TODAY) if one.item == PATCHES}
    assert heard["甲 PACS"].line == second, "one that did not come back does not hide one that did"
    came(database, again, "yes")
    heard = {one.by: one for one in sheets.heard(database, VENDORS, TODAY) if one.item == PATCHES}
    assert (heard["甲 PACS"].line, heard["甲 PACS"].value) == (again, Value.YES)
    assert all(isinstance(one, Heard) for one in heard.values())
