"""Whatever a catalogue's file holds, it is read or refused with a reason, and never does more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.inspection import catalogues, check, shipped_readings
from sekisho.inspection.reading import LARGEST, read
from sekisho.pages import say

pytestmark = pytest.mark.duty("0")

BOOKS = tuple(catalogues().values())
SMALL = next(one for one in shipped_readings() if one.name == "minimum-2024-08.toml")
FIELDS = (
    "id", "number", "unsure_number", "section", "duty", "level", "title", "text", "note",
    "verified", "evidence", "url", "applies_to", "kinds", "maps_to", "changed", "proof", "lasts",
    "alone", "answered", "other",
)  # fmt: skip
TEXT = """title = { ja = "一", en = "One" }
edition = "1"
source = "a"
[[item]]
id = "X-1"
section = "s"
duty = "0"
title = { ja = "一", en = "One" }
text = { ja = "一", en = "One" }
verified = true
evidence = "text"
applies_to = ["server"]
"""
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.floats(), words),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*FIELDS, "ja", "en", "subject"]), inner, max_size=4),
    ),
    max_leaves=8,
)


def toml(value: Any) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(one):08x}" for one in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    return repr(value)


def said(data: bytes) -> bool:
    """Read and check it, say each problem in both languages; return whether it was taken."""
    found = read("some.toml", data)
    problems = check([found], BOOKS)
    for problem in problems:
        for language in ("ja", "en"):
            line = say(language, problem.message, **problem.args)
            assert line.isprintable()
            assert len(line) < 2000
    return not problems


def test_the_form_that_is_broken_below_is_right() -> None:
    """What the next tests start from is a catalogue without a fault."""
    assert said(TEXT.encode())


@given(st.dictionaries(st.sampled_from(FIELDS), values, max_size=5), st.booleans())
@settings(max_examples=150)
def test_any_value_in_any_field_is_read_or_named(fields: dict[str, Any], whole: bool) -> None:
    """Whatever stands in whichever field, it is taken by the form or a problem is said."""
    kept = [line for line in TEXT.splitlines() if line.split(" =")[0] not in fields or not whole]
    said("\n".join([*kept, *(f"{key} = {toml(one)}" for key, one in fields.items())]).encode())


@given(st.integers(0, 4000), st.binary(max_size=12))
@settings(max_examples=150)
def test_damaged_files_are_read_or_named(at: int, put: bytes) -> None:
    """A file in which bytes are overwritten is read or refused, whichever they are."""
    data = bytearray(TEXT.encode())
    data[at % len(data) : at % len(data) + len(put)] = put
    said(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"\xff\xfe",
        b"a = " + b"[" * 100_000,
        b"a." * 20_000 + b"b = 1",
        b"x" * (LARGEST + 1),
        b"item = 3",
        b"english = [1]\n" + TEXT.encode(),
        b'english = { "a" = 3 }\n' + TEXT.encode(),
        b"item = [1, 2]",
        b"[[item]]\n" * 2001,
        TEXT.replace("X-1", "X-" + "1" * 500).encode(),
        (TEXT + 'maps_to = ["' + "a" * 100_000 + '"]').encode(),
        (TEXT + 'note = "' + "a" * 100_000 + '"').encode(),
        (TEXT + f"lasts = {'9' * 4000}").encode(),
    ],
    ids=range(15),
)
def test_hostile_files_are_refused(data: bytes) -> None:
    """Deep nesting, numbers without end, huge words and no catalogue at all are refused with a reason."""
    assert not said(data)
