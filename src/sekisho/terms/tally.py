"""What a process counts for its operators: how many and how long, never who or about whom.

Prometheus' text format, 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
Labels take few fixed words (a system's name, a message id); an address, a user or a
patient is never one.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds up to which durations are told apart."""
Key = tuple[str, tuple[tuple[str, str], ...]]
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class Tally:
    """The counts of one process since it started."""

    def __init__(self) -> None:
        self._counts: dict[Key, int] = {}
        self._times: dict[Key, list[float]] = {}

    def count(self, name: str, more: int = 1, **labels: str) -> None:
        """Count `more` of what is named ``…_total``."""
        key = (name, tuple(labels.items()))
        self._counts[key] = self._counts.get(key, 0) + more

    def time(self, name: str, seconds: float, **labels: str) -> None:
        """Count one duration of what is named ``…_seconds``."""
        key = (name, tuple(labels.items()))
        kept = self._times.get(key)
        if kept is None:
            # One for each bound, one for what took longer, and the sum.
            kept = self._times[key] = [0.0] * (len(BOUNDS) + 2)
        kept[bisect.bisect_left(BOUNDS, seconds)] += 1
        kept[-1] += seconds

    def plain(self) -> dict[str, Any]:
        """Return everything as JSON can hold it; see `from_plain`."""
        return {
            "counts": [[name, dict(labels), kept] for (name, labels), kept in self._counts.items()],
            "times": [[name, dict(labels), kept] for (name, labels), kept in self._times.items()],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Tally:
        """Return what `plain` was made of.

        Raises:
            KeyError, TypeError, ValueError: It was made of something else.
        """
        tally = cls()
        for name, labels, kept in plain["counts"]:
            tally._counts[str(name), tuple(labels.items())] = int(kept)
        for name, labels, kept in plain["times"]:
            if len(kept) != len(BOUNDS) + 2:
                raise ValueError(name)
            tally._times[str(name), tuple(labels.items())] = [float(one) for one in kept]
        return tally

    def samples(self, **more: str) -> Iterator[tuple[str, str, str]]:
        """Yield (family, kind, line) of every sample, each with the labels `more` as well."""
        for (name, labels), kept in self._counts.items():
            yield name, "counter", line(name, kept, {**dict(labels), **more})
        for (name, labels), times in self._times.items():
            known, whole = {**dict(labels), **more}, 0
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), times, strict=False):
                whole += int(count)
                yield name, "histogram", line(f"{name}_bucket", whole, {**known, "le": bound})
            yield name, "histogram", line(f"{name}_sum", times[-1], known)
            yield name, "histogram", line(f"{name}_count", whole, known)


def line(name: str, value: float, labels: Mapping[str, str]) -> str:
    """Return one sample as a line of the format, without its end."""
    told = ",".join(f'{key}="{word.translate(_ESCAPES)}"' for key, word in labels.items())
    return f"{name}{{{told}}} {value}" if told else f"{name} {value}"


def text(samples: Iterable[tuple[str, str, str]], about: Mapping[str, str]) -> str:
    """Return the page: each family once, with what `about` says of it, its lines together."""
    families: dict[str, tuple[str, list[str]]] = {}
    for name, kind, told in samples:
        families.setdefault(name, (kind, []))[1].append(told)
    lines = []
    for name, (kind, those) in sorted(families.items()):
        if name in about:
            lines.append(f"# HELP {name} {about[name]}")
        lines += [f"# TYPE {name} {kind}", *those]
    return "".join(f"{one}\n" for one in lines)
