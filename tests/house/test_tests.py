"""The tests themselves: each says its promise, each stands where its room stands."""

from __future__ import annotations

import ast
import re
from pathlib import Path

_SENTENCE = re.compile(r"^\S[^\n]*[.。](?:\s*)$", re.DOTALL)


def _tests(sources: list[Path], root: Path) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for path in sources:
        if root / "tests" not in path.parents or not path.name.startswith("test_"):
            continue
        found.extend(
            (f"{path.relative_to(root)}::{node.name}", ast.get_docstring(node))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
        )
    return found


def test_every_test_states_its_promise_in_one_sentence(root: Path, sources: list[Path]) -> None:
    """Each test has a docstring of one sentence."""
    silent = [
        name
        for name, docstring in _tests(sources, root)
        if not docstring or not _SENTENCE.match(" ".join(docstring.split()))
    ]

    assert silent == []


def test_unit_tests_mirror_the_rooms(root: Path, sources: list[Path]) -> None:
    """Each folder in tests/unit is named after a room or a module of src/sekisho."""
    house = root / "src" / "sekisho"
    rooms = {path.name for path in house.iterdir() if path.is_dir()} | {
        path.stem for path in house.glob("*.py")
    }
    folders = {
        path.relative_to(root / "tests" / "unit").parts[0]
        for path in sources
        if root / "tests" / "unit" in path.parents
    }

    assert {folder.removesuffix(".py").removeprefix("test_") for folder in folders} <= rooms


def test_no_mocks(root: Path, sources: list[Path]) -> None:
    """No test replaces a part of the program by a mock."""
    name = "unittest.mock"
    here = Path(__file__).resolve()

    mocking = [
        str(path.relative_to(root))
        for path in sources
        if path.resolve() != here and name in path.read_text(encoding="utf-8")
    ]

    assert mocking == []


def test_nothing_is_skipped_in_silence(root: Path, sources: list[Path]) -> None:
    """A test that wants a component skips by `missing` alone, which fails where CI=true."""
    ways = re.compile(r"pytest\.(?:skip|importorskip|mark\.skip(?:if)?)\(")
    own = {Path("tests/missing.py"), Path("tests/browser/test_walk.py")}

    silent = [
        str(path.relative_to(root))
        for path in sources
        if path.relative_to(root) not in own and ways.search(path.read_text(encoding="utf-8"))
    ]

    assert silent == []
