"""Files beside a line, of any kind: stored inert under their digest, given out as they came and never shown.

What the scanner found malware in is not stored; that it was brought stays. What it finds later, with
newer patterns, is given out no more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.inspection.register.tables import FILE, LINE
from sekisho.scan import Answer, Verdict
from sekisho.storage import Database, fsync_folder

LARGEST = 20 * 1024 * 1024
MOST = 50
"""Files of one line."""
FOLDER = "register"
"""In the data directory."""
_PIECE = 1 << 20
_NAME = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
"""What is no letter of a file's name, or turns its end around (a disguised extension)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One file beside a line.

    Attributes:
        verdict: ``clean``, ``found`` (then it is not given out) or ``not_checked``.
        said: What was found, or why it was not checked.
        scanned_at: When it was looked into last; None where it never was.
        patterns: What it was held against then; None where that is not known.
    """

    id: int
    line_id: int
    digest: str
    name: str
    size: int
    verdict: str
    said: str | None
    args: dict[str, Any] | None
    by: str
    at: dt.datetime
    gone_by: str | None
    gone_at: dt.datetime | None
    scanned_at: dt.datetime | None
    patterns: str | None

    @property
    def stored(self) -> bool:
        """Whether its bytes were kept: not of what was found when it came."""
        return self.verdict != Verdict.FOUND.value or self.scanned_at not in {None, self.at}


def attach(
    database: Database,
    data: Path,
    line: int,
    path: Path,
    name: str,
    answer: Answer,
    *,
    by: str,
    at: dt.datetime,
) -> int:
    """Keep the file at `path` beside a line, and return its id; `path` stays as it is.

    Args:
        database: Where it is noted.
        data: The data directory.
        line: Id of the line.
        path: The file.
        name: As the person knows it.
        answer: Of the scanner.
        by: Who brings it.
        at: When.

    Raises:
        InvalidInputError: There is no such line, or the file is larger than `LARGEST`.
        ConflictError: The line has `MOST` files, or this very one.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise InvalidInputError("register.file.too_large", megabytes=LARGEST // 2**20)
    digest = _digest(path)
    of = FILE.c
    with database.write() as c:
        if c.execute(sa.select(LINE.c.id).where(LINE.c.id == line)).first() is None:
            raise InvalidInputError("register.no_line")
        query = sa.select(of.digest).where(of.line_id == line, of.gone_at.is_(None))
        known = {row.digest for row in c.execute(query)}
        if len(known) >= MOST:
            raise ConflictError("register.file.many", most=MOST)
        if digest in known:
            raise ConflictError("register.file.known")
        if answer.verdict is not Verdict.FOUND:
            _store(path, place(data, digest))
        made = c.execute(
            sa.insert(FILE).values(
                line_id=line, digest=digest, name=_NAME.sub("_", name).strip(" .")[:200] or digest,
                size=size, by=by, at=at, **_said(answer, at),
            )
        )  # fmt: skip
        assert made.inserted_primary_key
        return int(made.inserted_primary_key[0])


def files(database: Database, line: int) -> list[Attached]:
    """Return the files beside a line, those taken back too, in the order in which they came."""
    query = sa.select(FILE).where(FILE.c.line_id == line).order_by(FILE.c.id)
    with database.read() as c:
        return [Attached(**row) for row in c.execute(query).mappings()]


def found(database: Database) -> list[tuple[str, int]]:
    """Return list and line of each file that malware was found in and that nobody took away yet."""
    query = (
        sa.select(LINE.c.part, LINE.c.id)
        .join(FILE, FILE.c.line_id == LINE.c.id)
        .where(FILE.c.verdict == Verdict.FOUND.value, FILE.c.gone_at.is_(None))
        .order_by(FILE.c.id)
    )
    with database.read() as c:
        return [(row[0], row[1]) for row in c.execute(query)]


def unscanned(database: Database, patterns: str) -> list[str]:
    """Return the digests that were not held against `patterns` yet, what waits longest first.

    What malware was found in stays found; a file that was taken away can be put back, and is here.
    """
    last = sa.func.min(sa.func.coalesce(FILE.c.scanned_at, FILE.c.at))
    other = sa.or_(FILE.c.patterns.is_(None), FILE.c.patterns != patterns)
    query = sa.select(FILE.c.digest).where(FILE.c.verdict != Verdict.FOUND.value, other)
    with database.read() as c:
        return list(c.execute(query.group_by(FILE.c.digest).order_by(last)).scalars())


def beside(database: Database, digest: str) -> list[tuple[str, int, int]]:
    """Return list, line and id of each file of a digest that is given out until now."""
    query = (
        sa.select(LINE.c.part, LINE.c.id, FILE.c.id)
        .join(FILE, FILE.c.line_id == LINE.c.id)
        .where(FILE.c.digest == digest, FILE.c.verdict != Verdict.FOUND.value)
        .order_by(FILE.c.id)
    )
    with database.read() as c:
        return [(part, line, number) for part, line, number in c.execute(query)]


def scanned(
    database: Database, digest: str, answer: Answer, patterns: str, *, at: dt.datetime
) -> None:
    """Keep what the scanner says now of every file of a digest, held against `patterns`."""
    own = (FILE.c.digest == digest) & (FILE.c.verdict != Verdict.FOUND.value)
    values = {**_said(answer, at), "patterns": patterns, "scanned_at": at}
    with database.write() as c:
        c.execute(sa.update(FILE).where(own).values(values))


def content(database: Database, data: Path, line: int, identifier: int) -> tuple[Attached, bytes]:
    """Return a file as it came.

    Raises:
        InvalidInputError: There is none of that id beside the line, or nothing of it was stored.
        TamperError: What lies there is not what was stored.
    """
    one = next((each for each in files(database, line) if each.id == identifier), None)
    if one is None or one.verdict == Verdict.FOUND.value:
        raise InvalidInputError("register.file.none")
    try:
        body = place(data, one.digest).read_bytes()
    except OSError as error:
        raise TamperError("register.file.lost", name=one.name) from error
    if hashlib.sha256(body).hexdigest() != one.digest:
        raise TamperError("register.file.changed", name=one.name)
    return one, body


def take_away(
    database: Database, line: int, identifier: int, *, gone: bool, by: str, at: dt.datetime
) -> None:
    """Take a file away from a line, or put it back; its bytes stay.

    Raises:
        InvalidInputError: There is none of that id beside the line.
    """
    values = {"gone_by": by, "gone_at": at} if gone else {"gone_by": None, "gone_at": None}
    own = (FILE.c.id == identifier) & (FILE.c.line_id == line)
    with database.write() as c:
        if c.execute(sa.update(FILE).where(own).values(values)).rowcount != 1:
            raise InvalidInputError("register.file.none")


def place(data: Path, digest: str) -> Path:
    """Return where the bytes of a digest lie."""
    return data / FOLDER / digest[:2] / digest


def _said(answer: Answer, at: dt.datetime) -> dict[str, Any]:
    checked = answer.verdict is not Verdict.NOT_CHECKED
    return {
        "verdict": answer.verdict.value,
        "said": answer.why.value if answer.why else answer.name,
        "args": dict(answer.args),
        "scanned_at": at if checked else None,
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _store(path: Path, target: Path) -> None:
    """Write the bytes durably, without any right to run them."""
    if target.exists() and _digest(target) == target.name:
        return
    for folder in (target.parent.parent, target.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    begun = target.with_suffix(".part")
    begun.unlink(missing_ok=True)
    with (
        path.open("rb") as file,
        os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
    ):
        while piece := file.read(_PIECE):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    begun.replace(target)
    fsync_folder(target.parent)
