"""Protection: of a machine it is known that its scanner works and its patches are in, or it is not green."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.scan.clamd import VERSION, start, stop, write_signatures

from sekisho import posture, scan
from sekisho.posture import protection
from sekisho.posture.protection.derive import standing
from sekisho.posture.protection.facts import judged, scanner_of
from sekisho.posture.tables import CONTROL
from sekisho.storage import Database
from sekisho.terms import FixedClock, Result

pytestmark = pytest.mark.store
TODAY = dt.date(2026, 10, 20)
NOW = dt.datetime(2026, 10, 20, 3, tzinfo=dt.UTC)
LEDGER = (
    "資産番号,名称,種別,ホスト名\n"
    "1,電子カルテサーバ,サーバ,EMR\n2,看護端末,端末,NS-01\n3,受付端末,端末,RC-01\n"
    "4,CT操作卓,医療機器,CT-01\n5,スイッチ,ネットワーク機器,SW-01\n"
)
GOOD = {
    "AMServiceEnabled": True,
    "AMRunningMode": "Normal",
    "AMProductVersion": "4.18",
    "RealTimeProtectionEnabled": True,
    "AntivirusSignatureVersion": "1.419.1.0",
    "AntivirusSignatureAge": 1,
    "FullScanAge": 3,
}


def windows(host: str, at: str, **changed: Any) -> dict[str, Any]:
    """Return what the collection script writes on a Windows machine."""
    return {
        "sekisho": "windows 1",
        "collected_at": at,
        "computer": {"Name": host, "OS": "Windows 11 Pro"},
        "defender": {**GOOD, **changed.pop("defender", {})},
        "hotfixes": [{"HotFixID": "KB1", "InstalledOn": "2026-10-14"}],
        "firewall": [{"Name": "Domain", "Enabled": "True"}],
        **changed,
    }


def linux(host: str, at: str, said: str, disk: str) -> str:
    """Return what the collection script writes on a Linux machine."""
    return (
        f"# sekisho-linux 1\n## host\n{host}\n## at\n{at}\n## os\nID=debian\n## dpkg\nclamav\t1.4.3\n"
        f"## clamav\nClamAV 1.4.3/27801/Sun Oct 18 08:35:00 2026\n## clamd\nrunning\n"
        f"## clamonacc\nrunning\n## clamd_says\n{said}\n## signatures\n{disk}\n## patched\n1792400000.1\n## end\n"
    )


@pytest.fixture
def give(tmp_path: Path, database: Database, clock: FixedClock) -> Any:
    """Load texts and values as files."""

    def give(*files: str | dict[str, Any]) -> None:
        for place, file in enumerate(files):
            text = file if isinstance(file, str) else json.dumps(file)
            path = tmp_path / f"{place}.{'txt' if isinstance(file, str) else 'json'}"
            path.write_text(text, encoding="utf-8")
            [report] = posture.load([path], database=database, clock=clock)
            assert report.error is None, report

    return give


def states(database: Database, of: str = "scanner", now: dt.datetime = NOW) -> dict[str, str]:
    """Return number → state."""
    page = protection.guarded(database, of=of, now=now, today=now.date())
    return {row.told["number"]: row.state for row in page.rows}


@pytest.mark.duty("1-4")
def test_only_what_is_known_and_new_is_good(give: Any, database: Database) -> None:
    """Good is what was seen good lately; off is bad, nobody's word is unknown, an old word is "not checked since", and a switch is not asked for a scanner."""
    give(
        LEDGER,
        windows("EMR", "2026-10-19T00:00:00+00:00"),
        windows(
            "NS-01", "2026-10-18T00:00:00+00:00", defender={"RealTimeProtectionEnabled": False}
        ),
        windows("RC-01", "2026-08-01T00:00:00+00:00"),
    )
    assert states(database) == {"1": "good", "2": "bad", "3": "old", "4": "unknown"}
    assert states(database, "patches") == {
        "1": "good", "2": "good", "3": "old", "4": "unknown", "5": "unknown",
    }  # fmt: skip
    assert states(database, now=NOW + dt.timedelta(days=40))["1"] == "old"
    shares = protection.shares(database, of="scanner", now=NOW, today=TODAY)
    assert shares["terminal"] == {"bad": 1, "old": 1}
    keys = {one.key: one for one in protection.findings(database, NOW, TODAY)}
    assert keys["posture.unprotected"].args["names"] == ["2"]
    assert keys["posture.unprotected_unknown"].args == {"count": 2, "total": 4}
    proofs = {one.subject: one.result for one in protection.evidence(database, NOW, TODAY)}
    assert proofs == {"posture.protection": Result.NO, "posture.patches": Result.NOT_CHECKED}
    [two] = [r for r in protection.guarded(database, of="scanner", now=NOW, today=TODAY).rows if r.told["number"] == "2"]  # fmt: skip
    assert two.seen["reasons"] == ["realtime_off"]
    assert two.seen["firewall"] == "yes"


