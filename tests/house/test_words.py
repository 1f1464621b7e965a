"""Every sentence has both languages, and every id in the code has its sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from sekisho.pages.words import LANGUAGES, catalogue

_ID = re.compile(r"^[a-z]+(?:\.[a-z0-9_]+)+$")
_PLACE = re.compile(r"%\((\w+)\)[-#0 +]*\d*(?:\.\d+)?[sdf]")
_ERRORS = {
    "Error",
    "InvalidInputError",
    "RefusedError",
    "TamperError",
    "ConflictError",
    "UnavailableError",
}
_ID_ARGUMENTS = {"message", "action", "mend_id"}


def _literal_ids(tree: ast.AST) -> Iterator[tuple[str, set[str] | None, bool]]:
    """Yield (id, names of the values given or None, whether it is a Finding's)."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else None
        name = node.func.id if isinstance(node.func, ast.Name) else name
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if name in _ERRORS and node.args and isinstance(node.args[0], ast.Constant):
            known = None if None in keywords else {str(key) for key in keywords}
            yield str(node.args[0].value), known, False
        if name == "say" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            yield str(node.args[1].value), None, False
        for key in _ID_ARGUMENTS & {str(key) for key in keywords}:
            value = keywords[key]
            text = value.value if isinstance(value, ast.Constant) else None
            if isinstance(text, str) and _ID.match(text):
                yield text, None, name == "Finding" and key == "message"


@pytest.fixture(scope="module")
def used(root: Path, tracked: list[Path]) -> list[tuple[str, str, set[str] | None, bool]]:
    """Every id that code or a template names in plain text, with its file."""
    found: list[tuple[str, str, set[str] | None, bool]] = []
    for path in tracked:
        if root / "src" not in path.parents:
            continue
        where = str(path.relative_to(root))
        if path.suffix == ".py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found.extend((where, *entry) for entry in _literal_ids(tree))
        elif path.suffix == ".html":
            text = path.read_text(encoding="utf-8")
            found.extend(
                (where, message, None, False)
                for message in re.findall(r"\bt\(\s*[\"']([\w.]+)[\"']\s*[,)]", text)
            )
    return found


def test_both_languages_say_the_same_ids() -> None:
    """Japanese and English hold the same ids."""
    japanese, english = (set(catalogue(language)) for language in LANGUAGES)

    assert japanese ^ english == set()


def test_both_languages_name_the_same_values() -> None:
    """A sentence names the same values in both languages."""
    japanese, english = (catalogue(language) for language in LANGUAGES)

    different = {
        message
        for message in set(japanese) & set(english)
        if set(_PLACE.findall(japanese[message])) != set(_PLACE.findall(english[message]))
    }

    assert different == set()


def test_no_catalogue_has_an_empty_or_fuzzy_sentence(root: Path) -> None:
    """No id stands in a catalogue without its sentence, or with a doubtful one."""
    unfinished = [
        f"{path.name}: {entry.id}"
        for path in sorted((root / "src/sekisho/pages/words").glob("*.po"))
        for entry in _entries(path)
        if entry.id and (not entry.string or entry.fuzzy)
    ]

    assert unfinished == []


def _entries(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return list(read_po(file))


def test_every_id_in_use_has_its_sentence(
    used: list[tuple[str, str, set[str] | None, bool]],
) -> None:
    """Every id that code or a template names has a sentence in both languages."""
    for language in LANGUAGES:
        words = catalogue(language)
        assert {(where, message) for where, message, _, _ in used if message not in words} == set()


def test_every_finding_has_its_second_line(
    used: list[tuple[str, str, set[str] | None, bool]],
) -> None:
    """A Finding's sentence has a second line that says why."""
    words = catalogue("ja")

    assert {m for _, m, _, finding in used if finding and f"{m}.why" not in words} == set()


def test_errors_give_every_value_their_sentence_names(
    used: list[tuple[str, str, set[str] | None, bool]],
) -> None:
    """Where an error is raised, every value its sentence names is given."""
    words = catalogue("ja")
    missing = {
        (where, message, name)
        for where, message, given, _ in used
        if given is not None
        for name in _PLACE.findall(words.get(message, ""))
        if name not in given and f"{name}_id" not in given
    }

    assert missing == set()


def test_no_template_speaks_by_itself(root: Path) -> None:
    """A template holds no Japanese, not even a comma: its words are in the catalogues."""
    japanese = re.compile(r"[\u3001-\u30ff\u3400-\u9fff\uff00-\uffef]+")
    found = [
        (path.name, text)
        for path in sorted((root / "src/sekisho/pages/templates").rglob("*.html"))
        for text in japanese.findall(path.read_text(encoding="utf-8"))
        if text != "日本語"  # the button that leads to it
    ]

    assert found == []
