"""What one reading or writing of the state sees, on every kind of database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sekisho.app.settings import set_setting
from sekisho.app.tables import SETTING
from sekisho.errors import UnavailableError
from sekisho.storage import Database, scrub
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


@pytest.mark.store
@pytest.mark.duty("1-3")
def test_what_somebody_still_reads_is_not_called_gone(
    database: Database, clock: FixedClock
) -> None:
    """Removed rows that an older reading could still see stay in PostgreSQL, and that is said."""
    set_setting(database, "institution", value="模擬", by="test", at=clock.now())
    if database.path is not None:
        assert database.kept_elsewhere() == ()
        return
    assert database.kept_elsewhere()[0] == "log"
    with database.read() as reading:
        reading.execute(sa.text("SELECT 1"))  # of no table: it holds no lock, but a state
        with database.write() as connection:
            connection.execute(sa.delete(SETTING))
        with pytest.raises(UnavailableError, match=r"storage\.busy"):
            scrub.write_anew(database.engine, [SETTING], patience=0.3)
    scrub.write_anew(database.engine, [SETTING], patience=30)


@pytest.mark.store
@pytest.mark.duty("1-3")
def test_whoever_may_not_write_anew_is_told(database: Database) -> None:
    """A role that owns its tables and not the database cannot clean the statistics, and that is said."""
    if database.path is not None:
        return
    with database.write() as connection:
        connection.execute(sa.text("CREATE ROLE tenant"))
        connection.execute(sa.text("GRANT CREATE, USAGE ON SCHEMA public TO tenant"))
        connection.execute(sa.text(f"ALTER TABLE {SETTING.name} OWNER TO tenant"))
    try:
        url = database.engine.url.update_query_dict({"options": "-crole=tenant"})
        tenant = sa.create_engine(url)
        with pytest.raises(UnavailableError, match=r"storage\.not_owner"):
            scrub.write_anew(tenant, [SETTING], patience=30)
        tenant.dispose()
    finally:
        with database.write() as connection:
            connection.execute(sa.text("REASSIGN OWNED BY tenant TO CURRENT_USER"))
            connection.execute(sa.text("DROP OWNED BY tenant"))
            connection.execute(sa.text("DROP ROLE tenant"))
