"""Catalogues: what comes with Sekisho is right and whole, and what is wrong is said, item by item."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sekisho.cli.main import main
from sekisho.errors import InvalidInputError
from sekisho.inspection import KINDS, catalogues, check, shelf, shipped_readings
from sekisho.inspection.check import _subjects, is_given
from sekisho.inspection.reading import APPLIES, read
from sekisho.inspection.register import PARTS
from sekisho.pages import say
from sekisho.pages.words import catalogue as words

pytestmark = pytest.mark.duty("0")

EDITIONS = {
    "notice-2016", "guideline-4.2", "guideline-6.0", "guideline-7.0", "checklist-r7",
    "checklist-r7-vendor", "bcp-2024", "minimum-2024-08", "device-2023",
}  # fmt: skip
HEAD = (
    'title = { ja = "県の様式", en = "Form of the prefecture" }\nedition = "2026"\nsource = "県"\n'
)
ITEM = """
[[item]]
id = "KEN-1"
section = "一"
duty = "1-4"
title = { ja = "更新", en = "Updates" }
text = { ja = "更新している。", en = "Updates are applied." }
verified = true
evidence = "text"
applies_to = ["server"]
maps_to = ["CK-R7-2-6"]
lasts = 100
proof = [{ subject = "posture.patches", lasts = 35 }]
"""


def wrong(text: str, name: str = "ken.toml") -> list[tuple[str, str]]:
    """Return (item, reason) of everything that is wrong with a file beside the shipped ones."""
    found = check([read(name, text.encode())], tuple(catalogues().values()))
    for problem in found:
        for language in ("ja", "en"):
            assert "%(" not in say(language, problem.message, **problem.args)
    return [(one.item, one.message.removeprefix("inspection.check.")) for one in found]


def test_every_edition_is_here_and_nothing_is_wrong_with_it() -> None:
    """The notice, the guideline's editions, both sheets, the BCP table, the minimum measures and the handbook: each is read, and beside the others nothing is wrong."""
    found = shipped_readings()
    assert {one.book.id for one in found if one.book} == EDITIONS
    assert check(found) == []


def test_no_number_that_nobody_read_stands_as_fact() -> None:
    """An item whose text was not read has no number but one that is said to be unsure, and no item of edition 4.2 or 7.0 is verified."""
    for book in catalogues().values():
        for one in book.items:
            assert one.verified or not one.number
    for name in ("guideline-4.2", "guideline-7.0"):
        assert not any(one.verified for one in catalogues()[name].items)


def test_only_what_the_register_holds_whole_proves_alone() -> None:
    """What Sekisho knows of its own accounts, records and machines never proves an item about all systems of the institution: only papers of the register do, and only alone among themselves."""
    alone = [one for book in catalogues().values() for one in book.items if one.alone]
    assert alone
    for one in alone:
        assert all(proof.subject.startswith("register.") for proof in one.proofs)


def test_every_proof_has_its_name_in_both_languages() -> None:
    """Whatever an item rests on is given by a part of Sekisho and can be said to a person, as can what an item is about."""
    known = words("ja")
    assert {f"inspection.applies.{one}" for one in APPLIES} <= known.keys()
    assert {f"inspection.kind.{one}" for one in KINDS} <= known.keys()
    for book in catalogues().values():
        for one in book.items:
            for proof in one.proofs:
                assert is_given(proof.subject)
                assert f"inspection.subject.{proof.subject}" in known


def test_what_the_register_gives_is_what_catalogues_may_name() -> None:
    """Each list of the register is a subject that an item can rest on, and no other list is."""
    known = set(_subjects()[0])
    given = {part.subject for part in PARTS.values()}
    assert {one for one in known if one.startswith("register.")} == given


def test_the_checklist_is_tied_to_every_edition(tmp_path: Path) -> None:
    """Each question of the checklist leads to what other editions ask, and from there back."""
    here = shelf(tmp_path)
    for one in here.catalogue("checklist-r7").asked():
        related = here.related(one)
        for _, other, changed in related:
            back = [(same.id, what) for _, same, what in here.related(other)]
            assert (one.id, changed) in back
        if one.section not in {"前提", "体制"}:
            assert {book.id for book, *_ in related} & {"guideline-6.0", "guideline-4.2"}
    told = {other.id: what for _, other, what in here.related(here.item("CK-R7-2-7")[1])}
    assert "2か月" in told["GL42-6.5-C11d"]["ja"]
    assert "GL70-S-14.1.1-nofa" in told


def test_an_edition_that_is_right_has_no_problem() -> None:
    """A file that a stranger wrote by the form is taken."""
    assert wrong(HEAD + ITEM) == []


