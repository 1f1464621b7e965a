"""Lists of installed packages: ``dpkg-query -W``, /var/lib/dpkg/status, ``rpm -qa``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.care import Refusal
from sekisho.posture.records import Kind, Reading
from sekisho.posture.sources.document import Document, piece

_DPKG = re.compile(r"([a-z0-9][a-z0-9+.\-]*)(?::[a-z0-9-]+)?\t([0-9][0-9A-Za-z.+:~_\-]*)(?:\t.*)?")
_LONG = re.compile(r"[iuhrp][nicufhWt]R?\s+([a-z0-9][a-z0-9+.\-]*)(?::[a-z0-9-]+)?\s+(\S+)\s+\S+\s")
_RPM = re.compile(
    r"(\S+?)-(\d*:?[^-\s]+-[^-\s]+)\.(x86_64|i[3-6]86|noarch|aarch64|ppc64le|s390x|\(none\))"
)
_RPM_TABBED = re.compile(
    r"([A-Za-z0-9][\w+.\-]*)\t(?:\(none\)\t|(\d+)\t)([^\t]+)\t([^\t]+)(?:\t\S+)?"
)
LEAST = 3


def read(document: Document) -> Reading | None:
    """Return the machine of a list of packages; it is told by the file's name alone, and asked."""
    if document.data is not None or document.root is not None:
        return None
    if re.match(r"Package: \S+\n", document.text):
        return _reading(document, "dpkg", list(_status(document.text)), [])
    lines = [line for line in document.text.splitlines() if line.strip()]
    for source, pattern in (("dpkg", _DPKG), ("dpkg", _LONG), ("rpm", _RPM_TABBED), ("rpm", _RPM)):
        found = [(number, line, pattern.match(line)) for number, line in enumerate(lines, 1)]
        good = [one for _, _, one in found if one]
        if len(good) >= LEAST and len(good) * 10 >= (len(lines) - 6) * 9:
            wrong = [number for number, line, one in found if one is None and number > 5]
            return _reading(document, source, [_named(source, one) for one in good], wrong)
    return None


def _reading(
    document: Document, source: str, named: list[tuple[str, str]], wrong: list[int]
) -> Reading:
    why = ("posture.taken_for.packages", {"form": source})
    reading = Reading(kind=Kind.COLLECTED, source=source, why=why)
    machine, doubts = document.machine()
    machine.software = [piece(name, version) for name, version in named]
    reading.doubts += doubts
    reading.refused += [Refusal(number, "posture.row_no_package", {}) for number in wrong]
    reading.machines.append((1, machine))
    return reading


def _named(source: str, found: re.Match[str]) -> tuple[str, str]:
    if source == "rpm" and found.re is _RPM_TABBED:
        epoch = f"{found[2]}:" if found[2] else ""
        return found[1], f"{epoch}{found[3]}-{found[4]}"
    return found[1], found[2]


def _status(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and version of each installed package of dpkg's status file."""
    for part in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^(Package|Version|Status): (.+)$", part, re.MULTILINE))
        if (
            fields.get("Status", "install ok installed").endswith(" installed")
            and "Version" in fields
        ):
            yield fields["Package"], fields["Version"]
