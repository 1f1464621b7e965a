"""`sekisho collect`: other systems' logs become records."""

from __future__ import annotations

import gc
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from sekisho.app.installation import open_installation
from sekisho.app.walk import keep_log
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.sources import retry_kept, show_sources, write_request
from sekisho.cli.speech import json_line, progress, sentence, show_finding, tell
from sekisho.errors import InvalidInputError
from sekisho.terms import Access, iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.app.installation import Installation
    from sekisho.collect import FileReport, Mapping, Proposal, Sampled
    from sekisho.ledger import Recorder

FORMATS = ["auto", "fhir", "atna", "csv", "syslog", "hostlog", "evtx", "jsonl"]
LARGE = 4 << 20
"""Bytes of files from which on reading and recording take a processor core each."""


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@data_option
@config_option
@click.option("--source", help="システムの名前（既定: 対応表の名前） / name of the source")
@click.option("--format", "kind", type=click.Choice(FORMATS), default="auto", show_default=True)
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="列の対応表 MAP.toml / mapping of columns",
)
@click.option(
    "--year",
    type=click.IntRange(1970, 2100),
    help="年のない時刻の年（既定: ファイルの日時から） / year of times that name none",
)
@click.option("--sniff", "only_sniff", is_flag=True, help="読み方の提案だけ / only propose")
@click.option(
    "--sources", "only_sources", is_flag=True, help="出所の一覧 / where records come from"
)
@click.option(
    "--retry",
    "only_retry",
    is_flag=True,
    help="保留した行を、いまの読み方（--map）でもう一度読む / read again what was kept back",
)
@click.option(
    "--request",
    "asked",
    metavar="SOURCE",
    help="業者への手紙を書く / write the letter to the vendor",
)
@click.option(
    "--to",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="手紙の名前（既定: request.docx） / the letter's file",
)
@json_option
def collect(
    files: tuple[Path, ...],
    data: Path,
    config: Path | None,
    source: str | None,
    kind: str,
    map_file: Path | None,
    year: int | None,
    asked: str | None,
    out: Path | None,
    *,
    only_sniff: bool,
    only_sources: bool,
    only_retry: bool,
    as_json: bool,
) -> None:
    """アクセスログを読み、記録にする / read access logs into the record."""
    from sekisho import collect as room  # noqa: PLC0415 (slow to import)

    if asked is not None and not files and not only_sources:
        write_request(data, config, asked, out or Path("request.docx"))
        return
    if asked is not None or out is not None:
        raise click.UsageError(sentence("app.request.alone", {}))
    if only_retry and not files and not only_sources:
        with closing(open_installation(data, config)) as known:
            retry_kept(known, source, map_file, as_json=as_json)
        return
    if only_sources and not files:
        with closing(open_installation(data, config)) as known:
            show_sources(known, as_json=as_json)
        return
    if not files or only_sources or only_retry:
        raise click.UsageError(sentence("app.collect.no_files", {}))
    mapping = room.Mapping.from_toml(_text(map_file)) if map_file else None
    if only_sniff:
        readable = [_sniff(path, mapping, as_json=as_json) for path in files]
        if not any(readable):
            raise InvalidInputError("app.nothing_readable")
        return
    installation = open_installation(data, config, create=True, elsewhere=True)
    # Records are many, short-lived and without cycles: looking for those costs a tenth.
    gc.set_threshold(100_000, 50, 50)
    try:
        with installation.recorder(busy=_large(files)) as recorder:
            reports = []
            for path in files:
                report = _one(
                    path, installation, recorder, source, kind, mapping, year, quiet=as_json
                )
                reports.append(report)
                _show(report, as_json=as_json)
            recorder.seal()
        for report in reports:
            keep_log(installation, report)
    finally:
        installation.close()
    if all(report.error is not None for report in reports):
        raise InvalidInputError("app.nothing_readable")


def _large(files: Sequence[Path]) -> bool:
    """Return whether it is worth a process beside that records."""
    return sum(path.stat().st_size for path in files if path.is_file()) >= LARGE


def _one(
    path: Path,
    installation: Installation,
    recorder: Recorder,
    source: str | None,
    kind: str,
    mapping: Mapping | None,
    year: int | None,
    *,
    quiet: bool,
) -> FileReport:
    from sekisho import collect as room  # noqa: PLC0415 (slow to import)

    bar = progress(quiet=quiet)
    return room.collect(
        [path],
        recorder=recorder,
        database=installation.database,
        clock=installation.clock,
        source=source,
        format=kind,
        mapping=mapping,
        zone=installation.config.zone,
        year=year,
        book=None if installation.remote else installation.reader(),
        progress=None if bar is None else lambda at: bar(at.done, at.total),
    )[0]


