"""The map of the notice is true: every room, page and test in docs/duties.md exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import click
import pytest

_STATES = {"ある", "一部", "まだない"}
_NOTICE = {
    "0", "1", "1-1a", "1-1b", "1-1c", "1-2a", "1-2b", "1-3a", "1-3b", "1-3c", "1-3d",
    "1-4a", "1-4b", "1-5", "2a", "2b", "3", "注-6.2", "注-6.9", "注-6.11",
}  # fmt: skip


class Duty(NamedTuple):
    """One row of the map."""

    id: str
    sentence: str
    room: str
    page: str
    test: str
    state: str


@pytest.fixture(scope="module")
def duties(root: Path) -> list[Duty]:
    """Every row of docs/duties.md."""
    rows = []
    for line in (root / "docs" / "duties.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 6 and cells[0] not in {"id", "---"}:
            rows.append(Duty(*(cell.strip("`") for cell in cells)))
    return rows


def test_every_sentence_of_the_notice_has_its_row(duties: list[Duty]) -> None:
    """Each sentence of the notice stands in the map once, with one of three states."""
    assert sorted(duty.id for duty in duties) == sorted(_NOTICE)
    assert {duty.state for duty in duties} <= _STATES


def test_what_does_not_exist_claims_nothing(duties: list[Duty], root: Path) -> None:
    """A sentence that nothing serves yet names no room, page or test, and is on the road map."""
    plan = (root / "docs" / "roadmap.md").read_text(encoding="utf-8")
    for duty in duties:
        if duty.state == "まだない":
            assert (duty.room, duty.page, duty.test) == ("—", "—", "—"), duty
            assert f"`{duty.id}`" in plan, duty


def test_every_room_exists(duties: list[Duty], root: Path) -> None:
    """A room that the map names is a room of the program."""
    for duty in duties:
        if duty.state != "まだない":
            assert (root / "src" / "sekisho" / duty.room / "__init__.py").is_file(), duty


def test_every_page_exists(duties: list[Duty], root: Path) -> None:
    """A page that the map names is an address of the console; a command is one of the program."""
    from sekisho.cli.main import main  # noqa: PLC0415 (this test alone asks the program)

    code = "\n".join(
        path.read_text(encoding="utf-8")
        for room in ("console", "identity")
        for path in sorted((root / "src" / "sekisho" / room).rglob("*.py"))
    )
    for duty in duties:
        if duty.page.startswith("/"):
            assert f'"{duty.page}"' in code, duty
        elif duty.page != "—":
            words = duty.page.split()[1:]
            command = main.get_command(click.Context(main), words[0])
            assert command is not None, duty
            assert len(words) == 1 or words[1] in getattr(command, "commands", {}), duty


def test_every_test_exists(duties: list[Duty], root: Path) -> None:
    """A test that the map names is a test in that file."""
    for duty in duties:
        if duty.test == "—":
            continue
        file, name = duty.test.split("::")
        tree = ast.parse((root / file).read_text(encoding="utf-8"))
        names = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in names, duty


def test_what_is_partial_says_what_is_missing(duties: list[Duty], root: Path) -> None:
    """A sentence that is served in part has a remark that says what is missing."""
    page = (root / "docs" / "duties.md").read_text(encoding="utf-8")
    remarks = set(re.findall(r"^- \*\*([\w.-]+)\*\* ", page, re.MULTILINE))

    assert {duty.id for duty in duties if duty.state == "一部"} <= remarks
