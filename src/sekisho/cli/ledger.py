"""`sekisho ledger`: prove the record, and hand it out."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from sekisho.app.config import read_config
from sekisho.app.installation import open_installation
from sekisho.cli.erase import erase
from sekisho.cli.options import config_option, data_option, json_option, period_options
from sekisho.cli.rotate import rotate_key
from sekisho.cli.speech import json_line, progress, sentence, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.terms import Action, iso

if TYPE_CHECKING:
    from sekisho.ledger import Verdict


@click.group()
def ledger() -> None:
    """記録の検証・書き出し・消去 / verify, export and erase the record."""


ledger.add_command(erase)
ledger.add_command(rotate_key)


@ledger.command()
@data_option
@config_option
@click.option("--key", help="紙に控えた公開鍵 / the public key printed at set-up (text or file)")
@click.option(
    "--last",
    help="控えておいたチェックポイント（文、ファイル、残してある日） / a checkpoint kept earlier: text, file, or a day of `ledger history`",
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    help="立会人の公開鍵（何度でも） / a witness's key (text or file; again for each)",
)
@click.option(
    "--tsa-ca",
    "authority",
    type=click.Path(path_type=Path),
    help="時刻証明局の証明書（PEM） / certificates of the time-stamp authority",
)
@click.option(
    "--record", type=click.IntRange(0), help="この番号の一件だけ / only the record of this index"
)
@json_option
def verify(
    data: Path,
    config: Path | None,
    key: str | None,
    last: str | None,
    witnesses: tuple[str, ...],
    authority: Path | None,
    record: int | None,
    *,
    as_json: bool,
) -> None:
    """記録を元のバイトから計算し直す。0 異常なし、1 最初の異常を示す。

    Recompute the record from its bytes: 0 intact, 1 names the first thing that is not.
    """
    from sekisho.ledger import verify as check  # noqa: PLC0415 (slow to import)

    if record is not None and (last or witnesses or authority):
        raise click.UsageError("--record: --last, --witness, --tsa-ca ask about the whole record")
    if not (data / "ledger").is_dir():
        raise InvalidInputError("app.not_set_up", folder=str(data))
    url = read_config(data, config).storage_url
    verdict = check(
        data,
        key=_text(key),
        last=_last(data, last),
        witnesses=[_text(each) or "" for each in witnesses],
        authority=authority,
        url=url,
        progress=progress(quiet=as_json),
        record=record,
    )
    if as_json:
        json_line(_as_json(verdict))
    else:
        _tell(verdict, record)
    if not verdict.ok:
        raise SystemExit(1)


@ledger.command()
@data_option
@config_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(["jsonl", "parquet", "fhir", "atna"]),
    default="jsonl",
    show_default=True,
    help="fhir: FHIR R4 AuditEvent (NDJSON)、atna: DICOM AuditMessage (XML)",
)
@period_options
@click.option("--with-proof", is_flag=True, help="包含証明を付ける / with inclusion proofs")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="書き出し先（.gz なら縮める） / where to (.gz: packed)",
)
def export(
    data: Path,
    config: Path | None,
    kind: str,
    start: dt.date | None,
    end: dt.date | None,
    out: Path | None,
    *,
    with_proof: bool,
) -> None:
    """記録を書き出す / hand out the record."""
    from sekisho.app.history import keep_given  # noqa: PLC0415 (slow to import)
    from sekisho.app.witnesses import ask_witnesses, cosigners  # noqa: PLC0415 (slow to import)
    from sekisho.ledger.export import fresh, line_writer, packed, with_proofs, write_parquet  # noqa: PLC0415 (slow to import)

    if kind == "parquet" and out is None:
        raise InvalidInputError("app.export_needs_out")
    if with_proof and kind in {"fhir", "atna"}:
        raise InvalidInputError("app.export_proof_format", format=kind)
    if start and end and end < start:
        raise InvalidInputError("app.period_backwards", start=f"{start}", end=f"{end}")
    installation = open_installation(data, config)
    zone = ZoneInfo(installation.config.zone)
    first = dt.datetime.combine(start, dt.time(), zone) if start else None
    last = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), zone) if end else None
    reader = installation.reader()
    bar = progress(quiet=out is None and sys.stdout.isatty())
    try:
        with fresh(out) if out else nullcontext(sys.stdout.buffer) as file:
            record_use(installation, Action.EXPORT, f"ledger/export/{kind}")
            signed = None
            if with_proof:
                signed = ask_witnesses(installation, seconds=5)
                keep_given(installation, (signed or reader.signed()).text)
            if kind == "parquet":
                count = write_parquet(
                    reader,
                    file,
                    first,
                    last,
                    with_proof=with_proof,
                    signed=signed,
                    progress=bar,
                )
            else:
                count = 0
                with packed(file) if out and out.suffix == ".gz" else nullcontext(file) as inside:
                    lines = (
                        with_proofs(reader, first, last, signed=signed, progress=bar)
                        if with_proof
                        else reader.jsonl(first, last, progress=bar)
                    )
                    write = line_writer(kind, reader.signed().origin)
                    for line in lines:
                        inside.write(write(line) + b"\n")
                        count += not {"entry", "rotation"} & line.keys()
        if out:
            tell("app.exported", count=f"{count:,}")
            if signed is not None:
                there, asked = cosigners(installation, signed)
                tell("app.exported_witnessed", there=there, asked=asked)
    finally:
        installation.close()


@ledger.command()
@data_option
@config_option
@click.argument("index", type=click.IntRange(0))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="書き出し先（なければ画面へ） / where to (else printed)",
)
def prove(data: Path, config: Path | None, index: int, out: Path | None) -> None:
    """番号 INDEX の一件の証明（.tlog-proof）を書き出す / write the proof of one record.

    The file holds the record, its salt and the signed checkpoint: the outsiders' verifier reads it alone.
    """
    from sekisho.app.history import keep_given  # noqa: PLC0415 (slow to import)
    from sekisho.app.witnesses import ask_witnesses, cosigners  # noqa: PLC0415 (slow to import)
    from sekisho.ledger.export import fresh  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config)
    reader = installation.reader()
    try:
        reader.record(index)
        with fresh(out) if out else nullcontext(sys.stdout.buffer) as file:
            record_use(installation, Action.EXPORT, f"ledger/proof/{index}")
            signed = ask_witnesses(installation, seconds=5)
            proof = reader.proof(index, signed)
            keep_given(installation, proof.checkpoint.text)
            file.write(proof.tlog_proof.encode())
        if out:
            tell("app.proved", index=index, size=f"{proof.checkpoint.size:,}")
            if signed is not None:
                there, asked = cosigners(installation, signed)
                tell("app.exported_witnessed", there=there, asked=asked)
    finally:
        installation.close()


@ledger.command()
@data_option
@config_option
def key(data: Path, config: Path | None) -> None:
    """公開鍵とチェックポイントを示す / show the public key and the checkpoint."""
    from sekisho.ledger import public_key  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config)
    try:
        click.echo(public_key(data))
        click.echo()
        click.echo(installation.reader().checkpoint(), nl=False)
    finally:
        installation.close()


@ledger.command()
@data_option
@config_option
@click.argument("name")
@click.option("--old", type=int, help="立会人が言った件数 / the size that the witness named")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="書き出し先 / where to")
def ask(data: Path, config: Path | None, name: str, old: int | None, out: Path) -> None:
    """立会人 NAME への頼みを、媒体で運ぶファイルに書く / write a request to carry to a witness."""
    from sekisho.app.witnesses import carried_request  # noqa: PLC0415 (slow to import)
    from sekisho.ledger.export import fresh  # noqa: PLC0415 (same)

    installation = open_installation(data, config)
    try:
        request = carried_request(installation, name, old)
        with fresh(out) as file:
            file.write(request)
        tell("witness.request_written", witness=name, file=out.name)
    finally:
        installation.close()


@ledger.command()
@data_option
@config_option
@click.argument("answer", type=click.Path(path_type=Path, dir_okay=False))
def cosigned(data: Path, config: Path | None, answer: Path) -> None:
    """立会人から媒体で戻った返事 ANSWER を取り込む / take a witness's answer from a medium."""
    from sekisho.app.witnesses import take_carried  # noqa: PLC0415 (slow to import)

    installation = open_installation(data, config)
    try:
        name, kept = take_carried(installation, _text(str(answer)) or "")
        size = f"{kept.checkpoint.size:,}"
        tell("app.verify.witnessed", witness=name, size=size, at=_minute(kept.at))
    finally:
        installation.close()


