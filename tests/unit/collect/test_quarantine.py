"""What could not be read waits, and is read again once the mapping is mended."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from sekisho.cli import main
from sekisho.collect import quarantine, sniff
from sekisho.collect.tables import QUARANTINE
from sekisho.collect.times import Order

if TYPE_CHECKING:
    from tests.unit.collect.conftest import Desk

HEAD = "アクセス日時,利用者ID,患者ID,患者氏名,処理\n"
GOOD = "2026/10/04 22:11:03,U1,P1,鈴木一郎,参照\n"
OTHER = "10/13/2026 22:11,U2,P2,佐藤花子,参照\n"


@pytest.mark.store
def test_rows_wait_with_their_reason_once(desk: Desk) -> None:
    """A row that cannot be read waits with row, reason and digest, and only once."""
    text = HEAD + GOOD * 500 + OTHER

    first = desk.take(text)
    again = desk.take(text, "copy.csv")

    (row,) = quarantine(desk.database)
    assert (first.quarantined, again.quarantined) == (1, 1)
    assert (row.row, row.reason, len(row.digest)) == (501, ("collect.row_no_time", {}), 64)
    assert (row.file, row.source, row.state) == (first.path, first.source, "open")


def test_no_name_leaves_the_quarantine(desk: Desk) -> None:
    """Names in a row that waits are in no report and no listing."""
    report = desk.take(HEAD + GOOD * 500 + OTHER)

    assert "佐藤" not in repr(report) + repr(quarantine(desk.database))


@pytest.mark.store
def test_a_mended_mapping_reads_what_waited(desk: Desk) -> None:
    """With a mended mapping the row is recorded under its own key and its bytes are dropped."""
    path = desk.file(HEAD + GOOD * 500 + OTHER)
    desk.take(path)
    mapping = replace(sniff(path).mapping, order=Order.MDY)

    done = desk.retry(mapping=mapping)

    assert (done.added, done.already, done.still) == (1, 0, 0)
    record = desk.records[-1]
    assert (record.user_id, record.origin.row, record.origin.file) == ("U2", 501, str(path))
    assert quarantine(desk.database) == []
    with desk.database.read() as c:
        assert list(c.scalars(sa.select(QUARANTINE.c.raw))) == [None]
    assert desk.take(path, mapping=mapping).added == 0


def test_what_still_cannot_be_read_stays(desk: Desk) -> None:
    """A row that no mapping reads stays where it is."""
    desk.take(HEAD + GOOD * 20 + GOOD.replace("2026/10/04", "いつか"))

    assert desk.retry().still == 1
    assert len(quarantine(desk.database)) == 1


def test_what_was_kept_back_is_read_again_by_a_command(data: Path, tmp_path: Path) -> None:
    """After the mapping is corrected, --retry records what waited; the whole file again adds nothing."""
    log, wrong, right = tmp_path / "log.csv", tmp_path / "wrong.toml", tmp_path / "right.toml"
    log.write_text(
        "日時,利用者ID,患者ID,処理\n10/01/2026 09:00:00,D1,00042,参照\n10/25/2026 09:00:00,D1,00042,参照\n",
        encoding="utf-8",
    )
    columns = 'occurred_at = ["日時"]\nuser_id = ["利用者ID"]\npatient_ids = ["患者ID"]\naction = ["処理"]\n'
    for path, order in ((wrong, "dmy"), (right, "mdy")):
        path.write_text(
            f'kind = "csv"\nname = "emr"\norder = "{order}"\n[columns]\n{columns}', encoding="utf-8"
        )

    def run(*words: str) -> dict[str, Any]:
        said = CliRunner().invoke(main, ["collect", *words, "--data", str(data), "--json"])
        assert said.exit_code == 0, said.output
        return dict(json.loads(said.stdout.splitlines()[0]))

    assert run(str(log), "--map", str(wrong))["quarantined"] == 1
    assert run("--retry") == {"added": 0, "already": 0, "still": 1}
    assert run("--retry", "--map", str(right)) == {"added": 1, "already": 0, "still": 0}
