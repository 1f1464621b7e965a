"""A log that grows: every line once, over rotation, truncation, kills and half lines."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
from collections import Counter
from pathlib import Path

import orjson
import pytest
from tests.unit.collect.live.conftest import House

from sekisho import collect
from sekisho.collect.live import tail as module

HEAD = "日時,利用者ID,患者ID,処理\n"
MAP = """name = "emr"
header_row = 1

[columns]
occurred_at = ["日時"]
user_id = ["利用者ID"]
patient_ids = ["患者ID"]
action = ["処理"]
"""


def lines(first: int, last: int) -> str:
    """Return simulated lines, each unlike the others."""
    return "".join(f"<13>1 2026-11-01T00:00:00Z h app-{n} - - - x\n" for n in range(first, last))


def add(path: Path, text: str) -> None:
    """Write `text` at the end, as a program does that keeps its log open."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def seen(house: House) -> Counter[str]:
    """Return how often each line is on record."""
    return Counter(str(one["object"]).rpartition("-")[2] for one in house.records())


def once(count: int) -> Counter[str]:
    """Return lines 0 to `count`, each once."""
    return Counter({str(n): 1 for n in range(count)})


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log is."""
    (tmp_path / "log").mkdir()
    return tmp_path / "log" / "auth.log"


def follow(house: House, log: Path, *steps: str | int, more: str = "") -> None:
    """Follow `log` while `steps` happen to it.

    A number waits for so many records; ``+text`` is written at the end; ``mv`` rotates;
    ``rm`` empties (copytruncate).
    """

    async def journey() -> None:
        for step in steps:
            if isinstance(step, int):
                await house.until(step)
            elif step == "mv":
                os.rename(log, f"{log}.1")  # noqa: PTH104 (as quick as logrotate does it)
            elif step == "rm":
                os.truncate(log, 0)
            else:
                add(log, step.removeprefix("+"))
            await asyncio.sleep(0.05)

    house.take(f'[tail.auth]\npath = "{log}"\n{more}', journey)


def test_what_is_written_comes_to_the_record(house: House, log: Path) -> None:
    """Lines that stand in the log and lines that come later are on record with their file and place."""
    add(log, lines(0, 3))
    follow(house, log, 3, "+" + lines(3, 5), 5)

    assert seen(house) == once(5)
    assert house.records()[4]["origin"] == {"file": str(log), "message": 5}


def test_half_a_line_is_waited_for(house: House, log: Path) -> None:
    """A line without its end is not read until the end is there."""
    line = lines(1, 2)
    follow(house, log, "+" + lines(0, 1) + line[:30], 1, "+" + line[30:], 2)

    assert seen(house) == once(2)
    assert collect.quarantine(house.installation.database) == []


def test_a_restart_goes_on_where_it_was(house: House, log: Path) -> None:
    """What was durable is not read again; what was written meanwhile is."""
    add(log, lines(0, 3))
    follow(house, log, 3)
    add(log, lines(3, 6))
    follow(house, log, 6)

    assert seen(house) == once(6)
    (file,) = collect.files(house.installation.database)
    assert (file.added, file.already) == (6, 0)


def test_equal_lines_are_counted_over_a_restart(house: House, log: Path) -> None:
    """Two equal lines before and one after a restart are three records."""
    same = lines(7, 8)
    add(log, same * 2)
    follow(house, log, 2)
    add(log, same)
    follow(house, log, 3)

    assert seen(house) == Counter({"7": 3})


def test_a_place_that_was_not_kept_doubles_nothing(
    house: House, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the records and the place, the same lines are read again and add nothing."""
    add(log, lines(0, 2) + lines(0, 2))
    with monkeypatch.context() as broken:
        broken.setattr(module.Tail, "_keep", lambda *_: None)
        follow(house, log, 4)
    follow(house, log, "+" + lines(2, 3), 5)

    assert seen(house) == Counter({"0": 2, "1": 2, "2": 1})


def test_rotation_loses_nothing(house: House, log: Path) -> None:
    """Lines written to the old file until it was moved, and to the new one, are all there once."""
    add(log, lines(0, 3))
    follow(house, log, 3, "+" + lines(3, 5), "mv", "+" + lines(5, 8), 8)

    assert seen(house) == once(8)


def test_a_last_line_without_an_end_is_read_at_rotation(house: House, log: Path) -> None:
    """Where the old file ends in the middle of nothing, its last line is read as it stands."""
    add(log, lines(0, 1))
    follow(house, log, 1, "+" + lines(1, 2).rstrip("\n"), "mv", "+" + lines(2, 3), 3)

    assert seen(house) == once(3)


def test_rotated_while_nothing_looked(house: House, log: Path) -> None:
    """The rest of a file that was rotated meanwhile is found under its new name."""
    add(log, lines(0, 3))
    follow(house, log, 3)
    add(log, lines(3, 5))
    log.rename(log.with_name("auth.log-20261101"))
    add(log, lines(5, 7))
    follow(house, log, 7)

    assert seen(house) == once(7)


