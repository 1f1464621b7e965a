"""Passkeys (WebAuthn): made once, then signing in needs no name and no password.

User verification is always asked for, so that one passkey is two factors. The host
name (RP ID) and the origin are fixed at set-up: a passkey works nowhere else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from sekisho.errors import ConflictError, InvalidInputError
from sekisho.identity.records import Account, Method, Refused, SignedIn
from sekisho.identity.register import account_of, printable
from sekisho.identity.tables import ACCOUNT, CHALLENGE, PASSKEY, SETTING
from sekisho.storage import Database
from sekisho.terms import Clock

CHALLENGE_LIFE = dt.timedelta(minutes=5)
MOST_TEXT = 32_768
"""No passkey answer is longer."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys of this installation work."""

    rp_id: str
    origin: str


def place_of(origin: str) -> Place:
    """Return the place of an address like ``https://sekisho.example.jp`` or ``http://localhost:8700``.

    Raises:
        InvalidInputError: Browsers allow passkeys only by https, or at localhost.
    """
    parts = urlsplit(origin)
    host = parts.hostname or ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and host == "localhost")
    number = ":" in host or host.replace(".", "").isdigit()
    if not secure or not host or number or parts.path not in {"", "/"} or parts.query:
        raise InvalidInputError("identity.origin_wrong", origin=origin)
    return Place(host, f"{parts.scheme}://{parts.netloc.casefold()}")


def fix_place(database: Database, origin: str) -> Place:
    """Keep the place the first time; afterwards only say whether it is still the same.

    The port of localhost may change: it is not part of the passkey.

    Raises:
        InvalidInputError: The address cannot have passkeys.
        ConflictError: It is another host than at set-up: passkeys would stop working.
    """
    place = place_of(origin)
    with database.write() as c:
        kept = c.scalar(sa.select(SETTING.c.value).where(SETTING.c.name == "place"))
        if kept is None:
            c.execute(sa.insert(SETTING).values(name="place", value=asdict(place)))
            return place
    same = kept["rp_id"] == place.rp_id
    if not same or (place.rp_id != "localhost" and kept["origin"] != place.origin):
        raise ConflictError("identity.origin_changed", origin=place.origin, kept=kept["origin"])
    return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One passkey of one account; `id` is for lists, `credential` is its own id."""

    id: str
    account_id: str
    credential: str
    public_key: bytes
    sign_count: int
    name: str
    added_at: dt.datetime
    used_at: dt.datetime | None


def passkeys(database: Database, account_id: str) -> list[Passkey]:
    """Return an account's passkeys, oldest first."""
    query = sa.select(PASSKEY).where(PASSKEY.c.account_id == account_id)
    with database.read() as c:
        rows = c.execute(query.order_by(PASSKEY.c.added_at)).all()
    return [Passkey(**row._mapping) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)


def registration_options(
    database: Database, clock: Clock, known: Account, place: Place, holder: str
) -> str:
    """Return what the browser needs to make a passkey, as JSON text.

    Args:
        database: Where the challenge waits.
        clock: The present.
        known: Whose passkey.
        place: Where it will work.
        holder: The browser's cookie: the answer must come from the same one.
    """
    import webauthn  # noqa: PLC0415 (slow to import)
    from webauthn.helpers import base64url_to_bytes, structs  # noqa: PLC0415 (same)

    options = webauthn.generate_registration_options(
        rp_id=place.rp_id,
        rp_name="Sekisho",
        user_id=bytes.fromhex(known.id),
        user_name=known.user_id,
        user_display_name=known.name,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential))
            for each in passkeys(database, known.id)
        ],
    )
    _keep(database, clock, f"register:{known.id}", holder, options.challenge)
    return str(webauthn.options_to_json(options))


