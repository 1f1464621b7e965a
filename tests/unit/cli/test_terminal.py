"""`sekisho terminal` and `sekisho gate emr-key`: listed, shown once, on record."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Call

from sekisho.app.installation import open_installation
from sekisho.gate.launch import key_path
from sekisho.identity.terminals import terminals

GATE = """[route.pacs]
origin = "http://pacs.localhost:8701"
upstream = "http://127.0.0.1:8042"
adapter = "dicomweb"

[emr.orca]
"""


@pytest.fixture
def begun(prepared: Path) -> Path:
    """A data directory with a gate that knows one EMR."""
    (prepared / "gate.toml").write_text(GATE, encoding="utf-8")
    open_installation(prepared, create=True).close()
    return prepared


def _acts(data: Path) -> list[tuple[str, str]]:
    installation = open_installation(data)
    found = [(str(r["user_id"]), str(r["object"])) for r in installation.reader().jsonl()]
    installation.close()
    return found


def test_a_terminal_is_listed_given_a_token_and_forgotten(sekisho: Call, begun: Path) -> None:
    """Each step says what it means and is on record; the token is shown once, and kept nowhere as it is."""
    here = ("--data", begun, "--by", "A1")
    assert "登録された端末はありません" in sekisho("terminal", "list", "--data", begun).out
    done = sekisho("terminal", "set", "ward-3e", "--at", "10.1.3.0/24", "--idle", "3", *here)
    assert done.code == 0
    assert "3 分" in done.out
    shown = sekisho("terminal", "token", "ward-3e", *here)
    (line,) = sekisho("terminal", "list", "--data", begun, "--json").lines
    forgotten = sekisho("terminal", "forget", "ward-3e", *here)
    again = sekisho("terminal", "forget", "ward-3e", *here)

    token = shown.out.strip()
    assert token.startswith("sekisho_terminal_")
    assert "一度だけ" in shown.err
    assert (line["networks"], line["idle_minutes"], line["agent"]) == (["10.1.3.0/24"], 3, True)
    kept = [p for p in begun.rglob("*") if p.is_file() and token.encode() in p.read_bytes()]
    assert kept == []
    assert (forgotten.code, again.code) == (0, 2)
    assert _acts(begun) == [
        ("A1", "terminal/ward-3e/set"),
        ("A1", "terminal/ward-3e/token"),
        ("A1", "terminal/ward-3e/forgotten"),
    ]


@pytest.mark.parametrize(
    ("name", "place", "idle"), [("Ward", "10.1.3.7", 3), ("w", "10.1.3", 3), ("w", "10.1.3.7", 16)]
)
def test_a_wrong_terminal_is_not_listed(
    sekisho: Call, begun: Path, name: str, place: str, idle: int
) -> None:
    """A name, an address or a time that cannot be taken ends with 2, in a sentence, and is not recorded."""
    done = sekisho(
        "terminal", "set", name, "--at", place, "--idle", idle, "--data", begun, "--by", "A1"
    )

    assert done.code == 2
    assert done.err.strip()
    installation = open_installation(begun)
    assert terminals(installation.database) == []
    installation.close()
    assert _acts(begun) == []


def test_an_emrs_key_is_made_for_an_emr_that_is_written_down(sekisho: Call, begun: Path) -> None:
    """The key is 64 hex digits, shown once, kept 0600 and on record; an EMR that gate.toml does not have gets none."""
    unknown = sekisho("gate", "emr-key", "other", "--data", begun, "--by", "A1")
    shown = sekisho("gate", "emr-key", "orca", "--data", begun, "--by", "A1", language="en")

    assert unknown.code == 2
    assert "[emr.other]" in unknown.err
    assert shown.code == 0
    assert len(bytes.fromhex(shown.out.strip())) == 32
    path = key_path(begun, "orca")
    assert path.read_text("ascii").strip() == shown.out.strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _acts(begun) == [("A1", "gate/emr/orca/key")]
