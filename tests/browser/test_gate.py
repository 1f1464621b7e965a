"""A nurse, a PACS and the gate, from the passkey to the second look, in a real browser."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import context
from tests.browser.served import Served, Watch, answers, flaws, follow, serve, sign_in
from tests.peers.orthanc import Orthanc, orthanc
from tests.ports import free_port
from tests.unit.gate.conftest import adopt

from sekisho import care
from sekisho.app.installation import Installation, open_installation
from sekisho.gate.launch import make_key, sign_ticket
from sekisho.identity import Role, create_demo_account, terminals
from sekisho.identity.signals import issue_terminal_token
from sekisho.identity.tables import SESSION
from sekisho.terms import Secret

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PASSWORD = "niwatori wa hadashi"
PEOPLE = {
    "N1": Role.STAFF,
    "R1": Role.REVIEWER,
    "S1": Role.SAFETY_OFFICER,
    "A1": Role.ADMINISTRATOR,
}


@dataclass(slots=True)
class Place:
    """A served hospital with an archive behind its gate."""

    served: Served
    archive: Orthanc
    pacs: str
    installation: Installation

    def picture(self, patient: str) -> str:
        """Return the address of a patient's picture."""
        study = self.archive.studies[patient]
        return (
            f"{self.pacs}/wado?requestType=WADO&studyUID={study}"
            f"&seriesUID={study}.1&objectUID={study}.1.1"
        )


