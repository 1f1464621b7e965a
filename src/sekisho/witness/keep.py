"""What a witness keeps: its key, the logs it trusts, and the last checkpoint of each.

``DIR/witness.key`` and ``witness.pub``; for each log ``logs/<id>/`` with ``key.pub`` (one
verifier key a line), ``checkpoint`` (the last one cosigned) and ``refused/`` (checkpoints
that the log's key signed and that contradict it: proof against the log). ``<id>`` is the
SHA-256 of the log's name.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.ledger.cosigned import Cosigned, read_cosigned
from sekisho.ledger.note import (
    WITNESS,
    Checkpoint,
    Signer,
    body_of,
    cosigned,
    generate,
    open_checkpoint,
    open_verifier,
    unb64,
)
from sekisho.ledger.tree import EMPTY, consistent
from sekisho.storage import write_durably
from sekisho.terms import Clock, Secret

LONGEST = 16 * 1024
"""Bytes of a request; 63 lines of proof and a checkpoint with its signatures are below 8 KiB."""
SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})\Z")
_PROOF = 63
_REFUSED = 20


@dataclass(frozen=True, slots=True)
class Log:
    """A log that the witness trusts.

    Attributes:
        origin: Its name.
        last: What was cosigned last, None before the first.
        refused: How many contradicting checkpoints are kept.
    """

    origin: str
    last: Cosigned | None
    refused: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What `add-checkpoint` answers."""

    status: HTTPStatus
    text: str = ""
    kind: str = "text/plain"


def create_witness(data: Path, name: str) -> str:
    """Make the witness's key once and return its public text, to be given to the logs.

    Raises:
        ConflictError: There is a key already.
        InvalidInputError: `name` is not a name for a key.
    """
    if (data / "witness.key").exists():
        raise ConflictError("witness.key_exists")
    secret, public = generate(name, WITNESS)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(data / "witness.pub", (public + "\n").encode(), mode=0o644)
    write_durably(data / "witness.key", (secret.reveal() + "\n").encode())
    return public


def witness_key(data: Path) -> str:
    """Return the witness's verifier key.

    Raises:
        InvalidInputError: There is none yet.
    """
    return _read(data / "witness.pub").strip()


