"""What is published: read or refused with a reason, kept by revision, carried signed."""

from __future__ import annotations

import copy
import datetime as dt
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema_rs import validator_for
from tests.missing import missing
from tests.unit.posture import advisories as given
from tests.unit.posture.test_match import document

from sekisho import posture
from sekisho.app import feeds
from sekisho.app.installation import open_installation
from sekisho.errors import InvalidInputError
from sekisho.posture import Component
from sekisho.posture.knowledge.load import FeedReport, load_feeds
from sekisho.posture.knowledge.sniff import take
from sekisho.posture.match import answer_maker, matches, rules, treat
from sekisho.posture.match.run import _answers
from sekisho.storage import Database
from sekisho.terms import FixedClock

FOLDERS = ("csaf-icsma", "csaf-fortinet", "csaf-oasis", "csaf-oasis-tests", "paloalto", "kev", "jvn-official", "jvn-fixtures", "osv-go", "feed-fixtures/epss", "feed-fixtures/nvd", "feed-fixtures/endoflife-date")  # fmt: skip
DEVICE = Component(
    asset="0007", kind="medical_device", maker="フィリップス", product="Vision 4000", version="2.0"
)


def refused(content: bytes, name: str = "") -> str:
    """Return the message with which a file is refused."""
    with pytest.raises(InvalidInputError) as caught:
        take(content, name)
    return caught.value.message


def told(database: Database, now: dt.datetime, device: Component = DEVICE) -> list[Any]:
    """Return what is said of one device."""
    return list(matches(database, [device], rules=rules(), now=now))


def test_everything_published_is_read_or_refused_with_a_reason() -> None:
    """No file of the shared data breaks a reader: each is taken for its source, or refused with a sentence."""
    from sekisho.pages import words  # noqa: PLC0415 (this test alone says sentences)

    kinds: set[str] = set()
    reasons: list[str] = []
    for folder in FOLDERS:
        for path in sorted((given.SHARED / folder).rglob("*")):
            if not path.is_file():
                continue
            try:
                kinds.add(take(path.read_bytes(), path.name).kind)
            except InvalidInputError as error:
                reasons.append(words.say("ja", error.message, **error.values()))
    if not kinds:
        missing("no feeds in ../shared/data/posture")

    assert all(reasons)
    assert kinds == {
        "csaf",
        "cve",
        "kev",
        "jvn",
        "jpcert",
        "osv",
        "epss",
        "nvd",
        "endoflife",
        "vendors",
    }


def test_every_medical_advisory_and_every_fault_that_matters() -> None:
    """All ICSMA advisories are valid CSAF and read; planted faults in products and statuses are refused by name."""
    if not (given.SHARED / "csaf-icsma").exists():
        missing("no ICSMA advisories in ../shared/data/posture")
    schema = orjson.loads(
        (given.SHARED / "csaf-oasis" / "json_schema" / "csaf_json_schema.json").read_bytes()
    )
    # The CVSS schemas stand at other addresses; what is checked here is CSAF's own form.
    _without_cvss(schema)
    valid = validator_for(schema)
    for path in (given.SHARED / "csaf-icsma").glob("*.json"):
        tree = orjson.loads(path.read_bytes())
        assert valid.is_valid(tree), path.name
        assert take(path.read_bytes()).advisories[0].statements
    faults = {
        path.name: refused(path.read_bytes())
        for path in (given.SHARED / "csaf-oasis-tests").glob("*-6-1-0[16]-0*.json")
    }

    assert faults
    assert set(faults.values()) <= {"posture.csaf.product_unknown", "posture.csaf.contrary"}


def _without_cvss(node: Any) -> None:
    if isinstance(node, dict):
        for name in ("$ref", "oneOf"):
            if "https://www.first.org/" in str(node.get(name, ""))[:200]:
                del node[name]
        for one in node.values():
            _without_cvss(one)
    elif isinstance(node, list):
        for one in node:
            _without_cvss(one)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<VULDEF-Document xmlns="http://jvn.jp/vuldef/"><Vulinfo>&b;</Vulinfo></VULDEF-Document>"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB, "posture.feed.entities"),
        (b"id: X\ndetails: &a [1]\naffected: [*a, *a]\n", "posture.feed.entities"),
        (b'{"document": {"csaf_version": "2.0", "tracking"', "posture.feed.cut"),
        (b'<VULDEF-Document xmlns="http://jvn.jp/vuldef/"><Vulinfo>', "posture.feed.cut"),
        (gzip.compress(b"cve,epss\n" * 100, mtime=0)[:-20], "posture.feed.cut"),
        (b'{"catalogVersion": "1", "count": 2, "vulnerabilities": []}', "posture.feed.count"),
        (
            b"#model_version:v1,score_date:2026-01-01\ncve,epss,percentile\nCVE-2026-0001,0.1\n",
            "posture.feed.cut",
        ),
        (b"", "posture.feed.empty"),
        (b"hello", "posture.feed.not_known"),
        (b"[" * 5000, "posture.feed.cut"),
    ],
)
def test_hostile_and_cut_files_are_refused_whole(content: bytes, message: str) -> None:
    """Entities, aliases, files that end too early and wrong counts are refused, with what is wrong."""
    assert refused(content) == message


