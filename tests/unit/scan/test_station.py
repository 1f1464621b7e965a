"""The check station: every member of an archive has its verdict, own rules are held against all, nothing is kept but what was said."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as set_to
from hypothesis import strategies as st
from tests.unit.scan.clamd import EICAR, Clamd, locked, zipped

from sekisho.app.installation import open_installation
from sekisho.cli.main import main
from sekisho.errors import InvalidInputError
from sekisho.scan import Settings, Verdict, Why, results
from sekisho.scan.archive import members
from sekisho.scan.rules import EXAMPLES, NONE, Rules, read_rules
from sekisho.scan.station import Checked, Station
from sekisho.storage import Database
from sekisho.terms import FixedClock

MARK = b"SEKISHO-EXAMPLE-MARK"
AWAY = Settings(socket=Path("/nowhere/clamd"))


def check(clamd: Clamd, content: bytes, rules: Rules = NONE) -> Checked:
    """Return what the station says of `content`."""
    return Station(clamd.settings, rules).check(io.BytesIO(content), len(content), "a.zip")


def said(checked: Checked) -> dict[str, str]:
    """Return path → verdict, or why there is none."""
    return {one.path: str(one.answer.why or one.answer.verdict) for one in checked.members}


@pytest.mark.duty("1-4a")
def test_every_member_has_its_own_verdict(clamd: Clamd) -> None:
    """Of an archive each file is found, clean, encrypted or too large by itself, what was found first; the whole is what the worst of them is."""
    inner = zipped(("b.com", EICAR), ("c.txt", b"text"))
    content = zipped(("奥.zip", inner), ("鍵.zip", locked(b"x")), ("大.bin", bytes(2_000_001)), ("a.txt", b"a"))  # fmt: skip
    checked = check(clamd, content)
    assert checked.answer.verdict is Verdict.FOUND
    assert said(checked) == {
        "奥.zip/b.com": "found", "奥.zip/c.txt": "clean", "鍵.zip/secret.txt": "encrypted",
        "大.bin": "too_large", "a.txt": "clean",
    }  # fmt: skip
    assert checked.members[0].path == "奥.zip/b.com"
    only_closed = check(clamd, zipped(("鍵.zip", locked(b"x")), ("a.txt", b"a")))
    assert (only_closed.answer.verdict, only_closed.answer.why) == (Verdict.NOT_CHECKED, Why.ENCRYPTED)  # fmt: skip
    assert said(only_closed) == {"鍵.zip/secret.txt": "encrypted", "a.txt": "clean"}
    assert said(check(clamd, zipped(("a.txt", b"a")))) == {"a.txt": "clean"}
    assert check(clamd, b"plain").members == ()


def test_own_rules_find_what_the_scanner_does_not(clamd: Clamd) -> None:
    """A rule that fits the whole or a member is a find with its description, where the scanner calls the file clean."""
    rules = read_rules(EXAMPLES)
    assert (rules.count, rules.wrong) == (2, ())
    checked = check(clamd, zipped(("x/メモ.txt", b"- " + MARK), ("a.txt", b"a")), rules)
    assert checked.answer.verdict is Verdict.FOUND
    assert checked.rules[0].startswith("sekisho_example_mark: ")
    assert said(checked) == {"x/メモ.txt": "found", "a.txt": "clean"}
    assert check(clamd, b"[AutoRun]\r\nopen = a.exe", rules).answer.verdict is Verdict.FOUND
    assert check(clamd, b"nothing", rules).answer.verdict is Verdict.CLEAN


def test_rules_that_do_not_compile_are_named_and_nothing_is_clean(
    clamd: Clamd, tmp_path: Path
) -> None:
    """A rule with a mistake is named with file and line; the others still find, and what they do not find is "not checked"."""
    (tmp_path / "good.yar").write_text('rule good { strings: $a = "SEKISHO" condition: $a }')
    (tmp_path / "bad.yar").write_text("rule bad {\n  condition:\n    $nothing\n}\n")
    (tmp_path / "more.yara").write_text('include "good.yar"')
    (tmp_path / "odd.yar").write_bytes(b"\xff\xfe\x00")
    rules = read_rules(tmp_path)
    assert [(one.file, one.line) for one in rules.wrong] == [("bad.yar", 3), ("more.yara", 1), ("odd.yar", 0)]  # fmt: skip
    assert (rules.files, rules.count) == (1, 1)
    checked = check(clamd, zipped(("a", b"a")), rules)
    assert (checked.answer.verdict, checked.answer.why) == (Verdict.NOT_CHECKED, Why.RULES)
    assert said(checked) == {"a": "rules"}
    assert check(clamd, MARK, rules).answer.verdict is Verdict.FOUND


def test_without_a_scanner_rules_still_find(tmp_path: Path) -> None:
    """Where no scanner answers a rule still finds, and everything else is not checked for that reason."""
    station = Station(AWAY, read_rules(EXAMPLES))
    found = station.check(io.BytesIO(MARK), len(MARK), "a")
    rest = station.check(io.BytesIO(content := zipped(("a", b"a"))), len(content), "b")
    assert found.answer.verdict is Verdict.FOUND
    assert (rest.answer.why, said(rest)) == (Why.DOWN, {"a": "down"})


def test_how_deep_is_a_setting(clamd: Clamd) -> None:
    """Archives are opened as deep as is set; deeper is said, and set deeper it is seen."""
    content = b"text"
    for _ in range(3):
        content = zipped(("z.zip", content))
    deep = Station(replace(clamd.settings, deepest=2), NONE)
    assert said(deep.check(io.BytesIO(content), len(content), "a")) == {"z.zip/z.zip": "too_deep"}
    assert check(clamd, content).answer.verdict is Verdict.CLEAN


_ZIP = zipped(("a.txt", b"text" * 9), ("b.zip", zipped(("c", bytes(100)))))


@set_to(max_examples=60, deadline=None)
@given(start=st.integers(0, len(_ZIP)), noise=st.binary(max_size=30))
def test_a_damaged_archive_is_never_whole(start: int, noise: bytes) -> None:
    """Whatever is done to an archive, its members or the reason come, no error, and the file is rewound."""
    file = io.BytesIO(_ZIP[:start] + noise + _ZIP[start + len(noise) :])
    for one in members(file, 1000, 4):
        assert (one.content is None) == (one.why is not None)
    assert file.tell() == 0


@pytest.mark.store
def test_what_was_found_stays_until_somebody_dealt_with_it(
    database: Database, clock: FixedClock
) -> None:
    """A find is a finding until a named person says what was done; who brought what is found again by any word."""
    station = Station(AWAY, read_rules(EXAMPLES))
    checked = [station.check(io.BytesIO(c), len(c), n) for n, c in (("紹介状.zip", zipped(("m", MARK))), ("b", b"b"))]  # fmt: skip
    made = results.keep(
        database, checked, by="P1", at=clock.now(), door="console", brought_by="甲医院", medium="\uff23\uff24 12",
    )  # fmt: skip
    [finding] = results.findings(database)
    assert finding.where.endswith(f"/{made}")
    for word in ("cd 12", "紹介状", "甲医院 b", "example_mark"):
        assert [row["id"] for row in results.checks(database, search=word).rows] == [made]
    assert results.checks(database, search="乙").rows == ()
    assert results.checks(database, verdict="clean").rows == ()
    found = results.check(database, made)
    assert found is not None
    row, files = found
    assert (row["found"], row["not_checked"], row["clean"]) == (1, 1, 0)
    assert files[0]["members"][0]["path"] == "m"
    with pytest.raises(InvalidInputError, match=r"scan\.station\.no_note"):
        results.settle(database, made, by="P2", at=clock.now(), note=" ")
    late = clock.now() + results.KEPT
    assert results.forget(database, late) == 0  # nobody dealt with it yet
    results.settle(database, made, by="P2", at=clock.now(), note="媒体を返した")
    assert list(results.findings(database)) == []
    assert results.forget(database, clock.now()) == 0  # and it is not old
    assert (results.forget(database, late), results.forget(database, late)) == (1, 0)
    found = results.check(database, made)
    assert found is not None
    row, files = found
    assert (row["brought_by"], row["medium"], row["text"], row["found"]) == (None, None, "", 1)
    assert [(one["name"], bool(one["sha256"]), one["members"]) for one in files] == [
        ("", True, [])
    ] * 2


def test_the_command_keeps_what_it_found(clamd: Clamd, tmp_path: Path) -> None:
    """`sekisho scan --data` holds the rules of the data directory against a medium, prints each member, and keeps the result."""
    data, medium = tmp_path / "data", tmp_path / "usb"
    data.mkdir(mode=0o700)
    medium.mkdir()
    (medium / "x.zip").write_bytes(zipped(("メモ.txt", MARK)))
    open_installation(data, create=True).close()
    (data / "rules").mkdir()
    (data / "rules" / "own.yar").symlink_to(EXAMPLES / "sekisho-examples.yar")
    (data / "sekisho.toml").write_text(f'[scan]\nsocket = "{clamd.settings.socket}"\nmegabytes = 2\n')  # fmt: skip
    done = CliRunner(env={"SEKISHO_LANG": "ja"}).invoke(main, ["scan", str(medium), "--data", str(data), "--json", "--medium", "USB 3"])  # fmt: skip
    assert done.exit_code == 0, done.output
    line = json.loads(done.stdout)
    assert line["rules"][0].startswith("sekisho_example_mark")
    assert line["members"] == [
        {"path": "メモ.txt", "verdict": "found", "name": line["name"], "reason": None}
    ]
    assert "検査の記録 1" in done.stderr
    here = open_installation(data)
    [row] = results.checks(here.database, search="usb 3").rows
    here.close()
    assert (row["found"], row["door"]) == (1, "cli")
