"""The documented sitting (docs/hospital/review.md), with its watch: files to a month signed by two.

Run: .venv/bin/python bench/sitting.py --size 400
A simulated hospital (tests/simulator) writes its CP932 log, staff list, SS-MIX2 storage, roster
grids and lists; the real commands run one after the other, the console is asked as a browser
asks it, and the same month is closed at L0, at L1 and at L3. It needs no network:
``unshare --map-root-user --net`` before the command proves it where that is allowed (loopback
must be up: tests/browser/closed.py does that). Reading by a person takes its own time.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.simulator.month import make
from tests.simulator.sitting import Sitting


def say(*words: object) -> str:
    """Run ``sekisho`` with these words and return what it printed.

    Raises:
        SystemExit: It failed; with what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "sekisho", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    if done.returncode:
        raise SystemExit(f"sekisho {words}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def main() -> None:
    """Sit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=400, help="people who work there")
    parser.add_argument("--seed", type=int, default=108)
    parser.add_argument("--habit", default="general")
    parser.add_argument("--keep", type=Path, help="keep hospital, data and signed pages here")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="sekisho-sitting-"))
    (folder / "data").mkdir(mode=0o700, parents=True)
    hospital = folder / "hospital"
    try:
        truth = make(hospital, seed=given.seed, size=given.size, habit=given.habit, storage=True)
        files = sum(len(names) for _, _, names in os.walk(hospital))
        began = time.perf_counter()
        sitting = Sitting(truth, hospital, folder / "data", say)
        sitting.run()
        whole = time.perf_counter() - began
        print(f"{given.habit}, {given.size} staff, seed {given.seed}, simulated: "
              f"{len(truth.of_row):,} accesses, {files:,} files\n")  # fmt: skip
        print("| 水準 / level | すること / step | 秒 / seconds | CPU |\n|---|---|---:|---:|")
        for step in sitting.steps:
            cases = f"（{step.said} 件 / cases）" if step.what == "desk" else ""
            print(f"| {step.level} | {step.what}{cases} | {step.seconds:.1f} | {step.cpu:.1f} |")
        used = sum(step.cpu for step in sitting.steps)
        print(f"| | 全部 / whole | {whole:.0f} | {used:.0f} |\n")
        for level, lines in sitting.lines.items():
            s = lines[-1]["summary"]
            print(f"{level}: {s['explained']:,} of {s['accesses']:,} explained, "
                  f"{s['not_judgeable']:,} not judgeable, {s['raised']} raised")  # fmt: skip
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
