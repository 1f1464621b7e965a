"""Sign-ins in one file, patients in another: joined by session or terminal and time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sekisho.collect import FileReport, Mapping, collect, quarantine, retry
from sekisho.errors import InvalidInputError
from sekisho.ledger import Reader, create_key, recorder
from sekisho.storage import Database
from sekisho.terms import FixedClock

LOGIN = Mapping.from_toml(
    """
name = "emr-login"
action = "login"
[columns]
occurred_at = "日時"
user_id = "利用者ID"
terminal = "端末"
session = "セッションID"
action = "処理"
"""
)
PATIENT = """
name = "emr-patient"
[columns]
occurred_at = "日時"
patient_ids = "患者ID"
terminal = "端末"
session = "セッションID"
[join]
login = "emr-login"
"""
SIGNS = "日時,利用者ID,端末,セッションID,処理\n"
ROWS = "日時,患者ID,端末,セッションID\n"


class Joining:
    """Takes files into a real ledger, whose records are asked for the sign-ins."""

    def __init__(
        self, book: Any, reader: Reader, database: Database, clock: FixedClock, folder: Path
    ) -> None:
        self.book = book
        self.reader = reader
        self.database = database
        self.clock = clock
        self.folder = folder
        self._files = 0

    def take(self, text: str, mapping: Mapping) -> FileReport:
        """Take one file in."""
        self._files += 1
        path = self.folder / f"{self._files}.csv"
        path.write_text(text, encoding="utf-8")
        (report,) = collect(
            [path],
            recorder=self.book,
            database=self.database,
            clock=self.clock,
            mapping=mapping,
            book=self.reader,
        )
        return report

    def logins(self, *rows: str) -> FileReport:
        """Take sign-ins in; the last one is late in the day, so that the whole day is known."""
        return self.take(SIGNS + "\n".join([*rows, "2026/10/05 23:59:59,zz,z,z,ログイン"]), LOGIN)

    def patients(self, *rows: str, join: str = "") -> FileReport:
        """Take patient rows in."""
        return self.take(ROWS + "\n".join(rows), Mapping.from_toml(PATIENT + join))

    def who(self) -> dict[str, tuple[str | None, str | None]]:
        """Return whose each patient row is, and why, by patient."""
        records = [self.reader.record(index) for index in range(self.reader.size())]
        return {
            record["patient_ids"][0]["id"]: (record["user_id"], record["reason"])
            for record in records
            if record["source"] == "emr-patient"
        }


@pytest.fixture
def joining(data: Path, database: Database, clock: FixedClock, tmp_path: Path) -> Iterator[Joining]:
    """A real ledger that takes files."""
    create_key(data, "test.example/ledger")
    with recorder(data, database, clock) as book:
        yield Joining(book, Reader(data, database), database, clock, tmp_path)


def test_a_row_gets_who_alone_was_signed_in_there(joining: Joining) -> None:
    """By session or by terminal, a row gets the one person who was signed in, and says how."""
    joining.logins(
        "2026/10/05 09:00:00,U1,PC-01,S1,ログイン",
        "2026/10/05 09:30:00,U1,PC-01,S1,ログアウト",
        "2026/10/05 09:40:00,U2,PC-01,S2,ログイン",
        "2026/10/05 09:00:00,U3,PC-02,S3,ログイン",
    )

    report = joining.patients(
        "2026/10/05 09:10:00,P1,,S1",
        "2026/10/05 09:10:00,P2,ＰＣ－０１,",  # noqa: RUF001 (as typed in hospitals)
        "2026/10/05 09:35:00,P3,PC-01,",
        "2026/10/05 09:50:00,P4,pc-01,",
        "2026/10/05 09:50:00,P5,,S3",
        "2026/10/05 08:59:59,P6,PC-02,",
        "2026/10/05 09:50:00,P7,PC-02,S9",
        "2026/10/05 09:50:00,P8,,",
    )

    who = joining.who()
    assert {patient: user for patient, (user, _) in who.items()} == {
        "P1": "U1", "P2": "U1", "P3": None, "P4": "U2", "P5": "U3", "P6": None, "P7": None, "P8": None,
    }  # fmt: skip
    assert who["P1"][1] == "join:session:emr-login:0"
    assert who["P4"][1] == "join:terminal:emr-login:2"
    assert who["P3"][1] is None
    assert (report.doubts["collect.doubt_joined"], report.doubts["collect.doubt_join_none"]) == (
        4,
        4,
    )
    assert "collect.unjoined" in {finding.message for finding in report.findings}


def test_two_who_may_have_been_there_are_nobody(joining: Joining) -> None:
    """Where two had a session open, nobody is guessed; with `single` the later one stands."""
    joining.logins(
        "2026/10/05 09:00:00,U1,PC-01,S1,ログイン", "2026/10/05 10:00:00,U2,PC-01,S2,ログイン"
    )

    report = joining.patients("2026/10/05 10:30:00,P1,PC-01,", "2026/10/05 09:30:00,P2,PC-01,")
    joining.patients("2026/10/05 10:30:00,P3,PC-01,", join="single = true\n")

    assert {p: user for p, (user, _) in joining.who().items()} == {
        "P1": None,
        "P2": "U1",
        "P3": "U2",
    }
    assert report.doubts["collect.doubt_join_many"] == 1


def test_a_minute_is_any_moment_of_it(joining: Joining) -> None:
    """A row in minutes is not joined where the person changed within that minute."""
    joining.logins(
        "2026/10/05 09:00:00,U1,PC-01,S1,ログイン",
        "2026/10/05 09:30:10,U1,PC-01,S1,ログアウト",
        "2026/10/05 09:30:20,U2,PC-01,S2,ログイン",
    )

    joining.patients("2026/10/05 09:30,P1,PC-01,", "2026/10/05 09:29,P2,PC-01,")
    joining.patients("2026/10/05 09:30:15,P3,PC-01,", "2026/10/05 09:30:20,P4,PC-01,")

    assert {p: user for p, (user, _) in joining.who().items()} == {
        "P1": None, "P2": "U1", "P3": None, "P4": "U2",
    }  # fmt: skip


def test_rows_wait_for_sign_ins_that_have_not_arrived(joining: Joining) -> None:
    """Patient rows that came first wait; the log of sign-ins lets them in, once, with their user."""
    first = joining.patients("2026/10/05 09:10:00,P1,PC-01,", "2026/10/05 09:11:00,P2,PC-01,")
    waits = [row.reason for row in quarantine(joining.database)]

    joining.logins("2026/10/05 09:00:00,U1,PC-01,S1,ログイン")
    again = joining.patients("2026/10/05 09:10:00,P1,PC-01,", "2026/10/05 09:11:00,P2,PC-01,")

    assert (first.added, first.quarantined) == (0, 2)
    assert waits == [("collect.join_waits", {"login": "emr-login"})] * 2
    assert (again.added, again.already) == (0, 2)
    assert {p: user for p, (user, _) in joining.who().items()} == {"P1": "U1", "P2": "U1"}
    assert quarantine(joining.database) == []


def test_without_the_ledger_waiting_rows_stay(joining: Joining) -> None:
    """Read again by hand without the ledger, what waits for sign-ins goes on waiting."""
    joining.patients("2026/10/05 09:10:00,P1,PC-01,")

    done = retry(joining.database, recorder=joining.book, clock=joining.clock)

    assert (done.added, done.still) == (0, 1)


def test_sign_ins_written_with_their_end(joining: Joining) -> None:
    """A list of sessions with beginning and end, named by its header alone, is enough."""
    text = "ログイン日時,ログアウト日時,利用者ID,端末名\n2026/10/05 22:00:00,2026/10/06 06:00:00,U1,PC-01\n"
    sniffed = joining.take(text, Mapping.from_toml(
        'name = "emr-login"\naction = "login"\n[columns]\noccurred_at = "ログイン日時"\n'
        'ended_at = "ログアウト日時"\nuser_id = "利用者ID"\nterminal = "端末名"\n'
    ))  # fmt: skip
    joining.logins("2026/10/06 23:00:00,U9,PC-09,S9,ログイン")

    joining.patients("2026/10/06 05:59:00,P1,PC-01,", "2026/10/06 06:00:01,P2,PC-01,")

    assert sniffed.added == 1
    assert {p: user for p, (user, _) in joining.who().items()} == {"P1": "U1", "P2": None}


@pytest.mark.parametrize(
    "join",
    [
        'login = ""', 'login = "a"\nby = []', 'login = "a"\nby = ["user_id"]', 'login = "a"\nhours = 0',
        'login = "a"\nsingle = 1', 'login = "a"\nother = 1', 'login = "a"\nby = ["session", "session"]',
    ],
)  # fmt: skip
def test_a_wrong_join_is_refused(join: str) -> None:
    """A rule that says nothing, or something unknown, is refused with its place."""
    with pytest.raises(InvalidInputError):
        Mapping.from_toml(f'[columns]\noccurred_at = "a"\n[join]\n{join}\n')


def test_a_join_without_its_column_is_refused(joining: Joining) -> None:
    """A mapping that joins by what it has no column for is refused before a row is read."""
    mapping = Mapping.from_toml('[columns]\noccurred_at = "日時"\n[join]\nlogin = "a"\n')

    report = joining.take(ROWS + "2026/10/05 09:10:00,P1,PC-01,\n", mapping)

    assert report.error is not None
    assert report.error[0] == "collect.join_no_column"