def test_an_order_in_force_is_not_green_and_not_forgotten(give: Any, database: Database) -> None:
    """What somebody named ordered off is "off by order" until that day, and then it is bad again."""
    give(
        LEDGER, windows("NS-01", "2026-10-18T00:00:00+00:00", defender={"AMServiceEnabled": False})
    )
    [machine] = posture.assets(database, search="NS-01").rows
    order = {
        "what": "scanner", "asset_id": machine.id, "ordered": "vendor", "state": "off",
        "ordered_by": "甲", "instead": "網を分けている", "until": TODAY, "source": "console", "by": "P1", "at": NOW,
    }  # fmt: skip
    with database.write() as c:
        c.execute(sa.insert(CONTROL).values(order))
    assert states(database)["2"] == "ordered"
    assert states(database, now=NOW + dt.timedelta(days=1))["2"] == "bad"


def test_since_when_is_kept_over_every_sighting(give: Any, database: Database) -> None:
    """How a machine was stands stretch by stretch: the same again makes it longer, another begins a new one."""
    for day, on in ((1, True), (5, True), (9, False), (12, False), (15, True)):
        give(LEDGER, windows("EMR", f"2026-10-{day:02d}T00:00:00+00:00", defender={"RealTimeProtectionEnabled": on}))  # fmt: skip
    [machine] = posture.assets(database, search="EMR").rows
    found, past = protection.of_asset(database, machine.id, now=NOW, today=TODAY)
    assert found["scanner"].seen["since"] == dt.datetime(2026, 10, 15, tzinfo=dt.UTC)
    assert [(p["verdict"], p["first_at"].day, p["last_at"].day) for p in past if p["of"] == "scanner"] == [
        ("good", 15, 15), ("bad", 9, 12), ("good", 1, 5),
    ]  # fmt: skip


def test_another_product_s_word_stands_before_a_defender_that_steps_back(
    give: Any, database: Database
) -> None:
    """Where another scanner is there its word counts, and a Defender that it switched off does not make it bad; one that protects does count."""
    export = "コンピューター名,検出エンジン,モジュールの状態,リアルタイム検索,最終接続\nNS-01,29000,最新,有効,2026/10/18 09:00\nRC-01,29000,期限切れ,有効,2026/10/18 09:00\n"
    give(
        LEDGER,
        export,
        {**GOOD, "RealTimeProtectionEnabled": False, "PSComputerName": "NS-01"},
        windows("RC-01", "2026-10-19T00:00:00+00:00"),
    )
    assert states(database)["2"] == "good"
    assert states(database)["3"] == "good"


