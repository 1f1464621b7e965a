"""`witness.toml`: who is asked to witness and to stamp this log. Without the file nobody is.

A mistake stops the start and names the line and the mend; nothing is ignored.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sekisho.errors import InvalidInputError
from sekisho.ledger.note import WITNESS, open_verifier

FILE = "witness.toml"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")
_KEYS = {"url", "key"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One witness.

    Attributes:
        name: Short, in findings and pages.
        url: Address in front of ``/add-checkpoint``; empty where requests are carried on a medium.
        key: Its verifier key.
    """

    name: str
    url: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A time-stamp authority (RFC 3161).

    Attributes:
        url: Where requests are sent.
        ca: File with its certificates (PEM): the root, and links that its answers leave out.
    """

    url: str
    ca: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessConfig:
    """Who is asked."""

    witnesses: tuple[Settings, ...] = ()
    authority: Authority | None = None


def read_witnesses(data: Path) -> WitnessConfig:
    """Return the witnesses of the installation in `data`; none where there is no file.

    Raises:
        InvalidInputError: Something is wrong; ``line`` and ``mend`` say where and what to do.
    """
    path = data / FILE
    try:
        text = path.read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except FileNotFoundError:
        return WitnessConfig()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("app.config.unreadable", file=FILE) from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise InvalidInputError("app.config.not_toml", file=FILE, line=line) from error

    def wrong(key: str, mend: str) -> InvalidInputError:
        return InvalidInputError(
            "app.config.wrong", file=FILE, key=key, line=_line(text, key), mend_id=mend
        )

    for key in tree:
        if key not in {"witness", "timestamp"}:
            raise wrong(key, "witness.config.mend_key")
    tables = tree.get("witness", {})
    if not isinstance(tables, dict):
        raise wrong("witness", "witness.config.mend_key")
    made = []
    for name, table in tables.items():
        if not _NAME.match(name):
            raise wrong(name, "witness.config.mend_name")
        if not isinstance(table, dict) or set(table) not in ({"key"}, _KEYS):
            raise wrong(name, "witness.config.mend_keys")
        if any(not isinstance(value, str) for value in table.values()):
            raise wrong(name, "app.config.mend_text")
        if "url" in table and urlsplit(table["url"]).scheme not in ("http", "https"):
            raise wrong("url", "witness.config.mend_url")
        try:
            open_verifier(table["key"], WITNESS)
        except InvalidInputError as error:
            raise wrong("key", "witness.config.mend_witness_key") from error
        made.append(Settings(name=name, url=table.get("url", ""), key=table["key"].strip()))
    authority = _authority(data, tree["timestamp"], wrong) if "timestamp" in tree else None
    return WitnessConfig(witnesses=tuple(made), authority=authority)


def _authority(
    data: Path, table: object, wrong: Callable[[str, str], InvalidInputError]
) -> Authority:
    if not isinstance(table, dict) or set(table) != {"url", "ca"}:
        raise wrong("timestamp", "witness.config.mend_timestamp")
    if any(not isinstance(value, str) for value in table.values()):
        raise wrong("timestamp", "app.config.mend_text")
    if urlsplit(table["url"]).scheme not in ("http", "https"):
        raise wrong("url", "witness.config.mend_url")
    ca = data / table["ca"]
    if not ca.is_file():
        raise wrong("ca", "witness.config.mend_ca")
    return Authority(url=table["url"], ca=ca)


def _line(text: str, key: str) -> int:
    """Return the line on which `key` stands, 1 where it is not found."""
    for number, line in enumerate(text.splitlines(), start=1):
        if re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", line.split("#", 1)[0]):
            return number
    return 1
