"""Records, filtered and paged by key, from sealed files and the live tail alike."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from sekisho.console import query as question
from sekisho.console.filter import Filter, Own, read_filter
from sekisho.console.query import lines_of, page_of, rows_at
from sekisho.errors import InvalidInputError
from sekisho.ledger import Reader, create_key, recorder
from sekisho.storage import open_database
from sekisho.terms import Access, Action, FixedClock, Origin, Outcome, PatientId, UserKind

ZONE = "Asia/Tokyo"
START = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)


def _record(number: int) -> Access:
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return Access(
        occurred_at=START + dt.timedelta(hours=number // 3),
        source="emr",
        key=digest[:32],
        digest=digest,
        origin=Origin(file="log.csv", row=number + 1),
        action=Action.READ if number % 2 else Action.PRINT,
        outcome=Outcome.SUCCESS,
        user_id=f"U{number % 7}",
        user_kind=UserKind.PERSON,
        patient_ids=(
            PatientId(f"P{number % 11}", "本院" if number % 2 else None),
            PatientId({0: "42", 1: "0042"}.get(number % 40, f"9{number}")),
        ),
        terminal=None if number % 5 else "PC-1",
        object="カルテ 参照" if number % 3 else "処方 INPUT",
        class_=None if number % 13 else "genetic",
    )


LOG = [_record(number) for number in (*range(50, 90), *range(50), *range(90, 130))]
"""In the order of the log: some records come late."""
SEALED = (40, 90)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The log: two sealed days, and a tail."""
    data = tmp_path_factory.mktemp("log")
    create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    clock = FixedClock(START + dt.timedelta(days=9))
    with recorder(data, database, clock) as one:
        one.append(LOG[: SEALED[0]])
        one.seal()
        clock.move(dt.timedelta(days=30))
        one.append(LOG[SEALED[0] : SEALED[1]])
        one.seal()
        one.append(LOG[SEALED[1] :])
    yield Reader(data, database)
    database.close()


