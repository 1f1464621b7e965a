"""`sekisho gate credential`: from standard input alone, listed without what it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.unit.cli.conftest import Call
from tests.unit.cli.test_services import GATE
from tests.unit.gate.conftest import template

from sekisho.app.installation import open_installation
from sekisho.cli.main import main

SECRET = "hi-mi-tsu-no-kotoba"
SET = ("gate", "credential", "set", "pacs", "--kind", "basic", "--user", "gate", "--by", "S1")


@pytest.fixture
def hospital(data: Path, template: Path) -> Path:
    """A hospital with a gate."""
    shutil.copytree(template, data, dirs_exist_ok=True)
    (data / "gate.toml").write_text(GATE, encoding="utf-8")
    return data


def _typed(hospital: Path, text: str, *words: str) -> tuple[int, str]:
    runner = CliRunner(env={"SEKISHO_LANG": "ja"})
    result = runner.invoke(main, [*words, "--data", str(hospital)], input=text)
    return result.exit_code, result.output


def test_it_is_read_from_standard_input_and_never_shown(sekisho: Call, hospital: Path) -> None:
    """Kept from one line of standard input; neither the answer, the list nor the record shows it."""
    code, said = _typed(hospital, SECRET + "\n", *SET)
    assert code == 0, said
    (listed,) = sekisho("gate", "credential", "list", "--json", "--data", hospital).lines
    assert (listed["system"], listed["kind"], listed["set_by"]) == ("pacs", "basic", "S1")
    shown = sekisho("gate", "credential", "list", "--data", hospital).out
    installation = open_installation(hospital)
    records = list(installation.reader().jsonl())
    installation.close()
    assert records[-1]["object"] == "gate/credential/pacs/set"
    assert SECRET not in said + shown + str(listed) + str(records)
    assert all(
        SECRET.encode() not in path.read_bytes() for path in hospital.rglob("*") if path.is_file()
    )

    removed = sekisho("gate", "credential", "remove", "pacs", "--by", "S1", "--data", hospital)
    assert removed.code == 0
    assert not sekisho("gate", "credential", "list", "--json", "--data", hospital).lines
    again = sekisho("gate", "credential", "remove", "pacs", "--by", "S1", "--data", hospital)
    assert again.code == 2


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("\n", SET, "合言葉が空"),
        (SECRET, (*SET[:3], "fhir", *SET[4:]), "gate.toml"),
        (SECRET, (*SET[:5], "header", *SET[6:]), "--header"),
    ],
)
def test_what_is_wrong_is_said_without_the_secret(
    hospital: Path, text: str, words: tuple[str, ...], said: str
) -> None:
    """An empty secret, an unknown system or a missing name ends with 2 and the mend."""
    code, answer = _typed(hospital, text, *words)
    assert code == 2
    assert said in answer
    assert SECRET not in answer


__all__ = ["template"]
