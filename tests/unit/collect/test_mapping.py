"""Mappings as files that people mend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.collect import Mapping
from sekisho.collect.mapping import FIELDS, Join, Screen
from sekisho.collect.times import Order
from sekisho.errors import InvalidInputError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    name=TEXTS,
    columns=st.dictionaries(st.sampled_from(FIELDS), st.lists(TEXTS, min_size=1, max_size=3)),
    known=st.lists(TEXTS, max_size=3),
    actions=st.dictionaries(TEXTS, st.sampled_from(["read", "print", "login"]), max_size=3),
    order=st.sampled_from(Order),
    action=st.none() | st.sampled_from(["login", "read"]),
    join=st.none()
    | st.builds(
        Join,
        login=st.sampled_from(["emr-login", 'a"b']),
        by=st.sampled_from([("session",), ("terminal", "session")]),
        hours=st.integers(1, 72),
        single=st.booleans(),
    ),
    screens=st.dictionaries(
        TEXTS,
        st.builds(
            Screen, action=st.none() | st.just("read"), class_=st.sampled_from(["a", "区分"])
        ),
        max_size=3,
    ),
)
def test_toml_and_back(
    name: str,
    columns: dict[str, list[str]],
    known: list[str],
    actions: dict[str, str],
    order: Order,
    action: str | None,
    join: Join | None,
    screens: dict[str, Screen],
) -> None:
    """Whatever its words, a mapping written and read again is the same."""
    mapping = Mapping(
        name=name,
        columns={field: tuple(names) for field, names in columns.items()},
        known=tuple(known),
        actions=actions,
        order=order,
        action=action,
        authority=action and "1.2.3",
        join=join,
        screens=screens,
    )

    assert Mapping.from_toml(mapping.to_toml()) == mapping


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "collect.map_not_toml"),
        ("nmae = 'x'", "collect.map_unknown_key"),
        ("[columns]\nuser = 'x'", "collect.map_unknown_field"),
        ("[columns]\nuser_id = 7", "collect.map_wrong_value"),
        ("header_row = true", "collect.map_wrong_value"),
        ("header_row = -1", "collect.map_wrong_value"),
        ("delimiter = 'ab'", "collect.map_wrong_value"),
        ("encoding = 'klingon'", "collect.map_wrong_value"),
        ("order = 'ydm'", "collect.map_wrong_value"),
        ("zone = 'Nowhere/Land'", "collect.unknown_zone"),
        ("kind = 'evtx'", "collect.map_wrong_value"),
        ("[actions]\nQ = 'dance'", "collect.map_wrong_value"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    """A mistake in a mapping is an error that names it."""
    with pytest.raises(InvalidInputError) as caught:
        Mapping.from_toml(text)

    assert caught.value.message == message