def _lists(folder: Path) -> list[Path]:
    today = f"{dt.datetime.now(dt.timezone(dt.timedelta(hours=9))):%Y/%m/%d}"
    texts = {
        "staff.csv": "職員番号,氏名,職種,所属,患者番号（本人）\n"
        "N1,関 一,看護師,3階東病棟,\nR1,関 二,医師,外科,\nS1,関 三,医師,外科,\nH9,関 四,看護師,2階,00042\n",
        "visits.csv": f"患者番号,受付日,診療科\n00042,{today},外科\n",
        "stays.csv": f"患者番号,入院日,退院日,病棟,診療科\n00200,{today},,3東,外科\n",
    }
    paths = []
    for name, text in texts.items():
        paths.append(folder / name)
        paths[-1].write_bytes(text.encode("cp932"))
    return paths


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Everything running: recorder, console, jobs, gate, and a real Orthanc."""
    folder = tmp_path_factory.mktemp("gated")
    data = folder / "data"
    data.mkdir(mode=0o700)
    console, gate = free_port(), free_port()
    with orthanc(tmp_path_factory.mktemp("archive")) as archive:
        (data / "sekisho.toml").write_text(f"[console]\nport = {console}\n", encoding="utf-8")
        (data / "gate.toml").write_text(
            f'[gate]\nport = {gate}\n[route.pacs]\norigin = "http://pacs.localhost:{gate}"\n'
            f'upstream = "{archive.url}"\nadapter = "dicomweb"\nbase = "/dicom-web"\n[emr.emr]\n',
            encoding="utf-8",
        )
        installation = open_installation(data, create=True)
        for report in care.load(
            _lists(folder), database=installation.database, clock=installation.clock
        ):
            assert report.error is None
        adopt(installation)
        for user, role in PEOPLE.items():
            create_demo_account(
                installation.database,
                installation.clock,
                user_id=user,
                name="模擬　職員",
                roles={role},
                password=Secret(PASSWORD),
            )
        with serve(data, console) as served:
            _until(lambda: answers(gate), "the gate did not start")
            yield Place(served, archive, f"http://pacs.localhost:{gate}", installation)
        installation.close()


def _authenticator(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def _enter(browser: Browser, place: Place, user: str) -> Page:
    page = context(browser).new_page()
    sign_in(page, place.served.origin, user, PASSWORD)
    return page


def _until(met: Callable[[], bool], what: str) -> None:
    """Ask until it is so: what is chosen is in force within a second, on a busy machine later."""
    end = time.monotonic() + 60
    while not met():
        assert time.monotonic() < end, what
        time.sleep(0.3)


def _shows_a_picture(page: Page, address: str) -> bool:
    page.goto(address)
    return bool(page.evaluate("document.contentType").startswith("image/"))


def test_from_the_passkey_to_the_second_look(browser: Browser, place: Place) -> None:
    """A nurse signs in with a passkey, sees her patient's picture, is refused another's, breaks the glass; her chief looks at it."""
    nurse = _enter(browser, place, "N1")
    _authenticator(nurse)
    nurse.goto(f"{place.served.origin}/account")
    nurse.click("[data-passkey=register] button")
    nurse.wait_for_url("**/account?done=passkey")
    follow(nurse, "form[action='/sign-out'] button")

    # The picture's own address: the gate sends her to sign in and brings her back.
    nurse.goto(place.picture("00200"))
    nurse.click("[data-passkey=sign-in] button")
    nurse.wait_for_url(f"{place.pacs}/**")
    nurse.wait_for_function("document.contentType.startsWith('image/')")

    # Watched only: a colleague's picture opens, and the safety officer sees whom it would stop.
    assert _shows_a_picture(nurse, place.picture("00042"))
    officer = _enter(browser, place, "S1")
    officer.goto(f"{place.served.origin}/gate")
    expect(officer.locator("table")).to_contain_text("N1")
    assert flaws(officer) == []
    officer.click("text=止めるようにする")
    expect(officer.locator(".st.ok").first).to_contain_text("止めている")

    # Enforced: refused, opened with a reason, for this patient.
    _until(lambda: not _shows_a_picture(nurse, place.picture("00042")), "it is refused")
    expect(nurse.locator("h1")).to_contain_text("いまは開けません")
    nurse.fill("[name=reason]", "急変のため画像を確認")
    nurse.click("text=理由を残して開く")
    nurse.wait_for_function("document.contentType.startsWith('image/')")

    # Somebody else looks at it afterwards.
    chief = _enter(browser, place, "R1")
    chief.goto(f"{place.served.origin}/gate/glass")
    expect(chief.locator("section.card")).to_contain_text("急変のため画像を確認")
    assert flaws(chief) == []
    chief.click("button[value=right]")
    expect(chief.locator("table")).to_contain_text("必要だった")

    shown = [
        (one["outcome"], [p["id"] for p in one["patient_ids"]], one["marks"])
        for one in place.installation.reader().jsonl()
        if one["source"] == "gate:pacs"
        and one["user_id"] == "N1"
        and one["action"] == "read"
        and one["patient_ids"]
    ]
    # How often a browser asks for one picture is its own affair; each time is on record.
    assert [one for one, _ in groupby(shown)] == [
        ("success", ["00200"], []),
        ("success", ["00042"], ["observe"]),
        ("refused", ["00042"], []),
        ("success", ["00042"], ["emergency"]),
    ]


def test_an_administrator_gives_a_program_its_token(browser: Browser, place: Place) -> None:
    """In the console a token is made and seen once; a program reads an image's description by it until its account is ended."""
    keeper, origin = _enter(browser, place, "A1"), place.served.origin
    keeper.goto(f"{origin}/gate/services")
    keeper.click("text=作る")
    for name, value in (
        ("name", "viewer"),
        ("purpose", "模擬のビューアー"),
        ("owner", "R1"),
        ("sources", "127.0.0.1"),
    ):
        keeper.fill(f"[name={name}]", value)
    assert flaws(keeper) == []
    keeper.click("text=作って、合言葉を見る")
    token = keeper.inner_text("#token")
    assert flaws(keeper) == []
    assert _asked(place, token) == 200
    assert _asked(place, token[:-1]) == 401

    keeper.click("text=一覧へ")
    expect(keeper.locator("table")).to_contain_text("viewer")
    assert token not in keeper.content()
    keeper.click("summary:has-text('終わらせる')")
    assert flaws(keeper) == []
    keeper.click("button:has-text('終わらせる')")
    expect(keeper.locator("main")).to_contain_text("業務用アカウントはありません")
    _until(lambda: _asked(place, token) == 401, "the account is ended")

    shown = [
        (one["outcome"], [p["id"] for p in one["patient_ids"]])
        for one in place.installation.reader().jsonl()
        if one["user_id"] == "service:viewer"
    ]
    assert [one for one, _ in groupby(shown)] == [("success", ["00200"])]
    keeper.context.close()