@ledger.command()
@data_option
@config_option
@json_option
def history(data: Path, config: Path | None, *, as_json: bool) -> None:
    """残してあるチェックポイントの一覧 / the checkpoints that are kept of earlier days."""
    from sekisho.ledger.history import history as kept  # noqa: PLC0415 (slow to import)

    read_config(data, config)
    for one in kept(data):
        size, root = (
            (one.checkpoint.size, one.checkpoint.root.hex()) if one.checkpoint else (None, None)
        )
        if as_json:
            json_line({"name": one.name, "day": f"{one.day}", "why": one.why, "size": size, "root": root})  # fmt: skip
        elif size is None:
            tell("ledger.history.unreadable", name=one.name)
        else:
            tell(f"ledger.history.{one.why}", name=one.name, size=f"{size:,}", root=root or "")


def _last(data: Path, last: str | None) -> str | None:
    """Return the checkpoint to compare with: as given, or the kept one of that day or name."""
    from sekisho.ledger.history import kept_as  # noqa: PLC0415 (slow to import)

    kept = None if last is None or Path(last).exists() else kept_as(data, last)
    return last if kept is None else str(kept)


def _as_json(verdict: Verdict) -> dict[str, object]:
    """Return the promised form of a verdict."""
    wrong = verdict.first_wrong
    return {
        "ok": verdict.ok,
        "size": verdict.size,
        "root": verdict.root,
        "records": verdict.records,
        "first_wrong": None
        if wrong is None
        else {
            "what": wrong.what,
            "index": wrong.index,
            "file": wrong.file,
            "message": wrong.message,
            "args": dict(wrong.args),
        },
        "not_checked": [message for message, _ in verdict.not_checked],
        "witnessed": [
            {"name": name, "size": size, "at": iso(at)} for name, size, at in verdict.witnessed
        ],
        "erased": [{"entry": entry, "count": count} for entry, count in verdict.erased],
        "stamped": [{"size": size, "at": iso(at)} for size, at in verdict.stamped],
        "seconds": round(verdict.seconds, 3),
    }


