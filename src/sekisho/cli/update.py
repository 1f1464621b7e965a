"""`sekisho update`: a new version from a signed file, and one step back."""

from __future__ import annotations

from pathlib import Path

import click

from sekisho.cli.speech import tell
from sekisho.terms import SystemClock


@click.command()
@click.argument(
    "file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option(
    "--to", "target", type=click.Path(path_type=Path), help="控えの置き先 / where the backup goes"
)
@click.option("--back", "step_back", is_flag=True, help="一つ前の版に戻る / go one step back")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/var/lib/sekisho"),
    show_default=True,
)
@click.option("--opt", type=click.Path(path_type=Path), default=Path("/opt/sekisho"), hidden=True)
def update(
    file: Path | None, target: Path | None, data: Path, opt: Path, *, step_back: bool
) -> None:
    """署名を確かめ、控えを取り、新しい版が働くことを確かめてから切り替える。

    Check the signature, back up, prove the new version on these data, then switch.
    """
    from sekisho.app import update as updates  # noqa: PLC0415 (brings the backup with it)

    layout = updates.Layout(opt=opt, data=data)
    services: updates.Services = (
        updates.Systemd(data) if Path("/run/systemd/system").is_dir() else updates.Unattended(data)
    )
    if step_back:
        report = updates.back(layout, services, SystemClock())
        tell("update.gone_back", before=report.before, now=report.now)
        return
    if file is None or target is None:
        raise click.UsageError("FILE --to TARGET | --back")
    report = updates.update(file, layout, services, SystemClock(), backup_to=target)
    if report.backup is not None:
        tell("update.backed_up", file=str(report.backup.path))
    tell("update.proved", now=report.now, records=report.records)
    tell("update.done", before=report.before, now=report.now)
