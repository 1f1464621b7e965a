"""Small books for the tests: what is shipped, changed in one place."""

from __future__ import annotations

from sekisho.access import Act, Book, Relation, Situation, Table, read_book
from sekisho.access.book import Files
from sekisho.access.build import build
from sekisho.access.files import shipped

KNOWN = Situation(relation=Relation.KNOWN)
UNRELATED = Situation(relation=Relation.NONE)
EMERGENCY = Situation(emergency=True, relation=Relation.NONE)


def changed(**parts: str | None) -> Files:
    """Return the shipped files with some replaced; None leaves one out.

    ``policy``, ``matrix``, ``book`` and ``allow`` name the files that they replace.
    """
    names = {
        "policy": "policies/house.cedar",
        "matrix": "matrix.csv",
        "book": "book.toml",
        "allow": "ALLOW/care.toml",
    }
    files = dict(shipped())
    for part, text in parts.items():
        files.pop(names[part], None)
        if text is not None:
            files[names[part]] = text
    return files


def with_policy(text: str) -> Book:
    """Return the shipped book with one more file of policies."""
    return read_book({**shipped(), "policies/own.cedar": text})


def small(matrix: str, policy: str = "") -> Book:
    """Return a book with two groups and two classes, without examples."""

    def term(kind: str, name: str) -> str:
        words = f'{{ ja = "{name}", en = "{name}" }}'
        return f'[[{kind}]]\nid = "{name}"\nname = {words}\ntext = {words}\n'

    front = 'edition = "1"\nsource = { ja = "試", en = "test" }\n' + "".join(
        term(kind, name)
        for kind, name in (
            ("class", "general"), ("class", "mental"), ("group", "doctor"), ("group", "clerk"),
        )
    )  # fmt: skip
    files = {"book.toml": front, "matrix.csv": matrix}
    return read_book({**files, "policies/own.cedar": policy} if policy else files)


def table(book: Book) -> Table:
    """Return the table of `book`."""
    return build(book, "test")


__all__ = ["EMERGENCY", "KNOWN", "UNRELATED", "Act", "changed", "small", "table", "with_policy"]
