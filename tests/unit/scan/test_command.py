"""`sekisho scan`: one line a file; a find is no exit code; folders are walked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.unit.scan.clamd import EICAR, Clamd, zipped

from sekisho.cli.main import main


@pytest.fixture
def config(tmp_path: Path, clamd: Clamd) -> Path:
    """A configuration that names the running scanner."""
    file = tmp_path / "sekisho.toml"
    file.write_text(
        f'[scan]\nsocket = "{clamd.settings.socket}"\nmegabytes = 2\n', encoding="utf-8"
    )
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a find, something clean, a link and a pipe."""
    place = tmp_path / "媒体"
    (place / "b").mkdir(parents=True)
    (place / "a.com").write_bytes(EICAR)
    (place / "b" / "clean.txt").write_text("text", encoding="utf-8")
    (place / "b" / "packed.zip").write_bytes(zipped(("x", EICAR)))
    (place / "link").symlink_to("/etc")
    os.mkfifo(place / "pipe")
    Path(os.fsdecode(bytes(place) + b"/\xff.txt")).write_bytes(b"text")
    return place


def _run(*arguments: str | Path) -> Result:
    return CliRunner(env={"SEKISHO_LANG": "ja"}).invoke(main, ["scan", *map(str, arguments)])


def test_every_file_of_a_folder_has_its_line(config: Path, folder: Path) -> None:
    """A folder's files each have a line; what is unreadable is a line too and the exit is 0."""
    done = _run(folder, "--config", config, "--json")

    lines = {Path(one["path"]).name: one for one in map(json.loads, done.output.splitlines())}
    assert done.exit_code == 0
    assert {name: one["verdict"] for name, one in lines.items()} == {
        "a.com": "found",
        "clean.txt": "clean",
        "packed.zip": "found",
        "link": "unreadable",
        "pipe": "unreadable",
        "\\xff.txt": "clean",
    }
    assert lines["link"]["error"] == "scan.link"
    assert lines["clean.txt"]["engine"].startswith("ClamAV")
    assert lines["clean.txt"]["signatures_at"].endswith("Z")
    assert set(lines["a.com"]["why"]) == {"ja", "en"}


def test_the_readable_form_promises_nothing(config: Path, folder: Path) -> None:
    """The lines for people say what was found, and that no find is no promise."""
    done = _run(folder, "--config", config)

    assert "Sekisho.Test.EICAR" in done.output
    assert "危険のしるしは見つかりませんでした（安全の保証ではありません）" in done.output
    assert "見つかった 2、しるしなし 2、確かめていない 0、読めない 2" in done.output


def test_no_scanner_is_an_answer_and_no_failure(tmp_path: Path, folder: Path) -> None:
    """Where no scanner answers, every file is not checked, with the reason, and the exit is 0."""
    file = tmp_path / "other.toml"
    file.write_text('[scan]\nsocket = "/nowhere/clamd"\n', encoding="utf-8")

    done = _run(folder / "a.com", "--config", file, "--json")

    line = json.loads(done.output)
    assert done.exit_code == 0
    assert (line["verdict"], line["reason"], line["engine"]) == ("not_checked", "down", None)


def test_nothing_readable_is_a_wrong_call(config: Path, tmp_path: Path) -> None:
    """Where no input at all was readable the exit is 2, and each still has its line."""
    done = _run(tmp_path / "none", tmp_path / "nor", "--config", config, "--json")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 2
    assert [one["error"] for one in lines] == ["scan.absent", "scan.absent"]
