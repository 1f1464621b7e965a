"""`sekisho demo`: a fictitious hospital, everything running, nothing to prepare."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from sekisho.app.serve import Supervisor
from sekisho.cli.speech import language, sentence, tell
from sekisho.errors import ConflictError

_ENDS = (signal.SIGTERM, signal.SIGHUP)  # SIGHUP: the terminal was closed
# The parts end within seconds of their parent; until then they may still write.
_SWEEP = """
import pathlib, shutil, sys, time
sys.stdin.read()
folder = pathlib.Path(sys.argv[1])
for _ in range(100):
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        break
    time.sleep(0.2)
"""


@click.command()
@click.option("--port", type=int, default=8700, show_default=True, help="画面の番号 / port")
@click.option("--rows", type=int, default=40_000, show_default=True, help="ログの行数 / rows")
@click.option("--keep", is_flag=True, help="作ったものを残す / keep what was made")
@click.option("--no-browser", is_flag=True, help="ブラウザーを開かない / do not open a browser")
@click.option("--once", is_flag=True, help="案内のあと終わる / end after the walk")
def demo(port: int, rows: int, *, keep: bool, no_browser: bool, once: bool) -> None:
    """架空の病院の 1 か月で、ひと通りをやって見せる / walk through a fictitious month."""
    began = time.monotonic()
    for number in _ENDS:
        signal.signal(number, _interrupt)
    _free(port)
    folder = Path(tempfile.mkdtemp(prefix="sekisho-demo-"))
    sweeper = None if keep else _sweeper(folder)
    try:
        _walk(folder, port, rows, began, no_browser=no_browser, once=once)
    except KeyboardInterrupt:
        click.echo()
    finally:
        if keep:
            tell("app.demo.kept", folder=str(folder))
        else:
            shutil.rmtree(folder, ignore_errors=True)
        if sweeper is not None:
            sweeper.communicate()


def _walk(
    folder: Path, port: int, rows: int, began: float, *, no_browser: bool, once: bool
) -> None:
    from sekisho.app.demo import run  # noqa: PLC0415 (brings every room with it)

    step = _Steps()
    accounts = run.prepare(folder, port=port, rows=rows, tell=step)
    supervisor = Supervisor(folder / "data", None)
    for number in (signal.SIGINT, *_ENDS):
        signal.signal(number, supervisor.stop)
    shown = False

    def tick() -> None:
        nonlocal shown
        if shown or not _listens(port):
            return
        shown = True
        origin = f"http://localhost:{port}"
        click.echo()
        tell("app.demo.sign_in", origin=origin)
        for account in accounts:
            tell(
                "app.demo.account",
                role=sentence(f"app.demo.role.{account.role.value}", {}),
                user=account.user_id,
                password=account.password.reveal(),
            )
        tell("app.demo.ready", seconds=f"{time.monotonic() - began:.0f}")
        tell("app.demo.end")
        if once:
            supervisor.stop()
        elif not no_browser:
            webbrowser.open(origin)

    supervisor.run(tick)
    if not shown:
        raise ConflictError("app.demo.not_started", port=port)


class _Steps:
    """Numbers the steps of the walk."""

    def __init__(self) -> None:
        self._number = 0

    def __call__(self, message: str, /, **args: Any) -> None:
        """Say the next step."""
        self._number += 1
        for name, value in args.items():
            if isinstance(value, Mapping):
                args[name] = value[language()]
        click.echo(f"{self._number:2}. {sentence(message, args)}")


def _free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConflictError("app.demo.not_started", port=port) from error


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _sweeper(folder: Path) -> subprocess.Popen[bytes]:
    """Start what removes `folder` when this process ends, also where it is killed."""
    return subprocess.Popen(  # noqa: S603 (our own interpreter and the lines above)
        [sys.executable, "-c", _SWEEP, str(folder)], stdin=subprocess.PIPE, start_new_session=True
    )


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