@pytest.fixture(params=[1, 200_000], ids=["piece by piece", "at once"], autouse=True)
def look(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is looked through in small pieces, or at once: the answer is the same."""
    monkeypatch.setattr(question, "FIRST", request.param)


def _fitting(fits: Callable[[Access], bool]) -> list[int]:
    """Return the indexes of the records that fit, newest first."""
    order = sorted(range(len(LOG)), key=lambda at: (LOG[at].occurred_at, at), reverse=True)
    return [at for at in order if fits(LOG[at])]


EVERY = _fitting(lambda _: True)


def test_pages_follow_each_other_without_gap_or_repetition(reader: Reader) -> None:
    """Paging by key shows every record once, newest first, also where times are equal."""
    seen: list[int] = []
    wanted = Filter()
    while True:
        found = page_of(reader, wanted, ZONE, 20)
        seen += [row.index for row in found.rows]
        if not found.after:
            break
        wanted = Filter(after=found.after)
    assert seen == EVERY


def test_pages_lead_back_the_way_one_came(reader: Reader) -> None:
    """From any page the one before it is the one that led there, and the first is whole."""
    pages = [page_of(reader, Filter(), ZONE, 20)]
    while pages[-1].after:
        pages.append(page_of(reader, Filter(after=pages[-1].after), ZONE, 20))
    assert pages[0].before == ""
    for earlier, later in itertools.pairwise(pages):
        back = page_of(reader, Filter(before=later.before), ZONE, 20)
        assert (back.rows, back.after) == (earlier.rows, earlier.after)
    at = page_of(reader, Filter(), ZONE, 7)
    assert (
        page_of(
            reader, Filter(before=page_of(reader, Filter(after=at.after), ZONE).before), ZONE, 20
        )
        == pages[0]
    )


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"user": "U3"}, lambda one: one.user_id == "U3"),
        ({"patient": "P4"}, lambda one: one.patient_ids[0].id == "P4"),
        ({"patient": "P4", "authority": "本院"}, lambda one: one.patient_ids[0] == PatientId("P4", "本院")),
        ({"action": "print"}, lambda one: one.action == "print"),
        ({"terminal": "PC-1"}, lambda one: one.terminal == "PC-1"),
        ({"class": "genetic"}, lambda one: one.class_ == "genetic"),
        ({"text": "input"}, lambda one: "INPUT" in one.object),
        ({"source": "other"}, lambda one: False),
        (
            {"start": "2026-10-02", "end": "2026-10-02"},
            lambda one: START + dt.timedelta(hours=15)
            <= one.occurred_at
            < START + dt.timedelta(hours=39),
        ),
        ({"user": "U3", "action": "print"}, lambda one: (one.user_id, one.action) == ("U3", "print")),
    ],
)  # fmt: skip
def test_a_filter_shows_what_it_says(
    reader: Reader, query: dict[str, str], fits: Callable[[Access], bool]
) -> None:
    """Each condition of the address holds, days are local days, and conditions are joined."""
    found = page_of(reader, read_filter(query), ZONE, 200)
    assert [row.index for row in found.rows] == _fitting(fits)


@pytest.mark.parametrize("typed", ["42", "042", "00000042"])
def test_leading_zeros_tell_no_two_patients_apart(reader: Reader, typed: str) -> None:
    """A number is found however many zeros the system that wrote the log, or the person, puts before it."""
    found = page_of(reader, read_filter({"patient": typed}), ZONE, 200)
    assert [row.index for row in found.rows] == _fitting(
        lambda one: one.patient_ids[-1].id.lstrip("0") == "42"
    )
    assert {row.patients[-1] for row in found.rows} == {"42", "0042"}


def test_a_name_stands_for_all_of_its_ids(reader: Reader) -> None:
    """A name finds the records of every id it stands for, and of none where it stands for nobody."""
    found = page_of(
        reader, Filter(person="山田"), ZONE, 200, ids=(Own(user_id="U1"), Own(user_id="U5"))
    )
    assert [row.index for row in found.rows] == _fitting(lambda one: one.user_id in {"U1", "U5"})
    assert page_of(reader, Filter(person="山田"), ZONE).rows == ()


def test_an_id_is_a_persons_only_where_and_when_it_was_theirs(reader: Reader) -> None:
    """An id of one system finds nothing of another, nor of days on which it was somebody else's."""
    day = dt.date(2026, 10, 2)
    sources = sorted({one.source for one in LOG})
    own = Own(user_id="U1", only=sources[:1], start=day, end=day)
    found = page_of(reader, Filter(person="山田"), ZONE, 200, ids=(own,))
    rest = page_of(
        reader, Filter(person="山田"), ZONE, 200, ids=(Own(user_id="U1", but=sources[:1]),)
    )

    def on(one: Access) -> bool:
        return START + dt.timedelta(hours=15) <= one.occurred_at < START + dt.timedelta(hours=39)

    assert [row.index for row in found.rows] == _fitting(
        lambda one: one.user_id == "U1" and one.source == sources[0] and on(one)
    )
    assert [row.index for row in rest.rows] == _fitting(
        lambda one: one.user_id == "U1" and one.source != sources[0]
    )


@pytest.mark.parametrize(
    "query",
    [
        {"start": "yesterday"},
        {"end": "2026-13-01"},
        {"action": "steal"},
        {"outcome": "x"},
        {"after": "7"},
        {"after": "1e99.3"},
        {"before": "99999999999999999999.3"},
    ],
)
def test_a_wrong_filter_is_refused_by_name(query: dict[str, str]) -> None:
    """A filter that cannot be read is an input error with a sentence, never a failure."""
    with pytest.raises(InvalidInputError, match=r"console\.filter"):
        read_filter(query)


def test_hostile_text_is_only_text(reader: Reader) -> None:
    """What a person types is bound as a value and can neither end nor change the question."""
    hostile = "' OR 1=1; DROP VIEW access; --"
    for name in ("user", "patient", "source", "terminal", "text", "class"):
        assert page_of(reader, read_filter({name: hostile}), ZONE).rows == ()


def test_an_empty_log_has_an_empty_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Before the first import there is no page and no error."""
    data = tmp_path_factory.mktemp("empty")
    create_key(data, "hospital.example/sekisho")
    database = open_database(f"sqlite:///{data / 'state.db'}")
    found = page_of(Reader(data, database), Filter(), ZONE)
    database.close()
    assert (found.rows, found.after, found.before) == ((), "", "")


def test_the_filter_stands_in_the_address() -> None:
    """An address carries exactly what is chosen, escaped, so that it can be sent to a colleague."""
    wanted = read_filter({"user": "U 1&x", "start": "2026-10-01", "class": "genetic"})
    address = "/records?start=2026-10-01&user=U+1%26x&class=genetic"
    assert wanted.address("/records") == address
    assert replace(wanted, after="5.1").address("/records") == address
    assert wanted.address("/records", user="", start="", class_="") == "/records"


def test_a_long_search_says_how_far_it_looked_and_goes_on(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that looked through enough says until when, and going on from there gives the rest, once."""
    monkeypatch.setattr(question, "FIRST", 1)
    monkeypatch.setattr(question, "LOOKED", 1)
    seen: list[int] = []
    stops: list[dt.datetime] = []
    wanted = Filter(text="INPUT")
    while len(stops) <= len(LOG):
        found = page_of(reader, wanted, ZONE, 200)
        seen += [row.index for row in found.rows]
        if found.until is not None:
            assert all(row.occurred_at > found.until for row in found.rows)
            stops.append(found.until)
        if not found.after:
            break
        wanted = replace(wanted, after=found.after)
    assert seen == _fitting(lambda one: "INPUT" in str(one.object))
    assert stops == sorted(stops, reverse=True)
    assert stops
    every = [line[0] for lines in lines_of(reader, Filter(text="INPUT"), ZONE) for line in lines]
    assert every == seen


def test_an_export_gives_every_record(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export holds every record that the filter shows, however many groups it takes."""
    monkeypatch.setattr(question, "CHUNK", 7)
    found = [line[0] for lines in lines_of(reader, Filter(user="U2"), ZONE) for line in lines]
    assert found == _fitting(lambda one: one.user_id == "U2")


def test_records_by_number_come_oldest_first(reader: Reader) -> None:
    """The records of a case are read by their numbers in the order of time."""
    assert [row.index for row in rows_at(reader, [9, 3, 125, 45])] == [45, 3, 9, 125]
    assert rows_at(reader, []) == []
