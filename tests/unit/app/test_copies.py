"""A numbered copy: who may make it, what stands in it, and what is on record of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from tests.missing import missing
from tests.peers.fhir_server import FOLDER, NODE

from sekisho import care, collect, identity, review
from sekisho.app import answer, copies, erasure
from sekisho.app.answer import Asked
from sekisho.app.copies import Wanted, kept, make
from sekisho.app.demo.hospital import Truth
from sekisho.app.demo.hospital import make as hospital
from sekisho.app.installation import Installation, open_installation
from sekisho.errors import InvalidInputError, RefusedError, TamperError
from sekisho.identity import Role
from sekisho.review.copies import NamesRule, set_names_rule
from sekisho.review.tables import PROOF
from sekisho.storage import analysis

START, END = dt.date(2026, 10, 1), dt.date(2026, 10, 31)


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """A small fictitious hospital's files."""
    return hospital(tmp_path_factory.mktemp("hospital"), rows=1_500)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, truth: Truth) -> Iterator[Installation]:
    """The hospital's month, reviewed, with an account for each duty."""
    data = tmp_path_factory.mktemp("copies") / "data"
    installation = open_installation(data, create=True)
    installation.name_institution("架空総合病院（模擬）", by="test")
    database, clock = installation.database, installation.clock
    with installation.recorder() as recorder:
        collect.collect([truth.log], recorder=recorder, database=database, clock=clock)
    care.load(truth.lists, database=database, clock=clock)
    review.approve_shipped(database, "P0001", clock.now())
    review.run(database, installation.reader(), clock)
    for user, role in (
        ("admin-1", Role.ADMINISTRATOR),
        ("reviewer-1", Role.REVIEWER),
        ("officer-1", Role.SAFETY_OFFICER),
    ):
        identity.create_account(database, clock, user_id=user, name=user, roles={role}, by="test")
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def patient(here: Installation) -> str:
    """The patient whom most accesses concern."""
    with analysis() as duck:
        here.reader().register(duck)
        rows = duck.rows(
            "SELECT p.id FROM (SELECT unnest(patient_ids) AS p FROM access) GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
    return str(rows[0][0])


def wanted(patient: str, form: str = "patient", kind: str = "json", **more: Any) -> Wanted:
    """Return what is wanted."""
    asked = Asked(patient=patient, start=START, end=END, language=more.pop("language", "ja"))
    return Wanted(**{"asked": asked, "form": form, "kind": kind, "by": "reviewer-1", **more})


def uncover(here: Installation) -> None:
    """Enter the four proofs, so that ids may be shown."""
    now = here.clock.now()
    for kind in ("rule", "responsible", "notice", "watchers"):
        review.set_masking_proof(here.database, kind, "規程", dt.date(2026, 4, 1), "officer-1", now)


def secrets(here: Installation) -> set[str]:
    """Return every id, name, terminal and session that a patient must not read."""
    found: set[str] = set()
    with analysis() as duck:
        here.reader().register(duck)
        for column in ("user_id", "terminal", "session"):
            found |= {
                row[0] for row in duck.rows(f"SELECT DISTINCT {column} FROM access") if row[0]
            }
    after = None
    while page := care.people(here.database, after=after, limit=200):
        found |= {person.name for person in page if person.name}
        after = page[-1].user_id
    return found


def text_of(pdf: bytes) -> str:
    """Return what stands on all pages, without blanks."""
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join(
            "".join(page.get_textpage().get_text_range().split()).replace("\u200b", "")
            for page in document
        )


def test_an_administrator_makes_none_and_that_is_on_record(
    here: Installation, patient: str
) -> None:
    """Without the duty, with a closed account or with no account there is no copy, no number, and the refusal is on record."""
    gone = identity.create_account(
        here.database,
        here.clock,
        user_id="reviewer-9",
        name="reviewer-9",
        roles={Role.REVIEWER},
        by="test",
    )
    identity.close_account(here.database, here.clock, gone.id, by="test")
    before = len(review.copies.copies(here.database))
    for by in ("admin-1", "reviewer-9", "nobody"):
        with pytest.raises(RefusedError) as error:
            make(here, wanted(patient, by=by))
        assert error.value.message == "app.copy.not_allowed"
        last = here.reader().record(here.reader().size() - 1)
        assert (last["user_id"], last["outcome"]) == (by, "refused")
        assert last["object"] == "review/copy/refused/patient"
    assert len(review.copies.copies(here.database)) == before


def test_while_ids_are_covered_only_the_patients_form_is_made(
    here: Installation, patient: str
) -> None:
    """The reviewer's copy waits for the four proofs; the patient's does not."""
    with here.database.write() as c:
        c.execute(PROOF.delete())  # whatever another test entered
    assert review.masking(here.database).masked
    with pytest.raises(RefusedError) as error:
        make(here, wanted(patient, "reviewer"))
    assert error.value.message == "app.copy.covered"
    line, _ = make(here, wanted(patient))
    assert line.state == "made"


def test_a_copy_is_numbered_hashed_kept_and_recorded(here: Installation, patient: str) -> None:
    """The register, the record and the kept file agree on number, hash, patient and who made it; a changed file is not given out."""
    line, content = make(here, wanted(patient, terminal="10.0.0.9"))
    digest = hashlib.sha256(content).hexdigest()
    assert (line.digest, line.state, line.by, line.names_by) == (digest, "made", "reviewer-1", None)
    assert kept(here, line) == content
    assert line.record is not None
    said = here.reader().record(line.record)
    assert said["object"] == f"review/copy/{line.name}/patient"
    assert said["patient_ids"] == [{"id": patient, "authority": None}]
    assert (said["user_id"], said["terminal"], said["reason"]) == (
        "reviewer-1",
        "10.0.0.9",
        f"sha256:{digest}",
    )
    assert (said["action"], said["outcome"], said["source"]) == ("export", "success", "sekisho")
    again, _ = make(here, wanted(patient))
    assert again.number == line.number + 1

    file = here.data / "paper" / f"{digest}.json"
    file.write_bytes(content.replace(b"2026", b"2025", 1))
    with pytest.raises(TamperError) as error:
        kept(here, line)
    assert error.value.message == "app.copy.differs"
    file.unlink()
    with pytest.raises(TamperError):
        kept(here, line)


def test_what_fails_half_way_keeps_its_number_and_gives_nothing(
    here: Installation, patient: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file cannot be made, the number is called void and the next copy has the next one."""
    monkeypatch.setattr(copies, "_path", lambda *_: Path("/nowhere/at/all"))
    with pytest.raises(OSError, match="nowhere"):
        make(here, wanted(patient))
    monkeypatch.undo()
    (void,) = review.copies.copies(here.database, limit=1)
    assert void.state == "void"
    with pytest.raises(InvalidInputError):
        kept(here, void)
    line, _ = make(here, wanted(patient))
    assert line.number == void.number + 1


@pytest.mark.parametrize("kind", ["pdf", "json"])
def test_a_patient_reads_no_name_no_id_no_terminal_no_screen(
    here: Installation, patient: str, kind: str
) -> None:
    """Nothing in the patient's copy of any patient leads to a person: no staff name, id, terminal or screen of the whole hospital."""
    hidden = {"".join(one.split()) for one in secrets(here)}
    _, content = make(here, wanted(patient, kind=kind))
    text = text_of(content) if kind == "pdf" else "".join(content.decode().split())
    assert {one for one in hidden if one in text} == set()
    assert "看護指示" not in text
    assert "看護師" in text
    assert "入院中の診療・看護" in text


def test_the_patients_copy_counts_every_access(here: Installation, patient: str) -> None:
    """The lines of the patient's copy add up to the accesses that the records have; sources, sheet and fingerprint stand in it."""
    line, content = make(here, wanted(patient))
    said = json.loads(content)
    there = [
        one
        for one in here.reader().jsonl()
        if any(each["id"] == patient for each in one["patient_ids"]) and one["source"] != "sekisho"
    ]
    assert sum(one["count"] for one in said["lines"]) == said["accesses"] == len(there)
    assert line.accesses == len(there)
    assert [one["day"] for one in said["lines"]] == sorted(one["day"] for one in said["lines"])
    (source,) = said["sources"]
    assert "ログアウト" in source["unseen"]
    assert said["checkpoint"].endswith("\n")
    assert len(said["fingerprint"].replace(" ", "")) == 64
    assert said["number"] == line.name


def test_names_need_the_rule_and_a_safety_officer(here: Installation, patient: str) -> None:
    """Staff's names stand in a patient's copy only where the rule allows it and a safety officer released them, whose name is kept."""
    now = here.clock.now()
    rule = NamesRule(allows=False, text="規程", date=dt.date(2026, 4, 1), by="officer-1", at=now)
    for message, names_by, allows in (
        ("app.copy.names_not_allowed", "officer-1", None),
        ("app.copy.names_not_allowed", "officer-1", False),
        ("app.copy.names_not_released", "reviewer-1", True),
        ("app.copy.names_not_released", "nobody", True),
    ):
        if allows is not None:
            set_names_rule(here.database, replace(rule, allows=allows))
        with pytest.raises(RefusedError) as error:
            make(here, wanted(patient, names_by=names_by))
        assert error.value.message == message

    line, content = make(here, wanted(patient, names_by="officer-1"))
    names = {name for one in json.loads(content)["lines"] for name in one["names"]}
    listed = {person.name for person in care.people(here.database, limit=500)}
    assert names
    assert names <= listed
    assert line.names_by == "officer-1"
    assert line.record is not None
    assert str(here.reader().record(line.record)["reason"]).endswith(" names:officer-1")
    with pytest.raises(InvalidInputError):
        make(here, wanted(patient, "reviewer", names_by="officer-1"))


def test_the_reviewers_copy_names_whoever_looked(here: Installation, patient: str) -> None:
    """The reviewer's copy has time, id, name, screen and finding of each access, as PDF on its side and as a FHIR Bundle of AuditEvents."""
    uncover(here)
    line, content = make(here, wanted(patient, "reviewer"))
    bundle = json.loads(content)
    first, *events = bundle["entry"]
    assert (bundle["type"], bundle["total"], line.accesses) == (
        "searchset",
        len(events),
        len(events),
    )
    assert first["search"]["mode"] == "outcome"
    assert line.name in first["resource"]["issue"][0]["diagnostics"]
    assert {one["resource"]["resourceType"] for one in events} == {"AuditEvent"}
    patients = {
        each["what"]["identifier"]["value"]
        for one in events
        for each in one["resource"]["entity"]
        if each.get("role", {}).get("code") == "1"
    }
    assert patient in patients
    assert any("name" in one["resource"]["agent"][0] for one in events)
    assert len({one["fullUrl"] for one in bundle["entry"]}) == len(bundle["entry"])

    _, pdf = make(here, wanted(patient, "reviewer", "pdf"))
    with pypdfium2.PdfDocument(pdf) as document:
        assert [round(side) for side in document[0].get_size()] == [842, 595]
        pages = len(document)
    text = text_of(pdf)
    assert f"{pages}/{pages}" in text
    named = {
        "".join(one["resource"]["agent"][0]["name"].split())
        for one in events
        if "name" in one["resource"]["agent"][0]
    }
    assert {name for name in named if name not in text} == set()


def test_fhir_r4_accepts_the_bundle(here: Installation, patient: str) -> None:
    """A validator that nobody here wrote finds the whole Bundle to be FHIR R4."""
    if not (NODE.exists() and (FOLDER / "node_modules" / ".sekisho").exists()):
        missing("the FHIR validator of the tests is not here (tools/peers.sh brings it)")
    uncover(here)
    _, content = make(here, wanted(patient, "reviewer"))
    bundle = json.loads(content)
    broken = {**bundle, "type": None}
    done = subprocess.run(
        [NODE, FOLDER / "validate.mjs"],
        input="\n".join(json.dumps(one) for one in (bundle, broken)).encode(),
        capture_output=True,
        check=True,
        timeout=100,
    )
    said = done.stdout.splitlines()
    assert len(said) == 1, said[0]  # the broken one alone
    assert b"type" in said[0]


@pytest.mark.parametrize("form", ["patient", "reviewer"])
def test_english_is_complete(here: Installation, patient: str, form: str) -> None:
    """An English copy holds no sentence in Japanese and no message id."""
    uncover(here)
    _, pdf = make(here, wanted(patient, form, "pdf", language="en"))
    text = text_of(pdf)
    assert "answer." not in text
    assert "console." not in text
    assert ("Purpose" if form == "patient" else "Finding") in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"end": dt.date(2999, 1, 1)}, "app.copy.ahead"),
        ({"start": dt.date(2026, 11, 1)}, "review.period_backwards"),
        ({"patient": "no-such"}, "review.no_patient"),
    ],
)
def test_a_question_without_an_answer_takes_no_number(
    here: Installation, patient: str, change: dict[str, Any], message: str
) -> None:
    """A period that lies ahead or backwards, or a patient whom nobody knows, is refused before a number is taken."""
    before = len(review.copies.copies(here.database))
    asked = replace(Asked(patient=patient, start=START, end=END), **change)
    with pytest.raises(InvalidInputError) as error:
        make(here, wanted(patient, asked=asked))
    assert error.value.message == message
    with pytest.raises(InvalidInputError):
        make(here, wanted(patient, form="other"))
    assert len(review.copies.copies(here.database)) == before


