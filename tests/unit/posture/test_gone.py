"""What left the ledger is marked and waits for a person; what is listed is exported and read again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from sekisho import posture
from sekisho.app import inventory
from sekisho.app.installation import open_installation
from sekisho.errors import InvalidInputError

HEAD = "管理番号,機器名,種別,メーカー,型式,シリアル番号\n"
ROWS = [f"009{n},輸液ポンプ,医療機器,甲医科,P-{n},SN-000009{n}\n" for n in range(3)]


@pytest.mark.duty("3")
def test_what_left_the_ledger_waits_and_the_list_goes_out(tmp_path: Path) -> None:
    """A device that a newer ledger of the same name leaves out is marked, not deleted, until a person says that it is gone or here, and is back when it is named again; the list goes out as CSV and XLSX that are read as the same ledger."""
    (tmp_path / "data").mkdir()
    here = open_installation(tmp_path / "data", create=True)
    now, today = here.clock.now(), dt.date(2026, 11, 29)

    def load(name: str, text: str | bytes) -> posture.Report:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        [report] = posture.load([path], database=here.database, clock=here.clock)
        return report

    def listed(state: str) -> list[str | None]:
        return [one.number for one in posture.assets(here.database, state=state).rows]

    load("台帳.csv", HEAD + "".join(ROWS))
    for form in ("csv", "xlsx"):
        body = inventory.exported(here, form, today=today, search="P-1", kind="", state="")
        report = load(f"書き出し.{form}", body)
        assert (report.taken_for, report.rows, report.added) == (posture.Kind.ASSETS, 1, 0)
    assert load("よその台帳.csv", HEAD + ROWS[0]).doubts == []
    [doubt] = load("台帳.csv", HEAD + ROWS[1] + ROWS[2]).doubts
    assert (doubt.message, doubt.args["names"]) == ("posture.left_ledger", ["0090"])
    assert listed("gone") == ["0090"]
    assert "0090" in listed("in_use")
    assert "posture.left_ledger" in {one.key for one in posture.findings(here.database, today)}
    [one] = posture.assets(here.database, state="gone").rows
    posture.say_gone(here.database, one.id, "retired", by="Z1", at=now)
    assert (listed("gone"), listed("retired")) == ([], ["0090"])
    posture.say_gone(here.database, one.id, "here", by="Z1", at=now)
    assert "0090" in listed("in_use")
    posture.say_gone(here.database, one.id, "retired", by="Z1", at=now)
    load("台帳.csv", HEAD + "".join(reversed(ROWS)))
    assert (listed("retired"), posture.gone_of(here.database, one.id)) == ([], None)
    with pytest.raises(InvalidInputError):
        posture.say_gone(here.database, one.id, "here", by="Z1", at=now)
    here.close()
