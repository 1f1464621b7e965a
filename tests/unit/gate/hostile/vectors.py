"""Requests as raw bytes: those that a gate refuses, and those that it must not refuse.

The first 35 are known from comparisons of proxies; the others follow RFC 9110, 9112 and
3986 clause by clause.
"""

from __future__ import annotations

from dataclasses import dataclass

HOST = "pacs.hospital.example"

_HOST = b"Host: pacs.hospital.example\r\n"
_SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + _HOST + b"\r\n"


@dataclass(frozen=True, slots=True)
class Vector:
    """One request.

    Attributes:
        raw: What is sent.
        passes: Method, path and body as they must arrive; None where nothing may arrive.
    """

    name: str
    raw: bytes
    passes: tuple[str, str, bytes] | None = None


def _get(target: bytes = b"/", fields: bytes = b"", *, line: bytes = b"") -> bytes:
    return (line or b"GET " + target + b" HTTP/1.1") + b"\r\n" + _HOST + fields + b"\r\n"


def _post(fields: bytes, body: bytes, *, version: bytes = b"1.1", method: bytes = b"POST") -> bytes:
    return method + b" /a HTTP/" + version + b"\r\n" + _HOST + fields + b"\r\n" + body


_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_CL5 = b"Content-Length: 5\r\n"
_END = b"0\r\n\r\n"

KNOWN = (
    Vector("CL.TE", _post(b"Content-Length: 4\r\n" + _CHUNKED, _END + _SMUGGLED)),
    Vector("TE.CL", _post(_CHUNKED + b"Content-Length: 4\r\n", b"5c\r\n" + _SMUGGLED + _END)),
    Vector("TE space", _post(b"Transfer-Encoding : chunked\r\n", _END)),
    Vector("TE tab", _post(b"Transfer-Encoding:\tchunked\r\n" + _CL5, b"hello")),
    Vector("TE x,chunked", _post(b"Transfer-Encoding: x, chunked\r\n", _END)),
    Vector("TE chunked,identity", _post(b"Transfer-Encoding: chunked, identity\r\n", _END)),
    Vector("TE dup", _post(_CHUNKED + b"Transfer-Encoding: x\r\n", _END)),
    Vector("dup CL differ", _post(_CL5 + b"Content-Length: 6\r\n", b"hello!")),
    Vector("CL list 5,5", _post(b"Content-Length: 5, 5\r\n", b"hello")),
    Vector("CL +5", _post(b"Content-Length: +5\r\n", b"hello")),
    Vector("CL 0x5", _post(b"Content-Length: 0x5\r\n", b"hello")),
    Vector("CL neg", _post(b"Content-Length: -5\r\n", b"hello")),
    Vector("chunk bare LF", _post(_CHUNKED, b"5\nhello\n0\n\n")),
    Vector("chunk 0x", _post(_CHUNKED, b"0x5\r\nhello\r\n" + _END)),
    Vector("chunk ext LF", _post(_CHUNKED, b"5;a\nb\r\nhello\r\n" + _END)),
    Vector("chunk overflow", _post(_CHUNKED, b"10000000000000005\r\nhello\r\n" + _END)),
    Vector("chunk size space", _post(_CHUNKED, b"5 \r\nhello\r\n" + _END)),
    Vector("hdr bare LF", b"GET / HTTP/1.1\r\n" + _HOST + b"X: a\nY: b\r\n\r\n"),
    Vector("hdr bare CR", b"GET / HTTP/1.1\r\n" + _HOST + b"X: a\rY: b\r\n\r\n"),
    Vector("NUL value", _get(fields=b"X: a\0b\r\n")),
    Vector("obs-fold", _get(fields=b"X: a\r\n b\r\n")),
    Vector("no host", b"GET / HTTP/1.1\r\nX: a\r\n\r\n"),
    Vector("two hosts", _get(fields=b"Host: other.example\r\n")),
    Vector("host path", b"GET / HTTP/1.1\r\nHost: pacs.hospital.example/x\r\n\r\n"),
    Vector("GET CL body", _get(fields=_CL5) + b"hello"),
    Vector("TE in 1.0", _post(_CHUNKED, b"5\r\nhello\r\n" + _END, version=b"1.0")),
    Vector("frag target", _get(b"/a#b")),
    Vector("abs-URI other host", _get(b"http://other.example/a")),
    Vector("conn: x-user", _get(fields=b"X-User: 1\r\nConnection: close, x-user\r\n")),
    Vector("dotdot", _get(b"/a/../admin")),
    Vector("enc slash", _get(b"/a%2f..%2fadmin")),
    Vector("space in URL", _get(b"/a b")),
    Vector("method lower", _get(line=b"get / HTTP/1.1")),
    Vector("HTTP/1.9", _get(line=b"GET / HTTP/1.9")),
    # Arrives, but the field goes nowhere (test_headers.py).
    Vector("underscore", _get(fields=b"X_User: root\r\n"), ("GET", "/", b"")),
)

