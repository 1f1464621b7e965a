"""`sekisho review patient`: a numbered copy from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.cli.conftest import Call, Said

from sekisho import identity
from sekisho.app.installation import open_installation
from sekisho.identity import Role


def test_a_copy_is_written_once_by_who_may(
    sekisho: Call, reviewed: tuple[Path, Said], tmp_path: Path
) -> None:
    """The copy is written for a reviewer, as PDF or JSON, over nothing that is there; for anybody else there is no file."""
    data, said = reviewed
    patient = next(line["patient_ids"][0] for line in said.lines if line.get("patient_ids"))
    here = open_installation(data)
    identity.create_account(
        here.database, here.clock, user_id="R1", name="R1", roles={Role.REVIEWER}, by="test"
    )
    here.close()
    asked = (
        patient,
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
        "--form",
        "patient",
        "--data",
        data,
    )
    pdf, out = tmp_path / "copy.pdf", tmp_path / "copy.json"

    made = sekisho("review", "patient", *asked, "--out", pdf, "--by", "R1")
    assert made.code == 0, made.err
    assert pdf.read_bytes()[:5] == b"%PDF-"
    assert "2026-" in made.out
    assert sekisho("review", "patient", *asked, "--out", out, "--by", "R1").code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["patient_id"] == patient

    assert sekisho("review", "patient", *asked, "--out", out, "--by", "R1").code == 2
    refused = sekisho("review", "patient", *asked, "--out", tmp_path / "x.pdf", "--by", "U1")
    assert (refused.code, "確認者" in refused.err) == (2, True)
    wrong = sekisho("review", "patient", *asked, "--out", tmp_path / "x.txt", "--by", "R1")
    assert (wrong.code, ".pdf" in wrong.err) == (2, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["copy.json", "copy.pdf"]
