"""``look.toml`` in the data directory: which addresses may be looked at, and what should be open there.

A list by hand, because nothing else says what should be open; an address that is not on it is
never touched.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from sekisho.errors import InvalidInputError
from sekisho.posture.look.records import Dicom, Plan, Target

FILE = "look.toml"
USUAL = (21, 22, 23, 80, 135, 139, 443, 445, 1433, 1521, 3306, 3389, 5432, 5800, 5900, 8080)
"""Ports that are looked at and should be closed where the list does not say otherwise: remote desktops,
shares and databases are what the public incidents spread by."""
MOST_PORTS = 200
MOST_TARGETS = 500


def read_plan(data: Path) -> Plan | None:
    """Return the list of `data`, None where there is none.

    Raises:
        InvalidInputError: The file cannot be read, or a line of it is not in its form.
    """
    path = data / FILE
    if not path.is_file():
        return None
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInputError("posture.look.form", line=str(error)) from error
    begins, ends = _hours(tree.get("hours"))
    listed = tree.get("asset", [])
    _known(tree, {"hours", "sslyze", "asset"}, "look.toml")
    if not isinstance(listed, list) or len(listed) > MOST_TARGETS:
        raise InvalidInputError("posture.look.form", line="[[asset]]")
    if not isinstance(tree.get("sslyze", ""), str):
        raise InvalidInputError("posture.look.form", line="sslyze")
    targets = tuple(_target(one, data) for one in listed)
    return Plan(begins=begins, ends=ends, targets=targets, sslyze=tree.get("sslyze"))


def profile(name: str, data: Path) -> Mapping[str, Any]:
    """Return a TLS profile (the form of Mozilla's): ``high``, ``recommended``, ``exception``, or a file of `data`.

    Raises:
        InvalidInputError: There is none of that name, or it lacks a field.
    """
    own = data / name
    shipped = files(__package__).joinpath(f"profiles/{name}.json")
    try:
        if name.endswith(".json") and own.parent == data and own.is_file():
            tree = orjson.loads(own.read_bytes())
        elif name in {"high", "recommended", "exception"}:
            tree = orjson.loads(shipped.read_bytes())
        else:
            raise InvalidInputError("posture.look.profile", name=name)
        needed = ("tls_versions", "ciphersuites", "tls_curves", "certificate_signatures", "certificate_types")  # fmt: skip
        for field in needed:
            if not isinstance(tree[field], list):
                raise InvalidInputError("posture.look.profile", name=name)
        list(tree["ciphers"]["iana"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError("posture.look.profile", name=name) from error
    return dict(tree)


def _target(one: Any, data: Path) -> Target:
    if not isinstance(one, dict):
        raise InvalidInputError("posture.look.form", line="[[asset]]")
    line = f"[[asset]] number = {one.get('number')!r}"
    _known(one, {"number", "address", "open", "also", "tls", "dicom"}, line)
    number = one.get("number")
    try:
        address = str(ipaddress.ip_address(one.get("address", "")))
    except ValueError as error:
        raise InvalidInputError("posture.look.form", line=line) from error
    if not isinstance(number, str) or not number:
        raise InvalidInputError("posture.look.form", line=line)
    named = _ports(one.get("open", []), line)
    tls: dict[int, str] = {}
    spoken = one.get("tls", {})
    if not isinstance(spoken, dict):
        raise InvalidInputError("posture.look.form", line=line)
    for port, name in spoken.items():
        if not (port.isdecimal() and 0 < int(port) < 65536 and isinstance(name, str)):
            raise InvalidInputError("posture.look.form", line=line)
        profile(name, data)
        tls[int(port)] = name
    dicom = _dicom(one.get("dicom"), line)
    wanted = dict.fromkeys([*named, *tls, *([dicom.port] if dicom else [])])
    also = [port for port in _ports(one.get("also", list(USUAL)), line) if port not in wanted]
    if len(wanted) + len(also) > MOST_PORTS:
        raise InvalidInputError("posture.look.ports", line=line, most=MOST_PORTS)
    return Target(
        number=number, address=address, open=tuple(wanted), also=tuple(also), tls=tls, dicom=dicom
    )


def _ports(written: Any, line: str) -> list[int]:
    if not isinstance(written, list) or not all(
        isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65536
        for port in written
    ):
        raise InvalidInputError("posture.look.form", line=line)
    return list(dict.fromkeys(written))


def _dicom(written: Any, line: str) -> Dicom | None:
    if written is None:
        return None
    # An AE title has one to sixteen marks (PS3.5 6.2, VR AE).
    if not isinstance(written, dict) or not all(
        isinstance(written.get(name), str) and 0 < len(written[name]) <= 16
        for name in ("called", "calling")
    ):
        raise InvalidInputError("posture.look.form", line=line)
    [port] = _ports([written.get("port")], line)
    return Dicom(port=port, called=written["called"], calling=written["calling"])


def _hours(written: Any) -> tuple[dt.time, dt.time]:
    """Return the window; without one nothing is looked at, so it must be there."""
    try:
        begins, ends = (dt.time.fromisoformat(part.strip()) for part in str(written).split("-"))
    except ValueError as error:
        raise InvalidInputError("posture.look.hours") from error
    if begins == ends or begins.tzinfo or ends.tzinfo:
        raise InvalidInputError("posture.look.hours")
    return begins, ends


def _known(tree: Mapping[str, Any], names: set[str], line: str) -> None:
    if other := sorted(set(tree) - names):
        raise InvalidInputError("posture.look.unknown", line=line, names=", ".join(other))
