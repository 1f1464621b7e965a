"""The configuration file `sekisho.toml`: few keys, all with a safe default.

A mistake stops the start and names the line and the mend; nothing is ignored.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sekisho.app.recorder_config import KEYS as RECORDER_KEYS
from sekisho.app.recorder_config import RecorderConfig, recorder_config
from sekisho.app.tls import Profile
from sekisho.errors import InvalidInputError
from sekisho.identity.addresses import Network
from sekisho.identity.attacks import rules
from sekisho.scan import DEBIAN_DATABASE, DEBIAN_SOCKET, RULES
from sekisho.scan import Settings as ScanSettings

FILE = "sekisho.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What an operator may set.

    Attributes:
        storage_url: SQLAlchemy URL of the state.
        zone: IANA name of the zone in which people read times.
        host: Address the console listens on.
        port: Port the console listens on.
        origin: The address people type; fixed at set-up (passkeys are bound to it).
        certificate: PEM file with the console's certificate chain, or None on loopback.
        private_key: PEM file with its key.
        tls: Which type of CRYPTREC's guideline the console (and the gate) speak.
        scan: The malware scanner; None where none is configured.
        networks: The institution's own; nobody there is ever shut out.
        attacks: How many are an attack on sign-in, by rule, where stricter than shipped.
        recorder: How several machines have one recorder; None where it is for this one alone.
    """

    storage_url: str
    zone: str = "Asia/Tokyo"
    host: str = "127.0.0.1"
    port: int = 8700
    origin: str = "http://localhost:8700"
    certificate: Path | None = None
    private_key: Path | None = None
    tls: Profile = Profile.RECOMMENDED
    scan: ScanSettings | None = None
    networks: tuple[Network, ...] = ()
    attacks: tuple[tuple[str, int], ...] = ()
    recorder: RecorderConfig | None = None

    @property
    def elsewhere(self) -> bool:
        """Whether the recorder is on another machine."""
        return self.recorder is not None and self.recorder.elsewhere

    @property
    def rp_id(self) -> str:
        """Return the host name that passkeys are bound to."""
        return urlsplit(self.origin).hostname or "localhost"

    @property
    def secure(self) -> bool:
        """Whether the console itself speaks TLS."""
        return self.certificate is not None


_KEYS: dict[tuple[str, str], type] = {
    ("storage", "url"): str,
    ("institution", "zone"): str,
    ("institution", "networks"): list,
    ("console", "host"): str,
    ("console", "port"): int,
    ("console", "origin"): str,
    ("console", "certificate"): str,
    ("console", "private_key"): str,
    ("tls", "profile"): str,
    ("scan", "socket"): str,
    ("scan", "address"): str,
    ("scan", "megabytes"): int,
    ("scan", "seconds"): int,
    ("scan", "days"): int,
    ("scan", "depth"): int,
    ("scan", "database"): str,
    ("scan", "rules"): str,
    **RECORDER_KEYS,
}

_MENDS: dict[type | tuple[str, str], str] = {
    ("recorder", "names"): "app.config.mend_recorder_names",
    int: "app.config.mend_number",
    str: "app.config.mend_text",
    list: "app.config.mend_networks",
}


def read_config(data: Path, file: Path | None = None) -> Config:
    """Return the configuration of the installation in `data`.

    Args:
        data: Data directory; `file` defaults to ``sekisho.toml`` in it, which may be absent.
        file: Another place of the file; then it must exist.

    Raises:
        InvalidInputError: Something is wrong; ``line`` and ``mend`` say where and what to do.
    """
    path = file or data / FILE
    if file is None and not path.exists():
        values: dict[tuple[str, str], object] = {}
        text = ""
    else:
        text = _text(path)
        values = _values(path, text)
    wrong = _wrong(path, text)
    database = str(values.get(("storage", "url"), f"sqlite:///{(data / 'state.db').absolute()}"))
    if not database.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise wrong("url", "app.config.mend_url")
    profile = str(values.get(("tls", "profile"), Profile.RECOMMENDED))
    if profile not in set(Profile):
        raise wrong("profile", "app.config.mend_profile")
    config = Config(
        storage_url=database,
        zone=str(values.get(("institution", "zone"), "Asia/Tokyo")),
        host=str(values.get(("console", "host"), "127.0.0.1")),
        port=int(str(values.get(("console", "port"), 8700))),
        origin=str(values.get(("console", "origin"), "")) or _origin(values),
        certificate=_path(values.get(("console", "certificate")), path),
        private_key=_path(values.get(("console", "private_key")), path),
        tls=Profile(profile),
        scan=_scan(values, data, wrong),
        networks=_networks(values, wrong),
        attacks=_attacks(values, wrong),
        recorder=recorder_config(values, path, database, wrong),
    )
    _check(config, wrong)
    return config


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("app.config.unreadable", file=path.name) from error


