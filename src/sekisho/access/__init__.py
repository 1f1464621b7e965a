"""Which duty may do what with which class of information, and why.

Duty: ② 情報の区分管理と、区分ごとの権限 (house.md section 2). Rights are a matrix that a
privacy officer reads, and Cedar policies; both are compiled into a table that is only
looked up. What nothing permits is refused, and what is forbidden stays forbidden.
"""

from sekisho.access.book import Book, Example, Term, read_book
from sekisho.access.changes import (
    Change,
    State,
    active,
    approve,
    book_of,
    change,
    changes,
    check,
    check_approval,
    check_proposal,
    check_refusal,
    current,
    files_of,
    propose,
    refuse,
    version_of,
    waiting,
)
from sekisho.access.duties import groups_of
from sekisho.access.records import Act, Decision, Effect, Relation, Situation
from sekisho.access.table import Table

__all__ = [
    "Act",
    "Book",
    "Change",
    "Decision",
    "Effect",
    "Example",
    "Relation",
    "Situation",
    "State",
    "Table",
    "Term",
    "active",
    "approve",
    "book_of",
    "change",
    "changes",
    "check",
    "check_approval",
    "check_proposal",
    "check_refusal",
    "current",
    "files_of",
    "groups_of",
    "propose",
    "read_book",
    "refuse",
    "version_of",
    "waiting",
]
