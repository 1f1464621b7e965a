"""Writes the next step of the tables: ``.venv/bin/python tools/step.py NAME``.

What the rooms' `tables.py` declare and no migration makes yet is written out as a new
file in src/sekisho/storage/migrations/versions, to be read and kept. After a release
the first step of the next version is begun with ``--next-version``. An index of an
expression is written by hand (a warning names it): SQLite does not tell of one.
"""

# ruff: noqa: INP001, T201 (a script: prints what it wrote)

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

from sekisho.storage import METADATA
from sekisho.storage.migrate import SCRIPTS, TABLE, newest, prepare

HEAD = '''"""{about}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{step}"
down_revision = "{before}"


def upgrade() -> None:
    """Add what is new; nothing is taken away (decision 0008)."""
{body}
'''


def main() -> int:
    """Write the file and print its name; 1 where nothing is new."""
    arguments = argparse.ArgumentParser(description="the next step of the tables")
    arguments.add_argument("name", help="what is new, in one word: access, care_stay_bed")
    arguments.add_argument("--next-version", action="store_true", help="first step after a release")
    asked = arguments.parse_args()
    house = SCRIPTS.parent.parent
    for tables in sorted(house.rglob("tables.py")):
        importlib.import_module(
            "sekisho." + ".".join(tables.relative_to(house).with_suffix("").parts)
        )
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    prepare(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": TABLE, "sqlalchemy_module_prefix": "sa."}
        )
        new = produce_migrations(context, METADATA).upgrade_ops
    if new is None or new.is_empty():
        print("the migrations make all that the rooms declare: nothing to write", file=sys.stderr)
        return 1
    body = render_python_code(new)
    body = re.sub(r"^ *#.*\n?", "", body, flags=re.MULTILINE).rstrip()
    body = re.sub(r"sekisho\.storage\.schema\.Utc\([^)]*\)", "sa.String(24)", body)
    body = re.sub(r"op\.f\(('[^']+')\)", r"\1", body)
    before = newest()
    version, step = before.split("_")
    number = (
        f"{int(version) + 1:02d}_001" if asked.next_version else f"{version}_{int(step) + 1:03d}"
    )
    path = SCRIPTS / "versions" / f"v{number}_{asked.name}.py"
    path.write_text(
        HEAD.format(about=f"Tables: {asked.name}", step=number, before=before, body=body),
        encoding="utf-8",
    )
    subprocess.run([Path(sys.executable).with_name("ruff"), "format", "--quiet", path], check=True)  # noqa: S603 (our own tool)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
