"""A range of versions, and what a sentence about versions was read as."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sekisho.posture.versions.order import comparable, compare

_BUILD = re.compile(r"[\s,_-]*(?:\(?build|ビルド)[\s.:]*\d[\w.]*\)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Versions from one to another; an end of None is open.

    Attributes:
        low: The lowest, or None.
        low_in: Whether `low` itself is meant.
        high: The highest, or None; ``12.2.x`` is above everything of 12.2.
        high_in: Whether `high` itself is meant.
        scope: What the range is limited to (``for Windows``, ``CVE-2025-0355``), or None.
    """

    low: str | None = None
    low_in: bool = False
    high: str | None = None
    high_in: bool = False
    scope: str | None = None

    @classmethod
    def exactly(cls, version: str, scope: str | None = None) -> Range:
        """Return the range of one version; ``12.2.x`` is all of 12.2."""
        low = re.sub(r"(?:[._-]?[xX])+$", "", version) or version
        return cls(low=low, low_in=True, high=version, high_in=True, scope=scope)

    @property
    def everything(self) -> bool:
        """Whether every version is meant."""
        return self.low is None and self.high is None

    def holds(self, version: str) -> bool | None:
        """Return whether `version` is in the range; None where the two cannot be compared."""
        for end in (self.low, self.high):
            if end is not None and not comparable(version, end):
                return None
        if not any(_BUILD.search(end) for end in (self.low, self.high) if end is not None):
            # 7.4.7 build 2731 is 7.4.7 where builds are not spoken of.
            version = _BUILD.sub("", version) or version
        if self.low is not None:
            side = compare(version, self.low)
            if side < 0 or (side == 0 and not self.low_in):
                return False
        if self.high is not None:
            side = compare(version, self.high)
            if side > 0 or (side == 0 and not self.high_in):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence about versions says.

    Attributes:
        ranges: Any of them is meant.
        names: Parts that are no versions but names or models (``Accu-Chek Inform II``, ``MMT-1712``).
        condition: What limits all of it and is no version (``running on Windows 2000``), or None.
        unread: What could not be understood; empty where all was.
        remark: What stands in brackets by itself and limits none of the rest.
    """

    ranges: tuple[Range, ...] = ()
    names: tuple[str, ...] = ()
    condition: str | None = None
    unread: str = ""
    remark: str = ""
