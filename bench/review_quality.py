"""How good the review is, on simulated hospitals whose truth is known.

Run: .venv/bin/python bench/review_quality.py --seeds 11-15 --size 400 --habit general
     … --also clinic:40:11-13 --also emergency:120:11-13   (pools them)

The real command line runs in a temporary folder: `sekisho collect`, `care load`, `review
approve --shipped`, `review run --json`, each level with the lists that it adds. Everything is
simulated (tests/simulator); the tables are Markdown, for docs/review-quality.md. Seeds under
200 are for tuning rules, seeds from 200 on are for judging them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.simulator.judge import Verdict, judge
from tests.simulator.month import Truth, make

from sekisho import care
from sekisho.app.installation import open_installation
from sekisho.care.level import spans_of
from sekisho.review.approvals import working
from sekisho.review.desk import lay_out
from sekisho.review.explaining import explain_all
from sekisho.review.quality import FILE
from sekisho.storage import analysis

LEVELS = ("L0", "L1", "L2", "L3")


def sekisho(*args: str, must: bool = True) -> str:
    """Run the command and return what it printed.

    Raises:
        SystemExit: It failed and `must` not; with what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "sekisho", *args],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    if done.returncode and must:
        raise SystemExit(f"sekisho {' '.join(args)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout + (done.stderr if done.returncode else "")


def explained(data: Path, summary: Mapping[str, Any], truth: Truth) -> dict[int, str]:
    """Return the explanation of each access that one explains, as the run applied them."""
    installation = open_installation(data)
    try:
        with analysis() as desk:
            first, last = (dt.date.fromisoformat(summary["period"][k]) for k in ("from", "to"))
            installation.reader().register(desk)
            lay_out(
                desk,
                care.snapshot(installation.database, (first - dt.timedelta(days=1), last)),
                start=first,
                end=last,
                spans=spans_of(installation.database),
            )
            explain_all(desk, working(installation.database))
            rows = desk.rows(
                "SELECT e.origin_file, e.origin_row, min(x.explanation) FROM explained AS x "
                "JOIN raw AS e ON e.index = x.index WHERE e.source <> 'sekisho' GROUP BY ALL"
            )
    finally:
        installation.close()
    places = ((truth.place({"file": file, "row": row}), by) for file, row, by in rows)
    return {place: by for place, by in places if place}


def laid(folder: Path, seed: int, size: int, habit: str, levels: Sequence[str]) -> Truth:
    """Return a month's truth; its logs and lists lie in ``data-L0`` to ``data-L3`` of `folder`.

    What was made there before is taken as it is: other rules can judge the same month.
    """
    kept = folder / "truth.pickle"
    if kept.exists():
        found: Truth = pickle.loads(kept.read_bytes())
        return found
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    truth = make(folder / "hospital", seed=seed, size=size, habit=habit)
    data = folder / "data"
    for source, log in truth.logs.items():
        sekisho("collect", str(log), "--source", source, "--data", str(data))
    for level in LEVELS:
        files = truth.files(level)
        if files:
            said = sekisho("care", "load", *map(str, files), "--data", str(data), must=False)
            print(f"<!-- {habit} {seed} {level}: {said.strip()} -->", file=sys.stderr)
        if level in levels:
            shutil.copytree(data, folder / f"data-{level}")
    shutil.rmtree(data)
    kept.write_bytes(pickle.dumps(truth))
    return truth


def month(folder: Path, truth: Truth, name: str, levels: Sequence[str]) -> dict[str, Verdict]:
    """Review one month at each level, and return what each is worth."""
    found: dict[str, Verdict] = {}
    for level in levels:
        data = folder / f"data-{level}"
        sekisho("review", "approve", "--shipped", "--by", "judge", "--data", str(data))
        said = sekisho("review", "run", "--json", "--data", str(data))
        lines = [json.loads(x) for x in said.splitlines()]
        found[level] = judge(truth, lines, explained(data, lines[-1]["summary"], truth))
        print(f"{name} {level}: {one_line(found[level])}", file=sys.stderr, flush=True)
    return found


def one_line(verdict: Verdict) -> str:
    """Return the figures that the issue's floors name."""
    v = verdict
    return (
        f"all {v.all_explained / max(v.all, 1):.3f} first {v.first_explained / max(v.first, 1):.3f} "
        f"raised {v.a_day:.1f}/day/1000 ({v.raised}) recall {v.recall():.2f} "
        f"(no tie {v.recall(tied=False):.2f}) precision {v.precision:.2f} "
        f"leak {v.leaked / max(v.untied, 1):.3f} says {'/'.join(v.levels)} {v.seconds:.1f} s"
    )


def each(found: Mapping[str, Mapping[str, Verdict]]) -> None:
    """Print one line for each month and level: few matters make coarse shares, so both are told."""
    print("| 種 / seed | 水準 / level | 全部 / all | はじめて / first | 挙げた / raised "
          "| 見つけた / recall | 正しさ / precision | 縁のない不正が説明された / leak |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for name, levels in found.items():
        for level, v in levels.items():
            print(
                f"| {name} | {level} | {percent(v.all_explained, v.all)} "
                f"| {percent(v.first_explained, v.first)} | {v.a_day:.1f}（{v.raised} 件） "
                f"| {v.recall():.2f} ({v.found.total()}/{v.incidents.total()}) "
                f"| {v.precision:.2f} ({v.right}/{v.raised}) | {percent(v.leaked, v.untied)} |"
            )


Months = Sequence[tuple[str, int, int]]
"""Habit, size and seed of each month."""


def toml(found: Mapping[str, Verdict], months: Months, day: dt.date) -> str:
    """Return what `sekisho.review.quality` reads, of these months; other levels stay as they are."""
    known = FILE.read_text("utf-8")
    head = [line for line in known.splitlines() if line.startswith("#")]
    habits = dict.fromkeys(habit for habit, _, _ in months)
    sizes = sorted({size for _, size, _ in months})
    levels: dict[str, dict[str, Any]] = tomllib.loads(known)
    for level, v in found.items():
        levels[level] = {
            "recall": round(v.recall(), 3),
            "precision": round(v.precision, 3),
            "raised_per_day_per_1000": round(v.a_day, 1),
            "rightful_share": round((v.raised - v.right) / max(v.raised, 1), 3),
            "seeds": "; ".join(
                (f"{one} " if len(habits) > 1 else "")
                + ", ".join(str(seed) for habit, _, seed in months if habit == one)
                for one in habits
            ),
            "habit": ", ".join(habits),
            "staff": "–".join(dict.fromkeys(str(size) for size in (sizes[0], sizes[-1]))),
            "measured": day,
        }
    parts = ["\n".join(head)]
    for level in sorted(levels):
        lines = (
            f"{name} = {value if not isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
            for name, value in levels[level].items()
        )
        parts.append(f"[{level}]\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def percent(part: float, whole: float) -> str:
    """Return a share, or a dash."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def tables(found: Mapping[str, Verdict]) -> None:
    """Print everything about one habit."""
    levels = list(found)
    print("| | 目標 / floor | " + " | ".join(levels) + " |")
    print("|---|---|" + "---|" * len(levels))

    def line(what: str, floor: str, values: Sequence[str]) -> None:
        print(f"| {what} | {floor} | " + " | ".join(values) + " |")

    vs = list(found.values())
    line(
        "説明のついた割合、全部 / explained, all",
        "≥ 94 %",
        [percent(v.all_explained, v.all) for v in vs],
    )
    line(
        "同、はじめての閲覧 / first accesses",
        "≥ 80 %",
        [percent(v.first_explained, v.first) for v in vs],
    )
    line(
        "挙げた件、1,000人・1日 / raised a day per 1,000 staff",
        "≤ 5",
        [f"{v.a_day:.1f}" for v in vs],
    )
    line(
        "見つけた割合 / recall, all matters",
        "≥ 0.9",
        [f"{v.recall():.2f} ({v.found.total()}/{v.incidents.total()})" for v in vs],
    )
    line("同、診療の縁のない人 / without a tie", "", [f"{v.recall(tied=False):.2f}" for v in vs])
    line(
        "同、多くの人の件の一人一人 / people in matters of many",
        "",
        [percent(v.people_found, v.people) for v in vs],
    )
    line("挙げた件の正しさ / precision", "≥ 0.5", [f"{v.precision:.2f}" for v in vs])
    line(
        "挙げた件のうち正当だったもの / rightful among raised",
        "",
        [percent(v.raised - v.right, v.raised) for v in vs],
    )
    line(
        "縁のない不正が説明された / misuse without a tie explained",
        "≤ 5 %",
        [percent(v.leaked, v.untied) for v in vs],
    )
    line("Sekisho の言う水準 / the level it names", "", ["/".join(v.levels) for v in vs])
    last = vs[-1]
    print(f"\n種類ごと / by kind ({', '.join(levels)})：\n")
    print("| 種類 / kind | " + " | ".join(levels) + " |\n|---|" + "---|" * len(levels))
    for kind in sorted(last.incidents):
        print(
            f"| {kind} | " + " | ".join(f"{v.found[kind]}/{v.incidents[kind]}" for v in vs) + " |"
        )
    print(f"\n漏らした説明 / explanations that let misuse without a tie pass ({levels[-1]})：\n")
    print("| 説明 / explanation | 閲覧 / accesses | 種類 / kinds |\n|---|---|---|")
    by: dict[str, dict[str, int]] = {}
    for (explanation, kind), count in last.leaks.items():
        by.setdefault(explanation, {})[kind] = count
    for explanation, kinds in sorted(by.items(), key=lambda one: -sum(one[1].values())):
        print(
            f"| {explanation} | {sum(kinds.values())} | {', '.join(f'{k} {n}' for k, n in kinds.items())} |"
        )
    print(f"\n正当な閲覧 / rightful accesses ({levels[-1]})：\n")
    print(
        "| わけ / why | 閲覧 / accesses | 説明 / explained | 挙げた / raised |\n|---|---|---|---|"
    )
    for why, count in sorted(last.why.items(), key=lambda one: last.why_explained[one[0]] - one[1]):
        if not why.startswith("misuse"):
            print(
                f"| {why} | {count} | {percent(last.why_explained[why], count)} | {last.why_raised[why]} |"
            )
    print(
        f"\nしるし / signs ({levels[-1]})：\n\n| しるし / sign | 件 / cases | 正しい / right |\n|---|---|---|"
    )
    for rule, count in last.rules.most_common():
        print(f"| {rule} | {count} | {last.rules_right[rule]} |")


def numbers(text: str) -> list[int]:
    """Return the seeds in ``11-15`` or ``3,7``."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def several(text: str) -> Months:
    """Return the months of ``clinic:40:11-13``."""
    habit, size, seeds = text.split(":")
    return [(habit, int(size), seed) for seed in numbers(seeds)]


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=numbers, default=[101])
    parser.add_argument("--size", type=int, default=400)
    parser.add_argument("--habit", default="general")
    parser.add_argument(
        "--also", type=several, action="append", default=[], metavar="HABIT:SIZE:SEEDS",
        help="more months, pooled with them",
    )  # fmt: skip
    parser.add_argument("--levels", default="L0,L1,L2,L3")
    parser.add_argument("--keep", type=Path, help="keep the folders here, and take those that are")
    parser.add_argument("--make", action="store_true", help="only make them, to judge later")
    parser.add_argument("--toml", action="store_true", help=f"write the figures to {FILE.name}")
    given = parser.parse_args()
    levels = given.levels.split(",")
    whole = {level: Verdict() for level in levels}
    judged: dict[str, dict[str, Verdict]] = {}
    months = [(given.habit, given.size, seed) for seed in given.seeds]
    months += [one for more in given.also for one in more]
    for habit, size, seed in months:
        name = f"{habit}-{size}-{seed}"
        folder = (given.keep or Path(tempfile.mkdtemp(prefix="sekisho-quality-"))) / name
        try:
            truth = laid(folder, seed, size, habit, levels)
            if not given.make:
                judged[name] = month(folder, truth, name, levels)
                for level, verdict in judged[name].items():
                    whole[level].add(verdict)
        finally:
            if not given.keep:
                shutil.rmtree(folder.parent, ignore_errors=True)
    if given.make:
        return
    print(f"\n{', '.join(judged)}, simulated\n")
    tables(whole)
    print()
    each(judged)
    if given.toml:
        FILE.write_text(toml(whole, months, dt.datetime.now(dt.UTC).date()), "utf-8")


if __name__ == "__main__":
    main()
