"""The desk: who reads which case, sheets that tell no more than they should, a month that is closed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pypdfium2
import pytest
from tests.unit.review.lists import load
from tests.unit.review.month import DOCTOR, STAYS, WHOLE

from sekisho import collect, identity, review
from sekisho.app import asks, closing, deputy, drafts, month
from sekisho.app.installation import Installation, open_installation
from sekisho.app.jobs import JOBS, run_job
from sekisho.app.waiting import refresh_findings
from sekisho.errors import ConflictError, InvalidInputError, RefusedError
from sekisho.identity import Role
from sekisho.review.quality import quality
from sekisho.terms import FixedClock

NOW = dt.datetime(2026, 11, 10, 3, 0, tzinfo=dt.UTC)
ROLES = {"A1": Role.ADMINISTRATOR, "R1": Role.REVIEWER, "S1": Role.SAFETY_OFFICER}


@pytest.fixture
def here(prepared: Path, tmp_path: Path) -> Iterator[Installation]:
    """An institution in which a doctor, the reviewer and the administrator each read their own record."""
    clock = FixedClock(NOW)
    installation = open_installation(prepared, create=True, clock=clock)
    database = installation.database
    people = ["U1", *ROLES]
    staff = [{**DOCTOR, "user": user, "patient": f"P{user}"} for user in people]
    staff += [{**DOCTOR, "user": f"N{number}"} for number in range(40)]
    load(database, clock, tmp_path, "cp932", staff=staff, visits=WHOLE, stays=STAYS)
    log = tmp_path / "log.jsonl"
    lines = [
        {
            "occurred_at": "2026-10-10T09:00:00+09:00",
            "source": "emr",
            "user_id": user,
            "patient_ids": [f"P{user}"],
            "action": "read",
            "terminal": f"PC-{user}",
            "object": "検査結果（感染症）",
        }
        for user in people
    ]
    log.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    with installation.recorder() as recorder:
        collect.collect([log], recorder=recorder, database=database, clock=clock)
    review.approve_shipped(database, "S1", clock.now())
    for user, role in ROLES.items():
        identity.create_account(database, clock, user_id=user, name=user, roles={role}, by="test")
    yield installation
    installation.close()


def october(here: Installation) -> review.Run:
    """Review October."""
    start, end = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
    return review.run(here.database, here.reader(), here.clock, start=start, end=end)


def case_of(here: Installation, run: review.Run, user: str) -> review.Case:
    """Return the case about `user`."""
    return next(c for c in review.cases(here.database, run.id) if c.user_id == user)


def waiting(here: Installation) -> set[str]:
    """Return what waits, by its message."""
    return {one.message for one in closing.findings(here)}


def test_the_deputy_reads_what_is_about_who_reviews(here: Installation) -> None:
    """A case about a reviewer or administrator is read by the deputy alone, one about the deputy by the others, one's own by nobody; without a deputy it waits as a finding."""
    run = october(here)
    who = deputy.hands(here)
    assert who.may("R1", "U1")
    assert not any(who.may(reader, "A1") for reader in ("R1", "S1"))
    assert "app.closing.deputy_now" in waiting(here)
    for user in ("A1", "nobody"):
        with pytest.raises(InvalidInputError, match="not_able"):
            deputy.name_deputy(here, user, by="S1")

    deputy.name_deputy(here, "S1", by="S1")
    who = deputy.hands(here)
    assert who.may("S1", case_of(here, run, "A1").user_id)
    assert who.may("S1", "r1")
    assert not who.may("R1", "A1")
    assert who.may("R1", "S1")
    assert not who.may("S1", "S1")
    assert not waiting(here) & {"app.closing.deputy", "app.closing.deputy_now"}

    account = identity.find_account(here.database, "S1")
    assert account is not None
    identity.set_roles(here.database, account.id, {Role.ADMINISTRATOR}, by="A1")
    assert deputy.hands(here).deputy is None
    assert "app.closing.deputy_now" in waiting(here)


