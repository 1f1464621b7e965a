"""Of when ClamAV's patterns are: those that lie on the disk, and those that clamd has loaded.

A ``.cvd`` or ``.cld`` begins with 512 bytes of text, ``ClamAV-VDB:`` and then, between colons,
the time it was built, its version, how many signatures… (libclamav, cvd.c). clamd says of what
it has loaded ``ClamAV 1.4.3/27800/Sun Nov 15 08:35:00 2026`` to ``VERSION``. Where the disk has
a newer version, the new patterns were brought and protect nobody yet.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DEBIAN_DATABASE = Path("/var/lib/clamav")
"""Where Debian's freshclam puts what it brings."""
RELOAD = dt.timedelta(hours=2)
"""So long clamd may take to load what was brought (its SelfCheck is ten minutes)."""
_HEAD = re.compile(r"ClamAV-VDB:(\d{1,2} \w{3} \d{4} \d{2}[-:]\d{2} [+-]\d{4}):(\d{1,9}):")
_SAID = re.compile(r"ClamAV [\w.+~-]{1,40}/(\d{1,9})(?:/([\w :]{1,40}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """Patterns of one version.

    Attributes:
        version: Of ``daily``, as text.
        made_at: When they were built; None where it cannot be read.
        since: When they came to lie there; None of what is loaded.
    """

    version: str
    made_at: dt.datetime | None
    since: dt.datetime | None = None


def loaded_of(said: str) -> Patterns | None:
    """Return what clamd says it has loaded, None where it says no version."""
    found = _SAID.search(said)
    if found is None:
        return None
    try:
        # ctime(3), in the local time of the machine that wrote it: good to the day.
        made = dt.datetime.strptime(found[2] or "", "%a %b %d %H:%M:%S %Y").replace(tzinfo=dt.UTC)
    except ValueError:
        made = None
    return Patterns(version=found[1], made_at=made)


def on_disk(folder: Path) -> Patterns | None:
    """Return the newest ``daily`` in `folder`, None where none can be read."""
    heads = []
    for path in sorted(folder.glob("daily.c[vlu]d")):
        try:
            with path.open("rb") as file:
                head = file.read(512).decode("latin-1")
            heads.append((path.name, head, str(int(path.stat().st_mtime))))
        except OSError:
            continue
    return newest(heads)


def newest(heads: Iterable[tuple[str, str, str]]) -> Patterns | None:
    """Return the newest ``daily`` of (file name, first bytes as text, seconds since 1970)."""
    found = []
    for name, head, since in heads:
        read = _HEAD.match(head)
        if read is None or not name.startswith("daily."):
            continue
        found.append(
            Patterns(
                version=read[2],
                made_at=_built(read[1]),
                since=dt.datetime.fromtimestamp(int(since), dt.UTC) if since.isdigit() else None,
            )
        )
    return max(found, key=lambda one: int(one.version), default=None)


def _built(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text.replace(":", "-"), "%d %b %Y %H-%M %z").astimezone(dt.UTC)
    except ValueError:
        return None
