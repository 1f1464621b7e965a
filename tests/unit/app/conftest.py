"""What several tests of the application share: machines and the recorder they share."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.peers.machines import Institution, MachinePapers, authority
from tests.ports import free_port

from sekisho.ledger import create_key
from sekisho.storage import Database


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> MachinePapers:
    """The machines' authority."""
    folder = tmp_path_factory.mktemp("papers")
    return MachinePapers(authority(folder), folder)


@pytest.fixture
def house(data: Path, database: Database, papers: MachinePapers) -> Institution:
    """An institution whose recorder does not run yet."""
    return Institution(data, database, papers, free_port(), create_key(data, "byoin.example/log"))
