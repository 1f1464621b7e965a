"""CSV written by anyone's program is read back; damaged files never do more than be refused."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.collect import Mapping
from sekisho.collect.atna import AtnaReading
from sekisho.collect.fhir import FhirReading
from sekisho.collect.interface import Bad
from sekisho.collect.recognise import recognise
from sekisho.collect.sniff import sniff_csv
from sekisho.collect.take import collect
from sekisho.collect.vendor_csv import CsvReading
from sekisho.errors import InvalidInputError
from sekisho.storage import Database
from sekisho.terms import Access, FixedClock

HEADER = ("アクセス日時", "利用者ID", "患者ID", "機能名")
JAPANESE = "カルテ処方検査髙橋①㈱アイウ、。ｶﾅ"
CELLS = st.text(st.sampled_from(JAPANESE + "aZ09 ,;|\t\"'=-/\n"), max_size=30)
IDS = st.text("ABCxyz0123456789_", min_size=1, max_size=8)
TIMES = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2026, 10, 31))  # noqa: DTZ001 (naive by nature)
PARTS = [
    "2026/10/04 22:11:03",
    "N0123",
    '"',
    '""',
    ",",
    "\r\n",
    "\n",
    "参照",
    "合計",
    "\x00",
    "\ufeff",
    "1.23E+05",
    "=",
    "アクセス日時,利用者ID,患者ID,処理\n",
    "2026/10/04 22:11:03,N1,P1,参照\n",
]


@settings(max_examples=120, deadline=None)
@given(
    rows=st.lists(st.tuples(TIMES, IDS, IDS, CELLS), min_size=1, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp932", "utf-16-le", "utf-16-be"]),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    quote_all=st.booleans(),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_wrote_is_read_back(
    rows: list[tuple[dt.datetime, str, str, str]],
    encoding: str,
    delimiter: str,
    quote_all: bool,
    ending: str,
) -> None:
    """Any cells, quotes and line ends in them too, come back as written, in order."""
    text = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    writer.writerow(HEADER)
    for at, user, patient, thing in rows:
        writer.writerow([f"{at:%Y/%m/%d %H:%M:%S}", user, patient, thing])
    mapping = Mapping(
        encoding=encoding,
        delimiter=delimiter,
        columns={"occurred_at": HEADER[:1], "user_id": HEADER[1:2], "object": HEADER[3:]},
    )

    items = _read(text.getvalue().encode(encoding), mapping)

    assert [type(item) for item in items] == [Access] * len(rows)
    for item, (at, user, _, thing) in zip(items, rows, strict=True):
        assert isinstance(item, Access)
        assert item.occurred_at.replace(tzinfo=None) + dt.timedelta(hours=9) == at.replace(
            microsecond=0
        )
        assert (item.user_id, item.object) == (user, thing.strip() or None)
    assert len({item.key for item in items}) == len(rows)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    pieces=st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=8)), max_size=40),
    encoding=st.sampled_from(["utf-8", "cp932", "utf-16", "euc_jp"]),
    noise=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=4),
)
def test_any_table_is_read_or_refused(
    pieces: list[str], encoding: str, noise: list[tuple[int, int]]
) -> None:
    """Whatever stands in a file taken for CSV, each row is a record, waits, or is refused."""
    data = bytearray("".join(pieces).encode(encoding, "replace"))
    for place, value in noise:
        if place < len(data):
            data[place] = value

    _try_csv(bytes(data))


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(st.sampled_from(["a", '"', "a,b", '"a\nb"', "x" * 50]), max_size=400))
def test_no_row_is_lost_by_open_quotes(lines: list[str]) -> None:
    """However quotes are left open, the good rows after them are read."""
    good = "2026/10/04 22:11:03,N1,P1,カルテ\n"
    text = ",".join(HEADER) + "\n" + "\n".join(lines) + "\n" + good * 150
    mapping = Mapping(
        encoding="utf-8",
        delimiter=",",
        columns={"occurred_at": HEADER[:1], "user_id": HEADER[1:2], "object": HEADER[3:]},
    )

    items = _read(text.encode(), mapping)

    # At most the rows that one open quote can take in are not read as records.
    assert sum(isinstance(item, Access) for item in items) >= 149


def _read(data: bytes, mapping: Mapping) -> list[Access | Bad]:
    reading = CsvReading(
        io.BytesIO(data), path="log.csv", mapping=mapping, source="s", zone="Asia/Tokyo"
    )
    return list(reading.items())


def _try_csv(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        path.write_bytes(data)
        proposal = sniff_csv(path, "log.csv", zone="Asia/Tokyo")
        assert 0 <= proposal.confidence <= 1
        if not proposal.missing:
            assert all(item.key for item in _read(data, proposal.mapping))


@cache
def _seeds(folder: Path) -> tuple[tuple[str, bytes], ...]:
    records = folder / "data/access-records"
    found = []
    for pattern in ("fhir-auditevent/*/AuditEvent*.json", "atna-xml/*/*.xml", "atna-syslog/*/*"):
        found += [(path.suffix, path.read_bytes()) for path in sorted(records.glob(pattern))]
    return tuple(found)


@st.composite
def damaged(draw: st.DrawFn, seeds: Sequence[tuple[str, bytes]]) -> bytes:
    """Draw a real sample that was cut, overwritten, doubled or joined with another."""
    _, data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(start + 200, len(data))))
        act = draw(st.sampled_from(["cut", "end", "double", "byte", "join", "swap"]))
        if act == "cut":
            data = data[:start] + data[end:]
        elif act == "end":
            data = data[:start]
        elif act == "double":
            data = data[:end] + data[start:end] * draw(st.integers(1, 5)) + data[end:]
        elif act == "byte":
            data = data[:start] + draw(st.binary(min_size=1, max_size=4)) + data[end:]
        elif act == "swap":
            data = data.replace(data[start:end][:12], draw(st.sampled_from(_SWAPS)), 2)
        else:
            data += draw(st.sampled_from(seeds))[1]
    return data


_SWAPS = [b"null", b"[]", b"{}", b"7", b'"x"', b"<a/>", b"&amp;", b"", b"true", b"1e999"]


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(choice=st.data())
def test_damaged_samples_are_read_waited_or_refused(shared: Path, choice: st.DataObject) -> None:
    """A damaged real sample gives records, rows that wait, or one named error: nothing else."""
    data = choice.draw(damaged(_seeds(shared)))
    file = io.BytesIO(data)
    try:
        kind = recognise(data)
        if kind == "csv":
            _try_csv(data)
            return
        reading = (FhirReading if kind == "fhir" else AtnaReading)(
            file, path="x", source=None, zone="Asia/Tokyo"
        )
        items = list(reading.items())
    except InvalidInputError:
        return
    assert all(item.key and item.digest for item in items)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    changes=st.dictionaries(
        st.sampled_from(
            [
                "id",
                "type",
                "subtype",
                "agent",
                "entity",
                "source",
                "outcome",
                "period",
                "recorded",
                "action",
                "code",
                "category",
                "patient",
                "purposeOfEvent",
                "authorization",
            ]
        ),
        JSON,
        max_size=4,
    )
)
def test_any_shape_of_audit_event_is_read_or_waits(changes: dict[str, object]) -> None:
    """An AuditEvent whose fields hold any JSON at all is a record or waits in quarantine."""
    event = {
        "resourceType": "AuditEvent",
        "recorded": "2026-10-04T22:11:03Z",
        "agent": [{"requestor": True, "who": {"identifier": {"value": "U1"}}}],
    } | changes
    reading = FhirReading(
        io.BytesIO(json.dumps(event).encode()), path="x", source=None, zone="Asia/Tokyo"
    )

    (item,) = reading.items()

    assert isinstance(item, Bad) or (item.user_id is None or isinstance(item.user_id, str))


class _Forgetful:
    """Takes records and remembers their keys alone."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    def seal(self) -> int:
        """Seal nothing: all is in memory."""
        return 0

    def prepare(self, records: Sequence[Access]) -> Callable[[], Callable[[], list[int | None]]]:
        """Return what hands `records` over."""
        return lambda: partial(self.append, records)

    def append(self, records: Sequence[Access]) -> list[int | None]:
        """Return an index for each new key."""
        answers: list[int | None] = []
        for record in records:
            answers.append(None if record.key in self.keys else len(self.keys))
            self.keys.add(record.key)
        return answers


@pytest.mark.parametrize("junk", [b"\x00" * 5000, b"\xff" * 5000, b'"' * 300_000, b"," * 300_000])
def test_junk_through_the_front_door(database: Database, tmp_path: Path, junk: bytes) -> None:
    """Long runs of one byte are refused by name, whatever format is claimed for them."""
    path = tmp_path / "junk"
    path.write_bytes(junk)
    clock = FixedClock(dt.datetime(2026, 11, 1, tzinfo=dt.UTC))

    for kind in ("auto", "csv", "fhir", "atna"):
        (report,) = collect(
            [path], recorder=_Forgetful(), database=database, clock=clock, format=kind
        )
        assert report.error is not None
