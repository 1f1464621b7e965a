"""What the strict check hands on, and what it says when it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import uvloop
from tests.unit.gate.hostile.peers import END, Shell, exchange
from tests.unit.gate.hostile.vectors import EVERY, HOST

from sekisho.gate import guard, headers, hostile, paths, strict
from sekisho.gate.interface import Head
from sekisho.pages.words import LANGUAGES, catalogue


def _head(*lines: str, body: str = "") -> tuple[list[Head], list[tuple[int, str]]]:
    """Return the heads that passed and the refusals of one request."""
    raw = "\r\n".join([*lines, "", ""]).encode() + body.encode()
    shell = Shell()

    async def run() -> None:
        async with shell.serving():
            await exchange(shell.port, raw + END)

    uvloop.run(run())
    return [head for head, _ in shell.seen if head.path != "/end"], shell.refused


def test_a_head_says_all_that_is_decided_on() -> None:
    """Method, path, query, kind of content and what is accepted come out, in one form."""
    heads, _ = _head(
        "POST /Patient/_search?_count=5 HTTP/1.1",
        f"Host: {HOST}",
        "Content-Type: Application/FHIR+JSON; Charset=UTF-8",
        "Accept: application/fhir+json",
        "Accept: */*;q=0.1",
        "Content-Length: 2",
        body="{}",
    )

    assert heads == [
        Head(
            method="POST",
            path="/Patient/_search",
            parts=("Patient", "_search"),
            query="_count=5",
            values=(("_count", "5"),),
            content_type="application/fhir+json",
            accept="application/fhir+json, */*;q=0.1",
        )
    ]


def test_without_a_body_there_is_no_kind_of_content() -> None:
    """A Content-Type without content says nothing."""
    heads, _ = _head("GET /a HTTP/1.1", f"Host: {HOST}", "Content-Type: application/json")

    assert [head.content_type for head in heads] == [""]


def test_a_websocket_may_begin() -> None:
    """A well-formed request for a WebSocket is not refused."""
    heads, refused = _head(
        "GET /events HTTP/1.1",
        f"Host: {HOST}",
        "Connection: keep-alive, Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )

    assert [head.path for head in heads] == ["/events"]
    assert refused == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (f"{HOST}:8443", 200),
        ("other.example", 421),
        ("127.0.0.1", 421),
        ("[::1]:8443", 421),
        (f"{HOST}:", 400),
        (f"{HOST}:84430000", 400),
        ("[::1", 400),
        ("-a", 400),
        ("病院.example", 400),
    ],
)
def test_only_our_own_names_are_answered(host: str, status: int) -> None:
    """A name that is not ours is misdirected (421); one that is no name is bad (400)."""
    heads, refused = _head("GET /a HTTP/1.1", f"Host: {host}")

    assert [given for given, _ in refused] == ([] if status == 200 else [status])
    assert len(heads) == (status == 200)


def test_every_refusal_has_its_words() -> None:
    """Each reason to refuse has a sentence in both languages, and each sentence a reason."""
    code = "".join(
        Path(str(module.__file__)).read_text(encoding="utf-8")
        for module in (guard, headers, hostile, paths, strict)
    )
    named = set(re.findall(r'"gate\.hostile\.(\w+)"', code))
    named |= set(re.findall(r'"(path_\w+)"', code)) | {"query_semicolon", "query_character"}

    for language in LANGUAGES:
        said = {
            message.removeprefix("gate.hostile.")
            for message in catalogue(language)
            if message.startswith("gate.hostile.")
        }
        assert said == named


def test_the_vectors_try_nearly_every_refusal() -> None:
    """Every reason to refuse is met by one of the hostile requests at least."""
    met: set[str] = set()

    async def run() -> None:
        shell = Shell()
        async with shell.serving():
            for vector in EVERY:
                await exchange(shell.port, vector.raw + END)
        met.update(why for _, why in shell.refused)

    uvloop.run(run())

    never = {message for message in catalogue("ja") if message.startswith("gate.hostile.")} - met
    # Slow clients have their own tests; with the others the parser is quicker.
    assert never <= {
        "gate.hostile.slow",
        "gate.hostile.framing",
        "gate.hostile.repeated",
        "gate.hostile.version",
    }
