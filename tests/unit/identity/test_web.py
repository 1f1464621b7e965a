"""The door as a person without scripts meets it."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
import re
from html import unescape
from pathlib import Path

import pyotp
import pytest
from aiohttp import FormData
from tests.unit.identity.journey import Page, Records, Walk

from sekisho import identity
from sekisho.identity.web import Identity
from sekisho.ledger import Reader, create_key, recorder
from sekisho.terms import Access, FixedClock

PASSWORD = "niwatori wa hadashi"


def _shown(text: str, element: str) -> str:
    found = re.search(rf'id="{element}">([^<]+)<', text)
    assert found
    return unescape(found[1])


def test_set_up_walk(door: Identity, walk: Walk, book: Records) -> None:
    """The set-up code leads to two administrators and a sealed code, and no default password is anywhere."""
    made = identity.set_up(door.database, door.clock)
    assert made
    code = made.reveal()
    invited = {}

    async def journey(browser: Page) -> None:
        await browser.get("/")
        assert browser.at == "/set-up"
        wrong = {"user_id": "D0012", "name": "模擬 花子", "password": PASSWORD, "again": PASSWORD}
        await browser.send("/set-up", code="00000-00000-00000-00000", **wrong)
        assert browser.status == 400
        await browser.send("/set-up", code=code, **{**wrong, "again": "x"})
        assert "2つの欄" in browser.text
        await browser.send("/set-up", code=code.lower().replace("-", " "), **wrong)
        assert browser.at == "/set-up/second"
        await browser.send(
            "/set-up/second", user_id="D0099", name="模擬 三郎", identified="職員証を見て手渡し"
        )
        invited["code"] = _shown(browser.text, "one-time-code")
        await browser.get("/set-up/sealed")
        await browser.send("/set-up/sealed")
        invited["sealed"] = _shown(browser.text, "sealed-code")
        await browser.get("/")
        assert browser.text == "home of D0012"

    async def second(browser: Page) -> None:
        await browser.get("/recover")
        chosen = {"password": "kasa ga nai hi no ame", "again": "kasa ga nai hi no ame"}
        await browser.send("/recover", code=invited["code"], user_id="d0099", **chosen)
        assert browser.at == "/account"
        assert "模擬 三郎" in browser.text

    walk(door, journey)
    walk(door, second)
    assert len(invited["sealed"].replace("-", "")) == 30
    assert book.acts == [
        ("security", "identity:set-up-code", "refused"),
        ("security", "identity:account-created", "success"),
        ("login", "identity:sign-in", "success"),
        ("security", "identity:account-created:D0099", "success"),
        ("security", "identity:sealed-code-made", "success"),
        ("security", "identity:password-changed", "success"),
        ("login", "identity:sign-in", "success"),
    ]
    assert {each.key for each in identity.findings(door.database, door.clock)} == {
        "identity.no_second_factor"
    }


def test_sealed_code_brings_an_administrator_back(
    staffed: Identity, walk: Walk, book: Records
) -> None:
    """The sealed code makes an administrator once, and stays a finding until a new one is sealed."""
    code = identity.seal(staffed.database, staffed.clock, by="D0012").reveal()
    form = {
        "user_id": "D0012",
        "name": "模擬 花子",
        "identified": "院長の立ち会いで開封",
        "password": "kasa ga nai hi no ame",
        "again": "kasa ga nai hi no ame",
    }

    def keys() -> set[str]:
        return {each.key for each in identity.findings(staffed.database, staffed.clock)}

    async def journey(browser: Page) -> None:
        await browser.get("/recover/sealed")
        await browser.send("/recover/sealed", code=code, **form)
        assert browser.at == "/set-up/sealed"
        assert "identity.sealed_used" in keys()
        await browser.send("/set-up/sealed")
        assert "identity.sealed_used" not in keys()

    async def again(browser: Page) -> None:
        await browser.get("/recover/sealed")
        await browser.send("/recover/sealed", code=code, **form)
        assert browser.status == 400

    walk(staffed, journey)
    walk(staffed, again)
    assert ("emergency", "identity:sealed-code-used", "success") in book.acts


def test_sign_in_and_out(staffed: Identity, walk: Walk, book: Records) -> None:
    """A page behind the door comes back after sign-in, and is gone after sign-out."""

    async def journey(browser: Page) -> None:
        await browser.get("/account")
        assert browser.at == "/sign-in?next=/account"
        await browser.send("/sign-in", user_id="D0012", password="wrong", next="/account")
        assert browser.status == 401
        assert 'value="D0012"' in browser.text
        assert 'value="wrong"' not in browser.text
        await browser.send("/sign-in", user_id="D0012", password=PASSWORD, next="/account")
        assert browser.at == "/account"
        await browser.send("/sign-out")
        assert browser.at == "/sign-in?out=1"
        await browser.get("/account")
        assert browser.at.startswith("/sign-in")

    walk(staffed, journey)
    assert book.acts == [
        ("login", "identity:sign-in", "refused"),
        ("login", "identity:sign-in", "success"),
        ("logout", "identity:sign-out", "success"),
    ]


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_next_stays_here(staffed: Identity, walk: Walk, next_: str) -> None:
    """Sign-in never leads to another site."""

    async def journey(browser: Page) -> None:
        await browser.sign_in(next=next_)
        assert browser.text == "home of D0012"

    walk(staffed, journey)


def test_nothing_is_let_in_unrecorded(staffed: Identity, walk: Walk, book: Records) -> None:
    """Where the act cannot be recorded nobody is let in, and the page says so."""

    async def journey(browser: Page) -> None:
        book.broken = True
        await browser.sign_in()
        assert (browser.status, browser.text) == (503, "identity.not_recorded")
        book.broken = False
        await browser.get("/account")
        assert browser.at.startswith("/sign-in")

    walk(staffed, journey)
    assert identity.list_sessions(staffed.database, staffed.clock) == []


def test_lock_out_grows(staffed: Identity, walk: Walk, clock: FixedClock, book: Records) -> None:
    """After five failures the right password waits too; an administrator's unlock ends the wait."""

    async def journey(browser: Page) -> None:
        for _ in range(5):
            await browser.sign_in("D0034", "wrong")
            assert browser.status == 401
        await browser.sign_in("D0034")
        assert browser.status == 429
        assert "約1分" in browser.text
        clock.move(dt.timedelta(minutes=1, seconds=1))
        await browser.sign_in("D0034", "wrong")
        await browser.sign_in("D0034")
        assert "約2分" in browser.text
        await browser.sign_in("D0012")
        known = identity.find_account(staffed.database, "D0034")
        assert known
        await browser.get(f"/accounts/{known.id}")
        await browser.send(f"/accounts/{known.id}/unlock")
        assert browser.status == 200
        await browser.send("/sign-out")
        await browser.sign_in("D0034")
        assert browser.text == "home of D0034"

    walk(staffed, journey)
    assert book.acts.count(("login", "identity:lock-out", "refused")) == 2


