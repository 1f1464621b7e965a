"""What passes the gate beside the body, in both directions."""

from __future__ import annotations

import datetime as dt

import pytest
from multidict import CIMultiDict

from sekisho.errors import InvalidInputError
from sekisho.gate.headers import (
    LONGEST_IDENTITY,
    Manner,
    downstream,
    further,
    identity_header,
    upstream,
    verify_identity,
)

MANNER = Manner(outer="https://pacs.hospital.example", inner="http://127.0.0.1:8042")
KEY = b"k" * 32
NOW = dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC)

IDENTITIES = [
    "X-User", "X_User", "x-user-id", "X-Username", "Remote-User", "REMOTE_USER", "X-Remote-User",
    "X-Forwarded-User", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
    "X-Forwarded-Email", "X_Forwarded_For", "Forwarded", "X-Real-IP", "True-Client-IP",
    "X-Client-IP", "X-Client-Cert", "Client-Cert", "X-SSL-Client-Cert", "SSL_CLIENT_S_DN",
    "X-Auth-Request-User", "X-Authenticated-User", "X-WEBAUTH-USER", "Sekisho-Identity",
    "Sekisho-Request", "sekisho_identity", "X-Sekisho-Identity", "Proxy-Authorization",
    "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Method-Override", "Via",
    "X-Envoy-External-Address",
]  # fmt: skip
CONNECTION = [
    "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
    "Upgrade", "HTTP2-Settings", "Content-Length", "Expect", "Host", "Sec-WebSocket-Key",
]  # fmt: skip


def _up(*fields: tuple[str, str], manner: Manner = MANNER) -> list[tuple[str, str]]:
    passed = upstream(CIMultiDict(fields), manner)
    assert passed.pop("Accept-Encoding") == "identity"
    return list(passed.items())


def _down(*fields: tuple[str, str], manner: Manner = MANNER) -> dict[str, str]:
    return dict(downstream(CIMultiDict(fields), manner))


@pytest.mark.parametrize("name", [*IDENTITIES, *CONNECTION])
def test_nobody_says_who_he_is(name: str) -> None:
    """No field that says who asks, or that belongs to the connection, reaches the upstream."""
    assert _up((name, "root"), (name.upper(), "root"), ("Accept", "a/b")) == [("Accept", "a/b")]


@pytest.mark.parametrize("name", [*IDENTITIES, *CONNECTION, "Cookie", "Origin", "a b", "é", ""])
def test_no_route_lets_them_through(name: str) -> None:
    """A route cannot be set to let such a field pass."""
    with pytest.raises(InvalidInputError):
        further([name])


def test_what_systems_need_passes() -> None:
    """Fields of FHIR, DICOMweb and web applications pass unchanged, in order."""
    fields = (
        ("Accept", 'multipart/related; type="application/dicom"; transfer-syntax=*'),
        ("Content-Type", "multipart/related; type=application/dicom; boundary=b"),
        ("If-Match", 'W/"3"'),
        ("If-None-Exist", "identifier=1"),
        ("Prefer", "return=minimal"),
        ("Range", "bytes=0-99"),
        ("X-Requested-With", "XMLHttpRequest"),
        ("X-CSRF-Token", "t"),
        ("Accept-Language", "ja"),
        ("User-Agent", "u"),
    )

    assert _up(*fields) == list(fields)


def test_a_route_may_let_more_through() -> None:
    """Further fields pass where the route says so, and Authorization only there."""
    wider = Manner(
        outer=MANNER.outer, inner=MANNER.inner, authorization=True, more=further(["X-App-Tab"])
    )
    fields = (("X-App-Tab", "1"), ("Authorization", "Basic YTpi"))

    assert _up(*fields) == []
    assert _up(*fields, manner=wider) == list(fields)


def test_the_gates_own_cookies_stay_here() -> None:
    """The upstream gets its own cookies, and none of the gate's in any spelling."""
    own = "__Host-sekisho=secret; __Host-sekisho-door=secret; __HOST-Sekisho=secret; =__Host-sekisho=secret"

    assert _up(("Cookie", f"a=1; {own}; b=__Host-x")) == [("Cookie", "a=1; b=__Host-x")]
    assert _up(("Cookie", own)) == []


def test_pages_before_are_said_in_the_upstreams_name() -> None:
    """Origin and Referer speak of the upstream's own name; another site's page is not told."""
    assert _up(("Origin", MANNER.outer), ("Referer", f"{MANNER.outer}/a?b")) == [
        ("Origin", MANNER.inner),
        ("Referer", f"{MANNER.inner}/a?b"),
    ]
    assert _up(("Origin", "https://evil.example")) == [("Origin", "https://evil.example")]
    assert _up(("Referer", "https://evil.example/p")) == []
    assert _up(("Referer", f"{MANNER.outer}.evil.example/p")) == []


