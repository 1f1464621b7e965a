"""A file that is no table: its text, and the JSON or XML in it, read once and without trust."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from lxml import etree

from sekisho.care import Doubt
from sekisho.care.sheets import decode
from sekisho.errors import InvalidInputError
from sekisho.posture import addresses
from sekisho.posture.records import Machine

LARGEST = 256 * 1024 * 1024
DEEPEST = re.compile(rb"[\[{]{200}")
JSON_ENDINGS = frozenset({".json", ".ndjson", ".jsonl", ".cdx", ".spdx3"})


@dataclass(frozen=True, slots=True)
class Document:
    """One file.

    Attributes:
        path: As the person knows it.
        text: The whole text, in whatever encoding it was.
        data: The JSON in it, None where there is none; of JSON Lines a list.
        root: The XML in it, None where there is none.
    """

    path: Path
    text: str
    data: Any = None
    root: etree._Element | None = None

    def machine(self, host: str | None = None) -> tuple[Machine, list[Doubt]]:
        """Return the machine that the file is of: `host`, else the one that the file is named after.

        A file name is only believed where a machine of that host name is known.
        """
        named = addresses.host(host) if host else None
        if named:
            return Machine(hosts=(named,), key=f"host:{named}"[:200]), []
        stem = self.path.name.split(".", 1)[0]
        guessed = addresses.host(stem) or stem
        machine = Machine(hosts=(guessed,), key=f"host:{guessed}"[:200], only_known=True)
        return machine, [Doubt("posture.host_of_file", {"host": guessed})]


def open_document(path: Path, shown: Path) -> Document | None:
    """Return the file as a document, None where it is a workbook or too large to be one.

    Raises:
        InvalidInputError: It begins as JSON or XML and is none, or is no text.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] == b"PK" or head == b"\xd0\xcf\x11\xe0" or path.stat().st_size > LARGEST:
        return None
    text = decode(path.read_bytes()).removeprefix("\ufeff")
    begin = text.lstrip()[:1]
    if begin in {"{", "["}:
        data = _json(text)
        if data is None and shown.suffix.lower() not in JSON_ENDINGS:
            return Document(shown, text)  # a ledger may begin with 【 or [
        if data is None:
            raise InvalidInputError("posture.broken_json")
        return Document(shown, text, data=data)
    if begin == "<":
        return Document(shown, text, root=_xml(text))
    return Document(shown, text)


def _json(text: str) -> Any:
    raw = text.encode("utf-8", "replace")
    if DEEPEST.search(raw):
        raise InvalidInputError("posture.broken_json")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        lines = [orjson.loads(line) for line in raw.splitlines() if line.strip()]
    except orjson.JSONDecodeError:
        return None
    return lines or None


def _xml(text: str) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    plain = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        root = etree.fromstring(plain.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise InvalidInputError("posture.broken_xml") from error
    if root.getroottree().docinfo.internalDTD is not None and "<!ENTITY" in text:
        raise InvalidInputError("posture.broken_xml")
    return root


def piece(
    name: object,
    version: object = None,
    publisher: object = None,
    purl: object = None,
    distribution: str | None = None,
) -> dict[str, str | None]:
    """Return one piece of software; what is no text or empty is None."""
    return {
        "name": said(name),
        "publisher": said(publisher),
        "version": said(version),
        "purl": said(purl),
        "distribution": distribution,
    }


def said(value: object) -> str | None:
    """Return a text without its blanks, None where there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return (value.strip() or None) if isinstance(value, str) else None


def dicts(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, or the one object; what is none is left out."""
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
