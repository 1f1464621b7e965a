"""The configuration file: a mistake stops the start and names the line and the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekisho.app.config import read_config
from sekisho.errors import InvalidInputError


def test_nothing_written_is_safe(data: Path) -> None:
    """Without a file the console listens on loopback alone and the state is one file."""
    config = read_config(data)

    assert config.host == "127.0.0.1"
    assert config.origin == "http://localhost:8700"
    assert config.rp_id == "localhost"
    assert config.storage_url.startswith("sqlite:///")


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("[console]\nport = 80o0\n", "app.config.not_toml", 2),
        ("[console]\n\nprot = 8000\n", "app.config.unknown_key", 3),
        ("colour = 'red'\n", "app.config.unknown_key", 1),
        ("[console]\nport = '8000'\n", "app.config.wrong", 2),
        ("[console]\nport = 70000\n", "app.config.wrong", 2),
        ("[console]\nhost = '0.0.0.0'\n", "app.config.wrong", 2),
        ("[console]\nhost = 'everywhere'\n", "app.config.wrong", 2),
        ("[console]\norigin = 'http://192.168.0.5'\n", "app.config.wrong", 2),
        ("[console]\norigin = 'https://192.168.0.5'\n", "app.config.wrong", 2),
        ("[institution]\nzone = 'Asia/Toukyou'\n", "app.config.wrong", 2),
        ("[storage]\nurl = 'mysql://x'\n", "app.config.wrong", 2),
        ("[console]\ncertificate = 'none.pem'\n", "app.config.wrong", 2),
        ("[tls]\nprofile = 'low'\n", "app.config.wrong", 2),
        ("[institution]\nnetworks = ['10.1.0.300']\n", "app.config.wrong", 2),
        ("[attacks]\nstuffing = 9\n", "app.config.wrong", 2),
        ("[attacks]\nstuffing = 1\n", "app.config.wrong", 2),
        ("[attacks]\nstuffings = 5\n", "app.config.unknown_key", 2),
        ("[scan]\nsocket = 'clamd.ctl'\n", "app.config.wrong", 2),
        ("[scan]\naddress = '192.168.0.5:3310'\n", "app.config.wrong", 2),
        ("\n[scan]\ndays = 3\n", "app.config.wrong", 2),
        ("[scan]\nsocket = '/run/x'\naddress = '127.0.0.1:3310'\n", "app.config.wrong", 1),
        ("[scan]\nsocket = '/run/x'\nmegabytes = 0\n", "app.config.wrong", 3),
        ("[recorder]\nnames = 'gate-2'\n", "app.config.wrong", 2),
        ("[recorder]\nnames = ['gate-2']\n", "app.config.wrong", 1),
        ("[recorder]\nlisten = '0.0.0.0:8760'\n", "app.config.wrong", 1),
        ("[recorder]\nplain = true\n", "app.config.unknown_key", 2),
    ],
)
def test_a_mistake_names_its_line(data: Path, text: str, message: str, line: int) -> None:
    """Every mistake is refused with the line on which it stands."""
    (data / "sekisho.toml").write_text(text, encoding="utf-8")

    with pytest.raises(InvalidInputError) as caught:
        read_config(data)

    assert caught.value.message == message
    assert caught.value.args_["line"] == line


def test_a_named_file_must_exist(data: Path) -> None:
    """A configuration file that was named but is not there stops the start."""
    with pytest.raises(InvalidInputError) as caught:
        read_config(data, data / "other.toml")

    assert caught.value.message == "app.config.unreadable"


def test_a_scanner_is_configured_by_one_line(data: Path) -> None:
    """A socket, or an address on this machine, is all that a scanner needs."""
    assert read_config(data).scan is None

    (data / "sekisho.toml").write_text("[scan]\naddress = '127.0.0.1:3310'\n", encoding="utf-8")
    scan = read_config(data).scan

    assert scan is not None
    assert scan.socket == ("127.0.0.1", 3310)
    assert (scan.size, scan.days) == (25_000_000, 7)


_SHARED = """[storage]
url = "postgresql://sekisho@/sekisho"
[recorder]
certificate = "m.pem"
private_key = "m.key"
authority = "machines.crt"
"""


@pytest.mark.parametrize(
    ("lines", "mend"),
    [
        ('listen = "10.1.0.5:8760"\nnames = ["gate-2.byoin.example"]', None),
        ('listen = "[fd00::1]:8760"\nnames = ["GATE-2.byoin.example"]', None),
        ('at = "sekisho.byoin.example:8760"', None),
        ('at = "10.1.0.5:8760"\nname = "sekisho.byoin.example"', None),
        ('listen = "10.1.0.5:8760"', "mend_recorder_names"),
        ('listen = "10.1.0.5:8760"\nnames = []', "mend_recorder_names"),
        ('listen = "10.1.0.5:8760"\nnames = ["*.byoin.example"]', "mend_recorder_names"),
        ('listen = "10.1.0.5"\nnames = ["gate-2"]', "mend_recorder_address"),
        ('listen = "10.1.0.5:99999"\nnames = ["gate-2"]', "mend_recorder_address"),
        ('listen = "10.1.0.5:1"\nnames = ["gate-2"]\nrevoked = "x"', "mend_recorder_files"),
        ('at = "10.1.0.5:8760"', "mend_recorder_name"),
        ('at = "x:1"\nlisten = "y:1"', "mend_recorder"),
        ('at = "x:1"\nnames = ["y"]', "mend_recorder"),
        ('listen = "x:1"\nnames = ["y"]\nname = "z"', "mend_recorder"),
    ],
)
def test_one_recorder_for_several_machines(data: Path, lines: str, mend: str | None) -> None:
    """A recorder is listened for or reached, by certificates alone, where the state is shared."""
    for name in ("m.pem", "m.key", "machines.crt"):
        (data / name).touch()
    (data / "sekisho.toml").write_text(f"{_SHARED}{lines}\n", encoding="utf-8")

    if mend is None:
        found = read_config(data).recorder
        assert found is not None
        assert found.elsewhere == lines.startswith("at")
        assert found.name == ("sekisho.byoin.example" if found.elsewhere else "")
        for gone, mended in (("m.key", "mend_recorder_files"), (None, "mend_recorder_state")):
            text = f"{_SHARED}{lines}\n"
            if gone is None:
                (data / "m.key").touch()
                text = text.replace("postgresql://sekisho@/sekisho", "sqlite:///state.db")
            else:
                (data / gone).unlink()
            (data / "sekisho.toml").write_text(text, encoding="utf-8")
            with pytest.raises(InvalidInputError) as caught:
                read_config(data)
            assert caught.value.args_["mend_id"] == f"app.config.{mended}"
        return
    with pytest.raises(InvalidInputError) as caught:
        read_config(data)
    assert caught.value.args_["mend_id"] == f"app.config.{mend}"
