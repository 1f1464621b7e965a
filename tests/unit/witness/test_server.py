"""The witness over HTTP: what it answers, and what it does not let happen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from click.testing import CliRunner
from tests.unit.witness.logs import ORIGIN, Past, new_log

from sekisho.cli.main import main
from sekisho.terms import FixedClock
from sekisho.witness import Keeper, create_witness
from sekisho.witness import server as served
from sekisho.witness.keep import LONGEST, alone, log_id

Do = Callable[[ClientSession, str], Awaitable[None]]


@pytest.fixture
def log() -> Past:
    """A log."""
    return new_log()


@pytest.fixture
def folder(tmp_path: Path, log: Past, clock: FixedClock) -> Path:
    """The folder of a witness that trusts it."""
    create_witness(tmp_path / "w", "witness.example/w1")
    Keeper(tmp_path / "w", clock).trust(log.signer.verifier)
    return tmp_path / "w"


def over_http(folder: Path, clock: FixedClock, do: Do) -> None:
    """Do something with a witness that is served for as long."""

    async def run() -> None:
        async with (
            TestServer(served.application(Keeper(folder, clock))) as server,
            ClientSession() as session,
        ):
            await do(session, str(server.make_url("")).rstrip("/"))

    asyncio.run(run())


def test_cosigned_over_http(folder: Path, clock: FixedClock, log: Past) -> None:
    """A checkpoint is cosigned over HTTP, and anybody can fetch what was cosigned last."""

    async def do(session: ClientSession, url: str) -> None:
        at = f"{url}/checkpoint/{log_id(ORIGIN)}"
        assert (await session.get(at)).status == 404
        answer = await session.post(f"{url}/add-checkpoint", data=log.request(0, 7))
        line = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/plain")
        assert await (await session.get(at)).text() == log.checkpoint(7) + line
        assert (await (await session.get(url)).text()).startswith("witness.example/w1+")
        answer = await session.post(f"{url}/add-checkpoint", data=log.request(0, 9))
        assert (answer.status, answer.content_type) == (409, "text/x.tlog.size")
        assert await answer.text() == "7\n"
        assert (await session.get(f"{url}/add-checkpoint")).status == 405
        assert (await session.get(f"{url}/checkpoint/{'0' * 64}")).status == 404

    over_http(folder, clock, do)


def test_what_is_too_long_or_too_slow_is_cut_off(
    folder: Path, clock: FixedClock, log: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that is too long, or that does not come to its end, holds nothing up."""
    monkeypatch.setattr(served, "_SECONDS", 1.0)

    async def do(session: ClientSession, url: str) -> None:
        async def endless() -> object:
            yield b"old 0\n"
            await asyncio.sleep(30)

        long = await session.post(f"{url}/add-checkpoint", data=b"x" * (LONGEST + 1))
        assert long.status == 413
        slow = await session.post(f"{url}/add-checkpoint", data=endless())
        assert slow.status == 408
        good = await session.post(f"{url}/add-checkpoint", data=log.request(0, 3))
        assert good.status == 200

    over_http(folder, clock, do)


def test_a_damaged_memory_is_an_error_of_the_server(
    folder: Path, clock: FixedClock, log: Past
) -> None:
    """A damaged memory answers 500 and gives no signature; a full disk does too."""

    async def do(session: ClientSession, url: str) -> None:
        assert (await session.post(f"{url}/add-checkpoint", data=log.request(0, 3))).status == 200
        kept = folder / "logs" / log_id(ORIGIN) / "checkpoint"
        kept.write_bytes(b"damaged")
        answer = await session.post(f"{url}/add-checkpoint", data=log.request(3, 5))
        assert (answer.status, await answer.text()) == (500, "")
        kept.unlink()
        kept.mkdir()
        answer = await session.post(f"{url}/add-checkpoint", data=log.request(0, 5))
        assert (answer.status, await answer.text()) == (500, "")

    over_http(folder, clock, do)


def test_calls_that_are_wrong(folder: Path, tmp_path: Path, clock: FixedClock) -> None:
    """A second witness on one folder, a folder without a key and what is no key end with 2, in words."""

    def said(*words: str | Path) -> str:
        done = CliRunner().invoke(main, ["witness", *(str(word) for word in words)])
        assert (done.exit_code, done.stdout) == (2, ""), done.output
        return done.stderr

    with alone(folder):
        assert "動いています" in said("serve", "--data", folder, "--port", "0")
    assert "witness init" in said("serve", "--data", tmp_path / "none")
    assert "witness init" in said("show", "--data", tmp_path / "none")
    assert "公開鍵が読めません" in said("trust", "nothing", "--data", folder)
    assert "もうあります" in said("init", "--data", folder, "--name", "w")
    assert "192.0.2.1" in said("serve", "--data", folder, "--host", "192.0.2.1")


def test_what_is_shown(folder: Path, clock: FixedClock, log: Past, tmp_path: Path) -> None:
    """`witness show` says the key, and of each log what was cosigned and what was refused."""
    assert (
        "まだ一度も" in CliRunner().invoke(main, ["witness", "show", "--data", str(folder)]).stdout
    )
    keeper = Keeper(folder, clock)
    keeper.add(log.request(0, 1_234))
    keeper.add(Past(log.signer, seed=1).request(1_234, 1_234))
    said = CliRunner().invoke(main, ["witness", "show", "--data", str(folder)]).stdout
    assert said.startswith(keeper.verifier)
    for word in (ORIGIN, "1,234", "断って保管しています"):
        assert word in said
