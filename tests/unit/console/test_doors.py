"""Every address of the console, walked: who is refused where, and what a form must carry."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.unit.console.conftest import Asker, House

from sekisho import identity
from sekisho.console.application import application
from sekisho.identity import Role
from sekisho.identity.sessions import csrf_token
from sekisho.identity.web.door import AGENT, DOOR, OPEN

EVERYBODY = frozenset(Role)
DUTIES = EVERYBODY - {Role.STAFF}
"""Who has something to do in the console; staff see their own account alone."""
PEOPLE = frozenset({Role.REVIEWER, Role.SAFETY_OFFICER})
KEEPERS = frozenset({Role.ADMINISTRATOR})
OFFICERS = frozenset({Role.SAFETY_OFFICER})
ACCOUNT = "/accounts/{id}"

MAY: dict[str, frozenset[Role]] = {
    "GET /": DUTIES,
    "GET /findings": DUTIES,
    "POST /findings/{id}": DUTIES,
    "POST /findings/{id}/done": DUTIES,
    "GET /records": PEOPLE,
    "GET /records/checkpoints": DUTIES,
    "GET /records/checkpoints/{name}": DUTIES,
    "GET /records/export.csv": PEOPLE,
    "GET /records/exports": DUTIES,
    "GET /records/export.jsonl": PEOPLE,
    "GET /records/export.xlsx": PEOPLE,
    "GET /records/sources": DUTIES,
    "GET /records/source": DUTIES,
    "POST /records/source": KEEPERS | OFFICERS,
    "GET /records/source/request.docx": KEEPERS | OFFICERS,
    "GET /records/quarantine": DUTIES,
    "POST /records/quarantine/retry": KEEPERS,
    "GET /records/{index}": PEOPLE,
    "GET /records/{index}/record.tlog-proof": PEOPLE,
    "GET /records/{index}/record.json": PEOPLE,
    "GET /review": PEOPLE,
    "GET /review/cases/{case}": PEOPLE,
    "POST /review/cases/{case}/answer": PEOPLE,
    "POST /review/cases/{case}/decision": PEOPLE,
    "GET /review/asks/{number}/sheet.{form}": PEOPLE,
    "POST /review/asks/{number}/reply": PEOPLE,
    "POST /review/decisions/{number}": PEOPLE,
    "GET /review/explanations": DUTIES,
    "GET /review/copies": DUTIES,
    "POST /review/copies": PEOPLE,
    "POST /review/copies/names": OFFICERS,
    "GET /review/copies/{name}": PEOPLE,
    "POST /review/explanations": OFFICERS,
    "POST /review/explanations/withdraw": OFFICERS,
    "GET /review/masking": PEOPLE,
    "POST /review/masking": OFFICERS,
    "POST /review/masking/withdraw": OFFICERS,
    "POST /review/masking/order": PEOPLE,
    "GET /review/masking/{kind}.docx": PEOPLE,
    "GET /review/rules": PEOPLE,
    "POST /review/rules": OFFICERS,
    "GET /review/month": DUTIES,
    "GET /review/reasons": DUTIES,
    "POST /review/month/{run}/sign": PEOPLE,
    "GET /review/month/{run}/page.pdf": PEOPLE,
    "GET /review/month/{run}/page.xlsx": PEOPLE,
    "GET /people": PEOPLE,
    "GET /people/levels": DUTIES,
    "POST /people/levels/beds": KEEPERS | OFFICERS,
    "GET /people/lists": DUTIES,
    "GET /people/id/{user}": PEOPLE,
    "GET /people/rosters": DUTIES,
    "GET /people/rosters/{load}": DUTIES,
    "POST /people/rosters/letters": DUTIES,
    "POST /people/rosters/name": DUTIES,
    "POST /people/id/{user}/kind": PEOPLE,
    "GET /inspection": DUTIES,
    "GET /inspection/proof/{subject}": DUTIES,
    "GET /inspection/folder": DUTIES,
    "POST /inspection/folder": KEEPERS | OFFICERS,
    "GET /inspection/folder/{number}": KEEPERS | OFFICERS,
    "GET /inspection/progress": DUTIES,
    "GET /inspection/paper/{catalogue}/{form}": DUTIES,
    "GET /inspection/issued": KEEPERS | OFFICERS,
    "POST /inspection/issued": KEEPERS | OFFICERS,
    "GET /inspection/issued/{upload}": KEEPERS | OFFICERS,
    "POST /inspection/issued/{upload}/fill": KEEPERS | OFFICERS,
    "POST /inspection/issued/{upload}/confirm": KEEPERS | OFFICERS,
    "GET /inspection/period": DUTIES,
    "POST /inspection/period": KEEPERS | OFFICERS,
    "POST /inspection/period/day": KEEPERS | OFFICERS,
    "POST /inspection/period/notices/{notice}": KEEPERS | OFFICERS,
    "POST /inspection/period/words/{word}": KEEPERS | OFFICERS,
    "GET /inspection/period/{period}": DUTIES,
    "POST /inspection/period/{period}/words": KEEPERS | OFFICERS,
    "POST /inspection/period/{period}/end": KEEPERS | OFFICERS,
    "GET /inspection/period/{period}/{day}": DUTIES,
    "GET /inspection/period/{period}/{day}/page.pdf": DUTIES,
    "POST /inspection/kinds": KEEPERS | OFFICERS,
    "POST /inspection/kinds/undo": KEEPERS | OFFICERS,
    "GET /inspection/carry": DUTIES,
    "POST /inspection/carry": KEEPERS | OFFICERS,
    "POST /inspection/carry/undo": KEEPERS | OFFICERS,
    "GET /inspection/{catalogue}/{item}": DUTIES,
    "GET /inspection/register": DUTIES,
    "GET /inspection/register/{part}": DUTIES,
    "POST /inspection/register/{part}": KEEPERS | OFFICERS,
    "GET /inspection/register/{part}/new": KEEPERS | OFFICERS,
    "POST /inspection/register/{part}/confirm": KEEPERS | OFFICERS,
    "GET /inspection/register/{part}/{line}": DUTIES,
    "POST /inspection/register/{part}/{line}": KEEPERS | OFFICERS,
    "POST /inspection/register/{part}/{line}/act": KEEPERS | OFFICERS,
    "GET /inspection/register/{part}/export.{form}": DUTIES,
    "GET /inspection/register/{part}/template.xlsx": DUTIES,
    "GET /inspection/register/{part}/load": KEEPERS | OFFICERS,
    "POST /inspection/register/{part}/load/{load}/back": KEEPERS | OFFICERS,
    "POST /inspection/register/{part}/load": KEEPERS | OFFICERS,
    "GET /inspection/register/{part}/load/{upload}": KEEPERS | OFFICERS,
    "POST /inspection/register/{part}/load/{upload}": KEEPERS | OFFICERS,
    "POST /inspection/register/{part}/{line}/files": KEEPERS | OFFICERS,
    "GET /inspection/register/contacts/chart.pdf": DUTIES,
    "POST /inspection/register/risks/begin": KEEPERS | OFFICERS,
    "GET /inspection/register/rules/draft/{kind}.docx": DUTIES,
    "POST /inspection/register/vendor_sheets/ask": KEEPERS | OFFICERS,
    "GET /inspection/register/vendor_sheets/{line}/paper/{what}.{form}": KEEPERS | OFFICERS,
    "POST /inspection/register/vendor_sheets/{line}/remind": KEEPERS | OFFICERS,
    "POST /inspection/register/vendor_sheets/{line}/answer": KEEPERS | OFFICERS,
    "POST /inspection/register/vendor_sheets/{line}/answers": KEEPERS | OFFICERS,
    "GET /inspection/register/{part}/{line}/files/{file}": DUTIES,
    "POST /inspection/register/{part}/{line}/files/{file}": KEEPERS | OFFICERS,
    "POST /inspection/{catalogue}/{item}/answer": KEEPERS | OFFICERS,
    "POST /inspection/{catalogue}/{item}/withdraw": KEEPERS | OFFICERS,
    "GET /posture": DUTIES,
    "GET /posture/assets/{asset}": DUTIES,
    "POST /posture/assets/{asset}/touch": KEEPERS | OFFICERS,
    "GET /posture/connections": DUTIES,
    "GET /posture/pairs": DUTIES,
    "POST /posture/pairs/{pair}": KEEPERS | OFFICERS,
    "POST /posture/pairs/{pair}/undo": KEEPERS | OFFICERS,
    "GET /posture/known": DUTIES,
    "POST /posture/known/{found}": KEEPERS | OFFICERS,
    "GET /posture/advisories/{number}": DUTIES,
    "POST /posture/known/{found}/inquiry": KEEPERS | OFFICERS,
    "GET /posture/inquiries/{letter}.{form}": KEEPERS | OFFICERS,
    "POST /posture/inquiries/{letter}/withdraw": KEEPERS | OFFICERS,
    "POST /posture/inquiries/{inquiry}/reply": KEEPERS | OFFICERS,
    "POST /posture/replies/{reply}/undo": KEEPERS | OFFICERS,
    "GET /posture/export.{form}": DUTIES,
    "POST /posture/assets/{asset}/gone": KEEPERS | OFFICERS,
    "GET /posture/vendors": DUTIES,
    "POST /posture/vendors": KEEPERS | OFFICERS,
    "GET /posture/vendors/{letter}.{form}": KEEPERS | OFFICERS,
    "POST /posture/vendors/{letter}/withdraw": KEEPERS | OFFICERS,
    "POST /posture/vendors/{letter}/undo": KEEPERS | OFFICERS,
    "GET /posture/disclosures/{disclosure}": DUTIES,
    "GET /posture/sources": DUTIES,
    "GET /posture/protection": DUTIES,
    "GET /posture/network": DUTIES,
    "GET /posture/incidents": DUTIES,
    "POST /posture/incidents/{question}": KEEPERS | OFFICERS,
    "GET /posture/controls": DUTIES,
    "POST /posture/controls": KEEPERS | OFFICERS,
    "GET /posture/controls/new": KEEPERS | OFFICERS,
    "GET /posture/controls/letter.{form}": KEEPERS | OFFICERS,
    "GET /posture/controls/{control}": DUTIES,
    "POST /posture/controls/{control}": KEEPERS | OFFICERS,
    "POST /posture/controls/{control}/confirm": KEEPERS | OFFICERS,
    "POST /posture/controls/{control}/lift": KEEPERS | OFFICERS,
    "POST /posture/controls/{control}/undo": KEEPERS | OFFICERS,
    "GET /posture/station": DUTIES,
    "POST /posture/station": DUTIES,
    "GET /posture/station/{check}": DUTIES,
    "POST /posture/station/{check}": KEEPERS | OFFICERS,
    "GET /posture/load": KEEPERS,
    "POST /posture/load": KEEPERS,
    "GET /posture/load/part": KEEPERS,
    "GET /walk": DUTIES,
    "GET /walk/log": KEEPERS,
    "POST /walk/log": KEEPERS,
    "GET /walk/log/{upload}": KEEPERS,
    "POST /walk/log/{upload}": KEEPERS,
    "GET /walk/lists": KEEPERS,
    "POST /walk/lists": KEEPERS,
    "GET /walk/run": KEEPERS,
    "POST /walk/run": KEEPERS,
    "GET /walk/work": KEEPERS,
    "GET /walk/work/part": KEEPERS,
    "GET /health": DUTIES,
    "POST /health/verify": DUTIES,
    "POST /health/verify/stop": DUTIES,
    "POST /records/{index}/verify": PEOPLE,
    "GET /settings": DUTIES,
    "POST /settings/institution": KEEPERS,
    "GET /set-up/second": KEEPERS,
    "POST /set-up/second": KEEPERS,
    "GET /set-up/sealed": KEEPERS,
    "POST /set-up/sealed": KEEPERS,
    "GET /accounts": KEEPERS,
    "GET /accounts/new": KEEPERS,
    "POST /accounts/new": KEEPERS,
    f"GET {ACCOUNT}": KEEPERS,
    f"POST {ACCOUNT}/roles": KEEPERS,
    f"POST {ACCOUNT}/recover": KEEPERS,
    f"POST {ACCOUNT}/unlock": KEEPERS,
    f"POST {ACCOUNT}/close": KEEPERS,
    f"POST {ACCOUNT}/reopen": KEEPERS,
    f"POST {ACCOUNT}/sessions/close": KEEPERS,
    f"POST {ACCOUNT}/sessions/{{session}}/close": KEEPERS,
    "GET /access": DUTIES,
    "GET /access/cell": DUTIES,
    "GET /access/person": PEOPLE,
    "GET /access/matrix.xlsx": DUTIES,
    "POST /access/propose": DUTIES,
    "POST /access/look": PEOPLE,
    "GET /access/changes": DUTIES,
    "GET /access/changes/{number}": DUTIES,
    "POST /access/changes/{number}": PEOPLE,
    "GET /gate": DUTIES,
    "POST /gate/mode": OFFICERS,
    "GET /gate/glass": PEOPLE,
    "POST /gate/glass/{id}": PEOPLE,
    "GET /gate/emergency": DUTIES,
    "POST /gate/emergency": OFFICERS,
    "GET /records/erasure": KEEPERS | OFFICERS,
    "POST /records/erasure": KEEPERS | OFFICERS,
    "POST /records/erasure/preview": KEEPERS | OFFICERS,
    "POST /records/erasure/{number}": OFFICERS,
    "POST /records/erasure/{number}/withdraw": KEEPERS | OFFICERS,
    "GET /gate/plans": DUTIES,
    "POST /gate/plans": KEEPERS,
    "POST /gate/plans/{id}": OFFICERS,
    "POST /gate/plans/{id}/end": KEEPERS | OFFICERS,
    "GET /gate/bans": DUTIES,
    "POST /gate/bans/{id}": KEEPERS,
    "GET /gate/services": KEEPERS,
    "GET /gate/service-new": KEEPERS,
    "POST /gate/service-new": KEEPERS,
    "POST /gate/services/{name}/renew": KEEPERS,
    "POST /gate/services/{name}/end": KEEPERS,
    "GET /cross": EVERYBODY,
    "GET /account": EVERYBODY,
    "POST /account/language": EVERYBODY,
    "POST /account/password": EVERYBODY,
    "POST /account/totp": EVERYBODY,
    "GET /account/totp": EVERYBODY,
    "POST /account/totp/confirm": EVERYBODY,
    "POST /account/totp/remove": EVERYBODY,
    "POST /account/passkeys/options": EVERYBODY,
    "POST /account/passkeys": EVERYBODY,
    "POST /account/passkeys/{id}/remove": EVERYBODY,
    "POST /account/sessions/close-others": EVERYBODY,
    "POST /account/sessions/{id}/close": EVERYBODY,
    "GET /sign-in/again": EVERYBODY,
    "GET /sign-in/awake": EVERYBODY,
    "POST /sign-in/again": EVERYBODY,
    "POST /sign-out": EVERYBODY,
}
"""Who may ask for what, behind the door. A new address must be added here to pass."""
COUNTS = {"/records": "/records/sources", "/review": "/review/month", "/people": "/people/levels"}
"""Where somebody who may not see people is shown numbers instead."""
TRUST = {"/trust", "/trust/yes.css", "/trust/ca.cer"}
BEFORE = OPEN | {"/static/{name}", "/language", "/metrics", AGENT} | TRUST
"""Addresses before the door."""


def _addresses(house: House) -> Iterator[tuple[str, str]]:
    for route in application(house.installation).router.routes():
        if route.method != "HEAD" and route.resource is not None:
            yield route.method, re.sub(r"\{(\w+):[^/]+\}", r"{\1}", route.resource.canonical)


def _filled(house: House, path: str) -> str:
    account = identity.find_account(house.installation.database, "Z0")
    assert account
    values = {
        "id": account.id
        if path.startswith("/accounts")
        else "0" * 32
        if path.startswith(("/gate/glass", "/gate/bans", "/gate/plans"))
        else "1",
        "index": "3",
        "load": "1",
        **dict.fromkeys(("asset", "pair", "found", "control", "check", "number"), "99"),
        **dict.fromkeys(("letter", "inquiry", "reply", "disclosure"), "99"),
        "question": "backup",
        "catalogue": "checklist-r7",
        "item": "CK-R7-2-6",
        "subject": "gate.tls",
        "day": "2026-01-01",
        **dict.fromkeys(("period", "notice", "word"), "99"),
        "part": "rules",
        "line": "99",
        "file": "99",
        "what": "letter",
        "form": "csv" if "export" in path else "pdf",
        "kind": "notice",
        "case": "1-1",
        "run": "1",
        "user": "P0001",
        "upload": "0" * 32,
        "session": "0" * 32,
        "name": "ct-room1"
        if "services" in path
        else "2026-0001"
        if "copies" in path
        else "sekisho.css",
    }
    return path.format_map(values)


def test_every_address_is_on_the_list(house: House) -> None:
    """No address exists of which this list does not say who may use it."""
    known = {f"{method} {path}" for method, path in _addresses(house) if path not in BEFORE}

    assert known == set(MAY)


@pytest.mark.duty("1-2")
@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_refused_where_it_may_not(house: House, role: Role) -> None:
    """Every address refuses each duty that must not use it, also with a good form token."""

    async def act(ask: Asker) -> None:
        for entry, roles in MAY.items():
            method, path = entry.split(" ")
            if role in roles:
                continue
            get = method == "GET"
            answer, _ = await (ask.get if get else ask.post)(_filled(house, path))
            if role is Role.STAFF and get:
                assert answer.headers["Location"] == "/account", entry
            elif path in COUNTS and get:
                assert answer.headers["Location"] == COUNTS[path], entry
            else:
                assert answer.status == 403, entry

    house.ask(role, act)


@pytest.mark.duty("1-1")
def test_nothing_opens_without_signing_in(house: House) -> None:
    """Whoever is not signed in is sent to the door by every address, with or without a form token."""

    async def act(ask: Asker) -> None:
        ask.cookies = f"{DOOR}=visitor"
        for entry in MAY:
            method, path = entry.split(" ")
            if method == "GET":
                answer, _ = await ask.get(_filled(house, path))
            else:
                answer, _ = await ask.post(_filled(house, path), csrf=csrf_token("visitor"))
            assert answer.status == 303, entry
            assert answer.headers["Location"].startswith("/sign-in"), entry

    house.ask(None, act)


@pytest.mark.parametrize("role", list(Role))
def test_every_form_needs_its_token(house: House, role: Role) -> None:
    """Every form without this session's token, or from another site, is refused and does nothing."""

    async def act(ask: Asker) -> None:
        own = ask.origin
        for method, path in _addresses(house):
            if method != "POST" or path == AGENT:
                continue  # the agent has no browser and no form: its token is asked for
            for token, origin in (("", own), ("x", own), (csrf_token("another"), own)):
                ask.origin = origin
                answer, _ = await ask.post(_filled(house, path), csrf=token)
                assert answer.status == 403, path
            headers = {**ask._headers(), "Origin": "https://evil.example"}
            form = {"csrf": csrf_token(ask.token)}
            answer = await ask.client.post(_filled(house, path), data=form, headers=headers)
            assert answer.status == 403, path

    house.ask(role, act)


