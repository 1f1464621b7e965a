"""The table ``[recorder]`` of `sekisho.toml`: several machines, one recorder.

``listen`` stands on the recorder's machine, ``at`` on each other one; never both. There is no
way without certificates on both sides.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sekisho.errors import InvalidInputError

Wrong = Callable[[str, str], InvalidInputError]
"""Makes the error that names a key's line and the id of the mend."""
TABLE = "recorder"
KEYS: dict[tuple[str, str], type] = {
    (TABLE, "listen"): str,
    (TABLE, "names"): list,
    (TABLE, "revoked"): str,
    (TABLE, "at"): str,
    (TABLE, "name"): str,
    (TABLE, "certificate"): str,
    (TABLE, "private_key"): str,
    (TABLE, "authority"): str,
}
_HERE = frozenset({"listen", "names", "revoked"})
_THERE = frozenset({"at", "name"})
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderConfig:
    """How this machine's Sekisho and others' meet.

    Attributes:
        host: Of the address that the recorder listens on, or is reached at.
        elsewhere: Whether the recorder is on another machine; then nothing is recorded here.
        certificate: PEM file of this machine's certificate and its issuers.
        authority: PEM file of the authorities that issue the other side's.
        names: Of the machines that may hand records over (host names in their certificates).
        revoked: File of the authorities' lists of revoked certificates (CRL); None without.
        name: That the recorder's certificate bears.
    """

    host: str
    port: int
    elsewhere: bool
    certificate: Path
    private_key: Path
    authority: Path
    names: frozenset[str] = frozenset()
    revoked: Path | None = None
    name: str = ""


def recorder_config(
    values: Mapping[tuple[str, str], object], file: Path, database: str, wrong: Wrong
) -> RecorderConfig | None:
    """Return what the table says; None where the recorder is for this machine alone.

    Raises:
        InvalidInputError: Something is wrong.
    """
    given = {key: value for (table, key), value in values.items() if table == TABLE}
    if not given:
        return None
    elsewhere = "at" in given
    if elsewhere == ("listen" in given) or given.keys() & (_HERE if elsewhere else _THERE):
        raise wrong(TABLE, "app.config.mend_recorder")
    if not database.startswith("postgresql"):
        # Who hands records over needs the accounts, rights and sources too.
        raise wrong(TABLE, "app.config.mend_recorder_state")
    key = "at" if elsewhere else "listen"
    host, port = _address(str(given[key]), lambda: wrong(key, "app.config.mend_recorder_address"))
    files = {}
    for each in ("certificate", "private_key", "authority", "revoked"):
        if each == "revoked" and each not in given:
            continue
        path = (file.parent / str(given.get(each, ""))).absolute()
        if not path.is_file():
            raise wrong(each if each in given else TABLE, "app.config.mend_recorder_files")
        files[each] = path
    return RecorderConfig(
        host=host,
        port=port,
        elsewhere=elsewhere,
        certificate=files["certificate"],
        private_key=files["private_key"],
        authority=files["authority"],
        revoked=files.get("revoked"),
        names=frozenset() if elsewhere else _names(given.get("names"), wrong),
        name=_name(given.get("name", host), wrong) if elsewhere else "",
    )


def _address(text: str, wrong: Callable[[], InvalidInputError]) -> tuple[str, int]:
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:]+)\]|([^\s:/\[\]]+)):(\d{1,5})", text)
    if found is None or not 0 < int(found[3]) < 65536:
        raise wrong()
    return found[1] or found[2], int(found[3])


def _names(given: object, wrong: Wrong) -> frozenset[str]:
    names = [str(one).lower() for one in given] if isinstance(given, list) else []
    if not names or not all(_NAME.fullmatch(one) for one in names):
        raise wrong("names", "app.config.mend_recorder_names")
    return frozenset(names)


def _name(given: object, wrong: Wrong) -> str:
    """Return the name that the recorder's certificate bears: an address is none."""
    name = str(given).lower()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        if _NAME.fullmatch(name):
            return name
    raise wrong("name", "app.config.mend_recorder_name")
