"""The day in short, while a heightened period runs: what changed, what waits, what protects.

Counts, names of systems and states alone: nobody is named, so that the page may be passed on.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sekisho.app.findings import open_findings
from sekisho.app.inspection.where import title_of
from sekisho.app.installation import Installation
from sekisho.app.proofs import latest_evidence, stands
from sekisho.app.tables import EVIDENCE, FINDING
from sekisho.errors import Value
from sekisho.pages.words import LANGUAGES, say
from sekisho.terms import Evidence, Gravity, Result

if TYPE_CHECKING:
    from sekisho.inspection.period import Moment, Period

PROOFS = (
    ("record", ("ledger.verified", "ledger.sealed", "ledger.time")),
    ("sources", ("collect.sources",)),
    ("backups", ("backup.made", "backup.restored")),
    ("machines", ("posture.protection", "posture.patches", "posture.holes", "scan.scanner")),
    ("doors", ("identity.leavers", "gate.tls")),
)
"""What is looked at each day, by part; of each the sentence that its own check gave."""


def day_of(installation: Installation, one: Period, since: dt.datetime) -> dict[str, Any]:
    """Return the day's summary: parts of lines, each a sentence by its id, and how it stands."""
    parts = {
        "changed": list(_changed(installation, since)),
        "waits": list(_waits(installation)),
        "attacks": list(_attacks(installation, since)),
        **{part: list(_proofs(installation, subjects)) for part, subjects in PROOFS},
        "people": list(_people(installation, one)),
    }
    return {
        "since": since.isoformat(),
        "parts": [{"part": part, "lines": lines} for part, lines in parts.items() if lines],
    }


def _line(state: str, message: str, **args: Value) -> dict[str, Any]:
    return {"state": state, "message": message, "args": args}


def _changed(installation: Installation, since: dt.datetime) -> Iterator[dict[str, Any]]:
    """Give what is new and what was closed since, and the proofs that changed their answer."""
    with installation.database.read() as c:
        new = int(c.scalar(_count(FINDING.c.first_at >= since)) or 0)
        done = FINDING.c.state == "done"
        closed = int(c.scalar(_count(done, FINDING.c.changed_at >= since)) or 0)
        now_said, then_said = _answers(c), _answers(c, before=since)
    yield _line("plain", "inspection.day.findings", new=new, closed=closed)
    worse: list[str] = []
    better: list[str] = []
    for subject, result in sorted(now_said.items()):
        if then_said.get(subject, result) != result:
            (better if result == Result.YES.value else worse).append(subject)
    for state, word, subjects in (("bad", "worse", worse), ("ok", "better", better)):
        for subject in subjects:
            yield _line(state, f"inspection.day.{word}", what=_title(subject))
    if not worse and not better:
        yield _line("plain", "inspection.day.same")


def _answers(c: sa.Connection, *, before: dt.datetime | None = None) -> dict[str, str]:
    """Return subject → what its newest proof says, or said before a moment; jobs aside."""
    first = sa.func.coalesce(EVIDENCE.c.since, EVIDENCE.c.checked_at)
    last = sa.select(sa.func.max(EVIDENCE.c.id)).where(~EVIDENCE.c.subject.startswith("job."))
    if before is not None:
        last = last.where(first < sa.bindparam("before", before, EVIDENCE.c.since.type))
    query = sa.select(EVIDENCE.c.subject, EVIDENCE.c.result)
    query = query.where(EVIDENCE.c.id.in_(last.group_by(EVIDENCE.c.subject)))
    return dict(c.execute(query).all())


def _waits(installation: Installation) -> Iterator[dict[str, Any]]:
    counted = Counter(view.finding.gravity for view in open_findings(installation.database))
    for gravity in Gravity:
        count = counted[gravity]
        state = "ok" if not count else "bad" if gravity is Gravity.URGENT else "plain"
        yield _line(state, f"inspection.day.open_{gravity.value}", count=count)


def _attacks(installation: Installation, since: dt.datetime) -> Iterator[dict[str, Any]]:
    from sekisho.identity.bans import bans, standing  # noqa: PLC0415 (slow to import)

    database, clock = installation.database, installation.clock
    new = sum(ban.at >= since for ban in bans(database))
    shut = len(standing(database, clock))
    yield _line("bad" if new else "ok", "inspection.day.bans", count=new, standing=shut)
    refused = _refused(installation, since)
    if refused is None:
        yield _line("un", "inspection.day.sign_ins_elsewhere")
    else:
        yield _line("plain", "inspection.day.sign_ins", count=refused)


