"""Files beside a line: stored as they came, never stored where malware was found, and not passed off changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.inspection import register
from sekisho.inspection.register import files
from sekisho.scan import Answer, Verdict, Why
from sekisho.storage import Database

pytestmark = [pytest.mark.store, pytest.mark.duty("注-6.2")]
NOW = dt.datetime(2026, 11, 29, 3, tzinfo=dt.UTC)
TODAY = NOW.date()
PAGE = b"<script>alert(1)</script>"


@pytest.fixture
def line(database: Database) -> int:
    """A line to lay files beside."""
    values = {"rule": "運用管理規程", "sort": "operation"}
    return register.add(database, "rules", values, by="P1", at=NOW, today=TODAY)


def test_a_file_is_kept_as_it_came_and_known_again(
    database: Database, data: Path, tmp_path: Path, line: int
) -> None:
    """A hostile name loses what disguises it, the same content is not kept twice, a file taken away is there still, and one whose bytes were changed is not given out."""
    brought = tmp_path / "x"
    brought.write_bytes(PAGE)
    doubt = Answer(verdict=Verdict.NOT_CHECKED, why=Why.DOWN)
    number = files.attach(database, data, line, brought, "規程\u202efdp.exe/..", doubt, by="P1", at=NOW)  # fmt: skip
    with pytest.raises(ConflictError):
        files.attach(database, data, line, brought, "again", doubt, by="P1", at=NOW)
    found, body = files.content(database, data, line, number)
    assert (found.name, body, found.said) == ("規程_fdp.exe_", PAGE, "down")
    stored = files.place(data, found.digest)
    assert stored.stat().st_mode & 0o777 == 0o600
    files.take_away(database, line, number, gone=True, by="P2", at=NOW)
    assert files.files(database, line)[0].gone_by == "P2"
    assert files.content(database, data, line, number)[1] == PAGE
    with pytest.raises(InvalidInputError):
        files.content(database, data, line + 1, number)
    stored.write_bytes(PAGE + b" ")
    with pytest.raises(TamperError):
        files.content(database, data, line, number)


def test_what_malware_was_found_in_is_not_stored(
    database: Database, data: Path, tmp_path: Path, line: int
) -> None:
    """Of a find the name and who brought it stay, and not one byte; a file over the limit is refused."""
    brought = tmp_path / "x"
    brought.write_bytes(PAGE)
    found = Answer(verdict=Verdict.FOUND, name="Eicar-Test-Signature")
    number = files.attach(database, data, line, brought, "a.doc", found, by="P1", at=NOW)
    (known,) = files.files(database, line)
    assert (known.verdict, known.said, known.by) == ("found", "Eicar-Test-Signature", "P1")
    assert not files.place(data, known.digest).exists()
    keys = {one.key: one.where for one in register.findings(database, TODAY)}
    assert keys["register.malware"] == f"/inspection/register/rules/{line}"
    with pytest.raises(InvalidInputError):
        files.content(database, data, line, number)
    files.take_away(database, line, number, gone=True, by="P2", at=NOW)
    assert "register.malware" not in {one.key for one in register.findings(database, TODAY)}
    with brought.open("wb") as file:
        file.truncate(files.LARGEST + 1)
    with pytest.raises(InvalidInputError):
        files.attach(database, data, line, brought, "b", found, by="P1", at=NOW)


def test_new_patterns_ask_for_every_file_once(
    database: Database, data: Path, tmp_path: Path, line: int
) -> None:
    """Files that were not held against the patterns of today wait, the longest first; what is said of one holds wherever the same content lies, and a find is never clean again."""
    other = register.add(database, "rules", {"rule": "媒体", "sort": "media"}, by="P1", at=NOW, today=TODAY)  # fmt: skip
    clean = Answer(verdict=Verdict.CLEAN)
    for at, (place, body) in enumerate(((line, PAGE), (other, b"x"), (other, PAGE))):
        brought = tmp_path / "x"
        brought.write_bytes(body)
        when = NOW + dt.timedelta(minutes=at)
        files.attach(database, data, place, brought, "a", clean, by="P1", at=when)
    page, short = files.unscanned(database, "1 -")
    assert [one[:2] for one in files.beside(database, page)] == [("rules", line), ("rules", other)]
    files.scanned(database, short, clean, "1 -", at=NOW)
    assert files.unscanned(database, "1 -") == [page]
    shut = Answer(verdict=Verdict.FOUND, name="Late")
    files.scanned(database, page, shut, "1 -", at=NOW + dt.timedelta(days=1))
    assert files.unscanned(database, "2 -") == [short]
    assert [one[1] for one in files.found(database)] == [line, other]
    (known,) = files.files(database, line)
    assert (known.stored, known.said, known.patterns) == (True, "Late", "1 -")
    assert files.beside(database, page) == []
