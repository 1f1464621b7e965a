"""A house that takes what comes by itself: its ledger, its state, its certificates."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.peers.senders import Papers
from tests.ports import free_port

from sekisho.app.collect import Collecting
from sekisho.app.installation import Installation, open_installation
from sekisho.collect.live.config import FILE, read_config
from sekisho.errors import UnavailableError
from sekisho.ledger import create_key
from sekisho.ledger.append import Ledger
from sekisho.terms import Access

AUDIT = (
    '<85>1 2026-11-01T09:00:00+09:00 pacs ris 1 IHE+RFC-3881 - <?xml version="1.0"?>'
    '<AuditMessage><EventIdentification EventActionCode="R" EventDateTime="{at}" '
    'EventOutcomeIndicator="0"><EventID csd-code="110110" codeSystemName="DCM" '
    'originalText="Patient Record"/></EventIdentification>'
    '<ActiveParticipant UserID="{user}" UserIsRequestor="true"/>'
    '<AuditSourceIdentification AuditEnterpriseSiteID="h" AuditSourceID="pacs"/>'
    '<ParticipantObjectIdentification ParticipantObjectID="{patient}^^^&amp;1.2.3&amp;ISO" '
    'ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"/></AuditMessage>'
)


def audit(number: int, at: dt.datetime | None = None, patient: str = "00042") -> bytes:
    """Return the `number`-th simulated audit message, of now unless told."""
    at = at or dt.datetime.now(dt.UTC)
    when = f"{at:%Y-%m-%dT%H:%M:%S}.{number % 1000:03d}Z"
    return AUDIT.format(at=when, user=f"D{number}", patient=patient).encode()


def counted(message: bytes) -> bytes:
    """Return `message` with its octet count before it."""
    return b"%d %s" % (len(message), message)


@dataclass(slots=True)
class House:
    """One installation whose ledger this process owns.

    Attributes:
        ill: The ledger cannot be written.
        groups: How many records each commit held.
    """

    installation: Installation
    ledger: Ledger
    papers: Papers
    groups: list[int]
    ill: bool = False

    async def append(self, records: Sequence[Access]) -> list[int | None]:
        """Record as the recorder's process does."""
        if self.ill:
            raise OSError("no space left")
        self.groups.append(len(records))
        return await asyncio.to_thread(self.ledger.append, records)

    @contextmanager
    def recorder(self) -> Iterator[Ledger]:
        """Give the recorder, as to a thread beside."""
        if self.ill:
            raise UnavailableError("ledger.recorder_gone")
        yield self.ledger

    def records(self) -> list[dict[str, Any]]:
        """Return what is on record."""
        return list(self.installation.reader().jsonl())

    def take(self, toml: str, journey: Callable[[], Awaitable[None]]) -> None:
        """Take what comes by `toml` while `journey` lasts, then end as SIGTERM does."""
        (self.installation.data / FILE).write_text(toml, encoding="utf-8")

        async def run() -> None:
            config = read_config(self.installation.data)
            collecting = Collecting(self.installation, config, self.append, self.recorder)
            await collecting.start()
            try:
                await journey()
            finally:
                await collecting.stop()

        asyncio.run(run())

    async def until(self, count: int, seconds: float = 60.0) -> list[dict[str, Any]]:
        """Wait until `count` records are there, and return them."""
        for _ in range(int(seconds * 50)):
            if self.ledger.size() >= count:
                break
            await asyncio.sleep(0.02)
        return self.records()

    def tls(self, door: str, port: int, more: str = "") -> str:
        """Return the table of a TLS listener."""
        papers = self.papers
        return (
            f'[syslog.{door}]\ntransport = "tls"\nport = {port}\n'
            f'certificate = "{papers.server}"\nprivate_key = "{papers.server_key}"\n'
            f'authority = "{papers.authority}"\n{more}'
        )

    def sender(self, own: bool = True) -> ssl.SSLContext:
        """Return how a sender speaks TLS; `own`: with the certificate it was given."""
        made = ssl.create_default_context(cafile=str(self.papers.authority))
        if own:
            made.load_cert_chain(self.papers.sender, self.papers.sender_key)
        return made


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """An authority, the certificate of the house, of a sender, and of a stranger."""
    return Papers.made(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def house(prepared: Path, papers: Papers) -> Iterator[House]:
    """A house with an empty ledger, in the present."""
    create_key(prepared, "hospital.example/sekisho")
    installation = open_installation(prepared, create=True)
    ledger = Ledger(prepared, installation.database, installation.clock)
    try:
        yield House(installation, ledger, papers, [])
    finally:
        ledger.publish()
        installation.close()


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()
