"""What stands on the month's page: plain values, no other room's types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Counted:
    """A text in the page's language and how many accesses it stands for."""

    text: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelLine:
    """One level of care context (L0 log and staff, L1 and visits and stays …).

    Attributes:
        name: ``L0``, ``L1`` …
        explained: Accesses explained with this level and those below; None when the
            level was not checked.
        first_explained: The same for first accesses of a person to a patient.
        can: One sentence, what this level can tell.
        cannot: One sentence, what it cannot; for a level not checked, what is missing.
    """

    name: str
    explained: int | None
    first_explained: int | None = None
    can: str = ""
    cannot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One raised case: a person and a matter.

    Attributes:
        rank: From 1, best first.
        title: The sign's name; never holds an id or a name, so it is printed always.
        why: The reasons with their values; printed only where ids may be shown.
        user: The id as recorded (printed as 職員1 … when masked).
        patients: The ids as recorded (printed as 患者1 … when masked).
        records: How many accesses belong to it.
        first_at: UTC-aware.
        last_at: UTC-aware.
        state: The answer so far, in the page's language.
        rule: Id of the sign; workbook only.
        score: 0..1; workbook only.
    """

    rank: int
    title: str
    why: str
    user: str
    patients: Sequence[str]
    records: int
    first_at: dt.datetime
    last_at: dt.datetime
    state: str
    rule: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One source of the record, with the period it covers and its rows.

    Attributes:
        sheet: In one line, what its log cannot show (見えないもの).
    """

    name: str
    rows: int
    first_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    sheet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed the month in the console, in which role, when (UTC-aware)."""

    role: str
    name: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """What a committee decided about a case, on record by two people; no text, which may name somebody.

    Attributes:
        rank: The case's.
        text: The decision, in the page's language.
    """

    rank: int
    text: str
    date: dt.date
    entered_by: str
    confirmed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPage:
    """The month's page.

    Attributes:
        institution: As it is to be printed.
        start: First day looked at (local).
        end: Last day looked at (local, inclusive).
        made_at: When the review ran, UTC-aware.
        run_id: Which run of the review; lets the console find it again.
        level: The highest level whose own and lower files cover the period.
        accesses: All accesses of the period.
        explained: Those that an approved explanation explains.
        first_accesses: First accesses of a person to a patient.
        first_explained: Those of them that are explained.
        unexplained: Accesses neither explained nor not judgeable, those of the raised
            cases included; `quiet` are the rest of them.
        raised: Cases put before a person (a sign and no explanation).
        raised_accesses: Accesses in those cases.
        not_judgeable: Accesses nothing can be said about.
        not_judgeable_by: Why not, with counts; texts in the page's language.
        by_explanation: The explanations' titles, with counts.
        removed: Signs' titles, with how many accesses an explanation took out of each.
        levels: Every level, low to high, those not checked too.
        cases: Raised cases, best first; the page shows as many as fit.
        decisions: What committees decided about them, by two people.
        quality: One sentence, how many raised cases were rightful in simulation; may be empty.
        answers: How the cases were answered so far, with counts.
        sources: Where the records came from.
        unseen: What this review cannot see (systems and lists not received).
        checkpoint: The signed checkpoint's text; its QR is printed.
        fingerprint: The short readable form of its root.
        ledger_size: Records under the checkpoint.
        verified: Last verification: True intact, False not, None not checked.
        verified_at: When, UTC-aware.
        signatures: Who signed in the console so far.
        trial: A trial run (試行): said in the title.
        simulated: Simulated data (模擬データ): said in the title.
        masked: Print no staff or patient id.
        masked_why: What is still missing for ids to be shown (rule, responsible
            person, notice …), in the page's language; may be empty.
        reading_minutes: Estimated time to read the cases.
        approvals: Titles of the boxes to stamp; empty for the usual four.
        language: ``ja`` or ``en``: the language of the fixed sentences.
        zone: IANA name; times are printed in it.
        version: Version of Sekisho.
    """

    institution: str
    start: dt.date
    end: dt.date
    made_at: dt.datetime
    run_id: str
    level: str
    accesses: int
    explained: int
    first_accesses: int
    first_explained: int
    unexplained: int
    raised: int
    not_judgeable: int
    checkpoint: str
    fingerprint: str
    ledger_size: int
    raised_accesses: int = 0
    not_judgeable_by: Sequence[Counted] = ()
    by_explanation: Sequence[Counted] = ()
    removed: Sequence[Counted] = ()
    levels: Sequence[LevelLine] = ()
    cases: Sequence[CaseLine] = ()
    answers: Sequence[Counted] = ()
    decisions: Sequence[DecisionLine] = ()
    quality: str = ""
    sources: Sequence[SourceLine] = ()
    unseen: Sequence[str] = ()
    verified: bool | None = None
    verified_at: dt.datetime | None = None
    signatures: Sequence[Signature] = ()
    trial: bool = False
    simulated: bool = False
    masked: bool = True
    masked_why: str = ""
    reading_minutes: int | None = None
    approvals: Sequence[str] = ()
    language: str = "ja"
    zone: str = "Asia/Tokyo"
    version: str = ""

    @property
    def quiet(self) -> int:
        """Unexplained accesses without a sign, in no raised case."""
        return max(0, self.unexplained - self.raised_accesses)


def mask(page: MonthPage, person: str, patient: str) -> MonthPage:
    """Return `page` without any staff or patient id, if it is to be masked.

    The same id is the same number on the whole page; the reasons, which may name
    ids, give way to the title.

    Args:
        page: What is to be printed.
        person: For instance ``職員``.
        patient: For instance ``患者``.
    """
    if not page.masked:
        return page
    people: dict[str, str] = {}
    patients: dict[str, str] = {}

    def number(known: dict[str, str], word: str, value: str) -> str:
        return known.setdefault(value, f"{word}{len(known) + 1}")

    cases = [
        replace(
            case,
            why="",
            user=number(people, person, case.user),
            patients=[number(patients, patient, one) for one in case.patients],
        )
        for case in page.cases
    ]
    return replace(page, cases=cases)
