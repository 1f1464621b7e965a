"""Rows of staff lists, of ids in other systems, of patients and of VIPs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sekisho.care.duties import proposed_kind
from sekisho.care.headers import squeeze
from sekisho.care.places import address_key
from sekisho.care.rows import cells
from sekisho.care.rows.cells import Row

SYSTEM = "system:"
"""What the name of a column of ids of another system begins with."""
_YES = ("兼", "○", "〇", "有", "1", "あり", "yes", "true", "y", "従")


def staff(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the post of a row, and a second one where the row names 兼務."""
    user_id = cells.ident(row.get("user_id"), "care.no_user_id")
    valid_from = cells.day(row, "valid_from")
    left = cells.day(row, "left_on")
    try:
        hired = cells.day(row, "hired_on")
    except cells.RowError:  # an old day of hiring decides nothing; a day of leaving does
        hired = None
    valid_to = cells.day(row, "valid_to")
    ends = [end for end in (valid_to, left) if end is not None]
    starts = valid_from or hired
    end = min(ends) if ends else None
    if starts and end and starts > end:
        raise cells.RowError(
            "care.ends_before_start", start=starts.isoformat(), end=end.isoformat()
        )
    note, employment, said = (cells.text(row.get(name)) for name in ("note", "employment", "kind"))
    concurrent = cells.text(row.get("concurrent"))
    duty, name = cells.text(row.get("duty")), cells.name(row)
    values = {
        "user_id": user_id,
        "name": name,
        "kana": cells.text(row.get("kana")),
        "duty": duty,
        "department": _place_of(row),
        "ward": cells.text(row.get("ward")),
        "employment": employment,
        "valid_from": starts,
        "valid_to": end,
        "left_on": left,
        "concurrent": bool(concurrent and any(word in concurrent.casefold() for word in _YES)),
        "patient_id": cells.optional_id(row.get("own_patient_id") or row.get("patient_id")),
        "address_key": address_key(cells.address(row)),
        "proposed": proposed_kind(
            said, employment, name, duty, user_id, note if not duty else None
        ),
    }
    yield values
    # 兼務 written as a place instead of a mark is a second post of its own.
    where = cells.text(row.get("concurrent_department")) or (
        concurrent
        if concurrent and len(concurrent) > 1 and concurrent[-1] in "科部室課棟東西南北"
        else None
    )
    if where and where != values["department"]:
        values["concurrent"] = False
        yield {**values, "department": where, "ward": None, "concurrent": True}


def by_system(row: Row, post: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the ids that a row of a staff list gives its person in other systems."""
    if post["concurrent"]:
        return
    for name, cell in row.items():
        if not name.startswith(SYSTEM):
            continue
        for user_id in re.split(r"[\s;、,/]+", cells.optional_id(cell) or ""):
            if user_id:
                yield _owned(name.removeprefix(SYSTEM), user_id, post["user_id"], post)


def system_id(row: Row) -> Iterator[dict[str, Any]]:
    """Yield whose an id of another system is."""
    system = cells.text(row.get("system"))
    if not system:
        raise cells.RowError("care.no_system")
    owner = cells.ident(row.get("staff_id"), "care.no_staff_id")
    period = {"valid_from": cells.day(row, "valid_from"), "valid_to": cells.day(row, "valid_to")}
    start, end = period["valid_from"], period["valid_to"]
    if start and end and start > end:
        raise cells.RowError("care.ends_before_start", start=start.isoformat(), end=end.isoformat())
    yield _owned(system, cells.ident(row.get("user_id"), "care.no_user_id"), owner, period)


def _owned(system: str, user_id: str, staff_id: str, period: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "system": system[:100],
        "system_key": squeeze(system)[:100],
        "user_id": user_id,
        "staff_id": staff_id,
        "valid_from": period["valid_from"],
        "valid_to": period["valid_to"],
    }


def _place_of(row: Row) -> str | None:
    """Return 所属 and 診療科 of a post, both where they differ."""
    place, specialty = cells.text(row.get("department")), cells.text(row.get("specialty"))
    both = [text for text in (place, specialty) if text]
    return " ".join(dict.fromkeys(both)) or cells.text(row.get("department_code"))


_OF_PATIENT: dict[str, tuple[str, ...]] = {
    "name": ("name", "surname", "given"),
    "kana": ("kana",),
    "born": ("born",),
    "address": ("address", "address2"),
    "address_key": ("address", "address2"),
    "phone": ("phone",),
    "deceased_on": ("deceased_on",),
}
"""Column of the table → the columns of a list that fill it."""


def patient(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the patient of a row, with what the list has columns for: nothing else is touched."""
    address = cells.address(row)
    values = {
        "patient_id": cells.ident(row.get("patient_id"), "care.no_patient_id"),
        "name": cells.name(row),
        "kana": cells.text(row.get("kana")),
        "born": cells.day(row, "born"),
        "address": address,
        "address_key": address_key(address),
        "phone": cells.text(row.get("phone")),
        "deceased_on": _deceased(row),
    }
    told = {name for name, fields in _OF_PATIENT.items() if any(field in row for field in fields)}
    yield {name: value for name, value in values.items() if name == "patient_id" or name in told}


def _deceased(row: Row) -> Any:
    """Return the day of death; None where the list says only whether."""
    said = (cells.text(row.get("deceased_on")) or "").casefold()
    if isinstance(row.get("deceased_on"), bool) or said in _SAID or len(said) == 1:
        return None
    return cells.day(row, "deceased_on")


_SAID = frozenset({"true", "false", "yes", "no", "alive", "生存", "死亡", "なし", "あり", "無し"})


def vip(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the VIP of a row; a row whose mark says no is none."""
    patient_id = cells.ident(row.get("patient_id"), "care.no_patient_id")
    if "vip" in row and not is_vip(row):
        return
    start = cells.day(row, "valid_from") or cells.day(row, "day")
    end = cells.day(row, "valid_to")
    cells.in_order(start, end)
    yield {"patient_id": patient_id, "valid_from": start, "valid_to": end}


def is_vip(row: Row) -> bool:
    """Return whether the mark of a row says that its patient is a VIP."""
    mark = row.get("vip")
    said = (cells.text(mark) or "").casefold()
    return bool(said) and mark is not False and said not in _NOT_VIP


_NOT_VIP = frozenset(
    {
        "0",
        "no",
        "n",
        "false",
        "f",
        "無",
        "無し",
        "なし",
        "いいえ",
        "-",
        "×",
        "一般",
        "通常",
        "normal",
    }
)
