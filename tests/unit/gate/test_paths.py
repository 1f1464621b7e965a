"""One path for decision, record and upstream."""

from __future__ import annotations

import pytest

from sekisho.gate.hostile import Hostile
from sekisho.gate.paths import address, canonical


@pytest.mark.parametrize(
    ("target", "path", "parts"),
    [
        ("/", "/", ()),
        ("/a", "/a", ("a",)),
        ("/ui/", "/ui/", ("ui",)),
        ("/Patient/17/_history/2", "/Patient/17/_history/2", ("Patient", "17", "_history", "2")),
        ("/Patient/$match", "/Patient/$match", ("Patient", "$match")),
        ("/frames/1,2", "/frames/1,2", ("frames", "1,2")),
        ("/.well-known/x", "/.well-known/x", (".well-known", "x")),
        ("/a..b/c", "/a..b/c", ("a..b", "c")),
        ("/%e8%b3%87%E6%96%99.pdf", "/%E8%B3%87%E6%96%99.pdf", ("資料.pdf",)),
        ("/a%20b", "/a%20b", ("a b",)),
        ("/%41%7Eb%5F/", "/A~b_/", ("A~b_",)),
        ("/a%2Bb+c", "/a%2Bb+c", ("a+b+c",)),
        # Full-width brackets beside other letters stand in many Japanese file names.
        (
            "/%EF%BC%88%E8%B3%87%E6%96%99%EF%BC%89",
            "/%EF%BC%88%E8%B3%87%E6%96%99%EF%BC%89",
            ("（資料）",),
        ),
    ],
)
def test_one_spelling(target: str, path: str, parts: tuple[str, ...]) -> None:
    """A path has one spelling, and its segments are what it says."""
    assert canonical(target) == (path, parts, "", ())


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("", "target_form"),
        ("*", "target_form"),
        ("http://a/b", "target_form"),
        ("/a#b", "target_form"),
        ("/a?b#c", "target_form"),
        ("/a/../b", "path_dots"),
        ("/a/..", "path_dots"),
        ("/./a", "path_dots"),
        ("/a%2E", "path_dots"),
        ("/a%2Eb", "path_dots"),
        ("/a./b", "path_dots"),
        ("/a%20", "path_dots"),
        ("/%20a", "path_dots"),
        ("/a.%20", "path_dots"),
        ("/%E3%80%80.", "path_folded"),  # a wide space, a dot
        ("//a", "path_empty"),
        ("/a//", "path_empty"),
        ("/a%2Fb", "path_separator"),
        ("/a%5cb", "path_separator"),
        ("/a\\b", "path_separator"),
        ("/a%3Fb", "path_separator"),
        ("/a%23b", "path_separator"),
        ("/a;b", "path_semicolon"),
        ("/a%3bb", "path_semicolon"),
        ("/a%252fb", "path_double"),
        ("/100%25", "path_double"),
        ("/a%00", "control"),
        ("/a%0Ab", "control"),
        ("/a%7F", "control"),
        ("/a%E2%80%8Bb", "control"),  # no width
        ("/a%E2%80%AEb", "control"),  # right to left
        ("/a%F3%A0%81%81", "control"),  # a letter nobody sees
        ("/a%EF%BC%8Fb", "path_folded"),  # ／
        ("/%E8%B3%87%EF%BC%8F%E6%96%99", "path_folded"),  # 資／料
        ("/a%EF%BC%85%EF%BC%92f", "path_folded"),  # ％２f
        ("/a%EF%BC%BCb", "path_folded"),  # ＼
        ("/a%EF%BC%9Bb", "path_folded"),  # ；
        ("/a%CD%BEb", "path_folded"),  # the Greek question mark, which is a ;
        ("/%E2%84%80", "path_folded"),  # ℀, a/c in one letter
        ("/%E2%80%A5", "path_folded"),  # ‥, two dots in one letter
        ("/%EF%BC%8E%EF%BC%8E", "path_folded"),  # ．．
        ("/a%C2%A5b", "path_folded"),  # ¥, the backslash of code page 932
        ("/a%E2%88%95b", "path_folded"),  # the division slash
        ("/%EF%BD%81dmin", "path_folded"),  # ａdmin
        ("/%EF%BC%91%EF%BC%97", "path_folded"),  # １７
        ("/a%", "escape"),
        ("/a%4", "escape"),
        ("/a%g1", "escape"),
        ("/a%u0041", "escape"),
        ("/a%FF", "not_utf8"),
        ("/a%C0%AF", "not_utf8"),
        ("/a%ED%A0%80", "not_utf8"),
        ("/a b", "path_character"),
        ("/a[b]", "path_character"),
        ("/a\u3042", "path_character"),
        ("/a\udc80", "path_character"),
        ("/a\n", "path_character"),
        ("/a?b=%", "escape"),
        ("/a?b=%F", "escape"),
        ("/a?b=%FF", "not_utf8"),
        ("/a?b=%00", "control"),
        ("/a?b;c", "query_semicolon"),
        ("/a?b=<c>", "query_character"),
        ("/a?b=\u3042", "query_character"),
        ("/" + "a" * 8000, "target_long"),
    ],
)
def test_two_readings_are_refused(target: str, why: str) -> None:
    """A target that two readers could read in two ways is refused, and why is said."""
    with pytest.raises(Hostile) as refused:
        canonical(target)

    assert refused.value.why == f"gate.hostile.{why}"
    assert refused.value.status in {400, 414}


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", ()),
        ("a", (("a", ""),)),
        ("a=", (("a", ""),)),
        ("a=b=c", (("a", "b=c"),)),
        ("b=2&a=1&b=1", (("b", "2"), ("a", "1"), ("b", "1"))),
        ("&a=1&&", (("a", "1"),)),
        ("code=http://loinc.org|1234-5", (("code", "http://loinc.org|1234-5"),)),
        ("code=http%3A%2F%2Floinc.org%7C1", (("code", "http://loinc.org|1"),)),
        ("name=%E5%B1%B1+%E7%94%B0", (("name", "山 田"),)),
        ("a=%2B1", (("a", "+1"),)),
        ("a=%252F", (("a", "%2F"),)),
        ("a=%3B%26%3D", (("a", ";&="),)),
        ("a%3Db=1", (("a=b", "1"),)),
        ("birthdate=ge1970&_sort=-date", (("birthdate", "ge1970"), ("_sort", "-date"))),
        ("a[]=1&a[]=2", (("a[]", "1"), ("a[]", "2"))),
        ("q=a?b/c", (("q", "a?b/c"),)),
    ],
)
def test_a_query_is_decoded_once(query: str, values: tuple[tuple[str, str], ...]) -> None:
    """A query's values come decoded once, in order, and the query is kept as it was sent."""
    assert canonical(f"/a?{query}") == ("/a", ("a",), query, values)


@pytest.mark.parametrize("target", ["/a%2Bb/", "/%E8%B3%87?q=%2f%2e|[a]&b", "/a?b=%7e", "/"])
def test_the_upstream_is_asked_exactly_this(target: str) -> None:
    """What goes on the wire is the path that was decided on and the query that was sent."""
    path, _, query, _ = canonical(target)

    assert address("http://127.0.0.1:8042", path, query).raw_path_qs == target