def test_totp(staffed: Identity, walk: Walk, clock: FixedClock) -> None:
    """A code set up is asked for at every sign-in, and no code works twice."""
    shown = {}

    async def journey(browser: Page) -> None:
        await browser.sign_in()
        await browser.get("/account")
        await browser.send("/account/totp")
        assert "<svg" in browser.text
        shown["key"] = _shown(browser.text, "totp-key").replace(" ", "")
        await browser.send("/account/totp/confirm", code="000000")
        assert browser.status == 400
        await browser.send("/account/totp/confirm", code=_code(shown["key"], clock))
        assert browser.at == "/account?done=totp"
        await browser.send("/account/password", password="me2kujaku", again="me2kujaku")
        assert browser.at == "/account?done=password"
        await browser.send("/account/totp/remove")
        assert browser.status == 400
        await browser.send("/sign-out")
        await browser.sign_in(password="me2kujaku")
        assert browser.status == 401
        await browser.sign_in(password="me2kujaku", code=_code(shown["key"], clock))
        assert browser.status == 401
        clock.move(dt.timedelta(seconds=30))
        await browser.sign_in(password="me2kujaku", code=_code(shown["key"], clock))
        assert browser.text == "home of D0012"

    walk(staffed, journey)


def _code(key: str, clock: FixedClock) -> str:
    return pyotp.TOTP(key).at(clock.now())