def _asked(place: Place, token: str) -> int:
    """Return the status of a program's request for the description of a study."""
    gate = urlsplit(place.pacs)
    request = Request(
        f"http://127.0.0.1:{gate.port}/dicom-web/studies/{place.archive.studies['00200']}/metadata",
        headers={"Host": gate.netloc, "Authorization": f"Bearer {token}"},
    )
    try:
        with urlopen(request, timeout=20) as answer:
            assert answer.url == request.full_url, "it is never led elsewhere"
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_staff_see_nothing_of_the_console_but_their_own(browser: Browser, place: Place) -> None:
    """Who has no duty in Sekisho is led to their own account, whatever page they ask for."""
    page = _enter(browser, place, "N1")
    for path in ("/", "/records", "/review", "/gate", "/people", "/accounts", "/health"):
        page.goto(f"{place.served.origin}{path}")
        assert page.url == f"{place.served.origin}/account"
    page.context.close()


@pytest.mark.duty("1-1")
def test_a_wards_terminal_goes_from_hand_to_hand(browser: Browser, place: Place) -> None:
    """Under the bar: a picture, the next person at the same picture by one key, told before idleness ends it, ended when the card is pulled; and opened from the EMR."""
    database, clock = place.installation.database, place.installation.clock
    terminals.set_terminal(
        database,
        clock,
        "ward",
        networks=["127.0.0.1", "::1"],
        idle=dt.timedelta(minutes=3),
        by="S1",
    )
    key = bytes.fromhex(make_key(place.installation.data, "emr").reveal())
    watch = Watch(place.pacs)
    page = context(browser).new_page()
    try:
        watch.over(page.context)
        sign_in(page, place.served.origin, "N1", PASSWORD)
        page.goto(place.picture("00200"))
        page.wait_for_url(f"{place.pacs}/.sekisho/desk?next=**")
        expect(page.locator(".desk > header strong")).to_have_text("模擬 職員")
        shown = page.frame_locator("iframe").locator("img")
        expect(shown).to_be_visible()
        assert flaws(page) == []

        # One key, pressed where the picture is: the next person comes to it.
        page.frame_locator("iframe").locator("body").press("Control+Alt+KeyK")
        page.wait_for_url(f"{place.served.origin}/sign-in?next=**")
        page.fill("[name=user_id]", "R1")
        page.fill("[name=password]", PASSWORD)
        page.click("form[action='/sign-in'] .btn.primary")
        page.wait_for_url(f"{place.pacs}/.sekisho/desk?next=**")
        expect(shown).to_be_visible()

        # Quiet: told, then gone from the screen.
        _quiet(place, 125)
        dialog = page.locator("dialog[data-awake]")
        expect(dialog).to_be_visible()
        assert flaws(page) == []
        _quiet(place, 60)
        page.wait_for_url(f"{place.served.origin}/sign-in?next=**")

        # From the EMR, and out when the card is pulled.
        end = int(time.time()) + 50
        fields = {"emr": "emr", "user": "N1", "patient": None, "route": "pacs", "exp": end}
        page.goto(
            f"{place.pacs}/.sekisho/launch?ticket={sign_ticket(key, {**fields, 'nonce': 'n' * 20})}"
        )
        expect(page.locator(".desk h1")).to_have_text("pacs")
        token = issue_terminal_token(database, "ward").reveal()
        call = Request(
            f"{place.served.origin}/terminal/sign-out",
            method="POST",
            headers={"Authorization": f"Bearer {token}"},
        )
        with urlopen(call, timeout=20) as answer:
            assert answer.status == 200
        page.wait_for_url(f"{place.served.origin}/sign-in?next=**")
    finally:
        terminals.forget_terminal(database, "ward")
        page.context.close()
    assert [one for one in watch.outside if not one.startswith(place.served.origin)] == []
    assert [one for one in watch.complaints if "frame-ancestors" not in one] == []


def _quiet(place: Place, seconds: int) -> None:
    """Let so many seconds pass in which nobody did anything."""
    with place.installation.database.write() as c:
        for row in c.execute(sa.select(SESSION.c.id, SESSION.c.seen)).all():
            at = row.seen - dt.timedelta(seconds=seconds)
            c.execute(sa.update(SESSION).where(SESSION.c.id == row.id).values(seen=at))
