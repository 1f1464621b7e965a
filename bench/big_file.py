"""A big CSV through `sekisho collect`: memory that does not grow with the file, and progress.

Run: .venv/bin/python bench/big_file.py [--megabytes 1000] [--bound 768]
Makes a simulated log of that size in the temporary folder, collects it at a terminal of its own
into a new installation, and removes both. Ends with 1 where the peak of the process (reading,
recording and sealing) passes the bound in MiB or where no progress was shown; whether each row is there is not counted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from collect_bench import write

BYTES_A_ROW = 100
NEEDED = 8
"""Free disk that a run may take, in sizes of the file: the file, the tail and the sealed records."""


def run(path: Path, data: Path) -> tuple[int, float, set[int]]:
    """Collect `path`; return the peak in MiB, the seconds, and each share in percent that was shown."""
    ours, theirs = os.openpty()
    shown = bytearray()

    def look() -> None:
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                return
            shown.extend(part)

    watcher = threading.Thread(target=look)
    began = time.monotonic()
    words = [sys.executable, "-m", "sekisho", "collect", str(path), "--data", str(data)]
    process = os.posix_spawn(
        sys.executable, words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, theirs, 2)]
    )
    os.close(theirs)
    watcher.start()
    _, status, used = os.wait4(process, 0)
    watcher.join(10)
    os.close(ours)
    said = shown.decode("utf-8", "replace")
    if status:
        raise SystemExit(f"collect ended with {os.waitstatus_to_exitcode(status)}: {said[-500:]}")
    shares = {int(part.rpartition(" ")[2]) for part in said.split("%")[:-1]}
    return used.ru_maxrss // 1024, time.monotonic() - began, shares


def main() -> None:
    """Make the file, collect it, and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--bound", type=int, default=768, help="peak of the process in MiB")
    asked = parser.parse_args()
    size = asked.megabytes * 1_000_000
    with tempfile.TemporaryDirectory(prefix="sekisho-big-") as name:
        free = shutil.disk_usage(name).free
        if free < NEEDED * size:
            raise SystemExit(
                f"big file: {NEEDED * size:,} bytes of free disk are needed in {name}, {free:,} are there"
            )
        path, rows = Path(name) / "log.csv", size // BYTES_A_ROW
        write(path, rows)
        peak, seconds, shares = run(path, Path(name) / "data")
        print(
            f"{path.stat().st_size:,} bytes, {rows:,} rows: {seconds:.0f} s, "
            f"{rows / seconds:,.0f} rows/s, peak {peak} MiB (bound {asked.bound}), "
            f"progress shown {len(shares)} times"
        )
    if peak > asked.bound:
        raise SystemExit("big file: the memory grew with the file")
    if len(shares) < 5:
        raise SystemExit("big file: no progress was shown")


if __name__ == "__main__":
    main()
