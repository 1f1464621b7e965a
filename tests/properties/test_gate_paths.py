"""Whatever path is let through, no reader behind the gate can take it for another one."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from sekisho.gate.hostile import Hostile
from sekisho.gate.paths import address, canonical

ORIGIN = "http://127.0.0.1:8042"

# Pieces that path tricks are made of, beside plain ones; most of what is drawn is refused, so
# that what is not refused is drawn near the edge.
_PIECES = [
    "/", "a", "Patient", "1.2.3", "$all", ".", "..", "~", "%", "%2f", "%2F", "%5c", "\\", ";", "%3B",
    "%2e", "%2E", "%00", "%20", "+", "%2b", "%41", "%7e", "%25", "%252f", "%25252e", "%c0%af", "%3f",
    "%23", "%ef%bc%8f", "%ef%bc%8e", "%e2%80%a5", "%e5%b1%b1", "%E5%B1%B1", "%e3%80%80", "%cc%80", ":",
    "@", "%c2%a5", "%2", "%u002f", "%0a", "%e2%80%8b", ",", "=", "&", "?", "%c3%a9", "%EF%BC%88",
]  # fmt: skip
_escapes = st.integers(0, 255).map(lambda byte: f"%{byte:02x}")
_letters = st.characters(codec="utf-8").map(
    lambda letter: "".join(f"%{byte:02X}" for byte in letter.encode())
)
_targets = st.one_of(
    st.lists(st.one_of(st.sampled_from(_PIECES), _letters), max_size=8).map(
        lambda pieces: "/" + "".join(pieces)
    ),
    # Mostly good, with one piece in it that may not be.
    st.tuples(st.sampled_from(_PIECES), st.one_of(_letters, _escapes, st.text(max_size=2))).map(
        lambda two: f"/Patient/{two[0]}17{two[1]}/x"
    ),
    st.text(max_size=12).map(lambda text: "/" + text),
    st.lists(
        st.one_of(
            st.sampled_from(["a", "%e5%b1%b1", "+", "%2b", "%41", ".x", "~", "=", ":"]), _letters
        ),
        min_size=1,
        max_size=4,
    ).map(lambda pieces: "/" + "/".join(pieces)),
)


def _let_through(
    target: str,
) -> tuple[str, tuple[str, ...], str, tuple[tuple[str, str], ...]] | None:
    """Return what the gate makes of a target, None where it refuses it: about two in three."""
    try:
        return canonical(target)
    except Hostile:
        return None


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.removesuffix("/")[1:].split("/")) if path != "/" else ()


def _no_dots(path: str) -> str:
    """Return the path with dot segments taken out, as RFC 3986 5.2.4 and many servers do."""
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)


def _windows(path: str) -> str:
    """Return the path as a file system reads it that cuts dots and spaces off names' ends."""
    return "/".join(name.rstrip(". ") for name in path.replace("\\", "/").split("/"))


READERS: dict[str, Callable[[str], str]] = {
    "decodes once": unquote,
    "decodes twice": lambda path: unquote(unquote(path)),
    "decodes thrice": lambda path: unquote(unquote(unquote(path))),
    "takes dots out, then decodes": lambda path: unquote(_no_dots(path)),
    "decodes, then takes dots out": lambda path: _no_dots(unquote(path)),
    "decodes twice, then takes dots out": lambda path: _no_dots(unquote(unquote(path))),
    "joins slashes": lambda path: re.sub("//+", "/", unquote(path)),
    "cuts parameters": lambda path: unquote(re.sub(";[^/]*", "", path)),
    "decodes, then cuts parameters": lambda path: re.sub(";[^/]*", "", unquote(path)),
    "turns backslashes": lambda path: unquote(path).replace("\\", "/"),
    "escapes in lower case": lambda path: unquote(
        re.sub("%..", lambda escape: escape[0].lower(), path)
    ),
    "stops at NUL": lambda path: unquote(path).partition("\0")[0],
    "stops at ? and # after decoding": lambda path: re.split(r"[?#]", unquote(path))[0],
    "is a file system": lambda path: _windows(unquote(path)),
}