@pytest.mark.parametrize(
    "post",
    [
        {"duty": "事務員", "department": "情報システム室"},
        {"duty": "システム管理者", "department": "総務課"},
        {"duty": "医師", "department": "医療情報部"},
    ],
)
def test_nobody_of_the_it_department_is_the_deputy(
    here: Installation, tmp_path: Path, post: dict[str, str]
) -> None:
    """Who works in the IT department by the staff list of today cannot be the deputy, and a deputy who moves there is none any more."""
    deputy.name_deputy(here, "S1", by="S1")
    load(here.database, here.clock, tmp_path, staff=[{"user": "S1", "name": "奈良井", **post}])

    assert deputy.hands(here).deputy is None
    assert [one.user_id for one in deputy.may_deputize(here)] == ["R1"]
    assert "app.closing.deputy" in waiting(here)
    with pytest.raises(InvalidInputError, match="systems"):
        deputy.name_deputy(here, "S1", by="S1")

    left = [{"user": "S1", **post, "valid_to": "2026-11-09"}]
    moved = [{"user": "S1", "duty": "医師", "department": "内科", "valid_from": "2026-11-10"}]
    load(here.database, here.clock, tmp_path, staff=[*left, *moved])
    assert deputy.hands(here).deputy == "S1"


def test_a_staff_list_without_leading_zeros_knows_the_it_department(
    here: Installation, tmp_path: Path
) -> None:
    """An account 00123 whom the staff list of the IT department writes as 123 is not offered as the deputy, is refused, and named before is none any more."""
    identity.create_account(
        here.database, here.clock, user_id="00123", name="藪原", roles={Role.REVIEWER}, by="test"
    )
    assert [one.user_id for one in deputy.may_deputize(here)] == ["00123", "R1", "S1"]
    deputy.name_deputy(here, "00123", by="S1")
    assert deputy.hands(here).deputy == "00123"

    post = {"duty": "事務員", "department": "情報システム室"}
    load(here.database, here.clock, tmp_path, staff=[{"user": "123", "name": "藪原", **post}])
    assert [one.user_id for one in deputy.may_deputize(here)] == ["R1", "S1"]
    assert deputy.hands(here).deputy is None
    with pytest.raises(InvalidInputError, match="systems"):
        deputy.name_deputy(here, "00123", by="S1")


def text_of(here: Installation, case: review.Case, to: str, form: str) -> str:
    """Return what stands on the sheet of the newest question to `to`."""
    ask = next(one for one in reversed(review.asks(here.database, case.key)) if one.to == to)
    content = asks.sheet(here, ask, case, form=form, by="R1")
    if form == "docx":
        book = docx.Document(BytesIO(content))
        cells = (cell.text for t in book.tables for row in t.rows for cell in row.cells)
        return "\n".join([*(p.text for p in book.paragraphs), *cells])
    document = pypdfium2.PdfDocument(content)
    try:
        assert len(document) == 1
        return str(document[0].get_textpage().get_text_bounded())
    finally:
        document.close()


def test_a_sheet_tells_no_more_than_it_should(here: Installation) -> None:
    """The person's sheet has the access and never the sign; the head's neither patient nor screen; both are on record, and none is made while names are covered."""
    case = case_of(here, october(here), "U1")
    sign = next(one for one in review.catalogue() if one.id == case.rule).title["ja"]
    for answer in ("ask_person", "ask_head"):
        review.answer(here.database, case.id, by="R1", answer=answer, at=here.clock.now())
    with pytest.raises(RefusedError, match="no_file"):
        text_of(here, case, "person", "pdf")
    for kind in ("rule", "responsible", "notice", "watchers"):
        told = dt.date(2026, 4, 1)
        review.set_masking_proof(here.database, kind, "規程", told, "S1", here.clock.now())

    for form in ("pdf", "docx"):
        person, head = (text_of(here, case, to, form) for to in ("person", "head"))
        for said in ("この閲覧の用件を教えてください", "PU1", "PC-U1", "検査結果", "2026/10/10"):
            assert said in person
        assert sign not in person + head
        assert "佐藤" in head
        assert not [said for said in ("PU1", "感染症", "検査結果") if said in head]
    last = here.reader().record(here.reader().size() - 1)
    assert last["action"] == "print"
    assert last["reason"].startswith("sha256:")

    review.answer(here.database, case.id, by="R1", answer="explained", note="x", at=NOW)
    review.forget(here.database, now=NOW + dt.timedelta(days=365))
    with pytest.raises(ConflictError, match="forgotten"):
        text_of(here, review.case(here.database, case.id), "person", "pdf")


