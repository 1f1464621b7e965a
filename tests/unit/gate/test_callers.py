"""What an Authorization field shows: one of our tokens, or nothing."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.gate.callers import shown
from sekisho.identity.services import BEFORE_TOKEN

TOKEN = BEFORE_TOKEN + "x" * 43


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (f"Bearer {TOKEN}", (None, TOKEN)),
        (f"bEARER  {TOKEN} ", (None, TOKEN)),
        (_basic(f"ct-room1:{TOKEN}"), ("ct-room1", TOKEN)),
        (_basic(f":{TOKEN}"), ("", TOKEN)),
        ("", None),
        (TOKEN, None),
        ("Bearer", None),
        ("Bearer eyJhbGciOiJub25lIn0", None),
        (_basic("nurse:password"), None),
        (_basic(TOKEN), None),
        (f"Basic {TOKEN}", None),
        ("Basic \u65e5\u672c", None),
        (f"Digest {TOKEN}", None),
    ],
)
def test_only_a_token_of_ours_counts(field: str, found: tuple[str | None, str] | None) -> None:
    """Bearer, or the password of Basic; other schemes, other tokens and broken Base64 show nothing."""
    assert shown(field) == found


@given(st.one_of(st.text(), st.text().map(lambda text: f"Basic {text}"), st.text().map(_basic)))
def test_no_field_makes_it_fail(field: str) -> None:
    """Whatever stands there, it is one of our tokens or nothing, and never an error."""
    found = shown(field)
    assert found is None or found[1].startswith(BEFORE_TOKEN)
