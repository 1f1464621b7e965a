"""The veil over ids, until the institution has said why they may be seen."""

from __future__ import annotations

from sekisho.console.veil import Veil


def test_covered_ids_are_numbered_and_stay_the_same() -> None:
    """While covered, one id is one number on the whole page, and no id shows through a text."""
    veil = Veil(covered=True, language="ja")
    assert veil.user("U00312") == "職員1"
    assert veil.user("U00118") == "職員2"
    assert veil.user("U00312") == "職員1"
    assert veil.patient("0000004127") == "患者1"
    assert veil.text("U00312 が 0000004127 を開いた") == "職員1 が 患者1 を開いた"


def test_uncovered_ids_are_shown_as_they_are() -> None:
    """Once the grounds are there, ids are shown as the log wrote them."""
    veil = Veil(covered=False, language="en")
    assert veil.user("U00312") == "U00312"
    assert veil.user(None) == "–"
    assert veil.patient("0000004127") == "0000004127"
    assert veil.text("U00312") == "U00312"


def test_a_longer_id_is_not_cut_by_a_shorter_one() -> None:
    """An id that begins with another id is covered as a whole."""
    veil = Veil(covered=True, language="en")
    veil.user("U1")
    veil.user("U12")
    assert veil.text("U12, U1") == "Staff 2, Staff 1"
