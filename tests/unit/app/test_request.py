"""The letter to a source's vendor: what is missing, and an export every night."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from tests.missing import missing
from tests.unit.app.test_packet import text_of

from sekisho import collect
from sekisho.app.installation import Installation, open_installation
from sekisho.app.request import request
from sekisho.collect import unseen
from sekisho.errors import InvalidInputError
from sekisho.terms import Result

HEAD = "アクセス日時,利用者ID,患者ID,機能名,処理,端末"


@pytest.fixture
def here(prepared: Path, tmp_path: Path) -> Iterator[Installation]:
    installation = open_installation(prepared, create=True)
    installation.name_institution("架空総合病院（模擬）", by="test")
    file = tmp_path / "log.csv"
    rows = [
        f"2026/10/{1 + n % 9:02d} 09:00:{n % 60:02d},U1,{n:08d},カルテ,参照,PC1"
        for n in range(1100)
    ]
    file.write_text(
        "\n".join([HEAD, *rows, "2026/10/20 09:00:00,U1,1,カルテ,印刷,PC1"]), encoding="utf-8"
    )
    with installation.recorder() as recorder:
        collect.collect(
            [file], recorder=recorder, database=installation.database, clock=installation.clock, source="emr"
        )  # fmt: skip
    yield installation
    installation.close()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_letter_says_what_arrived_and_what_is_missing(
    here: Installation, language: str
) -> None:
    """Columns and days that arrived, acts without a record, and the wished export stand in the letter; what a person confirmed as recorded is not asked again."""
    (sheet,) = unseen.sheets(here.database, here.reader(), here.clock, zone="Asia/Tokyo")
    unseen.confirm(here.database, here.clock, sheet, {"print": (Result.YES, "")}, by="A1")
    text = text_of(request(here, "emr", language=language))

    for fact in (
        "架空総合病院（模擬）",
        "1,101",
        "機能名",
        "2026/10/10",
        "UTF-8",
        "+09:00",
        "65,536",
        ".tmp",
    ):
        assert fact in text, fact
    titles = {matter.id: matter.title[language] for matter in unseen.matters()}
    lines = text.splitlines()
    assert titles["search"] in lines
    assert titles["print"] not in lines
    assert "app.request" not in text
    if language == "en":
        given = text.replace("（模擬）", "").replace(HEAD.replace(",", ", "), "")
        assert not any("\u3040" <= letter <= "\u30ff" for letter in given)


def test_libreoffice_prints_it(here: Installation, tmp_path: Path) -> None:
    """LibreOffice opens the letter on A4 pages, none of them empty."""
    program = shutil.which("soffice")
    if program is None or not Path("/usr/lib/libreoffice/program/libswlo.so").exists():
        missing("LibreOffice Writer is not here (Debian: libreoffice-writer-nogui)")
    file = tmp_path / "request.docx"
    file.write_bytes(request(here, "emr"))
    subprocess.run(
        [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
         "pdf", "--outdir", str(tmp_path), str(file)],
        check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    with pypdfium2.PdfDocument(tmp_path / "request.pdf") as pdf:
        pages = [page.get_textpage().get_text_range() for page in pdf]
        assert 2 <= len(pages) <= 3
        assert all(page.strip() for page in pages)
        assert [round(side) for side in pdf[0].get_size()] == [595, 842]


def test_a_source_that_is_not_there_has_no_letter(here: Installation) -> None:
    """Without a record of a source there is no letter to its vendor."""
    with pytest.raises(InvalidInputError) as error:
        request(here, "pacs")
    assert error.value.message == "app.request.no_source"
