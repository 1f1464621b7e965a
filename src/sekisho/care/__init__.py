"""Who works here, and who treats whom: the one staff list, visits, stays, patients.

Duty: ③ the material with which an access is confirmed (house.md section 2).
Names of staff and patients stand in this room's tables and nowhere else, but for whom to ask about
an id that is nobody's own (`snapshot`).
"""

from sekisho.care.attention import findings
from sekisho.care.beds import Bedless, bedless, say_beds
from sekisho.care.level import Level, level
from sekisho.care.load import load
from sekisho.care.people import (
    add_person,
    ended_user_ids,
    listed_at,
    mark_kind,
    people,
    people_like,
    person,
    person_ids,
    proposed_kinds,
    staff_count,
)
from sekisho.care.records import Doubt, Kind, LoadReport, Person, Post, Refusal, SystemId
from sekisho.care.roster.store import roster_places
from sekisho.care.snapshot import owned_ids, snapshot
from sekisho.care.system_ids import mapped_sources, staff_id_of, system_ids_of
from sekisho.care.ties import Ties, ties
from sekisho.care.unrostered import unrostered

__all__ = [
    "Bedless",
    "Doubt",
    "Kind",
    "Level",
    "LoadReport",
    "Person",
    "Post",
    "Refusal",
    "SystemId",
    "Ties",
    "add_person",
    "bedless",
    "ended_user_ids",
    "findings",
    "level",
    "listed_at",
    "load",
    "mapped_sources",
    "mark_kind",
    "owned_ids",
    "people",
    "people_like",
    "person",
    "person_ids",
    "proposed_kinds",
    "roster_places",
    "say_beds",
    "snapshot",
    "staff_count",
    "staff_id_of",
    "system_ids_of",
    "ties",
    "unrostered",
]
