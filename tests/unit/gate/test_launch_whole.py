"""A viewer opened from the EMR through the real gate, before a real Orthanc."""

from __future__ import annotations

import datetime as dt
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.peers.orthanc import Orthanc
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit

from sekisho import identity
from sekisho.gate.config import read_gate
from sekisho.gate.hostile import Hostile
from sekisho.gate.launch import (
    FIELDS,
    Launch,
    findings,
    key_path,
    make_key,
    read_key,
    sign_ticket,
    spend,
)
from sekisho.storage import Database, open_database
from sekisho.terms import FixedClock

Who = Callable[[str | None], Browser]
ROOT = Path(__file__).resolve().parents[3]
GATE = """[gate]
port = {port}

[route.pacs]
origin = "http://pacs.localhost:{port}"
upstream = "UPSTREAM"
adapter = "dicomweb"
base = "/dicom-web"
launch = "/dicom-web/studies?PatientID={patient}"

[route.other]
origin = "http://other.localhost:{port}"
upstream = "UPSTREAM"
adapter = "dicomweb"
base = "/dicom-web"

[emr.orca]
routes = ["pacs"]

[emr.old]
terminals = ["127.0.0.1", "::1"]
by = "S1"
until = 2026-11-30
"""
PAGE = "/dicom-web/studies?PatientID=00200"


@pytest.fixture
def here(data: Path, template: Path, clock: FixedClock, archive: Orthanc) -> Iterator[Hospital]:
    """A hospital whose archive may be opened from its EMR."""
    toml = GATE.replace("UPSTREAM", archive.url)
    for hospital in hospital_at(data, template, clock, toml):
        make_key(data, "orca")
        yield hospital


def _ticket(here: Hospital, key: bytes | None = None, /, **changed: object) -> str:
    now = int(here.installation.clock.now().timestamp())
    fields = {
        "emr": "orca", "user": "N1", "patient": "00200", "route": "pacs", "exp": now + 60,
        "nonce": f"n{'0' * 20}", **changed,
    }  # fmt: skip
    key = key or read_key(here.installation.data, "orca")
    assert key is not None
    return sign_ticket(key, {name: value for name, value in fields.items() if value != "LESS"})


def _pass(headers: Any) -> str:
    found = re.search(r"__Host-sekisho-gate=([\w-]+)", headers.get("Set-Cookie", ""))
    assert found, headers
    return found[1]


@pytest.mark.duty("1-1c")
def test_a_ticket_opens_the_viewer_once_and_is_on_record(here: Hospital) -> None:
    """Without a second sign-in the patient's studies open; who, from which EMR and for which patient is recorded first."""

    async def journey(browser: Who) -> None:
        nobody = browser(None)
        status, _, headers = await nobody.ask("GET", f"/.sekisho/launch?ticket={_ticket(here)}")
        assert (status, headers["Location"]) == (303, PAGE)
        assert headers["Referrer-Policy"] == "no-referrer"
        nobody.token = _pass(headers)
        status, body, _ = await nobody.ask(
            "GET", PAGE, headers={"Accept": "application/dicom+json"}
        )
        assert status == 200
        assert b"00200" in body

    visit(here, journey)

    login, read = here.records()
    assert (login["action"], login["user_id"], login["reason"]) == ("login", "N1", "emr:orca")
    assert [p["id"] for p in login["patient_ids"]] == ["00200"]
    assert (read["action"], read["user_id"], read["outcome"]) == ("search", "N1", "success")
    assert "asserted" not in [*login["marks"], *read["marks"]]
    sessions = identity.list_sessions(here.installation.database, here.installation.clock)
    assert identity.Method.EMR in {one.method for one in sessions if one.user_id == "N1"}


def test_a_form_opens_it_too(here: Hospital) -> None:
    """The ticket as a posted form, from the EMR's own page, does the same and stands in no address."""

    async def journey(browser: Who) -> None:
        status, _, headers = await browser(None).ask(
            "POST", "/.sekisho/launch", data={"ticket": _ticket(here)},
            headers={"Sec-Fetch-Site": "cross-site"},
        )  # fmt: skip
        assert (status, headers["Location"]) == (303, PAGE)

    visit(here, journey)


def test_a_used_ticket_is_refused_by_every_worker_and_after_a_restart(here: Hospital) -> None:
    """What was used once opens nothing: not again, not after the gate was started anew, and of many workers at once one takes it."""
    ticket = _ticket(here)
    codes: list[int] = []

    async def once(browser: Who) -> None:
        status, _, _ = await browser(None).ask("GET", f"/.sekisho/launch?ticket={ticket}")
        codes.append(status)

    async def with_second(browser: Who) -> None:
        await once(browser)
        await once(browser)

    visit(here, with_second)
    visit(here, once)
    workers = [open_database(here.installation.config.storage_url) for _ in range(4)]
    now = here.installation.clock.now()
    shown = Launch(emr="orca", user="N1", patient="", asserted=False, nonce="m" * 20, until=now)

    def spends(worker: Database) -> bool:
        try:
            spend(worker, shown, now)
        except Hostile:
            return False
        return True

    with ThreadPoolExecutor() as pool:
        taken = list(pool.map(spends, workers * 3))
    for worker in workers:
        worker.close()

    assert codes == [303, 403, 403]
    assert sum(taken) == 1
    assert [r["reason"] for r in here.records() if r["outcome"] == "refused"][:1] == [
        "gate.launch.used"
    ]


