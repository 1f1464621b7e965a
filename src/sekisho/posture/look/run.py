"""One run over the list: each asset is recorded before it is touched, and what was seen is kept."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sekisho.errors import Error
from sekisho.posture.look import dicom, ports, tls
from sekisho.posture.look.may import why_not
from sekisho.posture.look.plan import profile
from sekisho.posture.look.records import Plan, Said, Seen, State, Target
from sekisho.posture.look.tables import LOOK
from sekisho.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One line of what a run saw."""

    asset_id: int | None
    number: str
    address: str
    kind: str
    port: int | None
    wanted: bool
    state: State
    message: str
    args: Mapping[str, Any]
    departures: Sequence[tuple[str, Mapping[str, Any]]]
    by: str
    at: dt.datetime


def look(
    database: Database,
    plan: Plan,
    *,
    data: Path,
    now: Callable[[], dt.datetime],
    local: Callable[[dt.datetime], dt.datetime],
    by: str,
    record: Callable[[str, str], None],
) -> list[Looked]:
    """Look at every address of the list that may be touched now, and keep what was seen.

    Args:
        database: Of the inventory; where it is kept.
        plan: The list, with its window.
        data: The data directory, for profiles of the institution's own.
        now: The time.
        local: A time → the institution's local time.
        by: Who looks.
        record: Called with the ledger's number and the ports before an asset is touched; what it
            raises ends the run.

    Returns:
        A line for each port, and for each asset that was not looked at. The window is asked again
        before each asset: what does not fit into it waits for the next one.
    """
    run = uuid.uuid4().hex
    seen: list[Looked] = []
    for target in plan.targets:
        at = now()
        here = local(at)
        asset_id, not_said = why_not(database, target, here.date())
        if not_said is None and not plan.holds(here.time()):
            not_said = ("posture.look.not.window", {"begins": f"{plan.begins:%H:%M}", "ends": f"{plan.ends:%H:%M}"})  # fmt: skip
        if not_said is None:
            named = ",".join(map(str, sorted({*target.open, *target.also})))
            record(target.number, named)
            found = list(_looked_at(target, plan, data, at))
        else:
            found = [Seen(kind="asset", port=None, wanted=False, state=State.NOT_LOOKED, said=not_said)]  # fmt: skip
        lines = [_line(target, one, asset_id, by, at) for one in found]
        with database.write() as c:
            c.execute(sa.insert(LOOK), [_row(run, one) for one in lines])
        seen += lines
    return seen


def newest(database: Database) -> list[Looked]:
    """Return what the newest run saw, the gravest first within the order of the list."""
    with database.read() as c:
        run = c.execute(sa.select(LOOK.c.run).order_by(LOOK.c.id.desc()).limit(1)).scalar()
        rows = c.execute(sa.select(LOOK).where(LOOK.c.run == run).order_by(LOOK.c.id)).mappings()
        lines = [
            Looked(
                **{name: row[name] for name in Looked.__dataclass_fields__ if name != "state"},
                state=State(row["state"]),
            )
            for row in rows
        ]
    order = list(State)
    places = {key: place for place, key in enumerate(dict.fromkeys((one.number, one.address) for one in lines))}  # fmt: skip
    return sorted(lines, key=lambda one: (places[one.number, one.address], order.index(one.state)))


def _looked_at(target: Target, plan: Plan, data: Path, at: dt.datetime) -> Iterator[Seen]:
    answers = {port: ports.answers(target.address, port) for port in (*target.open, *target.also)}
    for port, answer in answers.items():
        yield _port(port, answer, wanted=port in target.open)
    if target.dicom is not None and answers[target.dicom.port] == "open":
        good, said = dicom.echo(target.address, target.dicom)
        yield Seen(
            kind="dicom", port=target.dicom.port, wanted=True, said=said,
            state=State.GOOD if good else State.BAD,
        )  # fmt: skip
    yield from _tls(
        target, plan, data, at, {port for port in target.tls if answers[port] == "open"}
    )


def _port(port: int, answer: str, *, wanted: bool) -> Seen:
    told: Mapping[str, Any] = {"port": port}
    if wanted:
        state = State.GOOD if answer == "open" else State.MISSING
        message = "open" if answer == "open" else f"missing_{answer}"
    else:
        state = State.BAD if answer == "open" else State.GOOD
        message = "unexpected" if answer == "open" else answer
    return Seen(kind="tcp", port=port, wanted=wanted, state=state, said=(f"posture.look.tcp.{message}", told))  # fmt: skip


def _tls(
    target: Target, plan: Plan, data: Path, at: dt.datetime, open_: set[int]
) -> Iterator[Seen]:
    if not open_:
        return
    where = tls.program(plan.sslyze)
    failed: Said | None = None if where else ("posture.look.tls.no_program", {})
    told: Mapping[tuple[str, int], Mapping[str, Any]] = {}
    if where:
        try:
            told = tls.scan(where, [(target.address, port) for port in sorted(open_)])
        except Error as error:
            failed = (error.message, error.values())
    for port in sorted(open_):
        wanted = profile(target.tls[port], data)
        name = wanted.get("about", {}).get("name", target.tls[port])
        given: dict[str, Any] = {"port": port, "profile": name}
        result = told.get((target.address, port))
        if result is None:
            said = failed or ("posture.look.tls.silent", given)
            yield Seen(kind="tls", port=port, wanted=True, state=State.NOT_LOOKED, said=said)
            continue
        found = tls.departures(result, wanted, at)
        message = "posture.look.tls.departs" if found else "posture.look.tls.good"
        yield Seen(
            kind="tls", port=port, wanted=True, said=(message, {**given, "count": len(found)}),
            state=State.BAD if found else State.GOOD, departures=found,
        )  # fmt: skip


def _line(target: Target, seen: Seen, asset: int | None, by: str, at: dt.datetime) -> Looked:
    return Looked(
        asset_id=asset, number=target.number, address=target.address, kind=seen.kind,
        port=seen.port, wanted=seen.wanted, state=seen.state, message=seen.said[0],
        args=dict(seen.said[1]), departures=[(key, dict(args)) for key, args in seen.departures],
        by=by, at=at,
    )  # fmt: skip


def _row(run: str, one: Looked) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in Looked.__dataclass_fields__}
    departed = [list(each) for each in one.departures]
    return {**values, "run": run, "state": one.state.value, "departures": departed}
