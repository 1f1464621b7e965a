"""A viewer opened from the EMR without a second sign-in (docs/formats/launch.md).

The EMR signs a ticket that names who opens what, and is good once and for a minute. Where
an institution allows it in ``gate.toml``, a listed EMR terminal may do without the ticket;
who comes so is on record as asserted by the EMR and not verified here.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import sqlalchemy as sa

from sekisho.errors import InvalidInputError
from sekisho.gate.config import Emr, Route
from sekisho.gate.hostile import Hostile
from sekisho.gate.tables import LAUNCH
from sekisho.storage import Database, write_durably
from sekisho.terms import Finding, Gravity, Secret

LIFE = dt.timedelta(seconds=60)
"""A ticket may end at most so long after it is shown."""
SKEW = dt.timedelta(seconds=10)
"""So far may the EMR's clock be from ours, either way."""
KEPT = dt.timedelta(days=1)
"""A used ticket is remembered so much longer than it could be good: a clock may be set back."""
LONGEST = 2000
SIGNED = b"sekisho-launch-1."
"""Stands before the payload where it is signed: the key's signatures mean nothing else."""
KEY = 32
FOLDER = "gate/emr"
FIELDS = {"emr", "user", "patient", "route", "exp", "nonce"}
PASSWORDS = frozenset({
    "password", "passwd", "passphrase", "pass", "pwd", "pw", "userpassword", "user_password",
    "loginpassword", "login_password", "user_pass", "userpass", "j_password", "passcode",
})  # fmt: skip
"""Names of a query that carry a password: such an address is refused and kept nowhere."""
_TICKET = re.compile(r"[A-Za-z0-9_-]{1,1800}\.[A-Za-z0-9_-]{43}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Who opens what.

    Attributes:
        asserted: The EMR said so and nothing proves it.
        nonce: What makes the ticket one of its kind; empty without a ticket.
    """

    emr: str
    user: str
    patient: str
    asserted: bool
    nonce: str = ""
    until: dt.datetime | None = None


def key_path(data: Path, emr: str) -> Path:
    """Return where the key of one EMR is kept (0600)."""
    return data / FOLDER / f"{emr}.key"


def make_key(data: Path, emr: str) -> Secret:
    """Return a new key for an EMR, in hex; the one before ends at once."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_hex(KEY)
    write_durably(key_path(data, emr), f"{key}\n".encode())
    return Secret(key)


def read_key(data: Path, emr: str) -> bytes | None:
    """Return the key of an EMR, None where none was made."""
    try:
        text = key_path(data, emr).read_text(encoding="ascii").strip()
        key = bytes.fromhex(text)
    except (OSError, ValueError):
        return None
    return key if len(key) == KEY else None


def sign_ticket(key: bytes, fields: Mapping[str, Any]) -> str:
    """Return a ticket, as an EMR makes it."""
    payload = _written(orjson.dumps(dict(fields)))
    return f"{payload}.{_written(_mac(key, payload))}"


def read_launch(
    values: Mapping[str, str],
    *,
    data: Path,
    emrs: Mapping[str, Emr],
    route: Route,
    address: str | None,
    site: str,
    now: dt.datetime,
    today: dt.date,
) -> Launch:
    """Return who is launched at `route`.

    Args:
        values: The query or form.
        data: Where the keys are.
        emrs: From ``gate.toml``, by name.
        route: The system that is asked.
        address: Of the terminal.
        site: ``Sec-Fetch-Site``, empty where the browser does not say it.
        now: The present.
        today: The institution's day.

    Raises:
        Hostile: It opens nothing; the message says why.
    """
    if values.keys() == {"ticket"}:
        return _ticket(values["ticket"], data, emrs, route, now)
    if values.keys() - {"patient"} == {"emr", "user"}:
        emr = emrs.get(values["emr"])
        if emr is None or not emr.serves(route.name):
            raise Hostile(403, "gate.launch.unknown_emr")
        if not emr.asserts(address, today) or site not in {"", "none"}:
            raise Hostile(403, "gate.launch.not_from_here")
        return Launch(
            emr=emr.name,
            user=_short(values["user"]),
            patient=_short(values.get("patient", ""), empty=True),
            asserted=True,
        )
    raise Hostile(400, "gate.launch.malformed")


def _ticket(
    text: str, data: Path, emrs: Mapping[str, Emr], route: Route, now: dt.datetime
) -> Launch:
    if len(text) > LONGEST or not _TICKET.fullmatch(text):
        raise Hostile(400, "gate.launch.malformed")
    payload, _, mac = text.partition(".")
    try:
        fields = orjson.loads(_read(payload))
        given = _read(mac)
    except (binascii.Error, ValueError) as error:
        raise Hostile(400, "gate.launch.malformed") from error
    if not isinstance(fields, dict) or fields.keys() != FIELDS:
        raise Hostile(400, "gate.launch.malformed")
    emr = emrs.get(fields["emr"]) if isinstance(fields["emr"], str) else None
    key = None if emr is None else read_key(data, emr.name)
    if emr is None or key is None:
        raise Hostile(403, "gate.launch.unknown_emr")
    if not hmac.compare_digest(given, _mac(key, payload)):
        raise Hostile(403, "gate.launch.signature")
    end, nonce = fields["exp"], fields["nonce"]
    if type(end) is not int or not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise Hostile(400, "gate.launch.malformed")
    moment = now.timestamp()
    if end < moment - SKEW.total_seconds():
        raise Hostile(403, "gate.launch.expired")
    if end > moment + (LIFE + SKEW).total_seconds():
        raise Hostile(403, "gate.launch.too_long")
    if fields["route"] != route.name or not emr.serves(route.name):
        raise Hostile(403, "gate.launch.other_system")
    return Launch(
        emr=emr.name,
        user=_short(fields["user"]),
        patient=_short("" if fields["patient"] is None else fields["patient"], empty=True),
        asserted=False,
        nonce=nonce,
        until=dt.datetime.fromtimestamp(end, dt.UTC),
    )


def spend(database: Database, launch: Launch, now: dt.datetime) -> None:
    """Remember that a ticket was used, durably and for every worker.

    Raises:
        Hostile: It was used before.
    """
    if launch.until is None:
        return
    name = hashlib.sha256(f"{launch.emr}\n{launch.nonce}".encode()).hexdigest()
    try:
        with database.write() as c:
            c.execute(sa.delete(LAUNCH).where(LAUNCH.c.until < now - KEPT))
            c.execute(sa.insert(LAUNCH).values(nonce=name, until=launch.until))
    except sa.exc.IntegrityError as error:
        raise Hostile(403, "gate.launch.used") from error


def findings(emrs: Iterable[Emr], today: dt.date) -> list[Finding]:
    """Return a finding for each EMR whose word is taken unverified: who ordered it, until when."""
    return [
        Finding(
            key=f"gate.asserted.{emr.name}",
            room="gate",
            gravity=Gravity.TODAY if emr.until < today else Gravity.WEEK,
            duty="1-1",
            message="gate.finding.asserted_over" if emr.until < today else "gate.finding.asserted",
            args={"emr": emr.name, "by": emr.by, "until": emr.until.isoformat()},
            where="/gate",
            action="gate.action.modes",
        )
        for emr in emrs
        if emr.terminals and emr.until is not None
    ]


def refuse_password(values: tuple[tuple[str, str], ...]) -> None:
    """Refuse an address that carries a password: it stands in histories and logs.

    Raises:
        Hostile: It does; nothing of the address is kept.
    """
    if any(name.casefold() in PASSWORDS for name, _ in values):
        raise Hostile(400, "gate.refused.password_in_address")


def page_of(route: Route, patient: str) -> str:
    """Return the page that a launch opens, as the route says; the front page without a patient."""
    if not patient:
        return "/"
    return route.launch.replace("{patient}", quote(patient, safe=""))


def check_emr(emrs: Mapping[str, Emr], name: str) -> None:
    """Refuse a name that ``gate.toml`` does not have.

    Raises:
        InvalidInputError: It has none of that name.
    """
    if name not in emrs:
        raise InvalidInputError("gate.launch.no_emr", name=name[:40])


def _short(value: object, *, empty: bool = False) -> str:
    if (
        not isinstance(value, str)
        or len(value) > 64
        or not value.isprintable()
        or not (value.strip() or (empty and not value))
    ):
        raise Hostile(400, "gate.launch.malformed")
    return value


def _mac(key: bytes, payload: str) -> bytes:
    return hmac.digest(key, SIGNED + payload.encode(), "sha256")


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _read(text: str) -> bytes:
    found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _written(found) != text:
        raise ValueError("not the one spelling")
    return found
