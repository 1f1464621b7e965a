"""The order of verification: signature, structure, records, tiles, root, older root."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from sekisho.errors import InvalidInputError
from sekisho.ledger.verify.history import judge_history, read_history
from sekisho.ledger.verify.judge import Found
from sekisho.ledger.verify.one import check_one, ordered_by
from sekisho.ledger.verify.signed import BadNoteError, Key, Signed, read_checkpoint, read_key
from sekisho.ledger.verify.signer import Signer
from sekisho.ledger.verify.stamps import (
    BadStampError,
    count_stamps,
    read_authority,
    read_stamps,
)
from sekisho.ledger.verify.state import Sealed, State, StateError, keys_of, opened
from sekisho.ledger.verify.verdict import StopError, Verdict, Wrong
from sekisho.ledger.verify.work import Fault, Result, Task, check, pieces

Progress = Callable[[int, int], None]
_PIECE = 65_536
_NAME = re.compile(r"\d{4}-\d\d-\d\d\.(\d+)-(\d+)(?:\.(\d+))?\.parquet")
_ALONE = 60_000
"""Below this many records no other process is started."""


def verify(
    data: Path,
    *,
    key: str | None = None,
    last: str | None = None,
    witnesses: Sequence[str] = (),
    authority: Path | None = None,
    url: str | None = None,
    progress: Progress | None = None,
    processes: int | None = None,
    record: int | None = None,
) -> Verdict:
    """Return whether the log in `data` is what was recorded and signed.

    Args:
        data: The data directory, or a copy of it.
        key: The public key printed at set-up; without it the signer is not checked.
        last: An older checkpoint, as text or as a file's path; without it, and without a
            witness, a rollback is not checked.
        witnesses: Verifier keys of witnesses: what each cosigned last must stand in the log.
        authority: Certificates (PEM) of the time-stamp authority: every stamp must hold, and
            what it stamped stand in the log; without them stamps are not checked.
        url: Of the PostgreSQL that holds the tail; without it ``state.db`` is read.
        progress: Called with records done and records in all.
        processes: How many to use; all processors when None.
        record: Only this one: from its bytes by the tree's files to the signed root.

    Raises:
        InvalidInputError: `key` or a witness's is no verifier key, `last` no checkpoint, or
            `authority` no certificate: nothing was checked.
    """
    run = _Run(data, progress, processes or os.cpu_count() or 1)
    began = time.monotonic()
    wrong: Wrong | None
    try:
        if record is None:
            wrong = run.all(key, last, witnesses, authority, url)
        else:
            wrong = run.one(record, key, url)
    except StopError as stop:
        wrong = stop.wrong
    return Verdict(
        ok=wrong is None,
        size=run.signed.size if run.signed else 0,
        root=run.signed.root.hex() if run.signed else "",
        records=run.done,
        first_wrong=wrong,
        not_checked=tuple(run.not_checked),
        seconds=time.monotonic() - began,
        witnessed=tuple(run.witnessed),
        stamped=tuple(run.stamped),
        erased=tuple(run.erased) if wrong is None else (),
    )


class _Run:
    """One verification under way."""

    def __init__(self, data: Path, progress: Progress | None, processes: int) -> None:
        self._data = data
        self._folder = data / "ledger"
        self._progress = progress
        self._processes = processes
        self.signed: Signed | None = None
        self.done = 0
        self.not_checked: list[tuple[str, Mapping[str, str | int]]] = []
        self.found = Found(self._folder)
        self.witnessed: list[tuple[str, int, dt.datetime]] = []
        self.stamped: list[tuple[int, dt.datetime]] = []
        self._listed: bytes | None = None
        self._left_behind = False
        self._signer: Signer | None = None
        self.erased: list[tuple[int, int]] = []

    def all(
        self,
        key: str | None,
        last: str | None,
        witnesses: Sequence[str],
        authority: Path | None,
        url: str | None,
    ) -> Wrong | None:
        """Do everything; return the first wrong thing."""
        given = [self._witness_key(text) for text in witnesses]
        signer = self._sign(key)
        kept = read_history(self._folder)
        signed = self._signed()
        if last is None and not witnesses:
            self.not_checked.append(("ledger.verify.rollback_not_checked", {}))
        older = self._older(last, signer, signed)
        seen = [(each, self._witnessed(each, signer, signed)) for each in given]
        stamps = self._stamps(authority, signer)
        try:
            with opened(self._data, url) as state:
                self._records(state, signed)
                wrong = self.found.judge(signed.size, signed.root)
                self.erased = self.found.erased()
                left = self.found.unfinished()
                if left or self._left_behind:
                    self.not_checked.append(("ledger.verify.erasure_unfinished", {"count": left}))
                if wrong is None and state is not None and not self._keys_are_listed(state):
                    wrong = self.found.judge_keys(state.keys())
        except StateError as error:
            return _unreadable(error)
        assert self._signer is not None, "it was read first"
        wrong = wrong or self._signer.rotations(signed, self.found)
        if wrong is None and older is not None and self.found.root(older.size) != older.root:
            wrong = Wrong(
                what="last", message="ledger.verify.not_continued", args={"size": older.size}
            )
        wrong = wrong or judge_history(kept, signer, signed, self.found.root)
        for witness, each in seen:
            if wrong is None and self.found.root(each.size) != each.root:
                wrong = _disputed(witness, "ledger.verify.not_witnessed", size=each.size)
        for file, each in stamps:
            if wrong is None and (
                each.size > signed.size or self.found.root(each.size) != each.root
            ):
                wrong = _stamp("ledger.verify.not_stamped", file, size=each.size)
        return wrong

    def one(self, index: int, key: str | None, url: str | None) -> Wrong | None:
        """Check one record; return what is wrong with it."""
        self._sign(key)
        signed = self._signed()
        self.not_checked.append(("ledger.verify.rollback_not_checked", {}))
        self.not_checked.append(("ledger.verify.others_not_checked", {}))
        if index >= signed.size:
            self.not_checked.append(("ledger.verify.not_signed_yet", {"count": 1}))
            return None
        try:
            with opened(self._data, url) as state:
                sealed = by_names(self._folder) if state is None else state.sealed()
                wrong = check_one(self._folder, state, sealed, signed, index)
                if wrong is not None and wrong.message == "ledger.verify.records_missing":
                    by = ordered_by(self._folder, state, sealed, signed, index)
                    if by is not None:
                        self.erased = [(by, 1)]
                        return None
        except StateError as error:
            return _unreadable(error)
        self.done = 1
        return wrong

    def _sign(self, text: str | None) -> list[Key]:
        """Return the log's keys, through the one that is given or lies beside it."""
        if text is None:
            self.not_checked.append(("ledger.verify.signer_not_checked", {}))
        self._signer = Signer(self._folder, text)
        return self._signer.keys

    def _signed(self) -> Signed:
        """Return the newest checkpoint."""
        assert self._signer is not None, "it was read first"
        self.signed = self._signer.checkpoint()
        if self._signer.unfinished:
            self.not_checked.append(("ledger.verify.rotation_unfinished", {}))
        return self.signed

    def _stamps(self, authority: Path | None, keys: Sequence[Key]) -> list[tuple[str, Signed]]:
        """Return the stamped checkpoints; they must hold."""
        if authority is None:
            count = count_stamps(self._folder)
            if count:
                self.not_checked.append(("ledger.verify.stamps_not_checked", {"count": count}))
            return []
        try:
            judge = read_authority(authority)
        except (OSError, ValueError) as error:
            raise InvalidInputError("ledger.verify.no_authority", file=str(authority)) from error
        try:
            stamps = read_stamps(self._folder, judge, keys)
        except BadStampError as error:
            raise StopError(_stamp(str(error), error.file, why=error.why)) from error
        self.stamped = [(each.size, each.at) for _, each in stamps if each.at is not None]
        return stamps

    def _witness_key(self, text: str) -> Key:
        try:
            return read_key(text.strip(), kind=4)
        except BadNoteError as error:
            raise InvalidInputError("ledger.verify.witness_unreadable") from error

    def _witnessed(self, witness: Key, keys: Sequence[Key], signed: Signed) -> Signed:
        """Return what `witness` cosigned last; it must be kept, hold, and not be ahead."""
        try:
            data = (self._folder / "witness" / witness.short.hex()).read_bytes()
            seen = read_checkpoint(data, keys, witness)
        except OSError as error:
            raise StopError(_disputed(witness, "ledger.verify.cosignature_missing")) from error
        except BadNoteError as error:
            raise StopError(_disputed(witness, str(error))) from error
        if seen.size > signed.size:
            wrong = _disputed(
                witness, "ledger.verify.witness_ahead", size=signed.size, seen=seen.size
            )
            raise StopError(wrong)
        assert seen.at is not None, "a witness was asked for"
        self.witnessed.append((witness.name, seen.size, seen.at))
        return seen

    def _keys_are_listed(self, state: State) -> bool:
        """Return whether the list that another process read is right; no is not an answer."""
        listed = self._listed
        return listed is not None and self.found.are_keys(listed, state.extent_of_keys())

    def _older(self, last: str | None, keys: Sequence[Key], signed: Signed) -> Signed | None:
        if last is None:
            return None
        try:
            data = last.encode() if "\n" in last else Path(last).read_bytes()
            older = read_checkpoint(data, keys)
        except OSError as error:
            raise InvalidInputError("ledger.verify.last_missing", path=last) from error
        except BadNoteError as error:
            if str(error) == "ledger.verify.checkpoint_unreadable":
                raise InvalidInputError("ledger.verify.last_no_checkpoint") from error
            raise StopError(
                Wrong(what="last", message="ledger.verify.last_unreadable", args={})
            ) from error
        if older.size > signed.size:
            raise StopError(
                Wrong(
                    what="last",
                    message="ledger.verify.rolled_back",
                    index=signed.size,
                    args={"size": signed.size, "older": older.size},
                )
            )
        return older

    def _records(self, state: State | None, signed: Signed) -> None:
        """Recompute every record."""
        if state is None:
            self.not_checked.append(("ledger.verify.no_database", {}))
            sealed, tail = by_names(self._folder), (0, 0)
        else:
            sealed, tail = state.sealed(), state.tail()
        self.found.sealed = sealed
        size = sealed[-1].last + 1 if sealed else 0
        low, high = tail
        if high:
            if low != size:
                self._fault("ledger.verify.records_missing", min(low, size), "state.db")
            size = high
        if size < signed.size:
            self._fault("ledger.verify.records_missing", size, "state.db")
        elif size > signed.size:
            count = size - signed.size
            self.not_checked.append(("ledger.verify.not_signed_yet", {"count": count}))
        # Other processes read a SQLite by themselves: handing rows over costs as much.
        several = size >= _ALONE and self._processes > 1
        path = self._data / "state.db"
        alone = path if several and state is not None and state.sqlite else None
        tasks = self._tasks(sealed, state, low, high, signed.size, alone)
        for result in self._results(tasks, state, alone, size, several=several):
            self.found.add(result)
            self.done += result.count
            if self._progress:
                self._progress(self.done, size)
        self._extra(sealed, low, high)

    def _tasks(
        self,
        sealed: list[Sealed],
        state: State | None,
        low: int,
        high: int,
        signed: int,
        alone: Path | None,
    ) -> Iterator[Task]:
        from sekisho.ledger.verify import rows  # noqa: PLC0415 (brings Arrow: who only records needs none)

        expected = 0
        for each in sealed:
            if each.first != expected:
                self._fault("ledger.verify.records_missing", expected, "state.db")
            expected = each.last + 1
            name = f"sealed/{each.path}"
            try:
                tasks = pieces(self._folder, each, signed)
            except FileNotFoundError:
                self._fault("ledger.verify.file_missing", each.first, name)
            except (rows.UnreadableError, OSError) as error:
                self.found.faults.append(
                    Fault("ledger.verify.file_unreadable", each.first, name, str(error))
                )
            else:
                if not tasks:
                    self._fault("ledger.verify.records_missing", each.first, name)
                yield from tasks
        if state is not None:
            for start in range(low, high, _PIECE):
                stop = min(start + _PIECE, high)
                if alone is None:
                    yield Task(self._folder, signed, start, stop, rows=state.rows(start, stop))
                else:
                    yield Task(self._folder, signed, start, stop, database=alone)

    def _results(
        self,
        tasks: Iterator[Task],
        state: State | None,
        alone: Path | None,
        size: int,
        *,
        several: bool,
    ) -> Iterator[Result]:
        if not several:
            yield from map(check, tasks)
            return

        def given(done: Future[Result]) -> Result:
            task, result = running.pop(done), done.result()
            if not result.moved or state is None:
                return result
            return check(replace(task, rows=state.rows(task.first, task.stop), database=None))

        context = multiprocessing.get_context("forkserver")
        needed = ("work", "rows") if self.found.sealed else ("work",)
        context.set_forkserver_preload([f"sekisho.ledger.verify.{name}" for name in needed])
        with ExitStack() as stack:
            pool = stack.enter_context(ProcessPoolExecutor(self._processes, mp_context=context))
            # Beside them: they take a second to start, and this one has only to wait for them.
            hand = stack.enter_context(ThreadPoolExecutor(1, "keys"))
            listing = None if alone is None else hand.submit(keys_of, alone, size)
            running: dict[Future[Result], Task] = {}
            for task in tasks:
                running[pool.submit(check, task)] = task
                if len(running) > 2 * self._processes:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    yield from map(given, done)
            yield from map(given, list(running))
            self._listed = None if listing is None else listing.result()

    def _fault(self, message: str, index: int, file: str) -> None:
        self.found.faults.append(Fault(message, index, file))

    def _extra(self, sealed: list[Sealed], low: int, high: int) -> None:
        """Name sealed files that the database does not know.

        One whose records are all in the tail is what an interrupted sealing left. An
        interrupted erasure leaves the old file beside the one that was written anew, or,
        before the database names it, the new one under its order's number beside the old.
        The next start of the recorder removes them.
        """
        named = {each.path for each in sealed}
        anew = {(each.first, each.last): each.erased_by for each in sealed}
        for each in by_names(self._folder, every=True):
            if each.path in named or low <= each.first <= each.last < high:
                continue
            run = (each.first, each.last)
            if run in anew and (anew[run] is not None or self.found.orders(each.erased_by, run)):
                self._left_behind = True
            else:
                # Named before the records that are missing because nobody names their file.
                fault = Fault("ledger.verify.file_extra", each.first, f"sealed/{each.path}")
                self.found.faults.insert(0, fault)


