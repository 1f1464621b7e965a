"""The verifier that is one HTML file (packaging/verifier/verify.html), in a real browser."""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import json
import random
import re
import runpy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Page
from tests.browser.conftest import context
from tests.browser.served import Watch, flaws
from tests.peers.changed import changed_house
from tests.peers.exports import HARMS, LEFT_OUT, Lines, says_the_same, text
from tests.unit.ledger.conftest import some

from sekisho.app.installation import Installation, open_installation
from sekisho.ledger import create_key, keep_cosigned, public_key, read_cosigned
from sekisho.ledger.export import with_proofs
from sekisho.witness import Keeper, create_witness

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

FOLDER = Path(__file__).resolve().parents[2] / "packaging" / "verifier"
PAGE = FOLDER / "verify.html"
Judge = Callable[..., str]

NO_ED25519 = """
if (globalThis.SubtleCrypto) {
  const real = SubtleCrypto.prototype.importKey;
  SubtleCrypto.prototype.importKey = function (form, key, kind, ...rest) {
    if (kind.name === "Ed25519") throw new DOMException("no Ed25519", "NotSupportedError");
    return real.call(this, form, key, kind, ...rest);
  };
}
"""
"""A browser as it was before it knew Ed25519."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with 330 records."""
    installation = open_installation(tmp_path_factory.mktemp("house") / "data", create=True)
    with installation.recorder() as log:
        log.append(some(330))
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def lines(house: Installation) -> Lines:
    """The whole record with its proofs."""
    return list(with_proofs(house.reader()))


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the page asks for; the test fails where it is anything but itself."""
    here = Watch(FOLDER.as_uri())
    yield here
    here.clean()


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Page:
    """The page, opened as a file by a browser without a network."""
    made = watch.over(context(browser))
    made.set_offline(offline=True)
    opened = made.new_page()
    opened.goto(PAGE.as_uri())
    return opened


def judged(page: Page, file: Path, key: str, **more: str | bool) -> str:
    """Give the page a file and a key; what its verdict says."""
    # Chosen again, a file that was written anew is another file, as after a click.
    page.set_input_files("#file", [])
    page.set_input_files("#file", file)
    page.fill("#key", key)
    page.evaluate("document.querySelector('details').open = true")
    for name in ("kept", "witness"):
        page.fill(f"#{name}", str(more.get(name, "")))
    page.set_checked("#whole", bool(more.get("whole", False)))
    page.evaluate("document.getElementById('result').replaceChildren()")
    page.click("button.primary")
    page.wait_for_selector(".verdict")
    return page.inner_text("#result")


def test_it_holds_only_itself() -> None:
    """The page's policy lets run its own script and style alone, by their hashes, and nothing else."""
    html = PAGE.read_text("utf-8")
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)[0]
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")
    assert not re.search(r"https?://|\b(?:src|href|action)=|import\(|fetch\(|innerHTML", html)


def test_both_verifiers_call_a_harm_the_same() -> None:
    """The page and the Python file know the same ids, and say the same words of what is wrong."""
    html = PAGE.read_text("utf-8")
    table = html.partition("const SAYS = {")[2].partition("\n};")[0]
    says = {
        name: tuple(json.loads(texts))
        for name, texts in re.findall(r"^  (\w+): (\[.*\]),$", table, re.MULTILINE)
    }
    room = runpy.run_path(str(FOLDER / "verify.py"))
    assert set(says) == set(room["SAYS"])
    unsure = {"unsigned", "part", "rollback", "kept_part", "witnesses", "key"}
    assert {name: says[name] for name in set(says) - unsure} == {
        name: room["SAYS"][name] for name in set(says) - unsure
    }


@pytest.mark.duty("1-3")
def test_erased_records_and_a_new_key(page: Page, tmp_path: Path) -> None:
    """Older and newer paper verify a record from which something was lawfully erased; a gap that no record orders is wrong."""
    house, first, entry = changed_house(tmp_path / "data")
    lines = list(with_proofs(house.reader()))
    house.close()
    good, harmed = tmp_path / "log.jsonl", tmp_path / "harmed.jsonl"
    good.write_bytes(text(lines))
    for key in (first, public_key(tmp_path / "data")):
        said = judged(page, good, key, whole=True)
        assert "✓" in said
        assert "12" in said
        assert str(entry) in said
    harmed.write_bytes(text([line for line in lines if line.get("index") != entry]))
    assert "✗" in judged(page, harmed, first)
    harmed.write_bytes(text([line for line in lines if "rotation" not in line]))
    assert "✗" in judged(page, harmed, first)
    assert "✓" in judged(page, harmed, public_key(tmp_path / "data"))
    gone = next(line for line in lines if "entry" in line)
    harmed.write_bytes(
        text([{**each, "entry": "00" * 32} if each is gone else each for each in lines])
    )
    assert "✗" in judged(page, harmed, first)


