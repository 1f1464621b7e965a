"""The optional edge: real nginx takes the profile as it is shipped and serves through it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector, web
from tests.missing import missing
from tests.ports import free_port

from sekisho.app import certificates
from sekisho.terms import Secret

ROOT = Path(__file__).resolve().parents[2]
PROFILE = ROOT / "packaging" / "edge" / "nginx.conf"
SSLYZE = ROOT / ".sslyze" / "bin" / "sslyze"
HOST = "pacs.byoin.example"
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@dataclass(frozen=True, slots=True)
class Edge:
    """A running nginx: its port, the ports of what stands behind it, and its root."""

    port: int
    gate: int
    pacs: int
    root: Path


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The shipped profile with ports and paths of this test, proved by `nginx -t`, running."""
    folder = tmp_path_factory.mktemp("edge")
    (folder / "medium").mkdir()
    now = dt.datetime.now(dt.UTC)
    word = Secret("a long word of twelve")
    authority = certificates.make_authority(
        folder / "medium", [HOST], word, now, data=folder / "data"
    )
    place = certificates.keep(folder, authority.issue([HOST], now))
    root = folder / "root.pem"
    der = (place / certificates.AUTHORITY).read_bytes()
    root.write_text(ssl.DER_cert_to_PEM_cert(der), encoding="ascii")
    made = Edge(free_port(), free_port(), free_port(), root)
    text = PROFILE.read_text(encoding="utf-8")
    for shipped, here in (
        ("listen 443", f"listen 127.0.0.1:{made.port}"),
        ("127.0.0.1:8701", f"127.0.0.1:{made.gate}"),
        ("127.0.0.1:8042", f"127.0.0.1:{made.pacs}"),
        ("/var/lib/sekisho/tls", str(place)),
        ("/run/nginx.pid", str(folder / "pid")),
        ("/var/log/nginx/error.log", "stderr"),
    ):
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    if NGINX is None:
        missing("nginx is not here (Debian: nginx-light)")
    command = [NGINX, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    assert "warn" not in tried.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        for _ in range(300):
            assert process.poll() is None
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", made.port)) == 0:
                    break
            time.sleep(0.1)
        yield made
    finally:
        process.terminate()
        process.wait(30)


async def _gate(request: web.BaseRequest) -> web.StreamResponse:
    """Answer as the gate would: a WebSocket, a bulk redirect, or what arrived."""
    if request.headers.get("Upgrade", "").lower() == "websocket":
        line = web.WebSocketResponse()
        await line.prepare(request)
        async for message in line:
            await line.send_str(f"{message.data}!")
        return line
    if request.raw_path.startswith("/bulk"):
        return web.Response(
            headers={
                "X-Accel-Redirect": "/sekisho-bulk/pacs/instances/1",
                "X-Sekisho-Upstream-Authorization": "Basic c2VjcmV0",
            }
        )
    body = await request.read()
    headers = [(name, value) for name, value in request.headers.items()]
    return web.json_response({"path": request.raw_path, "headers": headers, "body": len(body)})


async def _pacs(request: web.BaseRequest) -> web.StreamResponse:
    """Answer bulk bytes, and what was asked with."""
    seen = json.dumps([request.raw_path, dict(request.headers)])
    return web.Response(
        body=bytes(3_000_000),
        headers={"X-Seen": seen, "Set-Cookie": "pacs=1", "X-Accel-Expires": "9"},
    )


def _through(edge: Edge, act: Callable[[ClientSession], Awaitable[None]]) -> None:
    """Run `act` with plain aiohttp upstreams behind the edge and a client in front of it."""

    async def run() -> None:
        servers = []
        for handler, port in ((_gate, edge.gate), (_pacs, edge.pacs)):
            runner = web.ServerRunner(web.Server(handler))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            servers.append(runner)
        try:
            async with ClientSession(connector=TCPConnector(resolver=None)) as client:
                await act(client)
        finally:
            for runner in servers:
                await runner.cleanup()

    asyncio.run(run())


def _trusting(edge: Edge) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=edge.root)


def _raw(edge: Edge, request: bytes, *, wait: float = 30.0) -> bytes:
    """Send `request` as it is and return everything until the edge hangs up."""
    with (
        socket.create_connection(("127.0.0.1", edge.port)) as plain,
        _trusting(edge).wrap_socket(plain, server_hostname=HOST) as line,
    ):
        line.settimeout(wait)
        line.sendall(request)
        said = b""
        try:
            while part := line.recv(65536):
                said += part
        except (ConnectionResetError, ssl.SSLEOFError):
            pass  # It may also hang up without a word.
        return said


async def _ask(edge: Edge, target: str, *headers: str, body: bytes = b"") -> tuple[str, str]:
    lines = [f"GET {target} HTTP/1.1", f"Host: {HOST}", "Connection: close", *headers]
    request = "\r\n".join([*lines, "", ""]).encode() + body
    said = (await asyncio.to_thread(_raw, edge, request)).decode("latin-1")
    head, _, rest = said.partition("\r\n\r\n")
    return head, rest