@pytest.mark.parametrize("fault", ["twice", "unknown", "contrary", "version", "deep"])
def test_faults_of_a_document_are_named(fault: str) -> None:
    """A product defined twice or not at all, contradicting statuses, another version and endless nesting are told apart."""
    tree = document(("Philips", "Vision 4000", "<2.0", "known_affected"))
    status = tree["vulnerabilities"][0]["product_status"]
    if fault == "twice":
        tree["product_tree"]["branches"].append(copy.deepcopy(tree["product_tree"]["branches"][0]))
    elif fault == "unknown":
        status["known_affected"].append("nowhere")
    elif fault == "contrary":
        status["known_not_affected"] = ["P0"]
    elif fault == "version":
        tree["document"]["csaf_version"] = "1.2"
    else:
        branch = tree["product_tree"]["branches"][0]
        for _ in range(60):
            branch = {"category": "product_family", "name": "x", "branches": [branch]}
        tree["product_tree"]["branches"] = [branch]
    names = {"twice": "product_twice", "unknown": "product_unknown", "deep": "too_deep"}

    assert refused(orjson.dumps(tree)) == f"posture.csaf.{names.get(fault, fault)}"


class TestKeeping:
    """What is kept of a source, and what a revision changes (CSAF clause 13, asset matching system)."""

    pytestmark = pytest.mark.store

    @pytest.fixture
    def give(self, tmp_path: Path, database: Database, clock: FixedClock) -> Any:
        """Write a CSAF document as a file, load it, and give the report."""

        def give(tree: dict[str, Any], **when: Any) -> FeedReport:
            path = tmp_path / "advisory.json"
            path.write_bytes(orjson.dumps(tree))
            [report] = load_feeds([path], database=database, clock=clock, **when)
            return report

        return give

    def test_a_revision_replaces_and_an_older_file_does_not(
        self, give: Any, database: Database, clock: FixedClock
    ) -> None:
        """A later revision takes the place of the earlier, the earlier file is left, and the same file changes nothing."""
        first = document(("Philips", "Vision 4000", "<2.0", "known_affected"))
        second = document(("Philips", "Vision 4000", "<=2.0", "known_affected"))
        second["document"]["tracking"] |= {
            "version": "2",
            "current_release_date": "2026-10-20T00:00:00Z",
        }

        assert give(first).added == 1
        assert [m.hit.verdict.status for m in told(database, clock.now())] == ["not_affected"]
        assert give(second).changed == 1
        assert give(second).same == 1
        assert give(first).older == 1
        assert [m.hit.verdict.status for m in told(database, clock.now())] == ["affected"]

    def test_no_new_alert_where_the_remedy_stays(
        self, give: Any, database: Database, clock: FixedClock
    ) -> None:
        """What a person has done stays done over a revision of the text, and is asked again when the remedy changes."""
        tree = document(("Philips", "Vision 4000", "<=2.0", "known_affected"))
        give(tree)
        [before] = told(database, clock.now())
        treat(database, "0007", "EX-1", state="done", by="情報担当", at=clock.now())
        tree["document"]["title"] = "Example, words mended"
        tree["document"]["tracking"]["version"] = "2"
        give(tree)
        [after] = told(database, clock.now())
        tree["vulnerabilities"][0]["remediations"] = [
            {"category": "vendor_fix", "details": "Install 2.1", "product_ids": ["P0"]}
        ]
        tree["document"]["tracking"]["version"] = "3"
        give(tree)
        [again] = told(database, clock.now())

        assert (before.state, before.fresh) == ("todo", True)
        assert (after.state, after.fresh) == ("done", False)
        assert again.fresh

    def test_products_have_their_advisories_and_advisories_their_devices(
        self, give: Any, database: Database, clock: FixedClock
    ) -> None:
        """For each device the list of advisories, for each advisory the list of devices, each with its state of treatment."""
        give(document(("Philips", "Vision 4000", "<=2.0", "known_affected")))
        give(document(("Philips", "Vision 4000", "vers:all/*", "known_affected"), number="EX-2"))
        two = [
            DEVICE,
            Component(asset="0008", kind="medical_device", maker="Philips", product="Vision 4000"),
        ]
        pairs = {
            (m.hit.component.asset, m.hit.advisory.id): m.state
            for m in matches(database, two, rules=rules(), now=clock.now())
        }

        assert pairs == {
            ("0007", "EX-1"): "todo", ("0007", "EX-2"): "todo", ("0008", "EX-1"): "todo", ("0008", "EX-2"): "todo",
        }  # fmt: skip
        with pytest.raises(InvalidInputError):
            treat(database, "0007", "EX-1", state="perhaps", by="x", at=clock.now())
        with pytest.raises(InvalidInputError):
            treat(database, "0007", "EX-99", state="done", by="x", at=clock.now())

    def test_old_knowledge_says_since_when_nothing_was_checked(
        self, give: Any, database: Database, clock: FixedClock
    ) -> None:
        """Three months after the last feed, "not affected" becomes "not checked since", and what is affected stays."""
        long_ago = clock.now() - dt.timedelta(days=92)
        give(document(("Philips", "Vision 4000", "<2.0", "known_affected")), as_of=long_ago)
        give(
            document(("Philips", "Vision 4000", "<=2.0", "known_affected"), number="EX-2"),
            as_of=long_ago,
        )
        by_number = {m.hit.advisory.id: m for m in told(database, clock.now())}

        assert by_number["EX-1"].hit.verdict.status == "unknown"
        assert by_number["EX-1"].hit.verdict.args == {"since": long_ago.date().isoformat()}
        assert by_number["EX-2"].hit.verdict.status == "affected"
        assert by_number["EX-2"].stale

    def test_an_answer_about_a_maker_is_remembered(
        self, give: Any, database: Database, clock: FixedClock
    ) -> None:
        """A maker that only a person knows is matched from the answer on."""
        give(document(("Philips", "Vision 4000", "vers:all/*", "known_affected")))
        device = Component(
            asset="1", kind="medical_device", maker="さくら医科", product="V-4000 Visionn"
        )
        other = Component(
            asset="1", kind="medical_device", maker="さくら医科", product="Vision 4000"
        )

        assert told(database, clock.now(), device) == []
        answer_maker(database, "さくら医科", "philips", by="情報担当", at=clock.now())
        assert [m.hit.verdict.status for m in told(database, clock.now(), other)] == ["affected"]


