"""`sekisho ledger erase`: two people, shown before, and then nowhere under the data directory."""

from __future__ import annotations

import gzip
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from tests.unit.cli.conftest import HEAD, Call, csv, rows

from sekisho import identity
from sekisho.app.backup import backup, make_recovery_key, restore
from sekisho.app.installation import open_installation
from sekisho.app.month import month_pdf, month_xlsx
from sekisho.app.waiting import erasure_findings
from sekisho.care import erase as care
from sekisho.collect import erase as collect
from sekisho.gate import erase as gate
from sekisho.gate.glass import break_glass
from sekisho.identity import Role
from sekisho.pages.words import LANGUAGES, catalogue
from sekisho.review import erase as review
from sekisho.storage import Database
from sekisho.terms import SystemClock

pytestmark = pytest.mark.duty("1-3")

PATIENT, USER, TERMINAL, SCREEN = "90417733", "U90417", "PC90417X", "特別な画面九"
PLAIN = (PATIENT, USER, TERMINAL, SCREEN)
ORDER = "個人情報保護委員会 令和8年11月1日 第12号による消去"


@pytest.fixture
def home(sekisho: Call, tmp_path: Path) -> Path:
    """An institution in which the patient stands in every place where one can stand."""
    return _institution(sekisho, tmp_path)


@pytest.fixture
def stored(sekisho: Call, tmp_path: Path, database: Database) -> Path:
    """The same, with its state in each kind of database."""
    url = database.engine.url.render_as_string(hide_password=False)
    if database.path is None:
        (tmp_path / "data" / "sekisho.toml").write_text(f'[storage]\nurl = "{url}"\n', "utf-8")
    return _institution(sekisho, tmp_path)


def _institution(sekisho: Call, tmp_path: Path) -> Path:
    data = tmp_path / "data"
    mine = [
        f"2026/10/{day:02d} 23:30:00,{USER},{PATIENT},{SCREEN},参照,{TERMINAL}" for day in (2, 4)
    ]
    broken = f"いつか,{USER},{PATIENT},{SCREEN},参照,{TERMINAL}"
    log = csv(tmp_path / "log.csv", [HEAD, *rows(), *mine, broken])
    visits = csv(
        tmp_path / "visits.csv",
        ["患者番号,受診日,診療科", f"{PATIENT},2026/10/02,内科", "00001201,2026/10/02,内科"],
    )
    booked = csv(
        tmp_path / "booked.csv",
        ["予約番号,患者番号,予約日,予約時刻,診療科", f"9,{PATIENT},2026/10/09,09:00,内科"],
    )
    assert sekisho("collect", log, "--data", data).code == 0
    assert sekisho("care", "load", visits, booked, "--data", data).code == 0
    assert sekisho("review", "approve", "--shipped", "--by", "K1", "--data", data).code == 0
    assert sekisho("review", "run", "--data", data).code == 0
    here = open_installation(data)
    here.name_institution("模擬病院", by="K1")
    for user, role in (
        ("K1", Role.ADMINISTRATOR), ("K2", Role.ADMINISTRATOR),
        ("S1", Role.SAFETY_OFFICER), ("S2", Role.SAFETY_OFFICER), ("R1", Role.REVIEWER),
    ):  # fmt: skip
        identity.create_account(
            here.database, SystemClock(), user_id=user, name="模擬", roles={role}, by="test"
        )
    month_xlsx(here, 1, by="R1")
    month_pdf(here, 1, by="R1")
    break_glass(
        here.database, here.clock, route="emr", user_id="N1", patient_ids=[PATIENT],
        reason="救急で来られたため",
    )  # fmt: skip
    with here.recorder() as recorder:
        recorder.seal()
    here.close()
    tail = f"2026/10/06 07:00:00,U01,{PATIENT},{SCREEN},参照,PC1"
    later = csv(tmp_path / "later.csv", [HEAD, *rows(range(6, 9)), tail])
    assert sekisho("collect", later, "--data", data).code == 0
    return data


