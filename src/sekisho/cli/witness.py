"""`sekisho witness`: be the outside witness of other institutions' records."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from sekisho.cli.options import json_option
from sekisho.cli.speech import json_line, tell
from sekisho.errors import UnavailableError
from sekisho.terms import SystemClock, iso

folder_option = click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path, file_okay=False, readable=False),
    envvar="SEKISHO_WITNESS_DATA",
    help="立会人の置き場所（病院の置き場所とは別） / the witness's own folder",
)


@click.group()
def witness() -> None:
    """立会人：よその施設の記録が書き換えられていないかを見届ける / witness others' records."""


@witness.command()
@folder_option
@click.option("--name", required=True, help="例 witness.example.jp/w1 / name of the key")
def init(data: Path, name: str) -> None:
    """立会人の鍵を作り、公開鍵を示す / make the witness's key and show its public half."""
    from sekisho.witness import create_witness  # noqa: PLC0415 (slow to import)

    key = create_witness(data, name)
    tell("witness.created")
    click.echo(key)


@witness.command()
@folder_option
@click.argument("key")
def trust(data: Path, key: str) -> None:
    """記録の公開鍵 KEY（文字かファイル）を、見届ける相手に加える / take a log to witness."""
    from sekisho.witness import Keeper  # noqa: PLC0415 (slow to import)

    text = key if "+" in key else _file(Path(key))
    origin = Keeper(data, SystemClock()).trust(text)
    tell("witness.trusted", origin=origin)


@witness.command()
@folder_option
@json_option
def show(data: Path, *, as_json: bool) -> None:
    """見届けている記録と、最後に署名した姿 / the logs, and what was cosigned last."""
    from sekisho.witness import Keeper  # noqa: PLC0415 (slow to import)

    keeper = Keeper(data, SystemClock())
    if not as_json:
        click.echo(keeper.verifier)
    for log in keeper.logs():
        last = log.last
        if as_json:
            json_line(
                {
                    "origin": log.origin,
                    "size": last.checkpoint.size if last else None,
                    "at": iso(last.at) if last else None,
                    "refused": log.refused,
                    "checkpoint": last.checkpoint.text if last else None,
                }
            )
            continue
        tell("witness.log", origin=log.origin)
        if last is None:
            tell("witness.log_never")
        else:
            at = f"{last.at.astimezone():%Y-%m-%d %H:%M %z}"
            tell("witness.log_last", size=f"{last.checkpoint.size:,}", at=at)
        if log.refused:
            tell("witness.log_refused", count=log.refused)


@witness.command()
@folder_option
@click.argument("request", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="返事の置き場所 / answer"
)
def sign(data: Path, request: Path, out: Path) -> None:
    """媒体で届いた頼み REQUEST を確かめ、署名した姿を書き出す / cosign a request from a medium."""
    from sekisho.ledger.export import fresh  # noqa: PLC0415 (slow to import)
    from sekisho.witness import Keeper  # noqa: PLC0415 (same)
    from sekisho.witness.keep import alone, cosign_file  # noqa: PLC0415 (same)

    keeper = Keeper(data, SystemClock())
    with alone(data):
        cosigned = cosign_file(keeper, request)
    with fresh(out) as file:
        file.write(cosigned.checkpoint.text.encode())
    tell("witness.signed", origin=cosigned.checkpoint.origin, size=f"{cosigned.checkpoint.size:,}")


@witness.command()
@folder_option
@click.option("--host", default="127.0.0.1", show_default=True, help="聞く住所 / address")
@click.option("--port", default=8711, show_default=True, help="番号（0: 空いている番号） / port")
def serve(data: Path, host: str, port: int) -> None:
    """立会人として待つ / answer the logs that ask."""
    from sekisho.witness import Keeper  # noqa: PLC0415 (slow to import)
    from sekisho.witness.keep import alone  # noqa: PLC0415 (same)
    from sekisho.witness.server import run  # noqa: PLC0415 (same)

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    keeper = Keeper(data, SystemClock())
    with alone(data):
        try:
            run(keeper, host, port, lambda at: tell("witness.serving", address=at))
        except OSError as error:
            raise UnavailableError(
                "witness.not_listening", address=f"{host}:{port}", why=error.strerror or ""
            ) from error


def _file(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
