"""What is written for people is true of the program: commands, headings, links."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path

import click
import pytest

from sekisho.cli.main import main

READMES = ("README.md", "README.en.md")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_INLINE = re.compile(r"`((?:sekisho|make) [^`]*)`")


def _headings(text: str) -> list[int]:
    return [len(found[1]) for found in re.finditer(r"^(#+) ", text, re.MULTILINE)]


def _commands(text: str) -> list[str]:
    shown = [
        line.split("  #")[0].strip()
        for language, block in _FENCE.findall(text)
        if language in {"sh", ""}
        for line in block.splitlines()
    ]
    return [command for command in [*shown, *_INLINE.findall(text)] if command.split()[:1] != []]


@pytest.fixture(scope="module")
def pages(root: Path, tracked: list[Path]) -> dict[str, str]:
    """Every Markdown page of the project, by its path."""
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in tracked
        if path.suffix == ".md" and not {"vendored", "fonts"} & set(path.parts)
    }


def test_both_readmes_have_the_same_bones(root: Path) -> None:
    """The Japanese and the English README have the same headings and the same commands."""
    japanese, english = ((root / name).read_text(encoding="utf-8") for name in READMES)

    assert _headings(japanese) == _headings(english)
    assert _FENCE.findall(japanese) == _FENCE.findall(english)


def test_the_first_screen_has_a_command_and_the_duties(root: Path) -> None:
    """Within 40 lines a README gives the first command and the table of duties."""
    for name in READMES:
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        assert "make demo" in lines[:20], name
        assert any(line.startswith("| ⑤") for line in lines[:40]), name


def test_every_make_target_named_exists(pages: dict[str, str], root: Path) -> None:
    """Each `make …` in a page is a target of the Makefile."""
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        (page, command.split()[1])
        for page, text in pages.items()
        for command in _commands(text)
        if command.split()[0] == "make" and len(command.split()) > 1
    }

    assert {(page, target) for page, target in named if target not in targets} == set()


def test_every_target_says_what_it_does(root: Path) -> None:
    """Each target of the Makefile has its line in the list that `make` alone prints."""
    makefile = (root / "Makefile").read_text(encoding="utf-8")

    assert re.findall(r"^([a-z-]+):(?!.*## )[^=]*$", makefile, re.MULTILINE) == []


def _wrong(command: str) -> str | None:
    """Return what is wrong with a `sekisho …` command line, None when it is one of the program."""
    words = command.split()[1:]
    node: click.Command = main
    while words and isinstance(node, click.Group):
        found = node.get_command(click.Context(node), words[0])
        if found is None:
            break
        node = found
        words.pop(0)
    if isinstance(node, click.Group) and words and not words[0].startswith(("-", "[", "…")):
        return f"no command {words[0]!r}"
    known = {option for each in node.params for option in each.opts}
    known |= {"--help", "--version"}
    for word in words:
        option = word.strip("[]").split("=")[0]
        if option.startswith("--") and option not in known:
            return f"no option {option!r}"
    return None


def test_every_command_named_exists(pages: dict[str, str]) -> None:
    """Each `sekisho …` in a page is a command of the program with options that it has."""
    wrong = {
        (page, command, _wrong(command))
        for page, text in pages.items()
        for command in _commands(text)
        if command.split()[0] == "sekisho" and page != "docs/roadmap.md" and _wrong(command)
    }

    assert wrong == set()


def test_every_link_inside_leads_somewhere(pages: dict[str, str], root: Path) -> None:
    """Each link of a page to another file leads to a file of the project."""
    dead = {
        (page, link)
        for page, text in pages.items()
        for link in _LINK.findall(text)
        if not re.match(r"[a-z]+:", link)
        and not ((root / page).parent / urllib.parse.unquote(link)).exists()
    }

    assert dead == set()


def test_decisions_are_numbered_without_a_gap(root: Path) -> None:
    """Decisions are numbered from 0001 on, and each ends with its consequences."""
    files = sorted((root / "docs" / "decisions").glob("*.md"))

    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    for path in files:
        assert "\nConsequences: " in path.read_text(encoding="utf-8"), path.name


def test_the_glossary_knows_every_word_of_the_vocabulary(root: Path) -> None:
    """Every room and every value of the shared vocabulary stands in the glossary."""
    from sekisho import terms  # noqa: PLC0415 (this test alone asks for the vocabulary)

    page = (root / "docs" / "glossary.md").read_text(encoding="utf-8")
    house = root / "src" / "sekisho"
    rooms = {path.parent.name for path in house.glob("*/__init__.py")}
    values = {name for name in terms.__all__ if name[0].isupper()}

    assert {word for word in rooms | values if f"`{word}`" not in page} == set()
