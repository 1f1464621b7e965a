"""Two logs that grow, sign-ins and patients: joined as they come, nothing guessed, nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.unit.collect.live.conftest import House

from sekisho import collect
from sekisho.app import collect as app
from sekisho.collect.live import joined
from sekisho.collect.live.joined import Gate

pytestmark = pytest.mark.duty("1-3")

LOGIN = """name = "emr-login"
header_row = 1
action = "login"
[columns]
occurred_at = "日時"
user_id = "利用者ID"
terminal = "端末"
"""
PATIENT = """name = "emr-patient"
header_row = 1
[columns]
occurred_at = "日時"
patient_ids = "患者ID"
terminal = "端末"
[join]
login = "emr-login"
"""


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The two logs, with their headers; a program that writes without much delay."""
    monkeypatch.setattr(joined, "SLACK", 0.3)
    monkeypatch.setattr(app, "SLACK", 0.3)
    monkeypatch.setattr(app, "JOIN_EVERY", 0.3)
    (tmp_path / "login.toml").write_text(LOGIN, "utf-8")
    (tmp_path / "patient.toml").write_text(PATIENT, "utf-8")
    login, patient = tmp_path / "login.csv", tmp_path / "patient.csv"
    login.write_text("日時,利用者ID,端末\n", "utf-8")
    patient.write_text("日時,患者ID,端末\n", "utf-8")
    return login, patient


def follow(house: House, logs: tuple[Path, Path], journey: Callable[[], Awaitable[None]]) -> None:
    """Follow both logs while `journey` goes on."""
    tables = [
        f'[tail.{path.stem}]\npath = "{path}"\nformat = "csv"\nmap = "{path.with_suffix(".toml")}"\n'
        for path in logs
    ]
    house.take("".join(tables), journey)


def add(path: Path, *rows: str) -> None:
    """Write rows at the end of a log."""
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(f"{row}\n" for row in rows))


def whose(house: House) -> dict[str, str | None]:
    """Return whose each patient row is, by patient."""
    return {
        one["patient_ids"][0]["id"]: one["user_id"]
        for one in house.records()
        if one["source"] == "emr-patient"
    }


def test_a_row_waits_for_its_sign_in(
    house: House, logs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patient row that is read first is recorded after the sign-in that was written before it, with its person."""
    login, patient = logs
    # A busy machine may take much longer than the tenth of a second between the two.
    monkeypatch.setattr(joined, "SLACK", 1.5)

    async def journey() -> None:
        add(patient, "2026/11/01 09:05:00,P1,T1")
        await asyncio.sleep(0.1)
        add(login, "2026/11/01 09:00:00,u1,T1", "2026/11/01 09:00:00,u2,T2")
        await house.until(3)
        add(patient, "2026/11/01 10:00:00,P2,T2", "2026/11/01 10:01:00,P3,T9")
        await house.until(5)

    follow(house, logs, journey)

    assert whose(house) == {"P1": "u1", "P2": "u2", "P3": None}
    assert collect.quarantine(house.installation.database) == []


def test_a_kill_while_rows_wait_loses_and_doubles_nothing(
    house: House, logs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits is not read: whoever starts again reads it, once, with its person."""
    login, patient = logs
    add(login, "2026/11/01 09:00:00,u1,T1")
    add(patient, "2026/11/01 09:05:00,P1,T1", "2026/11/01 09:05:00,P1,T1")
    monkeypatch.setattr(joined, "SLACK", 3600.0)

    async def journey() -> None:
        await house.until(1)
        await asyncio.sleep(0.7)

    follow(house, logs, journey)
    assert whose(house) == {}
    monkeypatch.setattr(joined, "SLACK", 0.3)

    async def again() -> None:
        await house.until(3)

    follow(house, logs, again)
    follow(house, logs, again)

    assert [one["user_id"] for one in house.records()] == ["u1"] * 3


def test_rows_without_a_log_of_sign_ins_wait_in_quarantine(
    house: House, logs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the sign-ins cannot be read for long rows are taken and wait, and are recorded once they can."""
    login, patient = logs
    monkeypatch.setattr(joined, "PATIENCE", 0.2)
    aside = login.rename(login.with_name("aside"))
    add(patient, "2026/11/01 09:05:00,P1,T1")
    database = house.installation.database

    async def journey() -> None:
        while not collect.quarantine(database):  # noqa: ASYNC110 (as a person looks)
            await asyncio.sleep(0.1)
        assert whose(house) == {}
        add(aside, "2026/11/01 09:00:00,u1,T1")
        aside.rename(login)
        await house.until(2)

    follow(house, logs, journey)

    assert whose(house) == {"P1": "u1"}
    assert collect.quarantine(database) == []


class _Clock:
    """The log of the sign-ins, and a clock."""

    at_end: float | None = None
    time = 0.0

    def now(self) -> float:
        return self.time


def test_how_far_a_log_may_be_read() -> None:
    """Only what stood there when the sign-ins were read to their end, or all after a long time."""
    clock = _Clock()
    gate = Gate(clock, clock.now)
    assert gate.reach(0, 100) == 0
    clock.time = clock.at_end = 4.0
    assert gate.reach(0, 150) == 0
    clock.time = clock.at_end = 5.0
    assert (gate.reach(0, 150), gate.arrived) == (100, True)
    assert gate.reach(100, 150) == 100
    clock.time = 5.0 + joined.PATIENCE + 1
    assert (gate.reach(100, 150), gate.arrived) == (150, False)
    assert gate.reach(150, 150) == 150
    assert gate.reach(150, 40) == 150
