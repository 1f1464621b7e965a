"""Files and functions stay small enough to read in one sitting."""

from __future__ import annotations

import ast
from pathlib import Path

MODULE = 500
FUNCTION = 70


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    first = node.body[0]
    inside = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    docstring: range = range(0)
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        docstring = range(first.lineno, (first.end_lineno or first.lineno) + 1)
    return sum(
        1
        for number in inside
        if number not in docstring
        and lines[number - 1].strip()
        and not lines[number - 1].strip().startswith("#")
    )


def test_no_module_is_longer_than_500_lines(root: Path, sources: list[Path]) -> None:
    """No Python file has more than 500 lines."""
    long = {
        str(path.relative_to(root)): count
        for path in sources
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MODULE
    }

    assert long == {}


def test_no_function_has_more_than_70_lines_of_code(root: Path, sources: list[Path]) -> None:
    """No function of the program has more than 70 lines of code, docstring and comments aside."""
    long: dict[str, int] = {}
    for path in sources:
        if root / "src" not in path.parents:
            continue
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = _code_lines(node, text.splitlines())
                if count > FUNCTION:
                    long[f"{path.relative_to(root)}:{node.name}"] = count

    assert long == {}