def test_sensitive_acts_ask_again(staffed: Identity, walk: Walk, clock: FixedClock) -> None:
    """Six minutes after sign-in a sensitive act asks for the password once more."""

    async def journey(browser: Page) -> None:
        await browser.sign_in()
        await browser.get("/account")
        clock.move(dt.timedelta(minutes=6))
        await browser.send("/account/totp")
        assert browser.at == "/sign-in/again?next=/account"
        await browser.send("/sign-in/again", password="wrong", next="/account")
        assert browser.status == 401
        await browser.send("/sign-in/again", password=PASSWORD, next="/account")
        assert browser.at == "/account"
        await browser.send("/account/totp")
        assert browser.at == "/account/totp"

    walk(staffed, journey)


def test_foreign_forms_are_refused(staffed: Identity, walk: Walk) -> None:
    """A form from another site, without our token, or to another host name changes nothing."""

    async def journey(browser: Page) -> None:
        await browser.sign_in()
        await browser.get("/account")
        token = re.findall(r'name="csrf" value="([^"]*)"', browser.text)[0]
        client = browser.client
        for headers in (
            {"Origin": "http://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "null"},
        ):
            answer = await client.post("/sign-out", data={"csrf": token}, headers=headers)
            assert (answer.status, await answer.text()) == (403, "identity.foreign_form")
        for data in ({}, {"csrf": "x"}, {"csrf": "é"}):
            answer = await client.post("/sign-out", data=data)
            assert (answer.status, await answer.text()) == (403, "identity.old_form")
        answer = await client.post(
            "/sign-out", data={"csrf": token}, headers={"Host": "evil.example"}
        )
        assert answer.status == 421
        answer = await client.get("/account", headers={"Host": "127.0.0.1"}, allow_redirects=False)
        assert answer.headers["Location"] == "http://localhost/account"
        for path, status in (("/upload", 403), (f"/upload?csrf={token}", 200)):
            form = FormData({"csrf": token}, default_to_multipart=True)
            answer = await client.post(path, data=form)
            assert answer.status == status
        for host in ("[", "localhost:x", "localhost:99999", "a b", "\u00e9"):
            answer = await client.get("/account", headers={"Host": host}, allow_redirects=False)
            assert answer.status in {302, 400}
        await browser.get("/")
        assert browser.text == "home of D0012"

    walk(staffed, journey)


def test_cookie_is_strict(staffed: Identity, walk: Walk) -> None:
    """The session cookie is bound to the host, hidden from scripts, and not what is stored."""

    async def journey(browser: Page) -> None:
        await browser.get("/sign-in")
        token = re.findall(r'name="csrf" value="([^"]*)"', browser.text)[0]
        form = {"csrf": token, "user_id": "D0012", "password": PASSWORD}
        answer = await browser.client.post("/sign-in", data=form, allow_redirects=False)
        header = next(
            line
            for line in answer.headers.getall("Set-Cookie")
            if line.startswith("__Host-sekisho=")
        )
        parts = {part.strip().lower() for part in header.split(";")[1:]}
        assert parts == {"httponly", "secure", "samesite=lax", "path=/"}
        token = header.split(";")[0].split("=")[1]
        raw = staffed.database.path
        assert raw
        wal = raw.with_name(raw.name + "-wal")
        assert token.encode() not in raw.read_bytes() + wal.read_bytes()

    walk(staffed, journey)


def test_administrator_keeps_accounts(staffed: Identity, walk: Walk, book: Records) -> None:
    """An administrator opens an account, changes duties and closes it; sessions end at once."""
    made = {}

    async def journey(browser: Page) -> None:
        await browser.sign_in()
        await browser.get("/accounts/new")
        form = {"user_id": "D0050", "name": "模擬 四郎", "identified": "職員証を見て手渡し"}
        await browser.send("/accounts/new", **form)
        assert "役目を1つ以上" in browser.text
        await browser.send("/accounts/new", **form, reviewer="1")
        made["code"] = _shown(browser.text, "one-time-code")
        await browser.get("/accounts")
        assert "模擬 四郎" in browser.text

    async def new_one(browser: Page) -> None:
        await browser.get("/recover")
        chosen = {"password": "kasa ga nai hi no ame", "again": "kasa ga nai hi no ame"}
        await browser.send("/recover", code=made["code"], user_id="D0050", **chosen)
        await browser.get("/accounts")
        assert (browser.status, browser.text) == (403, "identity.administrators_only")
        known = identity.find_account(staffed.database, "D0050")
        assert known
        identity.set_roles(staffed.database, known.id, [identity.Role.SAFETY_OFFICER], by="D0012")
        await browser.get("/account")
        assert browser.at.startswith("/sign-in")

    async def closing(browser: Page) -> None:
        await browser.sign_in()
        known = identity.find_account(staffed.database, "D0050")
        mine = identity.find_account(staffed.database, "D0012")
        assert known
        assert mine
        await browser.get(f"/accounts/{known.id}")
        await browser.send(f"/accounts/{known.id}/close")
        assert "終わらせました" in browser.text
        await browser.get("/accounts?show=closed")
        assert "模擬 四郎" in browser.text
        await browser.get("/account")
        await browser.send(f"/accounts/{mine.id}/close")
        assert "ほかの管理者" in browser.text
        await browser.get("/accounts/new")
        form = {"user_id": "d0050", "name": "別人", "identified": "職員証を見て手渡し"}
        await browser.send("/accounts/new", **form, reviewer="1")
        assert "すでに利用者として登録" in browser.text

    walk(staffed, journey)
    walk(staffed, new_one)
    walk(staffed, closing)
    assert ("security", "identity:account-closed:D0050", "success") in book.acts
    assert ("security", "identity:not-administrator", "refused") in book.acts


def test_own_sessions(staffed: Identity, walk: Walk) -> None:
    """A person sees their sessions and ends another one, which stops at its next request."""

    async def journey(browser: Page) -> None:
        await browser.sign_in("D0034")
        known = identity.find_account(staffed.database, "D0034")
        assert known
        other = identity.open_session(
            staffed.database, staffed.clock, known.id, method=identity.Method.PASSWORD
        )
        await browser.get("/account")
        (path,) = re.findall(r'action="(/account/sessions/[0-9a-f]+/close)"', browser.text)
        await browser.send(path)
        assert identity.session(staffed.database, other.reveal(), staffed.clock) is None
        await browser.get("/")
        assert browser.text == "home of D0034"

    walk(staffed, journey)


def test_language(staffed: Identity, walk: Walk) -> None:
    """Every page of the room reads in English once the account says so."""

    async def journey(browser: Page) -> None:
        await browser.sign_in()
        await browser.get("/account")
        await browser.send("/account/language", language="en")
        pages = ("/account", "/accounts", "/accounts/new", "/set-up/second", "/set-up/sealed")
        known = identity.find_account(staffed.database, "D0034")
        assert known
        for path in (*pages, f"/accounts/{known.id}", "/sign-in/again"):
            await browser.get(path)
            assert browser.status == 200
            main = browser.text.split("<main")[1].split("</main>")[0]
            assert "identity." not in main
            rest = re.sub(r"模擬 花子|模擬 次郎|日本語|　", "", main)
            assert not re.search(r"[ぁ-んァ-ヶ一-龠]", rest), (path, rest)

    walk(staffed, journey)


def test_crowd_at_the_door_is_told(staffed: Identity, walk: Walk) -> None:
    """Where forty already wait to be checked the next one is told at once, and hashes nothing."""

    async def journey(browser: Page) -> None:
        staffed.waiting.extend([object()] * 40)
        await browser.sign_in()
        assert (browser.status, browser.text) == (503, "identity.busy")
        staffed.waiting.clear()
        await browser.sign_in()
        assert browser.text == "home of D0012"

    walk(staffed, journey)


def test_acts_stand_in_the_real_ledger(
    staffed: Identity, walk: Walk, clock: FixedClock, data: Path
) -> None:
    """Sign-in and its refusal stand in the ledger, in order, without what was typed as a name."""
    create_key(data, "sekisho.invalid/test")
    with recorder(data, staffed.database, clock) as ledger:

        async def record(access: Access) -> None:
            await asyncio.to_thread(ledger.append, [access])

        door = dataclasses.replace(staffed, record=record)

        async def journey(browser: Page) -> None:
            await browser.sign_in("my-password-by-mistake", "wrong")
            await browser.sign_in()
            assert browser.text == "home of D0012"

        walk(door, journey)
    lines = list(Reader(data, staffed.database).jsonl())
    assert [(line["user_id"], line["action"], line["outcome"]) for line in lines] == [
        (None, "login", "refused"),
        ("D0012", "login", "success"),
    ]
    assert lines[0]["user_kind"] == "unknown"
    assert "my-password-by-mistake" not in json.dumps(lines)