def _texts(data: Path) -> Iterator[tuple[Path, bytes]]:
    """Give every file below `data` as bytes, and what is packed inside it."""
    for path in sorted(data.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield path, content
        if path.suffix == ".parquet":
            yield path, repr(pq.read_table(path).to_pylist()).encode()
            yield path, repr(pq.ParquetFile(path).metadata.to_dict()).encode()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    yield path, packed.read(name)
        if content[:2] == b"\x1f\x8b":
            yield path, gzip.decompress(content)


def _found(data: Path, *words: str) -> set[tuple[str, str]]:
    return {
        (str(path.relative_to(data)), word)
        for path, content in _texts(data)
        for word in words
        for form in ("utf-8", "cp932", "utf-16-le")
        if word.encode(form) in content
    }


def _in_server(database: Database) -> set[str]:
    """Return which of `PLAIN` a PostgreSQL database holds: tables, statistics, its own files.

    Its log (WAL) is not looked into: it is the server's, and the erasure says so.
    """
    if database.path is not None:
        return set()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        tables = [*sa.inspect(server).get_table_names(), "pg_stats"]
        texts = [
            repr(row).encode()
            for name in tables
            for row in server.exec_driver_sql(f'SELECT x::text FROM "{name}" x')
        ]
        server.exec_driver_sql("CHECKPOINT")
        (folder, number) = server.exec_driver_sql(
            "SELECT current_setting('data_directory'), oid FROM pg_database"
            " WHERE datname = current_database()"
        ).one()
    place = Path(folder) / "base" / str(number)
    assert os.access(place, os.R_OK | os.X_OK), "the tests' own server keeps its files here"
    texts += [path.read_bytes() for path in place.iterdir()]
    return {
        word
        for word in PLAIN
        for form in ("utf-8", "cp932", "utf-16-le")
        for held in (word.encode(form), word.encode(form).hex().encode())
        if any(held in text for text in texts)
    }


def test_nothing_is_left_anywhere(sekisho: Call, stored: Path, database: Database) -> None:
    """After two people ordered it, patient, user, terminal, screen and the line itself are in no file and no table."""
    home, server = stored, set() if database.path else set(PLAIN)
    if server:  # as the server does by itself at any time: then its statistics hold whole rows
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as its:
            its.exec_driver_sql("ANALYZE")
    assert {word for _, word in _found(home, *PLAIN)} == set(PLAIN)
    assert _in_server(database) == server
    shown = sekisho("ledger", "erase", "--patient", PATIENT, "--data", home)
    assert "記録 3 件" in shown.out
    assert "何も変えていません" in shown.out
    said = sekisho(
        "ledger", "erase", "--patient", PATIENT, "--order", ORDER, "--by", "K1", "--data", home
    )
    assert said.code == 0
    assert "隔離している行" in said.out
    assert "予約 1 件" in said.out
    assert "消去 1 番" in said.out
    assert {word for _, word in _found(home, *PLAIN)} == set(PLAIN)

    done = sekisho("ledger", "erase", "--confirm", 1, "--by", "S1", "--data", home)

    assert done.code == 0, done.err
    assert _found(home, *PLAIN) == set()
    assert _in_server(database) == set()
    assert ("WAL" in done.out) == bool(server)
    checked = sekisho("ledger", "verify", "--data", home)
    assert checked.code == 0
    assert "法令による消去：3 件" in checked.out
    (line,) = sekisho("ledger", "verify", "--data", home, "--json").lines
    assert line["erased"] == [{"entry": line["erased"][0]["entry"], "count": 3}]
    left = sekisho("ledger", "export", "--data", home).lines
    assert not [one for one in left if PATIENT in str(one)]
    assert len([one for one in left if one["source"] != "sekisho"]) == len(rows(range(1, 9)))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--confirm", "1", "--by", "K1"), 2, "できる利用者ではありません"),
        (("--confirm", "1", "--by", "S1"), 2, "もう一人"),
        (("--confirm", "1", "--by", "ない人"), 2, "できる利用者ではありません"),
        (("--confirm", "7", "--by", "S2"), 2, "消去 7 番はありません"),
        (("--confirm", "1"), 2, "--by"),
        (("--records", "0", "--confirm", "1", "--by", "S2"), 2, "一度に一つ"),
        (("--patient", "11112222", "--order", ORDER, "--by", "K1"), 2, "当てはまる記録"),
        (("--records", "5-2", "--order", ORDER, "--by", "K1"), 2, "番号が読めない"),
        (("--records", "9999", "--order", ORDER, "--by", "K1"), 2, "ない番号"),
        (
            ("--patient", "00001201", "--order", "患者 1201 の件", "--by", "K1"),
            2,
            "消えずに残ります",
        ),
        (("--records", "3", "--order", "x", "--by", "K1"), 2, "文字で書いて"),
        (("--records", "0-2", "--order", ORDER, "--by", "K2"), 2, "すでに申し出"),
    ],
)
def test_what_is_refused_changes_nothing(
    sekisho: Call, tmp_path: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    """Whoever may not, or says too little, is told why, and every record is still there."""
    data = tmp_path / "data"
    assert sekisho("collect", csv(tmp_path / "a.csv", [HEAD, *rows()]), "--data", data).code == 0
    here = open_installation(data)
    for user, role in (("K1", Role.ADMINISTRATOR), ("K2", Role.ADMINISTRATOR), ("S1", Role.SAFETY_OFFICER)):  # fmt: skip
        identity.create_account(
            here.database, SystemClock(), user_id=user, name="模擬", roles={role}, by="test"
        )
    here.close()
    made = sekisho(
        "ledger", "erase", "--records", "1", "--order", ORDER, "--by", "S1", "--data", data
    )
    assert made.code == 0, made.err

    said = sekisho("ledger", "erase", *words, "--data", data)

    assert (said.code, says in said.err) == (code, True), said.err
    (line,) = sekisho("ledger", "verify", "--data", data, "--json").lines
    assert (line["ok"], line["erased"]) == (True, [])


def test_it_can_be_taken_back(sekisho: Call, home: Path) -> None:
    """Before the second person confirms, a proposal can be withdrawn, and then nothing goes."""
    words = ("ledger", "erase", "--data", home)
    assert sekisho(*words, "--user", USER, "--order", ORDER, "--by", "S1", "--json").code == 0
    assert sekisho(*words, "--withdraw", 1, "--by", "K1").code == 0
    assert sekisho(*words, "--confirm", 1, "--by", "S2").code == 2
    (one,) = sekisho(*words, "--json").lines
    assert (one["state"], one["withdrawn_by"]) == ("withdrawn", "K1")
    assert _found(home, USER)


def test_a_backup_brings_nothing_back(sekisho: Call, home: Path, tmp_path: Path) -> None:
    """A backup made before an erasure is restored without what went since, by the list beside it."""
    here = open_installation(home)
    made = make_recovery_key(here.database, here.clock, by="K1")
    old = backup(home, here.database, tmp_path, made.recipient, here.clock).path
    words = ("ledger", "erase", "--data", home)
    assert sekisho(*words, "--patient", PATIENT, "--order", ORDER, "--by", "K1").code == 0
    assert sekisho(*words, "--confirm", 1, "--by", "S1").code == 0
    assert not list(tmp_path.glob("*.erasures"))

    assert [one.key for one in erasure_findings(here)] == ["ledger.erasure.backup"]
    alone = tmp_path / "alone"
    report = restore(old, made.identity, alone, SystemClock(), by="K1")
    assert report.again is None
    assert {word for _, word in _found(alone, *PLAIN)} == set(PLAIN)

    new = backup(home, here.database, tmp_path / "new.age", made.recipient, here.clock).path
    assert erasure_findings(here) == []
    here.close()
    (beside,) = tmp_path.glob("*.erasures")
    assert not any(word in beside.read_text("utf-8") for word in PLAIN)
    again = tmp_path / "again"
    report = restore(old, made.identity, again, SystemClock(), by="K1")
    assert report.again is not None
    assert (report.again.erased, report.again.refused) == (3, 0)
    assert _found(again, *PLAIN) == set()
    checked = sekisho("ledger", "verify", "--data", again, "--json")
    assert checked.lines[0]["ok"]
    assert checked.lines[0]["erased"][0]["count"] == 3
    (one,) = sekisho("ledger", "erase", "--data", again, "--json").lines
    assert (one["kind"], one["proposed_by"], one["confirmed_by"]) == ("restored", "K1", "S1")

    later = tmp_path / "later"
    report = restore(new, made.identity, later, SystemClock(), by="K1")
    assert report.again is not None
    assert report.again.erased == 0
    assert _found(later, *PLAIN) == set()
    beside.write_text(beside.read_text("utf-8").replace('"records":"', '"records":"0,', 1), "utf-8")
    forged = tmp_path / "forged"
    assert restore(old, made.identity, forged, SystemClock(), by="K1").again is None


def test_the_key_is_changed_by_two_and_printed(sekisho: Call, home: Path, tmp_path: Path) -> None:
    """`rotate-key` wants two people who may, prints the new key, and both papers verify."""
    paper, words = tmp_path / "key.pdf", ("ledger", "rotate-key", "--data", home, "--paper")
    old = sekisho("ledger", "key", "--data", home).out.splitlines()[0]
    for by, other in (("K1", "K2"), ("R1", "S1"), ("S1", "S1")):
        assert sekisho(*words, paper, "--by", by, "--with", other).code == 2
        assert not paper.exists()
    said = sekisho(*words, paper, "--by", "K1", "--with", "S1")
    assert said.code == 0, said.err
    new = said.out.splitlines()[0]
    assert new != old
    assert paper.read_bytes().startswith(b"%PDF")
    for key in (old, new):
        (line,) = sekisho("ledger", "verify", "--data", home, "--key", key, "--json").lines
        assert line["ok"]
        assert "ledger.verify.signer_not_checked" not in line["not_checked"]


def test_whatever_may_go_has_its_words() -> None:
    """Each table that an erasure may take rows from is named, in both languages, before it does."""
    for language in LANGUAGES:
        words = catalogue(language)
        for room in (review, collect, gate, care):
            for table in room.TABLES:
                assert f"ledger.erasure.also.{table.name}" in words
