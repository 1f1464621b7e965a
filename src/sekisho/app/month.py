"""The month's page: the review's figures on paper, and the paper's hash in the record."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho import __version__, care, collect, paper, review
from sekisho.app.deputy import hands
from sekisho.app.history import keep_given
from sekisho.app.installation import Installation
from sekisho.app.proofs import latest_evidence
from sekisho.app.tables import SIGNED_PAGE
from sekisho.collect import unseen
from sekisho.errors import UnavailableError
from sekisho.ledger import own
from sekisho.pages import words
from sekisho.paper import (
    CaseLine,
    Counted,
    DecisionLine,
    LevelLine,
    MonthPage,
    Signature,
    SourceLine,
)
from sekisho.review.answers import ROLES
from sekisho.review.doubts import doubts
from sekisho.review.quality import quality
from sekisho.storage import write_durably
from sekisho.terms import Access, Action, Result

LEVELS = ("L0", "L1", "L2", "L3")
"""Levels of care context; those above the highest that exists are not printed."""
BUILT = 4
"""Levels that exist in this version."""
Say = Callable[..., str]


def month_page(
    installation: Installation,
    run_id: int,
    *,
    language: str = "ja",
    reader_id: str | None = None,
    hide: bool = False,
    sheets: bool = False,
) -> MonthPage:
    """Return what stands on the page of the review `run_id`.

    Args:
        installation: Where the run is kept.
        run_id: Its number.
        language: ``ja`` or ``en``.
        reader_id: Who reads it: of cases that are not for them it says only that they are there.
        hide: Mask ids even where they may be shown.
        sheets: Say of each source what its log cannot show, which takes a look at every record.

    Raises:
        InvalidInputError: There is no such run.
    """
    database = installation.database
    run = review.run_of(database, run_id)
    summary = run.summary
    rules: dict[str, review.Explanation | review.Sign]
    rules = {rule.id: rule for rule in review.catalogue()}
    rules |= review.adopted(database)
    masking = review.masking(database)
    cases = review.cases(database, run_id, raised=True, limit=None)
    verified = latest_evidence(database, "ledger.verified")
    reader = installation.reader()

    def say(message: str, /, **args: object) -> str:
        return words.say(language, message, **args)

    states = Counter(case.state.value for case in cases)
    return MonthPage(
        institution=installation.institution or say("app.month.no_institution"),
        start=run.start,
        end=run.end,
        made_at=run.at,
        run_id=str(run.id),
        level=str(summary["level"]),
        **_figures(summary, cases, rules, language),
        levels=_levels(run.summary, rules, installation, run, say),
        cases=_cases(installation, cases, rules, language, reader_id),
        decisions=_decisions(installation, cases, say),
        quality=_quality(str(summary["level"]), say) if run.trial else "",
        answers=[Counted(say(f"review.state.{state}"), n) for state, n in states.items()],
        sources=_sources(installation, run, language, sheets=sheets),
        unseen=[
            *(say(message, **args).rstrip("。.") for message, args in doubts(summary)),
            *(
                say(str(line["id"]), **{k: v for k, v in line.items() if k != "id"}).rstrip("。.")
                for line in summary["missing"]
            ),
        ],
        checkpoint=reader.checkpoint(),
        fingerprint=reader.fingerprint(),
        ledger_size=reader.size(),
        verified=None if verified is None else verified.result is Result.YES,
        verified_at=None if verified is None else verified.checked_at,
        signatures=[
            Signature(role=say(f"app.demo.role.{role}"), name=by, at=at)
            for role, by, at, _ in review.signatures(database, run_id)
        ],
        trial=run.trial,
        simulated=installation.simulated,
        masked=hide or masking.hides(run.start, run.end),
        masked_why=words.listed(
            language, map(say, masking.missing or ("app.month.before_notice",))
        ),
        reading_minutes=review.reading_minutes(run),
        language=language,
        zone=installation.config.zone,
        version=__version__,
    )


def _sources(
    installation: Installation, run: review.Run, language: str, *, sheets: bool
) -> list[SourceLine]:
    """Return each source, with `sheets` also what its log cannot show."""
    zone = installation.config.zone
    start = dt.datetime.combine(run.start, dt.time(), ZoneInfo(zone))
    end = dt.datetime.combine(run.end + dt.timedelta(days=1), dt.time(), ZoneInfo(zone))
    found = (
        unseen.sheets(
            installation.database,
            installation.reader(),
            installation.clock,
            zone=zone,
            start=start,
            end=end,
        )
        if sheets
        else []
    )
    told = {sheet.source: unseen.in_short(sheet, language, zone=zone) for sheet in found}
    return [
        SourceLine(
            name=one.name,
            rows=one.rows,
            first_at=one.first_at,
            last_at=one.last_at,
            sheet=told.get(one.name, ""),
        )
        for one in collect.sources(installation.database)
    ]


def _figures(
    summary: Mapping[str, Any],
    cases: Sequence[review.Case],
    rules: Mapping[str, review.Explanation | review.Sign],
    language: str,
) -> dict[str, Any]:
    """Return the figures of the page, by its names; a case that lost its name counts as it did."""
    known = summary.get("raised_accesses")
    names = (
        "accesses", "explained", "first_accesses", "first_explained", "unexplained", "raised",
        "not_judgeable",
    )  # fmt: skip
    return {
        **{name: summary[name] for name in names},
        "raised_accesses": len({i for case in cases for i, _ in case.records})
        if known is None
        else int(known),
        "not_judgeable_by": [
            Counted(words.say(language, f"review.reason.{reason}"), count)
            for reason, count in summary["not_judgeable_by"].items()
        ],
        "by_explanation": [
            Counted(rules[name].title[language] if name in rules else name, count)
            for name, count in sorted(summary["by_explanation"].items(), key=lambda one: -one[1])
        ],
        # A run of an earlier version did not count them.
        "removed": [
            Counted(rules[name].title[language], count)
            for name, count in sorted(
                summary.get("removed_by_explanations", {}).items(), key=lambda one: -one[1]
            )
            if name in rules
        ],
    }


def _cases(
    installation: Installation,
    cases: Sequence[review.Case],
    rules: Mapping[str, review.Explanation | review.Sign],
    language: str,
    reader: str | None,
) -> list[CaseLine]:
    """Return the cases as lines; of those that are not for `reader`, that they are there."""
    who = hands(installation)

    def say(message: str, /, **args: object) -> str:
        return words.say(language, message, **args)

    return [
        _case(
            case,
            rules[case.rule].title[language],
            language,
            say,
            other=reader is not None and not who.may(reader, case.user_id),
        )
        for case in cases
    ]


def _decisions(
    installation: Installation, cases: Sequence[review.Case], say: Say
) -> list[DecisionLine]:
    """Return what committees decided about these cases, those in force alone."""
    ranks = {case.key: case.rank for case in cases}
    return [
        DecisionLine(
            rank=ranks[str(one.case_key)],
            text=say(f"console.decision.{one.kind}"),
            date=one.date,
            entered_by=one.by,
            confirmed_by=one.confirmed_by or "",
        )
        for one in review.all_decisions(installation.database, list(ranks))
        if one.stands
    ]


def _quality(level: str, say: Say) -> str:
    """Return how many raised cases were rightful where that is known: in simulation."""
    known = quality(level)
    if known is None:
        return say("app.month.quality.unmeasured", level=level)
    return say(
        "app.month.quality",
        level=level,
        rightful=f"{100 * known.rightful_share:.0f}",
        recall=f"{100 * known.recall:.0f}",
        staff=known.staff,
        seeds=known.seeds,
    )


def _case(
    case: review.Case, title: str, language: str, say: Say, *, other: bool = False
) -> CaseLine:
    named = not other and case.forgotten_at is None
    return CaseLine(
        rank=case.rank,
        title=title,
        why=case.why[language] if named else "",
        user=say("app.month.deputy") if other else case.user_id or "–",
        patients=case.patient_ids if named else (),
        records=case.accesses,
        first_at=case.first_at,
        last_at=case.last_at,
        state=say(f"review.state.{case.state.value}"),
        rule=case.rule,
        score=case.score,
    )


def _levels(
    summary: Mapping[str, Any],
    rules: Mapping[str, review.Explanation | review.Sign],
    installation: Installation,
    run: review.Run,
    say: Say,
) -> list[LevelLine]:
    reached = str(summary["level"])
    level = care.level(installation.database, run.start, run.end)
    by = summary["by_explanation"]
    lines = []
    for place, name in enumerate(LEVELS[:BUILT]):
        checked = reached in LEVELS[place:]
        below = [
            count
            for one, count in by.items()
            if one in rules and rules[one].level in LEVELS[: place + 1]
        ]
        missing = " ".join(say(message, **args) for message, args in level.missing)
        lines.append(
            LevelLine(
                name=name,
                explained=sum(below) if checked else None,
                can=say(f"care.level.{name}.can"),
                cannot=say(f"care.level.{name}.cannot") if checked else missing,
            )
        )
    return lines


def month_pdf(installation: Installation, run_id: int, *, by: str, language: str = "ja") -> bytes:
    """Return the page as PDF; its SHA-256 is in the record before it is given out.

    Args:
        installation: Where the run is kept.
        run_id: Its number.
        by: The staff id of who prints.
        language: ``ja`` or ``en``.

    Raises:
        InvalidInputError: There is no such run.
        UnavailableError: It could not be recorded; then there is no page.
    """
    page = month_page(installation, run_id, language=language, reader_id=by, sheets=True)
    content = paper.month_page(page, say=words.say)
    keep_given(installation, page.checkpoint)
    return _sign(installation, run_id, "pdf", language, by, content)


def month_xlsx(installation: Installation, run_id: int, *, by: str, language: str = "ja") -> bytes:
    """Return the page and its cases as XLSX, recorded like `month_pdf`."""
    from sekisho.paper.workbook import month_workbook  # noqa: PLC0415 (slow to import)

    page = month_page(installation, run_id, language=language, reader_id=by, sheets=True)
    content = month_workbook(page, say=words.say)
    keep_given(installation, page.checkpoint)
    return _sign(installation, run_id, "xlsx", language, by, content)


def close_month(installation: Installation, run_id: int, *, by: str, language: str = "ja") -> bool:
    """Put the report that both signed into the record, as PDF and XLSX; return whether both have.

    Raises:
        InvalidInputError: There is no such run.
        UnavailableError: It could not be recorded.
    """
    signed = {role for role, *_ in review.signatures(installation.database, run_id)}
    if not signed >= set(ROLES):
        return False
    month_pdf(installation, run_id, by=by, language=language)
    month_xlsx(installation, run_id, by=by, language=language)
    return True


def _sign(
    installation: Installation, run_id: int, kind: str, language: str, by: str, content: bytes
) -> bytes:
    """Put the file's hash into the record, keep the file, note which record says so."""
    digest = hashlib.sha256(content).hexdigest()
    access = printed(installation, run_id, kind, by, digest)
    with installation.recorder() as recorder:
        (index,) = recorder.append([access])
    if index is None:
        raise UnavailableError("app.not_recorded")
    write_durably(installation.data / "paper" / f"{digest}.{kind}", content)
    with installation.database.write() as connection:
        connection.execute(
            SIGNED_PAGE.insert().values(
                run=run_id,
                kind=kind,
                language=language,
                digest=digest,
                record=index,
                by=by,
                at=installation.clock.now(),
            )
        )
    return content


def printed(installation: Installation, run_id: int, kind: str, by: str, digest: str) -> Access:
    """Return the record that says: this file, with this SHA-256, was printed."""
    return own(
        installation.clock,
        user_id=by,
        action=Action.PRINT if kind == "pdf" else Action.EXPORT,
        object=f"review/run/{run_id}/{kind}",
        reason=f"sha256:{digest}",
    )


def signed_pages(installation: Installation, run_id: int) -> list[sa.RowMapping]:
    """Return the printed pages of a run, newest first: kind, digest, record, by, at."""
    query = (
        sa.select(SIGNED_PAGE).where(SIGNED_PAGE.c.run == run_id).order_by(SIGNED_PAGE.c.id.desc())
    )
    with installation.database.read() as connection:
        return list(connection.execute(query).mappings())
