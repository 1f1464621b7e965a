"""Proves that this version can live with the data: ``python -m sekisho.app.update.health DATA``.

Run by the version that updates, in the version that is to be: it opens the
installation (and brings its tables up), verifies the whole record, and answers
with one line of JSON. Exit 0 and ``"ok": true`` is the only yes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from sekisho import __version__
from sekisho.app.config import read_config
from sekisho.errors import Error
from sekisho.storage import demand, open_database


def examine(data: Path) -> dict[str, object]:
    """Return whether this version opens `data` and finds its record intact."""
    answer: dict[str, object] = {"ok": False, "version": __version__, "records": 0}
    try:
        config = read_config(data)
        url = config.storage_url
        # The tables are brought up on the recorder's machine alone.
        database = open_database(url, prepare=not config.elsewhere)
        try:
            if config.elsewhere:
                demand(database.engine)
            with database.read() as connection:
                connection.exec_driver_sql("SELECT 1")
        finally:
            database.close()
        if (data / "ledger" / "checkpoint").exists():
            from sekisho.ledger import verify  # noqa: PLC0415 (slow to import)

            verdict = verify(data, url=url if url.startswith("postgresql") else None)
            answer["records"] = verdict.records
            if not verdict.ok:
                assert verdict.first_wrong is not None, "what is not ok names what is wrong"
                answer["why"] = verdict.first_wrong.message
                return answer
    except Error as error:
        answer["why"] = str(error)
        return answer
    answer["ok"] = True
    return answer


def main() -> int:
    """Answer on standard output."""
    answer = examine(Path(sys.argv[1]))
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
