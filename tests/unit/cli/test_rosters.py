"""`sekisho care letters` and `care names`: what a ward's roster asks, and its answers."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import Call, csv

STAFF = ["職員番号,氏名,職種,所属", "U1,佐藤 弥生,看護師,5東", "U2,佐藤 皐月,看護師,5東"]
MONTH = [
    "2026年10月 5東 勤務表",
    "氏名," + ",".join(map(str, range(1, 32))),
    "佐藤 弥生" + ",◎,日" * 15 + ",公",
    "佐藤" + ",公" * 31,
]


def test_what_is_asked_is_said_and_answered_once(sekisho: Call, tmp_path: Path) -> None:
    """A load says what is not certain; the answers are kept, used at once, and asked no more."""
    data = tmp_path / "data"
    files = csv(tmp_path / "s.csv", STAFF), csv(tmp_path / "r.csv", MONTH)
    loaded = sekisho("care", "load", *files, "--data", data, "--json").lines[-1]
    assert loaded["about"] == {
        "place": "5東", "month": "2026-10", "first": "2026-10-01", "last": "2026-10-31",
        "people": 2, "turns": 16, "uncertain_letters": ["◎", "日"], "uncertain_names": 1,
    }  # fmt: skip
    asked = sekisho("care", "letters", "--data", data, "--json").lines
    assert asked[:2] == [
        {"ward": "5東", "letter": "◎", "cells": 15, "asked": "duty", "proposed": "work"},
        {"ward": "5東", "letter": "日", "cells": 15, "asked": "time", "proposed": "work 08:30-17:15"},
    ]  # fmt: skip
    said = sekisho(
        "care", "letters", "5階東", "◎=16:00-9:00", "日=usual", "--by", "U1", "--data", data
    )
    assert (said.code, "31件" in said.out) == (0, True)
    assert sekisho("care", "names", "5東", "佐藤=U2", "--by", "U1", "--data", data).code == 0
    assert "たずねている記号はありません" in sekisho("care", "letters", "--data", data).out


def test_a_wrong_answer_is_refused_with_the_right_form(sekisho: Call, tmp_path: Path) -> None:
    """An answer that cannot be read, or of a ward that is not here, ends with 2 and says what is right."""
    data = tmp_path / "data"
    sekisho("care", "load", csv(tmp_path / "r.csv", MONTH), "--data", data)
    for ward, answer, words in (
        ("5東", "◎=たぶん", "08:30-17:15"),
        ("5東", "◎", "記号=意味"),
        ("9南", "◎=off", "読み込まれていません"),
    ):
        told = sekisho("care", "letters", ward, answer, "--data", data)
        assert (told.code, words in told.err) == (2, True), told
