"""A recorder process for the duration of one command: reading and recording take a core each."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sekisho.errors import Error, UnavailableError
from sekisho.ledger.client import Client
from sekisho.ledger.recorder import Recorder, recorder, serve
from sekisho.storage import Database, open_database
from sekisho.terms import Clock

LONGEST = 3600.0
"""Seconds that one answer may take: sealing a million records on a slow disk."""


@contextmanager
def apart(data: Path, database: Database, clock: Clock) -> Iterator[Recorder]:
    """Give the running recorder, else a process that is it while the block runs.

    The process ends when this one does, however that ends. Where it cannot be started the
    command is the recorder itself, and says what is wrong.

    Raises:
        ConflictError, TamperError: As `recorder`.
    """
    client = Client(data, timeout=LONGEST)
    try:
        client.connect()
    except UnavailableError:
        url = database.engine.url.render_as_string(hide_password=False)
        child, held = _fork(data, url, clock)
        try:
            if _answers(client, child):
                yield client
                return
        finally:
            client.close()
            os.close(held)
            os.waitpid(child, 0)
        with recorder(data, database, clock) as one:
            yield one
        return
    try:
        yield client
    finally:
        client.close()


def _fork(data: Path, url: str, clock: Clock) -> tuple[int, int]:
    """Start it; return its process id and what keeps it alive while it is open."""
    ending, held = os.pipe()
    child = os.fork()
    if child:
        os.close(ending)
        return child, held
    code = 1
    try:
        os.close(held)
        os.setsid()  # Ctrl-C ends the command, and the command ends this
        stop = threading.Event()
        threading.Thread(target=_until_closed, args=(ending, stop), daemon=True).start()
        own = open_database(url, prepare=False)
        serve(data, own, clock, stop=stop)
        code = 0
    except Error:
        pass  # the command tries itself, and says it
    finally:
        os._exit(code)


def _until_closed(ending: int, stop: threading.Event) -> None:
    os.read(
        ending, 1
    )  # nobody writes: it returns when the other end is closed, or its process gone
    stop.set()


def _answers(client: Client, child: int) -> bool:
    """Wait until it takes records; return False where it has ended."""
    while True:
        try:
            client.connect()
        except UnavailableError:
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return False
            time.sleep(0.01)
        else:
            return True
