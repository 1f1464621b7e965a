"""Alarms of intrusion detection: Suricata's EVE and Zeek's notices, the latter as JSON or as a table.

Only an alarm is a record: who from where, against which machine, by which rule. What the same
files say of every flow, name and file that passed by is no access to anything here, and is
counted, not kept. Of an alarm the text is never kept: payloads and host names stand there.
Sources: Suricata, EVE JSON output (``event_type``, ``alert``); Zeek, notice.log written as JSON
(``note``, ``src``, ``dst``) or in its own form, tab-separated under ``#fields``. Edition 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

from sekisho.collect.times import Moment, Order, read_moment
from sekisho.terms import Outcome


def alarm(text: str | bytes) -> tuple[str, Mapping[str, Any]] | None:
    """Return the form (``eve``, ``zeek``) and the object of a line; None where it is neither's."""
    if text[:1] not in ("{", b"{"):
        return None
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(tree, dict):
        return None
    if "event_type" in tree and "timestamp" in tree:
        return "eve", tree
    if "ts" in tree and ("note" in tree or "uid" in tree or "id.orig_h" in tree):
        return "zeek", tree
    return None


def is_alarm(form: str, tree: Mapping[str, Any]) -> bool:
    """Return whether the line tells of an alarm; any other tells what passed by."""
    if form == "eve":
        return tree["event_type"] == "alert" and isinstance(tree.get("alert"), dict)
    return isinstance(tree.get("note"), str)


def said(form: str, tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``from``, ``host``, ``object``, ``outcome`` and ``moment`` of an alarm."""
    if form == "eve":
        alert = tree["alert"]
        stopped = alert.get("action") == "blocked"
        return {
            "from": _text(tree.get("src_ip")),
            "host": _text(tree.get("dest_ip")),
            "object": f"rule/{_text(alert.get('gid')) or 1}:{_text(alert.get('signature_id'))}",
            "outcome": Outcome.REFUSED if stopped else Outcome.UNKNOWN,
            "moment": read_moment(_text(tree["timestamp"])),
        }
    return {
        "from": _text(tree.get("src") or tree.get("id.orig_h")),
        "host": _text(tree.get("dst") or tree.get("id.resp_h")),
        "object": f"notice/{_text(tree['note'])}",
        "outcome": Outcome.UNKNOWN,
        "moment": _epoch(tree["ts"]),
    }


TABLE = b"#separator "
"""How a log of Zeek in its own form begins."""


class ZeekTable:
    """The head of a log of Zeek in its own form, by which its rows are read.

    Its values stand between tabs, whatever the separator: what Zeek writes unless told otherwise;
    a log with another one has no `columns`.
    """

    def __init__(self) -> None:
        self.begun = False
        self.columns: list[str] = []
        self._unset = {"-", "(empty)"}

    def is_head(self, raw: bytes) -> bool:
        """Return whether `raw` is a line of the head or the end; what it says is kept."""
        self.begun = self.begun or raw.startswith(TABLE)
        if not self.begun or not raw.startswith(b"#"):
            return False
        name, *values = raw.decode("utf-8", "replace").rstrip("\r\n").split("\t")
        if name == "#fields":
            self.columns = values
        elif name in {"#unset_field", "#empty_field"} and values:
            self._unset.add(values[0])
        elif raw.startswith(TABLE):
            self.columns = []
        return True

    def row(self, raw: bytes) -> Mapping[str, Any] | None:
        """Return the values of a row by column, None where there are not as many as columns."""
        values = raw.decode("utf-8", "replace").rstrip("\r\n").split("\t")
        if len(values) != len(self.columns):
            return None
        told: dict[str, Any] = {
            name: value
            for name, value in zip(self.columns, values, strict=True)
            if value not in self._unset
        }
        with suppress(KeyError, ValueError):  # a time in words is read as one
            told["ts"] = float(told["ts"])
        return told


def _epoch(value: Any) -> Moment | None:
    if isinstance(value, (int, float)):
        return read_moment(str(round(value * 1000)), Order.EPOCH)
    return read_moment(_text(value))


def _text(value: Any) -> str:
    return str(value)[:255] if isinstance(value, (str, int)) else ""
