"""The figures that docs/demo.md gives are those of the month that it names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sekisho import care, collect, review
from sekisho.app.demo.hospital import Truth, make
from sekisho.app.installation import open_installation

ROWS = 150_000
PAGE = Path(__file__).resolve().parents[3] / "docs" / "demo.md"


def figures(truth: Truth, run: review.Run) -> str:
    """Return the figures as docs/demo.md has them."""
    summary = run.summary
    whole = summary["accesses"]
    raised = {
        (origin["row"], case.rank)
        for case in run.cases
        if case.raised
        for _, origin in case.records
    }
    ranks: dict[int, set[int]] = {}
    for row, rank in raised:
        ranks.setdefault(row, set()).add(rank)

    def best(rows: tuple[int, ...]) -> int | None:
        return min((rank for row in rows for rank in ranks.get(row, ())), default=None)

    def line(name: str, count: int, of: int | None = None) -> str:
        share = f"{100 * count / of:.1f} %" if of else ""
        return f"| {name} | {count:,} | {share} |"

    lines = [
        "| simulated month, seed 7, 150,000 rows, level L1 | | |",
        "|---|---|---|",
        line("accesses, all of them looked at", whole),
        line("explained by a visit, a stay or what follows one", summary["explained"], whole),
        line("first accesses of a person to a patient", summary["first_accesses"]),
        line("of these explained", summary["first_explained"], summary["first_accesses"]),
        line("not explained", summary["unexplained"], whole),
        line("not judgeable", summary["not_judgeable"], whole),
        line("cases put before people", summary["raised"]),
        "",
        "| injected misuse | matters | in a case | best rank |",
        "|---|---|---|---|",
    ]
    for kind in sorted({matter.kind for matter in truth.cases}):
        found = [best(matter.rows) for matter in truth.cases if matter.kind == kind]
        known = [rank for rank in found if rank is not None]
        first = min(known, default=None)
        lines.append(f"| `{kind}` | {len(found)} | {len(known)} | {first or '–'} |")
    innocent = Counter(best(matter.rows) is not None for matter in truth.innocent)
    lines += [
        "",
        (
            f"Of {innocent.total():,} innocent matters that look like misuse, {innocent[True]:,} have a "
            f"row in a case that is put before people."
        ),
    ]
    return "\n".join(lines)


def test_the_figures_of_the_page_are_true(tmp_path: Path) -> None:
    """docs/demo.md gives the figures that a review at L1 of that simulated month gives, all of them."""
    truth = make(tmp_path / "hospital", seed=7, rows=ROWS)
    installation = open_installation(tmp_path / "data", create=True)
    database, clock = installation.database, installation.clock
    with installation.recorder() as recorder:
        collect.collect([truth.log], recorder=recorder, database=database, clock=clock)
        recorder.seal()
    care.load(truth.lists, database=database, clock=clock)
    review.approve_shipped(database, "U1", clock.now())
    run = review.run(database, installation.reader(), clock)
    installation.close()

    assert run.summary["level"] == "L1"
    assert figures(truth, run) in PAGE.read_text(encoding="utf-8")
