"""The verifier that is handed out by itself (packaging/verifier/verify.py), as an inspector runs it."""

from __future__ import annotations

import copy
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.peers.changed import changed_house
from tests.peers.exports import HARMS, LEFT_OUT, Lines, text
from tests.unit.ledger.conftest import some

from sekisho.app.installation import Installation, open_installation
from sekisho.cli.main import main
from sekisho.ledger import create_key, public_key

ROOT = Path(__file__).resolve().parents[3]
PEERS = ROOT / "tests" / "peers" / "exports.py"
VERIFIER = ROOT / "packaging" / "verifier" / "verify.py"
Ask = Callable[..., subprocess.CompletedProcess[str]]

_ALONE = """
import runpy, sys
sys.path.append(sys.argv.pop(1))
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with 700 sealed records and 30 more; the tests leave it as it is."""
    installation = open_installation(tmp_path_factory.mktemp("house") / "data", create=True)
    with installation.recorder() as log:
        log.append(some(700))
        log.seal()
        log.append(some(30, 700))
    yield installation
    installation.close()


def exported(house: Installation, out: Path) -> Path:
    """Run ``sekisho ledger export --with-proof``."""
    call = ["ledger", "export", "--data", str(house.data), "--with-proof", "--out", str(out)]
    done = CliRunner().invoke(main, call)
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module")
def export(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole record, packed, as the program hands it out."""
    return exported(house, tmp_path_factory.mktemp("export") / "log.jsonl.gz")


@pytest.fixture
def lines(export: Path) -> Lines:
    """Its lines."""
    return [json.loads(line) for line in gzip.decompress(export.read_bytes()).splitlines()]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Runs the verifier in a Python that has the standard library and ``cryptography`` alone."""
    alone = tmp_path_factory.mktemp("alone")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        # cffi is what cryptography itself is made with.
        if path.name.split(".")[0] in {"cryptography", "cffi", "_cffi_backend"}:
            (alone / path.name).symlink_to(path)

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-S", "-I", "-X", "utf8", "-c", _ALONE, alone, VERIFIER, *words]
        return subprocess.run(
            [str(word) for word in call], capture_output=True, encoding="utf-8", check=False
        )

    return run


def wrong(done: subprocess.CompletedProcess[str]) -> tuple[str, int]:
    """Return what the verifier called wrong, and the line."""
    assert (done.returncode, done.stderr) == (1, ""), done
    said, where = done.stdout.splitlines()
    return said.rpartition("[")[2].rstrip("]"), int(where.split()[0])


def test_it_is_one_short_file() -> None:
    """The verifier has at most 300 lines and imports the standard library and Ed25519 alone."""
    rows = VERIFIER.read_text("utf-8").splitlines()
    imported = {row.split()[1].split(".")[0] for row in rows if row.startswith(("import", "from"))}
    assert len(rows) <= 300
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


@pytest.mark.duty("1-3")
def test_an_export_is_verified_without_us(house: Installation, export: Path, ask: Ask) -> None:
    """An export with proofs is verified by the one file, which says what it could not check."""
    key = public_key(house.data)
    done = ask(export, key, "--whole")
    assert (done.returncode, done.stderr) == (0, "")
    assert "731" in done.stdout
    assert [row.rpartition("[")[2] for row in done.stdout.splitlines()[1:]] == [
        "witnesses]",
        "rollback]",
    ]
    assert done.stdout.splitlines()[0].startswith("✓ 異常は見つかりませんでした / nothing wrong")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, str, int]]:
    """An installation in which 12 records were erased and then the key was changed; its first key."""
    made, first, entry = changed_house(tmp_path_factory.mktemp("changed") / "data")
    yield made, first, entry
    made.close()


@pytest.mark.duty("1-3")
def test_erased_records_and_a_new_key_are_understood(
    changed: tuple[Installation, str, int], ask: Ask, tmp_path: Path
) -> None:
    """The older paper and the newer one verify a record from which something was lawfully erased, and say by which record."""
    house, first, entry = changed
    export = exported(house, tmp_path / "log.jsonl")
    for key in (first, public_key(house.data)):
        done = ask(export, key, "--whole")
        assert done.returncode == 0, done
        assert f"12 {{{entry}}}" in done.stdout
        assert "408 件" in done.stdout
    lines = [json.loads(line) for line in export.read_bytes().splitlines()]
    assert [line["index"] for line in lines if "entry" in line] == [3, *range(290, 301)]
    (order,) = [line for line in lines if line.get("index") == entry]
    (note,) = [line for line in lines if "rotation" in line]
    gone = [line for line in lines if "entry" in line]

    def says(kept: list[dict[str, Any]], key: str, *words: str) -> str:
        path = tmp_path / "harmed.jsonl"
        path.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in kept))
        return wrong(ask(path, key, *words))[0]

    rest = [line for line in lines if line is not note]
    assert says([line for line in lines if line is not order], first) == "erased"
    assert says(rest, first) == "signer"
    for harm in ({"erased_by": entry + 1}, {"erased_by": "x"}):
        assert (
            says([{**line, **harm} if line is gone[0] else line for line in lines], first)
            == "erased"
        )
    other = {"entry": "00" * 32}
    assert says([{**line, **other} if line is gone[0] else line for line in lines], first) == "root"
    assert says([line for line in lines if line is not gone[0]], first, "--whole") == "missing"
    forged = {
        "rotation": note["rotation"].replace("\n406\n", "\n407\n").replace("\n402\n", "\n403\n")
    }
    assert says([forged, *rest], first) == "signature"
    # A record that is shown as erased though no record orders it.
    shown = next(line for line in lines if line.get("index") == 7)
    body = shown["canonical"].encode()
    bare = {
        "index": 7,
        "erased_by": entry,
        "entry": hashlib.sha256(bytes.fromhex(shown["salt"]) + body).hexdigest(),
        "tlog_proof": re.sub(r"\nextra [^\n]+", "", shown["tlog_proof"]),
    }
    assert says([bare if line is shown else line for line in lines], first) == "erased"


