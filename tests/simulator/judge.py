"""What a review found, held against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.month import Truth


@dataclass(slots=True, kw_only=True)
class Verdict:
    """Counts of one or several months at one level; they add up.

    Attributes:
        all, all_explained: Accesses that name a patient, by ids that are one person's.
        first, first_explained: Of these, the first one of each person and patient.
        raised: Raised cases; `right` those that hold a record of injected misuse.
        staff_days: People × days.
        incidents, found: Kind → matters injected, and those of which a raised case holds a record.
        tied: Kinds of misuse by people with a tie of care.
        people, people_found: People in matters of many, and those who were raised.
        untied, leaked: Accesses of misuse without a tie that name a patient, and those explained.
        leaks: (explanation, kind) → accesses of misuse without a tie that it explained.
        why, why_explained, why_raised: Reason of an access → how many, explained, in raised cases.
        rules, rules_right: Sign → raised cases, and the right ones.
        levels: What the review itself called its level.
        seconds: Of the reviews, as they say it.
    """

    all: int = 0
    all_explained: int = 0
    first: int = 0
    first_explained: int = 0
    raised: int = 0
    right: int = 0
    staff_days: int = 0
    incidents: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    tied: set[str] = field(default_factory=set)
    people: int = 0
    people_found: int = 0
    untied: int = 0
    leaked: int = 0
    leaks: Counter[tuple[str, str]] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    why_explained: Counter[str] = field(default_factory=Counter)
    why_raised: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    rules_right: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, other: Verdict) -> None:
        """Add another month."""
        for name in self.__dataclass_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            elif isinstance(mine, set):
                mine |= theirs
            else:
                setattr(self, name, mine + theirs)

    def recall(self, *, tied: bool | None = None) -> float:
        """Return the share of matters found: all, or those without (False) or with (True) a tie."""
        kinds = [k for k in self.incidents if tied is None or (k in self.tied) == tied]
        whole = sum(self.incidents[k] for k in kinds)
        return sum(self.found[k] for k in kinds) / whole if whole else 1.0

    @property
    def precision(self) -> float:
        """Return the share of raised cases that hold misuse."""
        return self.right / self.raised if self.raised else 1.0

    @property
    def a_day(self) -> float:
        """Return raised cases a day per 1,000 staff."""
        return 1000 * self.raised / self.staff_days if self.staff_days else 0.0


def judge(
    truth: Truth, lines: Sequence[Mapping[str, Any]], explained: Mapping[int, str]
) -> Verdict:
    """Return what a review is worth.

    Args:
        truth: Of the month.
        lines: What ``sekisho review run --json`` printed.
        explained: Place of an access in the truth → the explanation that explained it.
    """
    summary = lines[-1]["summary"]
    cases = [line for line in lines[:-1] if line["raised"]]
    verdict = Verdict(raised=len(cases), staff_days=truth.staff * truth.days)
    verdict.levels[summary["level"]] += 1
    verdict.seconds = summary["seconds"]
    _cases(truth, cases, verdict)
    _accesses(truth, explained, verdict)
    return verdict


def _rows(case: Mapping[str, Any], truth: Truth) -> Iterable[int]:
    for record in case["records"]:
        place = truth.place(record["origin"])
        if place:
            yield place


def _cases(truth: Truth, cases: Sequence[Mapping[str, Any]], verdict: Verdict) -> None:
    found: dict[int, set[str]] = {}
    raised: set[int] = set()
    for case in cases:
        rows = list(_rows(case, truth))
        raised.update(rows)
        mine = {truth.of_row[row - 1] for row in rows} & truth.incidents.keys()
        verdict.right += bool(mine)
        verdict.rules[case["rule"]] += 1
        verdict.rules_right[case["rule"]] += bool(mine)
        for number in mine:
            found.setdefault(number, set()).add(case["user_id"])
    for number, incident in truth.incidents.items():
        verdict.incidents[incident.kind] += 1
        verdict.found[incident.kind] += number in found
        if incident.tied:
            verdict.tied.add(incident.kind)
        if len(incident.users) > 1:
            verdict.people += len(incident.users)
            verdict.people_found += len(found.get(number, ()))
    for row in raised:
        verdict.why_raised[truth.labels[truth.of_row[row - 1]]] += 1


def _accesses(truth: Truth, explained: Mapping[int, str], verdict: Verdict) -> None:
    seen: set[tuple[str, int]] = set()
    for row, number in enumerate(truth.of_row, 1):
        label = truth.labels[number]
        by = explained.get(row)
        if not truth.named[row - 1]:
            continue
        verdict.why[label] += 1
        verdict.why_explained[label] += by is not None
        incident = truth.incidents.get(number)
        if incident is not None and not incident.tied:
            verdict.untied += 1
            if by is not None:
                verdict.leaked += 1
                verdict.leaks[by, incident.kind] += 1
        if not truth.people[row - 1]:
            continue
        verdict.all += 1
        verdict.all_explained += by is not None
        pair = truth.pairs[row - 1]
        if pair not in seen:
            seen.add(pair)
            verdict.first += 1
            verdict.first_explained += by is not None