@pytest.mark.parametrize(
    ("row", "to", "addressee"),
    [
        ({"department": "外部", "note": "保守業者"}, "緑野メディカル", "緑野メディカル ご担当者"),
        ({"name": "", "note": "保守業者"}, "V1", "利用者ID V1 の管理ご担当者"),
    ],
)
def test_a_letter_about_a_vendors_id_has_an_address(
    here: Installation, tmp_path: Path, row: dict[str, str], to: str, addressee: str
) -> None:
    """The sheet about a vendor's id is addressed to the vendor, or to who keeps the id, never to nobody."""
    ended = {"user": "V1", "name": "緑野メディカル", "valid_to": "2026-10-05", **row}
    load(here.database, here.clock, tmp_path, staff=[ended])
    log = tmp_path / "vendor.jsonl"
    who = {"occurred_at": "2026-10-10T09:00:00+09:00", "source": "emr", "user_id": "V1"}
    what = {"patient_ids": ["P1"], "action": "read", "terminal": "PC-9", "object": "カルテ"}
    line = who | what
    log.write_text(json.dumps(line), encoding="utf-8")
    with here.recorder() as recorder:
        collect.collect([log], recorder=recorder, database=here.database, clock=here.clock)
    for kind in ("rule", "responsible", "notice", "watchers"):
        told = dt.date(2026, 4, 1)
        review.set_masking_proof(here.database, kind, "規程", told, "S1", here.clock.now())
    case = case_of(here, october(here), "V1")
    review.answer(here.database, case.id, by="R1", answer="ask_person", at=here.clock.now())

    assert case.owner == to
    assert addressee in text_of(here, case, "owner", "docx")


def test_a_month_that_is_not_closed_is_said(here: Installation) -> None:
    """After the closing day the last month stands on the first page until it was reviewed and signed by two people."""
    assert isinstance(here.clock, FixedClock)
    assert not waiting(here) & {"app.closing.overdue", "app.closing.unsigned"}
    here.clock.move(dt.timedelta(days=6))
    assert "app.closing.overdue" in waiting(here)
    run = october(here)
    assert "app.closing.unsigned" in waiting(here)
    now = here.clock.now()
    review.sign_month(here.database, run.id, "R1", "reviewer", now, accept_unread=True)
    with pytest.raises(ConflictError, match="two_to_sign"):
        review.sign_month(here.database, run.id, "R1", "safety_officer", now, accept_unread=True)
    review.sign_month(here.database, run.id, "S1", "safety_officer", now, accept_unread=True)
    assert not waiting(here) & {"app.closing.overdue", "app.closing.unsigned"}
    assert closing.due_month(dt.date(2027, 1, 10), 15) == (
        dt.date(2026, 11, 1),
        dt.date(2026, 11, 30),
    )


def test_an_older_month_stays_until_it_is_closed(here: Installation, tmp_path: Path) -> None:
    """A month that was left unsigned, or not reviewed at all, stays on the first page when newer ones are due."""
    assert isinstance(here.clock, FixedClock)
    line = {"source": "emr", "user_id": "U1", "patient_ids": ["P1"], "action": "read"}
    log = tmp_path / "more.jsonl"
    days = ("2026-11-05", "2027-01-05", "2027-02-05")  # none in December
    log.write_text(
        "\n".join(json.dumps({**line, "occurred_at": f"{day}T09:00:00+09:00"}) for day in days)
    )
    with here.recorder() as recorder:
        collect.collect([log], recorder=recorder, database=here.database, clock=here.clock)
    october(here)
    november = review.run(
        here.database, here.reader(), here.clock,
        start=dt.date(2026, 11, 1), end=dt.date(2026, 11, 30),
    )  # fmt: skip
    assert not november.trial
    here.clock.move(dt.timedelta(days=100))
    told = {one.message: one.args["month"] for one in closing.findings(here) if "month" in one.args}
    assert told == {
        "app.closing.unsigned": "2026-11", "app.closing.overdue": "2027-01",
    }  # fmt: skip
    now = here.clock.now()
    for person, role in (("R1", "reviewer"), ("S1", "safety_officer")):
        review.sign_month(here.database, november.id, person, role, now, accept_unread=True)
    assert "app.closing.unsigned" not in waiting(here)


