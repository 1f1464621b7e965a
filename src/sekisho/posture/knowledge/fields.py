"""Small readings that several sources share: times, CPE names, shortened text."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

_CPE_23 = re.compile(r"(?<!\\):")
_FRACTION = re.compile(r"(\.\d{1,6})\d*")


def instant(value: Any) -> dt.datetime | None:
    """Return an aware time of an RFC 3339 text or a date (its midnight, UTC); None where it is none."""
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    if not isinstance(value, str):
        return None
    text = _FRACTION.sub(r"\1", value.strip())
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.year < 1970:
        return None  # Go's zero time stands for "not said"
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def cpe_parts(cpe: Any) -> tuple[str, str, str] | None:
    """Return maker, product and version of a CPE 2.2 or 2.3 name (NISTIR 7695); None where it is none.

    A version of ``*`` or ``-`` is the empty text.
    """
    if not isinstance(cpe, str):
        return None
    if cpe.startswith("cpe:2.3:"):
        parts = _CPE_23.split(cpe)[3:6]
    elif cpe.startswith("cpe:/"):
        parts = cpe.split(":")[2:5]
    else:
        return None
    if len(parts) < 2:
        return None
    maker, product, version = (re.sub(r"\\(.)", r"\1", part) for part in (*parts, "")[:3])
    return (
        maker.replace("_", " "),
        product.replace("_", " "),
        "" if version in {"*", "-"} else version,
    )


def short(text: str, most: int = 400) -> str:
    """Return `text` on one line, cut at `most` characters."""
    one = re.sub(r"\s+", " ", text).strip()
    return one if len(one) <= most else one[: most - 1] + "…"
