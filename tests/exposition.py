"""Prometheus' text format 0.0.4 read strictly, written from its page alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(
    rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? ([0-9.e+-]+|\+Inf|NaN)"
)
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


@dataclass
class Page:
    """What a page said.

    Attributes:
        kinds: Family → counter, gauge or histogram.
        samples: (name, labels) → value.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = field(default_factory=dict)

    def sum(self, name: str, **labels: str) -> float:
        """Return the sum of the samples of `name` that have `labels`."""
        wanted = set(labels.items())
        return sum(v for (n, those), v in self.samples.items() if n == name and wanted <= those)


def read(text: str) -> Page:
    """Return the page; anything that the format does not allow fails the test."""
    page, family = Page(), ""
    *lines, last = text.split("\n")
    assert last == "", "the last line ends with a line feed"
    for line in lines:
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert family not in page.kinds, f"{family} is one group"
            assert kind in {"counter", "gauge", "histogram"}
            page.kinds[family] = kind
            continue
        if line.startswith("# HELP "):
            assert line.split(" ")[2] not in page.kinds, "help stands before the type"
            continue
        found = _SAMPLE.fullmatch(line)
        assert found is not None, line
        name, labels = found[1], _PAIR.findall(found[2] or "")
        assert len(dict(labels)) == len(labels), f"a label twice: {line}"
        tails = ("_bucket", "_sum", "_count") if page.kinds[family] == "histogram" else ("",)
        assert name in {family + tail for tail in tails}, f"{name} outside its family"
        key = (name, frozenset(labels))
        assert key not in page.samples, f"a sample twice: {line}"
        page.samples[key] = float(found[3])
    return page


def check_histograms(page: Page) -> None:
    """Fail where buckets shrink, or the last one is not the count."""
    series: dict[tuple[str, frozenset[tuple[str, str]]], list[tuple[float, float]]] = {}
    for (name, labels), value in page.samples.items():
        if name.endswith("_bucket"):
            rest = frozenset(pair for pair in labels if pair[0] != "le")
            series.setdefault((name, rest), []).append((float(dict(labels)["le"]), value))
    for (name, rest), buckets in series.items():
        values = [value for _, value in sorted(buckets)]
        assert values == sorted(values)
        assert max(buckets)[0] == float("inf")
        assert values[-1] == page.samples[name.removesuffix("_bucket") + "_count", rest]
