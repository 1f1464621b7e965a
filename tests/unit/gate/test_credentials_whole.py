"""An archive that asks for a password is shown the gate's: sealed at rest, seen by nobody."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa
from tests.peers.orthanc import Orthanc, orthanc
from tests.unit.gate.conftest import Browser, Hospital, hospital_at, visit
from tests.unit.gate.test_dicomweb_whole import GATE

from sekisho.app.backup import backup, make_recovery_key, recipient, restore
from sekisho.app.gate import Gate
from sekisho.app.waiting import gate_findings
from sekisho.errors import InvalidInputError
from sekisho.gate.config import read_gate
from sekisho.gate.credentials import (
    KEY_FILE,
    Credentials,
    Kind,
    credentials,
    field_of,
    remove_credential,
    set_credential,
)
from sekisho.gate.tables import CREDENTIAL
from sekisho.storage import open_database
from sekisho.terms import FixedClock, Secret

Who = Callable[[str | None], Browser]
USER, PASSWORD = "gate", "hi-mi-tsu-no-kotoba"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """A real Orthanc that lets in one user by HTTP Basic."""
    with orthanc(tmp_path_factory.mktemp("locked"), {USER: PASSWORD}) as running:
        yield running


@pytest.fixture
def hospital(data: Path, template: Path, clock: FixedClock, locked: Orthanc) -> Iterator[Hospital]:
    """A hospital whose archive asks for a password."""
    for here in hospital_at(data, template, clock, GATE.replace("UPSTREAM", locked.url)):
        here.enforce("pacs")
        yield here


def _keep(here: Hospital, password: str = PASSWORD) -> None:
    installation = here.installation
    config = read_gate(installation.data)
    assert config is not None
    set_credential(
        installation.data,
        installation.database,
        installation.clock,
        config.routes[0],
        Kind.BASIC,
        field_of(Kind.BASIC, Secret(password), USER),
        by="S1",
    )


def test_the_archive_is_shown_the_gates_password_and_never_the_clients(
    hospital: Hospital, locked: Orthanc, caplog: pytest.LogCaptureFixture
) -> None:
    """Images of an archive that asks for a password pass; what the client itself shows does not."""
    caplog.set_level(logging.DEBUG)
    study = locked.studies["00200"]
    _keep(hospital)

    async def journey(who: Who) -> None:
        for shown in ({}, {"Authorization": "Basic bm9ib2R5OndybaA"}):
            status, body, _ = await who("D1").ask(
                "GET", f"/dicom-web/studies/{study}/metadata", headers=shown
            )
            assert status == 200, body
            assert orjson.loads(body)[0]["00100020"]["Value"] == ["00200"]

    visit(hospital, journey)

    assert [one["outcome"] for one in hospital.records()] == ["success", "success"]
    for secret in (PASSWORD, BASIC):
        assert secret not in caplog.text
        assert secret not in str(hospital.records(""))
    data = hospital.installation.data
    assert (data / KEY_FILE).stat().st_mode & 0o777 == 0o600
    for path in data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert PASSWORD.encode() not in content, path
            assert BASIC.encode() not in content, path


def test_a_wrong_password_is_the_gates_matter_and_mended_while_it_runs(
    hospital: Hospital, locked: Orthanc
) -> None:
    """Not let in, the gate says 503 (no client is asked for a password) and a finding; then it is mended."""
    way = f"/dicom-web/studies/{locked.studies['00200']}/metadata"
    _keep(hospital, "wrong")

    def keys() -> set[str]:
        return {each.key for each in gate_findings(hospital.installation)}

    async def journey(who: Who) -> None:
        status, body, headers = await who("D1").ask("GET", way)
        assert status == 503
        assert orjson.loads(body)["status"] == 503
        assert "WWW-Authenticate" not in headers
        assert "gate.credential_refused.pacs" in keys()

        _keep(hospital)
        await gate_sees_it(who, way, 200)
        assert "gate.credential_refused.pacs" not in keys()

        remove_credential(hospital.installation.database, "pacs")
        assert credentials(hospital.installation.database) == []

    visit(hospital, journey)


async def gate_sees_it(who: Who, way: str, wanted: int) -> None:
    """Ask until the answer is `wanted`; what is chosen is in force within a second."""
    async with asyncio.timeout(60):
        while (await who("D1").ask("GET", way))[0] != wanted:
            pass


def test_it_goes_to_no_other_address(hospital: Hospital) -> None:
    """After the upstream's address, the key or the sealed row was changed, the gate does not start."""
    _keep(hospital)
    here = hospital.installation
    toml = (here.data / "gate.toml").read_text(encoding="utf-8")
    key = (here.data / KEY_FILE).read_bytes()

    def refused() -> str:
        config = read_gate(here.data)
        assert config is not None
        with pytest.raises(InvalidInputError) as caught:
            Gate(here, config, hospital.append)
        return caught.value.message

    (here.data / "gate.toml").write_text(toml.replace("127.0.0.1", "127.0.0.2"), encoding="utf-8")
    assert refused() == "gate.credential.other_upstream"
    with here.database.write() as c:
        # Somebody who can write the state only still cannot send it elsewhere.
        c.execute(
            sa.update(CREDENTIAL).values(
                upstream=sa.func.replace(CREDENTIAL.c.upstream, "127.0.0.1", "127.0.0.2")
            )
        )
    assert refused() == "gate.credential.unreadable"
    (here.data / "gate.toml").write_text(toml, encoding="utf-8")
    _keep(hospital)
    (here.data / KEY_FILE).write_bytes(bytes(reversed(key)))
    assert refused() == "gate.credential.unreadable"
    (here.data / KEY_FILE).unlink()
    assert refused() == "gate.credential.no_key"


