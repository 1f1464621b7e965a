"""The folder for the day: what is in it, what is missing, and that anyone can verify it."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.peers.inspected import BOOK, OPEN, inspected
from tests.unit.ledger.conftest import some

from sekisho.app.inspection.folder import kept_folder, make_folder, plan
from sekisho.app.installation import Installation
from sekisho.errors import TamperError
from sekisho.inspection import register
from sekisho.inspection.papers import folders
from sekisho.inspection.register.files import attach
from sekisho.ledger import public_key
from sekisho.scan import Answer, Verdict
from sekisho.terms import FixedClock

pytestmark = pytest.mark.duty("0")
VERIFIER = Path(__file__).resolve().parents[4] / "packaging" / "verifier" / "verify.html"
CORE = Path(__file__).resolve().parents[4] / "src/sekisho/pages/folder/core.js"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A half answered sheet, a contact with a file beside it, and a record of some size."""
    place = tmp_path_factory.mktemp("folder")
    clock = FixedClock(dt.datetime(2026, 11, 29, 3, tzinfo=dt.UTC))
    installation = inspected(place / "data", clock)
    now = clock.now()
    line = register.add(
        installation.database, "contacts", {"body": "police", "party": "架空警察署", "phone": "000-0000-0000"},
        by="B1", at=now, today=now.date(),
    )  # fmt: skip
    file = place / "連絡体制図.pdf"
    for name in (file.name, "evil.exe"):
        file.write_bytes(b"%PDF-1.4 chart" if name == file.name else b"MZ")
        verdict = Verdict.CLEAN if name == file.name else Verdict.FOUND
        answer = Answer(verdict=verdict)
        attach(installation.database, installation.data, line, file, name, answer, by="B1", at=now)
    with installation.recorder() as log:
        log.append(some(10))
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def made(here: Installation) -> dict[str, bytes]:
    """The files of a folder that was made."""
    _, content = make_folder(here, by="B1")
    return unpacked(content)


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP below its one folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {one.filename.partition("/")[2]: file.read(one) for one in file.infolist()}


def test_everything_is_in_it_and_what_is_missing_is_said(
    here: Installation, made: dict[str, bytes]
) -> None:
    """Sheet, proofs, register and what lies beside it are there; what malware was found in is not; what is not answered, or empty, is named on the index."""
    assert {f"sheet/{BOOK}.pdf", f"sheet/{BOOK}.xlsx", f"proofs/{BOOK}.html", f"proofs/{BOOK}.json", "register/contacts.xlsx"} <= made.keys()  # fmt: skip
    assert b"%PDF-1.4 chart" in made.values()
    assert not any(name.endswith(".exe") for name in made)
    told = json.loads(made[f"proofs/{BOOK}.json"])
    assert len(told["items"]) == len(plan(here, "ja").sheets[0].lines)
    index = made["index.html"].decode()
    left = [one.item for one in plan(here, "ja").sheets[0].lines if one.item.likely_number in OPEN]
    assert "、".join(one.number or one.title["ja"] for one in left) in index
    assert "「規程」の台帳が空です" in index
    assert "連絡体制図.pdf" in index
    assert "http://" not in index.replace("http://www.w3.org", "")


def test_openssl_alone_verifies_it(
    here: Installation, made: dict[str, bytes], tmp_path: Path
) -> None:
    """The script in the folder says that it is whole, and stops at a changed, added or unlisted file, a list of another folder and a key of another record."""
    for name, content in made.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    key = public_key(here.data)

    def verified(given: str = key) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "verify.sh", given], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    assert shutil.which("openssl")
    code, said = verified()
    assert (code, said.startswith("OK: ")) == (0, True), said
    assert verified(key.replace("sekisho.invalid", "sekisho.example"))[0] == 1
    name, short, body = key.split("+", 2)
    assert verified(f"{name}+{short}+{body[:-2]}A=")[0] == 1
    (tmp_path / "more.txt").write_text("x")
    assert "not in SHA256SUMS" in verified()[1]
    (tmp_path / "more.txt").unlink()
    sheet = tmp_path / "sheet" / f"{BOOK}.pdf"
    sheet.write_bytes(sheet.read_bytes() + b" ")
    assert "changed" in verified()[1]
    sheet.unlink()
    sums = (tmp_path / "SHA256SUMS").read_text()
    kept = [line for line in sums.splitlines(keepends=True) if f"sheet/{BOOK}.pdf" not in line]
    (tmp_path / "SHA256SUMS").write_text("".join(kept))
    assert "another list" in verified()[1]


def test_a_folder_is_kept_as_it_was_made(here: Installation) -> None:
    """A folder is given again byte for byte; one that was changed on the disk is refused."""
    made, content = make_folder(here, by="B1", language="en")
    assert folders(here.database)[0] == made
    assert kept_folder(here, made) == content
    path = here.data / "paper" / f"{made.digest}.zip"
    path.write_bytes(content[:-1])
    with pytest.raises(TamperError) as error:
        kept_folder(here, made)
    assert error.value.message == "folder.differs"
    path.unlink()
    with pytest.raises(TamperError) as error:
        kept_folder(here, made)
    assert error.value.message == "folder.gone"


def test_the_index_verifies_as_the_outsiders_page_does() -> None:
    """What the index knows of keys, notes, proofs and records is letter for letter that of the outsiders' verifier."""
    assert CORE.read_text("utf-8") in VERIFIER.read_text("utf-8")
