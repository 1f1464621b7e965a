"""`sekisho gate service`: what is no person passes the gate under an account of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from sekisho.app import services as accounts
from sekisho.app.installation import Installation, open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import day, json_line, tell
from sekisho.cli.use import record_use
from sekisho.identity import services as identity
from sekisho.terms import Action, Secret, iso

by_option = click.option("--by", required=True, help="職員番号 / staff id of who does it")
days_option = click.option(
    "--days", default=180, show_default=True, help="使える日数（365 まで） / days until it ends"
)


names_option = click.option(
    "--by-names",
    is_flag=True,
    help="発行者と名前が同じなら、更新した証明書も通す / also its renewals: same issuer and subject",
)


@click.group()
def service() -> None:
    """機器・プログラムの業務用アカウント / accounts of devices and programs."""


@contextmanager
def _opened(data: Path, config: Path | None) -> Iterator[Installation]:
    installation = open_installation(data, config)
    try:
        yield installation
    finally:
        installation.close()


@service.command()
@click.argument("name")
@click.option("--system", required=True, help="gate.toml の名前 / name in gate.toml")
@click.option(
    "--from", "sources", multiple=True, required=True, help="10.1.2.3、10.1.0.0/16（何度でも）"
)
@click.option("--owner", required=True, help="責任を持つ人の職員番号 / staff id of its owner")
@click.option("--purpose", required=True, help="何のためか（人の名は書かない） / what for")
@click.option("--duty", default="system", show_default=True, help="職種群 / duty group")
@days_option
@click.option(
    "--certificate", type=click.Path(path_type=Path), help="合言葉の代わりの証明書（PEM・DER）"
)
@names_option
@by_option
@data_option
@config_option
def make(
    name: str,
    system: str,
    sources: tuple[str, ...],
    owner: str,
    purpose: str,
    duty: str,
    days: int,
    certificate: Path | None,
    by: str,
    data: Path,
    config: Path | None,
    *,
    by_names: bool,
) -> None:
    """作り、合言葉を一度だけ示す（証明書なら示さない） / make one and show its token once."""
    with _opened(data, config) as installation:
        wanted = accounts.checked(
            installation,
            identity.Wanted(
                name=name,
                owner=owner,
                purpose=purpose,
                duty=duty,
                route=system,
                sources=sources,
                days=days,
            ),
        )
        if certificate is None:
            record_use(installation, Action.SECURITY, f"gate/service/{name}/made", by=by)
            _show(identity.create_service(installation.database, installation.clock, wanted, by=by))
            return
        known = accounts.checked_certificate(installation, certificate, by_names=by_names)
        record_use(installation, Action.SECURITY, f"gate/service/{name}/made", by=by)
        identity.create_service_by(installation.database, installation.clock, wanted, known, by=by)
        tell("app.service.by_certificate", name=name)


@service.command()
@click.argument("name")
@days_option
@click.option(
    "--overlap",
    default=identity.OVERLAP,
    show_default=True,
    help="前の合言葉が使える残りの日数（0 なら今すぐ終わる） / days the old token goes on",
)
@by_option
@data_option
@config_option
def renew(name: str, days: int, overlap: int, by: str, data: Path, config: Path | None) -> None:
    """新しい合言葉を一度だけ示す / show a new token once."""
    with _opened(data, config) as installation:
        identity.check_renewal(installation.database, name, days=days, overlap=overlap)
        record_use(installation, Action.SECURITY, f"gate/service/{name}/renewed", by=by)
        token = identity.renew_service(
            installation.database, installation.clock, name, days=days, overlap=overlap, by=by
        )
        _show(token)


@service.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@names_option
@days_option
@by_option
@data_option
@config_option
def certificate(
    name: str,
    file: Path,
    days: int,
    by: str,
    data: Path,
    config: Path | None,
    *,
    by_names: bool,
) -> None:
    """証明書（PEM・DER）でも通れるようにする / let it show this certificate too."""
    with _opened(data, config) as installation:
        identity.check_renewal(installation.database, name, days=days)
        known = accounts.checked_certificate(installation, file, by_names=by_names)
        record_use(installation, Action.SECURITY, f"gate/service/{name}/renewed", by=by)
        identity.add_certificate(
            installation.database, installation.clock, name, known, days=days, by=by
        )
        tell("app.service.by_certificate", name=name)


@service.command()
@click.argument("name")
@by_option
@data_option
@config_option
def end(name: str, by: str, data: Path, config: Path | None) -> None:
    """終わらせる（名前は二度と使えない） / end one for good."""
    with _opened(data, config) as installation:
        identity.check_open(installation.database, name)
        record_use(installation, Action.SECURITY, f"gate/service/{name}/ended", by=by)
        identity.end_service(installation.database, installation.clock, name, by=by)
        tell("app.service.done_ended", name=name)


@service.command("list")
@data_option
@config_option
@json_option
def show(data: Path, config: Path | None, *, as_json: bool) -> None:
    """一覧 / list them."""
    with _opened(data, config) as installation:
        known = identity.services(installation.database)
        if not known and not as_json:
            tell("app.service.none")
        for each in known:
            if as_json:
                json_line(_row(each))
                continue
            tell(
                "app.service.line",
                name=each.name,
                system=each.route,
                duty=each.duty,
                sources=each.sources,
                owner=each.owner,
                until=day(each.until, installation.config.zone),
                used=day(each.used_at, installation.config.zone),
            )


def _row(known: identity.Service) -> dict[str, object]:
    return {
        "name": known.name,
        "user_id": known.user_id,
        "system": known.route,
        "duty": known.duty,
        "sources": list(known.sources),
        "owner": known.owner,
        "shows": sorted(known.shows),
        "purpose": known.purpose,
        "until": iso(known.until) if known.until else None,
        "used_at": iso(known.used_at) if known.used_at else None,
        "made_by": known.made_by,
    }


def _show(token: Secret) -> None:
    """Show a token: on standard output alone, so that a script can keep it; the rest beside it."""
    tell("app.service.shown_once", error=True)
    click.echo(token.reveal())
