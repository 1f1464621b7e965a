"""`sekisho cert`: the certificates by which browsers, and other machines of ours, know this one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from sekisho.app import certificates
from sekisho.app.certificates.steps import write
from sekisho.app.config import Config
from sekisho.app.installation import Installation, open_installation
from sekisho.cli.options import config_option, data_option
from sekisho.cli.speech import sentence, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.terms import Action, Secret

host_option = click.option(
    "--host",
    "hosts",
    multiple=True,
    help="名前（既定: sekisho.toml の origin の名前。何度でも） / host name, may be repeated",
)


@click.group()
def cert() -> None:
    """TLS の証明書を入れる・作る / take or make the certificate that browsers see."""


@cert.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option
@config_option
@host_option
def take(files: tuple[Path, ...], data: Path, config: Path | None, hosts: tuple[str, ...]) -> None:
    """院内の認証局（AD CS など）の証明書を確かめて入れる（PEM・PFX・CER） / take a certificate."""
    installation = open_installation(data, config)
    try:
        try:
            bundle = certificates.read_bundle(files)
        except InvalidInputError as error:
            if error.message != "cert.pfx_closed":
                raise
            word = click.prompt(sentence("cert.ask", {}), hide_input=True, err=True)
            bundle = certificates.read_bundle(files, Secret(word))
        certificates.check(bundle, _hosts(hosts, installation.config), installation.clock.now())
        _keep(installation, bundle, own=False)
    finally:
        installation.close()
    if bundle.root is None:
        tell("cert.issuer_elsewhere", issuer=bundle.chain[-1].issuer.rfc4514_string())


@cert.command()
@data_option
@config_option
@host_option
@click.option(
    "--medium",
    required=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="認証局の鍵を置く媒体（この機械には残らない） / where the authority's key goes",
)
def make(data: Path, config: Path | None, hosts: tuple[str, ...], medium: Path) -> None:
    """この施設の名前だけを証明できる小さな認証局と、証明書を作る / make an authority and a certificate.

    媒体に認証局があれば、それで新しい証明書だけを作る。
    """
    installation = open_installation(data, config)
    try:
        names = _hosts(hosts, installation.config)
        there = (medium / certificates.AUTHORITY_FILE).exists()
        word = click.prompt(
            sentence("cert.ask" if there else "cert.ask_new", {}),
            hide_input=True,
            confirmation_prompt=not there,
            err=True,
        )
        now = installation.clock.now()
        authority = certificates.open_authority(
            medium, Secret(word)
        ) or certificates.make_authority(medium, names, Secret(word), now, data=data)
        bundle = authority.issue(names, now)
        certificates.check(bundle, names, now)
        _keep(installation, bundle, own=True)
    finally:
        installation.close()
    tell("cert.medium", file=str(medium / certificates.AUTHORITY_FILE))
    if medium.stat().st_dev == data.stat().st_dev:
        tell("cert.medium_same_disk", error=True)


@cert.command()
@click.argument("name")
@data_option
@config_option
@click.option(
    "--under",
    help="認証局が証明できる名前（既定: NAME の上の名前） / what the authority may vouch for",
)
@click.option(
    "--medium",
    required=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="認証局の鍵を置く媒体（この機械には残らない） / where the authority's key goes",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="証明書と鍵を置く所。NAME の機械に運ぶ / folder for what is carried to the machine",
)
def machine(
    name: str, data: Path, config: Path | None, under: str | None, medium: Path, out: Path
) -> None:
    """記録係を共にする機械の証明書を作る / make the certificate of a machine that shares the recorder.

    端末（ブラウザー）の認証局とは別の認証局が、機械どうしだけを証明する。
    """
    name = name.lower().rstrip(".")
    with closing(open_installation(data, config)) as installation:
        there = (medium / certificates.MACHINES_FILE).exists()
        word = Secret(
            click.prompt(
                sentence("cert.ask" if there else "cert.ask_new", {}),
                hide_input=True,
                confirmation_prompt=not there,
                err=True,
            )
        )
        now = installation.clock.now()
        authority = certificates.open_authority(medium, word, machines=True)
        if authority is None:
            hosts = [under or name.partition(".")[2] or name]
            authority = certificates.make_authority(
                medium, hosts, word, now, data=data, machines=True
            )
        bundle = authority.issue([name], now)
        record_use(installation, Action.SECURITY, f"certificate/{name}")
    made = certificates.keep_machine(out, name, bundle)
    day = f"{bundle.chain[0].not_valid_after_utc:%Y-%m-%d}"
    tell("cert.machine", folder=str(out), name=name, day=day)
    click.echo("  [recorder]")
    for setting, path in zip(("certificate", "private_key", "authority"), made, strict=True):
        click.echo(f'  {setting} = "{path.name}"')
    tell("cert.medium", file=str(medium / certificates.MACHINES_FILE))
    if medium.stat().st_dev == data.stat().st_dev:
        tell("cert.medium_same_disk", error=True)


def _keep(installation: Installation, bundle: certificates.Bundle, *, own: bool) -> None:
    record_use(installation, Action.SECURITY, "certificate")
    folder = certificates.keep(installation.data, bundle)
    config = installation.config
    write(folder, bundle, config.origin, own=own)
    tell(
        "cert.kept",
        folder=str(folder),
        names=", ".join(certificates.names_of(bundle.chain[0])),
        day=f"{bundle.chain[0].not_valid_after_utc:%Y-%m-%d}",
    )
    if config.certificate != (folder / certificates.CHAIN).absolute():
        tell("cert.configure")
        click.echo("  [console]")
        click.echo(f'  certificate = "{(folder / certificates.CHAIN).absolute()}"')
        click.echo(f'  private_key = "{(folder / certificates.KEY).absolute()}"')
    tell("cert.restart", steps=str(folder))


def _hosts(given: tuple[str, ...], config: Config) -> list[str]:
    """Return the names asked for, else the console's own.

    Raises:
        InvalidInputError: There is none but localhost.
    """
    hosts = [host.lower().rstrip(".") for host in given] or [config.rp_id]
    if hosts == ["localhost"]:
        raise InvalidInputError("cert.no_hosts")
    return hosts
