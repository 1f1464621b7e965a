"""The examples: questions whose answers the institution has fixed. One that fails stops a change."""

from __future__ import annotations

from sekisho.access.book import Book, Example
from sekisho.access.table import Table


def failing(book: Book, table: Table) -> list[Example]:
    """Return the examples that `table` answers otherwise than they say."""
    return [
        example
        for example in book.examples
        if table.decide(example.groups, example.classes, example.act, example.situation).permitted
        is not example.allowed
    ]
