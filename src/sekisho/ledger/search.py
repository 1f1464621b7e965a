"""One search of the log: the sealed files where an answer can stand, and the live tail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from sekisho.ledger.columns import VIEW
from sekisho.ledger.skip import Place
from sekisho.ledger.tail import Segment
from sekisho.storage import Analysis


class Search:
    """A snapshot that is asked piece by piece, the likeliest piece first.

    Attributes:
        places: Where in the sealed files an answer can stand, in their order.
    """

    def __init__(
        self, path: Callable[[Segment], Path], places: Sequence[Place], live: pa.Table
    ) -> None:
        """Make it; `path` gives a sealed file's place, as it is now."""
        self.places = places
        self._path = path
        self._live = live

    def register(
        self, analysis: Analysis, places: Sequence[Place], *, live: bool, name: str = "access"
    ) -> None:
        """Make `places`, and with `live` the tail, readable in `analysis` as the view `name`."""
        segments = {place.segment.first: place.segment for place in places}
        files = [self._path(segments[first]) for first in sorted(segments)]
        ranges = _joined(sorted((place.first, place.stop) for place in places))
        asked = sum(stop - first for first, stop in ranges)
        whole = asked == sum(each.last + 1 - each.first for each in segments.values())
        # DuckDB leaves out the row groups in which none of the indexes stands.
        bounds = (
            "" if whole else " OR ".join(f'"index" BETWEEN {a:d} AND {b - 1:d}' for a, b in ranges)
        )
        rows = self._live if live else self._live.slice(0, 0)
        view(analysis, name, files, rows, bounds)


def view(
    analysis: Analysis, name: str, files: Sequence[Path], live: pa.Table, bounds: str = ""
) -> None:
    """Make sealed `files`, as far as `bounds` holds, and `live` readable as the view `name`."""
    analysis.register(f"{name}_tail", live)
    selects = [VIEW + f'"{name}_tail"']
    if files:
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
        sealed = VIEW + f"read_parquet([{listed}], binary_as_string = false)"
        selects.insert(0, f"{sealed} WHERE {bounds}" if bounds else sealed)
    analysis.execute(f'CREATE OR REPLACE VIEW "{name}" AS ' + " UNION ALL ".join(selects))


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches in order, those that touch as one."""
    found: list[tuple[int, int]] = []
    for first, stop in stretches:
        if found and found[-1][1] == first:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((first, stop))
    return found