WRONG: list[tuple[dict[str, object], str]] = [
    ({"exp": -11}, "expired"),
    ({"exp": 71}, "too_long"),
    ({"exp": 30.5}, "malformed"),
    ({"route": "other"}, "other_system"),
    ({"emr": "nobody"}, "unknown_emr"),
    ({"emr": "old"}, "unknown_emr"),
    ({"user": "X9"}, "nobody"),
    ({"user": ""}, "malformed"),
    ({"user": ["N1"]}, "malformed"),
    ({"nonce": "short"}, "malformed"),
    ({"nonce": "LESS"}, "malformed"),
    ({"password": "x"}, "malformed"),
]


@pytest.mark.parametrize(("changed", "why"), WRONG)
def test_a_ticket_that_is_not_right_opens_nothing(
    here: Hospital, changed: dict[str, object], why: str
) -> None:
    """A ticket that ended, lasts too long, is for another system, EMR or nobody, or says more or less, is refused with its reason."""
    if isinstance(changed.get("exp"), int):
        now = int(here.installation.clock.now().timestamp())
        changed = {"exp": now + int(str(changed["exp"]))}

    async def journey(browser: Who) -> None:
        path = f"/.sekisho/launch?ticket={_ticket(here, **changed)}"
        status, _, headers = await browser(None).ask("GET", path, page=True)
        assert status in {400, 403}
        assert "Set-Cookie" not in headers

    visit(here, journey)

    assert [r["reason"] for r in here.records()] == [f"gate.launch.{why}"]


@pytest.mark.parametrize("exp", [-10, 70])
def test_clocks_may_differ_by_ten_seconds(here: Hospital, exp: int) -> None:
    """A ticket at the edge of the stated skew, either way, still opens."""
    now = int(here.installation.clock.now().timestamp())

    async def journey(browser: Who) -> None:
        path = f"/.sekisho/launch?ticket={_ticket(here, exp=now + exp)}"
        assert (await browser(None).ask("GET", path))[0] == 303

    visit(here, journey)


def test_a_changed_ticket_and_another_key_are_refused(here: Hospital) -> None:
    """One changed letter, another key, the key before the present one, or two spellings of one ticket open nothing."""
    good = _ticket(here)
    before = read_key(here.installation.data, "orca")
    assert before is not None
    payload, mac = good.split(".")
    spelt = mac[:-1] + chr(ord(mac[-1]) + 1)
    other = ("A" if payload[10] != "A" else "B") + payload[11:]
    tried = [
        f"{payload[:10]}{other}.{mac}", f"{payload}.{spelt}", f"{payload}.", payload, "",
        _ticket(here, bytes(32)), f"{good}&ticket={good}", f"{good}&next=/x",
    ]  # fmt: skip
    make_key(here.installation.data, "orca")
    tried.append(_ticket(here, before))

    async def journey(browser: Who) -> None:
        for ticket in tried:
            status, _, headers = await browser(None).ask("GET", f"/.sekisho/launch?ticket={ticket}")
            assert status in {400, 403}, ticket
            assert "Set-Cookie" not in headers

    visit(here, journey)

    path = key_path(here.installation.data, "orca")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_launch_opens_that_one_system_alone(here: Hospital) -> None:
    """The pass of a launch opens neither another protected system nor the console."""

    async def journey(browser: Who) -> None:
        nobody = browser(None)
        _, _, headers = await nobody.ask("GET", f"/.sekisho/launch?ticket={_ticket(here)}")
        token = _pass(headers)
        elsewhere = Browser(nobody.session, nobody.origin.replace("pacs", "other"), token)
        status, _, _ = await elsewhere.ask("GET", PAGE)
        assert status == 401
        assert identity.session(here.installation.database, token, here.installation.clock) is None

    visit(here, journey)


def test_another_persons_ticket_signs_the_one_before_out(here: Hospital) -> None:
    """A ticket of somebody else, at the same browser, ends the session of who was there."""
    database, clock = here.installation.database, here.installation.clock

    async def journey(browser: Who) -> None:
        doctor = browser("D1")
        _, _, headers = await doctor.ask("GET", f"/.sekisho/launch?ticket={_ticket(here)}")
        assert _pass(headers)
        status, _, _ = await doctor.ask("GET", PAGE)
        assert status == 401

    visit(here, journey)

    assert "D1" not in {one.user_id for one in identity.list_sessions(database, clock)}