REQUEST_LINE = (
    Vector("HTTP/2.0", _get(line=b"GET / HTTP/2.0")),
    Vector("HTTP/0.9 with fields", _get(line=b"GET / HTTP/0.9")),
    Vector("HTTP/0.9 without version", b"GET /\r\n\r\n"),
    Vector("HTTP/1.10", _get(line=b"GET / HTTP/1.10")),
    Vector("http/1.1 in lower case", _get(line=b"GET / http/1.1")),
    Vector("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Vector("tabs", _get(line=b"GET\t/\tHTTP/1.1")),
    Vector("line ends with a space", _get(line=b"GET / HTTP/1.1 ")),
    Vector("absolute URI of our own", _get(b"http://pacs.hospital.example/a")),
    Vector("asterisk", _get(line=b"OPTIONS * HTTP/1.1")),
    Vector("authority", _get(line=b"CONNECT pacs.hospital.example:443 HTTP/1.1")),
    Vector("TRACE", _get(line=b"TRACE / HTTP/1.1")),
    Vector("unknown method", _get(line=b"BREW / HTTP/1.1")),
    Vector("method of WebDAV", _get(line=b"PROPFIND / HTTP/1.1")),
    Vector("target without slash", _get(b"a")),
    Vector("target of 8,001", _get(b"/" + b"a" * 8000)),
    Vector("target of 20,000", _get(b"/" + b"a" * 19_999)),
    Vector("TLS on plain HTTP", bytes.fromhex("16030100c8010000c40303") + b"\0" * 64 + b"\r\n\r\n"),
    Vector("no HTTP at all", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
)

FIELDS = (
    Vector("host empty", b"GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    Vector("host userinfo", b"GET / HTTP/1.1\r\nHost: a@pacs.hospital.example\r\n\r\n"),
    Vector("host not ours", b"GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"),
    Vector("host with another port", b"GET / HTTP/1.1\r\nHost: pacs.hospital.example:99\r\n\r\n"),
    Vector("host list", b"GET / HTTP/1.1\r\nHost: pacs.hospital.example, other.example\r\n\r\n"),
    Vector("host with a space", b"GET / HTTP/1.1\r\nHost: pacs.hospital .example\r\n\r\n"),
    Vector("host ends with a dot", b"GET / HTTP/1.1\r\nHost: pacs.hospital.example.\r\n\r\n"),
    Vector("no host in 1.0", b"GET / HTTP/1.0\r\n\r\n"),
    Vector("no colon", _get(fields=b"X-Field\r\n")),
    Vector("no name", _get(fields=b": a\r\n")),
    Vector("name with a bracket", _get(fields=b"X(y): a\r\n")),
    Vector("name with a NUL", _get(fields=b"X\0y: a\r\n")),
    Vector("first line folded", b"GET / HTTP/1.1\r\n " + _HOST + b"\r\n"),
    Vector("control in a value", _get(fields=b"X: a\x01b\r\n")),
    Vector("DEL in a value", _get(fields=b"X: a\x7fb\r\n")),
    Vector("value in Shift_JIS", _get(fields=b"X: \x8a\xc5\x8c\xec\r\n")),
    Vector("101 fields", _get(fields=b"".join(b"X-%d: a\r\n" % n for n in range(100)))),
    Vector(
        "34 KB of fields",
        _get(fields=b"".join(b"X-%d: %b\r\n" % (n, b"a" * 6800) for n in range(5))),
    ),
    Vector("field of 20,000", _get(fields=b"X: " + b"a" * 20_000 + b"\r\n")),
    Vector("Authorization twice", _get(fields=b"Authorization: Basic YTpi\r\n" * 2)),
    Vector("Cookie twice", _get(fields=b"Cookie: a=1\r\nCookie: a=2\r\n")),
    Vector("Content-Type twice", _post(_CL5 + b"Content-Type: text/plain\r\n" * 2, b"hello")),
    Vector("Content-Type malformed", _post(_CL5 + b"Content-Type: text\r\n", b"hello")),
    Vector("Content-Encoding", _post(_CL5 + b"Content-Encoding: gzip\r\n", b"hello")),
    Vector("Expect something else", _post(_CL5 + b"Expect: 200-maybe\r\n", b"hello")),
    Vector("h2c", _get(fields=b"Connection: Upgrade\r\nUpgrade: h2c\r\n")),
    Vector(
        "h2c with settings",
        _get(
            fields=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n"
        ),
    ),
    Vector("upgrade that Connection does not name", _get(fields=b"Upgrade: websocket\r\n")),
    Vector(
        "WebSocket by POST",
        _post(b"Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", b""),
    ),
    Vector("Connection takes Cookie away", _get(fields=b"Cookie: a=1\r\nConnection: cookie\r\n")),
)

BODIES = (
    Vector("TE chunked,chunked", _post(b"Transfer-Encoding: chunked, chunked\r\n", _END)),
    Vector("TE gzip,chunked", _post(b"Transfer-Encoding: gzip, chunked\r\n", _END)),
    Vector("TE identity", _post(b"Transfer-Encoding: identity\r\n" + _CL5, b"hello")),
    Vector("TE with parameter", _post(b"Transfer-Encoding: chunked;q=1\r\n", _END)),
    Vector("TE quoted", _post(b'Transfer-Encoding: "chunked"\r\n', _END)),
    Vector("TE empty", _post(b"Transfer-Encoding:\r\n" + _CL5, b"hello")),
    Vector("TE in capitals", _post(b"Transfer-Encoding: CHUNKED\r\n", b"5\r\nhello\r\n" + _END)),
    Vector("TE with vertical tab", _post(b"Transfer-Encoding: \x0bchunked\r\n", _END)),
    Vector("CL empty", _post(b"Content-Length:\r\n", b"")),
    Vector("CL twice the same", _post(_CL5 * 2, b"hello")),
    Vector("CL 5 5", _post(b"Content-Length: 5 5\r\n", b"hello")),
    Vector("CL 5.0", _post(b"Content-Length: 5.0\r\n", b"hello")),
    Vector("CL in wide digits", _post("Content-Length: ５\r\n".encode(), b"hello")),
    Vector("CL overflow", _post(b"Content-Length: 18446744073709551621\r\n", b"hello")),
    Vector("CL of a petabyte", _post(b"Content-Length: 1000000000000000\r\n", b"hello")),
    Vector("chunk negative", _post(_CHUNKED, b"-5\r\nhello\r\n" + _END)),
    Vector("chunk plus", _post(_CHUNKED, b"+5\r\nhello\r\n" + _END)),
    Vector("chunk size empty", _post(_CHUNKED, b"\r\nhello\r\n" + _END)),
    Vector("chunk size with underscore", _post(_CHUNKED, b"0_5\r\nhello\r\n" + _END)),
    Vector("chunk longer than said", _post(_CHUNKED, b"3\r\nhello\r\n" + _END)),
    Vector("chunk without its end", _post(_CHUNKED, b"5\r\nhello" + _END)),
    Vector(
        "trailer with a length",
        _post(_CHUNKED, b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n"),
    ),
    Vector("HEAD with a body", _post(_CL5, b"hello", method=b"HEAD")),
    Vector("DELETE with a body", _post(_CHUNKED, b"5\r\nhello\r\n" + _END, method=b"DELETE")),
    Vector("OPTIONS with a body", _post(_CL5, b"hello", method=b"OPTIONS")),
    Vector("too large", _post(b"Content-Length: 2000000\r\n", b"")),
)

TARGETS = tuple(
    Vector(f"target {target.decode('latin-1')}", _get(target))
    for target in (
        b"//a", b"/a//b", b"/./a", b"/a/.", b"/a/..", b"/..", b"/%2e%2e/a", b"/.%2E/a", b"/a%2eb",
        b"/a/%252e%252e/b", b"/a%5cb", b"/a\\b", b"/a%00", b"/a%0d%0aX:%20b", b"/a;b=c", b"/a%3bb",
        b"/a%zz", b"/a%2", b"/a%u002fb", b"/a%c0%af", b"/a%ef%bc%8fb", b"/a%E2%80%A5", b"/a%3fb",
        b"/%ef%bc%91%ef%bc%92", b"/a%c2%a5b", b"/a.", b"/a%20/b", b"/a[b]", b"/a?b=%zz", b"/a?b;c",
        b"/a?b=%ff", b"/a?b=%00", b'/a?b="', b"/\x80", b"/a%25",
    )
)  # fmt: skip

PASSING = (
    Vector("plain", _get(b"/a/b?c=d"), ("GET", "/a/b", b"")),
    Vector(
        "1.0 with a host",
        _get(b"", b"Connection: keep-alive\r\n", line=b"GET /a HTTP/1.0"),
        ("GET", "/a", b""),
    ),
    Vector(
        "host in capitals",
        b"GET / HTTP/1.1\r\nHost: PACS.Hospital.example\r\n\r\n",
        ("GET", "/", b""),
    ),
    Vector("empty line before", b"\r\n" + _get(b"/a"), ("GET", "/a", b"")),
    Vector("CL", _post(_CL5, b"hello"), ("POST", "/a", b"hello")),
    Vector("CL 0 by GET", _get(b"/a", b"Content-Length: 0\r\n"), ("GET", "/a", b"")),
    Vector("chunked", _post(_CHUNKED, b"5\r\nhello\r\n" + _END), ("POST", "/a", b"hello")),
    Vector(
        "chunk extension", _post(_CHUNKED, b"5;a=b\r\nhello\r\n" + _END), ("POST", "/a", b"hello")
    ),
    Vector(
        "trailer",
        _post(_CHUNKED, b"5\r\nhello\r\n0\r\nX-User: 1\r\n\r\n"),
        ("POST", "/a", b"hello"),
    ),
    # RFC 9112 3 lets a server read on; what is forwarded is written anew.
    Vector("two spaces", _get(line=b"GET  / HTTP/1.1"), ("GET", "/", b"")),
    Vector("Expect", _post(_CL5 + b"Expect: 100-continue\r\n", b"hello"), ("POST", "/a", b"hello")),
    Vector("Accept twice", _get(b"/a", b"Accept: a/b\r\nAccept: c/d\r\n"), ("GET", "/a", b"")),
    Vector("value in UTF-8", _get(b"/a", "Cookie: a=看護\r\n".encode()), ("GET", "/a", b"")),
    Vector("Connection keep-alive", _get(b"/a", b"Connection: Keep-Alive\r\n"), ("GET", "/a", b"")),
    Vector("DELETE", _get(line=b"DELETE /Patient/1 HTTP/1.1"), ("DELETE", "/Patient/1", b"")),
    Vector(
        "FHIR search",
        _get(
            b"/Observation?code=http://loinc.org|1234-5&patient:Patient.name=%E5%B1%B1&_sort=-date"
        ),
        ("GET", "/Observation", b""),
    ),
    Vector(
        "FHIR operation", _get(b"/Patient/1/$everything"), ("GET", "/Patient/1/$everything", b"")
    ),
    Vector(
        "DICOMweb frames",
        _get(b"/studies/1.2.392.1/series/1.2/instances/1.3/frames/1,2"),
        ("GET", "/studies/1.2.392.1/series/1.2/instances/1.3/frames/1,2", b""),
    ),
    Vector("end with a slash", _get(b"/ui/"), ("GET", "/ui/", b"")),
    Vector("one spelling", _get(b"/%7euser/%e5%b1%b1%2b"), ("GET", "/~user/%E5%B1%B1%2B", b"")),
)

EVERY = (*KNOWN, *REQUEST_LINE, *FIELDS, *BODIES, *TARGETS, *PASSING)
