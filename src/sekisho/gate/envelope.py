"""Emergency operation: a sealed code opens a route when records cannot be written.

It needs no console, no ledger and no IT person: codes lie as hashes in a file, what
is opened and every request stand on a second place (another disk). When the ledger can
be written again they enter it, marked late. If the second place fails too, the gap
itself is recorded: from when to when, and how many requests.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from msgspec import structs

from sekisho.errors import Error, InvalidInputError, UnavailableError
from sekisho.gate.record import Append, access
from sekisho.gate.tables import EMERGENCY
from sekisho.ledger.record import access as as_access
from sekisho.ledger.record import plain
from sekisho.storage import Database, write_durably
from sekisho.terms import Access, Clock, Finding, Gravity, Mark, Outcome, Secret

LIFE = dt.timedelta(hours=12)
LOOK = 0.4
TRIES = 10
"""Wrong codes a minute; a code has 80 random bits."""
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
BATCH = 500


def print_codes(
    data: Path, clock: Clock, routes: Sequence[str], *, by: str
) -> list[tuple[str, Secret]]:
    """Make one code for each of `routes`; return (number of the envelope, code) of each.

    The codes are kept as hashes; earlier unused codes go on being good.
    """
    kept = _codes(data)
    made = []
    for route in routes:
        code = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
        number = f"{route}-{secrets.token_hex(2)}"
        kept.append(
            {
                "number": number,
                "route": route,
                "hash": _hash(code),
                "by": by,
                "at": clock.now().isoformat(),
            }
        )
        made.append((number, Secret(code)))
    (data / "gate").mkdir(mode=0o700, exist_ok=True)
    write_durably(data / "gate" / "envelopes.json", orjson.dumps(kept))
    return made


class Emergency:
    """What one worker knows of opened envelopes, and where its requests are kept meanwhile."""

    def __init__(self, data: Path, second: Path | None, clock: Clock) -> None:
        """`second`: a folder on another disk, None where none is prepared."""
        self._data = data
        self._second = second
        self._clock = clock
        self._codes = {code["hash"]: code for code in _codes(data)}
        self._opened: dict[str, dict[str, Any]] = {}
        self._unwritten: dict[str, dict[str, Any]] = {}
        self._looked = float("-inf")
        self._wrong: list[float] = []
        self._gap: dict[str, Any] | None = None

    def open(self, route: str) -> bool:
        """Return whether `route` is opened now."""
        self._look()
        found = self._opened.get(route)
        return found is not None and dt.datetime.fromisoformat(found["until"]) > self._clock.now()

    def prepared(self, route: str) -> bool:
        """Return whether an unused code for `route` exists."""
        used = {each["number"] for each in self._opened.values()}
        return any(
            code["route"] == route and code["number"] not in used for code in self._codes.values()
        )

    def redeem(self, route: str, code: str, terminal: str | None) -> dt.datetime:
        """Open `route` with a code from an envelope and return until when.

        Raises:
            InvalidInputError: The code is wrong, used, or for another system.
        """
        now = time.monotonic()
        self._wrong = [at for at in self._wrong if now - at < 60]
        if len(self._wrong) >= TRIES:
            raise InvalidInputError("gate.envelope.wait")
        typed = _hash(code)
        found = next(
            (known for name, known in self._codes.items() if hmac.compare_digest(name, typed)), None
        )
        self._look(now=True)
        used = {each["number"] for each in self._opened.values()} | self._spent()
        if found is None or found["route"] != route or found["number"] in used:
            self._wrong.append(now)
            raise InvalidInputError("gate.envelope.wrong")
        opened = self._clock.now()
        until = opened + LIFE
        self._opened[route] = {
            "number": found["number"],
            "opened": opened.isoformat(),
            "until": until.isoformat(),
            "terminal": terminal,
        }
        try:
            self._write_opened()
        except OSError:
            # Where no place can be written this worker alone is open: the gap will say so.
            self._unwritten[route] = self._opened[route]
        self.keep(
            access(
                route=route,
                who=None,
                at=opened,
                act=None,
                emergency=True,
                what=f"envelope/{found['number']}",
                outcome=Outcome.SUCCESS,
                terminal=terminal,
                marks=(Mark.EMERGENCY,),
            )
        )
        return until

    def keep(self, one: Access) -> None:
        """Keep a record on the second place until the ledger can be written; never fails."""
        late = structs.replace(one, marks=tuple(dict.fromkeys((*one.marks, Mark.LATE))))
        try:
            if self._second is None:
                raise UnavailableError("gate.envelope.no_second")
            _append(self._second / f"spool-{os.getpid()}.jsonl", orjson.dumps(plain(late)) + b"\n")
        except (OSError, Error):
            at = one.occurred_at.isoformat()
            gap = self._gap or {"first": at, "count": 0, "route": one.source}
            self._gap = {**gap, "last": at, "count": gap["count"] + 1}

    async def drain(self, append: Append, database: Database) -> int:
        """Bring what was kept into the ledger, and return how many; safe to repeat.

        Raises:
            UnavailableError: The ledger still cannot be written; nothing is lost.
        """
        count = 0
        for path in sorted(self._second.glob("spool-*")) if self._second else ():
            # Taken first: what comes meanwhile goes to a new file. Keys keep one that two
            # workers take from being recorded twice.
            taken = path.with_name(f"spool-{secrets.token_hex(8)}.taken")
            with contextlib.suppress(FileNotFoundError):
                path.rename(taken)
                kept, broken = _lines(taken)
                for start in range(0, len(kept), BATCH):
                    await append(kept[start : start + BATCH])
                self._note(database, len(kept), lost=broken)
                taken.unlink(missing_ok=True)
                count += len(kept)
        if self._gap is not None:
            gap, self._gap = self._gap, None
            await append([self._gap_record(gap)])
            self._note(database, 0, lost=gap["count"])
            count += 1
        return count

    def end_closed(self, database: Database) -> None:
        """End what a named person closed meanwhile: sign-in and rights are in force again."""
        if not self._opened:
            return
        with database.read() as c:
            closed = set(
                c.scalars(sa.select(EMERGENCY.c.number).where(EMERGENCY.c.closed_at.is_not(None)))
            )
        left = {r: each for r, each in self._opened.items() if each["number"] not in closed}
        if len(left) != len(self._opened):
            self._opened = left
            self._unwritten = {r: each for r, each in self._unwritten.items() if r in left}
            if self._second is not None:
                write_durably(self._second / "open.json", orjson.dumps(left))

    def waiting(self) -> bool:
        """Return whether something waits for the ledger."""
        return self._gap is not None or bool(
            self._second is not None and any(self._second.glob("spool-*"))
        )

    def _note(self, database: Database, late: int, *, lost: int = 0) -> None:
        with database.write() as c:
            for route, opened in self._opened.items():
                values = {
                    "route": route,
                    "number": opened["number"],
                    "opened": dt.datetime.fromisoformat(opened["opened"]),
                    "until": dt.datetime.fromisoformat(opened["until"]),
                    "terminal": opened["terminal"],
                }
                where = EMERGENCY.c.number == opened["number"]
                changed = c.execute(
                    sa.update(EMERGENCY)
                    .where(where)
                    .values(late=EMERGENCY.c.late + late, lost=EMERGENCY.c.lost + lost)
                ).rowcount
                if not changed:
                    c.execute(sa.insert(EMERGENCY).values(**values, late=late, lost=lost))

    def _gap_record(self, gap: dict[str, Any]) -> Access:
        made = access(
            route=str(gap["route"]).removeprefix("gate:"),
            who=None,
            at=dt.datetime.fromisoformat(gap["first"]),
            act=None,
            emergency=True,
            what="gap",
            outcome=Outcome.UNKNOWN,
            terminal=None,
            reason=f"gap:{gap['count']}",
            marks=(Mark.LATE,),
        )
        return structs.replace(made, ended_at=dt.datetime.fromisoformat(gap["last"]))

    def _spent(self) -> set[str]:
        if self._second is None:
            return set()
        try:
            return set((self._second / "spent").read_text(encoding="utf-8").split())
        except OSError:
            return set()

    def _write_opened(self) -> None:
        if self._second is None:
            raise OSError
        write_durably(self._second / "open.json", orjson.dumps(self._opened))
        for each in self._opened.values():
            _append(self._second / "spent", f"{each['number']}\n".encode())

    def _look(self, *, now: bool = False) -> None:
        """Learn what other workers opened, and which codes were printed since."""
        if not now and time.monotonic() - self._looked < LOOK:
            return
        self._looked = time.monotonic()
        self._codes = {code["hash"]: code for code in _codes(self._data)} or self._codes
        if self._second is None:
            return
        with contextlib.suppress(OSError, ValueError):
            found = orjson.loads((self._second / "open.json").read_bytes())
            self._opened = {**found, **self._unwritten}


def findings(database: Database) -> list[Finding]:
    """Return a finding for each emergency operation that no named person closed."""
    with database.read() as c:
        rows = c.execute(sa.select(EMERGENCY).where(EMERGENCY.c.closed_at.is_(None))).all()
    return [
        Finding(
            key=f"gate.emergency.{row.number}",
            room="gate",
            gravity=Gravity.URGENT,
            duty="1-3",
            message="gate.finding.emergency",
            args={"route": row.route, "late": row.late, "lost": row.lost},
            where="/gate/emergency",
            action="gate.action.emergency",
        )
        for row in rows
    ]


def operations(database: Database) -> list[Any]:
    """Return every emergency operation as a row of `EMERGENCY`, newest first."""
    with database.read() as c:
        return list(c.execute(sa.select(EMERGENCY).order_by(EMERGENCY.c.opened.desc())).all())


def close(database: Database, clock: Clock, number: str, *, by: str, note: str) -> None:
    """Close an emergency operation in a person's name; the caller has recorded it.

    Raises:
        InvalidInputError: There is none, or no word on what was done about it.
    """
    if len(note.strip()) < 4:
        raise InvalidInputError("gate.envelope.note_needed")
    with database.write() as c:
        done = c.execute(
            sa.update(EMERGENCY)
            .where(EMERGENCY.c.number == number, EMERGENCY.c.closed_at.is_(None))
            .values(closed_at=clock.now(), closed_by=by, note=note.strip()[:400])
        ).rowcount
    if not done:
        raise InvalidInputError("gate.envelope.none")


def _lines(path: Path) -> tuple[list[Access], int]:
    """Return the records of a file, and how many lines a full disk cut off."""
    kept, broken = [], 0
    for line in path.read_bytes().split(b"\n"):
        if not line:
            continue
        try:
            kept.append(as_access(orjson.loads(line)))
        except (ValueError, Error):
            broken += 1
    return kept, broken


def _codes(data: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = orjson.loads((data / "gate" / "envelopes.json").read_bytes())
    except (OSError, ValueError):
        return []
    return found


def _hash(code: str) -> str:
    typed = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", code).upper())
    return hashlib.sha256(b"sekisho envelope " + typed.encode()).hexdigest()


def _append(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if os.write(descriptor, line) != len(line):
            raise OSError
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
