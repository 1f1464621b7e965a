"""The pages: words, times and numbers as people read them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from sekisho.pages import Frame, render
from sekisho.pages.environment import FOLDER, number, percent, short, size
from sekisho.paper.press import share

AT = dt.datetime(2026, 10, 4, 13, 11, 3, tzinfo=dt.UTC)


def test_every_template_compiles() -> None:
    """Every template of every room can be read by the engine."""
    from sekisho.pages.environment import _environment  # noqa: PLC0415 (the engine itself)

    names = [p.relative_to(FOLDER / "templates").as_posix() for p in _templates()]
    assert names
    for name in names:
        _environment("ja").get_template(name)


def test_no_template_needs_what_the_content_policy_forbids() -> None:
    """No template carries an inline script, a style attribute or an event attribute."""
    for path in _templates():
        text = path.read_text(encoding="utf-8")
        assert " style=" not in text, path.name
        assert "<style" not in text, path.name
        assert "javascript:" not in text, path.name
        for attribute in (" onclick=", " onload=", " onsubmit=", " onchange="):
            assert attribute not in text, path.name
        for part in text.split("<script")[1:]:
            assert "src=" in part.split(">")[0], path.name
            assert part.split(">", 1)[1].startswith("</script>"), path.name


def test_a_page_that_asks_again_loads_what_asks() -> None:
    """Where a page has attributes of htmx it loads htmx, and no link or form of it is kept from its own act."""
    pages = [
        p for p in _templates() if "{% extends" in (text := p.read_text("utf-8")) and " hx-" in text
    ]
    assert pages
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert "/static/vendored/htmx.min.js" in text, path.name
        assert "from:" not in text, path.name


def test_nothing_is_loaded_from_outside() -> None:
    """No stylesheet, script or template of ours names another host."""
    ours = [*_templates(), FOLDER / "static/sekisho.css", FOLDER / "static/sekisho.js"]
    for path in ours:
        text = path.read_text(encoding="utf-8")
        assert "https://" not in text, path.name
        assert "http://" not in text, path.name


def test_a_value_is_escaped() -> None:
    """What comes from a log is text on a page, never markup."""
    page = _failed("<script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_missing_value_is_an_error() -> None:
    """A page that lacks a value fails aloud and is never shown with a blank."""
    with pytest.raises(UndefinedError):
        render("console/failed.html", language="ja", kind="bad", matter="console.back", text="")


def test_times_are_local_and_hover_shows_utc() -> None:
    """A time is shown in the institution's zone, with UTC for the pointer."""
    from sekisho.pages.environment import _environment  # noqa: PLC0415 (the engine itself)

    template = _environment("ja").from_string("{{ at|local('second') }}")
    shown = template.render(at=AT, frame=Frame(zone="Asia/Tokyo"))
    assert "2026/10/04 22:11:03" in shown
    assert 'title="2026-10-04 13:11:03 UTC"' in shown


def test_a_day_has_its_weekday() -> None:
    """A day is shown with its weekday in the reader's language."""
    from sekisho.pages.environment import _environment  # noqa: PLC0415 (the engine itself)

    for language, words in (("ja", "2026年10月4日（日）"), ("en", "Sun 4 Oct 2026")):
        template = _environment(language).from_string("{{ at|day }}")
        assert template.render(at=AT, frame=Frame(), language=language) == words


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (1, 3, "33.3%"), (37_551, 40_000, "93.9%"), (149_483, 149_484, "99.9%"), (5, 5, "100.0%"),
        (1, 149_484, "0.1%"), (0, 9, "0.0%"), (0, 0, "–"),
    ],
)  # fmt: skip
def test_a_share_is_said_as_on_paper(part: int, whole: int, shown: str) -> None:
    """One hundred percent is said only where it is all, nothing only where it is none, as on the page of the month."""
    assert percent(part, whole) == shown
    if whole:
        assert share(part, whole).replace(" ", "") == shown


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [
        ("ja", 149_484, "14.9万"),
        ("ja", 9_999, "9,999"),
        ("ja", 12_345_678, "1,234万"),
        ("ja", 234_567_890, "2.3億"),
        ("en", 149_484, "149.4k"),
        ("en", 1_234_567, "1.2M"),
        ("en", 12, "12"),
    ],
)
def test_a_count_is_short_on_the_left_side(language: str, value: int, shown: str) -> None:
    """A count on the left side is as short as people say it."""
    assert short(language, value) == shown


def test_numbers_and_sizes() -> None:
    """Whole numbers have their thousands apart and sizes a unit."""
    assert number(1_234_567) == "1,234,567"
    assert [size(v) for v in (12, 2048, 5 << 20, 3 << 30)] == ["12 B", "2.0 KB", "5.0 MB", "3.0 GB"]


def test_the_frame_shows_who_and_where() -> None:
    """The left side names the institution, and every page of a demonstration says so."""
    page = _failed("x", Frame(institution="みなと病院", simulated=True, account="佐藤"))
    assert "みなと病院" in page
    assert "模擬データです" in page
    assert "佐藤" in page
    assert isinstance(Markup(page), str)


def _failed(text: str, around: Frame | None = None) -> str:
    return render(
        "console/failed.html",
        language="ja",
        frame=around or Frame(),
        kind="bad",
        matter="console.back",
        text=text,
        back="/",
    )


def _templates() -> list[Path]:
    return sorted((FOLDER / "templates").rglob("*.html"))