def _unreadable(error: StateError) -> Wrong:
    return Wrong(
        what="database",
        message="ledger.verify.database_unreadable",
        file="state.db",
        args={"why": str(error)},
    )


def _disputed(witness: Key, message: str, **args: int) -> Wrong:
    """Return that a witness says otherwise, or that what it said is gone."""
    return Wrong(
        what="witness",
        message=message,
        file=f"ledger/witness/{witness.short.hex()}",
        args={"witness": witness.name, **args},
    )


def _stamp(message: str, file: str, **args: str | int) -> Wrong:
    """Return that a time stamp does not hold, or that the log is not what was stamped."""
    name = f"ledger/{file}"
    return Wrong(what="timestamp", message=message, file=name, args={"file": name, **args})


def by_names(folder: Path, *, every: bool = False) -> list[Sealed]:
    """Return the sealed files as their own names tell, in order.

    Of one that an erasure wrote anew only the newest, unless `every` is asked for.
    """
    found: list[tuple[int, int, Sealed]] = []
    for path in (folder / "sealed").glob("*/*/*.parquet"):
        parts = _NAME.fullmatch(path.name)
        if parts:
            name = str(path.relative_to(folder / "sealed"))
            first, last = int(parts[1]), int(parts[2])
            found.append((first, int(parts[3] or -1), Sealed(first, last, name, None)))
    found.sort(key=lambda each: each[:2])
    if every:
        return [each for _, _, each in found]
    newest = {(each.first, each.last): each for _, _, each in found}
    return list(newest.values())
