"""Where one syslog message ends, however its bytes come in."""

from __future__ import annotations

import itertools
import tracemalloc

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sekisho.collect.frames import CUT, HEAD, LARGEST, TOO_LONG, Frame, Framer

AUDIT = b'<85>1 - h a - IHE+RFC-3881 - <?xml version="1.0"?>\n<AuditMessage>\n<a/>\n</AuditMessage>'


def cut(*parts: bytes, broken: bool = False) -> list[Frame]:
    """Return what is cut out of `parts`, fed one after the other."""
    framer = Framer()
    frames = [frame for part in parts for frame in framer.feed(part)]
    return [*frames, *framer.end(broken=broken)]


def counted(message: bytes) -> bytes:
    """Return `message` with its octet count before it (RFC 5425 section 4.3)."""
    return b"%d %s" % (len(message), message)


@given(
    messages=st.lists(
        st.tuples(st.binary(min_size=1, max_size=60), st.booleans()), min_size=1, max_size=8
    ),
    cuts=st.lists(st.integers(0, 600), max_size=8),
)
def test_messages_are_the_same_however_they_arrive(
    messages: list[tuple[bytes, bool]], cuts: list[int]
) -> None:
    """Counted and line-framed messages mixed in one stream come out whole, at any cut."""
    # What begins an audit message may go on over lines; that has tests of its own.
    assume(not any(b"AuditMessage" in body or b"<?xml" in body for body, _ in messages))
    bodies = [
        b"<13>" + body.replace(b"\n", b".").replace(b"\x00", b".").replace(b"\r", b".") + b"x"
        for body, _ in messages
    ]
    stream = b"".join(
        counted(body) if count else body + b"\n"
        for body, (_, count) in zip(bodies, messages, strict=True)
    )
    places = sorted({0, len(stream), *(min(place, len(stream)) for place in cuts)})

    frames = cut(*(stream[a:b] for a, b in itertools.pairwise(places)))

    assert frames == [Frame(body) for body in bodies]


def test_an_audit_message_may_have_lines() -> None:
    """Line framing does not break an audit message at its own line feeds."""
    one = AUDIT + b"\n<34>plain\n" + AUDIT + b"\n"

    assert cut(*(one[n : n + 1] for n in range(len(one)))) == [
        Frame(AUDIT),
        Frame(b"<34>plain"),
        Frame(AUDIT),
    ]


def test_an_audit_message_without_an_end_takes_nothing_with_it() -> None:
    """Where the next message begins before the end tag, the first is a part and the next whole."""
    part = AUDIT[:60]

    assert cut(part + b"\n<34>a line of another host\n") == [
        Frame(part, CUT),
        Frame(b"<34>a line of another host"),
    ]


@pytest.mark.parametrize("rest", [counted(AUDIT)[:50], AUDIT[:60], b"half a line without PRI"])
def test_a_sender_that_stops_half_way_leaves_a_part(rest: bytes) -> None:
    """What was sent whole is whole; the begun message is a part, and said so."""
    frames = cut(counted(b"<13>whole") + rest)

    assert frames[0] == Frame(b"<13>whole")
    assert [frame.wrong for frame in frames] == [None, CUT]


def test_a_last_line_needs_no_line_feed_unless_the_line_broke() -> None:
    """RFC 6587: a last message may end with the connection; a broken connection ends none."""
    assert cut(b"<13>last") == [Frame(b"<13>last")]
    assert cut(b"<13>last", broken=True) == [Frame(b"<13>last", CUT)]


@pytest.mark.parametrize("count", [True, False])
def test_a_gigabyte_is_passed_over_in_little_memory(count: bool) -> None:
    """A message of 1 GB is refused by its head, what follows is read, memory stays small."""
    size = 1 << 30
    chunk = b"x" * (1 << 16)
    framer = Framer()
    frames = list(framer.feed((b"%d " % size if count else b"") + b"<13>"))
    tracemalloc.start()
    sent = 4
    while sent < size:
        part = chunk[: min(len(chunk), size - sent)]
        frames += framer.feed(part)
        sent += len(part)
    frames += framer.feed((b"" if count else b"\n") + b"<13>after\n")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [frame.wrong for frame in frames] == [TOO_LONG, None]
    assert (len(frames[0].raw), frames[1].raw) == (HEAD, b"<13>after")
    assert peak < 4 * LARGEST


def test_an_open_audit_message_of_many_lines_ends_at_the_bound() -> None:
    """An audit message that never ends is passed over at the bound, whatever its lines."""
    frames = cut(b"<13><AuditMessage>\n" + b"<a/>\n" * (LARGEST // 4), b"<13>after\n")

    assert frames[0].wrong == TOO_LONG
    assert frames[-1] == Frame(b"<13>after")