@settings(max_examples=400)
@given(_targets)
@example("/a%2f..%2fadmin")
@example("/a/..;/admin")
@example("/%e2%80%a5/admin")
def test_no_reader_sees_another_path(target: str) -> None:
    """Fourteen kinds of reader see the very segments that were decided on."""
    if (read := _let_through(target)) is None:
        return
    path, parts, _, _ = read

    seen = {name: _segments(reader(path)) for name, reader in READERS.items()}
    assert {name: segments for name, segments in seen.items() if segments != parts} == {}


@settings(max_examples=400)
@given(_targets)
def test_folding_makes_no_new_segment(target: str) -> None:
    """A reader that folds letters (NFKC) or knows code page 932 finds no new separator."""
    import unicodedata  # noqa: PLC0415 (the reader's own tool)

    if (read := _let_through(target)) is None:
        return
    path, parts, _, _ = read

    folded = unicodedata.normalize("NFKC", unquote(path)).replace("¥", "\\").replace("\\", "/")
    assert len(_segments(folded)) == len(parts)
    assert not {".", "..", ""} & set(_segments(folded))
    # No segment turns into a plain one that was not plain.
    assert all(
        one == other or not other.isascii()
        for one, other in zip(parts, _segments(folded), strict=True)
    )


@settings(max_examples=400)
@given(_targets)
def test_decision_record_and_upstream_have_one_path(target: str) -> None:
    """The path is its own canonical form, and exactly it goes on the wire."""
    if (read := _let_through(target)) is None:
        return
    path, parts, query, values = read
    sent = address(ORIGIN, path, query)

    assert canonical(path)[:2] == (path, parts)
    assert canonical(f"{path}?{query}") == (path, parts, query, values)
    assert (sent.raw_path, sent.raw_query_string) == (path, query)
    assert sent.raw_path_qs.encode("ascii").decode() == (f"{path}?{query}" if query else path)
    assert urlsplit(str(sent)).path == path
    assert all(part and part not in {".", ".."} and "/" not in part for part in parts)


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=6))
def test_values_come_once_and_in_order(pairs: list[tuple[str, str]]) -> None:
    """A query that a well-kept library wrote is read as it was meant, or refused."""
    sent = URL(ORIGIN + "/a").with_query(pairs)
    try:
        _, _, query, values = canonical(sent.raw_path_qs)
    except Hostile as refusal:
        why = refusal.why.removeprefix("gate.hostile.")
    else:
        why = ""

    if why:
        # Of what such a library writes, these alone are refused.
        assert why in {"control", "query_semicolon", "target_long"}
        return
    assert query == sent.raw_query_string
    assert list(values) == pairs


@given(st.text(alphabet="ab=&+%2fF0;?/|[]", max_size=20))
def test_values_are_what_other_servers_read(query: str) -> None:
    """Any query that is let through has the values that a form's reader finds in it."""
    if (read := _let_through(f"/a?{query}")) is None:
        return

    assert list(read[3]) == parse_qsl(query, keep_blank_values=True)


@given(st.text(max_size=40))
def test_any_target_is_refused_or_read(target: str) -> None:
    """No target, whatever its letters, ends in anything but a path or a refusal."""
    try:
        path, parts, query, values = canonical(target)
    except Hostile:
        return

    assert path.startswith("/")
    assert (path + query).isascii()
    assert all(text.encode() for text in parts)
    assert all(len(pair) == 2 for pair in values)


@pytest.mark.parametrize("name", READERS)
def test_each_reader_can_be_fooled(name: str) -> None:
    """Each reader of these tests does read some path in another way: it is a real reader."""
    tricks = [
        "/a%252fb", "/a%25252fb", "/a/../b", "/a/%2e%2e/b", "/a/%252e%252e/b", "/a//b", "/a;b/c",
        "/a%3bb", "/a%5cb", "/a%2Fb", "/a%00b", "/a%3fb", "/a./b",
    ]  # fmt: skip

    assert any(
        _segments(READERS[name](trick)) != tuple(unquote(part) for part in _segments(trick))
        for trick in tricks
    )
