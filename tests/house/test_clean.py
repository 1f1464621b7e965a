"""The project speaks of itself alone: no machine's path, no server of anybody's packages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home)/\w")
# Written in pieces, so that this file does not find itself.
_HOSTS = re.compile(
    r"|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("deb", "debian", "org"),
            ("archive", "ubuntu", "com"),
            ("crates", "io"),
        )
    )
)
_TEXT = {
    ".py", ".sh", ".md", ".toml", ".txt", ".html", ".css", ".js", ".sql", ".po", ".svg", ".service",
    ".xml", ".json", ".yaml", ".yml", ".cfg", "",
}  # fmt: skip


def _text_files(tracked: list[Path]) -> list[Path]:
    return [
        path
        for path in tracked
        if path.suffix in _TEXT and not {"vendored", "fonts"} & set(path.parts)
    ]


def test_no_file_names_a_path_of_one_machine(root: Path, tracked: list[Path]) -> None:
    """No file names a folder that exists on one person's machine only."""
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in _text_files(tracked)
        for match in _PATHS.finditer(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_no_file_names_a_package_server(root: Path, tracked: list[Path]) -> None:
    """No file names a server of packages: which one is used is the machine's own setting."""
    found = [
        f"{path.relative_to(root)}: {match[0]}"
        for path in _text_files(tracked)
        for match in _HOSTS.finditer(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_locks_pin_every_package_by_hash(root: Path) -> None:
    """Every line of a lock that names a package is followed by at least one SHA-256."""
    for lock in sorted((root / "requirements").glob("*.txt")):
        blocks = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"))
        for block in blocks:
            assert re.match(r"[A-Za-z0-9._-]+==", block), f"{lock.name}: {block[:40]}"
            assert "--hash=sha256:" in block, f"{lock.name}: {block[:40]}"


def test_locks_hold_every_dependency(root: Path) -> None:
    """The locks hold every dependency that pyproject.toml names."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    run, more = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    spark = project["project"]["optional-dependencies"]["spark"]
    wanted = {"run": run, "dev": [*run, *more], "spark": [*run, *more, *spark]}
    for name, lines in wanted.items():
        lock = (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        locked = {line.split("==")[0] for line in lock.splitlines() if "==" in line[:80]}
        names = {re.split(r"[\[<>=!~; ]", line)[0].lower().replace("_", "-") for line in lines}
        assert names <= locked


def test_every_dependency_has_its_sentence(root: Path) -> None:
    """Every dependency stands with one sentence in the decision about dependencies."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extra = project["project"]["optional-dependencies"].values()
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    lines += [line for each in extra for line in each]
    page = (root / "docs" / "decisions" / "0003-dependencies.md").read_text(encoding="utf-8")
    said = {
        name
        for row in re.findall(r"^\| (`[^|]+`) \|[^|]{15,}\|", page, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row)
    }

    assert {re.split(r"[\[<>=!~; ]", line)[0] for line in lines} == said
