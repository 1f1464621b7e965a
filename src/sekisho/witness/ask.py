"""The log's side: ask a witness to cosign the checkpoint that stands now."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import aiohttp

from sekisho.errors import TamperError
from sekisho.ledger import Checkpoint, Cosigned, read_cosigned
from sekisho.ledger.note import b64
from sekisho.witness.config import Settings
from sekisho.witness.keep import SIZE_TYPE

_LONGEST = 16 * 1024
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?\Z")
_PROOF = 63


class Answer(StrEnum):
    """What a witness said."""

    COSIGNED = "cosigned"
    AHEAD = "ahead"
    """It has cosigned more records than there are: the log was put back to an older state."""
    FORKED = "forked"
    """It has cosigned another past: the log was made anew."""
    NOT_TRUSTED = "not_trusted"
    """It does not know this log, or not this key."""
    SILENT = "silent"
    """It did not answer, or not as a witness does."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer of one witness.

    Attributes:
        cosigned: What it cosigned, where it did.
        size: How many records it says that it has seen, where it said so.
        why: What went wrong on the way, for people who look after machines.
    """

    answer: Answer
    cosigned: Cosigned | None = None
    size: int | None = None
    why: str = ""


Consistency = Callable[[int], list[bytes]]
"""Gives the proof from a smaller size to the checkpoint's."""


def ask(
    witnesses: Sequence[Settings],
    olds: Sequence[int],
    checkpoint: Checkpoint,
    consistency: Consistency,
    key: str,
    *,
    seconds: float = 10.0,
) -> list[Asked]:
    """Ask all witnesses at once; each has `seconds` and cannot hold up the others.

    Args:
        witnesses: Whom to ask.
        olds: For each the size that it cosigned last as far as is known here, 0 for none.
        checkpoint: To be cosigned; its text holds the log's signature alone.
        consistency: Proofs up to it.
        key: The log's verifier key.
        seconds: For each request.
    """

    async def each() -> list[Asked]:
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            return await asyncio.gather(
                *(
                    _one(session, one, old, checkpoint, consistency, key)
                    for one, old in zip(witnesses, olds, strict=True)
                )
            )

    return asyncio.run(each())


def request_of(old: int, checkpoint: Checkpoint, consistency: Consistency) -> bytes:
    """Return the request to cosign `checkpoint` after `old` records (C2SP tlog-witness)."""
    proof = consistency(old) if 0 < old < checkpoint.size else []
    lines = [f"old {old}", *(b64(step) for step in proof[:_PROOF])]
    return ("\n".join(lines) + "\n\n" + checkpoint.text).encode()


async def _one(
    session: aiohttp.ClientSession,
    witness: Settings,
    old: int,
    checkpoint: Checkpoint,
    consistency: Consistency,
    key: str,
) -> Asked:
    try:
        status, text, kind = await _post(session, witness, old, checkpoint, consistency)
        found = _SIZE.match(text)
        if status == HTTPStatus.CONFLICT and kind == SIZE_TYPE and found:
            size = int(found[1])
            if size > checkpoint.size:
                return Asked(Answer.AHEAD, size=size)
            if size == old:
                return Asked(Answer.FORKED, size=size)
            old = size
            status, text, kind = await _post(session, witness, old, checkpoint, consistency)
        return _read(witness, status, text, checkpoint, key, old)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Asked(Answer.SILENT, why=str(error) or type(error).__name__)


def _read(
    witness: Settings, status: int, text: bytes, checkpoint: Checkpoint, key: str, old: int
) -> Asked:
    if status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY):
        return Asked(Answer.FORKED, size=old)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
        return Asked(Answer.NOT_TRUSTED)
    if status != HTTPStatus.OK:
        return Asked(Answer.SILENT, why=f"HTTP {status}")
    # The witness may sign with several keys; only the one that is known here counts.
    for line in text.decode("utf-8", "replace").split("\n"):
        try:
            note = f"{checkpoint.text}{line}\n"
            return Asked(Answer.COSIGNED, read_cosigned(note, key, witness.key), checkpoint.size)
        except TamperError:
            continue
    return Asked(Answer.SILENT, why="signature")


async def _post(
    session: aiohttp.ClientSession,
    witness: Settings,
    old: int,
    checkpoint: Checkpoint,
    consistency: Consistency,
) -> tuple[int, bytes, str]:
    """Send `add-checkpoint`; return status, text and content type of the answer."""
    body = request_of(old, checkpoint, consistency)
    url = witness.url.rstrip("/") + "/add-checkpoint"
    async with session.post(url, data=body, allow_redirects=False) as answer:
        text = await answer.content.read(_LONGEST)
        return answer.status, text, answer.content_type
