"""Tables come from migrations alone: equal to what the rooms declare, whole or not at all."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import sekisho
from sekisho.errors import InvalidInputError
from sekisho.storage import METADATA, open_database
from sekisho.storage.migrate import SCRIPTS, TABLE, newest, prepare

HOUSE = Path(sekisho.__file__).parent
for _tables in HOUSE.rglob("tables.py"):
    importlib.import_module("sekisho." + ".".join(_tables.relative_to(HOUSE).with_suffix("").parts))

_OPEN = """
import sys
from sekisho.storage import open_database
print("ready", flush=True)
sys.stdin.readline()
open_database(sys.argv[1]).close()
print("alembic" in sys.modules)
"""

_COLUMNS = """
SELECT t.name, c.name, NOT c."notnull" OR c.dflt_value IS NOT NULL
  FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"""
"""Each column, and whether a row may say nothing of it."""

pytestmark = [
    pytest.mark.store,
    # Of an index of an expression SQLAlchemy and Alembic say that SQLite does not tell of it.
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection:sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based"),
]


@pytest.fixture
def engine(state_url: str) -> Iterator[sa.Engine]:
    """An empty state of each kind, opened as the program opens it; no tables."""
    opened = open_database(state_url, prepare=False)
    yield opened.engine
    opened.close()


def _scripts(folder: Path, *steps: str, body: str = "pass", upto: str | None = None) -> Path:
    """Return a copy of the shipped scripts (up to `upto`), with `steps` after them."""
    copy = shutil.copytree(SCRIPTS, folder)
    for path in (copy / "versions").glob("v*.py"):
        if upto is not None and path.name[1:7] > upto:
            path.unlink()
    for step in steps:
        before = newest(copy)
        (copy / "versions" / f"v{step}_more.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision = {step!r}\ndown_revision = {before!r}\n\n\ndef upgrade() -> None:\n    {body}\n",
            encoding="utf-8",
        )
    return copy


def _following(versions: int) -> str:
    """Return the first step of the version that comes `versions` after the shipped one."""
    return f"{int(newest()[:2]) + versions:02d}_001"


def _kept(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        number: str | None = connection.exec_driver_sql(f"SELECT version_num FROM {TABLE}").scalar()
    return number


def _fill(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Put one row into every table there is; every text "1", so that what refers finds it."""
    found = sa.MetaData()
    found.reflect(engine)
    values: dict[type[object], object] = {int: 1, str: "1", bytes: b"1", float: 1.0, bool: True}
    with engine.connect() as connection, connection.begin():
        for table in found.sorted_tables:
            if table.name != TABLE:
                row = {
                    column.name: {}
                    if isinstance(column.type, sa.JSON)
                    else values.get(column.type.python_type, sa.func.current_date())
                    for column in table.columns
                }
                connection.execute(table.insert().values(row))
    return _rows(engine, found)


def _rows(engine: sa.Engine, tables: sa.MetaData) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table))]
            for table in tables.sorted_tables
            if table.name != TABLE
        }


def test_migrated_tables_are_those_the_rooms_declare(engine: sa.Engine) -> None:
    """After every migration the tables equal METADATA of all rooms: nothing more, nothing less."""
    prepare(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": TABLE, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_tables_without_a_row_id_and_indexes_of_expressions_stay_so(data: Path) -> None:
    """On SQLite a table is made without rowid, and an index of an expression, exactly where its room asks for it."""
    made, declared = (sa.create_engine(f"sqlite:///{data / name}") for name in ("a.db", "b.db"))
    prepare(made)
    METADATA.create_all(declared)

    seen = []
    for one in (made, declared):
        with one.connect() as connection:
            rows = connection.exec_driver_sql("SELECT name, wr FROM pragma_table_list").all()
            indexes = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%)%)'"
            ).all()
            seen.append({(name, wr) for name, wr in [*rows, *indexes] if name != TABLE})
        one.dispose()

    assert seen[0] == seen[1]
    assert (
        "care_order_patient",
        "CREATE INDEX care_order_patient ON care_order (ltrim(patient_id, '0'))",
    ) in seen[0]


def test_steps_stand_in_one_line() -> None:
    """Each step's file is named by its number, and follows the one before it."""
    script = ScriptDirectory(str(SCRIPTS))
    line = list(reversed(list(script.walk_revisions())))
    names = sorted(path.name[1:7] for path in (SCRIPTS / "versions").glob("v*.py"))

    assert [step.revision for step in line] == names
    assert [step.down_revision for step in line] == [None, *names[:-1]]
    assert newest() == names[-1]


def test_a_step_only_adds(data: Path, tmp_path: Path) -> None:
    """What a step leaves can be used by the version before: no column goes, a new one has a default."""
    steps = sorted((SCRIPTS / "versions").glob("v*.py"))
    scripts = _scripts(tmp_path / "steps", upto=steps[0].name[1:7])
    engine = sa.create_engine(f"sqlite:///{data / 'state.db'}")
    before: dict[str, dict[str, bool]] = {}
    for step in steps:
        name = step.name[1:7]
        shutil.copy(step, scripts / "versions")
        prepare(engine, scripts)
        assert _kept(engine) == name
        after: dict[str, dict[str, bool]] = {}
        with engine.connect() as connection:
            for table, column, free in connection.exec_driver_sql(_COLUMNS):
                after.setdefault(table, {})[column] = bool(free)
        for table, columns in before.items():
            assert set(columns) <= set(after[table]), f"{name} takes columns of {table} away"
            for column in set(after[table]) - set(columns):
                assert after[table][column], f"{name}: {table}.{column}"
        before = after
    assert len(before) > 100
    engine.dispose()