def _values(path: Path, text: str) -> dict[tuple[str, str], object]:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise InvalidInputError("app.config.not_toml", file=path.name, line=line) from error
    values: dict[tuple[str, str], object] = {}
    for table, keys in tree.items():
        if not isinstance(keys, dict):
            raise InvalidInputError(
                "app.config.unknown_key", file=path.name, key=table, line=_line(text, table)
            )
        for key, value in keys.items():
            kind = _KEYS.get((table, key))
            if table == "attacks" and key in {rule.id for rule in rules().rules}:
                kind = int
            if kind is None:
                raise InvalidInputError(
                    "app.config.unknown_key",
                    file=path.name,
                    key=f"{table}.{key}",
                    line=_line(text, key),
                )
            if type(value) is not kind:
                raise InvalidInputError(
                    "app.config.wrong",
                    file=path.name,
                    key=f"{table}.{key}",
                    line=_line(text, key),
                    mend_id=_MENDS.get((table, key), _MENDS[kind]),
                )
            values[table, key] = value
    return values


def _wrong(path: Path, text: str) -> Callable[[str, str], InvalidInputError]:
    def wrong(key: str, mend: str) -> InvalidInputError:
        return InvalidInputError(
            "app.config.wrong", file=path.name, key=key, line=_line(text, key), mend_id=mend
        )

    return wrong


def _line(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*\[?\s*\"?{re.escape(key)}\b", line):
            return number
    return 1


def _origin(values: dict[tuple[str, str], object]) -> str:
    port = values.get(("console", "port"), 8700)
    scheme = "https" if ("console", "certificate") in values else "http"
    return f"{scheme}://localhost:{port}"


def _path(value: object, config: Path) -> Path | None:
    return None if value is None else (config.parent / str(value)).absolute()


def _networks(
    values: dict[tuple[str, str], object], wrong: Callable[[str, str], InvalidInputError]
) -> tuple[Network, ...]:
    given = values.get(("institution", "networks"), [])
    assert isinstance(given, list), "_values demands it"
    try:
        return tuple(ipaddress.ip_network(str(one)) for one in given)
    except ValueError as error:
        raise wrong("networks", "app.config.mend_networks") from error


def _attacks(
    values: dict[tuple[str, str], object], wrong: Callable[[str, str], InvalidInputError]
) -> tuple[tuple[str, int], ...]:
    given = {key: int(str(value)) for (table, key), value in values.items() if table == "attacks"}
    for rule in rules().rules:
        if not 2 <= given.get(rule.id, rule.least) <= rule.least:
            raise wrong(rule.id, "app.config.mend_attacks")
    return tuple(given.items())


def _scan(
    values: dict[tuple[str, str], object],
    data: Path,
    wrong: Callable[[str, str], InvalidInputError],
) -> ScanSettings | None:
    given = {key: value for (table, key), value in values.items() if table == "scan"}
    if not given:
        return None
    place: Path | tuple[str, int] = Path(str(given.get("socket", "")))
    if ("socket" in given) == ("address" in given):
        raise wrong("scan", "app.config.mend_scan")
    if "address" in given:
        # Files of patients go there: never over a network.
        found = re.fullmatch(r"(127(?:\.\d{1,3}){3}):(\d{1,5})", str(given["address"]))
        if not found or not 0 < int(found[2]) < 65536:
            raise wrong("address", "app.config.mend_scan")
        place = (found[1], int(found[2]))
    elif not Path(str(given["socket"])).is_absolute():
        raise wrong("socket", "app.config.mend_scan")
    numbers = {
        key: int(str(given.get(key, usual)))
        for key, usual in (("megabytes", 25), ("seconds", 60), ("days", 7), ("depth", 4))
    }
    limits = (("megabytes", 2000), ("seconds", 600), ("days", 30), ("depth", 16))
    for key, highest in limits:
        if not 1 <= numbers[key] <= highest:
            raise wrong(key, "app.config.mend_scan_limits")
    folders = {
        name: Path(str(given[name])) if name in given else usual
        for name, usual in (
            ("database", DEBIAN_DATABASE if place == DEBIAN_SOCKET else None),
            ("rules", data / RULES),
        )
    }
    for name, folder in folders.items():
        if name in given and folder is not None and not folder.is_absolute():
            raise wrong(name, "app.config.mend_scan_folder")
    return ScanSettings(
        socket=place,
        size=numbers["megabytes"] * 1_000_000,
        seconds=numbers["seconds"],
        days=numbers["days"],
        deepest=numbers["depth"],
        **folders,
    )


def _check(config: Config, wrong: Callable[[str, str], InvalidInputError]) -> None:
    try:
        ZoneInfo(config.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise wrong("zone", "app.config.mend_zone") from error
    if not 0 <= config.port <= 65535:
        raise wrong("port", "app.config.mend_port")
    try:
        loopback = ipaddress.ip_address(config.host).is_loopback
    except ValueError as error:
        raise wrong("host", "app.config.mend_host") from error
    if (config.certificate is None) != (config.private_key is None):
        raise wrong("certificate", "app.config.mend_certificate")
    for file in (config.certificate, config.private_key):
        if file is not None and not file.is_file():
            raise wrong("certificate", "app.config.mend_certificate")
    if not loopback and not config.secure:
        raise wrong("host", "app.config.mend_loopback")
    address = urlsplit(config.origin)
    plain = address.scheme == "http" and address.hostname == "localhost"
    if not (plain or address.scheme == "https") or not address.hostname or address.path:
        raise wrong("origin", "app.config.mend_origin")
    if re.fullmatch(r"[\d.]+|\[.*\]|.*:.*", address.hostname):
        raise wrong("origin", "app.config.mend_origin")
