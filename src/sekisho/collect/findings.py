"""What a file shows beside its records: a cut export, missing days, damaged numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from sekisho.collect.gaps import gaps
from sekisho.collect.interface import FileReport, Tally
from sekisho.errors import Value
from sekisho.terms import Finding, Gravity

_WHERE = "/records/sources"
ALTERED = "collect.doubt_event_altered"
_EXCEL = "collect.doubt_excel_number"
CHANGED = "collect.doubt_changed"
_SHEETS = {65536, 1048576}
_FUTURE = dt.timedelta(minutes=10)
_SHOWN = 5
_UNREAD = (("unread", Gravity.TODAY, "act_look"), ("quarantined", Gravity.TODAY, "act_map"))
"""A file whose columns cannot be mapped otherwise, and one whose can."""


def is_row_limit(rows: int, *, header: bool) -> bool:
    """Return whether `rows` is where programs stop: a sheet's end, or a round limit."""
    if rows in {32767, 65535, 1048575}:
        return True
    for lines in {rows, rows + header}:
        if lines in _SHEETS:
            return True
        if lines >= 1000:
            digits = str(lines).rstrip("0")
            if digits in {"1", "2", "3", "5"}:
                return True
    return False


def find(
    report: FileReport,
    tally: Tally,
    *,
    days: Sequence[dt.date],
    hours: Mapping[int, int],
    received: Sequence[tuple[dt.date, dt.date]],
    future: int,
    overlap: int,
    edge: int,
) -> list[Finding]:
    """Return the findings of one file; each key is the same when the file comes again."""
    source = report.source or "unknown"
    name = PurePath(report.path).name
    since = f"{report.first_at:%Y%m%d}" if report.first_at else "none"
    found: list[Finding] = []

    def add(matter: str, gravity: Gravity, action: str, **args: Value) -> None:
        found.append(
            Finding(
                key=f"collect.{matter}/{source}/{since}",
                room="collect",
                gravity=gravity,
                duty="1-3",
                message=f"collect.{matter}",
                args={"file": name, "source": source, **args},
                where=_WHERE,
                action=f"collect.{action}",
            )
        )

    rows = report.read
    if report.kind == "csv" and not rows:
        add("nothing_in_it", Gravity.TODAY, "act_export_again")
    if report.kind == "csv" and is_row_limit(rows, header=True):
        add("row_limit", Gravity.TODAY, "act_export_again", rows=rows)
    for matter, gravity, args in gaps(days, hours, received):
        add(matter, gravity, "act_export_again", **args)
    unjoined = tally.doubts["collect.doubt_join_none"] + tally.doubts["collect.doubt_join_many"]
    for matter, gravity, action, count in (
        ("altered", Gravity.TODAY, "act_look", tally.doubts[ALTERED]),
        ("changed", Gravity.TODAY, "act_export_again", tally.doubts[CHANGED]),
        ("unjoined", Gravity.WEEK, "act_look", unjoined),
        ("excel_numbers", Gravity.TODAY, "act_export_again", tally.doubts[_EXCEL]),
    ):
        if count:
            add(matter, gravity, action, rows=count)
    short = lost_zeros(tally)
    if short:
        add("lost_zeros", Gravity.WEEK, "act_export_again", ids=short)
    if tally.words:
        words = [word for word, _ in tally.words.most_common(_SHOWN)]
        count, kinds = tally.words.total(), len(tally.words)
        add("unknown_words", Gravity.WEEK, "act_map", rows=count, kinds=kinds, words=words)
    if tally.outcomes:
        words = list(tally.outcomes)[:_SHOWN]
        add("unknown_outcomes", Gravity.WEEK, "act_map", kinds=len(tally.outcomes), words=words)
    if future:
        add("future", Gravity.TODAY, "act_clock", rows=future)
    if len(tally.time_forms) > 1:
        forms = " / ".join(form for form, _ in tally.time_forms.most_common(3))
        add("mixed_times", Gravity.WEEK, "act_look", forms=forms)
    if report.quarantined:
        add(*_UNREAD[report.kind == "csv"], rows=report.quarantined)
    if overlap:
        add("overlap_new", Gravity.WEEK, "act_look", rows=overlap)
    if edge:
        add("edge_rows", Gravity.WEEK, "act_look", rows=edge)
    return found


def lost_zeros(tally: Tally) -> int:
    """Return how many patient ids look cut at the front: most one length, none with a zero."""
    lengths = tally.patient_lengths
    total = lengths.total()
    if total < 50 or tally.patient_zeros or len(lengths) < 3:
        return 0
    longest = max(lengths)
    return (
        sum(count for length, count in lengths.items() if length < longest) if longest >= 6 else 0
    )


def is_future(at: dt.datetime, now: dt.datetime) -> bool:
    """Return whether `at` lies ahead of the present beyond what clocks differ."""
    return at > now + _FUTURE
