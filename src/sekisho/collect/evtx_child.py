"""The process that reads chunks of Windows event logs, one after the other, and nothing else.

A damaged chunk may abort the library, hold it up, or make it ask for all memory: then this
process dies, and its parent (`evtx_chunks`) names the chunk. It imports nothing of Sekisho,
opens no file, and is started as a script.

In: four bytes of length (little-endian), then a file of one chunk. Out, by line: ``R`` and a
record's JSON, ``E`` where one could not be read, ``.`` at the end of the chunk.
"""

from __future__ import annotations

import io
import resource
import sys
from typing import Any, BinaryIO

import evtx

MEMORY = 1 << 30
"""Bytes of address space; a chunk of 64 KiB needs a few megabytes."""


def main() -> None:
    """Answer chunks until the parent closes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, answer = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(4)) == 4:
        _chunk(source.read(int.from_bytes(head, "little")), answer)
        answer.write(b".\n")
        answer.flush()


def _chunk(content: bytes, answer: BinaryIO) -> None:
    try:
        records = evtx.PyEvtxParser(io.BytesIO(content), 1).records_json()
    except (RuntimeError, OSError, ValueError):
        answer.write(b"E\n")
        return
    failed = 0
    while failed < 4096:  # more records than a chunk can hold
        try:
            record: Any = next(records)
        except StopIteration:
            return
        except BaseException as error:  # a panic of the library is none of Exception's
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            failed += 1
            answer.write(b"E\n")
            continue
        text = record["data"].encode("utf-8", "surrogatepass").replace(b"\n", b" ")
        answer.write(b"R%d %s\n" % (record["event_record_id"], text))


if __name__ == "__main__":
    main()
