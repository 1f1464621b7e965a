"""`sekisho collect`: what it promises to people and to scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cli.conftest import HEAD, Call, csv, rows


def test_one_file_is_one_line(sekisho: Call, tmp_path: Path) -> None:
    """A file that was read is one JSON line with its counts, its source and its mapping."""
    log = csv(tmp_path / "log.csv", [HEAD, *rows()])

    said = sekisho("collect", log, "--data", tmp_path / "data", "--json")

    assert said.code == 0
    (line,) = said.lines
    assert line["file"] == str(log)
    assert (line["kind"], line["read"], line["added"], line["already"]) == ("csv", 20, 20, 0)
    assert line["first_at"] == "2026-10-01T00:00:00.000Z"
    assert 'user_id = ["利用者ID"]' in line["mapping"]
    assert line["error"] is None


def test_origin_is_the_path_as_given_and_rows_count_from_one(
    sekisho: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record's origin is the path as it was typed and the data row from 1 after the header."""
    csv(tmp_path / "log.csv", ["電子カルテ アクセスログ", "", HEAD, *rows()])
    monkeypatch.chdir(tmp_path)
    assert sekisho("collect", "./log.csv", "--data", "data").code == 0

    exported = sekisho("ledger", "export", "--data", "data", "--format", "jsonl")

    origins = [line["origin"] for line in exported.lines if line["source"] != "sekisho"]
    assert origins[0] == {"file": "log.csv", "row": 1}
    assert [one["row"] for one in origins] == list(range(1, 21))


def test_the_source_never_takes_the_file_name(sekisho: Call, tmp_path: Path) -> None:
    """Without --source the name is kind and header; with a mapping, the mapping's name."""
    first = csv(tmp_path / "october.csv", [HEAD, *rows()])
    second = csv(tmp_path / "november.csv", [HEAD, *rows(range(6, 9))])
    mapping = tmp_path / "emr.toml"
    mapping.write_text(
        'name = "emr"\n[columns]\noccurred_at = ["アクセス日時"]\nuser_id = ["利用者ID"]\n',
        encoding="utf-8",
    )
    data = ("--data", tmp_path / "data", "--json")

    names = [line["source"] for line in sekisho("collect", first, second, *data).lines]
    (mapped,) = sekisho("collect", first, "--map", mapping, *data).lines
    (given,) = sekisho("collect", first, "--source", "ward", *data).lines

    assert names[0] == names[1]
    assert names[0].startswith("csv-")
    assert (mapped["source"], given["source"]) == ("emr", "ward")


def test_unreadable_among_readable_is_a_line(sekisho: Call, tmp_path: Path) -> None:
    """One unreadable file among readable ones is a line of its own, and the call is done."""
    good = csv(tmp_path / "good.csv", [HEAD, *rows()])
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"")

    said = sekisho("collect", broken, tmp_path, good, "--data", tmp_path / "data", "--json")

    assert said.code == 0
    assert [line["error"] for line in said.lines] == ["collect.empty", "collect.is_folder", None]


def test_nothing_readable_is_two(sekisho: Call, tmp_path: Path) -> None:
    """Where no input could be read at all, the exit code is 2 and each reason was said."""
    missing = sekisho("collect", tmp_path / "missing.csv", "--data", tmp_path / "data")

    assert missing.code == 2
    assert "missing.csv" in missing.err
    assert "読めたファイルがありませんでした" in missing.err


