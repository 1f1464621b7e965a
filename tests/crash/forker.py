"""Starts recorder processes quickly: imports once, forks one for each line on its input.

Run as a script. Each line is a data directory, a tab and the database's URL; the answer is
the child's process id.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sekisho.ledger import serve
from sekisho.storage import open_database
from sekisho.terms import SystemClock


def main() -> None:
    """Fork until the input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        folder, url = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            serve(Path(folder), open_database(url, prepare=False), SystemClock())
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
