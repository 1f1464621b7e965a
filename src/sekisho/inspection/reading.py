"""Reads one catalogue: everything that is wrong with it is said, with item and reason.

A file may come from anywhere: it is data, nothing in it is run, and what is not known is refused
rather than passed over, since a misspelt field would otherwise be a rule that nobody applies.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from sekisho.errors import Value
from sekisho.inspection.catalogue import KINDS, Catalogue, Item, Proof, Text

LARGEST = 1 << 20
"""Bytes of a file; the largest that comes with Sekisho has a tenth of it."""
MOST = 2000
"""Items of a catalogue."""
LISTED = 300
"""What one field lists at most."""
DAYS = range(1, 3661)
READ = ("text", "draft", "official-quote")
"""How an item is known whose very document was read."""
NOT_READ = ("other-edition", "restatement", "secondary", "recalled")
APPLIES = (
    "organization", "staff", "vendor", "server", "endpoint", "network", "application", "mail",
    "medical-device",
)  # fmt: skip
DUTIES = ("0", "1", "1-1", "1-2", "1-3", "1-4", "1-5", "2", "3", "6.2", "6.9", "6.11")
LANGUAGES = ("ja", "en")
_FILE = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,59}")
_SUBJECT = re.compile(r"[a-z0-9_]+(\.[A-Za-z0-9_-]+)*")
_URL = re.compile(r"https?://[\w!#$%&'()*+,./:;=?@~\[\]-]{1,400}", re.ASCII)
_DEEP = re.compile(rb"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){40}")
"""Keys of keys of keys…: the reader of TOML takes minutes for them, and no catalogue has any."""
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a file.

    Attributes:
        item: Id of the item, or its place where it has none; empty where it is the file's own.
        message: Id of the sentence.
    """

    file: str
    item: str
    message: str
    args: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What stands in a file.

    Attributes:
        name: The file, as it was given.
        book: What could be read of it, also where something is wrong; None where it is not TOML.
    """

    name: str
    book: Catalogue | None
    problems: tuple[Problem, ...]

    @property
    def catalogue(self) -> Catalogue | None:
        """Return the catalogue where nothing is wrong with the file itself."""
        return None if self.problems else self.book


def read(name: str, data: bytes | None) -> Reading:
    """Return what stands in `data`, the file of that `name`; None where it could not be opened."""
    reader = _Reader(name)
    tree = reader.tree(data)
    book = None if tree is None else reader.catalogue(tree)
    return Reading(name=name, book=book, problems=tuple(reader.problems))


class _Reader:
    """Reads fields one by one; a field that is wrong is a problem and reads as nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.item = ""
        self.problems: list[Problem] = []

    def wrong(self, why: str, **args: Value) -> None:
        message = f"inspection.check.{why}"
        self.problems.append(Problem(file=self.name, item=self.item, message=message, args=args))

    def tree(self, data: bytes | None) -> Mapping[str, Any] | None:
        if data is None:
            self.wrong("unreadable")
        elif len(data) > LARGEST:
            self.wrong("large", most=LARGEST)
        elif _DEEP.search(data):
            self.wrong("deep")
        else:
            try:
                return tomllib.loads(data.decode("utf-8"))
            except UnicodeDecodeError:
                self.wrong("not_utf8")
            except (ValueError, RecursionError) as error:
                self.wrong("not_toml", said=_shown(str(error), 200))
        return None

    def catalogue(self, tree: Mapping[str, Any]) -> Catalogue:
        self.known(tree, ("title", "edition", "dated", "source", "sheet", "english", "item"))
        identifier = PurePath(self.name).name.removesuffix(".toml")
        if not _FILE.fullmatch(identifier):
            self.wrong("file_name", field=_shown(identifier))
        dated = tree.get("dated")
        if dated is not None and type(dated) is not dt.date:
            self.wrong("date", field="dated")
            dated = None
        title, edition = self.text(tree, "title"), self.line(tree, "edition")
        source, sheet = (
            self.line(tree, "source"),
            self.one_of(tree, "sheet", ("hospital", "vendor")),
        )
        given = tree.get("item")
        if not isinstance(given, list) or not given or len(given) > MOST:
            self.wrong("no_items", most=MOST)
            given = []
        items = tuple(self.one(one, place) for place, one in enumerate(given, 1))
        return Catalogue(
            id=identifier, title=title, edition=edition, dated=dated, source=source,
            sheet=sheet or None, items=items, english=self.english(tree),
        )  # fmt: skip

    def english(self, tree: Mapping[str, Any]) -> Mapping[str, str]:
        given = tree.get("english", {})
        if not isinstance(given, dict):
            self.wrong("type", field="english", wants="table")
            return {}
        if len(given) > LISTED:
            self.wrong("listed", field="english", most=LISTED)
            return {}
        return {
            word: self.words(said, f"english.{_shown(word)}", 200)
            for word, said in given.items()
            if word.strip()
        }

    def one(self, tree: Any, place: int) -> Item:
        self.item = f"#{place}"
        if not isinstance(tree, dict):
            self.wrong("type", field="item", wants="table")
            tree = {}
        identifier = self.line(tree, "id", most=60)
        if identifier and not _ID.fullmatch(identifier):
            self.wrong("id", field=_shown(identifier))
            identifier = ""
        self.item = identifier or self.item
        self.known(tree, (
            "id", "number", "unsure_number", "section", "duty", "level", "title", "text", "note",
            "verified", "evidence", "url", "applies_to", "kinds", "maps_to", "changed", "proof",
            "lasts", "alone", "answered",
        ))  # fmt: skip
        url = self.line(tree, "url", needed=False)
        if url and not _URL.fullmatch(url):
            self.wrong("url")
        item = Item(
            id=identifier,
            number=self.line(tree, "number", most=40, needed=False),
            unsure_number=self.line(tree, "unsure_number", most=40, needed=False),
            section=self.line(tree, "section", needed=False),
            duty=self.one_of(tree, "duty", DUTIES, needed=True),
            level=self.one_of(tree, "level", ("must", "should")) or "must",
            title=self.text(tree, "title"),
            text=self.text(tree, "text"),
            note=self.text(tree, "note") if "note" in tree else {},
            verified=self.flag(tree, "verified", needed=True),
            evidence=self.one_of(tree, "evidence", (*READ, *NOT_READ), needed=True),
            url=url,
            applies_to=self.some(tree, "applies_to", APPLIES),
            kinds=self.some(tree, "kinds", KINDS),
            maps_to=self.some(tree, "maps_to"),
            changed=self.changes(tree),
            proofs=self.proofs(tree),
            lasts=self.days(tree, 365),
            alone=self.flag(tree, "alone"),
            answered=self.flag(tree, "answered", usual=True),
        )
        self.sense(item, tree)
        self.item = ""
        return item

    def sense(self, item: Item, tree: Mapping[str, Any]) -> None:
        """Find what each field allows and the item as a whole does not."""
        if item.verified and item.evidence in NOT_READ:
            self.wrong("verified_without_evidence", evidence=item.evidence)
        if "verified" in tree and not item.verified and item.evidence in READ:
            self.wrong("read_but_unverified", evidence=item.evidence)
        if item.number and (not item.verified or item.unsure_number):
            self.wrong("number_as_fact", number=item.number)
        if item.alone and not item.proofs:
            self.wrong("alone_without_proof")
        if not item.answered and item.proofs:
            self.wrong("heading_with_proof")
        if not item.applies_to:
            self.wrong("missing", field="applies_to")
        for other in item.changed.keys() - set(item.maps_to):
            self.wrong("changed_unmapped", other=other)

    def proofs(self, tree: Mapping[str, Any]) -> tuple[Proof, ...]:
        found: list[Proof] = []
        given = tree.get("proof", [])
        if not isinstance(given, list):
            self.wrong("type", field="proof", wants="array")
            return ()
        if len(given) > LISTED:
            self.wrong("listed", field="proof", most=LISTED)
            return ()
        for one in given:
            if not isinstance(one, dict):
                self.wrong("type", field="proof", wants="table")
                continue
            self.known(one, ("subject", "lasts", "part"))
            subject = self.line(one, "subject", most=80)
            if subject and not _SUBJECT.fullmatch(subject):
                self.wrong("subject", subject=subject)
            elif subject in {proof.subject for proof in found}:
                self.wrong("twice", field="proof", value=subject)
            found.append(Proof(subject=subject, lasts=self.days(one), part=self.flag(one, "part")))
        return tuple(found)

    def changes(self, tree: Mapping[str, Any]) -> Mapping[str, Text]:
        given = tree.get("changed", {})
        if not isinstance(given, dict):
            self.wrong("type", field="changed", wants="table")
            return {}
        return {other: self.text(given, other, "changed.") for other in given}

    def known(self, tree: Mapping[str, Any], fields: tuple[str, ...]) -> None:
        for name in tree.keys() - set(fields):
            self.wrong("unknown_field", field=_shown(name))

    def line(
        self, tree: Mapping[str, Any], name: str, *, most: int = 200, needed: bool = True
    ) -> str:
        if name not in tree:
            if needed:
                self.wrong("missing", field=name)
            return ""
        return self.words(tree[name], name, most, needed=needed)

    def words(self, given: Any, name: str, most: int, *, needed: bool = True) -> str:
        if not isinstance(given, str):
            self.wrong("type", field=name, wants="string")
        elif needed and not given.strip():
            self.wrong("missing", field=name)
        elif len(given) > most:
            self.wrong("long", field=name, most=most)
        elif _UNPRINTED.search(given):
            self.wrong("unprinted", field=name)
        else:
            return given.strip()
        return ""

    def text(self, tree: Mapping[str, Any], name: str, before: str = "") -> Text:
        shown = before + _shown(name)
        given = tree.get(name)
        if not isinstance(given, dict):
            self.wrong("missing" if given is None else "type", field=shown, wants="table")
            return {}
        for other in given.keys() - set(LANGUAGES):
            self.wrong("unknown_field", field=f"{shown}.{_shown(other)}")
        found = {}
        for language in LANGUAGES:
            if language in given:
                found[language] = self.words(given[language], f"{shown}.{language}", 1000)
            else:
                self.wrong("no_language", field=shown, language=language)
        return found

    def one_of(
        self, tree: Mapping[str, Any], name: str, known: tuple[str, ...], *, needed: bool = False
    ) -> str:
        given = self.line(tree, name, needed=needed)
        if given and given not in known:
            self.wrong("not_one_of", field=name, value=_shown(given), known=list(known))
            return ""
        return given

    def some(
        self, tree: Mapping[str, Any], name: str, known: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        given = tree.get(name, [])
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            self.wrong("type", field=name, wants="array")
            return ()
        if len(given) > LISTED:
            self.wrong("listed", field=name, most=LISTED)
            return ()
        for value in given:
            if known and value not in known:
                self.wrong("not_one_of", field=name, value=_shown(value), known=list(known))
        for value in {one for one in given if given.count(one) > 1}:
            self.wrong("twice", field=name, value=_shown(value))
        return tuple(given)

    def flag(
        self, tree: Mapping[str, Any], name: str, *, usual: bool = False, needed: bool = False
    ) -> bool:
        given = tree.get(name)
        if given is None and needed:
            self.wrong("missing", field=name)
        elif given is not None and not isinstance(given, bool):
            self.wrong("type", field=name, wants="boolean")
        return given if isinstance(given, bool) else usual

    def days(self, tree: Mapping[str, Any], usual: int | None = None) -> int:
        given = tree.get("lasts", usual)
        if given is None:
            self.wrong("missing", field="lasts")
        elif not isinstance(given, int) or isinstance(given, bool) or given not in DAYS:
            self.wrong("days", field="lasts", most=DAYS[-1])
        else:
            return given
        return 1


def _shown(said: str, most: int = 60) -> str:
    """Return what a file says as it can be shown: its start, without what moves other words."""
    return "".join(one if one.isprintable() else "�" for one in said[:most])
