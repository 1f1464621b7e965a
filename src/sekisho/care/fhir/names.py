"""Whom and what references point to: people and places of the files, and of earlier loads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sekisho.care.fhir.files import Resource, listed
from sekisho.care.fhir.values import name_of, number_of, word

KNOWN = frozenset(
    {"Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService"}
)
"""Types that are remembered: others point to them by reference."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a reference points to.

    Attributes:
        number: Of a person: as the hospital knows it. Of a place None.
        name: Of a person or a place.
        place: Of a role: the department that it is held in.
    """

    type: str
    number: str | None
    name: str | None
    place: str | None = None


@dataclass(slots=True)
class Names:
    """References → what they point to; what no file holds is known by the reference itself.

    Attributes:
        earlier: What an earlier load knew of a reference.
        unresolved: References that no file held; the id in them stood in.
    """

    earlier: Callable[[str], Named | None] = lambda _: None
    known: dict[str, Named] = field(default_factory=dict)
    unresolved: set[str] = field(default_factory=set)

    def learn(self, address: str | None, resource: Resource) -> list[tuple[str, Named]]:
        """Remember `resource`, and return it with each form by which it is pointed to."""
        named = self._named(resource)
        forms = [f"{named.type}/{resource['id']}"] if resource.get("id") else []
        if address:
            forms.append(address)
        for form in forms:
            self.known[form] = named
        return [(form, named) for form in forms]

    def _named(self, resource: Resource) -> Named:
        kind = str(resource["resourceType"])
        if kind in {"Patient", "Practitioner"}:
            return Named(kind, number_of(resource), name_of(resource)[0])
        if kind == "PractitionerRole":
            person = self.of(resource.get("practitioner"), resource)
            place = word(resource.get("specialty")) or self.name(
                resource.get("organization"), resource
            )
            return Named(
                kind, person.number if person else number_of(resource),
                person.name if person else None, place,
            )  # fmt: skip
        name = resource.get("name")
        return Named(kind, None, name if isinstance(name, str) else None)

    def of(self, reference: Any, inside: Resource) -> Named | None:
        """Return what `reference`, which stands in the resource `inside`, points to; None for nothing."""
        if not isinstance(reference, dict):
            return None
        display = reference.get("display")
        display = display if isinstance(display, str) and display.strip() else None
        text = reference.get("reference")
        if not isinstance(text, str) or not text:
            logical = reference.get("identifier")
            value = logical.get("value") if isinstance(logical, dict) else None
            kind = str(reference.get("type") or "")
            return (
                Named(kind, str(value), display)
                if value
                else (display and Named(kind, None, display)) or None
            )
        if text.startswith("#"):
            return self._contained(text[1:], inside, display)
        found = self._find(text)
        if found is not None:
            return found
        if "?" in text and "|" in text:  # Type?identifier=system|value
            return Named(text.split("?")[0], text.rsplit("|", 1)[1], display)
        kind, _, number = short(text).rpartition("/")
        self.unresolved.add(text)
        return Named(
            kind or str(reference.get("type") or ""),
            number.removeprefix("urn:uuid:") or None,
            display,
        )

    def _find(self, text: str) -> Named | None:
        for form in dict.fromkeys((text, short(text))):
            if form not in self.known:
                before = self.earlier(form)
                if before is None:
                    continue
                self.known[form] = before
            return self.known[form]
        return None

    def _contained(self, wanted: str, inside: Resource, display: str | None) -> Named | None:
        for one in listed(inside.get("contained")):
            if one.get("id") == wanted and isinstance(one.get("resourceType"), str):
                named = self._named({**one, "id": None} if "identifier" not in one else one)
                return Named(named.type, named.number, named.name or display, named.place)
        return Named("", None, display) if display else None

    def name(self, reference: Any, inside: Resource) -> str | None:
        """Return the name of the place or organization that `reference` points to."""
        found = self.of(reference, inside)
        display = reference.get("display") if isinstance(reference, dict) else None
        return (found.name if found else None) or (display if isinstance(display, str) else None)


def short(reference: str) -> str:
    """Return ``Type/id`` of a reference, without the server before it and the version after it."""
    parts = reference.split("/_history/", maxsplit=1)[0].rstrip("/").split("/")
    return "/".join(parts[-2:]) if len(parts) >= 2 else reference
