"""Resources of care to rows of the lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sekisho.care.fhir.files import Resource, listed
from sekisho.care.fhir.names import Named, Names
from sekisho.care.fhir.values import name_of, number_of, period, when, word, words
from sekisho.care.places import address_key
from sekisho.care.records import Kind, What
from sekisho.care.whats import what_of
from sekisho.errors import InvalidInputError

GONE = frozenset({"cancelled", "entered-in-error", "nullified", "revoked", "stopped"})
"""States that take back what an earlier load kept of the resource.

``noshow`` is none: it was an appointment until nobody came, and the record was rightly prepared.
"""
HELD = frozenset({Kind.VISITS, Kind.STAYS, Kind.ORDERS, Kind.APPOINTMENTS})
"""Kinds of which is kept what was taken back."""
PEOPLE = ("Practitioner", "PractitionerRole")
_INPATIENT = frozenset({"IMP", "ACUTE", "NONAC", "OBSENC", "SS"})
_AT_HOME = frozenset({"AMB", "EMER", "VR", "HH", "FLD"})
_FIRST = ("ATND", "PPRF", "ADM", "CON")

Rows = Iterator[tuple[Kind, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Reader:
    """What is needed to read a resource.

    Attributes:
        today: Until when what has no end lasts, as far as is known.
        now: Local; since when what is taken back no longer holds, where it does not say.
    """

    names: Names
    zone: ZoneInfo
    today: dt.date
    now: dt.datetime

    def rows(self, resource: Resource) -> list[tuple[Kind, dict[str, Any]]]:
        """Return the rows of `resource`; where its state takes it back, what it held until then.

        Raises:
            InvalidInputError: It lacks what makes it care: a patient, a day.
        """
        if resource.get("status") in GONE:
            return self._held(resource)
        return list(_READ[str(resource["resourceType"])](self, resource))

    def _held(self, resource: Resource) -> list[tuple[Kind, dict[str, Any]]]:
        """Return what `resource` held, as far as it can still be read, with when it was taken back."""
        at = self.back(resource)
        try:
            rows = list(_READ[str(resource["resourceType"])](self, resource))
        except InvalidInputError:
            return []
        return [(kind, row | {"retracted_at": at}) for kind, row in rows if kind in HELD]

    def back(self, resource: Resource) -> dt.datetime | None:
        """Return the local moment at which `resource` was taken back: when it was last changed."""
        if resource.get("status") not in GONE:
            return None
        meta = resource.get("meta")
        told = meta.get("lastUpdated") if isinstance(meta, dict) else None
        day, time = when(told, self.zone)
        return dt.datetime.combine(day, time) if day and time else self.now

    def patient(self, reference: Any, resource: Resource) -> str:
        """Return the number of the patient that `reference` points to."""
        found = self.names.of(reference, resource)
        if found is None or not found.number or found.type not in {"Patient", ""}:
            raise InvalidInputError("care.no_patient_id")
        return found.number

    def people(self, references: list[Any], resource: Resource) -> list[Named]:
        """Return the practitioners among `references`."""
        found = [self.names.of(one, resource) for one in references]
        return [one for one in found if one and (one.type in PEOPLE or (not one.type and one.name))]


def _doctor(person: Named | None) -> dict[str, Any]:
    return {
        "doctor": person.name if person and person.number is None else None,
        "doctor_id": person.number if person else None,
    }


def _encounter(reader: Reader, resource: Resource) -> Rows:
    patient_id = reader.patient(resource.get("subject"), resource)
    start, time, end = _time_of(reader, resource)
    kind = _class_of(resource, start, end)
    doctors: list[Named | None] = [*_participants(reader, resource)] or [None]
    first = next((one for one in doctors if one and one.place), None)
    department = (
        word(resource.get("serviceType"))
        or (first.place if first else None)
        or reader.names.name(resource.get("serviceProvider"), resource)
    )
    about = {"patient_id": patient_id, "department": department}
    wards = _wards(reader, resource)
    clock = time.isoformat("seconds") if time else None
    if kind is Kind.STAYS:
        spans = [span for span in wards if span[1]] or [
            (wards[0][0] if wards else None, start, end)
        ]
        for ward, day, until in spans:
            begin = day or start
            for doctor in doctors:
                yield kind, {
                    **about, "day": begin, "until": until or (end if len(spans) == 1 else None),
                    "ward": ward, **_doctor(doctor),
                }  # fmt: skip
        return
    for doctor in doctors:
        row = {**about, "day": start, "time": clock, **_doctor(doctor)}
        if kind is Kind.APPOINTMENTS:
            yield kind, {**row, "number": number_of(resource), "booked_on": None}
            continue
        # A night in the emergency room is two days; an ordinary visit is the day it began.
        nights = (end - start).days if end and "EMER" in _codes(resource) else 0
        for offset in range(min(nights, 3) + 1):
            day = start + dt.timedelta(days=offset)
            yield kind, {**row, "day": day, "time": clock if not offset else None}


def _time_of(reader: Reader, resource: Resource) -> tuple[dt.date, dt.time | None, dt.date | None]:
    """Return when an encounter began and ended: its period, or those of its states and places."""
    told = [resource.get("period"), *(one.get("period") for one in (
        *listed(resource.get("statusHistory")), *listed(resource.get("location")),
    ))]  # fmt: skip
    for one in told:
        start, time, end = period(one, reader.zone)
        if start:
            return start, time, None if end and end < start else end
    raise InvalidInputError("care.no_date")


def _codes(resource: Resource) -> set[str]:
    """Return the codes and words of the class of an encounter."""
    said = resource.get("class")
    return {*words(said), *(str(one["code"]) for one in listed(said) if one.get("code"))}


def _class_of(resource: Resource, start: dt.date, end: dt.date | None) -> Kind:
    codes = _codes(resource)
    if resource.get("status") == "planned" or "PRENC" in codes:
        return Kind.APPOINTMENTS
    if codes & _INPATIENT or any("inpatient" in one.lower() or "入院" in one for one in codes):
        return Kind.STAYS
    if codes & _AT_HOME:
        return Kind.VISITS
    long = end is not None and (end - start).days > 1
    return Kind.STAYS if long and resource.get("hospitalization") else Kind.VISITS


def _participants(reader: Reader, resource: Resource) -> list[Named]:
    """Return the practitioners of an encounter, who attends first."""
    given = listed(resource.get("participant"))
    kinds = [{*words(one.get("type"))} for one in given]
    order = sorted(
        range(len(given)),
        key=lambda n: next((p for p, code in enumerate(_FIRST) if code in kinds[n]), len(_FIRST)),
    )
    return reader.people([given[n].get("individual") for n in order], resource)


def _wards(
    reader: Reader, resource: Resource
) -> list[tuple[str | None, dt.date | None, dt.date | None]]:
    found: list[tuple[str | None, dt.date | None, dt.date | None]] = []
    for one in listed(resource.get("location")):
        if one.get("status") in {"reserved", "planned"}:
            continue
        name = reader.names.name(one.get("location"), resource)
        start, _, end = period(one.get("period"), reader.zone)
        if name:
            found.append((name, start, None if end and start and end < start else end))
    return found


def _appointment(reader: Reader, resource: Resource) -> Rows:
    day, time = when(resource.get("start"), reader.zone)
    if day is None:
        raise InvalidInputError("care.no_date")
    actors = [one.get("actor") for one in listed(resource.get("participant"))]
    named = [(actor, reader.names.of(actor, resource)) for actor in actors]
    patients = [one.number for _, one in named if one and one.type == "Patient" and one.number]
    if not patients:
        raise InvalidInputError("care.no_patient_id")
    people = reader.people([actor for actor, one in named if one and one.type in PEOPLE], resource)
    places = [
        one.name
        for _, one in named
        if one and one.type in {"Location", "HealthcareService"} and one.name
    ]
    department = (
        word(resource.get("specialty"), resource.get("serviceType"))
        or next((one.place for one in people if one.place), None)
        or next(iter(places), None)
    )
    booked: list[Named | None] = [*people] or [None]
    for patient_id in patients:
        for person in booked:
            yield Kind.APPOINTMENTS, {
                "patient_id": patient_id, "day": day,
                "time": time.isoformat("seconds") if time else None,
                "number": (number_of(resource) or "")[:64] or None, "department": department,
                **_doctor(person), "booked_on": when(resource.get("created"), reader.zone)[0],
            }  # fmt: skip


def _order(reader: Reader, resource: Resource) -> Rows:
    patient_id = reader.patient(resource.get("subject"), resource)
    drug = resource["resourceType"] == "MedicationRequest"
    days = [when(resource.get(name), reader.zone) for name in ("authoredOn", "occurrenceDateTime")]
    first, time, last = period(resource.get("occurrencePeriod"), reader.zone)
    begin, _, over = period(_bounds(resource), reader.zone)
    known = [(day, at) for day, at in (*days, (first, time), (begin, None)) if day]
    if not known:
        raise InvalidInputError("care.no_date")
    day, at = min(known, key=lambda one: one[0])
    until = max([one for one, _ in known] + [one for one in (last, over) if one])
    by = next(iter(reader.people([resource.get("requester")], resource)), None)
    requester = reader.names.of(resource.get("requester"), resource)
    performers = listed(resource.get("performer"))
    done: list[Named | None] = [*reader.people(list(performers), resource)] or [None]
    others = [reader.names.of(one, resource) for one in performers]
    rooms = [
        one.name for one in others if one and one.type not in {*PEOPLE, "Patient"} and one.name
    ]
    rooms += filter(
        None,
        (reader.names.name(one, resource) for one in listed(resource.get("locationReference"))),
    )
    told = (*words(resource.get("category"), resource.get("code"), resource.get("orderDetail")),
            *words(resource.get("performerType")))  # fmt: skip
    for person in done:
        yield Kind.ORDERS, {
            "patient_id": patient_id, "day": day, "until": until if until != day else None,
            "time": at.isoformat("seconds") if at else None,
            "number": (number_of(resource) or "")[:64] or None,
            "what": (What.PRESCRIPTION if drug else what_of(*told)).value,
            "department": (by.place if by else None)
            or (requester.name if requester and requester.type == "Organization" else None),
            "ward": None, **_doctor(by), "entered_by": None,
            "executor": person.name if person and person.number is None else None,
            "executor_id": person.number if person else None,
            "executed_in": next(iter(rooms), None) or (person.place if person else None)
            or word(resource.get("performerType")),
        }  # fmt: skip


def _bounds(resource: Resource) -> Any:
    timing = resource.get("occurrenceTiming")
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    return repeat.get("boundsPeriod") if isinstance(repeat, dict) else None


def _team(reader: Reader, resource: Resource) -> Rows:
    start, _, end = period(resource.get("period"), reader.zone)
    name = resource.get("name")
    said = name if isinstance(name, str) else word(resource.get("category")) or "CareTeam"
    team = f"{said} ({resource.get('id') or number_of(resource)})"[:128]
    over = resource.get("status") == "inactive" and end is None
    yield from _looked_after(reader, resource, team, resource.get("subject"), start, end, over=over)
    for one in listed(resource.get("participant")):
        since, _, until = period(one.get("period"), reader.zone)
        yield from _member(reader, resource, team, one.get("member"), since or start, until or end)


def _episode(reader: Reader, resource: Resource) -> Rows:
    start, _, end = period(resource.get("period"), reader.zone)
    team = f"{word(resource.get('type')) or 'EpisodeOfCare'} ({resource.get('id') or number_of(resource)})"[
        :128
    ]
    over = resource.get("status") == "finished" and end is None
    yield from _looked_after(reader, resource, team, resource.get("patient"), start, end, over=over)
    yield from _member(reader, resource, team, resource.get("careManager"), start, end)


def _looked_after(
    reader: Reader, resource: Resource, team: str, subject: Any,
    start: dt.date | None, end: dt.date | None, *, over: bool,
) -> Rows:  # fmt: skip
    patient_id = reader.patient(subject, resource)
    day = start or end
    if day is None:
        raise InvalidInputError("care.no_date")
    until = end or (day if over else max(day, reader.today))
    yield Kind.ROUNDS, {"team": team, "patient_id": patient_id, "day": day, "until": until}


def _member(
    reader: Reader, resource: Resource, team: str, member: Any, start: dt.date | None, end: dt.date | None
) -> Rows:  # fmt: skip
    for person in reader.people([member], resource):
        user_id = person.number or person.name
        if user_id:
            yield (
                Kind.TEAMS,
                {"team": team, "user_id": user_id, "valid_from": start, "valid_to": end},
            )


def _patient(reader: Reader, resource: Resource) -> Rows:
    number = number_of(resource)
    if number is None:
        raise InvalidInputError("care.no_patient_id")
    name, kana = name_of(resource)
    home = next((one for one in listed(resource.get("address")) if one.get("use") != "old"), {})
    lines = [line for line in home.get("line") or () if isinstance(line, str)]
    parts = [home.get(part) for part in ("state", "city")]
    text = home.get("text")
    address = "".join(part for part in (*parts, *lines) if isinstance(part, str)) or (
        text if isinstance(text, str) else None
    )
    phone = next(
        (
            one.get("value")
            for one in listed(resource.get("telecom"))
            if one.get("system") == "phone"
        ),
        None,
    )
    yield Kind.PATIENTS, {
        "patient_id": number, "name": name, "kana": kana,
        "born": when(resource.get("birthDate"), reader.zone)[0], "address": address,
        "address_key": address_key(address), "phone": phone if isinstance(phone, str) else None,
        "deceased_on": when(resource.get("deceasedDateTime"), reader.zone)[0],
    }  # fmt: skip


def _staff(reader: Reader, resource: Resource) -> Rows:
    role = resource["resourceType"] == "PractitionerRole"
    person = reader.names.of(resource.get("practitioner"), resource) if role else None
    number = person.number if person else number_of(resource)
    if number is None:
        raise InvalidInputError("care.no_user_id")
    start, _, end = period(resource.get("period"), reader.zone)
    wards = [reader.names.name(one, resource) for one in listed(resource.get("location"))]
    yield Kind.STAFF, {
        "user_id": number, "name": person.name if person else name_of(resource)[0],
        "duty": word(resource.get("code")) if role
        else word(*(one.get("code") for one in listed(resource.get("qualification")))),
        "department": word(resource.get("specialty")) or reader.names.name(resource.get("organization"), resource),
        "ward": next(filter(None, wards), None), "valid_from": start, "valid_to": end,
    }  # fmt: skip


_READ: Mapping[str, Callable[[Reader, Resource], Rows]] = {
    "Encounter": _encounter,
    "Appointment": _appointment,
    "ServiceRequest": _order,
    "MedicationRequest": _order,
    "CareTeam": _team,
    "EpisodeOfCare": _episode,
    "Patient": _patient,
    "Practitioner": _staff,
    "PractitionerRole": _staff,
}
TYPES = frozenset(_READ)
"""Types that become rows."""
