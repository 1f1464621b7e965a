"""Whose line it is: an id of the staff list, or a name that exactly one of its ids bears.

Two 佐藤 are never guessed; under 当直医, or beside the word 看護師, one is certain where the other
is none. A name cut short (佐藤太, 佐藤(一), the surname alone) is somebody's
only where one alone of the ward's staff can be meant.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sekisho.care.dates import overlap
from sekisho.care.duties import calling
from sekisho.care.places import name_key, place_key, places
from sekisho.care.roster.grid import Line
from sekisho.care.ties import bare

_TITLES = re.compile(
    r"(?:総|副|主任|病棟)?(?:看護)?(?:師長|主任|科長|係長|部長|課長|医長|室長|院長|技師長|科部長)(?:補佐)?|(?:看護|助産|保健|医|薬剤|准看護)師|先生|ドクター|dr\.?|さん|様|氏|リーダー|研修医|専攻医|補助者?|助手|クラーク|新人|応援|\d年目"
)
_MARKS = re.compile(r"[★☆●○◎※*＊■□◆◇▲△▼♪!#]|[①-⑳]")  # noqa: RUF001 (as written)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose a line is.

    Attributes:
        user_id: None where it is not certain; then `among` are the ids that it may be.
        doubt: ``unlisted``: the id is in no staff list; ``other_name``: the list names
            another person for the id; None where nothing is to be said.
    """

    user_id: str | None
    among: tuple[str, ...] = ()
    doubt: str | None = None


@dataclass(slots=True)
class _Person:
    user_id: str
    names: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    callings: set[str | None] = field(default_factory=set)


class Staff:
    """The people of the staff list in one period."""

    def __init__(self, posts: Iterable[Any], first: dt.date, last: dt.date) -> None:
        people: dict[str, _Person] = {}
        for post in posts:
            if not overlap(post.valid_from, post.valid_to, first, last):
                continue
            one = people.setdefault(post.user_id, _Person(post.user_id))
            for name in (post.name, post.kana):
                if name:
                    one.whole.add(name_key(name))
                    one.names.add(re.sub(r"\s+", " ", name.strip()))
            one.places.update(places(post.department, post.ward))
            one.callings.add(calling(post.duty))
        self._people = people
        self._bare: dict[str, set[str]] = {}
        self._near: dict[str, list[_Person]] = {}
        self._named: dict[str, set[str]] = {}
        for user_id, one in people.items():
            self._bare.setdefault(bare(user_id).casefold(), set()).add(user_id)
            for name in one.whole:
                self._named.setdefault(name, set()).add(user_id)

    def has_place(self, key: str) -> bool:
        """Return whether anybody has a post at the place."""
        return any(_is_near(key, one.places) for one in self._people.values())

    def whose(self, line: Line, place: str | None, answers: Mapping[str, str]) -> Whose:
        """Return whose `line` is.

        Args:
            line: As written.
            place: The ward or the department.
            answers: `asked_as` of a line → id that a person gave.
        """
        if line.user_id is not None:
            return self._by_id(line.user_id, line.name)
        if line.name is None:
            return Whose(None)
        if (said := answers.get(asked_as(line))) is not None:
            return Whose(said)
        whole_house = line.slot is not None and line.place == line.slot
        here = None if whole_house else place_key(line.place or place)
        near = self._at(here) if here else []
        key = name_key(line.name)
        short = name_key(_bared(line.name))
        for each in dict.fromkeys((key, short)):
            found = self._named.get(each, set())
            if found:
                return self._narrowed(found, near, line)
        among = [one for one in near if _may_be(line.name, one)]
        if (
            not near and here is None
        ):  # the whole house is a wider net: one alone there is one alone here
            among = [one for one in self._people.values() if _may_be(line.name, one)]
        return self._only([one.user_id for one in among], line)

    def _at(self, place: str) -> list[_Person]:
        if place not in self._near:
            self._near[place] = [
                one for one in self._people.values() if _is_near(place, one.places)
            ]
        return self._near[place]

    def _by_id(self, written: str, name: str | None) -> Whose:
        same = (
            {written}
            if written in self._people
            else self._bare.get(bare(written).casefold(), set())
        )
        if len(same) != 1:
            return Whose(written, doubt="unlisted" if self._people else None)
        user_id = next(iter(same))
        names = self._people[user_id].whole
        if name and names and not _may_be(name, self._people[user_id]):
            return Whose(user_id, doubt="other_name")
        return Whose(user_id)

    def _narrowed(self, found: set[str], near: Sequence[_Person], line: Line) -> Whose:
        if len(found) > 1:
            here = {one.user_id for one in near} & found
            found = here or found
        return self._only(sorted(found), line)

    def _only(self, found: Sequence[str], line: Line) -> Whose:
        if len(found) > 1 and (said := calling(line.calling)) is not None:
            found = [one for one in found if said in self._people[one].callings] or found
        if len(found) == 1 and line.again == 1:
            return Whose(found[0])
        return Whose(None, tuple(sorted(found)))


def asked_as(line: Line) -> str:
    """Return the form in which a written name is asked about and its answer kept."""
    key = name_key(line.name or "")
    return key if line.again == 1 else f"{key}#{line.again}"


def _is_near(here: str, theirs: set[str]) -> bool:
    return here in theirs or any(
        len(here) > 1 and (each.endswith(here) or each.startswith(here)) for each in theirs
    )


def _bared(name: str) -> str:
    """Return a written name without titles and marks; 「佐藤(一)」 keeps its bracket."""
    return _TITLES.sub("", _MARKS.sub("", name)).strip() or name


def _may_be(written: str, one: _Person) -> bool:
    """Return whether a written name may be cut from one of the names of `one`."""
    text = _bared(written)
    found = re.fullmatch(r"(.+?)\s*[(\[]\s*(.+?)\s*[)\]]?", text)
    key = name_key(text)
    for name in one.names:
        whole = name_key(name)
        surname, _, given = name.partition(" ")
        surname, given = name_key(surname), name_key(given)
        if key == whole:
            return True
        if found is not None:
            first, rest = name_key(found[1]), name_key(found[2])
            given = given or whole.removeprefix(first)
            if whole.startswith(first) and rest and given.startswith(rest):
                return True
            continue
        if given and (key == surname or (key.startswith(surname) and whole.startswith(key))):
            return True
        if not given and len(key) >= 2 and whole.startswith(key):
            return True
        parts = re.fullmatch(r"(.+?)[\s.・](.+)", text.casefold())
        if (
            parts
            and given
            and name_key(parts[1]) == surname
            and given.startswith(name_key(parts[2]))
        ):
            return True
    return False
