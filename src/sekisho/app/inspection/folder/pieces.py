"""What goes into the folder for the day, and what is missing in it.

Each source gives pieces, made only when they are asked for, so that what will be in the
folder can be shown before it is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from sekisho.app.history import today
from sekisho.app.inspection.editions import shelf_of
from sekisho.app.inspection.folder.proofs import proofs_json, proofs_page
from sekisho.app.inspection.gather import sheet_of
from sekisho.app.inspection.paper import page_of, printed
from sekisho.app.installation import Installation
from sekisho.errors import TamperError
from sekisho.pages.words import say

if TYPE_CHECKING:
    from sekisho.inspection import Sheet

GROUPS = ("sheet", "proofs", "register", "files", "record")
MOST = 200 << 20
"""Bytes of files that were laid beside the register; of more, the rest is named as missing."""
NEEDED = ("contacts", "rules", "vendors", "vendor_sheets", "responsible", "bcp")
"""Lists of the register that an inspection asks for: an empty one is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file of the folder.

    Attributes:
        name: Its path there, in plain letters.
        group: One of `GROUPS`.
        title: What it is, in the folder's language.
        make: Gives its bytes.
    """

    name: str
    group: str
    title: str
    make: Callable[[], bytes]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that an inspection may ask for and that is not in the folder, or not yet whole."""

    message: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be in the folder."""

    pieces: tuple[Piece, ...]
    missing: tuple[Missing, ...]
    sheets: tuple[Sheet, ...]


def plan(installation: Installation, language: str) -> Plan:
    """Return what will be in the folder, and what is missing."""
    sheets = _sheets(installation)
    found = [
        *_papers(installation, sheets, language),
        *_issued(installation, language),
        *_register(installation, language),
        *_record(installation, language),
    ]
    pieces = tuple(one for one in found if isinstance(one, Piece))
    missing = [*_unanswered(sheets, language), *(m for m in found if isinstance(m, Missing))]
    return Plan(pieces=pieces, missing=tuple(missing), sheets=tuple(sheets))


def _sheets(installation: Installation) -> list[Sheet]:
    """Return the institution's sheet, and every other catalogue in which something was answered."""
    from sekisho.inspection.issued import year_of  # noqa: PLC0415 (slow to import)

    books = shelf_of(installation).books
    own = [one for one in books.values() if one.sheet == "hospital"]
    newest = max(own, key=lambda one: year_of(one) or 0).id if own else None
    sheets = [sheet_of(installation, one) for one in books if one != newest]
    begun = [one for one in sheets if any(line.answer for line in one.every)]
    return ([sheet_of(installation, newest)] if newest else []) + begun


def _papers(installation: Installation, sheets: list[Sheet], language: str) -> Iterator[Piece]:
    for sheet in sheets:
        name, title = sheet.catalogue.id, sheet.catalogue.title[language]
        page = page_of(installation, sheet, language)
        for form in ("pdf", "xlsx"):
            yield Piece(
                name=f"sheet/{name}.{form}",
                group="sheet",
                title=f"{title}（{form.upper()}）"
                if language == "ja"
                else f"{title} ({form.upper()})",
                make=partial(printed, page, form),
            )
        yield Piece(
            name=f"proofs/{name}.html",
            group="proofs",
            title=say(language, "folder.proofs.of", title=title),
            make=partial(proofs_page, page),
        )
        yield Piece(
            name=f"proofs/{name}.json",
            group="proofs",
            title=say(language, "folder.proofs.data", title=title),
            make=partial(proofs_json, installation, sheet),
        )  # fmt: skip
        yield Piece(
            name=f"proofs/{name}.oscal.json",
            group="proofs",
            title=say(language, "folder.oscal", title=title),
            make=partial(_oscal, installation, name, language),
        )


def _issued(installation: Installation, language: str) -> Iterator[Piece | Missing]:
    """Yield the issued workbook as it was filled last."""
    from sekisho.app.inspection.issued import last_issued  # noqa: PLC0415 (slow to import)

    try:
        found = last_issued(installation)
    except TamperError as error:
        yield Missing(message=error.message, args=error.values())
        return
    if found is None:
        yield Missing(message="folder.missing.issued")
        return
    name, day, content = found
    yield Piece(
        name="sheet/issued.xlsx",
        group="sheet",
        title=say(language, "folder.issued", name=name, day=day),
        make=lambda: content,
    )


def _oscal(installation: Installation, catalogue: str, language: str) -> bytes:
    from sekisho.app.inspection.oscal import results_of  # noqa: PLC0415 (slow to import)

    return orjson.dumps(results_of(installation, catalogue, language), option=orjson.OPT_INDENT_2)