@pytest.mark.parametrize("words", [("--format", "none"), ("--map", "missing.toml"), ()])
def test_a_wrong_call_is_two(sekisho: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    """An option that does not exist, a missing mapping or no file at all is exit code 2."""
    log = [csv(tmp_path / "log.csv", [HEAD, *rows()])] if words else []

    assert sekisho("collect", *log, "--data", tmp_path / "data", *words).code == 2


def test_auto_says_what_it_took(sekisho: Call, tmp_path: Path) -> None:
    """--format auto names each column that it used, in both languages."""
    log = csv(tmp_path / "log.csv", [HEAD, *rows()])

    japanese = sekisho("collect", log, "--data", tmp_path / "ja")
    english = sekisho("collect", log, "--data", tmp_path / "en", language="en")

    assert "利用者ID ← 利用者ID" in japanese.out
    assert "文字コード cp932、見出しは 1 行目" in japanese.out
    assert "← アクセス日時" in english.out
    assert "encoding cp932" in english.out


def test_findings_say_what_to_do(sekisho: Call, tmp_path: Path) -> None:
    """A finding is printed with what it means: missing days, and an export without a record."""
    gap = csv(tmp_path / "gap.csv", [HEAD, *rows(range(1, 10)), *rows(range(12, 20))])
    empty = csv(tmp_path / "empty.csv", [HEAD])

    said = sekisho("collect", gap, empty, "--data", tmp_path / "data")

    assert "2026-10-10、2026-10-11" in said.out
    assert "休みの日なら、そのままで構いません" in said.out
    assert "記録が 1 件もありません" in said.out


def test_a_later_month_does_not_close_what_an_earlier_one_showed(
    sekisho: Call, tmp_path: Path
) -> None:
    """The missing days of October stay open when a whole November of the same source comes."""
    october = csv(tmp_path / "o.csv", [HEAD, *rows(range(1, 10)), *rows(range(12, 20))])
    november = [line.replace("2026/10/", "2026/11/") for line in rows(range(1, 20))]
    data = tmp_path / "data"
    sekisho("collect", october, "--data", data)
    sekisho("collect", csv(tmp_path / "n.csv", [HEAD, *november]), "--data", data)

    assert "collect.missing_days" in _open(data)

    whole = csv(tmp_path / "again.csv", [HEAD, *rows(range(1, 20))])
    sekisho("collect", whole, "--data", data)
    assert "collect.missing_days" not in _open(data)


def _open(data: Path) -> set[str]:
    from sekisho.app.findings import open_findings  # noqa: PLC0415 (a helper of two lines)
    from sekisho.app.installation import open_installation  # noqa: PLC0415 (as above)

    installation = open_installation(data)
    try:
        return {view.finding.message for view in open_findings(installation.database)}
    finally:
        installation.close()


def test_sniff_stores_nothing(sekisho: Call, tmp_path: Path) -> None:
    """--sniff shows ten rows in local time and a mapping that --map takes, and makes nothing."""
    log = csv(tmp_path / "log.csv", [HEAD, *rows()])
    data = tmp_path / "data"

    shown = sekisho("collect", "--sniff", log, "--data", data)

    assert shown.code == 0
    assert not data.exists()
    assert shown.out.count("2026/10/0") == 10
    mapping = tmp_path / "map.toml"
    mapping.write_bytes(shown.out[shown.out.index("kind =") :].encode("cp932"))
    (line,) = sekisho("collect", log, "--map", mapping, "--data", data, "--json").lines
    assert (line["added"], line["error"]) == (20, None)


def test_sniff_of_the_unreadable(sekisho: Call, tmp_path: Path) -> None:
    """--sniff goes on after an unreadable file, and is 2 only where none could be read."""
    log = csv(tmp_path / "log.csv", [HEAD, *rows()])
    book = tmp_path / "book.csv"
    book.write_bytes(b"PK\x03\x04rest")
    data = ("--data", tmp_path / "data", "--json")

    both = sekisho("collect", "--sniff", book, log, *data)
    alone = sekisho("collect", "--sniff", book, *data)

    assert (both.code, alone.code) == (0, 2)
    assert [line.get("error") for line in both.lines] == ["collect.kind_not_read", None]


def test_rows_that_cannot_be_read_are_shown_in_words(sekisho: Call, tmp_path: Path) -> None:
    """A proposal that lacks a column shows the cells as they stand, never a message id."""
    log = csv(tmp_path / "log.csv", ["利用者ID,患者ID,機能名", "U1,1,カルテ", "U2,2,カルテ"])

    said = sekisho("collect", "--sniff", log, "--data", tmp_path / "data")

    assert "U1 | 1 | カルテ" in said.out
    assert "日時の列が見つかりません" in said.out
    assert "collect." not in said.out


def test_a_broken_mapping_is_named(sekisho: Call, tmp_path: Path) -> None:
    """A mapping that is no TOML, or no text at all, is exit code 2 with a sentence."""
    log = csv(tmp_path / "log.csv", [HEAD, *rows()])
    for content in (b"columns = [", b"\xff\xff\xff", b'columns = { who = ["x"] }'):
        mapping = tmp_path / "map.toml"
        mapping.write_bytes(content)
        said = sekisho("collect", log, "--map", mapping, "--data", tmp_path / "data")
        assert said.code == 2
        assert said.err.strip()


def test_the_same_rows_again_add_nothing(sekisho: Call, tmp_path: Path) -> None:
    """The same file twice, under another name, grown or overlapping adds only what is new."""
    data = ("--data", tmp_path / "data", "--json")
    first = csv(tmp_path / "a.csv", [HEAD, *rows(range(1, 4))])
    copy = csv(tmp_path / "b.csv", [HEAD, *rows(range(1, 4))])
    grown = csv(tmp_path / "c.csv", [HEAD, *rows(range(1, 6))])
    overlapping = csv(tmp_path / "d.csv", [HEAD, *rows(range(4, 8))])

    added = [
        line["added"]
        for path in (first, first, copy, grown, overlapping)
        for line in sekisho("collect", path, *data).lines
    ]

    assert added == [12, 0, 0, 8, 8]


def test_sources_are_listed_with_what_waits(sekisho: Call, tmp_path: Path) -> None:
    """Each source is one line: kind, last heard, records, what waits, and the last day by hour."""
    file = tmp_path / "a.csv"
    row = "2026/10/04 10:00:00,U1,P1,参照\n"
    file.write_text(
        "日時,利用者ID,患者ID,処理\n" + row * 3 + "きのう,U1,P1,参照\n", encoding="utf-8"
    )
    data = tmp_path / "data"
    sekisho("collect", file, "--source", "emr", "--data", data)

    (one,) = sekisho("collect", "--sources", "--json", "--data", data).lines
    said = sekisho("collect", "--sources", "--data", data)

    assert (one["source"], one["kind"], one["records"], one["quarantined"]) == ("emr", "csv", 3, 1)
    assert (one["by_hour"], one["silent_hours"]) == ([0] * 24, None)
    assert "emr" in said.out


def test_request_writes_the_letter_once(sekisho: Call, tmp_path: Path) -> None:
    """`--request` writes the letter to a source's vendor, overwrites nothing, and names a source that is not there."""
    data, out = tmp_path / "data", tmp_path / "letter.docx"
    file = csv(tmp_path / "log.csv", [HEAD, *rows()])
    assert sekisho("collect", file, "--source", "emr", "--data", data).code == 0

    first = sekisho("collect", "--request", "emr", "--data", data, "--to", out)
    assert (first.code, out.read_bytes()[:2]) == (0, b"PK")
    assert sekisho("collect", "--request", "emr", "--data", data, "--to", out).code == 2
    missing = sekisho("collect", "--request", "pacs", "--data", data, "--to", tmp_path / "x.docx")
    assert (missing.code, "pacs" in missing.err) == (2, True)
    assert not (tmp_path / "x.docx").exists()
    assert sekisho("collect", file, "--request", "emr", "--data", data).code == 2


def test_sources_say_what_their_logs_cannot_show(sekisho: Call, tmp_path: Path) -> None:
    """The list of sources says of each what its log cannot show, and by whose word; as JSON line by line."""
    data = tmp_path / "data"
    file = csv(tmp_path / "log.csv", [HEAD, *rows()])
    assert sekisho("collect", file, "--source", "emr", "--data", data).code == 0

    assert "ログからの案" in sekisho("collect", "--sources", "--data", data).out
    (line,) = sekisho("collect", "--sources", "--data", data, "--json").lines
    states = {one["line"]: (one["result"], one["confirmed_by"]) for one in line["unseen"]}
    assert states["print"] == ("not_checked", None)
    assert set(states) >= {"search", "list", "export", "results", "logout", "failed", "kept"}