def test_what_cannot_be_recorded_does_not_open(here: Hospital) -> None:
    """While nothing can be recorded a good ticket opens nothing, and is spent."""
    ticket = _ticket(here)
    here.ill = True

    async def journey(browser: Who) -> None:
        status, _, headers = await browser(None).ask("GET", f"/.sekisho/launch?ticket={ticket}")
        assert status == 503
        assert "Set-Cookie" not in headers
        here.ill = False
        assert (await browser(None).ask("GET", f"/.sekisho/launch?ticket={ticket}"))[0] == 403

    visit(here, journey)


@pytest.mark.duty("1-1c")
def test_an_unverified_name_is_called_so_on_every_record(here: Hospital) -> None:
    """From a listed terminal the EMR's word opens the viewer, every record is marked asserted, and no glass can be broken."""
    here.enforce("pacs")

    async def journey(browser: Who) -> None:
        nobody = browser(None)
        path = "/.sekisho/launch?emr=old&user=N1&patient=00200"
        triggered = await nobody.ask("GET", path, headers={"Sec-Fetch-Site": "cross-site"})
        assert triggered[0] == 403, "another page cannot start it"
        _, _, headers = await nobody.ask("GET", path)
        nobody.token = _pass(headers)
        assert (await nobody.ask("GET", PAGE))[0] == 200
        status, page, _ = await nobody.ask("GET", "/dicom-web/studies?PatientID=00042", page=True)
        assert status == 403
        assert b"/.sekisho/glass" not in page

    visit(here, journey)

    marked = [(r["action"], r["outcome"], r["marks"]) for r in here.records() if r["user_id"]]
    assert marked == [
        ("login", "success", ["asserted"]),
        ("search", "success", ["asserted"]),
        ("search", "refused", ["asserted"]),
    ]


def test_an_unverified_name_needs_its_terminal_and_its_day(
    here: Hospital, clock: FixedClock
) -> None:
    """After the last day, with a field too many, or for an EMR that has tickets, the EMR's word opens nothing; it is a finding throughout."""
    config = read_gate(here.installation.data)
    assert config is not None
    day = dt.date(2026, 11, 30)
    assert [f.message for f in findings(config.emrs, day)] == ["gate.finding.asserted"]
    assert [f.message for f in findings(config.emrs, day + dt.timedelta(days=1))] == [
        "gate.finding.asserted_over"
    ]
    assert not config.emrs[1].asserts("10.9.9.9", day)
    assert not config.emrs[1].asserts(None, day)

    async def journey(browser: Who) -> None:
        for path in ("emr=orca&user=N1", "emr=old&user=N1&x=1", "emr=old", "user=N1", ""):
            status, _, _ = await browser(None).ask("GET", f"/.sekisho/launch?{path}")
            assert status in {400, 403}, path
        clock.move(dt.timedelta(days=30))
        status, _, _ = await browser(None).ask("GET", "/.sekisho/launch?emr=old&user=N1")
        assert status == 403

    visit(here, journey)


@pytest.mark.parametrize(
    "path",
    [
        "/.sekisho/launch?emr=old&user=N1&password=hunter2222",
        "/dicom-web/studies?user=N1&PASSWD=hunter2222",
        "/viewer?pwd=hunter2222",
    ],
)
def test_a_password_in_an_address_is_refused_and_kept_nowhere(here: Hospital, path: str) -> None:
    """An address with a password goes to no system, and neither record nor state keeps it."""

    async def journey(browser: Who) -> None:
        status, page, _ = await browser("N1").ask("GET", path, page=True)
        assert status == 400
        assert b"hunter2222" not in page

    visit(here, journey)

    assert "gate.refused.password_in_address" in {r["reason"] for r in here.records()}
    kept = [p for p in here.installation.data.rglob("*") if p.is_file()]
    assert not [p for p in kept if b"hunter2222" in p.read_bytes()]


def test_the_documents_example_opens_the_gate(here: Hospital) -> None:
    """What docs/formats/launch.md tells a vendor to compute with openssl is a ticket that opens, and its values to compare are right."""
    text = (ROOT / "docs" / "formats" / "launch.md").read_text("utf-8")
    script = next(s for s in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "openssl" in s)
    key_text = re.search(r"KEY=(\w+)", script)
    assert key_text
    key_path(here.installation.data, "orca").write_text(key_text[1] + "\n", "ascii")
    now = int(here.installation.clock.now().timestamp())
    asked = script.replace("$(date +%s)", str(now))
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    fields = {"emr": "orca", "user": "N1", "patient": "00200", "route": "pacs"}
    compared = sign_ticket(
        bytes.fromhex(key_text[1]), {**fields, "exp": 1796083200, "nonce": "A" * 24}
    )

    async def journey(browser: Who) -> None:
        path = done.stdout.strip().removeprefix("https://pacs.hospital.example")
        status, _, headers = await browser(None).ask("GET", path)
        assert (status, headers["Location"]) == (303, PAGE)

    visit(here, journey)

    assert compared in text
    assert all(f"| `{name}` |" in text for name in FIELDS)