def test_a_file_that_is_gone_with_its_rest_is_said(house: House, log: Path) -> None:
    """Where the old file is gone, the new one is read whole and the loss is counted."""
    add(log, lines(0, 3))
    follow(house, log, 3)
    log.unlink()
    add(log, lines(3, 5))
    follow(house, log, 5)

    assert seen(house) == once(5)
    assert findings(house) == ["collect.tail_lost/auth"]


@pytest.mark.parametrize("again", [1, 40])
def test_truncation_is_a_new_file(house: House, log: Path, again: int) -> None:
    """After copytruncate the log is read from its beginning, also where it has grown past the old end."""
    add(log, lines(0, 3))
    follow(house, log, 3, "rm", "+" + lines(3, 3 + again), 3 + again)

    assert seen(house) == once(3 + again)


def test_a_log_that_is_not_there_yet_is_waited_for(house: House, log: Path) -> None:
    """A log that appears later is read from its first line."""
    follow(house, log, 0, "+" + lines(0, 2), 2)

    assert seen(house) == once(2)


def test_csv_grows_by_rows(house: House, log: Path, tmp_path: Path) -> None:
    """Rows of a growing CSV are read by the mapping; a row over two lines and a bad one too."""
    (tmp_path / "emr.toml").write_text(MAP, encoding="utf-8")
    rows = [f"2026/10/04 10:0{n}:00,U{n},P{n},参照\n" for n in range(4)]
    follow(
        house,
        log,
        "+" + HEAD[:9],
        0,
        "+" + HEAD[9:] + rows[0],
        1,
        "+" + rows[1] + '2026/10/04 10:05:00,U5,P5,"参\n',
        2,
        '+照"\n' + "きのう,U1,P1,参照\n" + rows[2],
        4,
        more=f'format = "csv"\nmap = "{tmp_path / "emr.toml"}"\n',
    )
    add(log, rows[3])
    follow(house, log, 5, more=f'format = "csv"\nmap = "{tmp_path / "emr.toml"}"\n')

    assert [r["user_id"] for r in house.records()] == ["U0", "U1", "U5", "U2", "U3"]
    assert [r["origin"]["row"] for r in house.records()] == [1, 2, 3, 5, 6]
    assert {r["source"] for r in house.records()} == {"emr"}
    (row,) = collect.quarantine(house.installation.database)
    assert (row.reason[0], row.row, row.file) == ("collect.row_no_time", 4, "tail:auth")
    with house.recorder() as recorder:
        again = collect.retry(
            house.installation.database, recorder=recorder, clock=house.installation.clock
        )
    assert again.still == 1


def test_ndjson_grows_by_lines(house: House, log: Path) -> None:
    """AuditEvents, one a line, are read as they are written."""
    event = {
        "resourceType": "AuditEvent",
        "action": "R",
        "recorded": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "agent": [{"who": {"identifier": {"value": "D1"}}, "requestor": True}],
        "source": {"observer": {"display": "portal"}},
    }
    text = [orjson.dumps({**event, "id": str(n)}).decode() + "\n" for n in range(3)]
    follow(
        house, log, "+" + text[0] + text[1][:20], 1, "+" + text[1][20:] + "{\n" + text[2], 3,
        more='format = "fhir"\n',
    )  # fmt: skip

    assert len(house.records()) == 3
    assert len(collect.quarantine(house.installation.database)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_each_line_is_there_once(house: House, log: Path, seed: int) -> None:
    """Lines in any pieces, rotations and restarts at any place: each line is on record once."""
    chance = random.Random(seed)
    written, rest = 0, ""
    for _ in range(4):
        steps: list[str | int] = []
        for _ in range(4):
            count = chance.randint(0, 20)
            rest += lines(written, written + count)
            written += count
            cut = chance.randint(0, len(rest))
            steps.append("+" + rest[:cut])
            rest = rest[cut:]
            if chance.random() < 0.3 and not rest:
                steps.append("mv")
        follow(house, log, *steps)
    follow(house, log, "+" + rest, written)

    assert seen(house) == once(written)


def findings(house: House) -> list[str]:
    """Return what the room says of the log."""
    from sekisho.collect.live import config, silence  # noqa: PLC0415 (only here)

    known = config.read_config(house.installation.data)
    found = silence.findings(house.installation.database, house.installation.clock, known)
    return [one.key for one in found]


def test_a_web_servers_log_is_followed(house: House, log: Path) -> None:
    """Lines without syslog's head are read as a host's log, over rotation, each once."""
    line = '10.1.2.3 - - [05/Nov/2026:09:00:0{} +0900] "GET /a HTTP/1.1" 200 5 "-" "x"\n'
    add(log, line.format(1))
    more = 'format = "hostlog"\nsource = "portal"\n'
    follow(house, log, 1, "+" + line.format(2), 2, "mv", "+" + line.format(3), 3, more=more)

    records = house.records()
    assert [record["occurred_at"][17:19] for record in records] == ["01", "02", "03"]
    assert {(record["source"], record["terminal"]) for record in records} == {
        ("portal", "10.1.2.3")
    }