def test_a_broken_row_does_not_replace_what_works(hospital: Hospital) -> None:
    """While the gate runs, what cannot be opened is not taken; what was opened goes on."""
    _keep(hospital)
    here = hospital.installation
    config = read_gate(here.data)
    assert config is not None
    held = Credentials(here.data, here.database, here.clock, config.routes)
    with here.database.write() as c:
        c.execute(sa.update(CREDENTIAL).values(sealed="AAAA"))
    held.refresh()
    assert held.field("pacs") == ("Authorization", f"Basic {BASIC}")


def test_it_comes_back_from_a_backup(hospital: Hospital, tmp_path: Path) -> None:
    """A backup holds the sealed credential and its key, unreadable; restored, it opens again."""
    here = hospital.installation
    _keep(hospital)
    key = make_recovery_key(here.database, here.clock, by="S1")
    made = backup(here.data, here.database, tmp_path, recipient(here.database), here.clock)
    sealing = (here.data / KEY_FILE).read_bytes()
    assert sealing not in made.path.read_bytes()

    again = tmp_path / "again"
    restore(made.path, key.identity, again, here.clock, by="S1")
    assert (again / KEY_FILE).stat().st_mode & 0o777 == 0o600
    database = open_database(f"sqlite:///{again / 'state.db'}")
    config = read_gate(again)
    assert config is not None
    held = Credentials(again, database, here.clock, config.routes)
    assert held.field("pacs") == ("Authorization", f"Basic {BASIC}")
    database.close()


@pytest.mark.parametrize(
    ("kind", "secret", "name", "field"),
    [
        ("basic", "a:b", "user", ("Authorization", "Basic dXNlcjphOmI=")),
        ("bearer", "abc.def", None, ("Authorization", "Bearer abc.def")),
        ("header", "k1", "X-Api-Key", ("X-Api-Key", "k1")),
        ("basic", "", "user", None),
        ("basic", "x", "us:er", None),
        ("basic", "x", None, None),
        ("bearer", "a\r\nHost: evil", None, None),
        ("bearer", "秘密", None, None),
        ("header", "x", None, None),
        ("header", "x", "Host", None),
        ("header", "x", "Content-Length", None),
        ("header", "x", "Transfer-Encoding", None),
        ("header", "x", "Sekisho-Identity", None),
        ("header", "x", "X Api", None),
    ],
)
def test_what_is_shown_is_one_whole_field(
    kind: str, secret: str, name: str | None, field: tuple[str, str] | None
) -> None:
    """Basic, bearer or a field of its own; nothing that could frame a request or begin a line."""
    if field is not None:
        assert field_of(Kind(kind), Secret(secret), name) == field
        return
    with pytest.raises(InvalidInputError) as caught:
        field_of(Kind(kind), Secret(secret), name)
    assert not secret or secret not in str(caught.value.args_)
