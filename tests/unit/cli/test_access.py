"""`sekisho access`: asking why, comparing, and changing rights by two people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from tests.unit.cli.conftest import Said, call

from sekisho import care
from sekisho.app.installation import open_installation

pytestmark = pytest.mark.timeout(360)
"""Each call builds the whole table."""
COMMAND = Path(sys.executable).with_name("sekisho")
STAFF = "職員番号,氏名,職種,所属\nN1,模擬 一,看護師,3階東病棟\nP1,模擬 二,薬剤師,薬剤部\n"


def run(*words: object, language: str = "ja") -> Said:
    """Call ``sekisho access``."""
    return call("access", *words, language=language)


def installed(*words: object) -> Said:
    """Call the command on the path."""
    done = subprocess.run(
        [COMMAND, "access", *map(str, words)], capture_output=True, text=True, check=False
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def hospital(prepared: Path, tmp_path: Path) -> Path:
    """A data directory with two members of staff, and nothing adopted."""
    installation = open_installation(prepared, create=True)
    path = tmp_path / "staff.csv"
    path.write_bytes(STAFF.encode("cp932"))
    for report in care.load([path], database=installation.database, clock=installation.clock):
        assert report.error is None
    installation.close()
    return prepared


def adopt(data: Path, source: object = "shipped") -> int:
    """Put a book in force by two people and return its number."""
    done = run("propose", source, "--data", data, "--by", "A", "--note", "案", "--json")
    assert done.code == 0, done.err
    number = int(done.lines[0]["number"])
    done = run("approve", number, "--data", data, "--by", "B", "--reason", "見た")
    assert done.code == 0, done.err
    return number


@pytest.mark.duty("1-2")
def test_explain_says_why_and_ends_with_one_when_refused(hospital: Path) -> None:
    """Permitted ends with 0 and refused with 1; both name the policies, in JSON as in words."""
    nothing = run("explain", "N1", "general", "read", "--data", hospital)
    adopt(hospital)
    ask = ("explain", "N1", "mental-health", "read", "--data", hospital)
    refused = installed(*ask, "--json")
    permitted = run(*ask, "--situation", "担当", "--json")
    words = run(*ask, "--situation", "known", language="en")
    nobody = run("explain", "X9", "general", "read", "--data", hospital, "--json")
    wrong = run("explain", "N1", "general", "fly", "--data", hospital)

    assert nothing.code == 1
    assert "まだ採用されていません" in nothing.out
    assert (refused.code, permitted.code) == (1, 0)
    assert refused.lines[0]["permitted"] is False
    assert [p["id"] for p in refused.lines[0]["policies"]] == ["nothing-said"]
    assert permitted.lines[0]["groups"] == ["nurse"]
    assert [p["id"] for p in permitted.lines[0]["policies"]] == [
        "matrix/nurse/mental-health/permit@known"
    ]
    assert "matrix/nurse/mental-health/permit@known" in words.out
    assert nobody.code == 1
    assert [p["id"] for p in nobody.lines[0]["policies"]] == ["no-group"]
    assert wrong.code == 2


def test_a_book_is_asked_before_it_is_adopted(hospital: Path) -> None:
    """--in answers by another book than the one in force, and changes nothing."""
    done = run("explain", "N1", "general", "read", "--in", "shipped", "--data", hospital, "--json")

    assert done.code == 0
    assert "まだありません" in run("history", "--data", hospital).out


def test_what_is_written_out_is_read_back_and_compared_cell_by_cell(
    hospital: Path, tmp_path: Path
) -> None:
    """A matrix written out, changed in one cell and read back differs in exactly that cell."""
    adopt(hospital)
    sheet = tmp_path / "matrix.xlsx"
    assert run("show", "current", "--out", sheet, "--data", hospital).code == 0
    assert run("diff", "current", sheet, "--data", hospital, "--json").lines[-1] == {
        "summary": {"cells": 15120, "changed": 0, "wider": 0}
    }
    workbook = openpyxl.load_workbook(sheet)
    heads = [cell.value for cell in workbook.worksheets[0][1]]
    line = next(row for row in workbook.worksheets[0].iter_rows() if row[0].value == "genetic")
    line[heads.index("pharmacist")].value = "読検@担当"
    workbook.save(sheet)

    changed = run("diff", "current", sheet, "--data", hospital, "--json").lines
    words = run("diff", "current", sheet, "--data", hospital)

    assert {(c["group"], c["class"], c["act"]) for c in changed[:-1]} == {
        ("pharmacist", "genetic", "search")
    }
    assert all(c["situation"]["relation"] == "known" and c["wider"] for c in changed[:-1])
    assert "＋ pharmacist × genetic" in words.out
    assert run("show", "--data", hospital).out.startswith("class,,doctor,nurse")
    again = run("show", "current", "--out", sheet, "--data", hospital)
    assert again.code == 2, "a file is not written over"


def test_check_names_the_file_and_the_place(tmp_path: Path) -> None:
    """What is shipped is sound; a mistyped cell and a contradicted example are named with their place."""
    assert run("check", "shipped").code == 0
    folder = tmp_path / "book"
    assert run("show", "shipped", "--out", folder).code == 0
    matrix = folder / "matrix.csv"
    text = matrix.read_text("utf-8-sig")

    matrix.write_text(text.replace("管,,読検書", "飛,,読検書", 1), "utf-8")
    mistyped = run("check", folder)
    matrix.write_text(text.replace("×全", "読"), "utf-8")
    contradicted = run("check", folder)
    absent = run("check", tmp_path / "nowhere")

    assert (mistyped.code, contradicted.code, absent.code) == (2, 2, 2)
    assert "Q3" in mistyped.err
    assert "DENY/" in contradicted.err


@pytest.mark.duty("1-2b")
def test_rights_change_by_two_people_and_the_history_tells(hospital: Path) -> None:
    """Nobody approves their own, a refusal needs its reason, nothing is decided twice, and each step stays on record."""
    first = adopt(hospital)
    own = run("propose", first, "--data", hospital, "--by", "A")
    assert own.code == 2, "what is in force is not proposed again"
    folder = hospital.parent / "book"
    assert run("show", "shipped", "--out", folder).code == 0
    (folder / "ALLOW" / "more.toml").write_text("", "utf-8")
    second = int(
        run("propose", folder, "--data", hospital, "--by", "A", "--json").lines[0]["number"]
    )

    def at(*words: object) -> int:
        return run(*words, "--data", hospital).code

    assert at("approve", second, "--by", " a ") == 2
    assert at("refuse", second, "--by", "B") == 2
    assert at("refuse", second, "--by", "B", "--reason", "要らない") == 0
    assert at("approve", second, "--by", "B") == 2
    assert at("approve", 99, "--by", "B") == 2
    told = run("history", "--data", hospital, "--json").lines
    assert [(one["number"], one["state"], one["in_force"]) for one in told] == [
        (second, "refused", False),
        (first, "approved", True),
    ]
    assert (told[0]["decided_by"], told[0]["reason"]) == ("B", "要らない")
    installation = open_installation(hospital)
    acts = [(r["user_id"], r["object"]) for r in installation.reader().jsonl()]
    installation.close()
    assert ("A", "access/propose") in acts
    assert ("B", f"access/approve/{first}") in acts
    assert ("B", f"access/refuse/{second}") in acts
    assert [act for act in acts if "approve" in act[1]] == [("B", f"access/approve/{first}")], (
        "what was not done is not recorded as done"
    )
