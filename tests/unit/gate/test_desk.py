"""Where somebody is led back to: a page of this host, as the gate itself would take it."""

from __future__ import annotations

import pytest

from sekisho.gate.desk import wanted


@pytest.mark.parametrize(
    ("way", "page"),
    [
        ("/karte/00200?p=1", "/karte/00200?p=1"),
        ("/%e6%82%a3/", "/%E6%82%A3/"),
        ("/.sekisho/desk?next=%2Fkarte%2F00200%3Fp%3D1", "/karte/00200?p=1"),
        ("/.sekisho/enter?code=x&next=%2Fkarte", "/karte"),
        ("/.sekisho/sign-out", "/"),
        ("/.sekisho/desk?next=%2F.sekisho%2Fdesk%3Fnext%3D%2Fx", "/"),
        ("/%2esekisho/sign-out", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/%5cevil.example", "/"),
        ("/a/../b", "/"),
        ("/a#b", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("/.sekisho/desk?next=https%3A%2F%2Fevil.example", "/"),
        ("/.sekisho/desk?next=%2F%2Fevil.example", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_only_a_page_of_this_host_is_come_back_to(way: str | None, page: str) -> None:
    """What has one reading as a page of this very host is come back to; anything else is the front page."""
    assert wanted(way) == page
