"""The disk fills at night: the envelope opens the images, and what was seen is on record in the morning."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import context
from tests.browser.served import answers, flaws, sign_in
from tests.missing import missing
from tests.peers.orthanc import Orthanc, orthanc
from tests.ports import free_port
from tests.unit.gate.conftest import adopt

from sekisho.app.installation import open_installation
from sekisho.app.serve import STEADY
from sekisho.identity import Role, create_demo_account
from sekisho.terms import Secret

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PASSWORD = "niwatori wa hadashi"
SEKISHO = [sys.executable, "-m", "sekisho"]
CODE = re.compile(r"\b[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}\b")
LOOK_NOW = (
    "import pathlib, sys\n"
    "from sekisho.app.installation import open_installation\n"
    "from sekisho.app.waiting import refresh_findings\n"
    "refresh_findings(open_installation(pathlib.Path(sys.argv[1])))\n"
)
"""The job that runs every five minutes, now."""
OWN_DISK = """set -e
mount -t tmpfs -o size=64m,mode=700 tmpfs "$1"
cp -a "$2/." "$1"
cd /
shift 2
exec "$@"
"""


@dataclass(slots=True)
class Night:
    """A served hospital whose data lie on a small disk of their own.

    Attributes:
        data: Where they lie, seen from within only.
        second: The folder on another disk.
    """

    data: Path
    second: Path
    console: str
    pacs: str
    archive: Orthanc
    code: str
    process: subprocess.Popen[bytes]

    def within(self, *command: str) -> str:
        """Run `command` where the small disk is seen, and return what it said."""
        way = ["nsenter", f"--target={self.process.pid}", "--mount"]
        if os.geteuid() != 0:
            way += ["--user", "--preserve-credentials"]
        done = subprocess.run([*way, *command], capture_output=True, text=True, check=False)
        return done.stdout

    def fill(self) -> None:
        """Leave no byte free on the small disk."""

        def full() -> bool:
            # Others write and erase too: what they give back meanwhile is taken as well.
            self.within("sh", "-c", f"cat /dev/zero >> {self.data}/filler")
            free = self.within("stat", "--file-system", "--format=%a", str(self.data))
            return free.strip() == "0"

        _until(full, "the disk is really full")

    def lives(self) -> bool:
        """Return whether everything still runs."""
        return self.process.poll() is None

    def records(self) -> list[dict[str, Any]]:
        """Return what the ledger has of the gate."""
        where = ["--data", str(self.data)]
        lines = self.within(*SEKISHO, "ledger", "export", "--format", "jsonl", *where).splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [one for one in found if one["source"] == "gate:pacs"]

    def spooled(self) -> list[dict[str, Any]]:
        """Return what waits on the second disk."""
        return [
            json.loads(line)
            for path in self.second.glob("spool-*")
            for line in path.read_bytes().splitlines()
        ]

    def picture(self) -> str:
        """Return the address of a picture of 00200."""
        study = self.archive.studies["00200"]
        return (
            f"{self.pacs}/wado?requestType=WADO&studyUID={study}"
            f"&seriesUID={study}.1&objectUID={study}.1.1"
        )


def _prepare(data: Path, console: int, gate: int, archive: Orthanc, second: Path) -> str:
    """Set the hospital up and return the code that its envelope was printed with."""
    (data / "sekisho.toml").write_text(f"[console]\nport = {console}\n", encoding="utf-8")
    (data / "gate.toml").write_text(
        f'[gate]\nport = {gate}\nsecond = "{second}"\n'
        f'[route.pacs]\norigin = "http://pacs.localhost:{gate}"\n'
        f'upstream = "{archive.url}"\nadapter = "dicomweb"\nbase = "/dicom-web"\n',
        encoding="utf-8",
    )
    installation = open_installation(data, create=True)
    adopt(installation)
    for user, role in (("N1", Role.STAFF), ("S1", Role.SAFETY_OFFICER)):
        create_demo_account(
            installation.database,
            installation.clock,
            user_id=user,
            name="模擬　職員",
            roles={role},
            password=Secret(PASSWORD),
        )
    installation.close()
    out = data.parent / "envelopes"
    command = [*SEKISHO, "gate", "envelope", "pacs", "--data", str(data), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    (sheet,) = out.glob("*.pdf")
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(sheet))
    found = CODE.search(text)
    assert found, "the code is printed"
    return found[0]


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """Everything running on a disk of 64 MiB, with a real Orthanc behind the gate."""
    own = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    if shutil.which("nsenter") is None or subprocess.run([*own, "true"], check=False).returncode:
        missing("file systems cannot be mounted here")
    data, disk, second = tmp_path / "data", tmp_path / "disk", tmp_path / "second"
    for folder in (data, disk, second, tmp_path / "archive"):
        folder.mkdir(mode=0o700)
    console, gate = free_port(), free_port()
    with orthanc(tmp_path / "archive") as archive:
        code = _prepare(data, console, gate, archive, second)
        said = tmp_path / "said.txt"
        command = [*own, "sh", "-c", OWN_DISK, "sh", str(disk), str(data)]
        with said.open("wb") as out:
            process = subprocess.Popen(
                [*command, *SEKISHO, "serve", "--data", str(disk)], stdout=out, stderr=out
            )
        try:
            began = time.monotonic()
            _until(lambda: answers(console) and answers(gate), "everything listens")
            # What runs well for half a minute is no more ended for good by a refusal.
            time.sleep(max(0.0, STEADY + 1 - (time.monotonic() - began)))
            yield Night(
                disk,
                second,
                f"http://localhost:{console}",
                f"http://pacs.localhost:{gate}",
                archive,
                code,
                process,
            )
        finally:
            process.terminate()
            process.wait(60)


def _until(met: Callable[[], bool], what: str, *, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, what
        time.sleep(0.2)


def _shows(page: Page, address: str) -> bool:
    page.goto(address)
    return bool(page.evaluate("document.contentType").startswith("image/"))


@pytest.mark.duty("1-3")
def test_the_envelope_works_when_the_disk_fills_at_night(browser: Browser, night: Night) -> None:
    """A full disk stops the images with a field for the code; the printed code opens them within a minute; all is on record later, and a named person closes it."""
    nurse = context(browser).new_page()
    sign_in(nurse, night.console, "N1", PASSWORD)
    nurse.wait_for_url(f"{night.console}/account")
    nurse.goto(night.picture())
    nurse.wait_for_url(f"{night.pacs}/**")
    assert _shows(nurse, night.picture())
    officer = context(browser).new_page()
    sign_in(officer, night.console, "S1", PASSWORD)
    officer.wait_for_url(f"{night.console}/")

    night.fill()
    # What was allotted before holds a few records more: each of these is shown rightly.
    _until(lambda: not _shows(nurse, night.picture()), "a full disk stops the images")
    expect(nurse.locator("#envelope")).to_be_visible()
    assert flaws(nurse) == []

    nurse.fill("[name=code]", night.code.lower())
    began = time.monotonic()
    nurse.click("form[action='/.sekisho/envelope'] button")
    nurse.wait_for_url(night.picture())
    _until(lambda: _shows(nurse, night.picture()), "the code opens the images", seconds=60)
    took = time.monotonic() - began
    sys.stdout.write(f"images open {took:.1f} s after the code was typed\n")

    assert any("00200" in json.dumps(one) for one in night.spooled()), "it is on the second disk"
    # The disk stays full for a while: nothing gives up meanwhile.
    time.sleep(15)
    assert night.lives()
    assert _shows(nurse, night.picture()), nurse.inner_text("body")
    spooled = night.spooled()
    night.within("rm", f"{night.data}/filler")
    _until(lambda: not [*night.second.glob("spool-*")], "what waited is taken in")
    late = [one for one in night.records() if "late" in one["marks"]]
    assert len(late) == len(spooled)
    strays = [one for one in late if "emergency" not in one["marks"]]
    assert strays == []
    reads = [one for one in late if one["action"] == "read"]
    assert reads, "what was seen meanwhile is on record"
    assert {one["user_id"] for one in reads} == {"N1"}
    assert {p["id"] for one in reads for p in one["patient_ids"]} == {"00200"}

    _closes(officer, night)


def _closes(officer: Page, night: Night) -> None:
    """The safety officer finds it among today's work, and it stays until closed with a word."""
    today = f"{night.console}/findings"

    def told() -> bool:
        officer.goto(today)
        return "緊急運用" in officer.inner_text("main")

    night.within(sys.executable, "-c", LOOK_NOW, str(night.data))
    assert told(), "it is a finding"
    officer.goto(f"{night.console}/gate/emergency")
    expect(officer.locator("section.card")).to_contain_text("pacs")
    assert flaws(officer) == []
    assert told()
    officer.goto(f"{night.console}/gate/emergency")
    officer.fill("[name=note]", "ディスクを空け、遅れた記録を確かめた")
    officer.click("section.card button.primary")
    expect(officer.locator("table")).to_contain_text("ディスクを空け")
    assert not told()
