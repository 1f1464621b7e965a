"""Which column means what: proposed by `sniff`, kept as TOML, mended by a person."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sekisho.collect.times import Order
from sekisho.errors import InvalidInputError
from sekisho.terms import Action, Outcome

FIELDS = (
    "occurred_at",
    "date",
    "time",
    "ended_at",
    "ended_date",
    "ended_time",
    "user_id",
    "patient_ids",
    "authority",
    "action",
    "object",
    "outcome",
    "terminal",
    "address",
    "session",
    "class",
    "duty",
    "reason",
    "ignore",
)
"""Fields that a column may be read into. `ignore` is left out of the key (line numbers)."""


JOINED_BY = ("session", "terminal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """How rows without a user find theirs in the sign-ins of another file.

    Attributes:
        login: Name of the source of the sign-ins.
        by: What joins them, in this order: `session`, `terminal`.
        hours: How long a session is open at most where no sign-out ends it.
        single: Whether a sign-in at a terminal ends the one before it there.
    """

    login: str
    by: tuple[str, ...] = JOINED_BY
    hours: int = 12
    single: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What opening a screen is: an act, an information class, or both."""

    action: str | None = None
    class_: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How to read one system's CSV.

    Attributes:
        name: Name of the source; None lets it be kind and header.
        header_row: Row of the header, from 1; 0 where there is none (columns are "1", "2"…).
        columns: Field of `FIELDS` to the headers of its columns.
        known: Headers recognised and, on purpose, not stored (names, free text).
        order: What the parts of a short date mean.
        zone: Zone of naive times; None takes the caller's.
        action: What was done in a row that names no act (`login` for a list of sign-ins).
        authority: Who assigned the patient ids, where no column says so (an OID, or a name).
        join: Where a row without a user finds it.
        screens: The system's own names of screens and functions, and what opening one is.
        actions: The system's own words to actions.
        outcomes: The system's own words to outcomes.
    """

    name: str | None = None
    kind: str = "csv"
    encoding: str = "auto"
    delimiter: str = "auto"
    header_row: int = 1
    columns: MappingOf[str, tuple[str, ...]] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    order: Order = Order.YMD
    zone: str | None = None
    action: str | None = None
    authority: str | None = None
    join: Join | None = None
    screens: MappingOf[str, Screen] = field(default_factory=dict)
    actions: MappingOf[str, str] = field(default_factory=dict)
    outcomes: MappingOf[str, str] = field(default_factory=dict)

    def to_toml(self) -> str:
        """Return the mapping as a file a person can mend."""
        lines = []
        if self.name:
            lines.append(f"name = {_text(self.name)}")
        lines += [
            f"kind = {_text(self.kind)}",
            f"encoding = {_text(self.encoding)}",
            f"delimiter = {_text(self.delimiter)}",
            f"header_row = {self.header_row}",
            f"order = {_text(self.order.value)}",
        ]
        if self.zone:
            lines.append(f"zone = {_text(self.zone)}")
        if self.action:
            lines.append(f"action = {_text(self.action)}")
        if self.authority:
            lines.append(f"authority = {_text(self.authority)}")
        if self.known:
            lines.append(f"known = [{', '.join(_text(name) for name in self.known)}]")
        lines += ["", "[columns]"]
        for name, headers in self.columns.items():
            lines.append(f"{_key(name)} = [{', '.join(_text(header) for header in headers)}]")
        if self.join:
            by = ", ".join(_text(one) for one in self.join.by)
            lines += ["", "[join]", f"login = {_text(self.join.login)}", f"by = [{by}]"]
            lines += [f"hours = {self.join.hours}", f"single = {str(self.join.single).lower()}"]
        if self.screens:
            lines += ["", "[screens]"]
            lines += [f"{_key(name)} = {_screen_text(one)}" for name, one in self.screens.items()]
        for table, words in (("actions", self.actions), ("outcomes", self.outcomes)):
            if words:
                lines += ["", f"[{table}]"]
                lines += [f"{_key(word)} = {_text(means)}" for word, means in words.items()]
        return "\n".join(lines) + "\n"

    @staticmethod
    def from_toml(text: str) -> Mapping:
        """Return the mapping that `text` says.

        Raises:
            InvalidInputError: It is not TOML, or names what does not exist; says where.
        """
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InvalidInputError("collect.map_not_toml", detail=str(error)) from error
        return _checked(data)


def _checked(data: dict[str, Any]) -> Mapping:
    kinds: dict[str, type] = {
        "name": str,
        "kind": str,
        "encoding": str,
        "delimiter": str,
        "header_row": int,
        "order": str,
        "zone": str,
        "known": list,
        "columns": dict,
        "action": str,
        "authority": str,
        "join": dict,
        "screens": dict,
        "actions": dict,
        "outcomes": dict,
    }
    for key, value in data.items():
        if key not in kinds:
            raise InvalidInputError("collect.map_unknown_key", key=key)
        if not isinstance(value, kinds[key]) or isinstance(value, bool):
            raise InvalidInputError("collect.map_wrong_value", key=key)
    columns = {name: _headers(name, value) for name, value in data.get("columns", {}).items()}
    for table, values in (("actions", Action), ("outcomes", Outcome)):
        for word, means in data.get(table, {}).items():
            if means not in {str(value.value) for value in values}:
                raise InvalidInputError("collect.map_wrong_value", key=f"{table}.{word}")
    if not 0 < len(data.get("authority", "-").strip()) <= 200:
        raise InvalidInputError("collect.map_wrong_value", key="authority")
    if data.get("action", "read") not in set(Action):
        raise InvalidInputError("collect.map_wrong_value", key="action")
    if data.get("order", "ymd") not in {order.value for order in Order}:
        raise InvalidInputError("collect.map_wrong_value", key="order")
    if not 0 <= data.get("header_row", 1) <= 1000:
        raise InvalidInputError("collect.map_wrong_value", key="header_row")
    if data.get("kind", "csv") != "csv":
        raise InvalidInputError("collect.map_wrong_value", key="kind")
    if data.get("delimiter", "auto") != "auto" and len(data["delimiter"]) != 1:
        raise InvalidInputError("collect.map_wrong_value", key="delimiter")
    _check_encoding(data.get("encoding", "auto"))
    if "zone" in data:
        check_zone(data["zone"])
    return Mapping(
        **{
            **data,
            "columns": columns,
            "known": tuple(str(name) for name in data.get("known", ())),
            "order": Order(data.get("order", "ymd")),
            "join": _join(data["join"]) if "join" in data else None,
            "screens": {name: _screen(name, one) for name, one in data.get("screens", {}).items()},
        }
    )


def _join(given: dict[str, Any]) -> Join:
    kinds: dict[str, type] = {"login": str, "by": list, "hours": int, "single": bool}
    for key, value in given.items():
        if key not in kinds:
            raise InvalidInputError("collect.map_unknown_key", key=f"join.{key}")
        if type(value) is not kinds[key]:
            raise InvalidInputError("collect.map_wrong_value", key=f"join.{key}")
    by = given.get("by", list(JOINED_BY))
    if not by or len(set(by)) != len(by) or not set(by) <= set(JOINED_BY):
        raise InvalidInputError("collect.map_wrong_value", key="join.by")
    if not given.get("login", "").strip():
        raise InvalidInputError("collect.map_wrong_value", key="join.login")
    if not 1 <= given.get("hours", 12) <= 72:
        raise InvalidInputError("collect.map_wrong_value", key="join.hours")
    return Join(**{**given, "by": tuple(by)})


def _screen(name: str, given: Any) -> Screen:
    said = {"action": given} if isinstance(given, str) else given
    if not isinstance(said, dict) or not said or not said.keys() <= {"action", "class"}:
        raise InvalidInputError("collect.map_wrong_value", key=f"screens.{name}")
    action, class_ = said.get("action"), said.get("class")
    if action is not None and action not in set(Action):
        raise InvalidInputError("collect.map_wrong_value", key=f"screens.{name}")
    if class_ is not None and not (isinstance(class_, str) and 0 < len(class_.strip()) <= 100):
        raise InvalidInputError("collect.map_wrong_value", key=f"screens.{name}")
    return Screen(action=action, class_=class_)


def _headers(name: str, value: Any) -> tuple[str, ...]:
    if name not in FIELDS:
        raise InvalidInputError("collect.map_unknown_field", field=name, known=", ".join(FIELDS))
    headers = (value,) if isinstance(value, str) else value
    if not isinstance(headers, list | tuple) or not all(isinstance(one, str) for one in headers):
        raise InvalidInputError("collect.map_wrong_value", key=f"columns.{name}")
    return tuple(headers)


def _check_encoding(name: str) -> None:
    if name == "auto":
        return
    try:
        text = "a".encode(name)
    except (LookupError, ValueError, TypeError) as error:
        raise InvalidInputError("collect.map_wrong_value", key="encoding") from error
    if not isinstance(text, bytes):
        raise InvalidInputError("collect.map_wrong_value", key="encoding")


def check_zone(name: str) -> None:
    """Raise InvalidInputError where no zone has that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInputError("collect.unknown_zone", zone=name) from error


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _screen_text(one: Screen) -> str:
    given = (("action", one.action), ("class", one.class_))
    parts = [f"{name} = {_text(value)}" for name, value in given if value]
    return f"{{ {', '.join(parts)} }}"


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else _text(name)