def test_what_is_too_long_for_paper_takes_no_number(
    here: Installation, patient: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that is too long for paper is refused with its length before a number is taken; as data it is made whole."""
    monkeypatch.setattr(answer, "MOST_CELLS", 60)
    before = len(review.copies.copies(here.database))
    with pytest.raises(InvalidInputError) as error:
        make(here, wanted(patient, kind="pdf"))
    assert (error.value.message, error.value.args_["most"]) == ("app.copy.too_long", 10)
    assert len(review.copies.copies(here.database)) == before
    assert make(here, wanted(patient))[0].state == "made"


def test_an_erased_patients_copy_goes_and_its_number_stays(here: Installation) -> None:
    """When a patient is lawfully erased, the files of their copies are gone, and the register keeps the number without the patient."""
    with analysis() as duck:
        here.reader().register(duck)
        rows = duck.rows(
            "SELECT p.id FROM (SELECT unnest(patient_ids) AS p FROM access) GROUP BY 1 ORDER BY count(*) DESC LIMIT 1 OFFSET 4"
        )
    other = str(rows[0][0])
    line, _ = make(here, wanted(other))
    assert line.digest is not None
    file = here.data / "paper" / f"{line.digest}.json"
    assert file.exists()

    chosen = erasure.choose(here, patients=[other])
    made = erasure.propose(
        here, chosen, order="2026-11-20 付の決定（模擬）第1号", by="admin-1", about=[other]
    )
    erasure.confirm(here, made.number, by="officer-1")

    assert not file.exists()
    gone = review.copies.copy_of(here.database, line.name)
    assert gone is not None
    assert (gone.state, gone.patient_id, gone.digest, gone.records) == ("erased", "", None, None)
    with pytest.raises(InvalidInputError) as error:
        kept(here, gone)
    assert error.value.message == "app.copy.erased"

    # Whoever is answered about the same days is told that records went.
    with analysis() as duck:
        here.reader().register(duck)
        rows = duck.rows(
            "SELECT p.id FROM (SELECT unnest(patient_ids) AS p FROM access) GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
    _, content = make(here, wanted(str(rows[0][0])))
    assert any(f"{chosen.count:,} 件が、保存期間" in note for note in json.loads(content)["notes"])
