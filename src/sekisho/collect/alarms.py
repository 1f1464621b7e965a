"""Alarms of intrusion detection, one JSON object a line: Suricata's EVE and Zeek's notices.

Only an alarm is a record: who from where, against which machine, by which rule. What the same
files say of every flow, name and file that passed by is no access to anything here, and is
counted, not kept. Of an alarm the text is never kept: payloads and host names stand there.
Sources: Suricata, EVE JSON output (``event_type``, ``alert``); Zeek, notice.log written as JSON
(``note``, ``src``, ``dst``). Edition 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def _epoch(value: Any) -> Moment | None:
    if isinstance(value, (int, float)):
        return read_moment(str(round(value * 1000)), Order.EPOCH)
    return read_moment(_text(value))


def _text(value: Any) -> str:
    return str(value)[:255] if isinstance(value, (str, int)) else ""
