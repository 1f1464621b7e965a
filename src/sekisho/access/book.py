"""The book of rights: everything that decides, as a handful of small text files.

``book.toml`` names classes, duty groups and which staff duty belongs to which;
``matrix.csv`` is the matrix; ``policies/*.cedar`` are written by hand; ``ALLOW/*.toml``
and ``DENY/*.toml`` are examples that must come out so. The whole is proposed, approved
and kept as one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sekisho.access.matrix import Clause, parse_cell, write_cell
from sekisho.access.records import Act, Relation, Situation
from sekisho.errors import Error, InvalidInputError

BOOK = "book.toml"
MATRIX = "matrix.csv"
_NAME = re.compile(
    r"(?:book\.toml|matrix\.csv|policies/[\w.-]+\.cedar|(?:ALLOW|DENY)/[\w.-]+\.toml)"
)
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
LARGEST = 1_000_000
"""Bytes of a whole book."""
MOST = 60
"""Groups, or classes: the table grows with their product."""

Files = Mapping[str, str]
"""Name → text of each file of a book."""
Text = Mapping[str, str]
"""``ja`` and ``en``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A class of information or a duty group, as people read it."""

    id: str
    name: Text
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What a duty of the staff list stands for.

    Attributes:
        care: Duty group as `care` reads it from the words of the list.
        groups: Groups that it gives.
        places: Of which a department's own duty stands instead.
    """

    care: str
    groups: tuple[str, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One question whose answer the institution has fixed.

    Attributes:
        where: File and number, for the message when it fails.
    """

    where: str
    allowed: bool
    text: Text
    groups: tuple[str, ...]
    classes: tuple[str, ...]
    act: Act
    situation: Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A book that was read.

    Attributes:
        digest: SHA-256 of the files it was read from, hex.
        duties: By the duty of `care`.
        kinds: Groups of ids that are no person's: ``shared``, ``vendor``, ``system``.
        matrix: (group, class) → what the cell says; silent cells are absent.
        policies: File name → Cedar text.
    """

    digest: str
    edition: str
    source: Text
    classes: tuple[Term, ...]
    groups: tuple[Term, ...]
    duties: Mapping[str, Duty]
    kinds: Mapping[str, tuple[str, ...]]
    matrix: Mapping[tuple[str, str], tuple[Clause, ...]]
    policies: Mapping[str, str]
    examples: tuple[Example, ...]


def digest(files: Files) -> str:
    """Return what tells two books apart: SHA-256 of all files, hex."""
    return hashlib.sha256(orjson.dumps(dict(files), option=orjson.OPT_SORT_KEYS)).hexdigest()


def read_book(files: Files) -> Book:
    """Return the book in `files`.

    Raises:
        InvalidInputError: A file is wrong; the message names it and the place.
    """
    strange = next((name for name in files if not _NAME.fullmatch(name)), None)
    if strange is not None:
        raise InvalidInputError("access.strange_file", file=strange[:80])
    missing = next((name for name in (BOOK, MATRIX) if name not in files), None)
    if missing is not None:
        raise InvalidInputError("access.file_missing", file=missing)
    if sum(len(text.encode()) for text in files.values()) > LARGEST:
        raise InvalidInputError("access.book_too_large", bytes=LARGEST)
    front = _toml(BOOK, files[BOOK])
    with _named(BOOK):
        classes, groups = _terms(front, "class"), _terms(front, "group")
        known = {term.id for term in groups}
        duties = {one["care"]: _duty(one, known) for one in front.get("duty", ())}
        kinds = {one["kind"]: _subset(one["groups"], known) for one in front.get("kind", ())}
        edition, source = str(front["edition"]), _text(front["source"])
    return Book(
        digest=digest(files),
        edition=edition,
        source=source,
        classes=classes,
        groups=groups,
        duties=duties,
        kinds=kinds,
        matrix=read_matrix(_rows(files[MATRIX]), known, {term.id for term in classes}),
        policies={name: text for name, text in sorted(files.items()) if name.endswith(".cedar")},
        examples=tuple(
            example
            for name, text in sorted(files.items())
            if name.startswith(("ALLOW/", "DENY/"))
            for example in _examples(name, text)
        ),
    )


def read_matrix(
    rows: Sequence[Sequence[str]], groups: set[str], classes: set[str]
) -> dict[tuple[str, str], tuple[Clause, ...]]:
    """Return the cells of a sheet: line 1 holds group ids, column 1 class ids.

    Column 2 and lines without an id in column 1 are for people and are not read.

    Raises:
        InvalidInputError: An id is unknown or stands twice, or a cell cannot be read;
            the message names line and column as a spreadsheet shows them.
    """
    if not rows or len(rows[0]) < 3:
        raise InvalidInputError("access.matrix_empty")
    heads = [cell.strip() for cell in rows[0]]
    columns = [(number, name) for number, name in enumerate(heads) if number > 1 and name]
    _ids([name for _, name in columns], groups, "access.matrix_group")
    lines = [(at, row) for at, row in enumerate(rows[1:], start=2) if row and row[0].strip()]
    _ids([row[0].strip() for _, row in lines], classes, "access.matrix_class")
    matrix = {}
    for at, row in lines:
        for number, group in columns:
            text = row[number] if number < len(row) else ""
            clauses = parse_cell(text, f"{_letters(number)}{at}")
            if clauses:
                matrix[group, row[0].strip()] = clauses
    return matrix


def matrix_rows(book: Book, language: str) -> list[list[str]]:
    """Return the sheet of `book`'s matrix, as `read_matrix` reads it."""
    return [
        ["class", "", *(group.id for group in book.groups)],
        ["", "", *(group.name[language] for group in book.groups)],
        *(
            [
                class_.id,
                class_.name[language],
                *(
                    write_cell(book.matrix.get((group.id, class_.id), ()), language)
                    for group in book.groups
                ),
            ]
            for class_ in book.classes
        ),
    ]


def with_cell(files: Files, group: str, class_: str, text: str) -> Files:
    """Return `files` with another text in one cell of the matrix; the rest stays as it is typed.

    Raises:
        InvalidInputError: There is no such group or class, or the text means nothing.
    """
    book = read_book(files)
    places = [term.id for term in book.groups], [term.id for term in book.classes]
    for name, known in zip((group, class_), places, strict=True):
        if name not in known:
            raise InvalidInputError("access.no_cell", id=name[:60])
    parse_cell(text)
    rows = _rows(files[MATRIX])
    heads = [cell.strip() for cell in rows[0]]
    if group not in heads:
        rows[0].append(group)
        heads.append(group)
    line = next((row for row in rows[1:] if row and row[0].strip() == class_), None)
    if line is None:
        line = [class_]
        rows.append(line)
    line += [""] * (len(heads) - len(line))
    line[heads.index(group)] = " ".join(text.split())
    return {**files, MATRIX: matrix_csv(rows)}


def matrix_csv(rows: Sequence[Sequence[str]]) -> str:
    """Return a sheet as the text of ``matrix.csv``."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _rows(text: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise InvalidInputError("access.not_read", file=MATRIX, reason=str(error)) from error


class _named:  # noqa: N801 (reads as a word)
    """Turns what a wrong file raises into an error that names the file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Error):
            return
        if isinstance(error, KeyError):
            raise InvalidInputError(
                "access.key_missing", file=self._file, key=str(error.args[0])
            ) from error
        if isinstance(error, (ValueError, TypeError, AttributeError)):
            raise InvalidInputError(
                "access.not_read", file=self._file, reason=str(error)[:200]
            ) from error


