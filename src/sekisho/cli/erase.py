"""`sekisho ledger erase`: lawful erasure by two people, shown before anything goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sekisho.app.installation import Installation, open_installation
from sekisho.cli.options import config_option, data_option, json_option
from sekisho.cli.speech import day, json_line, tell
from sekisho.cli.use import record_use
from sekisho.errors import InvalidInputError
from sekisho.terms import Action, iso

if TYPE_CHECKING:
    from sekisho.ledger.erasure import Chosen, Erasure


@click.command()
@data_option
@config_option
@click.option(
    "--patient", "patients", multiple=True, help="患者番号（何度でも） / a patient's number"
)
@click.option("--user", "users", multiple=True, help="利用者の番号（何度でも） / a user's id")
@click.option("--records", help="記録の番号 / records, as 12,15-20")
@click.option("--due", is_flag=True, help="保存期間を過ぎたもの / what is past its time")
@click.option("--order", help="根拠の書面（日付・番号）と理由 / the order, by date and number")
@click.option("--confirm", type=int, metavar="NUMBER", help="もう一人が確かめて消す / confirm")
@click.option("--withdraw", type=int, metavar="NUMBER", help="申し出を取り下げる / take back")
@click.option("--by", help="職員番号 / staff id of who does it")
@json_option
def erase(
    data: Path,
    config: Path | None,
    patients: tuple[str, ...],
    users: tuple[str, ...],
    records: str | None,
    order: str | None,
    confirm: int | None,
    withdraw: int | None,
    by: str | None,
    *,
    due: bool,
    as_json: bool,
) -> None:
    """法令による消去：一人が申し出て、もう一人が確かめて、消す。

    Erase records on a lawful demand: one proposes, another confirms. Without --order it is
    only shown what would go; without anything, what was proposed and done.
    """
    from sekisho.app import erasure as app  # noqa: PLC0415 (slow to import)
    from sekisho.app.retention import choose_due  # noqa: PLC0415 (same)
    from sekisho.ledger.erasure import LAWFUL, RETENTION, erasure, erasures  # noqa: PLC0415 (same)

    chosen_by = bool(patients or users or records or due)
    if sum((confirm is not None, withdraw is not None, chosen_by)) > 1 or (
        due and (patients or users or records or order)
    ):
        raise InvalidInputError("ledger.erasure.one_thing")
    if (confirm is not None or withdraw is not None or order) and not by:
        raise InvalidInputError("ledger.erasure.by_needed")
    here = open_installation(data, config)
    try:
        app.finish(here)
        if withdraw is not None:
            app.withdraw(here, withdraw, by=by or "")
            tell("ledger.erasure.withdrawn", number=withdraw)
        elif confirm is not None:
            _show(here, erasure(here.database, confirm))
            _say(here, app.confirm(here, confirm, by=by or ""), as_json=as_json)
            if not as_json:
                for place in here.database.kept_elsewhere():
                    tell(f"ledger.erasure.kept.{place}")
        elif chosen_by:
            record_use(here, Action.SEARCH, "ledger/erasure/preview", by=by)
            kind, reasons = LAWFUL, order
            if due:
                kind = RETENTION
                chosen, reasons = choose_due(here)
            else:
                chosen = _chosen(here, patients, users, records)
            if not as_json:
                _show(here, chosen)
            if reasons is None or by is None:
                if as_json:
                    json_line(_plain(chosen))
                else:
                    tell("ledger.erasure.only_shown")
                return
            made = app.propose(
                here, chosen, order=reasons, by=by, about=(*patients, *users), kind=kind
            )
            _say(here, made, as_json=as_json)
        else:
            for one in erasures(here.database):
                _say(here, one, as_json=as_json)
    finally:
        here.close()


def _chosen(
    here: Installation, patients: tuple[str, ...], users: tuple[str, ...], records: str | None
) -> Chosen:
    from sekisho.app.erasure import choose  # noqa: PLC0415 (slow to import)
    from sekisho.ledger import runs  # noqa: PLC0415 (same)

    numbers = runs.read(records) if records else ()
    return choose(here, records=numbers, patients=patients, users=users)


def _show(here: Installation, what: Chosen | Erasure) -> None:
    """Say what would go: counts, never what the records say."""
    zone = here.config.zone
    first, last = day(what.first_at, zone), day(what.last_at, zone)
    tell("ledger.erasure.would_go", count=f"{what.count:,}", first=first, last=last)
    for source, count in what.sources.items():
        tell("ledger.erasure.source", source=source, count=f"{count:,}")
    for name, rows in what.also.items():
        tell(f"ledger.erasure.also.{name}", count=f"{len(rows):,}")


def _say(here: Installation, one: Erasure, *, as_json: bool) -> None:
    """Say where an erasure stands."""
    if as_json:
        json_line(_plain(one))
        return
    tell(
        f"ledger.erasure.state.{one.state}",
        number=one.number, count=f"{one.count:,}", order=one.order,
        proposed=one.proposed_by, confirmed=one.confirmed_by or "", entry=one.entry or 0,
        withdrawn=one.withdrawn_by or "", at=day(one.done_at or one.proposed_at, here.config.zone),
    )  # fmt: skip


def _plain(one: Chosen | Erasure) -> dict[str, Any]:
    """Return an erasure, or what one would take, as JSON."""
    from sekisho.ledger import runs  # noqa: PLC0415 (slow to import)

    found: dict[str, Any] = {
        "records": runs.written(one.records), "count": one.count, "first_at": iso(one.first_at),
        "last_at": iso(one.last_at), "sources": dict(one.sources),
        "also": {name: len(rows) for name, rows in one.also.items()},
    }  # fmt: skip
    number = getattr(one, "number", None)
    if number is not None:
        names = ("number", "state", "kind", "order", "proposed_by", "confirmed_by", "withdrawn_by",
                 "entry")  # fmt: skip
        found.update({name: getattr(one, name) for name in names})
    return found
