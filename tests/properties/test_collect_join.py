"""Joining two files, against the plain reading of its rule."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from sekisho.collect.join import SPANS, Sign, sessions
from sekisho.collect.mapping import Join
from sekisho.terms import TimePrecision

START = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)
P = TimePrecision


@st.composite
def signs(draw: st.DrawFn) -> list[Sign]:
    """Return sign-ins and sign-outs of three people at two terminals, in the order of time."""
    moments = sorted(draw(st.lists(st.integers(0, 40), min_size=1, max_size=12)))
    return [
        Sign(
            index,
            draw(st.booleans()),
            START + dt.timedelta(minutes=minute),
            draw(st.sampled_from([P.SECOND, P.MINUTE])),
            None,
            draw(st.sampled_from(["u1", "u2", "u3"])),
            draw(st.sampled_from(["a", "b"])),
            None,
        )
        for index, minute in enumerate(moments)
    ]


@given(signs(), st.booleans())
def test_a_session_lasts_from_its_sign_in_to_what_ends_it(found: list[Sign], single: bool) -> None:
    """A session ends at its person's sign-out there, at a later sign-in, or after hours."""
    join = Join(login="x", hours=1, single=single)

    made = sessions(found, join)

    assert [one.index for one in made] == [sign.index for sign in found if not sign.out]
    for one in made:
        later = [sign for sign in found if sign.index > one.index and sign.terminal == one.terminal]
        ends = [one.begun + dt.timedelta(hours=1)]
        ends += [s.at + SPANS[s.precision] for s in later if s.out and s.user_id == one.user_id]
        ends += [s.at + SPANS[s.precision] for s in later if single and not s.out]
        assert one.until == min(ends)