def _show(report: FileReport, *, as_json: bool) -> None:
    if as_json:
        json_line(
            {
                "file": str(report.path),
                "kind": report.kind,
                "source": report.source,
                "read": report.read,
                "added": report.added,
                "already": report.already,
                "quarantined": report.quarantined,
                "doubtful": report.doubtful,
                "ignored": report.ignored,
                "mapping": report.mapping.to_toml() if report.mapping else None,
                "first_at": report.first_at and iso(report.first_at),
                "last_at": report.last_at and iso(report.last_at),
                "findings": [finding.message for finding in report.findings],
                "error": report.error[0] if report.error else None,
            }
        )
        return
    if report.error is not None:
        message, args = report.error
        tell("app.collect.refused", error=True, file=str(report.path), why=sentence(message, args))
        if report.proposed and message != "collect.misread":
            tell("app.collect.ask", error=True, file=str(report.path))
        return
    tell(
        "app.collect.done",
        file=str(report.path),
        source=report.source,
        read=f"{report.read:,}",
        added=f"{report.added:,}",
        already=f"{report.already:,}",
        quarantined=f"{report.quarantined:,}",
    )
    if report.proposed and report.mapping is not None:
        tell(
            "app.collect.took",
            share=f"{report.mapping_confidence or 0:.0%}",
            encoding=report.mapping.encoding,
            row=report.mapping.header_row,
        )
        click.echo("    " + _columns(report.mapping))
    for finding in report.findings:
        show_finding(finding)


def _columns(mapping: Mapping) -> str:
    """Return which column is read as what, in words."""
    comma = sentence("pages.comma", {})
    return comma.join(
        f"{sentence(f'console.field.{field}', {})} ← {comma.join(headers)}"
        for field, headers in mapping.columns.items()
    )


def _text(path: Path) -> str:
    """Return a mapping's text: a plain editor here may have kept it in CP932."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInputError("collect.cannot_open", why=error.strerror or "OS") from error
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInputError("collect.map_not_toml", detail="UTF-8")


def _sniff(path: Path, mapping: Mapping | None, *, as_json: bool) -> bool:
    """Show the proposal for `path`; return whether it could be read at all."""
    from sekisho import collect as room  # noqa: PLC0415 (slow to import)

    try:
        proposal = room.sniff(path, mapping=mapping)
    except InvalidInputError as error:
        if as_json:
            json_line({"file": str(path), "error": error.message})
        else:
            why = sentence(error.message, error.args_)
            tell("app.collect.refused", error=True, file=str(path), why=why)
        return False
    if as_json:
        json_line(
            {
                "file": str(path),
                "kind": proposal.kind,
                "source": proposal.source,
                "confidence": round(proposal.confidence, 3),
                "encoding": proposal.encoding,
                "delimiter": proposal.delimiter,
                "header_row": proposal.header_row,
                "mapping": proposal.mapping.to_toml() if proposal.mapping else None,
                "missing": [message for message, _ in proposal.missing],
                "doubts": [message for message, _ in proposal.doubts],
            }
        )
        return True
    _show_proposal(path, proposal)
    return True


def _show_proposal(path: Path, proposal: Proposal) -> None:
    tell(
        "app.sniff.head",
        file=str(path),
        kind=proposal.kind,
        encoding=proposal.encoding,
        share=f"{proposal.confidence:.0%}",
    )
    for message, args in proposal.missing:
        click.echo("  × " + sentence(message, args))
    for message, args in proposal.doubts:
        click.echo("  ? " + sentence(message, args))
    for one in proposal.sample:
        click.echo(f"{one.number:>4}  {_read(one)}")
    if proposal.kind == "csv":
        tell("app.sniff.mapping")
        click.echo(proposal.mapping.to_toml())


def _read(one: Sampled) -> str:
    """Return a row as it is read; the cells as they stand, and why, where it is not."""
    if one.access is not None:
        return _line(one.access)
    cells = " | ".join(one.cells)[:100]
    return cells or sentence(one.reason or "collect.no_rows", dict(one.args))


def _line(access: Access) -> str:
    patients = " ".join(patient.id for patient in access.patient_ids)
    local = access.occurred_at.astimezone(ZoneInfo("Asia/Tokyo"))
    return (
        f"{local:%Y/%m/%d %H:%M:%S}  {access.user_id or '-':<12} {patients or '-':<14} "
        f"{access.action.value:<8} {access.outcome.value:<8} {access.terminal or '-'}  "
        f"{access.object or ''}"
    )
