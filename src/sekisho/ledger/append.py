"""Append: records become durable rows, then leaves of the tree, then a signed checkpoint."""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from sekisho.errors import (
    ConflictError,
    InvalidInputError,
    RefusedError,
    TamperError,
    UnavailableError,
)
from sekisho.ledger import erasure, keys, rotation, tail
from sekisho.ledger.accept import Line, accepted
from sekisho.ledger.erasure import Erasure
from sekisho.ledger.faults import unavailable
from sekisho.ledger.note import Checkpoint, Signer
from sekisho.ledger.own import clock_went_back
from sekisho.ledger.pen import pen
from sekisho.ledger.record import SALT, Row, canonical, commitment, line, time_text
from sekisho.ledger.tables import KEY
from sekisho.ledger.tiles import ENTRIES, Tiles, Writer, unbundle
from sekisho.ledger.tree import WIDTH, Tree, root_at
from sekisho.storage import Database, write_durably
from sekisho.terms import Access, Clock

_LOG = logging.getLogger(__name__)
_BACK = dt.timedelta(seconds=1)
_BULK = 256
"""Appends of this many records do not each wait for a checkpoint."""


class Ledger:
    """The log, owned by this process; made under `lock.sole`, safe for threads.

    What `append` returned is in the database. Tiles and checkpoint follow from it
    and are made again where a crash kept them from being written.
    """

    def __init__(self, data: Path, database: Database, clock: Clock) -> None:
        """Take over the log.

        Raises:
            TamperError: What is stored does not continue what was signed last.
            InvalidInputError: There is no key yet.
            UnavailableError: The disk or the database cannot be written.
        """
        self._folder = keys.folder(data)
        self._database = database
        self._clock = clock
        rotation.adopt(self._folder)
        self._signer = keys.signer(data)
        self._lock = threading.Lock()
        self._publishing = threading.Lock()
        self._sealing = threading.Lock()
        self._went_back = False
        self._doubtful = False
        self._published = -1.0
        kept = keys.checkpoint(data)
        with unavailable():
            self._fence = self._take_over()
            with database.read() as connection:
                stored = tail.extent(connection)
                tail.clear(self._folder, stored)
                self._check_against(kept, stored)
                self._writer = self._load(connection, kept, stored)
                self._last = self._last_recorded(connection, stored)
                self._catch_up(connection, stored)
            self._signed = kept.size if kept else 0
            if kept is not None and not self._signer.signed(kept.text):
                self._sign(kept.size, kept.root)
            self.publish()
            self._go_on_rotating()

    def size(self) -> int:
        """Return the number of records that are durable."""
        return self._writer.tree.size

    def append(self, records: Sequence[Access]) -> list[int | None]:
        """Record `records` durably; see `append_lines`. A checkpoint follows within a second."""
        given = self.append_lines([accepted(line(record)) for record in records])
        if len(records) < _BULK or time.monotonic() - self._published >= 1.0:
            try:
                self.publish()
                self._published = time.monotonic()
            except UnavailableError:
                _LOG.warning("checkpoint not written; it follows once the disk can be written")
        return given

    def prepare(self, records: Sequence[Access]) -> Callable[[], Callable[[], list[int | None]]]:
        """Return what records `records` durably when it is called, and gives what says so."""

        def hand_over() -> Callable[[], list[int | None]]:
            given = self.append(records)
            return lambda: given

        return hand_over

    def append_lines(self, lines: Sequence[Line]) -> list[int | None]:
        """Record what `accept` took, all in one transaction.

        Returns:
            The index of each once it is durable; None where its key is recorded already.

        Raises:
            UnavailableError: Nothing was acknowledged: disk full, read-only, database gone.
            ConflictError: Another recorder took over.
            InvalidInputError: One has a form that only the log itself may give a record.
        """
        if any(reserved for _, _, _, reserved in lines):
            raise InvalidInputError("ledger.reserved")
        return self._append(lines)

    def _append(self, lines: Sequence[Line]) -> list[int | None]:
        with self._lock, unavailable():
            if self._doubtful:
                self._settle()
            at, notice = self._moment()
            lines = [*notice, *lines]
            text = time_text(at)
            stamp = f'"{text}"'.encode()
            first = self._writer.tree.size
            given: list[int | None] = []
            entries: list[bytes] = []
            self._doubtful = True
            with pen(self._database, len(lines)) as hand:
                hand.check_fence(self._fence)
                names = dict.fromkeys(name for name, _, _, _ in lines)
                fresh = names.keys() - hand.claim(list(names), first)
                hand.insert(_rows(lines, fresh, first, stamp, given, entries), text)
            self._doubtful = False
            self._writer.extend(entries)
            self._last = at
            return given[len(notice) :]

    def publish(self) -> None:
        """Write the tiles and the signed checkpoint of everything recorded.

        Raises:
            UnavailableError: The disk cannot be written; call again later.
        """
        with self._publishing, unavailable():
            self._publish()

    def seal(self) -> int:
        """Seal every record of the tail into Parquet; return how many. Appends go on meanwhile.

        Raises:
            UnavailableError: The disk cannot be written; what is recorded stays in the tail.
            TamperError: A sealed file did not read back as the records it was made of.
        """
        from sekisho.ledger import seal  # noqa: PLC0415 (brings Arrow: a worker that only records needs none)

        with self._sealing, unavailable():
            with self._lock:
                if self._doubtful:
                    self._settle()
            with self._publishing:
                self._publish()
                size = self._signed
            node = Tiles(self._folder).node(size)
            sealed = seal.seal(
                self._folder,
                self._database,
                self._signer.origin,
                size,
                lambda at: root_at(at, node),
                lambda connection: tail.check_fence(connection, self._fence),
            )
            try:
                self._keep_skip()
            except OSError:
                _LOG.warning("search index not written; searches are slower until the next sealing")
            return sealed

    def _keep_skip(self) -> None:
        from sekisho.ledger import skip  # noqa: PLC0415 (brings Arrow: a worker that only records needs none)

        with self._database.read() as connection:
            segments = tail.extent(connection).segments
        skip.keep(self._folder, segments)

    def erase(self, number: int) -> int:
        """Do a confirmed erasure; return the index of the record that orders it.

        That record is durable and signed before anything goes. What a crash left half done
        is taken up where it stood when this is called again. The caller has still to
        let go of what the database itself keeps of removed rows (`Database.scrub`).

        Raises:
            ConflictError: Two people have not ordered it, or it is done.
            UnavailableError: The disk cannot be written; call again later.
            TamperError: A record that stays is not the one that was signed.
        """
        from sekisho.ledger import erase  # noqa: PLC0415 (brings Arrow: a worker that only records needs none)

        order = erasure.erasure(self._database, number)
        if order.state != "confirmed" or order.confirmed_by == order.proposed_by:
            raise ConflictError("ledger.erasure.not_confirmed", number=number)
        entry = order.entry
        if entry is None:
            entry = self._order(order)
        self.seal()
        with self._sealing, unavailable():
            erase.erase(
                self._folder,
                self._database,
                order.records,
                entry,
                self._signed,
                lambda connection: tail.check_fence(connection, self._fence),
            )
            # What the index hashes of the files that were written anew goes with them.
            self._keep_skip()
        return entry

    def _order(self, order: Erasure) -> int:
        """Record what orders an erasure, once; return the first index."""
        with unavailable():
            with self._database.read() as connection:
                if order.records[-1][1] >= tail.extent(connection).size:
                    raise InvalidInputError("ledger.erasure.numbers")
                lines = erasure.entries(connection, order)
            self._append([accepted(canonical(each)) for each in lines])
            self.publish()
            with self._database.read() as connection:
                entry = connection.execute(
                    sa.select(KEY.c.index).where(KEY.c.key == bytes.fromhex(lines[0]["key"]))
                ).scalar_one()
            erasure.note_entry(self._database, order.number, entry)
        return int(entry)

    def _publish(self) -> None:
        with self._lock:
            size = self._writer.tree.size
            if size == self._signed and (size or (self._folder / keys.CHECKPOINT).exists()):
                return
            root, added = self._writer.tree.root(), self._writer.take()
        # Records go on being taken meanwhile: who appends waits for one flush, not for these.
        try:
            added.write(self._folder)
        except OSError:
            with self._lock:
                self._writer.give_back(added)
            raise
        self._sign(size, root)

    def _sign(self, size: int, root: bytes) -> None:
        checkpoint = self._signer.checkpoint(size, root)
        write_durably(self._folder / keys.CHECKPOINT, checkpoint.text.encode())
        self._signed = size

    def rotate(self, by: str, second: str) -> str:
        """Replace the signing key in two people's names; return the new public key.

        Raises:
            RefusedError: They are one person.
            UnavailableError: The disk or the database cannot be written; call again later.
        """
        if by == second:
            raise RefusedError("ledger.rotation.two")
        with unavailable():
            new = rotation.prepare(self._folder, self._signer.origin)
            said = rotation.announcement(
                self._signer.verifier, new.verifier, self._clock, by=by, second=second
            )
            self._append([accepted(canonical(said))])
            self._hand_over(new)
        return self._signer.verifier

    def _go_on_rotating(self) -> None:
        """End a rotation that was announced and interrupted; drop one that was not."""
        new = rotation.prepared(self._folder)
        if new is None:
            return
        said = rotation.announcement(self._signer.verifier, new.verifier, self._clock)
        with self._database.read() as connection:
            announced = connection.execute(
                sa.select(KEY.c.index).where(KEY.c.key == bytes.fromhex(said["key"]))
            ).first()
        if announced is None:
            rotation.drop(self._folder)
        else:
            self._hand_over(new)

    def _hand_over(self, new: Signer) -> None:
        """Sign the announcement with the old key, then let the new one sign."""
        with self._publishing:
            self._publish()
            checkpoint = keys.checkpoint(self._folder.parent)
            assert checkpoint is not None, "it was just published"
            size, root = checkpoint.size, checkpoint.root
            rotation.write_note(self._folder, self._signer, new, size, root)
            rotation.adopt(self._folder)
            self._signer = new
            self._sign(size, root)

    def _take_over(self) -> int:
        with self._database.write() as connection:
            return tail.take_over(connection, str(os.getpid()), self._clock.now())

    def _moment(self) -> tuple[dt.datetime, list[Line]]:
        """Return when these records are recorded, never before the last, and a notice of a jump."""
        now = self._clock.now()
        if self._last is None or now >= self._last:
            self._went_back = False
            return now, []
        if self._went_back or self._last - now < _BACK:
            return self._last, []
        self._went_back = True
        return self._last, [accepted(line(clock_went_back(now, self._last)))]

    def _settle(self) -> None:
        """Learn whether a commit that failed is durable after all."""
        with self._database.read() as connection:
            stored = tail.extent(connection)
            if stored.size < self._writer.tree.size:
                raise TamperError(
                    "ledger.rolled_back", signed=self._writer.tree.size, stored=stored.size
                )
            self._catch_up(connection, stored)
        self._doubtful = False

    def _catch_up(self, connection: sa.Connection, stored: tail.Extent) -> None:
        """Put what is durable and not in the tree yet into it."""
        for part in tail.rows(connection, self._writer.tree.size, stored.size):
            self._writer.extend([commitment(salt, body) for _, body, salt in part])
            self._last = max(filter(None, (self._last, tail.last_recorded(connection))))

    def _last_recorded(self, connection: sa.Connection, stored: tail.Extent) -> dt.datetime | None:
        if stored.size > stored.sealed or not stored.segments:
            return tail.last_recorded(connection)
        from sekisho.ledger import seal  # noqa: PLC0415 (brings Arrow: a worker that only records needs none)

        return seal.last_recorded(self._folder, stored)

    def _check_against(self, kept: Checkpoint | None, stored: tail.Extent) -> None:
        signed = kept.size if kept else 0
        if kept is None and stored.size:
            # The first checkpoint is written before the first record is taken.
            raise TamperError("ledger.checkpoint_missing", stored=stored.size)
        if stored.size < signed:
            raise TamperError("ledger.rolled_back", signed=signed, stored=stored.size)
        if stored.sealed > signed:
            raise TamperError("ledger.checkpoint_rolled_back", signed=signed, stored=stored.sealed)
        for segment in stored.segments:
            if not (self._folder / tail.SEALED / segment.path).is_file():
                raise TamperError("ledger.file_missing", file=segment.path, index=segment.first)

    def _load(
        self, connection: sa.Connection, kept: Checkpoint | None, stored: tail.Extent
    ) -> Writer:
        """Return the tree that was signed last, from its tiles or made again from the records."""
        if kept is None:
            return Writer(self._folder, Tree(), [])
        tiles = Tiles(self._folder)
        try:
            tree = tiles.load(kept.size)
            width = kept.size % WIDTH
            entries = unbundle(tiles.read(ENTRIES, kept.size // WIDTH, width)) if width else []
            if tree.root() == kept.root:
                _check_tail(connection, tiles, stored.sealed, kept.size)
                return Writer(self._folder, tree, entries)
        except FileNotFoundError:
            pass
        _LOG.warning("the tiles do not match the checkpoint: made again from the records")
        writer = Writer(self._folder, Tree(), [])
        from sekisho.ledger import seal  # noqa: PLC0415 (brings Arrow: a worker that only records needs none)

        for part in seal.commitments(self._folder, connection, stored, kept.size):
            writer.extend(part)
            writer.write()
        if writer.tree.root() != kept.root:
            raise TamperError("ledger.not_what_was_signed", size=kept.size)
        return writer


def _rows(
    lines: Sequence[Line],
    fresh: set[bytes],
    index: int,
    stamp: bytes,
    given: list[int | None],
    entries: list[bytes],
) -> Iterator[Row]:
    """Give those of `lines` that are new, numbered from `index`, once; note what each became."""
    salts = os.urandom(SALT * len(lines))
    for number, (name, head, rest, _) in enumerate(lines):
        if name not in fresh:
            given.append(None)
            continue
        fresh.remove(name)
        body, salt = head + stamp + rest, salts[number * SALT : number * SALT + SALT]
        entries.append(commitment(salt, body))
        given.append(index)
        yield index, body, salt
        index += 1


def _check_tail(connection: sa.Connection, tiles: Tiles, start: int, size: int) -> None:
    """Compare the tail with the entries that were signed."""
    for part in tail.rows(connection, start, size):
        first = part[0][0]
        signed = tiles.entries(first, part[-1][0] + 1, size)
        for index, body, salt in part:
            if commitment(salt, body) != signed[index - first]:
                raise TamperError("ledger.tail_differs", index=index)