def test_a_bundle_is_checked_before_anything_of_it_is_read(tmp_path: Path) -> None:
    """A bundle packed outside loads inside by the key that was handed over; altered, cut or by another key it is refused."""
    outside, inside = (
        open_installation(tmp_path / name, None, create=True) for name in ("out", "in")
    )
    source = tmp_path / "published"
    source.mkdir()
    tree = document(("Philips", "Vision 4000", "<=2.0", "known_affected"))
    (source / "ex.json").write_bytes(orjson.dumps(tree))
    bundle = tmp_path / "feeds.tar"
    count, public = feeds.pack(outside, [source], bundle)
    key = tmp_path / "their.pub"
    key.write_bytes(public)
    altered = bytearray(bundle.read_bytes())
    altered[altered.index(b"Vision 4000")] ^= 1
    changed = tmp_path / "changed.tar"
    changed.write_bytes(altered)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(bundle.read_bytes()[:3000])

    def load(path: Path, with_key: Path | None = None) -> list[tuple[str | None, str | None]]:
        reports = feeds.load(inside, [path], key=with_key)
        return [(one.kind, one.error[0] if one.error else None) for one in reports]

    try:
        assert count == 1
        assert load(bundle) == [(None, "posture.bundle.no_key")]
        assert load(changed, key) == [(None, "bundle.changed")]
        assert load(cut, key)[0][1] in {"bundle.unreadable", "bundle.missing"}
        assert told(inside.database, inside.clock.now()) == []
        assert load(bundle, key) == [("csaf", None)]
        assert load(bundle) == [("csaf", None)]
        assert len(told(inside.database, inside.clock.now())) == 1
        assert list(posture.components(inside.database)) == []
    finally:
        outside.close()
        inside.close()


def test_an_encrypted_zip_is_told_from_a_damaged_one(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """What is encrypted is refused with the word to unpack it, never as cut off."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("kev.json", b"{}")
    closed = bytearray(made.getvalue())
    for head, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        closed[closed.rfind(head) + flags] |= 1  # APPNOTE.TXT 4.4.4: bit 0, encrypted
    (tmp_path / "feeds.zip").write_bytes(closed)

    [report] = load_feeds([tmp_path / "feeds.zip"], database=database, clock=clock)

    assert report.error is not None
    assert report.error[0] == "posture.feed.closed"


def test_the_list_of_makers_joins_a_japanese_name_to_the_advisorys(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """Once MyJVN's list is loaded, a maker that no table of ours has is found under its Latin name; a shared name stands for nobody."""
    tree = document(("Ohtanz", "Sample Viewer", "<2.0", "known_affected"), number="EX-9")
    (tmp_path / "a.json").write_bytes(orjson.dumps(tree))
    device = Component(
        asset="1", kind="server", maker="大河内 洋介", product="Sample Viewer", version="1.0"
    )
    load_feeds([tmp_path / "a.json"], database=database, clock=clock)
    before = [one.hit.verdict.status for one in told(database, clock.now(), device)]
    lists = sorted((given.SHARED / "jvn-official" / "examples").rglob("getVendorList_*"))
    if not lists:
        missing("the shared samples of MyJVN are not here")
    reports = load_feeds(lists, database=database, clock=clock)
    assert {(one.kind, one.error) for one in reports} == {("vendors", None)}
    after = [one.hit.verdict.status.value for one in told(database, clock.now(), device)]
    assert (before, after) == ([], ["affected"])
    assert "竹中エンジニアリング株式会社" not in _answers(database)
