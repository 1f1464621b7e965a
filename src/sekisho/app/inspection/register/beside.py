"""What other rooms and other lists know beside a list: what nobody wrote yet, and what may be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sekisho.app.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """Something that belongs into a list and is not there.

    Attributes:
        name: Message id, or a name of other rooms.
        begin: Field → value with which its form begins.
    """

    name: str
    begin: Mapping[str, str]


def beside(
    installation: Installation, part: str, *, known: Mapping[str, Sequence[str]] | None = None
) -> list[Unwritten]:
    """Return what belongs into a list and is not written yet; `known` is what is `expected`."""
    from sekisho.app.inspection.register.keep import expected  # noqa: PLC0415 (slow to import)
    from sekisho.inspection import register  # noqa: PLC0415 (same)
    from sekisho.inspection.register import risks  # noqa: PLC0415 (same)
    from sekisho.inspection.register.held.contacts import unwritten  # noqa: PLC0415 (same)

    told = register.told_of(installation.database, part)
    if part == "contacts":
        return [
            Unwritten(name=f"register.choice.body.{name}", begin={"body": name})
            for name in unwritten(told)
        ]
    if part == "vendors":
        names = (known or expected(installation))["vendors"]
        return [Unwritten(name=name, begin={"vendor": name}) for name in names]
    if part == "risks":
        names = risks.unassessed(installation.database)
        return [Unwritten(name=name, begin={"concerned": name}) for name in names]
    if part == "responsible" and not told:
        name = "register.choice.role.safety_officer"
        return [Unwritten(name=name, begin={"role": "safety_officer"})]
    return []


def choosable(installation: Installation, part: str) -> Mapping[str, Sequence[str]]:
    """Return field → what other lists offer to write there."""
    from sekisho.inspection import register  # noqa: PLC0415 (slow to import)
    from sekisho.posture import vendors  # noqa: PLC0415 (same)

    database, fields = installation.database, {one.name for one in register.part(part).fields}
    found: dict[str, Sequence[str]] = {}
    if "vendor" in fields:
        known = [one.name for one in vendors.vendors(database) if one.devices or one.lines]
        found["vendor"] = known
    if "system" in fields:
        told = (*register.told_of(database, "vendors"), *register.told_of(database, "backups"))
        found["system"] = sorted({str(one["system"]) for one in told})
    if "concerned" in fields:
        told = (*register.told_of(database, "information"),)
        found["concerned"] = sorted({str(one["information"]) for one in told})
    return {name: values for name, values in found.items() if values}
