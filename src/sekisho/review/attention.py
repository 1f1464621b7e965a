"""What this room puts before a person on 今日やること."""

from __future__ import annotations

from sekisho.errors import Value
from sekisho.review.approvals import approved, withdrawn
from sekisho.review.catalogue import explanations, signs
from sekisho.review.clocks import stands_apart
from sekisho.review.masking import masking
from sekisho.review.queue import queue
from sekisho.review.reading import minutes_a_case
from sekisho.review.records import Run, State
from sekisho.review.store import SHOWN_IN_TRIAL, latest
from sekisho.storage import Database
from sekisho.terms import Finding, Gravity

MUCH_NOT_JUDGEABLE = 5.0
"""Per cent of accesses that cannot be judged from which on it is put before a person."""


def findings(database: Database) -> list[Finding]:
    """Return what stands open about the review, most urgent first."""
    found: list[Finding] = []
    run = latest(database)
    settled = {*approved(database), *withdrawn(database)}
    waiting = sum(one.id not in settled for one in explanations())
    if waiting:
        found.append(
            _finding(
                "not_approved", Gravity.TODAY, "/review/explanations", "approve", waiting=waiting
            )
        )
    if run is None:
        found.append(_finding("no_run", Gravity.TODAY, "/review", "run"))
    else:
        found.extend(_about(database, run))
    hidden = masking(database)
    if hidden.masked:
        found.append(
            _finding(
                "masked", Gravity.WEEK, "/review/masking", "proofs", missing=len(hidden.missing)
            )
        )
    return sorted(found, key=lambda f: list(Gravity).index(f.gravity))


def _about(database: Database, run: Run) -> list[Finding]:
    found: list[Finding] = []
    summary = run.summary
    unread = queue(database, state=State.OPEN)
    gone = [case for case in unread if "after_leaving" in case.signs]
    if gone:
        found.append(
            _finding(
                "after_leaving", Gravity.URGENT, "/review?rule=after_leaving", "read",
                cases=len(gone),
            )
        )  # fmt: skip
    rest = len(unread) - len(gone)
    if rest:
        found.append(
            _finding(
                "unread", Gravity.TODAY, "/review", "read", cases=rest,
                minutes=round(rest * minutes_a_case(database)),
            )
        )  # fmt: skip
    if run.trial and summary["raised"] > SHOWN_IN_TRIAL:
        found.append(
            _finding(
                "trial", Gravity.WEEK, "/review", "read", shown=SHOWN_IN_TRIAL,
                raised=summary["raised"],
            )
        )  # fmt: skip
    if summary["missing"] and summary["missing"][0]["accesses"]:
        # The first of the list is the one that could explain most.
        most = summary["missing"][0]
        found.append(
            _finding(
                "missing", Gravity.UNKNOWN, "/people/lists", "load",
                list={"message": f"review.list.{most['id'].rpartition('.')[2]}"}, accesses=most["accesses"],
            )
        )  # fmt: skip
    if summary["not_checked"].get("household") == ["patients"]:
        found.append(_finding("no_patient_list", Gravity.UNKNOWN, "/people/lists", "load"))
    share = 100 * summary["not_judgeable"] / summary["accesses"] if summary["accesses"] else 0
    if share > MUCH_NOT_JUDGEABLE:
        by = summary["not_judgeable_by"]
        reason = max(by, key=lambda name: (by[name], name))
        found.append(
            _finding(
                "not_judgeable", Gravity.UNKNOWN, "/review/reasons", "see_reasons",
                share=f"{share:.1f}", accesses=summary["not_judgeable"],
                reason={"message": f"review.reason.{reason}"},
            )
        )  # fmt: skip
    doubtful = summary["ids"]["patients_doubtful"] + summary["ids"]["users_doubtful"]
    if doubtful:
        found.append(
            _finding("doubtful_ids", Gravity.WEEK, "/review/reasons", "see_reasons", ids=doubtful)
        )
    found.extend(
        _finding("clock", Gravity.WEEK, "/review/month", "see_month", about=one["source"],
                 source=one["source"], minutes=f"{abs(one['seconds']) / 60:.0f}", orders=one["orders"])
        for one in summary.get("clocks") or ()
        if stands_apart(one)
    )  # fmt: skip
    titles = {sign.id: dict(sign.title) for sign in signs()}
    found.extend(
        _finding(
            "common_sign", Gravity.WEEK, "/review/reasons", "see_reasons", about=sign,
            title=titles.get(sign, sign), ids=ids,
        )
        for sign, ids in summary["common_signs"].items()
    )  # fmt: skip
    return found


def _finding(
    message: str, gravity: Gravity, where: str, action: str, about: str = "", **args: Value
) -> Finding:
    key = f"review.{message}:{about}" if about else f"review.{message}"
    return Finding(
        key=key,
        room="review",
        gravity=gravity,
        duty="1-3",
        message=f"review.finding.{message}",
        where=where,
        action=f"review.action.{action}",
        args=args,
    )
