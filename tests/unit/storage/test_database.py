"""What one reading or writing of the state sees, on every kind of database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sekisho.app.settings import set_setting
from sekisho.app.tables import SETTING
from sekisho.storage import Database
from sekisho.terms import FixedClock


@pytest.mark.store
def test_a_reading_sees_one_state(database: Database, clock: FixedClock) -> None:
    """What another commits between two questions of one reading is not seen by the second."""
    count = sa.select(sa.func.count()).select_from(SETTING)
    with database.read() as reading:
        before = reading.execute(count).scalar_one()
        set_setting(database, "institution", value="模擬", by="test", at=clock.now())
        assert reading.execute(count).scalar_one() == before
    with database.read() as reading:
        assert reading.execute(count).scalar_one() == before + 1