def verify_registration(
    database: Database,
    clock: Clock,
    known: Account,
    place: Place,
    holder: str,
    credential: str,
    name: str,
) -> Passkey:
    """Return the passkey that the browser made; `add_passkey` keeps it.

    Raises:
        InvalidInputError: The answer does not prove a passkey, or came too late.
    """
    import webauthn  # noqa: PLC0415 (slow to import)
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415 (same)

    challenge = _take(database, clock, f"register:{known.id}", holder)
    try:
        proved = webauthn.verify_registration_response(
            credential=_answer(credential),
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except Exception as error:
        raise InvalidInputError("identity.passkey_wrong") from error
    return Passkey(
        id=secrets.token_hex(16),
        account_id=known.id,
        credential=bytes_to_base64url(proved.credential_id),
        public_key=proved.credential_public_key,
        sign_count=proved.sign_count,
        name=printable(name).strip()[:64] or "passkey",
        added_at=clock.now(),
        used_at=None,
    )


def add_passkey(database: Database, new: Passkey) -> None:
    """Keep a passkey.

    Raises:
        ConflictError: It is registered already.
    """
    try:
        with database.write() as c:
            c.execute(sa.insert(PASSKEY).values(**asdict(new)))
    except sa.exc.IntegrityError as error:
        raise ConflictError("identity.passkey_taken") from error


def remove_passkey(database: Database, account_id: str, passkey_id: str) -> bool:
    """Remove one of the account's passkeys; returns whether there was one."""
    here = (PASSKEY.c.id == passkey_id, PASSKEY.c.account_id == account_id)
    with database.write() as c:
        return bool(c.execute(sa.delete(PASSKEY).where(*here)).rowcount)


def authentication_options(database: Database, clock: Clock, place: Place, holder: str) -> str:
    """Return what the browser needs to find a passkey by itself, as JSON text."""
    import webauthn  # noqa: PLC0415 (slow to import)
    from webauthn.helpers import structs  # noqa: PLC0415 (same)

    options = webauthn.generate_authentication_options(
        rp_id=place.rp_id, user_verification=structs.UserVerificationRequirement.REQUIRED
    )
    _keep(database, clock, "sign-in", holder, options.challenge)
    return str(webauthn.options_to_json(options))


def verify_authentication(
    database: Database, clock: Clock, place: Place, holder: str, credential: str
) -> SignedIn | Refused:
    """Return who signed in with a passkey, or that nobody did; opens no session."""
    import webauthn  # noqa: PLC0415 (slow to import)

    refused = Refused(message="identity.passkey_refused")
    try:
        challenge = _take(database, clock, "sign-in", holder)
        answer = _answer(credential)
    except InvalidInputError:
        return refused
    wanted = str(answer.get("id"))
    if not (wanted.isascii() and wanted.isprintable()):
        return refused
    here = PASSKEY.c.credential == wanted
    with database.read() as c:
        row = c.execute(sa.select(PASSKEY).where(here)).one_or_none()
        owner = None
        if row is not None:
            mine = (ACCOUNT.c.id == row.account_id, ACCOUNT.c.closed_at.is_(None))
            owner = c.execute(sa.select(ACCOUNT).where(*mine)).one_or_none()
    if row is None or owner is None:
        return refused
    known = account_of(owner)
    refused = Refused(message="identity.passkey_refused", user_id=known.user_id)
    try:
        proved = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 (hostile bytes make the parser raise anything)
        return refused
    with database.write() as c:
        used = c.execute(
            sa.update(PASSKEY)
            .where(here, PASSKEY.c.sign_count == row.sign_count)
            .values(sign_count=proved.new_sign_count, used_at=clock.now())
        )
    return SignedIn(account=known, method=Method.PASSKEY) if used.rowcount else refused


def _answer(credential: str) -> dict[str, Any]:
    """Return the browser's answer.

    Raises:
        InvalidInputError: It is not a JSON object.
    """
    if len(credential) > MOST_TEXT:
        raise InvalidInputError("identity.passkey_wrong")
    try:
        answer = json.loads(credential)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("identity.passkey_wrong") from error
    if not isinstance(answer, dict):
        raise InvalidInputError("identity.passkey_wrong")
    return answer


def _holder(purpose: str, holder: str) -> str:
    return hashlib.sha256(f"{purpose}\0{holder}".encode("utf-8", "surrogatepass")).hexdigest()


def _keep(database: Database, clock: Clock, purpose: str, holder: str, challenge: bytes) -> None:
    key, now = _holder(purpose, holder), clock.now()
    with database.write() as c:
        old = sa.or_(CHALLENGE.c.holder == key, CHALLENGE.c.until < now)
        c.execute(sa.delete(CHALLENGE).where(old))
        values = {"holder": key, "challenge": challenge, "until": now + CHALLENGE_LIFE}
        c.execute(sa.insert(CHALLENGE).values(**values))


def _take(database: Database, clock: Clock, purpose: str, holder: str) -> bytes:
    """Return the challenge, which is then gone.

    Raises:
        InvalidInputError: None waits for this browser.
    """
    here = CHALLENGE.c.holder == _holder(purpose, holder)
    with database.write() as c:
        row = c.execute(sa.select(CHALLENGE).where(here).with_for_update()).one_or_none()
        c.execute(sa.delete(CHALLENGE).where(here))
    if row is None or row.until < clock.now():
        raise InvalidInputError("identity.passkey_late")
    challenge: bytes = row.challenge
    return challenge
