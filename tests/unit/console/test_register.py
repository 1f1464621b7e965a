"""点検の台帳: the pages, from an empty list to a line that is confirmed, changed and undone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from aiohttp import FormData
from tests.unit.console.conftest import Asker, House

from sekisho.app.inspection.register import look_at_register, register_findings
from sekisho.app.proofs import latest_evidence
from sekisho.identity import Role
from sekisho.identity.sessions import csrf_token
from sekisho.inspection.register import tables
from sekisho.terms import Result

LIST = "/inspection/register"


@pytest.fixture(autouse=True)
def _as_it_was(house: House) -> Iterator[None]:
    """Take away what a test wrote: the house is everybody's."""
    yield
    with house.installation.database.write() as c:
        for table in (tables.FILE, tables.CHANGE, tables.LINE):
            c.execute(sa.delete(table))


def test_a_line_is_written_confirmed_and_undone_in_the_console(house: House) -> None:
    """An empty list says what to do; a line that cannot be read comes back with what was typed, one that can is kept, seen by others, not overwritten by who did not see it, and undone."""
    where: list[str] = []

    async def write(asker: Asker) -> None:
        _, text = await asker.get(f"{LIST}/contacts")
        assert "まず" in text or "院内の責任者" in text
        assert "都道府県警察" in text
        form = {"body": "vendor", "party": "模擬システムズ", "phone": "内線 0000"}
        answer, text = await asker.post(f"{LIST}/contacts", **form, confirmed_on="春")
        assert answer.status == 400
        assert "模擬システムズ" in text
        assert "「春」は日付として読めません" in text
        answer, _ = await asker.post(f"{LIST}/contacts", **{**form, "desk": "夜間"}, more="1")
        assert "保存しました" in (await asker.get(answer.headers["Location"]))[1]
        answer, _ = await asker.post(f"{LIST}/contacts", **form)
        where.append(answer.headers["Location"])
        _, text = await asker.get(where[0])
        assert "確かめた日がありません" in text
        answer, _ = await asker.post(f"{LIST}/contacts/confirm", shown="1")
        assert "register.none_chosen" in answer.headers["Location"]
        answer, _ = await asker.post(f"{LIST}/contacts/confirm", line=where[0].rsplit("/", 1)[1])
        assert answer.headers["Location"] == f"{LIST}/contacts"
        answer, text = await asker.post(where[0], **form, desk="保守窓口", seen="1")
        assert answer.status == 400
        assert "ほかの人がこの行を変えました" in text
        await asker.post(where[0], **form, desk="保守窓口", seen="2")
        _, text = await asker.get(f"{LIST}/contacts?search=保守窓口")
        assert "そろっています" in text
        await asker.post(f"{where[0]}/act", what="undo")
        _, text = await asker.get(where[0])
        assert "元に戻されました" in text
        await asker.post(f"{where[0]}/act", what="take_back")
        _, text = await asker.get(f"{LIST}/contacts?gone=1")
        assert "模擬システムズ" in text
        await asker.post(f"{where[0]}/act", what="put_back")
        assert (await asker.get(f"{LIST}/rules/{where[0].rsplit('/', 1)[1]}"))[0].status == 404
        assert (await asker.get(f"{LIST}/nothing"))[0].status == 404

    async def look(asker: Asker) -> None:
        _, text = await asker.get(LIST)
        assert "連絡体制" in text
        _, text = await asker.get(where[0])
        assert '<form class="form"' not in text

    house.ask(Role.SAFETY_OFFICER, write)
    house.ask(Role.REVIEWER, look)
    here = house.installation
    assert "register.missing.contacts" in {one.key for one in register_findings(here)}
    look_at_register(here)
    proof = latest_evidence(here.database, "register.contacts")
    assert proof is not None
    assert proof.result is Result.NO


async def give(asker: Asker, path: str, name: str, content: bytes) -> str:
    """Send a file as a browser does, and return where the answer leads."""
    form = FormData(quote_fields=False, default_to_multipart=True)
    form.add_field("file", io.BytesIO(content), filename=name, content_type="text/html")
    answer = await asker.client.post(
        f"{path}?csrf={csrf_token(asker.token)}",
        data=form,
        headers={**asker._headers(), "Origin": asker.origin},
        allow_redirects=False,
    )
    return answer.headers["Location"]


def test_a_list_is_looked_at_before_it_is_kept(house: House) -> None:
    """A file is shown as it was read and changes nothing until a person confirms; what cannot be read is named; the list comes out again as CSV and XLSX, and empty to be filled in."""
    text = "研修名,実施日,参加人数,対象者数\n標的型メール,令和8年6月1日,120名,150\n=cmd|x,春,,\n"

    async def load(asker: Asker) -> None:
        where = await give(asker, f"{LIST}/training/load", "研修.csv", text.encode("cp932"))
        _, page = await asker.get(where)
        assert "新しい行 1" in page
        assert "「実施日・策定日」を書いてください" in page
        assert "まだ1件もありません" in (await asker.get(f"{LIST}/training"))[1]
        answer, _ = await asker.post(where, every="ours")
        assert answer.headers["Location"] == f"{LIST}/training"
        assert "register.list.gone" in (await asker.post(where))[0].headers["Location"]
        assert "標的型メール" in (await asker.get(f"{LIST}/training"))[1]
        _, csv = await asker.get(f"{LIST}/training/export.csv?search=メール")
        assert "標的型メール,2026-06-01" in csv
        for name in ("export.xlsx", "template.xlsx"):
            answer, _ = await asker.get(f"{LIST}/training/{name}")
            assert answer.status == 200
        _, page = await asker.get(f"{LIST}/training/load")
        (back,) = re.findall(r'action="([^"]+/back)"', page)
        assert (await asker.post(back))[0].headers["Location"] == f"{LIST}/training"
        assert "まだ1件もありません" in (await asker.get(f"{LIST}/training"))[1]
        where = await give(asker, f"{LIST}/training/load", "x.csv", b"a,b\n1,2\n")
        answer, page = await asker.get(where)
        assert answer.status == 400
        assert "見出しが見つかりません" in page

    house.ask(Role.ADMINISTRATOR, load)


