"""Whose an id is: the review's SQL and the lists' own answer agree."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.review.ledger import MemoryLedger

from sekisho import care
from sekisho.review.desk import lay_out
from sekisho.storage import analysis, open_database
from sekisho.terms import FixedClock

DAYS = ["", "2026-10-05", "2026-10-10", "2026-10-15"]
OWNED = st.tuples(
    st.sampled_from(["pacs", "RIS"]),
    st.sampled_from(["1", "01", "001", "a", "A1"]),
    st.sampled_from(["S1", "S2", "1"]),
    st.sampled_from(DAYS),
    st.sampled_from(DAYS),
).filter(lambda row: not row[3] or not row[4] or row[3] <= row[4])
ASKED = st.tuples(
    st.sampled_from(["pacs", "ris", "emr"]),
    st.sampled_from(["1", "01", "0001", "a", "A1", "S1"]),
    st.sampled_from(["2026-10-04", "2026-10-10", "2026-10-16"]),
)


@settings(max_examples=20, deadline=None)
@given(
    owned=st.lists(OWNED, max_size=8),
    asked=st.lists(ASKED, min_size=1, max_size=8, unique=True),
)
def test_the_review_and_the_lists_agree(
    ready: Path, owned: list[tuple[str, ...]], asked: list[tuple[str, str, str]]
) -> None:
    """Whatever the mapping, the review names for each record who the lists say, or nobody."""
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    with TemporaryDirectory() as folder:
        shutil.copyfile(ready, Path(folder) / "state.db")
        database = open_database(f"sqlite:///{folder}/state.db")
        path = Path(folder) / "ids.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("system", "user_id", "staff_id", "from", "to"), *owned])
        care.load([path], database=database, clock=clock)
        rows = [
            {"user": user, "patient": "p", "day": day, "source": source}
            for source, user, day in asked
        ]
        with analysis() as desk:
            MemoryLedger(rows).register(desk)
            lay_out(
                desk,
                care.snapshot(database),
                start=dt.date(2026, 10, 1),
                end=dt.date(2026, 10, 31),
                spans={},
            )
            named = dict(desk.rows("SELECT index, written_user FROM raw"))
        for index, (source, user, day) in enumerate(asked):
            whose = care.staff_id_of(database, source, user, dt.date.fromisoformat(day))
            assert named[index] == (whose or f"{user} @ {source}")
        database.close()