def test_answers_lose_what_is_not_for_the_client() -> None:
    """Versions, hop-by-hop fields, those that Connection names and commands to a front are gone."""
    dropped = (
        ("Server", "Apache/2.4"), ("X-Powered-By", "PHP/7"), ("Via", "1.1 a"),
        ("Connection", "close, X-Hop"), ("X-Hop", "1"), ("Transfer-Encoding", "chunked"),
        ("Content-Length", "9"), ("X-Accel-Redirect", "/etc"), ("X-Sendfile", "/etc"),
        ("Sekisho-Identity", "v=1"), ("Access-Control-Allow-Origin", "*"), ("X-Bad", "a\x01b"),
    )  # fmt: skip

    assert _down(*dropped, ("ETag", '"1"')) == {
        "ETag": '"1"',
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


def test_what_the_upstream_says_itself_stays() -> None:
    """The gate adds its own policy fields only where the upstream is silent."""
    shared = Manner(outer=MANNER.outer, inner=MANNER.inner, shared=True)

    assert _down(("Referrer-Policy", "no-referrer"))["Referrer-Policy"] == "no-referrer"
    assert _down(("Access-Control-Allow-Origin", "https://viewer.example"), manner=shared)[
        "Access-Control-Allow-Origin"
    ]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("a=1; Path=/; HttpOnly", "a=1; Path=/; HttpOnly; Secure"),
        ("a=1; Domain=.hospital.example; Secure", "a=1; Secure"),
        ("a=1; DOMAIN = hospital.example", "a=1; Secure"),
        ("a=Domain=x", "a=Domain=x; Secure"),
        ("__Host-sekisho=mine; Path=/", None),
        ("__host-SEKISHO-door=mine", None),
        ("=__Host-sekisho=mine", None),
    ],
)
def test_cookies_stay_with_this_host(said: str, kept: str | None) -> None:
    """An upstream's cookie goes to this host alone, and none can pose as the gate's."""
    assert _down(("Set-Cookie", said)).get("Set-Cookie") == kept


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("http://127.0.0.1:8042/a?b", "https://pacs.hospital.example/a?b"),
        ("/a", "/a"),
        ("https://other.example/", "https://other.example/"),
        ("http://127.0.0.1:80421/", "http://127.0.0.1:80421/"),
    ],
)
def test_redirections_lead_through_the_gate(said: str, told: str) -> None:
    """A redirection to the upstream's own name comes back through the gate."""
    assert _down(("Location", said))["Location"] == told


def _identity(**other: str) -> str:
    said = {"user_id": "n0123", "session_id": "s" * 43, "duty": "nurse", "request_id": "r" * 26,
            "route": "orthanc"} | other  # fmt: skip
    name, value = identity_header(KEY, now=NOW, **said)
    assert name == "Sekisho-Identity"
    return value


def test_the_upstream_can_check_who_asks() -> None:
    """The identity field tells user, duty and request to who has the key, and no session secret."""
    value = _identity(user_id="看護師 1&m=")
    told = verify_identity(KEY, value, now=NOW + dt.timedelta(seconds=59), route="orthanc")

    assert told is not None
    assert (told["u"], told["d"], told["q"]) == ("看護師 1&m=", "nurse", "r" * 26)
    assert len(told["s"]) == 16
    assert "s" * 43 not in value
    assert value.isascii()
    assert len(value) <= LONGEST_IDENTITY


def test_a_false_identity_is_none() -> None:
    """A field that was changed, is of another key or route, too old or of the future says nothing."""
    value = _identity()

    def check(value: str, *, key: bytes = KEY, after: float = 0, route: str = "orthanc") -> object:
        return verify_identity(key, value, now=NOW + dt.timedelta(seconds=after), route=route)

    assert check(value)
    assert check(value, after=60) is None
    assert check(value, after=-1) is None
    assert check(value, key=b"x" * 32) is None
    assert check(value, route="fhir") is None
    assert check(value.replace("n0123", "n0124")) is None
    assert check(value[:-1] + ("0" if value[-1] != "0" else "1")) is None
    assert check(value.rpartition("&m=")[0]) is None
    for nonsense in ("", "&m=", "v=1&m=é", "\udc80&m=\udc80"):
        assert check(nonsense) is None


def test_an_identity_is_never_cut() -> None:
    """What would be longer than 300 bytes is refused as a whole."""
    with pytest.raises(InvalidInputError):
        _identity(user_id="看" * 30)