def test_another_duty_cannot_call_a_line_done(house: House) -> None:
    """A line that is another duty's work can neither be seen off nor called done; the try is recorded."""
    from sekisho.app.findings import open_findings  # noqa: PLC0415 (only here)
    from sekisho.app.waiting import refresh_findings  # noqa: PLC0415 (same)

    refresh_findings(house.installation)
    found = open_findings(house.installation.database)
    line = next(view for view in found if view.finding.key == "identity.one_administrator")

    async def act(ask: Asker) -> None:
        for path in (f"/findings/{line.id}", f"/findings/{line.id}/done"):
            answer, _ = await ask.post(path)
            assert answer.status == 403
        _, text = await ask.get("/")
        assert f"/findings/{line.id}" not in text

    house.ask(Role.REVIEWER, act)
    still = open_findings(house.installation.database)
    assert line.id in {view.id for view in still}
    reader = house.installation.reader()
    last = [reader.record(index) for index in range(reader.size() - 3, reader.size())]
    assert "refused" in {record["outcome"] for record in last}


def test_masking_has_no_way_around(house: House) -> None:
    """While ids are covered, neither a filter, nor the record of opening a case, nor its path tells whose it is."""
    from sekisho import review  # noqa: PLC0415 (only here)

    case = review.case(house.installation.database, "1-1")

    async def act(ask: Asker) -> None:
        await ask.get("/review/cases/1-1")
        own = house.installation.reader().size() - 1
        _, text = await ask.get(f"/records/{own}")
        assert not [one for one in case.patient_ids if one in text]
        for query in (f"user={case.user_id}", f"patient={case.patient_ids[0]}"):
            answer, text = await ask.get(f"/records?{query}")
            assert answer.status == 400
            assert "PC-" not in text
            assert "絞り込みはできません" in text

    house.ask(Role.REVIEWER, act)


def test_a_strangers_words_are_not_shown(house: House) -> None:
    """What stands in an address is never shown as a message, and the way back never leaves the house."""

    async def act(ask: Asker) -> None:
        for path in ("/review/month", "/walk/log", "/review/cases/1-1"):
            _, text = await ask.get(f"{path}?wrong=%E9%9B%BB%E8%A9%B1%E3%81%97%E3%81%A6")
            assert "電話して" not in text, path
        for before in ("https://evil.example/x", "//evil.example", "javascript:alert(1)"):
            headers = {**ask._headers(), "Referer": before}
            answer = await ask.client.get("/nothing/here", headers=headers)
            assert "evil.example" not in await answer.text()

    house.ask(Role.ADMINISTRATOR, act)
    house.ask(Role.REVIEWER, act)


def test_an_answer_that_needs_a_reason_keeps_what_was_written(house: House) -> None:
    """An answer that cannot be kept shows the case again with the sentence that is missing."""

    async def act(ask: Asker) -> None:
        answer, text = await ask.post("/review/cases/1-4/answer", answer="explained", note=" ")
        assert answer.status == 400
        assert "<textarea" in text

    house.ask(Role.REVIEWER, act)
