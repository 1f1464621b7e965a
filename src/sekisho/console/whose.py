"""Whose work a finding is: those who may open the page that deals with it."""

from __future__ import annotations

from urllib.parse import urlsplit

from sekisho.console.interface import ANYONE, KEEPERS, OFFICERS, PEOPLE
from sekisho.identity.records import Role
from sekisho.terms import Finding

_PAGES: tuple[tuple[str, frozenset[Role]], ...] = (
    ("/accounts", KEEPERS),
    ("/gate/services", KEEPERS),
    ("/set-up", KEEPERS),
    ("/walk", KEEPERS),
    ("/people/lists", KEEPERS),
    ("/people/rosters", KEEPERS | PEOPLE),
    ("/records/sources", KEEPERS),
    ("/access/changes", PEOPLE),
    ("/gate/plans", OFFICERS),
    ("/review/explanations", OFFICERS),
    ("/review/masking", OFFICERS),
    ("/review/rules", OFFICERS),
    ("/review", PEOPLE),
    ("/records/erasure", KEEPERS | OFFICERS),
    ("/records", PEOPLE),
    ("/people", PEOPLE),
    ("/posture/load", KEEPERS),
    ("/posture/pairs", KEEPERS | OFFICERS),
    ("/posture", KEEPERS | OFFICERS),
    ("/inspection", KEEPERS | OFFICERS),
)
"""Beginnings of addresses, the longer before the shorter."""
_KEYS = {
    "review.no_run": KEEPERS,
    "collect.signs_got_in": KEEPERS | PEOPLE,
    "inspection.period.runs": ANYONE,
}
"""Matters that somebody else deals with than reads the page."""


def whose(finding: Finding) -> frozenset[Role]:
    """Return the duties that may deal with `finding`."""
    if finding.key in _KEYS:
        return _KEYS[finding.key]
    path = urlsplit(finding.where).path
    return next(
        (roles for page, roles in _PAGES if path == page or path.startswith(page + "/")), ANYONE
    )
