"""Every room's proofs together, kept without a line for each hour."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.conftest import ROOT

from sekisho import posture
from sekisho.app.config import read_config
from sekisho.app.evidence import evidence_of_rooms, look_at_rooms
from sekisho.app.installation import Installation
from sekisho.app.proofs import all_latest, keep_newest, latest_evidence
from sekisho.app.tables import EVIDENCE
from sekisho.inspection.check import is_given
from sekisho.pages.words import LANGUAGES, catalogue
from sekisho.storage import Database
from sekisho.terms import Evidence, FixedClock, Result

pytestmark = pytest.mark.store
SUBJECTS = {
    "identity.named", "identity.second_factor", "identity.leavers", "identity.unused",
    "identity.passwords", "identity.lockout", "access.matrix", "access.administrators",
    "ledger.sealed", "ledger.time", "collect.sources", "collect.sheets", "review.months",
    "review.notice", "gate.tls", "gate.bans",
}  # fmt: skip

MACHINES = {"posture.inventory", "posture.lines"}
"""What is kept, as not checked, where no ledger of machines was ever loaded."""


@pytest.fixture
def installation(data: Path, database: Database, clock: FixedClock) -> Installation:
    """An installation in which nothing has happened yet."""
    return Installation(data, read_config(data), database, clock)


def test_a_bare_installation_proves_nothing(installation: Installation) -> None:
    """Each subject is given once, with a sentence in both languages, and none is a yes by itself."""
    said = list(evidence_of_rooms(installation))

    assert {one.subject for one in said} == SUBJECTS
    assert all(is_given(one) for one in SUBJECTS)
    assert len(said) == len(SUBJECTS)
    for language in LANGUAGES:
        assert {one.message for one in said} <= set(catalogue(language))
    assert {one.result for one in said if one.subject != "ledger.time"} == {Result.NOT_CHECKED}


def test_what_is_written_of_evidence_names_it_all() -> None:
    """The page on evidence names every subject that a room gives."""
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")

    assert {one for one in SUBJECTS | MACHINES if f"`{one}`" not in page} == set()


def test_the_same_again_is_one_line_as_new_as_its_last_check(
    installation: Installation, clock: FixedClock
) -> None:
    """A day of checks adds no line where nothing changed, and the proof's date is the last check's."""
    for _ in range(5):
        look_at_rooms(installation)
        clock.move(dt.timedelta(hours=5))
    with installation.database.read() as c:
        kept = list(c.scalars(sa.select(EVIDENCE.c.subject)))
    proof = latest_evidence(installation.database, "gate.tls")

    assert len(kept) == len(set(kept))
    assert set(kept) >= SUBJECTS | MACHINES
    assert proof is not None
    assert clock.now() - proof.checked_at == dt.timedelta(hours=5)


def test_what_changes_is_a_new_line(database: Database, clock: FixedClock) -> None:
    """A proof that says something new is a line of its own; the one before keeps its days."""
    for count in (0, 0, 1, 1, 0):
        keep_newest(
            database,
            Evidence(
                subject="x.y", checked_at=clock.now(), by="x", result=Result.YES, message="m",
                args={"count": count, "which": ("a",)},
            ),
        )  # fmt: skip
        clock.move(dt.timedelta(hours=1))
    query = sa.select(EVIDENCE.c.since, EVIDENCE.c.checked_at).order_by(EVIDENCE.c.id)
    with database.read() as c:
        spans = [tuple(row) for row in c.execute(query)]

    start = clock.now() - dt.timedelta(hours=5)
    assert [(a - start, b - start) for a, b in spans] == [
        (dt.timedelta(hours=a), dt.timedelta(hours=b)) for a, b in ((0, 1), (2, 3), (4, 4))
    ]


def test_every_proof_of_machines_is_kept_once_there_are_some(
    installation: Installation, tmp_path: Path
) -> None:
    """With machines in the ledger each subject that a catalogue may name of posture is kept, whatever it says."""
    (tmp_path / "a.csv").write_text(
        "管理番号,機器名,種別,製造販売業者,型式\n1,心電計,医療機器,丁医科,E-9\n", encoding="utf-8"
    )
    posture.load([tmp_path / "a.csv"], database=installation.database, clock=installation.clock)
    look_at_rooms(installation)
    text = (ROOT / "src/sekisho/inspection/subjects.toml").read_text(encoding="utf-8")
    named = tomllib.loads(text)["subjects"]["posture"]
    kept = {one.subject for one in all_latest(installation.database, below="posture.")}
    assert kept == {f"posture.{name}" for name in named}
