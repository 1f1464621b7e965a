"""Pages: one template, one language, one frame, and out comes HTML.

What every page shares (the left side, who is signed in, the zone of the clock on
the wall) is a `Frame`; the console sets it once for a request in `frame`, so that
every room's templates get it without knowing of each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from sekisho.pages.words import listed, say

FOLDER = Path(__file__).parent
ZONE = "Asia/Tokyo"
WEEKDAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the left side: message id, address, a short count, and whether we are there."""

    name: str
    href: str
    count: str = ""
    on: bool = False
    rule: bool = False
    """A line is drawn above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """How a page learns that its session ends.

    Attributes:
        seconds: Without a request it ends so long after the last.
        poll: Seconds between two questions whether it still lives.
        awake: Address that tells the seconds left.
        leave: Address to go to when it has ended.
    """

    seconds: int = 900
    poll: int = 30
    awake: str = "/sign-in/awake"
    leave: str = "/sign-in?out=idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around a page.

    Attributes:
        institution: Name shown under the brand, empty before it is entered.
        simulated: The records are made up, and every page says so.
        roles: Message ids.
        here: Address of this page, for the way back after a change of language; empty where
            the page has no such choice.
        static: Where this host answers the stylesheet.
    """

    institution: str = ""
    simulated: bool = False
    items: tuple[Item, ...] = ()
    account: str = ""
    roles: tuple[str, ...] = ()
    csrf: str = ""
    zone: str = ZONE
    here: str = "/"
    static: str = "/static"
    idle: Idle = Idle()
    extra: Mapping[str, str] = field(default_factory=dict)


frame: ContextVar[Frame | None] = ContextVar("frame", default=None)


def render(template: str, *, language: str, **context: Any) -> str:
    """Return the page that `template` makes of `context` in `language`.

    A name the template uses and `context` lacks is an error, never a blank.
    """
    around = context.pop("frame", None) or frame.get() or Frame()
    values: dict[str, Any] = {"csrf": around.csrf, **context}
    return _environment(language).get_template(template).render(frame=around, **values)


def compiled(template: str, language: str) -> None:
    """Read `template` now rather than when it is first asked for."""
    _environment(language).get_template(template)


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(language=language, t=partial(say, language))
    environment.filters.update(
        local=_local,
        day=_day,
        number=number,
        percent=percent,
        short=partial(short, language),
        listed=partial(listed, language),
        aside=lambda text: say(language, "pages.aside", text=text),
        basename=basename,
        size=size,
    )
    return environment


def basename(path: str) -> str:
    """Return the last part of a path of either kind: what a person knows a file by."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def number(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,}"


def percent(part: int, whole: int) -> str:
    """Return the share in percent as the paper says it: 100 only where it is all, 0 where none."""
    if whole <= 0:
        return "–"
    least, most = (0.1 if part > 0 else 0.0), (99.9 if part < whole else 100.0)
    return f"{min(max(100 * part / whole, least), most):.1f}%"


def short(language: str, value: int) -> str:
    """Return a number short enough for the left side (14.9万, 149k)."""
    if language == "ja":
        for unit, word in ((100_000_000, "億"), (10_000, "万")):
            if value >= unit:
                tenths = value * 10 // unit
                return (f"{tenths // 10:,}" if tenths >= 1000 else f"{tenths / 10:.1f}") + word
        return f"{value:,}"
    for unit, word in ((1_000_000, "M"), (10_000, "k")):
        if value >= unit:
            scale = 1_000_000 if word == "M" else 1_000
            return f"{value * 10 // scale / 10:.1f}{word}"
    return f"{value:,}"


def size(value: int) -> str:
    """Return a size in bytes as a person says it."""
    amount = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError(value)


def local_day(at: dt.date, language: str) -> str:
    """Return a day with its weekday."""
    if language == "ja":
        return f"{at.year}年{at.month}月{at.day}日（{WEEKDAYS['ja'][at.weekday()]}）"
    return f"{WEEKDAYS['en'][at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at.year}"


def local_time(at: dt.datetime, zone: str, precision: str = "minute") -> str:
    """Return the local time as people read it, as exact as `precision` allows."""
    here = at.astimezone(_zone(zone))
    form = {"day": "%Y/%m/%d", "minute": "%Y/%m/%d %H:%M"}.get(precision, "%Y/%m/%d %H:%M:%S")
    return here.strftime(form)


@pass_context
def _local(context: Context, at: dt.datetime | None, precision: str = "minute") -> Markup:
    if at is None:
        return Markup("–")
    utc = at.astimezone(dt.UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        local_time(at, context["frame"].zone, precision),
    )


@pass_context
def _day(context: Context, at: dt.date | None) -> str:
    if at is None:
        return "–"
    if isinstance(at, dt.datetime):
        at = at.astimezone(_zone(context["frame"].zone)).date()
    return local_day(at, context["language"])


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
