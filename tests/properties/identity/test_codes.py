"""Codes and passwords, whatever is typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sekisho.identity.codes import LETTERS, code_hash, new_code
from sekisho.identity.passwords import ALONE, check_password, normal
from sekisho.identity.register import sign_in_form
from sekisho.identity.sessions import csrf_token, token_hash
from sekisho.identity.web.door import safe_next
from sekisho.terms import Secret


@given(st.text(LETTERS, min_size=20, max_size=20), st.sampled_from(["-", " ", "", "－"]))
def test_a_code_is_the_same_however_typed(letters: str, between: str) -> None:
    """Groups, case, look-alike letters and full-width typing do not matter to a code."""
    groups = between.join(letters[at : at + 5] for at in range(0, 20, 5))
    typed = groups.lower().replace("0", "o").replace("1", "l")
    assert code_hash(typed) == code_hash(letters)


def test_codes_differ() -> None:
    """A thousand codes are a thousand codes of twenty letters."""
    codes = {new_code().reveal() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code.replace("-", "")) for code in codes} == {20}


@given(st.text(max_size=400), st.booleans(), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_judged(text: str, second: bool, about: list[str]) -> None:
    """Any text gets an answer, and one that is too short is never let through."""
    broken = check_password(Secret(text), second_factor=second, about=about)
    if len(normal(text)) < (8 if second else ALONE):
        assert broken is not None
    elif broken is None:
        assert len(set(text.casefold())) > 1


@given(st.text(), st.text())
def test_hostile_text_breaks_nothing(token: str, way: str) -> None:
    """Any cookie, id or address is hashed or refused, never an exception; the way stays here."""
    assert len(token_hash(token)) == 64
    assert csrf_token(token)
    sign_in_form(token)
    safe = safe_next(way, "/")
    assert safe.startswith("/")
    assert safe[1:2] not in {"/", "\\"}