def test_the_same_packed_or_not(
    house: Installation, export: Path, lines: Lines, ask: Ask, tmp_path: Path
) -> None:
    """Packed, plain, in part, as one proof, with the key as a file: all are verified alike."""
    key = tmp_path / "key"
    key.write_text(public_key(house.data) + "\n", "utf-8")
    plain = tmp_path / "log.jsonl"
    plain.write_bytes(text(lines))
    part = tmp_path / "part.jsonl"
    part.write_bytes(text(lines[5:20]))
    one = tmp_path / "record-12.tlog-proof"
    one.write_text(lines[12]["tlog_proof"], "utf-8")
    assert ask(plain, key, "--whole").returncode == 0
    for file, count in ((part, 15), (one, 1)):
        done = ask(file, key)
        assert (done.returncode, done.stderr) == (0, "")
        assert f" {count} [part]" in done.stdout
        assert wrong(ask(file, key, "--whole"))[0] == "missing"


@pytest.mark.duty("1-3")
def test_one_record_is_proved_by_a_file_of_its_own(
    house: Installation, ask: Ask, tmp_path: Path
) -> None:
    """The command writes one record's proof, which the verifier accepts; it is on record, and refused where there is nothing to prove."""
    mine, out = tmp_path / "mine", tmp_path / "record-12.tlog-proof"
    shutil.copytree(house.data, mine)
    key = public_key(mine)

    def prove(*words: str | Path) -> tuple[int, str]:
        call = ["ledger", "prove", "--data", mine, *words]
        done = CliRunner().invoke(main, [str(word) for word in call])
        return done.exit_code, done.output

    assert prove("12", "--out", out)[0] == 0
    for proof in (out.read_text("utf-8"), prove("12")[1]):
        out.write_text(proof, "utf-8")
        done = ask(out, key)
        assert (done.returncode, done.stderr) == (0, "")
        assert " 1 [part]" in done.stdout
    out.write_text(proof.replace("index 12", "index 13"), "utf-8")
    assert wrong(ask(out, key))[0] == "root"
    own = open_installation(mine)
    last = own.reader().record(own.reader().size() - 1)
    assert (last["action"], last["object"]) == ("export", "ledger/proof/12")
    kept = {path.name for path in (mine / "ledger" / "history").glob("*.given-*")}
    assert len(kept) >= 2
    before = own.reader().size()
    assert prove("12", "--out", out)[0] == 2
    assert prove("999999")[0] == 2
    assert own.reader().size() == before
    own.close()


def test_each_harm_is_named(house: Installation, lines: Lines, ask: Ask, tmp_path: Path) -> None:
    """Each kind of tampering is refused, and named with its line."""
    harmed = tmp_path / "harmed.jsonl"
    for what, harm, line in HARMS:
        changed = copy.deepcopy(lines)
        harm(changed)
        harmed.write_bytes(text(changed))
        assert wrong(ask(harmed, public_key(house.data))) == (what, line)


def test_what_is_left_out_of_the_whole_is_found(
    house: Installation, lines: Lines, ask: Ask, tmp_path: Path
) -> None:
    """A record left out of an export that is said to be whole is named by its number."""
    for index, leave_out in LEFT_OUT:
        rest = list(lines)
        leave_out(rest)
        harmed = tmp_path / "harmed.jsonl"
        harmed.write_bytes(text(rest))
        done = ask(harmed, public_key(house.data), "--whole")
        assert wrong(done)[0] == "missing"
        assert f"record {index % 731}\n" in done.stdout
        assert "[part]" in ask(harmed, public_key(house.data)).stdout


def test_damaged_files_are_refused(
    house: Installation, export: Path, lines: Lines, ask: Ask, tmp_path: Path
) -> None:
    """A file cut short, with a bit turned, with a key twice or with no text is refused, not a crash."""
    packed, plain = export.read_bytes(), text(lines)
    turned = bytearray(packed)
    turned[-6] ^= 1
    harms: list[tuple[str, bytes]] = [
        ("file", packed[:-9]),
        ("file", bytes(turned)),
        ("file", plain[:-1]),
        ("line", plain.replace(b'"index": 0,', b'"index": 0, "index": 0,', 1)),
        ("line", plain.replace(b'"u5"', b"\xff\xfe", 1)),
        ("line", b"[" * 100_000 + b"\n" + plain),
        ("line", b"\n" + plain),
    ]
    for what, content in harms:
        harmed = tmp_path / "harmed"
        harmed.write_bytes(content)
        assert wrong(ask(harmed, public_key(house.data)))[0] == what


