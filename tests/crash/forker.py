"""Starts recorder processes quickly: imports once, forks one for each line on its input.

Run as a script. Each line is a data directory; the answer is the child's process id.
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
        data = Path(line.strip())
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            database = open_database(f"sqlite:///{data / 'state.db'}", prepare=False)
            serve(data, database, SystemClock())
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
