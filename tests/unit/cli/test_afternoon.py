"""The documented afternoon: ledgers, exports and a bundle become a list by deadline and the four incidents."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Call

from sekisho.app.demo.machines import machines


@pytest.mark.duty("1-4b")
@pytest.mark.duty("3")
def test_from_excel_and_a_bundle_to_what_needs_doing(tmp_path: Path, sekisho: Call) -> None:
    """A hospital's sheets, Windows exports and a signed bundle of advisories, with no network, give the devices concerned by deadline and each link of the four incidents with its record."""
    made = machines(tmp_path / "hospital", dt.datetime.now(dt.UTC).date())
    data, outside, bundle = tmp_path / "data", tmp_path / "outside", tmp_path / "feeds.tar"
    folder = made.published[0].parent
    assert sekisho("feeds", "pack", folder, "--data", outside, "--to", bundle).code == 0

    read = sekisho("posture", "load", *made.ledgers, "--data", data, "--json")
    assert [line["error"] for line in read.lines] == [None] * len(made.ledgers)
    key = outside / "feeds" / "key.pub"
    assert sekisho("feeds", "load", bundle, "--data", data, "--key", key).code == 0

    held = sekisho("posture", "match", "--data", data, "--json").lines
    affected = [one for one in held if one["status"] == "affected"]
    assert {one["asset_id"] for one in affected} == {"ME-0201", "ME-0202", "L2", "L3"}
    assert all(one["deadline"] for one in affected)

    *links, total = sekisho("posture", "incidents", "--data", data, "--json").lines
    assert total["summary"]["not_stopped"] > 0
    assert total["summary"]["unknown"] > 0
    holes = [one for one in links if one["status"] == "not_stopped"]
    named = {
        record["name"] for one in holes for told in one["answers"] for record in told["records"]
    }
    assert {"SIM-2026-002", "L2 医療機器保守回線（ナースコール）"} <= named
