"""When packages were put in: /var/log/dpkg.log and ``rpm -qa --last``."""

from __future__ import annotations

import datetime as dt
import re

from sekisho.posture.records import Kind, Reading
from sekisho.posture.sources.document import Document, piece

LEAST = 3
_DPKG = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:install|upgrade) \S+ \S+ \S+")
_ANY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:install|upgrade|remove|purge|startup|status|configure|trigproc|conffile) ")  # fmt: skip
_RPM = re.compile(
    r"(\S+?)-(\d*:?[^-\s]+-[^-\s]+)\.(?:x86_64|i[3-6]86|noarch|aarch64|ppc64le|s390x|\(none\))"
    r"\s+\w{3} (\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d(?: [AP]M)?)\b"
)


def read(document: Document) -> Reading | None:
    """Return the machine of such a list; it is told by the file's name alone.

    The times are of the machine's own zone, of which the file does not tell; a day is near enough.
    """
    if document.data is not None or document.root is not None:
        return None
    lines = [line for line in document.text.splitlines() if line.strip()]
    logged = [line for line in lines if _ANY.match(line)]
    if len(logged) >= LEAST and len(logged) * 10 >= len(lines) * 9:
        days = [found[1] for line in logged if (found := _DPKG.match(line))]
        return _reading(document, "dpkg_log", max(days, default=None), [])
    rows = [found for line in lines if (found := _RPM.match(line))]
    if len(rows) >= LEAST and len(rows) * 10 >= len(lines) * 9:
        moments = [at for row in rows if (at := _moment(row[3]))]
        last = max(moments).isoformat() if moments else None
        return _reading(document, "rpm_last", last, [piece(row[1], row[2]) for row in rows])
    return None


def _reading(
    document: Document, form: str, last: str | None, pieces: list[dict[str, str | None]]
) -> Reading:
    why = ("posture.taken_for.packages", {"form": form})
    reading = Reading(kind=Kind.COLLECTED, source=form, why=why)
    machine, doubts = document.machine()
    machine.software = pieces
    if last is not None:
        machine.facts["patched"] = {"last": last.replace(" ", "T")}
    reading.doubts += doubts
    reading.machines.append((1, machine))
    return reading


def _moment(text: str) -> dt.datetime | None:
    form = "%d %b %Y %I:%M:%S %p" if text.endswith("M") else "%d %b %Y %H:%M:%S"
    try:
        return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