def test_names_go_by_themselves(here: Installation) -> None:
    """The nightly work takes the names out after the months that were set, and says in the record how many; the first page asks for a late reply."""
    assert isinstance(here.clock, FixedClock)
    case = case_of(here, october(here), "U1")
    now = here.clock.now()
    review.answer(here.database, case.id, by="R1", answer="ask_person", at=now)
    here.clock.move(dt.timedelta(days=20))
    assert "app.closing.unanswered" in waiting(here)
    with pytest.raises(InvalidInputError, match="outside"):
        closing.set_rule(here, "months", 0, by="S1")
    closing.set_rule(here, "months", 2, by="S1")
    review.answer(here.database, case.id, by="R1", answer="explained", note="x", at=now)

    job = next(job for job in JOBS if job.name == "names")
    run_job(here, job)
    assert review.case(here.database, case.id).user_id == "U1"
    here.clock.move(dt.timedelta(days=70))
    run_job(here, job)
    assert review.case(here.database, case.id).user_id == ""
    last = here.reader().record(here.reader().size() - 1)
    assert (last["object"], last["action"], last["reason"]) == (
        "review/forget",
        "delete",
        "cases:1",
    )
    refresh_findings(here)


def test_each_draft_is_a_paper(here: Installation) -> None:
    """A draft of each of the four papers exists in both languages and says what is set here."""
    closing.set_rule(here, "months", 9, by="S1")
    for kind in ("rule", "responsible", "notice", "watchers"):
        for language in ("ja", "en"):
            book = docx.Document(BytesIO(drafts.draft(here, kind, language=language)))
            text = "\n".join(paragraph.text for paragraph in book.paragraphs)
            assert len(book.paragraphs) > 12
            assert "app.draft" not in text
            assert ("9" in text) is (kind in {"rule", "notice"})
    with pytest.raises(InvalidInputError, match="unknown_proof"):
        drafts.draft(here, "other")


def test_the_second_signature_puts_the_report_on_record(here: Installation) -> None:
    """PDF and XLSX are made and their digests recorded when both have signed, not before; a case that is not for the reader is only counted, and one that lost its name counts as it did."""
    run = october(here)
    case = case_of(here, run, "U1")
    now = here.clock.now()
    deputy.name_deputy(here, "S1", by="S1")
    review.answer(here.database, case.id, by="R1", answer="refer", at=now)
    decision = review.decide(
        here.database, case.id, kind="cleared", text="第1回", date=now.date(), by="R1", at=now
    )
    review.confirm(here.database, decision.id, by="S1", at=now)
    for kind in ("rule", "responsible", "notice", "watchers"):
        review.set_masking_proof(here.database, kind, "規程", dt.date(2026, 4, 1), "S1", now)
    for by, role in (("R1", "reviewer"), ("S1", "safety_officer")):
        assert not month.close_month(here, run.id, by="R1")
        review.sign_month(here.database, run.id, by, role, now, accept_unread=True)
    assert month.close_month(here, run.id, by="S1")
    kept = {page["kind"]: page for page in month.signed_pages(here, run.id)}
    assert set(kept) == {"pdf", "xlsx"}
    for kind, page in kept.items():
        content = (here.data / "paper" / f"{page['digest']}.{kind}").read_bytes()
        assert hashlib.sha256(content).hexdigest() == page["digest"]
        assert here.reader().record(page["record"])["reason"] == f"sha256:{page['digest']}"
    book = openpyxl.load_workbook(here.data / "paper" / f"{kept['xlsx']['digest']}.xlsx")
    assert [row[1].value for row in book["決定"].iter_rows(min_row=6)] == ["違反ではなかった"]

    mine = month.month_page(here, run.id, reader_id="R1")
    users = {line.rank: line.user for line in mine.cases}
    assert users[case.rank] == "U1"
    assert users[case_of(here, run, "A1").rank] == "代理の確認者が読む件"
    review.forget(here.database, now=now + dt.timedelta(days=365))
    later = month.month_page(here, run.id, reader_id="R1")
    assert (later.raised, later.raised_accesses) == (mine.raised, mine.raised_accesses)
    assert {line.user for line in later.cases if line.rank == case.rank} == {"–"}


def test_figures_of_simulation_are_said_to_be_that(here: Installation) -> None:
    """The first report says how many raised cases were rightful in simulation, or that it was not measured; a later one does not."""
    run = october(here)
    assert run.trial
    said = month.month_page(here, run.id).quality
    known = quality(str(run.summary["level"]))
    assert ("模擬の病院" in said) is (known is not None)
    assert ("まだ測っていません" in said) is (known is None)
    assert quality("L9") is None
    later = review.run(
        here.database, here.reader(), here.clock, start=run.start, end=run.end, trial=False
    )
    assert month.month_page(here, later.id).quality == ""
