"""The tree and its names: 患者ID_診療日_データ種別_オーダNo_発生日時_診療科コード_フラグ."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sekisho.care.records import What

_DAY = re.compile(r"\d{8}")
_DEPTH = 4
"""Folders below the one given in which roots are looked for: volumes, 標準化ストレージ."""
_LOOKED = 40
"""Folders of one level that are looked into before it is said that this is no storage."""

ADT: dict[str, tuple[str, frozenset[str]]] = {
    "ADT-00": ("A08", frozenset({"A23"})),
    "ADT-01": ("A54", frozenset({"A55"})),
    "ADT-12": ("A04", frozenset({"A11"})),
    "ADT-21": ("A14", frozenset({"A27"})),
    "ADT-22": ("A01", frozenset({"A11"})),
    "ADT-31": ("A21", frozenset({"A52"})),
    "ADT-32": ("A22", frozenset({"A53"})),
    "ADT-41": ("A15", frozenset({"A26"})),
    "ADT-42": ("A02", frozenset({"A12"})),
    "ADT-51": ("A16", frozenset({"A25"})),
    "ADT-52": ("A03", frozenset({"A13"})),
}
"""Kind of data → the trigger it stands for, and the triggers that take it back."""

ORDERS: dict[str, tuple[str, What]] = {
    "OMD": ("order", What.DIET),
    "OMP-01": ("order", What.PRESCRIPTION),
    "OMP-11": ("given", What.PRESCRIPTION),
    "OMP-02": ("order", What.INJECTION),
    "OMP-12": ("given", What.INJECTION),
    "OML-01": ("order", What.LAB),
    "OML-11": ("result", What.LAB),
    "OMG-01": ("order", What.IMAGING),
    "OMG-11": ("result", What.IMAGING),
    "OMG-02": ("order", What.ENDOSCOPY),
    "OMG-12": ("result", What.ENDOSCOPY),
    "OMG-03": ("order", What.PHYSIOLOGY),
    "OMG-13": ("result", What.PHYSIOLOGY),
    "PPR-01": ("problem", What.OTHER),
}
KINDS = frozenset(ADT) | frozenset(ORDERS)
"""Kinds of data that tell care; the others (ADT-61 allergies, 拡張 …) are not walked into."""


class Name(NamedTuple):
    """A file's name, taken apart.

    Attributes:
        stem: All but the flag: what stays when the file is renamed.
        sent: 発生日時, 17 digits.
        flag: 1 stands, 2 was replaced, 0 was deleted.
    """

    text: str
    stem: str
    patient_id: str
    day: str
    kind: str
    number: str
    sent: str
    department: str
    flag: int

    @property
    def numbered(self) -> bool:
        """Return whether オーダNo is one: nines and zeros fill the place of none."""
        return bool(self.number.strip("9") and self.number.strip("0"))


_TRANSACTION = re.compile(r"TR_\d{17}_\d+\.DAT", re.IGNORECASE)
_INDEX = re.compile(r"SSMIXIDX", re.IGNORECASE)


def not_standardised(text: str) -> str | None:
    """Return the message that names what a file of SS-MIX2 is that is no 標準化ストレージ; None: none.

    A トランザクションストレージ (``TR_….DAT``: INS and DEL with a message each) must not be taken for
    a file of messages: what it deletes would stand. The layout of its header is not at hand.
    """
    if _TRANSACTION.fullmatch(text):
        return "care.ssmix2.transaction"
    return "care.ssmix2.index" if _INDEX.match(text) else None


def is_extended(root: Path, most: int = _LOOKED) -> bool:
    """Return whether the first folders below `root` hold 拡張ストレージ: its kinds are codes with ``^``."""
    for _, path in itertools.islice(patients(root), most):
        if any("^" in kind for day in _listed(path) for kind in _listed(f"{path}/{day}")):
            return True
    return False


def parse_name(text: str) -> Name | None:
    """Return `text` taken apart; None where it is no name of a 標準化ストレージ."""
    parts = text.split("_")
    if len(parts) != 7:
        return None
    patient, day, kind, number, sent, department, flag = parts
    if flag not in {"0", "1", "2"} or not patient or not (day == "-" or _DAY.fullmatch(day)):
        return None
    if not sent.isdecimal() or len(sent) < 8:
        return None
    return Name(
        text, text[:-2], patient, day, kind.upper(), number, sent[:17].ljust(17, "0"),
        "" if department == "-" else department, int(flag),
    )  # fmt: skip


def is_root(folder: Path) -> bool:
    """Return whether `folder` is the root of a storage: 3 / 3 / whole number / day or ``-``."""
    for first in _some(folder):
        if len(first) > 3 or first.startswith("."):
            continue
        for second in _some(folder / first):
            if len(second) > 3:
                continue
            for patient in _some(folder / first / second):
                if not patient.startswith(first + second):
                    continue
                days = list(_some(folder / first / second / patient))
                if any(day == "-" or _DAY.fullmatch(day) for day in days):
                    return True
    return False


def roots(folder: Path, depth: int = _DEPTH) -> list[Path]:
    """Return every root of a storage at or below `folder`, each volume one."""
    if is_root(folder):
        return [folder]
    if not depth:
        return []
    found: list[Path] = []
    for name in sorted(_some(folder, 2_000)):
        below = folder / name
        if not name.startswith(".") and below.is_dir() and not below.is_symlink():
            found += roots(below, depth - 1)
    return found


def _some(folder: Path, most: int = _LOOKED) -> Iterator[str]:
    """Give the names of at most `most` folders in `folder`; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            count = 0
            for entry in entries:
                if entry.is_dir():
                    yield entry.name
                    count += 1
                    if count == most:
                        return
    except OSError:
        return


def patients(root: Path) -> Iterator[tuple[str, str]]:
    """Give (number, path) of each patient's folder, in order, holding one level at a time."""
    base = os.fspath(root)
    for first in _listed(base):
        for second in _listed(f"{base}/{first}"):
            above = f"{base}/{first}/{second}"
            for number in _listed(above):
                yield number, f"{above}/{number}"


def files(patient: str) -> Iterator[tuple[str, str, list[str]]]:
    """Give (day, kind, file names) of each folder of a patient that care is told by."""
    for day in _listed(patient):
        for kind in _listed(f"{patient}/{day}"):
            if kind.upper() in KINDS:
                yield day, kind, _listed(f"{patient}/{day}/{kind}")


def _listed(folder: str) -> list[str]:
    """Return the names in `folder`, sorted; a stray file in a folder's place holds none."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 (no Path for each of ten million names)
    except OSError:
        return []
