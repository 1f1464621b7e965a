"""The gate's shell and nginx, each in front of something that writes down what arrives."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from tests.missing import missing
from tests.unit.gate.hostile.vectors import HOST

from sekisho.gate import strict
from sekisho.gate.guard import GuardedServer, Limits, Pace, read_body
from sekisho.gate.hostile import Aborted, Hostile
from sekisho.gate.interface import Head

END = f"GET /end HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
"""Sent after every request: whoever took the request for something else swallows it."""

NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)


@dataclass
class Shell:
    """A server with the strict check before a handler that writes down what reaches it."""

    limits: Limits = field(default_factory=lambda: Limits(linger=0.2))
    pace: Pace = field(default_factory=Pace)
    seen: list[tuple[Head, bytes]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    aborted: int = 0
    port: int = 0

    def refuse(self, request: web.BaseRequest, status: int, why: str) -> web.StreamResponse:
        """Return the answer to what is refused; it repeats nothing of the request."""
        self.refused.append((status, why))
        answer = web.Response(status=status, text=why)
        answer.force_close()
        return answer

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        try:
            head = strict.check(request, {HOST, f"{HOST}:8443"})
            body = await read_body(request, 1 << 20, self.pace)
        except Hostile as refusal:
            return self.refuse(request, refusal.status, refusal.why)
        except Aborted:
            self.aborted += 1
            raise ConnectionResetError from None
        self.seen.append((head, body))
        return web.Response(text="seen")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[GuardedServer]:
        """Listen on a port of its own."""
        server = GuardedServer(self.handle, refuse=self.refuse, limits=self.limits)
        listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            listening.close()
            await server.shutdown(1)
            await listening.wait_closed()


async def exchange(address: int | Path, raw: bytes) -> list[int]:
    """Send bytes, read until the server closes, and return the statuses it answered."""
    reader, writer = (
        await asyncio.open_connection("127.0.0.1", address)
        if isinstance(address, int)
        else await asyncio.open_unix_connection(address)
    )
    answer = b""
    try:
        writer.write(raw)
        await writer.drain()
        async with asyncio.timeout(20):
            while block := await reader.read(65_536):
                answer += block
    except ConnectionError:
        pass  # refused before all was sent
    finally:
        writer.close()
    lines = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/")]
    # What stands before a status line without a line's end is the body before it.
    lines += [
        part[part.index(b"HTTP/1.") :]
        for part in answer.split(b"\r\n")
        if b"HTTP/1." in part and not part.startswith(b"HTTP/")
    ]
    return [int(line.split(b" ")[1]) for line in lines]


_CONFIG = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_max_body_size 1m;
  client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 1s;
  lingering_time 1s; lingering_timeout 200ms;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream behind {{ server unix:{folder}/behind; }}
  server {{ listen unix:{folder}/front; server_name {host};
    location / {{ proxy_pass http://behind; proxy_set_header Host $http_host; }} }}
  server {{ listen unix:{folder}/front default_server; server_name _; return 421; }}
}}
"""


@contextmanager
def nginx() -> Iterator[Path]:
    """Run nginx in a folder of its own and yield that folder; ``front`` is its socket."""
    if NGINX is None:
        missing("nginx is not here (Debian: nginx-light)")
    folder = Path(tempfile.mkdtemp(prefix="sekisho-nginx-"))
    folder.joinpath("conf").write_text(_CONFIG.format(folder=folder, host=HOST), encoding="utf-8")
    root = os.geteuid() == 0
    if root:  # it needs no rights at all
        shutil.chown(folder, "nobody")
    process = subprocess.Popen(
        [NGINX, "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/conf"],
        user="nobody" if root else None,
        group="nogroup" if root else None,
        extra_groups=[] if root else None,
    )
    try:
        _wait_for(folder / "front", process)
        yield folder
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "nginx ended"
        with socket.socket(socket.AF_UNIX) as trying:
            if trying.connect_ex(str(path)) == 0:
                return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError("nginx does not listen")


@asynccontextmanager
async def behind(folder: Path) -> AsyncIterator[list[bytes]]:
    """Stand behind nginx and write down each request's first line."""
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head.split(b"\r\n", 1)[0])
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nseen")
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, folder / "behind")
    (folder / "behind").chmod(0o666)
    try:
        yield seen
    finally:
        server.close()
        (folder / "behind").unlink(missing_ok=True)
