"""Who asks without a browser: a service account, by what it shows at each request.

A token comes as a bearer token (RFC 6750), or as the password of HTTP Basic (RFC 7617)
for programs that know nothing else, ORCA's clients among them; the user name is then the
account's name. On the listener of devices it is the certificate of the connection.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from aiohttp import web

from sekisho.gate.clients import certificate_of
from sekisho.gate.config import Route
from sekisho.gate.known import Known
from sekisho.gate.record import Who
from sekisho.gate.watch import Watch
from sekisho.identity.services import BEFORE_TOKEN, Service
from sekisho.terms import Clock, UserKind

if TYPE_CHECKING:
    from sekisho.gate.revoked import Lists


class TurnedAway(Exception):  # noqa: N818 (a verdict on who asks; the gate answers it)
    """Something shown that does not open this door.

    Attributes:
        status: 401 where it is nobody's or has ended, 403 where it may not be used here.
        why: Message id.
        who: Whose it is, None where nobody's.
    """

    def __init__(self, status: int, why: str, who: Who | None) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.who = who


def shown(authorization: str) -> tuple[str | None, str] | None:
    """Return the account's name (None for a bearer token) and the token in an Authorization field.

    None where it shows no token of ours.
    """
    scheme, _, value = authorization.partition(" ")
    name, token = None, value.strip()
    if scheme.lower() == "basic":
        try:
            name, _, token = base64.b64decode(token, validate=True).decode().partition(":")
        except ValueError:
            return None
    elif scheme.lower() != "bearer":
        return None
    return (name, token) if token.startswith(BEFORE_TOKEN) else None


class Callers:
    """The service accounts at one worker's door."""

    def __init__(self, *, known: Known, watch: Watch, lists: Lists | None, clock: Clock) -> None:
        """`lists` of revoked certificates; None where no device shows one."""
        self._known = known
        self._lists = lists
        self._watch = watch
        self._clock = clock

    async def who(self, request: web.BaseRequest, route: Route) -> Who | None:
        """Return which service account asks; None where the request shows nothing of ours.

        Raises:
            TurnedAway: What is shown is nobody's, has ended, or may not be used for this
                system or from this address.
        """
        certificate = certificate_of(request)
        if certificate is not None:
            return await self._device(request, route, certificate)
        given = shown(request.headers.get("Authorization", ""))
        if given is None:
            return None
        name, token = given
        known = await self._known.service(token)
        if known is None or name not in {None, known.name}:
            raise TurnedAway(401, "gate.refused.token", None)
        who = self._who(known, request)
        if known.until is None or known.until <= self._clock.now():
            raise TurnedAway(401, "gate.refused.token_ended", who)
        return _here(known, request, route, who)

    async def _device(self, request: web.BaseRequest, route: Route, certificate: bytes) -> Who:
        """Return whose device shows `certificate`; nothing else that it shows counts."""
        assert self._lists is not None, "no other listener asks for a certificate"
        known = self._lists.shown(certificate)
        account = await self._known.device(known)
        who = None if account is None else self._who(account, request)
        why = self._lists.refusal(known)
        if why is not None:
            raise TurnedAway(401, why, who)
        if account is None or who is None:
            raise TurnedAway(401, "gate.refused.certificate", None)
        if account.until is None or account.until <= self._clock.now():
            raise TurnedAway(401, "gate.refused.certificate_ended", who)
        if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            # A browser that holds the certificate, sent here by another page.
            raise TurnedAway(403, "gate.refused.another_page", who)
        return _here(account, request, route, who)

    async def alive(self, request: web.BaseRequest, route: Route) -> bool:
        """Return whether what the request shows still opens the door."""
        try:
            return await self.who(request, route) is not None
        except TurnedAway:
            return False

    def _who(self, known: Service, request: web.BaseRequest) -> Who:
        return Who(
            user_id=known.user_id,
            kind=UserKind.SYSTEM,
            session=None,
            terminal=request.remote,
            groups=self._watch.group(known.duty),
        )


def _here(known: Service, request: web.BaseRequest, route: Route, who: Who) -> Who:
    if known.route != route.name or not known.comes_from(request.remote):
        raise TurnedAway(403, "gate.refused.token_elsewhere", who)
    return who
