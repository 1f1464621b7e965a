"""One device and one statement: is it meant, and is its version among those meant?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sekisho.errors import Value
from sekisho.posture.component import Component
from sekisho.posture.knowledge.records import Said
from sekisho.posture.match.target import Target
from sekisho.posture.names.device import Names, bears, names, version_in
from sekisho.posture.names.text import compact, fold, tokens
from sekisho.posture.versions import Range
from sekisho.posture.versions.order import bare, plain


class Status(StrEnum):
    """The three answers (house.md, section 6)."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is concluded of one device from one statement.

    Attributes:
        status: The answer.
        method: ``purl``, ``name+version``, ``name+model`` or ``name``.
        confidence: 0 to 1.
        fixed_in: The version that mends it, or None.
        message: Id of the sentence that says why.
        open: Whether it rests on a range without an upper end (``7.0.6 and above``).
        args: What it names.
    """

    status: Status
    method: str
    confidence: float
    message: str
    fixed_in: str | None = None
    open: bool = False
    args: Mapping[str, Value] = field(default_factory=dict)


_NOT_A_VERSION = re.compile(
    r"製|出荷|導入|購入|設置|^\W*$|^(?:不明|なし|無し|未確認|n/?a|unknown|-+)$", re.IGNORECASE
)
_EDITION = re.compile(r"^(?:[A-Z]{2,5}|[A-Za-z]{4,})\s+(?=v?\d+\.\d)")
_NEUTRAL = frozenset({"distributed", "shipped", "manufactured", "firmware", "software", "build", "release", "versions", "version", "ファームウェア", "ソフトウェア"})  # fmt: skip
_CVES = re.compile(r"^(?:CVE-\d{4}-\d+\s*)+$")


def judge(
    component: Component, target: Target, maker: float, brands: frozenset[str]
) -> Verdict | None:
    """Return what `target` says of `component`; None where it is not about it.

    Args:
        component: What stands in the hospital.
        target: The statement, ready.
        maker: How surely the makers are the same.
        brands: Words this maker uses for many products.
    """
    device = names(component.product, component.model)
    best, condition = 0.0, None
    for one in target.patterns:
        found = bears(device, one, family=brands)
        if found > best:
            best, condition = found, one.condition
    if best == 0.0:
        return None
    sure = maker * best
    version = said_version(component, device)
    if target.models:
        model = _model(device, target.models)
        if model is False:
            return None
        if model is None:
            return _unknown(target, sure, "posture.why.model", models=", ".join(target.models[:6]))
    return _by_version(target, sure, version, device, condition)


def said_version(component: Component, device: Names | None = None) -> str | None:
    """Return the version of a component, from its own column or from its name; None where none is said."""
    text = plain(component.version or "")
    if text and not _NOT_A_VERSION.search(text):
        return _EDITION.sub("", bare(text))
    return None if text and re.search(r"製|出荷", text) else version_in(device) if device else None


def _by_version(
    target: Target, sure: float, version: str | None, device: Names, condition: str | None
) -> Verdict | None:
    if target.said is Said.INVESTIGATED:
        return _unknown(target, sure, "posture.why.investigated")
    if target.said is Said.NOTHING:
        return _unknown(target, sure, "posture.why.no_status")
    if not target.ranges:
        why = "posture.why.unread" if target.unread else "posture.why.no_versions"
        return (
            None
            if target.said is not Said.AFFECTED
            else _unknown(target, sure, why, text=target.unread)
        )
    inside, hit = _inside(target, version)
    if target.said in {Said.NOT_AFFECTED, Said.FIXED}:
        if inside is not True:
            return None
        return Verdict(
            status=Status.NOT_AFFECTED,
            method="name+version",
            confidence=round(sure * 0.97, 2),
            message=f"posture.why.{target.said.value}",
            args={"version": version or ""},
        )
    if inside is None:
        if version is None:
            return _unknown(target, sure, "posture.why.no_version")
        return _unknown(target, sure, "posture.why.not_comparable", version=version)
    if inside is False:
        if target.unread:
            return _unknown(target, sure, "posture.why.unread", text=target.unread)
        return Verdict(
            status=Status.NOT_AFFECTED,
            method="name+version",
            confidence=round(sure * 0.95, 2),
            message="posture.why.outside",
            args={"version": version or "", "ranges": told(target.ranges)},
        )
    return _affected(target, sure, version, device, hit, condition)


def _affected(
    target: Target,
    sure: float,
    version: str | None,
    device: Names,
    hit: Range | None,
    named: str | None,
) -> Verdict:
    condition = (
        target.condition or named or (hit.scope if hit is not None and _limits(hit.scope) else None)
    )
    if condition is not None and not _held(condition, device, version):
        return _unknown(target, sure, "posture.why.condition", condition=condition[:200])
    every = hit is None or hit.everything
    fixed = target.fixed or (hit.high if hit is not None and hit.high and not hit.high_in else None)
    return Verdict(
        status=Status.AFFECTED,
        method="name+model" if target.models else "name" if every else "name+version",
        confidence=round(sure * (1.0 if every else 0.98), 2),
        message="posture.why.every" if every else "posture.why.inside",
        fixed_in=fixed,
        open=hit is None or hit.high is None,
        args={"version": version or "", "ranges": told(target.ranges)},
    )


def _inside(target: Target, version: str | None) -> tuple[bool | None, Range | None]:
    """Return whether the version is among those meant, and the range that has it."""
    answer: bool | None = False
    for one in target.ranges:
        if one.everything:
            return True, one
        holds = one.holds(version) if version is not None else None
        if holds:
            return True, one
        if holds is None:
            answer = None
    return answer, None


def _limits(scope: str | None) -> bool:
    """Return whether a scope says something of the product: CVEs and empty words do not."""
    if scope is None or _CVES.match(scope):
        return False
    return any(len(w) >= 3 and w not in _NEUTRAL and not re.search(r"\d", w) for w in tokens(scope))


def _held(condition: str, device: Names, version: str | None) -> bool:
    """Return whether a condition is met by what the ledger says (``such as Windows 2000``)."""
    said = compact(version or "")
    if (
        len(said) >= 6
        and re.search("[a-z]", said)
        and re.search(
            rf"(?<![a-z0-9]){re.escape(fold(version or ''))}(?![a-z0-9])", fold(condition)
        )
    ):
        return True
    words = [
        w
        for w in tokens(condition)
        if len(w) >= 3 and w not in _NEUTRAL and w not in {"for", "the", "with", "running"}
    ]
    return bool(words) and len(words) <= 4 and all(w in device.words for w in words)


def _model(device: Names, models: tuple[str, ...]) -> bool | None:
    """Return whether one of `models` is the device's; None where the device says no model like them."""
    wanted = [compact(one) for one in models]
    if any(
        one in device.joined or one in {compact(w) for w in device.text.split()} for one in wanted
    ):
        return True
    shapes = {re.sub(r"\d+", "#", one) for one in wanted}
    for one in device.joined:
        if re.sub(r"\d+", "#", one) in shapes and re.search(r"\d{3}", one):
            return False
        if any(len(one) >= 4 and re.search(r"\d{3}", one) and one[:4] == w[:4] for w in wanted):
            return False
    if any(re.search(r"\d{4}", word) for word in device.words):
        return False
    return None


def told(ranges: tuple[Range, ...]) -> str:
    """Return ranges as a person reads them: ``≤ 2.3.6``, ``1.0 – 1.5``, ``*``."""
    parts = []
    for one in ranges[:6]:
        if one.everything:
            parts.append("*")
        elif (
            one.low is not None
            and one.low_in
            and one.high_in
            and one.high in {one.low, f"{one.low}.x"}
        ):
            parts.append(one.high)
        elif one.low is None:
            parts.append(("≤ " if one.high_in else "< ") + str(one.high))
        elif one.high is None:
            parts.append(("≥ " if one.low_in else "> ") + one.low)
        else:
            parts.append(
                f"{'≥' if one.low_in else '>'} {one.low} {'≤' if one.high_in else '<'} {one.high}"
            )
    return " | ".join(parts) + (" …" if len(ranges) > 6 else "")


def _unknown(target: Target, sure: float, message: str, **args: str) -> Verdict:
    return Verdict(
        status=Status.UNKNOWN,
        method="name",
        confidence=round(sure * 0.7, 2),
        message=message,
        fixed_in=target.fixed,
        args=args,
    )