def _tell(verdict: Verdict, record: int | None) -> None:
    """Say a verdict to a person, of the whole record or of one."""
    wrong = verdict.first_wrong
    if wrong is not None:
        tell("app.verify.wrong", why=sentence(wrong.message, wrong.args))
        if wrong.index is not None:
            tell("app.verify.index", index=wrong.index)
        if wrong.file is not None:
            tell("app.verify.file", file=wrong.file)
    elif record is not None:
        said = "app.verify.one" if verdict.records else "app.verify.one_later"
        tell(said, index=record, seconds=f"{verdict.seconds:.1f}")
    else:
        tell("app.verify.intact", size=f"{verdict.size:,}", seconds=f"{verdict.seconds:.1f}")
    for name, size, at in verdict.witnessed if verdict.ok else ():
        tell("app.verify.witnessed", witness=name, size=f"{size:,}", at=_minute(at))
    if verdict.ok and verdict.stamped:
        size, at = verdict.stamped[-1]
        count = len(verdict.stamped)
        tell("app.verify.stamped", count=count, size=f"{size:,}", at=_minute(at))
    for entry, count in verdict.erased:
        tell("app.verify.erased", count=f"{count:,}", entry=entry)
    for message, args in verdict.not_checked:
        click.echo("  ? " + sentence(message, args))


def _minute(at: dt.datetime) -> str:
    """Return a moment as people here read it."""
    return f"{at.astimezone():%Y-%m-%d %H:%M %z}"


def _text(value: str | None) -> str | None:
    """Return the key that `value` is, or that stands in the file it names."""
    if value is None:
        return None
    try:
        return Path(value).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return value
