"""Is there malware in it: one place that asks the scanner, for the gate, people and later rooms.

Duty: ④ software that detects malware, with signatures that are kept fresh (docs/duties.md).
The scanner is clamd (ClamAV), at a Unix socket or on this machine; Sekisho brings no
signatures of its own. Three answers: clean, found, not checked because….

`sekisho.scan.station` is the check station (with the institution's own rules),
`sekisho.scan.walk` the files of a medium, `sekisho.scan.results` what was found; who only asks
the scanner does not load the compiler of rules.
"""

from sekisho.scan.perform import scan, scan_now
from sekisho.scan.records import DEBIAN_SOCKET, RULES, Answer, Settings, Verdict, Why
from sekisho.scan.signatures import DEBIAN_DATABASE, RELOAD, Patterns, loaded_of, newest, on_disk
from sekisho.scan.state import state

__all__ = [
    "DEBIAN_DATABASE",
    "DEBIAN_SOCKET",
    "RELOAD",
    "RULES",
    "Answer",
    "Patterns",
    "Settings",
    "Verdict",
    "Why",
    "loaded_of",
    "newest",
    "on_disk",
    "scan",
    "scan_now",
    "state",
]