def test_rows_of_the_first_version_are_kept(engine: sa.Engine, tmp_path: Path) -> None:
    """Rows written on the first version's tables are all there after every later step; where they tell of care, and who approved, is told."""
    first = _scripts(tmp_path / "first", upto="01_001")
    later = _scripts(
        tmp_path / "later",
        _following(1),
        body="op.add_column('app_setting', sa.Column('more', sa.Integer, server_default='7'))",
    )
    prepare(engine, first)
    before = _fill(engine)
    tables = sa.MetaData()
    tables.reflect(engine)

    prepare(engine, later)

    assert _kept(engine) == _following(1)
    assert len(before) > 25
    assert _rows(engine, tables) == before
    with engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT what, word FROM care_told ORDER BY what").all()
        words = connection.exec_driver_sql(
            'SELECT explanation, approves, "by" FROM review_approval_word'
        ).all()
    assert told == [("department", "1"), ("ward", "1")]
    assert words == [("1", True, "1")]


def test_a_step_that_fails_leaves_everything_as_it_was(engine: sa.Engine, tmp_path: Path) -> None:
    """Where the second of two steps fails, the first is undone too and the state can be used."""
    prepare(engine)
    good = _following(1)
    scripts = _scripts(
        tmp_path / "good", good, body="op.create_table('more', sa.Column('id', sa.Integer))"
    )
    (scripts / "versions" / f"v{good[:3]}002_wrong.py").write_text(
        "from alembic import op\n"
        f"revision = {good[:3] + '002'!r}\ndown_revision = {good!r}\n\n\n"
        "def upgrade() -> None:\n    op.execute('SELECT 1 FROM there_is_no_such_table')\n",
        encoding="utf-8",
    )

    with pytest.raises(sa.exc.DBAPIError):
        prepare(engine, scripts)

    assert _kept(engine) == newest()
    assert not sa.inspect(engine).has_table("more")
    prepare(engine)


def test_processes_that_start_at_once_migrate_once(state_url: str) -> None:
    """Four processes that open an empty state at once all get it, and it is migrated once."""
    opening = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _OPEN, state_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for each in opening:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in opening:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in opening:
        each.communicate(timeout=100)

    assert [each.returncode for each in opening] == [0, 0, 0, 0]
    database = open_database(state_url)
    assert _kept(database.engine) == newest()
    database.close()


def test_a_state_that_is_up_to_date_is_opened_without_alembic(state_url: str) -> None:
    """Opening a state at its newest form loads no part of Alembic."""
    open_database(state_url).close()

    done = subprocess.run(
        [sys.executable, "-c", _OPEN, state_url],
        input="go\n",
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == ["ready", "False"]


def test_a_state_newer_by_one_version_is_opened(engine: sa.Engine, tmp_path: Path) -> None:
    """After one step back the tables of the version after this one are used as they are."""
    step = _following(1)
    prepare(
        engine,
        _scripts(
            tmp_path / "newer",
            step,
            f"{step[:3]}002",
            body="op.execute('SELECT 1')",
        ),
    )

    prepare(engine)

    assert _kept(engine) == f"{step[:3]}002"
    assert _fill(engine)


def test_a_state_newer_by_two_versions_is_refused(engine: sa.Engine, tmp_path: Path) -> None:
    """A state that is newer by two versions is refused by a sentence with both numbers, unchanged."""
    prepare(engine, _scripts(tmp_path / "newer", _following(1), _following(2)))

    with pytest.raises(InvalidInputError, match=r"storage\.too_new") as refusal:
        prepare(engine)

    assert refusal.value.args_ == {"state": _following(2), "program": newest()}
    assert _kept(engine) == _following(2)


def test_tables_that_no_migration_made_are_refused(engine: sa.Engine) -> None:
    """A state with tables and no version is another's: it is refused and nothing is added to it."""
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE anything (id INTEGER)")

    with pytest.raises(InvalidInputError, match=r"storage\.no_version"):
        prepare(engine)

    assert sa.inspect(engine).get_table_names() == ["anything"]


def test_a_version_that_is_none_is_refused(engine: sa.Engine) -> None:
    """A version number that Sekisho never wrote is refused."""
    prepare(engine)
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(f"UPDATE {TABLE} SET version_num = 'else'")

    with pytest.raises(InvalidInputError, match=r"storage\.no_version"):
        prepare(engine)


def test_no_room_makes_tables_by_itself() -> None:
    """Nothing in the program makes tables past the migrations."""
    making = [path for path in HOUSE.rglob("*.py") if ".create_all(" in path.read_text("utf-8")]

    assert making == []
