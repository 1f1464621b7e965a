"""`sekisho review patient`: who looked at a patient, as a numbered copy."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path

import click

from sekisho.app.installation import open_installation
from sekisho.cli.options import LocalDate, config_option, data_option
from sekisho.cli.speech import language, progress, tell
from sekisho.errors import InvalidInputError


@click.command()
@data_option
@config_option
@click.argument("patient_id")
@click.option("--from", "start", required=True, type=LocalDate(), help="初めの日 / first day")
@click.option("--to", "end", required=True, type=LocalDate(), help="終わりの日 / last day")
@click.option(
    "--form",
    required=True,
    type=click.Choice(["reviewer", "patient"]),
    help="確認者用（氏名つき）か患者さん用 / with names, or for the patient",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="書き出し先 .pdf か .json（確認者用の JSON は FHIR） / file; JSON of the reviewer's is FHIR",
)
@click.option("--by", required=True, help="作る人の職員番号 / staff id of who makes it")
@click.option(
    "--names-by",
    help="職員名を載せることを決めた安全管理責任者 / safety officer who releases the staff's names",
)
@click.option(
    "--authority",
    "authorities",
    multiple=True,
    help="番号を付けた所（何度でも。none: 書かれていないものだけ） / whose number is meant",
)
def patient(
    data: Path,
    config: Path | None,
    patient_id: str,
    start: dt.date,
    end: dt.date,
    form: str,
    out: Path,
    by: str,
    names_by: str | None,
    authorities: tuple[str, ...],
) -> None:
    """だれが患者 PATIENT_ID を見たかを、番号つきの写しにする / who looked at a patient, as a numbered copy."""
    from sekisho.app.answer import Asked  # noqa: PLC0415 (slow to import)
    from sekisho.app.copies import Wanted, make  # noqa: PLC0415 (same)
    from sekisho.ledger.export import fresh  # noqa: PLC0415 (same)

    kind = out.suffix.lower().removeprefix(".")
    if kind not in {"pdf", "json"}:
        raise InvalidInputError("app.copy.suffix", file=out.name)
    asked = Asked(
        patient=patient_id,
        start=start,
        end=end,
        language=language(),
        authorities=authorities or None,
    )
    with closing(open_installation(data, config)) as here, fresh(out) as file:
        wanted = Wanted(asked=asked, form=form, kind=kind, by=by, names_by=names_by)
        line, content = make(here, wanted, progress())
        file.write(content)
    tell("app.copy.written", number=line.name, count=f"{line.accesses:,}", file=str(out))
