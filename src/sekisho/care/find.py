"""What lies in the folders that were given: storages, files of messages, FHIR, lists."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sekisho.care.fhir.files import ENDINGS as RESOURCES
from sekisho.care.fhir.files import is_json
from sekisho.care.hl7.files import ENDINGS as MESSAGES
from sekisho.care.hl7.files import is_messages
from sekisho.care.ssmix2.names import is_root, not_standardised

NOT_THEIRS = ("~$", ".", "state.db")
"""What names begin with that no hospital put there: locks of Excel, hidden files, our own state."""


@dataclass(slots=True)
class Found:
    """What was found.

    Attributes:
        storages: Roots of SS-MIX2 storages; a volume is one.
        messages: What was given → its files of HL7 v2 messages.
        fhir: Files of FHIR resources.
        lists: Every other file that may be a list, and every file that was given by name.
        refused: Message and folder, or file → the files that are of SS-MIX2 and are not read.
        others: What lies in a folder and is none of it.
    """

    storages: list[Path] = field(default_factory=list)
    messages: dict[Path, list[Path]] = field(default_factory=dict)
    fhir: list[Path] = field(default_factory=list)
    lists: list[Path] = field(default_factory=list)
    refused: dict[tuple[str, Path], int] = field(default_factory=dict)
    others: list[Path] = field(default_factory=list)


def find(paths: Iterable[Path], endings: Collection[str], form: str = "auto") -> Found:
    """Return what lies at `paths`; a storage is not walked into.

    Args:
        paths: Files and folders.
        endings: Of files that may be lists.
        form: ``auto``, or what all of it is said to be.
    """
    found = Found()
    for path in paths:
        if path.is_dir():
            _walk(path, endings, form, found)
        elif form == "auto" and (message := not_standardised(path.name)):
            found.refused[message, path] = 1
        elif form == "hl7v2" or (form == "auto" and _may_be_messages(path)):
            found.messages.setdefault(path, []).append(path)
        elif form == "fhir" or (form == "auto" and is_json(path)):
            found.fhir.append(path)
        else:
            found.lists.append(path)
    return found


def _walk(top: Path, endings: Collection[str], form: str, found: Found) -> None:
    for here, folders, names in os.walk(top):
        folder = Path(here)
        if form in {"auto", "ssmix2"} and is_root(folder):
            found.storages.append(folder)
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = folder / name
            if name.startswith(NOT_THEIRS) or form == "ssmix2" or not path.is_file():
                continue
            if form in {"auto", "hl7v2"} and (message := not_standardised(name)):
                # There may be very many: a folder of them is one line.
                found.refused[message, folder] = found.refused.get((message, folder), 0) + 1
            elif form in {"auto", "hl7v2"} and _may_be_messages(path):
                found.messages.setdefault(top, []).append(path)
            elif form in {"auto", "fhir"} and path.suffix.lower() in RESOURCES:
                found.fhir.append(path)
            elif form not in {"hl7v2", "fhir"} and path.suffix.lower() in endings:
                found.lists.append(path)
            elif form == "auto":
                found.others.append(path)


def _may_be_messages(path: Path) -> bool:
    return path.suffix.lower() in MESSAGES and is_messages(path)
