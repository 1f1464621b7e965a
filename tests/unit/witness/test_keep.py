"""The witness's memory: it signs what continues, and nothing else, whatever is asked in what order."""

from __future__ import annotations

import dataclasses
import random
import runpy
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

import pytest
from tests.unit.witness.logs import ORIGIN, Past, new_log

from sekisho.errors import ConflictError, InvalidInputError, TamperError
from sekisho.ledger.note import Signer, generate
from sekisho.terms import FixedClock
from sekisho.witness import Keeper, create_witness, witness_key
from sekisho.witness.keep import alone, log_id

VERIFIER = Path(__file__).resolve().parents[3] / "packaging" / "verifier" / "verify.py"


@pytest.fixture
def log() -> Past:
    """A log."""
    return new_log()


@pytest.fixture
def keeper(tmp_path: Path, clock: FixedClock, log: Past) -> Keeper:
    """A witness that trusts it."""
    create_witness(tmp_path / "w", "witness.example/w1")
    made = Keeper(tmp_path / "w", clock)
    assert made.trust(log.signer.verifier + "\n") == ORIGIN
    return made


def test_growth_is_cosigned(keeper: Keeper, log: Past, clock: FixedClock) -> None:
    """Each step that continues the last is cosigned, and a tool that is not ours believes it."""
    room = runpy.run_path(str(VERIFIER))
    key, witness = room["read_key"](log.signer.verifier, 1), room["read_key"](keeper.verifier, 4)
    old = 0
    for size in (0, 1, 2, 3, 3, 255, 256, 257, 700):
        reply = keeper.add(log.request(old, size))
        assert (reply.status, reply.text.count("\n")) == (HTTPStatus.OK, 1)
        note = log.checkpoint(size) + reply.text
        assert room["Note"](note).checkpoint(key, [witness]) == (size, log.root(size))
        last = keeper.last(ORIGIN)
        assert last is not None
        assert (last.checkpoint.size, last.at) == (size, clock.now())
        old = size


def test_a_rewritten_past_is_refused_and_kept(keeper: Keeper, log: Past, tmp_path: Path) -> None:
    """Another past under the log's own key is never cosigned; the contradiction is kept as proof."""
    assert keeper.add(log.request(0, 100)).status == HTTPStatus.OK
    other = dataclasses.replace(log, seed=1, fork=60)
    assert keeper.add(other.request(100, 120)).status == HTTPStatus.UNPROCESSABLE_ENTITY
    for old in (0, 50, 100):
        reply = keeper.add(other.request(old, 100))
        assert (reply.status, reply.text, reply.kind) == (409, "100\n", "text/x.tlog.size")
    (kept,) = keeper.logs()
    assert (kept.refused, kept.last and kept.last.checkpoint.size) == (2, 100)
    notes = [path.read_text("utf-8") for path in (tmp_path / "w" / "logs").glob("*/refused/*")]
    assert set(notes) == {other.checkpoint(100), other.checkpoint(120)}
    assert keeper.add(log.request(100, 120)).status == HTTPStatus.OK


def test_what_is_not_as_it_must_be(keeper: Keeper, log: Past) -> None:
    """Unknown logs, wrong keys, stale sizes and malformed requests get the answers of the protocol."""
    assert keeper.add(log.request(0, 9)).status == HTTPStatus.OK
    thief = Past(Signer(generate(ORIGIN)[0]))
    unknown = Past(Signer(generate("other.example/log")[0]))
    good = log.request(9, 20)
    asked = [
        (409, log.request(0, 20)),
        (409, log.request(5, 20)),
        (409, log.request(15, 20)),
        (400, log.request(9, 8)),
        (403, thief.request(9, 20)),
        (404, unknown.request(0, 5)),
        (422, good.replace(b"old 9\n", b"old 9\n" + b"A" * 43 + b"=\n")),
        (422, b"old 9\n\n" + good.partition(b"\n\n")[2]),
        (403, good.replace(b"\n20\n", b"\n21\n")),
        (400, good.replace(b"old 9", b"old 09")),
        (400, good.replace(b"old 9", b"old -9")),
        (400, good.replace(b"old 9\n", b"old 9\n\xff\n")),
        (400, good.replace(b"old 9\n", b"old 9\nAAAA\n")),
        (400, good.replace(b"old 9\n", b"old 9\n" + (b"A" * 43 + b"=\n") * 64)),
        (400, good.partition(b"\n\n")[0]),
        (400, b""),
        (400, b"old 0\n\nx\n"),
        (200, good),
    ]
    assert [keeper.add(request).status for _, request in asked] == [status for status, _ in asked]