def test_any_changed_byte_is_found(house: Installation, lines: Lines, tmp_path: Path) -> None:
    """Whichever byte of an export is changed, taken out or put in, the verifier refuses it."""
    words = f"""
import random, runpy, sys
from pathlib import Path
room, peers = runpy.run_path({str(VERIFIER)!r}), runpy.run_path({str(PEERS)!r})
harmed, plain = Path({str(tmp_path / "harmed")!r}), Path({str(tmp_path / "plain")!r}).read_bytes()
key, dice, missed = room["read_key"](sys.argv[1], 1), random.Random(4), []
def found(content):
    harmed.write_bytes(content)
    check = room["Check"](key, (), None)
    try:
        for _, line in room["lines_of"](harmed):
            check.line(line)
        check.end(whole=False)
    except (room["Wrong"], EOFError, OSError):
        return True
    return False
assert not found(plain)
for _ in range(2_000):
    at, kind = dice.randrange(len(plain)), dice.randrange(3)
    middle = [bytes([plain[at] ^ 1 << dice.randrange(8)]), b"", bytes([plain[at], dice.randrange(256)])]
    content = plain[:at] + middle[kind] + plain[at + 1 :]
    if not found(content) and not peers["says_the_same"](content, plain):
        missed.append((at, kind, content[at - 9 : at + 9]))
sys.exit(repr(missed) if missed else 0)
"""
    plain = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines[8:12])
    (tmp_path / "plain").write_text(plain, "utf-8")
    call = [sys.executable, "-I", "-c", words, public_key(house.data)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_another_key_and_what_was_kept(
    house: Installation, export: Path, ask: Ask, tmp_path: Path
) -> None:
    """Another key, a rollback and a past changed after the kept checkpoint are named."""
    mine = tmp_path / "mine"
    shutil.copytree(house.data, mine)
    own = open_installation(mine)
    key, kept, later = public_key(mine), tmp_path / "kept", tmp_path / "later"
    kept.write_bytes((mine / "ledger" / "checkpoint").read_bytes())
    other = create_key(tmp_path, own.reader().checkpoint().split("\n", 1)[0])
    assert wrong(ask(export, other)) == ("signer", 1)
    assert "rollback" not in ask(export, key, "--kept", kept).stdout

    with own.recorder() as log:
        log.append(some(9, 800))
    later.write_bytes((mine / "ledger" / "checkpoint").read_bytes())
    assert wrong(ask(export, key, "--kept", later))[0] == "rolled_back"
    longer = exported(own, tmp_path / "longer.jsonl")
    done = ask(longer, key, "--kept", kept, "--whole")
    assert (done.returncode, done.stdout.count("[")) == (0, 1)
    part = tmp_path / "part.jsonl"
    part.write_bytes(b"".join(longer.read_bytes().splitlines(keepends=True)[3:]))
    assert (
        f"{kept.read_text('utf-8').split()[1]} [kept_part]" in ask(part, key, "--kept", kept).stdout
    )

    past = rewritten(own, kept.read_text("utf-8"))
    assert wrong(ask(past, key, "--kept", kept, "--whole"))[0] == "not_continued"
    own.close()


def rewritten(house: Installation, kept: str) -> Path:
    """Return the export of a log rewritten whole with the operator's own key, longer than `kept`."""
    mine = house.data.with_name("rewritten")
    mine.mkdir()
    (mine / "ledger").mkdir()
    for name in ("key", "key.pub"):
        shutil.copy(house.data / "ledger" / name, mine / "ledger" / name)
    other = open_installation(mine)
    with other.recorder() as log:
        log.append(some(int(kept.split()[1]) + 1, 1))
    out = exported(other, mine.with_suffix(".jsonl"))
    other.close()
    return out


@pytest.mark.parametrize("words", [(), ("nowhere", "key"), ("EXPORT", "no+key+"), ("EXPORT", "x")])
def test_a_wrong_call(export: Path, ask: Ask, words: tuple[str, ...]) -> None:
    """A call without a file that is there, or without a key, ends with 2: nothing was checked."""
    done = ask(*[export if word == "EXPORT" else word for word in words])
    assert (done.returncode, done.stdout) == (2, "")


def test_what_is_too_young_is_said(
    house: Installation, lines: Lines, ask: Ask, tmp_path: Path
) -> None:
    """Records younger than the checkpoint are counted as not checked, and prove nothing."""
    young = tmp_path / "young.jsonl"
    nothing = {"canonical": None, "salt": None, "tlog_proof": None}
    more = [{**lines[9], **nothing, "index": index} for index in range(731, 736)]
    young.write_bytes(text([*lines, *more]))
    done = ask(young, public_key(house.data), "--whole")
    assert (done.returncode, "5 [unsigned]" in done.stdout) == (0, True)
