"""Which duty groups a person of the staff list belongs to, by the book's own mapping."""

from __future__ import annotations

import datetime as dt

from sekisho.access.book import Book
from sekisho.care import Person, Post
from sekisho.care.duties import duty_group
from sekisho.terms import UserKind


def groups_of(book: Book, person: Person | None, on: dt.date) -> tuple[str, ...]:
    """Return the groups of `person` on the local day `on`, sorted; empty where there is none.

    Each post of that day counts (兼務). An id that is nobody's (shared, vendor, system)
    has the groups of its kind, whatever duty stands beside it. Who is not in the staff
    list, or has no post on that day, is in no group and so is refused.
    """
    if person is None:
        return ()
    posts = [
        post for post in person.posts if (post.valid_from or on) <= on <= (post.valid_to or on)
    ]
    if not posts:
        return ()
    if person.kind is not UserKind.PERSON:
        return tuple(sorted(book.kinds.get(person.kind, ())))
    return tuple(sorted({group for post in posts for group in _of_post(book, post)}))


def _of_post(book: Book, post: Post) -> tuple[str, ...]:
    own = book.duties.get(duty_group(post.duty, None))
    if own is None:
        return ()
    place = duty_group(None, post.department)
    return book.duties[place].groups if place in own.places and place in book.duties else own.groups
