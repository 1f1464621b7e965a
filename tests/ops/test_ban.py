"""Bans in the packet filter: the program with the one right, real nftables, in a network of its own."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.missing import missing

from sekisho import collect
from sekisho.app.bans import ban_findings, hand_over, keep_out
from sekisho.app.installation import open_installation
from sekisho.errors import UnavailableError
from sekisho.identity.bans import lift, standing

PROGRAM = Path(__file__).resolve().parents[2] / "packaging" / "ban" / "ban.py"
NFT = "/usr/sbin/nft"


@dataclass(frozen=True, slots=True)
class Fence:
    """A running program in a network of its own.

    Attributes:
        inside: Begins a command in that network.
    """

    door: Path
    pid: int

    @property
    def inside(self) -> tuple[str, ...]:
        """Return what runs a command beside the program."""
        return ("nsenter", "-t", str(self.pid), "-U", "-n", "--preserve-credentials")

    def banned(self) -> dict[str, int]:
        """Return network → seconds that its ban was given, of both sets."""
        found = {}
        for name in ("banned4", "banned6"):
            told = _run((*self.inside, NFT, "-j", "list", "set", "inet", "sekisho", name))
            for one in json.loads(told)["nftables"][1]["set"].get("elem", ()):
                value = one["elem"]["val"]
                written = value if isinstance(value, str) else "{addr}/{len}".format(**value["prefix"])  # fmt: skip
                found[written] = int(one["elem"]["timeout"])
        return found


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def _net(pid: int) -> Path:
    return Path(f"/proc/{pid}/ns/net").readlink()


def _ask(door: Path, text: str) -> str:
    """Return what the program answers to `text`, sent as it stands."""
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(60)
        one.connect(str(door))
        one.sendall(text.encode())
        one.shutdown(socket.SHUT_WR)
        return one.makefile().read()


@pytest.fixture(scope="module")
def fence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fence]:
    """The program as it is shipped, root of nothing but a network of its own."""
    if not Path(NFT).exists() or shutil.which("nsenter") is None:
        missing("nft is not here (Debian: nftables)")
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode:
        missing("this machine lets nobody make a network of their own (unshare -rn)")
    folder = tmp_path_factory.mktemp("ban")
    (folder / "never").write_text("10.0.0.0/8  # the institution's own\n2001:db8:1::/48\n")
    door = folder / "door"
    command = ["unshare", "-rn", sys.executable, "-I", str(PROGRAM), "--socket", str(door), "--user", "0", "--never", str(folder / "never")]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
    until = time.monotonic() + 60
    while not door.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    assert process.poll() is None, (folder / "log").read_text()
    yield Fence(door, process.pid)
    process.terminate()
    process.wait(20)


@pytest.mark.duty("1-5")
def test_a_list_takes_the_place_of_the_one_before(fence: Fence) -> None:
    """What stands is in the kernel with its seconds; own networks, this machine and whole nets never; the next list replaces it whole."""
    asked = {
        "192.0.2.7/32": 600, "198.51.100.0/24": 60, "198.51.100.9/32": 90, "2001:db8:9::/64": 60,
        "10.1.2.3/32": 600, "127.0.0.1/32": 600, "203.0.0.0/8": 600, "2001:db8:1:5::/64": 60,
    }  # fmt: skip
    done, refused = hand_over(fence.door, asked.items())
    assert done == 4
    assert refused == ["10.1.2.3/32", "127.0.0.1/32", "203.0.0.0/8", "2001:db8:1:5::/64"]
    assert fence.banned() == {"192.0.2.7": 600, "198.51.100.0/24": 60, "2001:db8:9::/64": 60}
    assert hand_over(fence.door, {"192.0.2.8/32": 90}.items()) == (1, [])
    assert fence.banned() == {"192.0.2.8": 90}
    assert hand_over(fence.door, ()) == (0, [])
    assert fence.banned() == {}


@pytest.mark.parametrize(
    "text",
    [
        "", "end", "ban 192.0.2.9/32 60\n", "ban 192.0.2.9/32 0\nend\n", "ban 192.0.2.9/32 -1\nend\n",
        "ban 192.0.2.9/33 60\nend\n", "ban 192.0.2.9 60\nend\n", "ban 192.0.2.9/24 60\nend\n",
        "ban example.org/32 60\nend\n", "ban 192.0.2.9/32 60; flush ruleset\nend\n",
        "ban 192.0.2.9/32 99999999\nend\n", "add rule inet x\nend\n", "ban  192.0.2.9/32 60\nend\n",
        "BAN 192.0.2.9/32 60\nend\n", "ban 192.0.2.9/32 60\r\nend\n", "ban ٣/32 60\nend\n",
        "ban 192.0.2.9/32 60\nend\n" + "x" * 2_000_000,
    ],
)  # fmt: skip
def test_what_is_not_in_the_form_changes_nothing(fence: Fence, text: str) -> None:
    """Anything but addresses and seconds, a list without its end, too much: refused whole, and what stood stands."""
    hand_over(fence.door, {"192.0.2.1/32": 900}.items())
    try:
        answer = _ask(fence.door, text)
    except OSError:  # it hung up before everything was sent
        answer = "failed\n"
    assert answer in {"failed\n", ""}
    assert fence.banned() == {"192.0.2.1": 900}


def test_packets_of_a_banned_address_are_dropped_and_no_other(fence: Fence) -> None:
    """Over a real cable between two networks: the banned neighbour gets no answer, the one beside it does."""
    inside = fence.inside
    other = subprocess.Popen([*inside, "unshare", "-n", "sleep", "600"])
    try:
        there = ("nsenter", "-t", str(other.pid), "-U", "-n", "--preserve-credentials")
        _run((*inside, "ip", "link", "set", "lo", "up"))
        until = time.monotonic() + 60
        while _net(other.pid) == _net(fence.pid):
            assert time.monotonic() < until
            time.sleep(0.02)
        _run((*inside, "ip", "link", "add", "in0", "type", "veth", "peer", "name", "out0", "netns", str(other.pid)))  # fmt: skip
        for where, name, addresses in ((inside, "in0", ("192.0.2.1",)), (there, "out0", ("192.0.2.7", "192.0.2.8"))):  # fmt: skip
            for address in addresses:
                _run((*where, "ip", "address", "add", f"{address}/24", "dev", name))
            _run((*where, "ip", "link", "set", name, "up"))
        hand_over(fence.door, {"192.0.2.7/32": 600}.items())

        def refused_at(source: str, within: float = 30) -> bool:
            """Return whether a closed port answers (a ban answers never)."""
            code = (
                "import socket,sys\n"
                f"s=socket.create_connection(('192.0.2.1',9),{within},source_address=('{source}',0))"
            )
            done = subprocess.run([*there, sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)  # fmt: skip
            return "ConnectionRefusedError" in done.stderr

        assert refused_at("192.0.2.8")
        assert not refused_at("192.0.2.7", within=1.5)
        hand_over(fence.door, ())
        assert refused_at("192.0.2.7")
    finally:
        other.kill()
        other.wait(10)


def test_who_fails_in_the_logs_is_refused_until_the_ban_ends(fence: Fence, data: Path) -> None:
    """Failures that a host wrote just now put their address into the packet filter, on record; an address of the institution and an old log ban nobody; a lifted ban is gone, and nothing new bans anew."""
    (data / "sekisho.toml").write_text('[institution]\nnetworks = ["172.16.0.0/12"]\n')
    installation = open_installation(data, create=True)
    try:
        now = installation.clock.now()
        lines = [
            f"{at.isoformat()} host sshd[9]: Failed password for root from {where} port 4022 ssh2"
            for where, ago in (("192.0.2.50", 0), ("172.16.0.9", 0), ("192.0.2.51", 3))
            for at in (now - dt.timedelta(days=ago, seconds=n + 1) for n in range(40))
        ]
        (data / "auth.log").write_text("\n".join(sorted(lines)) + "\n")
        with installation.recorder() as recorder:
            [report] = collect.collect(
                [data / "auth.log"], recorder=recorder, database=installation.database,
                clock=installation.clock,
            )  # fmt: skip
        assert report.added == len(lines)
        keep_out(installation)
        assert standing(installation.database, installation.clock) == {}
        (data / "bans.toml").write_text(f'socket = "{fence.door}"\nfrom_logs = true\n')
        keep_out(installation)
        assert set(fence.banned()) == {"192.0.2.50"}
        [ban] = standing(installation.database, installation.clock).values()
        assert (ban.network, ban.rule) == ("192.0.2.50/32", "hammer")
        assert lift(installation.database, installation.clock, ban.id, by="P1", reason="")
        keep_out(installation)
        assert fence.banned() == {}
        assert ban_findings(installation) == []
        (data / "bans.toml").write_text(f'socket = "{data}/nobody"\n')
        with pytest.raises(UnavailableError):
            keep_out(installation)
        assert [one.message for one in ban_findings(installation)] == ["app.bans.silent"]
        (data / "bans.toml").write_text('socket = "door"\n')
        assert [one.message for one in ban_findings(installation)] == ["app.bans.form"]
    finally:
        installation.close()


def test_nobody_there_is_said(tmp_path: Path) -> None:
    """Where the program does not run, that is an error with its sentence, not silence."""
    with pytest.raises(UnavailableError) as caught:
        hand_over(tmp_path / "door", ())
    assert caught.value.message == "app.bans.silent"
