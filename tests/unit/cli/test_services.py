"""`sekisho gate service`: made, listed, renewed and ended by script, each act on record."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from tests.peers.authority import Authority, server_certificate
from tests.unit.cli.conftest import Call
from tests.unit.gate.conftest import template

from sekisho.app.installation import open_installation
from sekisho.identity.services import service_by_token
from sekisho.terms import SystemClock

GATE = """[route.pacs]
origin = "http://pacs.localhost:8701"
upstream = "http://127.0.0.1:8042"
adapter = "dicomweb"
"""
DEVICES = """[gate]
certificate = "gate.pem"
private_key = "gate.key"

[clients]
port = 8702
authorities = "devices.pem"
revoked = "devices.crl"

"""
MADE = (
    "gate", "service", "make", "ct-room1", "--system", "pacs", "--from", "10.1.2.3",
    "--owner", "D1", "--purpose", "模擬の撮影装置", "--by", "S1",
)  # fmt: skip


@pytest.fixture
def hospital(data: Path, template: Path) -> Path:
    """A hospital with lists, a matrix in force and a gate."""
    shutil.copytree(template, data, dirs_exist_ok=True)
    (data / "gate.toml").write_text(GATE, encoding="utf-8")
    return data


def test_a_token_is_shown_once_alone_on_standard_output(sekisho: Call, hospital: Path) -> None:
    """The token is the one line of standard output; the state, the record and the list do not hold it."""
    made = sekisho(*MADE, "--data", hospital)
    assert made.code == 0, made.err
    token = made.out.strip()
    assert token.startswith("sekisho_")
    assert "\n" not in token

    (listed,) = sekisho("gate", "service", "list", "--json", "--data", hospital).lines
    assert (listed["user_id"], listed["system"], listed["duty"], listed["owner"]) == (
        "service:ct-room1",
        "pacs",
        "system",
        "D1",
    )
    kept = sekisho("gate", "service", "list", "--data", hospital).out
    installation = open_installation(hospital)
    records = [str(each) for each in installation.reader().jsonl()]
    installation.close()
    assert "gate/service/ct-room1/made" in records[-1]
    assert all(token not in said for said in (kept, str(listed), *records))
    assert all(
        token.encode() not in path.read_bytes() for path in hospital.rglob("*") if path.is_file()
    )


def test_a_renewed_token_lives_beside_the_old_one_for_a_while(
    sekisho: Call, hospital: Path
) -> None:
    """After renewing both tokens open for seven days; after ending neither does, for good."""
    first = sekisho(*MADE, "--data", hospital).out.strip()
    second = sekisho(
        "gate", "service", "renew", "ct-room1", "--by", "S1", "--data", hospital
    ).out.strip()
    installation = open_installation(hospital)
    database, clock = installation.database, SystemClock()
    old, new = (service_by_token(database, clock, each) for each in (first, second))
    assert old is not None
    assert new is not None
    assert old.until is not None
    assert new.until is not None
    assert old.until - clock.now() < dt.timedelta(days=8)
    assert new.until - clock.now() > dt.timedelta(days=179)

    assert sekisho("gate", "service", "end", "ct-room1", "--by", "S1", "--data", hospital).code == 0
    assert service_by_token(database, clock, second) is None
    installation.close()
    again = sekisho(*MADE, "--data", hospital)
    assert again.code == 2
    assert "ct-room1" in again.err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--owner", "X9", "職員名簿"),
        ("--system", "fhir", "pacs"),
        ("--duty", "wizard", "system"),
        ("--from", "everywhere", "10.1.0.0/16"),
        ("--days", "400", "365"),
        ("--purpose", "  ", "何のため"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    sekisho: Call, hospital: Path, option: str, value: str, said: str
) -> None:
    """An owner who does not work here, an unknown system or duty, no address: refused with the mend."""
    refused = sekisho(*MADE, option, value, "--data", hospital)
    assert refused.code == 2
    assert said in refused.err
    assert not sekisho("gate", "service", "list", "--json", "--data", hospital).lines


def test_a_device_is_known_by_its_certificate(
    sekisho: Call, hospital: Path, tmp_path: Path
) -> None:
    """With a certificate no token is made; a renewed one is admitted by its names; both are listed."""
    refused = sekisho(*MADE, "--certificate", tmp_path / "none", "--data", hospital)
    assert (refused.code, "[clients]" in refused.err) == (2, True)

    authority = Authority(tmp_path / "authority")
    for path in server_certificate(tmp_path, "pacs.localhost"):
        shutil.copy(path, hospital)
    shutil.copy(authority.certificate, hospital / "devices.pem")
    authority.publish(hospital / "devices.crl")
    (hospital / "gate.toml").write_text(DEVICES + GATE, encoding="utf-8")
    first, second = authority.issue("ct-room1"), authority.issue("ct-room1")

    made = sekisho(*MADE, "--certificate", first.certificate, "--data", hospital)
    assert (made.code, "sekisho_" in made.out) == (0, False), made.err
    renewed = sekisho(
        "gate", "service", "certificate", "ct-room1", second.certificate, "--by-names",
        "--by", "S1", "--data", hospital,
    )  # fmt: skip
    assert renewed.code == 0, renewed.err
    (listed,) = sekisho("gate", "service", "list", "--json", "--data", hospital).lines
    assert listed["shows"] == ["certificate", "names"]


__all__ = ["template"]


def test_an_account_may_be_for_sending_records_only(sekisho: Call, hospital: Path) -> None:
    """A way in of collect.toml is a system of its own, asked for by its name, whatever the duty."""
    (hospital / "collect.toml").write_text("[fhir.portal]\nport = 8443\n", encoding="utf-8")
    made = sekisho(
        *("gate", "service", "make", "portal", "--system", "collect:portal"),
        *("--from", "10.1.2.3", "--owner", "D1", "--purpose", "模擬", "--by", "S1"),
        *("--duty", "nothing", "--data", hospital),
    )

    assert made.code == 0, made.err
    (listed,) = sekisho("gate", "service", "list", "--json", "--data", hospital).lines
    assert (listed["name"], listed["system"]) == ("portal", "collect:portal")
