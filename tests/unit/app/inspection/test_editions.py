"""Own editions of the institution: used when right, said when wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekisho.app.config import read_config
from sekisho.app.inspection.editions import check_editions, edition_findings, shelf_of
from sekisho.app.installation import Installation
from sekisho.pages import say
from sekisho.storage import Database
from sekisho.terms import FixedClock

pytestmark = pytest.mark.duty("0")


@pytest.fixture
def here(data: Path, database: Database, clock: FixedClock) -> Installation:
    """An installation with a folder for its own editions."""
    (data / "catalogues").mkdir()
    return Installation(data, read_config(data), database, clock)


def test_a_wrong_file_is_a_line_of_today(here: Installation) -> None:
    """Each file that is not used is one finding with its first fault, and gone once the file is mended or taken away."""
    file = here.data / "catalogues" / "ken.toml"
    file.write_text('title = "x"\n', encoding="utf-8")
    (found,) = edition_findings(here)
    assert found.args["file"] == "ken.toml"
    for language in ("ja", "en"):
        assert "title" in say(language, f"{found.message}.why", **found.args)
    assert "ken" not in shelf_of(here).books
    assert check_editions([], here.data).problems
    file.unlink()
    assert list(edition_findings(here)) == []