def test_what_waits_at_wsus_is_not_patched(give: Any, database: Database) -> None:
    """Updates that wait or failed make a machine unpatched, however new its newest patch is."""
    wsus = "コンピューター名,IPアドレス,必要な更新プログラム数,エラーのある更新プログラム数,最後の状態報告\nEMR,10.1.0.1,3,0,2026/10/19 01:00\nRC-01,10.1.0.3,0,0,2026/10/19 01:00\n"
    give(LEDGER, windows("EMR", "2026-10-19T00:00:00+00:00"), wsus)
    assert states(database, "patches") == {
        "1": "bad", "2": "unknown", "3": "good", "4": "unknown", "5": "unknown",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "disk", "state"),
    [("27801", "27801", "good"), ("27790", "27801", "bad"), ("", "27801", "good")],
)
def test_downloaded_is_not_loaded(
    give: Any, database: Database, said: str, disk: str, state: str
) -> None:
    """A clamd that has loaded less than lies on its disk for hours is bad, and both versions are shown."""
    stamp = int((NOW - dt.timedelta(days=2)).timestamp())
    line = f"ClamAV 1.4.3/{said}/Sun Oct 18 08:35:00 2026" if said else ""
    head = f"daily.cld\t{stamp}\tClamAV-VDB:18 Oct 2026 08-35 +0000:{disk}:2:90:X"
    give(LEDGER, linux("EMR", "2026-10-19T00:00:00+00:00", line, head))
    [row] = protection.guarded(database, of="scanner", now=NOW, today=TODAY, search="EMR").rows
    assert row.state == state
    assert (row.seen["loaded"], row.seen["on_disk"]) == (said or None, disk)
    assert row.seen["reasons"] == (["not_loaded"] if state == "bad" else [])


def test_a_real_clamd_that_did_not_load_what_freshclam_brought(tmp_path: Path) -> None:
    """While clamd still has what it began with, newer patterns on its disk are a no; when it has loaded them again it is a yes."""
    clamd = start(tmp_path)
    try:
        folder = tmp_path / "signatures"
        asked = scan.Settings(
            socket=clamd.settings.socket, size=2_000_000, seconds=60, database=folder
        )
        assert scan.state(asked).result is Result.YES
        write_signatures(folder, VERSION + 1)
        now = dt.datetime.now(dt.UTC)
        late = FixedClock(now + dt.timedelta(hours=5))
        assert scan.state(asked, FixedClock(now)).result is Result.YES
        said = scan.state(asked, late)
        assert (said.result, said.message) == (Result.NO, "scan.state.not_loaded")
        assert said.args["disk"] == str(VERSION + 1)
        clamd.reload()
        assert scan.state(asked, late).result is Result.YES
    finally:
        stop(clamd)


three = st.sampled_from(["yes", "no", "unknown", None, 3])
told = st.fixed_dictionaries(
    {},
    optional={
        "product": st.sampled_from(["Microsoft Defender", "ESET", None]),
        "realtime": three,
        "fresh": three,
        "service": three,
        "status": st.sampled_from(["Normal", "停止", "Not running", "最新", "", None]),
        "pattern_age": st.one_of(st.none(), st.integers(0, 400)),
        "pattern_at": st.sampled_from(["2026-10-01T00:00:00+00:00", "gestern", None]),
        "loaded": st.sampled_from(["1", "x", None]),
        "on_disk": st.sampled_from(["1", "2", "", None]),
    },
)


@settings(max_examples=50, deadline=None)
@given(st.lists(told, min_size=1, max_size=4))
def test_whatever_is_told_green_needs_every_word(facts: list[dict[str, Any]]) -> None:
    """However sightings are mixed, good is only a scanner that runs, in real time, with fresh patterns, as somebody said."""
    words = [
        scanner_of(f"s{place}", NOW - dt.timedelta(days=place), {"antivirus": one})
        for place, one in enumerate(facts)
    ]
    word = standing([one for one in words if one])
    assert word is not None
    if judged(word)[0] == "good":
        assert (word.present, word.running, word.realtime, word.fresh) == ("yes",) * 4
        assert any(one.get("realtime") == "yes" for one in facts)
        assert word.loaded != "no"
