"""The sheets for the safe: complete, exact, one page."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.unit.paper.conftest import pages

from sekisho.pages.words import say
from sekisho.paper import KeySheet, RecoverySheet, key_sheet, recovery_sheet
from sekisho.terms import Secret

VKEY = "sekisho.example/sekidai+e5f1a4e2+AQ7n2a8Zq0m1rXn3vYw9tB7cD6eF5gH4iJ3kL2mN1oP0="
CODE = "AGE-SECRET-KEY-1QQPQYDXV6WLHC2CS0YCK6T4AZ2RQGYDZKSEVY5XJ3N2L4RTV8WSQ5N9XYZ"
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def squeeze(text: str) -> str:
    return "".join(text.split()).replace("\ufffe", "")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_key_sheet_has_the_whole_key(language: str) -> None:
    """The key, the words to read aloud, the date and the steps stand on one sheet."""
    sheet = KeySheet(
        institution="ある病院",
        vkey=VKEY,
        fingerprint="3F2A 91C0",
        printed_at=NOW,
        language=language,
    )
    (text,) = pages(key_sheet(sheet, say=say))
    assert VKEY in squeeze(text)
    assert "3F2A91C0" in squeeze(text)
    assert "2026/11/01" in text
    assert "paper." not in text


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("kind", ["account", "backup"])
def test_recovery_sheet_has_the_whole_code(kind: str, language: str) -> None:
    """The code stands on one sheet, whole, with what it is for."""
    sheet = RecoverySheet(
        institution="ある病院",
        kind=kind,  # type: ignore[arg-type]
        code=Secret(CODE),
        printed_at=NOW,
        number="R-0001",
        language=language,
    )
    (text,) = pages(recovery_sheet(sheet, say=say))
    assert CODE in squeeze(text)
    assert "R-0001" in text
    assert "paper." not in text
    assert CODE not in repr(sheet)


def test_hostile_values_stay_text() -> None:
    """A name that looks like markup is printed as it is."""
    sheet = KeySheet(
        institution='#panic("x") *a*', vkey='#read("x")+1+2', fingerprint="$x$", printed_at=NOW
    )
    (text,) = pages(key_sheet(sheet, say=say))
    assert '#panic("x")*a*' in squeeze(text)
    assert '#read("x")+1+2' in squeeze(text)


def test_simulated_is_said() -> None:
    """A sheet of the demo says 模擬データ."""
    sheet = KeySheet(
        institution="ある病院", vkey=VKEY, fingerprint="x", printed_at=NOW, simulated=True
    )
    (text,) = pages(key_sheet(sheet, say=say))
    assert "模擬データ" in text
