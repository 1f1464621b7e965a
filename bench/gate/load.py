"""Ask a server as many people or as one page would, and say how long it took."""

from __future__ import annotations

import asyncio
import re
import statistics
import subprocess
import time

LOAD = 32
"""Connections of the loaded rows."""


def wrk(
    port: int, headers: list[str], path: str, *, connections: int = LOAD, seconds: int, tls: bool
) -> tuple[float, float]:
    """Return requests a second and bytes a second; 200 alone counts."""
    words = [word for header in headers for word in ("-H", header)]
    said = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", *words,
         f"{'https' if tls else 'http'}://127.0.0.1:{port}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Non-2xx" not in said, said
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    moved = re.search(r"Transfer/sec:\s+([\d.]+)(\w+)", said)
    assert moved
    unit = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "B": 1}[moved[2]]
    return rate, float(moved[1]) * unit


def paced(port: int, headers: list[str], path: str, *, rate: int, seconds: float) -> list[float]:
    """Return how long each of `rate` requests a second took, milliseconds, sorted.

    Each is asked at its own time, whether or not those before are answered: a server that
    stalls is charged for all who wait.
    """
    head = "\r\n".join([f"GET {path} HTTP/1.1", *headers, "", ""]).encode()

    async def run() -> list[float]:
        idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        took: list[float] = []

        async def one(due: float) -> None:
            reader, writer = (
                idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
            )
            writer.write(head)
            said = await reader.readuntil(b"\r\n\r\n")
            assert said.startswith(b"HTTP/1.1 200"), said[:40]
            length = re.search(rb"(?i)content-length: (\d+)", said)
            assert length is not None
            await reader.readexactly(int(length[1]))
            took.append((time.perf_counter() - due) * 1e3)
            idle.append((reader, writer))

        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(rate * seconds)):
                due = began + number / rate
                await asyncio.sleep(due - time.perf_counter())
                tasks.create_task(one(max(due, time.perf_counter())))
        for _, writer in idle:
            writer.close()
        return sorted(took)

    return asyncio.run(run())


def percent(sorted_: list[float], part: float) -> float:
    """Return the value below which `part` of them lie."""
    return sorted_[min(len(sorted_) - 1, int(len(sorted_) * part))]


def median(values: list[float]) -> float:
    """Return the median."""
    return statistics.median(values)