@pytest.mark.duty("1-3")
def test_a_good_export(page: Page, house: Installation, lines: Lines, tmp_path: Path) -> None:
    """A good export, packed or plain, is found good, with fingerprint and what was not checked."""
    plain, packed = tmp_path / "log.jsonl", tmp_path / "log.jsonl.gz"
    plain.write_bytes(text(lines))
    packed.write_bytes(gzip.compress(text(lines)))
    kept = (house.data / "ledger" / "checkpoint").read_text("utf-8")
    key = public_key(house.data)
    for file in (plain, packed):
        said = judged(page, file, key, whole=True)
        assert "異常は見つかりませんでした" in said
        assert "330" in said
        assert house.reader().fingerprint() in said
        assert "控えのチェックポイントが渡されていません" in said
        assert "ブラウザー" in said
    said = judged(page, packed, key.replace("+", "+\n "), whole=True, kept=kept)
    assert "控えのチェックポイントが" not in said
    page.click("#language")
    assert "Nothing wrong was found" in page.inner_text("#result")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_each_harm_is_named(page: Page, house: Installation, lines: Lines, tmp_path: Path) -> None:
    """Each kind of tampering is refused and named in words, with its line."""
    says = runpy.run_path(str(FOLDER / "verify.py"))["SAYS"]
    harmed, key = tmp_path / "harmed.jsonl", public_key(house.data)
    for what, harm, line in HARMS:
        changed = copy.deepcopy(lines)
        harm(changed)
        harmed.write_bytes(text(changed))
        said = judged(page, harmed, key)
        assert says[what][0] in said, (what, said)
        assert (f"{line} 行目" in said) is (line > 0)
    for index, leave_out in LEFT_OUT:
        rest = list(lines)
        leave_out(rest)
        harmed.write_bytes(text(rest))
        said = judged(page, harmed, key, whole=True)
        assert says["missing"][0] in said
        assert f"番号 {index % 330}" in said
        assert says["missing"][0] not in judged(page, harmed, key)


def test_damaged_files(page: Page, house: Installation, lines: Lines, tmp_path: Path) -> None:
    """A file cut short, damaged, with a key twice or with no text is refused and named."""
    says = runpy.run_path(str(FOLDER / "verify.py"))["SAYS"]
    plain = text(lines)
    packed = gzip.compress(plain)
    harms = [
        ("file", packed[:-9]),
        ("file", packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:]),
        ("file", plain[:-1]),
        ("line", plain.replace(b'"index": 0,', b'"index": 0, "index": 0,', 1)),
        ("line", plain.replace(b'"u5"', b'"\xff\xfe"', 1)),
        ("line", b"[" * 9_000 + b"\n" + plain),
        ("line", b"\n" + plain),
        ("line", plain.replace(b'"row": 1}', b'"row": 1.0}')),
        ("empty", b""),
    ]
    harmed = tmp_path / "harmed"
    for what, content in harms:
        harmed.write_bytes(content)
        assert says[what][0] in judged(page, harmed, public_key(house.data)), what


def test_one_proof_and_what_was_kept(
    page: Page, house: Installation, lines: Lines, tmp_path: Path
) -> None:
    """One .tlog-proof is verified; another key, and a kept checkpoint that is ahead, are named."""
    one = tmp_path / "record-12.tlog-proof"
    one.write_text(lines[12]["tlog_proof"], "utf-8")
    key = public_key(house.data)
    said = judged(page, one, key)
    assert "異常は見つかりませんでした" in said
    assert "一部だけです（1 件）" in said
    kept = (house.data / "ledger" / "checkpoint").read_text("utf-8")
    other = create_key(tmp_path, kept.split("\n", 1)[0])
    assert "この鍵の署名がありません" in judged(page, one, other)
    assert "まだ確かめていません" in judged(page, one, "no+key+")
    assert "まだ確かめていません" in judged(page, one, key, kept=kept.replace("330", "331"))
    assert "まだ確かめていません" in judged(page, one, key, witness=key)


def test_any_changed_byte_is_found(page: Page, house: Installation, lines: Lines) -> None:
    """Whichever byte of an export is changed, taken out or put in, the page refuses it."""
    judge = """async ([vkey, files]) => {
        const key = await readKey(vkey, 1), good = [];
        for (const [number, file] of files.entries()) {
            const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
            const check = new Check(key, [], null);
            const found = await verify(new File([bytes], "x"), check, false, () => {});
            if (found.ok) good.push(number);
        }
        return good;
    }"""
    dice = random.Random(4)
    plain = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in lines[8:11]).encode()
    files = [plain]
    for number in range(300):
        at, by = dice.randrange(len(plain)), dice.randrange(256)
        turned = bytes([plain[at] ^ 1 << dice.randrange(8)])
        middle = [turned, b"", bytes([plain[at], by])][number % 3]
        changed = plain[:at] + middle + plain[at + 1 :]
        # White space between two words of JSON says the same.
        if not says_the_same(changed, plain):
            files.append(changed)
    sent = [base64.b64encode(file).decode() for file in files]
    taken = page.evaluate(judge, [public_key(house.data), sent])
    assert [files[number] for number in taken] == [plain]