def test_a_file_beside_a_line_is_given_out_and_never_shown(house: House) -> None:
    """What is attached says that nobody checked it, comes back as a download of no kind, and is taken away with who did it."""

    async def attach(asker: Asker) -> None:
        answer, _ = await asker.post(f"{LIST}/rules", rule="運用管理規程", sort="operation")
        line = answer.headers["Location"]
        assert await give(asker, f"{line}/files", "規程.html", b"<script>1</script>") == line
        _, page = await asker.get(line)
        number = page.split(f"{line}/files/")[1].split('"')[0]
        answer, body = await asker.get(f"{line}/files/{number}")
        assert body == "<script>1</script>"
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        await asker.post(f"{line}/files/{number}", what="take_back")
        assert "取り消されています" in (await asker.get(line))[1]
        assert (await asker.get(f"{line}/files/9999"))[0].status == 404

    house.ask(Role.SAFETY_OFFICER, attach)


async def _taken_over(asker: Asker, page: str, today: str) -> None:
    """Check that a vendor's answer is beside the item, and is taken over with a reason alone."""
    carry = "/inspection/carry?from=checklist-r7-vendor&to=checklist-r7"
    assert carry.replace("&", "&amp;") in page or carry in page
    item = "/inspection/checklist-r7/CK-R7-2-6"
    _, page = await asker.get(item)
    assert f"業者 模擬システムズ PACS の回答</a>（{today}）" in page
    _, page = await asker.get(carry)
    assert "確かめて「はい」と答える" in page
    form = {"from": "checklist-r7-vendor", "to": "checklist-r7", "item": "CK-R7-2-6"}
    answer, page = await asker.post("/inspection/carry", **form)
    assert answer.status == 422
    assert "業者の回答を写すには、何を見て確かめたかを書いてください" in page
    await asker.post("/inspection/carry", **form, reason="作業報告書")
    _, page = await asker.get(item)
    assert f"作業報告書 / 模擬システムズ PACS {today}" in page
    _, page = await asker.get("/inspection")
    assert f"{item}#vendors" in page
    await asker.post("/inspection/carry/undo", **form)


def test_a_vendor_is_asked_and_its_paper_answer_is_typed(house: House) -> None:
    """A system of the register is asked about with letter, reminder and sheet; what is typed from paper stands with who typed it, and a workbook without answers changes nothing and says so."""

    async def send(asker: Asker) -> None:
        system = {
            "vendor": "模擬システムズ",
            "system": "PACS",
            "division": "契約書",
            "remote": "yes",
        }
        await asker.post(f"{LIST}/vendors", **system)
        _, page = await asker.get(f"{LIST}/vendor_sheets")
        assert "模擬システムズ・PACS" in page
        day = page.split('name="answer_by" type="date" value="')[1][:10]
        await asker.post(f"{LIST}/vendor_sheets/ask", whom="0", answer_by=day)
        _, page = await asker.get(f"{LIST}/vendor_sheets")
        line = page.split('<th scope="row"')[1].split('href="')[1].split('"')[0]
        for name, kind in (
            ("letter.docx", b"PK"),
            ("reminder.pdf", b"%PDF"),
            ("sheet.xlsx", b"PK"),
        ):
            answer = await asker.client.get(f"{line}/paper/{name}", headers=asker._headers())
            assert (await answer.read()).startswith(kind)
        assert (await asker.get(f"{line}/paper/letter.xlsx"))[0].status == 404
        assert (await asker.post(f"{line}/remind"))[0].headers["Location"] == line
        _, page = await asker.get(line)
        items = [one.split('"')[0] for one in page.split('name="v.')[1:]]
        answer, page = await asker.post(f"{line}/answers", **{f"v.{items[0]}": ""})
        assert answer.status == 400
        assert "答えを読み取れませんでした" in page
        today = house.installation.clock.now().date().isoformat()
        form = {
            f"{mark}.{one}": value for one in items for mark, value in (("v", "yes"), ("d", today))
        }
        await asker.post(f"{line}/answers", **form)
        _, page = await asker.get(line)
        assert "答えを書き写した" in page
        assert "そろっています" in page
        await _taken_over(asker, page, today)

    async def print_papers(asker: Asker) -> None:
        for path, kind in (("contacts/chart.pdf", b"%PDF"), ("rules/draft/operation.docx", b"PK")):
            answer = await asker.client.get(f"{LIST}/{path}", headers=asker._headers())
            assert (await answer.read()).startswith(kind)
        assert (await asker.get(f"{LIST}/rules/draft/other.docx"))[0].status == 404

    house.ask(Role.SAFETY_OFFICER, send)
    house.ask(Role.REVIEWER, print_papers)