def _refused(installation: Installation, since: dt.datetime) -> int | None:
    """Return how many sign-ins of all recorded systems were refused; None where it is not here."""
    from sekisho.ledger.skip import Looked  # noqa: PLC0415 (slow to import)
    from sekisho.storage import analysis  # noqa: PLC0415 (same)

    if installation.remote is not None:
        return None
    search = installation.reader().search(Looked(low=int(since.timestamp() * 1000)))
    sql = """
SELECT count(*) FROM access
WHERE action = 'login' AND outcome IN ('refused', 'failed') AND occurred_at >= ?
"""
    with analysis(memory="400MB") as duck:
        search.register(duck, search.places, live=True)
        rows = duck.rows(sql, [since.astimezone(dt.UTC).replace(tzinfo=None)])
    return int(rows[0][0])


def _proofs(installation: Installation, subjects: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Give what each check said last; one that is too old, or that never was, says so."""
    now = installation.clock.now()
    for subject in subjects:
        said = latest_evidence(installation.database, subject)
        if said is None:
            yield _line("un", "inspection.day.never", what=_title(subject))
        else:
            zone = ZoneInfo(installation.config.zone)
            day = f"{said.checked_at.astimezone(zone):%Y-%m-%d %H:%M}"
            state = _state(said, now)
            words = {lang: say(lang, said.message, **said.args) for lang in LANGUAGES}
            old = said.result is Result.YES and state != "ok"
            message = f"inspection.day.proof_{'old' if old else state}"
            yield _line(state, message, what=_title(subject), day=day, said=words)


def _title(subject: str) -> dict[str, str]:
    return {language: title_of(subject, language) for language in LANGUAGES}


def _state(said: Evidence, now: dt.datetime) -> str:
    if stands(said, now):
        return "ok"
    return "bad" if said.result is Result.NO else "un"


def _people(installation: Installation, one: Period) -> Iterator[dict[str, Any]]:
    """Give what the period asks of people and whether it was confirmed, without who it is."""
    from sekisho.inspection import period as room  # noqa: PLC0415 (slow to import)

    zone = ZoneInfo(installation.config.zone)
    today = installation.clock.now().astimezone(zone).date()
    open_ = {ask.id for ask in room.due(room.words(installation.database, one.number), today, zone)}
    for ask in room.rules().asks:
        done = ask.id not in open_
        message = f"inspection.day.{'confirmed' if done else 'unconfirmed'}"
        yield _line("ok" if done else "bad", message, what=dict(ask.title))


def _count(*where: sa.ColumnElement[bool]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(FINDING).where(*where)


def day_pdf(
    installation: Installation, one: Period, moment: Moment, *, language: str, by: str
) -> bytes:
    """Return a kept day as one page of paper; its digest is on record before it is given.

    Raises:
        UnavailableError: It could not be recorded; then it is not given.
    """
    from sekisho.app.papers import give_out  # noqa: PLC0415 (slow to import)
    from sekisho.paper.day import DayLine, DayPage, DayPart, day_page  # noqa: PLC0415 (same)

    def word(message: str, **args: object) -> str:
        return say(language, f"inspection.day.{message}", **args)

    notice = one.counted[-1] if one.counted else one.notices[-1]
    body = day_page(
        DayPage(
            title=word("title", day=moment.day.isoformat()),
            institution=installation.institution or "",
            made_at=moment.at,
            facts=[
                (word("period"), word("from_to", begin=one.begin.isoformat(), end=one.end.isoformat())),
                (word("notice"), f"{notice.sender}　{notice.letter}"),
            ],
            parts=[
                DayPart(
                    word(f"part.{part['part']}"),
                    [
                        DayLine(word(f"state.{line['state']}"), say(language, line["message"], **line["args"]))
                        for line in part["lines"]
                    ],
                )
                for part in moment.content["parts"]
            ],
            notes=[word("note")],
            simulated=installation.simulated,
            language=language,
            zone=installation.config.zone,
        ),
        say=say,
    )  # fmt: skip
    return give_out(
        installation, body, object=f"inspection/period/{one.number}/{moment.day}", by=by
    )