def test_a_file_is_dropped(page: Page, house: Installation, lines: Lines) -> None:
    """A file dropped anywhere on the page is taken, without leaving the page."""
    drop = """lines => {
        const held = new DataTransfer();
        held.items.add(new File([lines], "dropped.jsonl"));
        document.body.dispatchEvent(
            new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: held}));
    }"""
    page.evaluate(drop, text(lines).decode())
    assert page.inner_text("#name") == "dropped.jsonl"
    page.fill("#key", public_key(house.data))
    page.click("button.primary")
    page.wait_for_selector(".verdict.ok")


def test_witnesses_are_asked_for(
    page: Page, house: Installation, lines: Lines, tmp_path: Path
) -> None:
    """A witness's key asks for its cosignature: there it is good, and missing it is wrong."""
    keys = []
    for name in ("w1", "w2"):
        keys.append(create_witness(tmp_path / name, f"{name}.example/w"))
        keeper = Keeper(tmp_path / name, house.clock)
        keeper.trust(public_key(house.data))
        note = house.reader().checkpoint()
        reply = keeper.add(b"old 0\n\n" + note.encode())
        if name == "w1":
            both = read_cosigned(note + reply.text, public_key(house.data), keys[0])
            keep_cosigned(house.data, keys[0], both)
    file = tmp_path / "log.jsonl"
    file.write_bytes(text(list(with_proofs(house.reader()))))
    shutil.rmtree(house.data / "ledger" / "witness")
    said = judged(page, file, public_key(house.data), witness=keys[0])
    assert "異常は見つかりませんでした" in said
    assert "立会人" not in said
    said = judged(page, file, public_key(house.data), witness="\n".join(keys))
    assert "立会人の署名がないか、合いません" in said
    file.write_bytes(text(lines))
    assert "立会人の署名がない" in judged(page, file, public_key(house.data), witness=keys[0])


def test_the_pages_own_signatures(
    browser: Browser, watch: Watch, house: Installation, lines: Lines, tmp_path: Path
) -> None:
    """Where the browser knows no Ed25519 the page computes it, with the same answers."""
    made = watch.over(context(browser))
    made.add_init_script(NO_ED25519)
    page = made.new_page()
    page.goto(PAGE.as_uri())
    file = tmp_path / "log.jsonl"
    file.write_bytes(text(lines))
    said = judged(page, file, public_key(house.data))
    assert "異常は見つかりませんでした" in said
    assert "この頁" in said
    cut = copy.deepcopy(lines)
    {name: harm for name, harm, _ in HARMS}["signature"](cut)
    file.write_bytes(text(cut))
    assert "署名が合いません" in judged(page, file, public_key(house.data))
    ask = """async ([key, signature, message]) => {
        const [a, b, c] = [key, signature, message].map(unhex);
        return [await holdsByPage(a, b, c)];
    }"""
    for number in range(12):
        private = Ed25519PrivateKey.generate()
        message = bytes([number]) * number
        signature, key = private.sign(message), private.public_key().public_bytes_raw()
        turned = bytearray(signature)
        turned[number * 5] ^= 1 << (number % 8)
        over = (
            int.from_bytes(signature[32:], "little")
            + 2**252
            + 27742317777372353535851937790883648493
        )
        tried = [
            signature,
            bytes(turned),
            signature[:32] + over.to_bytes(32, "little"),
            signature[:63],
        ]
        found = [page.evaluate(ask, [key.hex(), each.hex(), message.hex()])[0] for each in tried]
        assert found == [True, False, False, False]


def test_a_file_that_goes_away_is_not_called_wrong(
    page: Page, house: Installation, lines: Lines, tmp_path: Path
) -> None:
    """A file that goes away under the page's hands is "not checked", and the form can be used again."""
    file = tmp_path / "log.jsonl"
    file.write_bytes(text(lines[:9]))
    page.set_input_files("#file", file)
    file.unlink()
    page.fill("#key", public_key(house.data))
    page.click("button.primary")
    page.wait_for_selector(".verdict")
    assert "まだ確かめていません" in page.inner_text("#result")
    file.write_bytes(text(lines[:8]))
    assert "異常は見つかりませんでした" in judged(page, file, public_key(house.data))


def test_it_is_for_everybody(page: Page, house: Installation, lines: Lines, tmp_path: Path) -> None:
    """The page has no fault that axe-core knows, wide and narrow, light and dark, good and bad."""
    file = tmp_path / "log.jsonl"
    file.write_bytes(text(lines))
    judged(page, file, public_key(house.data))
    found = flaws(page)
    file.write_bytes(text(lines[::-1]))
    judged(page, file, public_key(house.data))
    assert found + flaws(page) == []
