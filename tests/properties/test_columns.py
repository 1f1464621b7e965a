"""Rows that come from the store as Arrow columns are the rows that were kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sekisho.storage import Database, read_columns

KEPT = sa.Table(
    "kept",
    sa.MetaData(),
    sa.Column("number", sa.Integer),
    sa.Column("one", sa.Text),
    sa.Column("other", sa.Text),
    sa.Column("day", sa.Date),
    sa.Column("moment", sa.DateTime),
    sa.Column("truth", sa.Boolean),
)
# PostgreSQL keeps no sign of number zero.
TEXTS = st.none() | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "one": TEXTS | st.sampled_from(["", "null", "0012", ",", '"', "\\", "\\n", "a\nb", " a "]),
            "other": TEXTS,
            "day": st.none() | st.dates(dt.date(1900, 1, 1)),
            "moment": st.none() | st.datetimes(dt.datetime(1900, 1, 1)),  # noqa: DTZ001 (kept without a zone)
            "truth": st.none() | st.booleans(),
        }
    ),
    max_size=6,
)  # fmt: skip


@pytest.mark.store
def test_columns_are_the_rows_that_were_kept(database: Database) -> None:
    """Whatever signs a text has, and wherever nothing is said, each value comes as it was kept."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @example([dict.fromkeys(("one", "other", "day", "moment", "truth"))])
    @given(ROWS)
    def holds(rows: list[dict[str, Any]]) -> None:
        numbered = [{"number": number, **row} for number, row in enumerate(rows)]
        with database.read() as c:  # rolled back
            KEPT.create(c)
            if rows:
                c.execute(sa.insert(KEPT), numbered)
            found = read_columns(c, sa.select(KEPT).order_by(KEPT.c.number))
            alone = read_columns(c, sa.select(KEPT.c.one).order_by(KEPT.c.number))
        assert found.column_names == [column.name for column in KEPT.c]
        assert found.to_pylist() == numbered
        assert alone["one"].to_pylist() == [row["one"] for row in rows]

    holds()
