"""One sitting of docs/hospital/review.md: from files to a month that two people signed.

What a person types is typed (`say`), what a person clicks is asked of the console as a browser
asks it. The same month is closed at L0, at L1 and at L3, in one data directory.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulator.month import Truth
from tests.unit.console.conftest import Asker, House

from sekisho import identity, review
from sekisho.app.installation import Installation, open_installation
from sekisho.app.month import signed_pages
from sekisho.identity import Role
from sekisho.storage import Database

Say = Callable[..., str]
"""Runs ``sekisho`` with these words and returns what it said."""
PERIOD = ("--from", "2026-10-01", "--to", "2026-10-31")
LEVELS = ("L0", "L1", "L3")


@dataclass(slots=True)
class Step:
    """What was done, at which level, how long it took, and what the program said.

    Attributes:
        seconds: By the clock on the wall; `cpu` those of the processor, without the recorder's.
    """

    level: str
    what: str
    seconds: float = 0.0
    cpu: float = 0.0
    said: str = ""


@dataclass(slots=True)
class Sitting:
    """One sitting.

    Attributes:
        pages: Level → the signed PDF.
        lines: Level → the lines of ``review run --json``.
    """

    truth: Truth
    hospital: Path
    data: Path
    say: Say
    steps: list[Step] = field(default_factory=list)
    pages: dict[str, Path] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def run(self) -> None:
        """Sit down: the log once, and each level to its signed page; the recorder runs throughout."""
        here = open_installation(self.data, create=True)
        house = House(here, None, dict(_accounts(here)))  # type: ignore[arg-type]
        house.start()
        try:
            self._sit(house)
        finally:
            house.stop()
            here.close()

    def _sit(self, house: House) -> None:
        for source, log in self.truth.logs.items():
            with self._step("L0", "collect") as step:
                step.said = self.say("collect", log, "--source", source, "--data", self.data)
        with self._step("L0", "approve"):
            self.say("review", "approve", "--shipped", "--by", "S1", "--data", self.data)
        for level in LEVELS:
            for folder in (level,) if level != "L3" else ("L2", "L3"):
                with self._step(level, "care load") as step:
                    step.said = self.say(
                        "care", "load", self.hospital / folder, "--data", self.data
                    )
            with self._step(level, "review run") as step:
                step.said = self.say("review", "run", "--data", self.data, *PERIOD, "--json")
                self.lines[level] = [json.loads(line) for line in step.said.splitlines()]
            with self._step(level, "desk") as step:
                step.said = self._desk(house, level)
        with self._step("L3", "ledger verify") as step:
            step.said = self.say("ledger", "verify", "--data", self.data)

    @contextmanager
    def _step(self, level: str, what: str) -> Iterator[Step]:
        step = Step(level, what)
        began, used = time.perf_counter(), sum(os.times()[:4])
        yield step
        step.seconds, step.cpu = time.perf_counter() - began, sum(os.times()[:4]) - used
        self.steps.append(step)

    def _desk(self, house: House, level: str) -> str:
        """Read and answer every case, ask, refer, decide, sign; return how many cases there were."""
        here, database = house.installation, house.installation.database
        if review.masking(database).masked:
            house.ask(Role.SAFETY_OFFICER, _grounds)
        run = review.runs(database)[0]
        cases = review.cases(database, run.id, raised=True, limit=None)
        today = str(here.clock.now().astimezone(ZoneInfo("Asia/Tokyo")).date())
        house.ask(Role.REVIEWER, lambda ask: _read(ask, database, cases, today))
        house.ask(Role.SAFETY_OFFICER, lambda ask: _confirm(ask, database, cases, run.id))
        house.ask(Role.REVIEWER, lambda ask: _sign(ask, run.id, Role.REVIEWER))
        kept = {page["kind"]: page for page in signed_pages(here, run.id)}
        page = here.data / "paper" / f"{kept['pdf']['digest']}.pdf"
        record = here.reader().record(kept["pdf"]["record"])
        assert record["reason"] == f"sha256:{hashlib.sha256(page.read_bytes()).hexdigest()}"
        self.pages[level] = page
        return f"{len(cases)}"


def _accounts(here: Installation) -> Iterator[tuple[Role, str]]:
    """Give the reviewer, the safety officer and the deputy their accounts."""
    for user, role in {"R2": Role.REVIEWER, "R1": Role.REVIEWER, "S1": Role.SAFETY_OFFICER}.items():
        account = identity.create_account(
            here.database, here.clock, user_id=user, name=f"模擬{user}", roles={role}, by="sitting"
        )
        yield role, account.id


async def _grounds(ask: Asker) -> None:
    """Enter the four proofs, and who is the deputy."""
    for kind in ("rule", "responsible", "notice", "watchers"):
        form = {"kind": kind, "text": "規程第3条（模擬）", "date": "2026-04-01"}
        await _post(ask, "/review/masking", **form)
    form = {"deputy": "R2", "closing": "15", "reply": "14", "months": "6"}
    await _post(ask, "/review/rules", **form)


async def _read(ask: Asker, database: Database, cases: Sequence[review.Case], today: str) -> None:
    """Open each case, ask its person on paper, write down the reply; the first goes further."""
    for place, case in enumerate(cases):
        path = f"/review/cases/{case.id}"
        assert (await ask.get(path))[0].status == 200
        if case.state is not review.State.OPEN:
            continue
        person = case.user_kind in {"person", "unknown"}
        await _answer(ask, path, "ask_person" if person else "explained", "作業の控えと合う")
        if not person:
            continue
        number = review.asks(database, case.key)[-1].id
        answer, _ = await ask.get(f"/review/asks/{number}/sheet.pdf")
        assert answer.status == 200
        form = {"text": "他科から相談を受けました", "on": today}
        await _post(ask, f"/review/asks/{number}/reply", **form)
        if place:
            await _answer(ask, path, "explained", "返事のとおり")
            continue
        await _answer(ask, path, "refer", "")
        form = {"kind": "violation", "text": "第2回委員会", "date": today}
        await _post(ask, f"{path}/decision", **form)


async def _answer(ask: Asker, path: str, answer: str, note: str) -> None:
    await _post(ask, f"{path}/answer", answer=answer, note=note)


async def _post(ask: Asker, path: str, **form: str) -> None:
    """Send a form, and see that the console took it."""
    answer, text = await ask.post(path, **form)
    said = " ".join(re.sub("<[^>]+>", " ", text).split())
    assert answer.status == 303, (path, answer.status, said[:600])
    assert "wrong" not in answer.headers["Location"], answer.headers["Location"]


async def _confirm(ask: Asker, database: Database, cases: Sequence[review.Case], run: int) -> None:
    """Confirm what the reviewer entered of the committee, and sign first."""
    for case in cases:
        for one in review.decisions(database, key=case.key):
            if one.waits:
                await _post(ask, f"/review/decisions/{one.id}", act="confirm")
    await _sign(ask, run, Role.SAFETY_OFFICER)


async def _sign(ask: Asker, run: int, role: Role) -> None:
    await _post(ask, f"/review/month/{run}/sign", role=role.value)
