"""Retention: dated rules by source and class, the longest stands, and two people decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.unit.ledger.conftest import some

from sekisho import identity
from sekisho.app import erasure
from sekisho.app.findings import open_findings
from sekisho.app.installation import Installation, open_installation
from sekisho.app.jobs import look_for_due
from sekisho.app.retention import FILE, choose_due, due, read_rules
from sekisho.errors import InvalidInputError
from sekisho.identity import Role
from sekisho.ledger import verify
from sekisho.terms import FixedClock

pytestmark = pytest.mark.duty("1-3")

RULE = '[[rule]]\nsource = "emr"\nyears = 10\nreason = "文書管理規程 第8条"\nsince = 2026-04-01\n'
SHORT = '[[rule]]\nclass = "bill"\nyears = 5\nreason = "会計の規程 第3条"\nsince = 2026-04-01\n'


def _at(year: int) -> dt.datetime:
    return dt.datetime(year, 10, 1, tzinfo=dt.UTC)


@pytest.fixture
def here(prepared: Path, clock: FixedClock) -> Iterator[Installation]:
    """Records of 2014, 2019 and 2026, of two sources, some of a class; today is November 2026."""
    made = open_installation(prepared, create=True, clock=clock)
    for user, role in (("K1", Role.ADMINISTRATOR), ("S1", Role.SAFETY_OFFICER)):
        identity.create_account(
            made.database, clock, user_id=user, name="模擬", roles={role}, by="test"
        )
    kinds = [("emr", None, 2014), ("emr", "bill", 2014), ("emr", "bill", 2019), ("pacs", "bill", 2019),
             ("pacs", None, 2014), ("emr", None, 2026)]  # fmt: skip
    records = [
        replace(one, source=source, class_=class_, occurred_at=_at(year))
        for one, (source, class_, year) in zip(some(len(kinds)), kinds, strict=True)
    ]
    with made.recorder() as recorder:
        recorder.append(records)
    yield made
    made.close()


def test_without_a_rule_everything_is_kept(here: Installation) -> None:
    """No file, and a rule of a later day: nothing is due, and nothing is said."""
    assert due(here) is None
    (here.data / FILE).write_text(RULE.replace("2026-04-01", "2027-04-01"), "utf-8")
    assert due(here) is None
    look_for_due(here)
    assert not [view for view in open_findings(here.database) if "retention" in view.finding.key]


def test_the_longest_rule_that_fits_stands(here: Installation) -> None:
    """A record that two rules fit is due when both are over; one that none fits never is."""
    (here.data / FILE).write_text(RULE + SHORT, "utf-8")
    chosen, order = choose_due(here)
    assert chosen.records == [(0, 1), (3, 3)]
    assert chosen.sources == {"emr": 2, "pacs": 1}
    assert "文書管理規程 第8条" in order
    assert "会計の規程 第3条" in order


def test_due_is_a_finding_until_two_people_decide(here: Installation) -> None:
    """What is due stands on the first page, goes as an erasure does, and the record says by which rule."""
    (here.data / FILE).write_text(RULE, "utf-8")
    look_for_due(here)
    (found,) = [
        view.finding for view in open_findings(here.database) if "retention" in view.finding.key
    ]
    assert (found.message, found.args["count"]) == ("ledger.retention.due", 2)
    chosen, order = choose_due(here)
    made = erasure.propose(here, chosen, order=order, by="K1", kind="retention")
    look_for_due(here)
    assert not [view for view in open_findings(here.database) if "retention" in view.finding.key]
    done = erasure.confirm(here, made.number, by="S1")
    assert done.entry is not None
    told = here.reader().record(done.entry)
    assert '"kind":"retention"' in told["reason"]
    assert "文書管理規程 第8条" in told["reason"]
    verdict = verify(here.data)
    assert verdict.ok
    assert verdict.erased == ((done.entry, 2),)
    assert due(here) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("years = 3", 1),
        ("[[rule]]\nyears = 3\n", 1),
        (RULE + RULE.replace("10", '"10"'), 6),
        (RULE.replace("10", "0"), 1),
        (RULE.replace('source = "emr"\n', ""), 1),
        (RULE.replace("2026-04-01", '"2026-04-01"'), 1),
        (RULE.replace("文書管理規程 第8条", "x"), 1),
        (RULE + "keep = 1\n", 1),
        ("[[rule]\n", 1),
    ],
)
def test_a_mistake_names_its_line(here: Installation, text: str, line: int) -> None:
    """A rule that cannot be read is refused with its line, is a finding, and nothing is due by it."""
    (here.data / FILE).write_text(text, "utf-8")
    with pytest.raises(InvalidInputError, match=r"app\.config") as wrong:
        read_rules(here.data)
    assert wrong.value.args_["line"] == line
    look_for_due(here)
    (found,) = [
        view.finding for view in open_findings(here.database) if "retention" in view.finding.key
    ]
    assert found.message == "ledger.retention.wrong"