def _toml(name: str, text: str) -> dict[str, Any]:
    with _named(name):
        return tomllib.loads(text)


def _text(value: Any) -> Text:
    return {language: str(value[language]) for language in ("ja", "en")}


def _terms(front: Mapping[str, Any], kind: str) -> tuple[Term, ...]:
    terms = tuple(
        Term(id=str(one["id"]), name=_text(one["name"]), text=_text(one["text"]))
        for one in front[kind]
    )
    ids = [term.id for term in terms]
    wrong = next((name for name in ids if not _ID.fullmatch(name) or ids.count(name) > 1), None)
    if wrong is not None:
        raise InvalidInputError("access.bad_id", id=wrong[:60])
    if not 1 <= len(ids) <= MOST:
        raise InvalidInputError("access.too_many", count=len(ids), most=MOST)
    return terms


def _duty(one: Mapping[str, Any], known: set[str]) -> Duty:
    places = tuple(str(place) for place in one.get("places", ()))
    return Duty(care=str(one["care"]), groups=_subset(one["groups"], known), places=places)


def _subset(names: Sequence[str], known: set[str]) -> tuple[str, ...]:
    strange = next((name for name in names if name not in known), None)
    if strange is not None:
        raise InvalidInputError("access.unknown_group", group=str(strange)[:60])
    return tuple(names)


def _examples(name: str, text: str) -> Iterator[Example]:
    for number, one in enumerate(_toml(name, text).get("example", ()), start=1):
        where = f"{name} ({number})"
        with _named(where):
            yield Example(
                where=where,
                allowed=name.startswith("ALLOW/"),
                text=_text(one["text"]),
                groups=tuple(one["groups"]),
                classes=tuple(one["classes"]),
                act=Act(one["act"]),
                situation=Situation(
                    emergency=bool(one.get("emergency", False)),
                    out_of_hours=bool(one.get("out_of_hours", False)),
                    relation=Relation(one.get("relation", "unknown")),
                ),
            )


def _ids(names: Sequence[str], known: set[str], message: str) -> None:
    wrong = next((n for n in names if n not in known or names.count(n) > 1), None)
    if wrong is not None:
        raise InvalidInputError(message, id=wrong[:60], known=", ".join(sorted(known)))


def _letters(number: int) -> str:
    """Return the column's letters as a spreadsheet shows them (0 is A)."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