@pytest.mark.parametrize(
    ("old", "new", "item", "why"),
    [
        ("duty =", "dutty =", "KEN-1", "unknown_field"),
        ('subject = "posture.patches", lasts = 35', 'subject = "posture.patches", last = 35', "KEN-1", "unknown_field"),
        ('en = "Updates"', 'fr = "Mises"', "KEN-1", "no_language"),
        ('en = "Updates"', 'en = " "', "KEN-1", "missing"),
        ('ja = "更新している。"', 'ja = "更新\\u202eしている"', "KEN-1", "unprinted"),
        ("CK-R7-2-6", "CK-R7-2-66", "KEN-1", "map_to_nothing"),
        ("CK-R7-2-6", "KEN-1", "KEN-1", "map_within"),
        ('"CK-R7-2-6"', '"CK-R7-2-6", "CK-R7-2-6"', "KEN-1", "twice"),
        ("posture.patches", "posture.paches", "KEN-1", "subject_unknown"),
        ('id = "KEN-1"', 'id = "CK-R7-2-6"', "CK-R7-2-6", "id_twice"),
        ('id = "KEN-1"', 'id = "../x"', "#1", "id"),
        ('evidence = "text"', 'evidence = "recalled"', "KEN-1", "verified_without_evidence"),
        ('evidence = "text"', "", "KEN-1", "missing"),
        ("verified = true", "verified = false", "KEN-1", "read_but_unverified"),
        ('verified = true\nevidence = "text"', 'number = "3"\nverified = false\nevidence = "recalled"', "KEN-1", "number_as_fact"),
        ("verified = true", 'verified = "true"', "KEN-1", "type"),
        ("lasts = 100", "lasts = true", "KEN-1", "days"),
        ("lasts = 100", "lasts = 100000", "KEN-1", "days"),
        ("lasts = 100", "answered = false", "KEN-1", "heading_with_proof"),
        ('proof = [{ subject = "posture.patches", lasts = 35 }]', "alone = true", "KEN-1", "alone_without_proof"),
        ("lasts = 100", 'url = "javascript:alert(1)"', "KEN-1", "url"),
        ("lasts = 100", 'changed."CK-R7-2-7" = { ja = "a", en = "b" }', "KEN-1", "changed_unmapped"),
        ('duty = "1-4"', 'duty = "1-9"', "KEN-1", "not_one_of"),
        ('applies_to = ["server"]', "applies_to = []", "KEN-1", "missing"),
        ('edition = "2026"', 'edition = "2026"\ndated = "2026-01-01"', "", "date"),
        ("[[item]]", "[[itme]]", "", "no_items"),
        ('source = "県"', 'source = "県', "", "not_toml"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_item_and_reason(
    old: str, new: str, item: str, why: str
) -> None:
    """Each thing that can be wrong with a catalogue is named, at the item where it stands."""
    assert old in HEAD + ITEM
    assert (item, why) in wrong((HEAD + ITEM).replace(old, new))


def test_the_newer_edition_names_the_older() -> None:
    """Editions that name each other in a circle, or a later one, are refused with the way round."""
    later = HEAD + "dated = 2020-01-01\n" + ITEM.replace("CK-R7-2-6", "GL70-backup")
    assert ("KEN-1", "map_forward") in wrong(later)
    one = read("a.toml", (HEAD + ITEM.replace("CK-R7-2-6", "B-1").replace("KEN-1", "A-1")).encode())
    two = read("b.toml", (HEAD + ITEM.replace("CK-R7-2-6", "A-1").replace("KEN-1", "B-1")).encode())
    ways = [problem.args["way"] for problem in check([one, two])]
    assert ways == [["a", "b", "a"], ["b", "a", "b"]]


def test_a_name_that_is_taken_is_refused() -> None:
    """A file cannot take the place of an edition that comes with Sekisho."""
    assert ("", "catalogue_twice") in wrong(HEAD + ITEM, "checklist-r7.toml")


def test_an_institution_adds_its_own(tmp_path: Path) -> None:
    """A right file in catalogues/ is one more edition and a wrong one is refused; mended, it is there at once."""
    folder = tmp_path / "catalogues"
    folder.mkdir()
    (folder / "ken.toml").write_text(HEAD + ITEM, encoding="utf-8")
    (folder / "shi.toml").write_text(HEAD + ITEM.replace("KEN-1", "SHI-1").replace("duty", "d"))
    here = shelf(tmp_path)
    assert here.books.keys() == EDITIONS | {"ken"}
    assert here.item("KEN-1")[0].id == "ken"
    assert [one.id for _, one, _ in here.related(here.item("KEN-1")[1])] == ["CK-R7-2-6"]
    with pytest.raises(InvalidInputError, match=r"inspection\.refused_catalogue"):
        here.catalogue("shi")
    with pytest.raises(InvalidInputError, match=r"inspection\.no_catalogue"):
        here.catalogue("ku")
    (folder / "shi.toml").write_text(HEAD + ITEM.replace("KEN-1", "SHI-1"), encoding="utf-8")
    assert shelf(tmp_path).catalogue("shi").items[0].id == "SHI-1"


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    """`sekisho inspection check` names file, item and reason, ends with 0 while anything was readable, and with 2 where nothing was."""
    bad = tmp_path / "ken.toml"
    bad.write_text(HEAD + ITEM.replace("posture.patches", "posture.x"), encoding="utf-8")
    done = CliRunner().invoke(
        main, ["inspection", "check", str(tmp_path), str(tmp_path / "none"), "--json"]
    )
    assert done.exit_code == 0
    *problems, last = map(json.loads, done.stdout.splitlines())
    assert {(one["file"], one["item"], one["problem"]) for one in problems} == {
        (str(bad), "KEN-1", "subject_unknown"),
        (str(tmp_path / "none"), None, "unreadable"),
    }
    assert all(one["why"]["ja"] and one["why"]["en"] for one in problems)
    assert last["summary"]["readable"] == 1
    done = CliRunner().invoke(main, ["inspection", "check", str(tmp_path / "none")])
    assert done.exit_code == 2
    done = CliRunner().invoke(main, ["inspection", "check", "--json"])
    summary = json.loads(done.stdout)["summary"]
    assert (summary["files"], summary["problems"]) == (len(EDITIONS), 0)