def test_lines_of_others_are_not_kept(keeper: Keeper, log: Past) -> None:
    """Signature lines that anybody can add cannot damage what the witness keeps."""
    junk = f"— {ORIGIN} {'A' * 88}\n— somebody {'B' * 88}\n"
    head, _, lines = log.request(0, 5).decode().rpartition("\n\n")
    assert keeper.add(f"{head}\n\n{junk}{lines}".encode()).status == HTTPStatus.OK
    last = keeper.last(ORIGIN)
    assert last is not None
    assert last.checkpoint.text == f"{log.checkpoint(5)}{last.line}\n"


def test_no_order_of_requests_gets_two_pasts_signed(keeper: Keeper, log: Past) -> None:
    """Whatever is asked in whatever order, everything that was cosigned lies in one past."""
    dice = random.Random(7)
    pasts = [log, *(dataclasses.replace(log, seed=n, fork=5 * n) for n in range(1, 5))]
    signed: dict[int, bytes] = {}
    largest, said = 0, 0
    for _ in range(400):
        past, size = dice.choice(pasts), dice.randrange(1, 60)
        old = dice.choice([largest, largest, dice.randrange(60)])
        if old > size:
            continue
        reply = keeper.add(past.request(old, size))
        if reply.status == HTTPStatus.OK:
            assert size >= largest
            assert signed.setdefault(size, past.root(size)) == past.root(size)
            largest, said = size, said + 1
    assert said > 5
    fits = [all(past.root(size) == root for size, root in signed.items()) for past in pasts]
    assert any(fits)


def test_two_at_once_do_not_go_back(keeper: Keeper, log: Past) -> None:
    """Requests at the same moment are taken one after the other: the size never goes back."""
    requests = [log.request(old, size) for old in range(0, 12, 3) for size in range(old, 16)]
    with ThreadPoolExecutor(8) as hands:
        replies = list(hands.map(keeper.add, requests * 3))
    sizes = [
        int(request.split(b"\n\n")[1].split(b"\n")[1])
        for request, reply in zip(requests * 3, replies, strict=True)
        if reply.status == HTTPStatus.OK
    ]
    last = keeper.last(ORIGIN)
    assert last is not None
    assert last.checkpoint.size == max(sizes)


def test_a_damaged_memory_signs_nothing(keeper: Keeper, log: Past, tmp_path: Path) -> None:
    """A memory that was changed is not taken for none: that log is not cosigned any more."""
    assert keeper.add(log.request(0, 9)).status == HTTPStatus.OK
    path = tmp_path / "w" / "logs" / log_id(ORIGIN) / "checkpoint"
    path.write_text(path.read_text("utf-8").replace("\n9\n", "\n4\n"), "utf-8")
    with pytest.raises(TamperError, match=r"witness\.memory_damaged"):
        keeper.add(log.request(4, 20))
    path.write_bytes(b"")
    with pytest.raises(TamperError, match=r"witness\.memory_damaged"):
        keeper.add(log.request(0, 20))


def test_a_new_key_of_the_same_log(keeper: Keeper, log: Past) -> None:
    """A log that changed its key goes on under the new one, once the witness was given it."""
    assert keeper.add(log.request(0, 9)).status == HTTPStatus.OK
    renewed = dataclasses.replace(log, signer=Signer(generate(ORIGIN)[0]))
    assert keeper.add(renewed.request(9, 12)).status == HTTPStatus.FORBIDDEN
    keeper.trust(renewed.signer.verifier)
    assert keeper.add(renewed.request(9, 12)).status == HTTPStatus.OK
    assert len(keeper.logs()) == 1


def test_one_key_one_process(tmp_path: Path, clock: FixedClock) -> None:
    """A key is made once, a second process is refused, and what is no key is said."""
    folder = tmp_path / "w"
    key = create_witness(folder, "witness.example/w1")
    assert witness_key(folder) == key
    assert (folder / "witness.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConflictError, match=r"witness\.key_exists"):
        create_witness(folder, "witness.example/w2")
    with alone(folder), pytest.raises(ConflictError, match=r"witness\.held"), alone(folder):
        pass
    for wrong in ("", "x", key):
        with pytest.raises(InvalidInputError):
            Keeper(folder, clock).trust(wrong)
    with pytest.raises(InvalidInputError, match=r"witness\.no_key"):
        Keeper(tmp_path / "none", clock)
