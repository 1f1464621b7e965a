"""Reads OSCAL as others do. Run by a Python whose environment has compliance-trestle.

``oscal.py FILE...`` ends with 0 where each file is valid, has no uuid twice and no reference to
what is not in it, and prints a line for each of what a reader found: ids of controls, or target,
state and reason of findings.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def read(path: Path) -> list[Any]:
    """Return what stands in the file; raise where it is wrong."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    _closed(raw)
    if "catalog" in raw:
        book = import_module("trestle.oscal.catalog").Catalog.oscal_read(path)
        return [one.id for group in book.groups for one in group.controls]
    done = import_module("trestle.oscal.assessment_results").AssessmentResults.oscal_read(path)
    targets = [one.target for one in done.results[0].findings or []]
    return [
        [one.target_id, one.status.state.value, str(_plain(one.status.reason))] for one in targets
    ]


def _plain(value: Any) -> Any:
    return getattr(getattr(value, "root", value), "value", getattr(value, "root", value))


def _closed(raw: Any) -> None:
    given: list[str] = []
    asked: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "uuid":
                    given.append(value)
                elif key.endswith("-uuid"):
                    asked.append(value)
                elif key == "href" and str(value).startswith("#"):
                    asked.append(value[1:])
                walk(value)
        elif isinstance(node, list):
            for one in node:
                walk(one)

    walk(raw)
    if len(given) != len(set(given)):
        raise SystemExit("a uuid is given twice")
    if left := set(asked) - set(given):
        raise SystemExit(f"nothing has the uuid {min(left)}")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(json.dumps(read(Path(name))))  # noqa: T201 (what it is for)
