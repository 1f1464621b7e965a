"""What messages say happened to a patient, before it is visits and stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, kw_only=True)
class Event:
    """One happening.

    Attributes:
        key: The same for the same message tomorrow.
        row: Number of the message in its load; unique there.
        origin: The file, or connection, and message it was read from.
        patient_id: Whose it is; of a merge the number that stays.
        other_id: Of a merge the number that goes.
        act: ``visit``, ``admit``, ``transfer``, ``discharge``, ``leave``, ``return``,
            ``doctor``, ``update``, ``plan``, ``book``, ``order``, ``result``, ``given``,
            ``problem``, ``merge``, ``person`` or ``gone``.
        cancels: It takes back what `act` names.
        flag: SS-MIX2's: 1 stands, 2 was replaced, 0 was deleted. None: no storage.
        sent: 17 digits of local time: the later word wins.
        at: When it happened, local; `admitted` when the stay or visit began; `until` when it
            ended, or the last day that an order is carried out.
        number: Of the visit, the order or the appointment.
        what: Of an order one of `care.records.What`; of a visit PV1-2, the patient's class.
        retracted_at: Of what takes back, or was taken back by its flag, where the message does not
            say when: the local moment at which that was read.
        more: Of a person the name, address …; of others further doctors and places.
    """

    key: str
    row: int
    origin: str
    patient_id: str
    act: str
    sent: str
    load_id: int = 0
    other_id: str | None = None
    cancels: bool = False
    flag: int | None = None
    at: str | None = None
    admitted: str | None = None
    until: str | None = None
    number: str | None = None
    what: str | None = None
    department: str | None = None
    ward: str | None = None
    doctor: str | None = None
    doctor_id: str | None = None
    entered_by: str | None = None
    executor: str | None = None
    executor_id: str | None = None
    executed_in: str | None = None
    more: dict[str, Any] | None = None
    retracted_at: str | None = None