class Keeper:
    """The witness's memory; safe for threads, and for one process at a time (`alone`)."""

    def __init__(self, data: Path, clock: Clock) -> None:
        """Open it.

        Raises:
            InvalidInputError: There is no key yet, or it is damaged.
        """
        self._data = data
        self._clock = clock
        self._signer = Signer(Secret(_read(data / "witness.key")), WITNESS)
        self._lock = threading.Lock()
        self.verifier = self._signer.verifier

    def trust(self, key: str) -> str:
        """Take the log of verifier key `key` among those that are cosigned; return its name.

        A second key of the same name is a new key of the same log: both are believed.

        Raises:
            InvalidInputError: It is no verifier key of a log.
        """
        key = key.strip()
        origin, _, _ = open_verifier(key)
        folder = self._folder(origin)
        with self._lock:
            known = self._keys(origin)
            if key not in known:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_durably(folder / "key.pub", "".join(f"{k}\n" for k in [*known, key]).encode())
        return origin

    def logs(self) -> list[Log]:
        """Return the logs, by name.

        Raises:
            TamperError: What was kept of one is damaged.
        """
        found = []
        for path in (self._data / "logs").glob("*/key.pub"):
            origin, _, _ = open_verifier(path.read_text("utf-8").splitlines()[0])
            refused = len(list((path.parent / "refused").glob("*")))
            found.append(Log(origin, self.last(origin), refused))
        return sorted(found, key=lambda log: log.origin)

    def last(self, origin: str) -> Cosigned | None:
        """Return what was cosigned last of a log, None before the first.

        Raises:
            TamperError: What was kept is damaged: nothing of that log is cosigned any more.
        """
        try:
            text = (self._folder(origin) / "checkpoint").read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return None
        wrong: TamperError | None = None
        for key in self._keys(origin):
            try:
                return read_cosigned(text, key, self.verifier)
            except TamperError as error:
                wrong = error
        raise TamperError("witness.memory_damaged", origin=origin) from wrong

    def add(self, request: bytes) -> Reply:
        """Answer `add-checkpoint` (C2SP tlog-witness): a cosignature, durable before it is given.

        Raises:
            TamperError: What was kept of this log is damaged.
        """
        try:
            old, proof, note = _parsed(request)
            origin = body_of(note).split("\n", 1)[0]
        except (ValueError, TamperError):
            return Reply(HTTPStatus.BAD_REQUEST)
        keys = self._keys(origin)
        if not keys:
            return Reply(HTTPStatus.NOT_FOUND)
        checkpoint = _signed(note, keys)
        if checkpoint is None:
            return Reply(HTTPStatus.FORBIDDEN)
        if old > checkpoint.size:
            return Reply(HTTPStatus.BAD_REQUEST)
        with self._lock:
            return self._continue(old, proof, checkpoint)

    def _continue(self, old: int, proof: list[bytes], checkpoint: Checkpoint) -> Reply:
        """Cosign `checkpoint` where it continues what was cosigned last; the lock is held."""
        last = self.last(checkpoint.origin)
        size = last.checkpoint.size if last else 0
        root = last.checkpoint.root if last else EMPTY
        if checkpoint.size == size and checkpoint.root != root:
            self._keep_refused(checkpoint)
            return Reply(HTTPStatus.CONFLICT, f"{size}\n", SIZE_TYPE)
        if old != size:
            return Reply(HTTPStatus.CONFLICT, f"{size}\n", SIZE_TYPE)
        if old in (0, checkpoint.size):
            holds = not proof
        else:
            holds = consistent(old, checkpoint.size, root, checkpoint.root, proof)
        if not holds:
            self._keep_refused(checkpoint)
            return Reply(HTTPStatus.UNPROCESSABLE_ENTITY)
        body = body_of(checkpoint.text)
        at = int(self._clock.now().timestamp())
        line = self._signer.line(cosigned(body, at), before=at.to_bytes(8, "big"))
        kept = f"{checkpoint.text}{line}\n"
        write_durably(self._folder(checkpoint.origin) / "checkpoint", kept.encode())
        return Reply(HTTPStatus.OK, f"{line}\n")

    def _keep_refused(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint that its log signed against what it signed before."""
        folder = self._folder(checkpoint.origin) / "refused"
        folder.mkdir(mode=0o700, exist_ok=True)
        name = hashlib.sha256(body_of(checkpoint.text).encode()).hexdigest()[:16]
        if len(list(folder.iterdir())) < _REFUSED:
            write_durably(folder / name, checkpoint.text.encode())

    def _keys(self, origin: str) -> list[str]:
        try:
            return (self._folder(origin) / "key.pub").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _folder(self, origin: str) -> Path:
        return self._data / "logs" / log_id(origin)


def cosign_file(keeper: Keeper, path: Path) -> Cosigned:
    """Cosign the request in a file, as `add-checkpoint` would; return what was cosigned.

    Raises:
        InvalidInputError: It is no request, or of a log or key that is not trusted, or speaks
            of another size than was cosigned last.
        TamperError: It contradicts what was cosigned before.
    """
    try:
        request = path.read_bytes()[: LONGEST + 1]
    except OSError as error:
        raise InvalidInputError("witness.request_unreadable", file=path.name) from error
    reply = keeper.add(request)
    if reply.status is HTTPStatus.OK:
        last = keeper.last(body_of(_parsed(request)[2]).split("\n", 1)[0])
        assert last is not None, "it was cosigned just now"
        return last
    if reply.status is HTTPStatus.NOT_FOUND or reply.status is HTTPStatus.FORBIDDEN:
        raise InvalidInputError("witness.request_not_trusted", file=path.name)
    if reply.status is HTTPStatus.CONFLICT and int(reply.text) != _parsed(request)[0]:
        raise InvalidInputError("witness.request_other_size", size=int(reply.text))
    if reply.status is HTTPStatus.BAD_REQUEST:
        raise InvalidInputError("witness.request_unreadable", file=path.name)
    raise TamperError("witness.request_contradicts", file=path.name)


def log_id(origin: str) -> str:
    """Return the name of a log's folder, and of its address at the witness."""
    return hashlib.sha256(origin.encode()).hexdigest()


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Be the only process that cosigns from `data` while the block runs.

    Raises:
        ConflictError: Another one does.
    """
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError("witness.held") from error
        yield
    finally:
        os.close(descriptor)


def _parsed(request: bytes) -> tuple[int, list[bytes], str]:
    """Return old size, proof and note of a request.

    Raises:
        ValueError: It has not the form.
    """
    head, separator, note = request.decode("utf-8").partition("\n\n")
    first, *lines = head.split("\n")
    old = _OLD.match(first)
    if not (separator and old) or len(lines) > _PROOF:
        raise ValueError("request")
    proof = [unb64(line) for line in lines]
    if any(len(step) != len(EMPTY) for step in proof):
        raise ValueError("proof")
    return int(old[1]), proof, note


def _signed(note: str, keys: list[str]) -> Checkpoint | None:
    """Return the checkpoint in `note` with the one line that one of `keys` signed.

    Every other line is left out: it could be anybody's, and must not be kept.
    """
    body, _, tail = note.rpartition("\n\n")
    for line in tail.removesuffix("\n").split("\n"):
        for key in keys:
            try:
                return open_checkpoint(f"{body}\n\n{line}\n", key)
            except TamperError:
                continue
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("witness.no_key", folder=str(path.parent)) from error
