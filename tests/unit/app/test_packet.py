"""The vendor's packet: facts of gate.toml in a letter that LibreOffice opens."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import docx
import pypdfium2
import pytest
from tests.missing import missing

from sekisho.app.installation import Installation, open_installation
from sekisho.app.packet import packet
from sekisho.errors import InvalidInputError

GATE = """[gate]
port = 8701

[route.pacs]
origin = "https://pacs.hospital.example"
upstream = "http://10.0.0.5:8042"
adapter = "dicomweb"
base = "/dicom-web"
sources = ["10.1.0.0/16"]
"""


@pytest.fixture
def here(prepared: Path) -> Installation:
    (prepared / "gate.toml").write_text(GATE, encoding="utf-8")
    installation = open_installation(prepared, create=True)
    installation.name_institution("架空総合病院（模擬）", by="test")
    return installation


def text_of(content: bytes) -> str:
    book = docx.Document(BytesIO(content))
    cells = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in book.paragraphs), *cells])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_letter_says_what_gate_toml_says(here: Installation, language: str) -> None:
    """Names, addresses and sources of the system stand in the letter, in the reader's language."""
    text = text_of(packet(here, "pacs", language=language))
    here.close()
    for fact in ("https://pacs.hospital.example", "http://10.0.0.5:8042", "/dicom-web"):
        assert fact in text
    assert "10.1.0.0/16" in text
    assert "Sekisho-Identity" in text
    assert "架空総合病院（模擬）" in text
    assert "gate.packet" not in text
    if language == "en":
        assert not any("\u3040" <= letter <= "\u30ff" for letter in text.replace("（模擬）", ""))


def test_libreoffice_prints_it_on_two_pages(here: Installation, tmp_path: Path) -> None:
    """LibreOffice opens the letter, on two A4 pages without an empty one."""
    program = shutil.which("soffice")
    if program is None or not Path("/usr/lib/libreoffice/program/libswlo.so").exists():
        missing("LibreOffice Writer is not here (Debian: libreoffice-writer-nogui)")
    file = tmp_path / "packet.docx"
    file.write_bytes(packet(here, "pacs"))
    here.close()
    subprocess.run(
        [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
         "pdf", "--outdir", str(tmp_path), str(file)],
        check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    with pypdfium2.PdfDocument(tmp_path / "packet.pdf") as pdf:
        assert len(pdf) == 2
        assert [round(side) for side in pdf[0].get_size()] == [595, 842]
        assert "http://10.0.0.5:8042" in pdf[0].get_textpage().get_text_range()


def test_a_system_that_is_not_there_is_refused(here: Installation) -> None:
    """Without such a system there is no letter."""
    with pytest.raises(InvalidInputError) as error:
        packet(here, "ris")
    here.close()
    assert error.value.message == "gate.envelope.no_system"