def test_an_address_arrives_as_it_was_sent(edge: Edge) -> None:
    """Double slashes, escapes and semicolons reach the gate unchanged, to be refused there."""

    async def act(client: ClientSession) -> None:
        for target in ("/a//b", "/a%2fb", "/a/./b", "/a/b/../c", "/a/%2e%2e/c", "/a;x=1?q=%20%2F"):
            head, body = await _ask(edge, target)
            assert " 200 " in head, target
            assert json.loads(body)["path"] == target

    _through(edge, act)


def test_what_a_client_says_of_itself_is_gone(edge: Edge) -> None:
    """A forged X-Forwarded-For is replaced by the address that nginx saw; headers are not tidied away."""

    async def act(client: ClientSession) -> None:
        _, body = await _ask(edge, "/", "X-Forwarded-For: 192.0.2.1", "X_User: somebody")
        headers = json.loads(body)["headers"]
        assert [v for n, v in headers if n.lower() == "x-forwarded-for"] == ["127.0.0.1"]
        assert ["X_User", "somebody"] in headers
        assert [v for n, v in headers if n == "Host"] == [HOST]

    _through(edge, act)


def test_bulk_bytes_are_fetched_by_the_edge(edge: Edge) -> None:
    """X-Accel-Redirect brings the system's bytes with the gate's credentials and none of the client's."""

    async def act(client: ClientSession) -> None:
        head, body = await _ask(edge, "/bulk", "Cookie: __Host-sekisho=secret", "Range: bytes=0-9")
        fields = dict(line.split(": ", 1) for line in head.splitlines()[1:])
        path, seen = json.loads(fields["X-Seen"])
        assert path == "/instances/1"
        assert seen["Authorization"] == "Basic c2VjcmV0"
        assert seen["Range"] == "bytes=0-9"
        assert "Cookie" not in seen
        assert "Set-Cookie" not in fields
        assert "secret" not in head.replace("c2VjcmV0", "")
        assert len(body) == 3_000_000

    _through(edge, act)


def test_nobody_outside_asks_for_bulk_bytes(edge: Edge) -> None:
    """The internal address is not found for a client, however it is spelt."""

    async def act(client: ClientSession) -> None:
        for target in ("/sekisho-bulk/pacs/instances/1", "/x/../sekisho-bulk/pacs/instances/1"):
            head, _ = await _ask(edge, target)
            assert " 404 " in head, target

    _through(edge, act)


def test_a_websocket_goes_both_ways(edge: Edge) -> None:
    """A WebSocket is carried both ways."""

    async def act(client: ClientSession) -> None:
        async with client.ws_connect(
            f"https://127.0.0.1:{edge.port}/line",
            ssl=_trusting(edge),
            server_hostname=HOST,
            headers={"Host": HOST},
        ) as line:
            await line.send_str("hello")
            assert await line.receive_str() == "hello!"

    _through(edge, act)


def test_a_body_past_the_limit_is_refused_by_its_length(edge: Edge) -> None:
    """A body of more than 64 MiB is refused before it is sent."""

    async def act(client: ClientSession) -> None:
        head, _ = await _ask(edge, "/", f"Content-Length: {(64 << 20) + 1}")
        assert " 413 " in head

    _through(edge, act)


@pytest.mark.parametrize(
    "request_",
    [
        f"GET / HTTP/1.1\r\nHost: {HOST}\r\n",
        f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 10\r\n\r\nhalf",
    ],
    ids=["head", "body"],
)
def test_a_slow_client_is_let_go(edge: Edge, request_: str) -> None:
    """Half a head or half a body: the edge hangs up by itself within its ten seconds."""

    async def act(client: ClientSession) -> None:
        said = await asyncio.to_thread(_raw, edge, request_.encode(), wait=60.0)
        assert b" 200 " not in said

    _through(edge, act)


@pytest.mark.parametrize("name", ["other.example", None])
def test_another_name_gets_no_certificate(edge: Edge, name: str | None) -> None:
    """A connection for another name, or for none, ends in the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", edge.port)) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname=name)


def test_sslyze_finds_no_departure_at_the_edge(edge: Edge, tmp_path: Path) -> None:
    """The edge speaks the recommended type and nothing beside it."""
    if not SSLYZE.exists():
        missing("sslyze is not here (make test brings it)")
    known = json.loads((ROOT / "tests/unit/app/cryptrec.json").read_text(encoding="utf-8"))
    profile = known["configurations"]["recommended"]
    profile["tls_curves"] = ["X25519", "prime256v1", "secp384r1"]
    (tmp_path / "profile.json").write_text(json.dumps(profile), encoding="utf-8")
    done = subprocess.run(
        [
            SSLYZE, "--custom_tls_config", tmp_path / "profile.json", "--certinfo_ca_file",
            edge.root, "--sni", HOST, f"localhost:{edge.port}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-2000:]