def _unanswered(sheets: list[Sheet], language: str) -> Iterator[Missing]:
    from sekisho.inspection import Standing  # noqa: PLC0415 (slow to import)

    for sheet in sheets:
        title = sheet.catalogue.title[language]
        for standing in (Standing.OPEN, Standing.CONFIRM):
            lines = [one.item.number or one.item.title[language] for one in sheet.lines if one.standing is standing]  # fmt: skip
            if lines:
                yield Missing(message=f"folder.missing.{standing.value}", args={"title": title, "items": lines})  # fmt: skip


def _register(installation: Installation, language: str) -> Iterable[Piece | Missing]:
    from sekisho.app.inspection.register.lists import exported  # noqa: PLC0415 (slow to import)
    from sekisho.inspection import register  # noqa: PLC0415 (same)

    counts = register.counts(installation.database)
    room = [MOST]
    for name in register.PARTS:
        title = say(language, f"register.part.{name}")
        if not counts.get(name):
            if name in NEEDED:
                yield Missing(message="folder.missing.list", args={"title": title})
            continue
        yield Piece(
            name=f"register/{name}.xlsx",
            group="register",
            title=say(language, "folder.list", title=title, count=f"{counts[name]:,}"),
            make=partial(exported, installation, name, "xlsx", language=language),
        )
        if name == "contacts":
            yield Piece(
                name="register/contact-chart.pdf",
                group="register",
                title=say(language, "folder.chart"),
                make=partial(_chart, installation, language),
            )
        if name == "vendor_sheets":
            yield from _answered(installation, title, language)
        yield from _attached(installation, name, title, room, language)


def _chart(installation: Installation, language: str) -> bytes:
    from sekisho.app.inspection.register.chart import chart_of  # noqa: PLC0415 (slow to import)
    from sekisho.paper.contacts import contact_chart  # noqa: PLC0415 (same)

    return contact_chart(chart_of(installation, language=language), say=say)


def _answered(installation: Installation, title: str, language: str) -> Iterator[Piece]:
    """Give what each vendor answered, item by item, as the vendor's word."""
    from sekisho.app.inspection.register.sheets import answers_workbook  # noqa: PLC0415 (slow to import)
    from sekisho.inspection import register  # noqa: PLC0415 (same)

    for one in register.lines(installation.database, "vendor_sheets", today=today(installation)):
        if one.told.get("answers"):
            yield Piece(
                name=f"register/vendor_sheets-{one.id}.xlsx",
                group="register",
                title=f"{title} {one.told['vendor']} {one.told['system']}",
                make=partial(answers_workbook, installation, one, language),
            )


def _attached(
    installation: Installation, part: str, title: str, room: list[int], language: str
) -> Iterable[Piece | Missing]:
    """Yield the files beside a list's lines, as they came; what a scanner found something in is not there."""
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)
    from sekisho.inspection.register.files import content, files  # noqa: PLC0415 (same)

    database, data = installation.database, installation.data

    def body(line: int, identifier: int) -> bytes:
        return content(database, data, line, identifier)[1]

    for line in register.lines(database, part, today=today(installation)):
        for one in files(database, line.id):
            if one.gone_at is not None or one.verdict == "found":
                continue
            if one.size > room[0]:
                yield Missing(message="folder.missing.large", args={"name": one.name})
                continue
            room[0] -= one.size
            end = re.sub(r"[^a-z0-9]", "", one.name.rsplit(".", 1)[-1].lower())[:8] or "bin"
            unchecked = "" if one.verdict == "clean" else say(language, "folder.unchecked")
            yield Piece(
                name=f"files/{part}-{line.id}-{one.id}.{end}",
                group="files",
                title=f"{title} {one.name}",
                make=partial(body, line.id, one.id),
                note=unchecked,
            )


def _record(installation: Installation, language: str) -> Iterator[Piece]:
    from sekisho.app.proofs import latest_evidence  # noqa: PLC0415 (slow to import)

    def state() -> bytes:
        reader = installation.reader()
        verified = latest_evidence(installation.database, "ledger.verified")
        told = {
            "size": reader.size(),
            "fingerprint": reader.fingerprint(),
            "verified_at": verified and verified.checked_at.isoformat(),
            "verified": verified and verified.result.value,
        }
        return orjson.dumps(told, option=orjson.OPT_INDENT_2)

    yield Piece(
        name="record/checkpoint.txt",
        group="record",
        title=say(language, "folder.checkpoint"),
        make=lambda: installation.reader().checkpoint().encode(),
    )
    yield Piece(
        name="record/state.json",
        group="record",
        title=say(language, "folder.state"),
        make=state,
    )
