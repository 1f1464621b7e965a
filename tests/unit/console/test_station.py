"""検査コーナー: what is brought is checked as it arrives, and nothing of it stays."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp import FormData
from tests.unit.console.conftest import Asker, House
from tests.unit.scan.clamd import EICAR, locked, start, stop, zipped

from sekisho.app.findings import open_findings
from sekisho.app.station import look_at_scanner
from sekisho.app.waiting import refresh_findings
from sekisho.console import station
from sekisho.identity import Role
from sekisho.identity.sessions import csrf_token
from sekisho.scan.tables import CHECK, FILE


async def give(asker: Asker, *files: tuple[str, bytes], **words: str) -> str:
    """Send files as a browser does, and return where the answer leads."""
    form = FormData(words, quote_fields=False, default_to_multipart=True)
    for name, content in files:
        form.add_field(
            "file", io.BytesIO(content), filename=name, content_type="application/octet-stream"
        )
    answer = await asker.client.post(
        f"/posture/station?csrf={csrf_token(asker.token)}",
        data=form,
        headers={**asker._headers(), "Origin": asker.origin},
        allow_redirects=False,
    )
    return answer.headers["Location"]


@pytest.mark.duty("1-4a")
def kept(data: Path) -> set[Path]:
    """Return the files that uploads of all tests left."""
    return {path for path in (data / "upload").rglob("*") if path.is_file()}


def test_what_is_brought_is_checked_and_not_kept(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file and member has its verdict and what to do next, one over the limit is not written, a find stays in today's list until somebody says what was done, and no file stays behind."""
    here = house.installation
    monkeypatch.setattr(station, "FILES", 4)
    before = kept(here.data)
    clamd, config = start(tmp_path), here.config
    here.config = dataclasses.replace(config, scan=clamd.settings)
    try:
        look_at_scanner(here)

        async def bring(asker: Asker) -> None:
            _, text = await asker.get("/posture/station")
            assert "検査できます" in text
            where = await give(
                asker,
                ("紹介状.zip", zipped(("a.com", EICAR), ("b.txt", b"b"))),
                ("鍵.zip", locked(b"x")),
                ("画像.bin", bytes(2_000_001)),
                ("C:\\x\\メモ.txt", b"text"),
                medium="USB 7",
                brought_by="甲医院",
            )
            assert where.startswith("/posture/station/")
            _, text = await asker.get(where)
            for told in ("紹介状.zip", "Sekisho.Test.EICAR", "a.com", "b.txt", "暗号化されていて", "一つ 2 MB", "メモ.txt", "甲医院", "開かず、ほかの機械に入れないで"):  # fmt: skip
                assert told in text
            assert "x\\メモ" not in text
            _, text = await asker.get("/posture/station?search=usb&verdict=found")
            assert "USB 7" in text
            assert "wrong=console.upload.none" in await give(asker, medium="x")
            assert "wrong=scan.station.many" in await give(asker, *[("a", b"")] * 5)
            refresh_findings(here)
            [finding] = [f for f in open_findings(here.database) if f.finding.room == "scan"]
            assert finding.finding.where == where
            await asker.post(where, note="媒体を返した")
            _, text = await asker.get(where)
            assert "媒体を返した" in text

        house.ask(Role.ADMINISTRATOR, bring)
    finally:
        stop(clamd)
    assert kept(here.data) == before
    look_at_scanner(here)
    refresh_findings(here)
    assert "scan.scanner" in {f.finding.key for f in open_findings(here.database)}
    here.config = config
    with here.database.write() as c:  # the hospital is every test's
        c.execute(sa.delete(CHECK))
        c.execute(sa.delete(FILE))
