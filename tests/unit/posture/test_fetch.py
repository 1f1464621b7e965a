"""What is published comes by network: only what is new, whole, and only over HTTPS."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import orjson
import pytest
from aiohttp import web
from tests.peers.authority import server_certificate
from tests.unit.posture.test_match import document

from sekisho.app import feeds
from sekisho.app.installation import open_installation
from sekisho.app.jobs import fetch_feeds
from sekisho.errors import InvalidInputError
from sekisho.pages.words import LANGUAGES, say
from sekisho.posture.knowledge.load import ages
from sekisho.posture.knowledge.network import MARKS, SHIPPED, Fetched, Source, fetch, read_feeds

NOW = dt.datetime(2026, 11, 1, 3, 0, tzinfo=dt.UTC)
KEV = orjson.dumps(
    {
        "title": "t",
        "catalogVersion": "2025.08.25",
        "dateReleased": "2025-08-25T17:00:00Z",
        "count": 0,
        "vulnerabilities": [],
    }
)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Publisher:
    """A server over real TLS that publishes what it is given, and remembers what it was asked."""

    def __init__(self, folder: Path) -> None:
        certificate, key = server_certificate(folder, "localhost")
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate, key)
        self.trusted = ssl.create_default_context(cafile=str(certificate))
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.special: dict[str, Answer] = {}
        self.port = 0
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(60)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)

        async def answer(request: web.Request) -> web.StreamResponse:
            self.asked.append(request.path_qs)
            if request.path in self.special:
                return await self.special[request.path](request)
            content = self.files.get(request.path)
            if content is None:
                return web.Response(status=404)
            tag = f'"{hashlib.sha256(content).hexdigest()}"'
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304)
            return web.Response(body=content, headers={"ETag": tag})

        async def begin() -> None:
            application = web.Application()
            application.router.add_get("/{path:.*}", answer)
            self._runner = web.AppRunner(application)
            await self._runner.setup()
            site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
            await site.start()
            self.port = self._runner.addresses[0][1]
            self._ready.set()

        self._loop.run_until_complete(begin())
        self._loop.run_forever()
        self._loop.close()

    def at(self, path: str, **more: object) -> Source:
        """Return the source at `path`."""
        return Source(name="one", url=f"https://localhost:{self.port}{path}", **more)  # type: ignore[arg-type]

    def close(self) -> None:
        """Stop."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)

    async def _end(self) -> None:
        await self._runner.cleanup()
        for _ in range(5):  # what is hung up needs some turns of the loop
            await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """Return a publisher for this file's tests."""
    publisher = Publisher(tmp_path_factory.mktemp("publisher"))
    yield publisher
    publisher.close()


@pytest.fixture
def publisher(served: Publisher) -> Publisher:
    """Return the publisher with nothing published."""
    served.files, served.asked, served.special = {}, [], {}
    return served


def test_what_is_unchanged_is_not_sent_again_and_is_the_newest_today(
    publisher: Publisher, tmp_path: Path
) -> None:
    """A file with its ETag is asked for once; the day after, an unchanged list counts as of that day."""
    publisher.files["/kev.json"] = KEV
    installation = open_installation(tmp_path / "data", create=True)
    try:
        url = publisher.at("/kev.json").url
        (installation.data / feeds.FEEDS).write_text(f'[[source]]\nname = "kev"\nurl = "{url}"\n')
        first, reports = feeds.fetch(installation, context=publisher.trusted)
        assert [report.kind for report in reports] == ["kev"]
        second, nothing = feeds.fetch(installation, context=publisher.trusted)
        found = ages(installation.database)["kev"]
    finally:
        installation.close()
    assert (len(first[0].files), second[0].same, nothing) == (1, 1, [])
    assert found > dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_a_page_instead_of_a_list_is_refused_and_asked_for_again(
    publisher: Publisher, tmp_path: Path
) -> None:
    """A log-in page with 200 is no knowledge: it is named, taken away, and nothing counts as new."""
    publisher.files["/kev.json"] = b"<html><body>please sign in</body></html>"
    installation = open_installation(tmp_path / "data", create=True)
    try:
        url = publisher.at("/kev.json").url
        (installation.data / feeds.FEEDS).write_text(f'[[source]]\nname = "kev"\nurl = "{url}"\n')
        _, refused = feeds.fetch(installation, context=publisher.trusted)
        publisher.files["/kev.json"] = KEV
        _, taken = feeds.fetch(installation, context=publisher.trusted)
        assert not ages(installation.database).keys() - {"kev"}
    finally:
        installation.close()
    assert refused[0].error is not None
    assert taken[0].kind == "kev"


def test_a_csaf_folder_is_followed_by_its_changes(publisher: Publisher, tmp_path: Path) -> None:
    """Only what is wanted and newer is fetched; what does not fit its digest is not taken."""
    one, two = orjson.dumps(document()), orjson.dumps(document()) + b"\n"
    publisher.files = {
        "/csaf/changes.csv": b'"2026/icsma-1.json","2026-01-01T00:00:00Z"\n"2026/it.json","2026-01-01T00:00:00Z"\n',
        "/csaf/2026/icsma-1.json": one,
        "/csaf/2026/icsma-1.json.sha512": hashlib.sha512(one).hexdigest().encode()
        + b"  icsma-1.json\n",
    }
    source = publisher.at("/csaf/", way="csaf", only="*icsma-*.json")
    first = fetch([source], tmp_path, now=NOW, context=publisher.trusted)[0]
    again = fetch([source], tmp_path, now=NOW, context=publisher.trusted)[0]
    publisher.files["/csaf/changes.csv"] = b'"2026/icsma-1.json","2026-02-01T00:00:00Z"\n'
    publisher.files["/csaf/2026/icsma-1.json"] = two
    altered = fetch([source], tmp_path, now=NOW, context=publisher.trusted)[0]
    assert (len(first.files), first.error) == (1, None)
    assert (again.files, again.same) == ([], 1)
    assert altered.error is not None
    assert altered.error[0] == "posture.fetch.altered"
    assert first.files[0].read_bytes() == one


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "a/../../b.json", "a\\b"])
def test_a_list_cannot_write_outside_its_folder(
    publisher: Publisher, tmp_path: Path, path: str
) -> None:
    """A path that leaves the folder refuses the list, and nothing is asked for."""
    publisher.files["/csaf/changes.csv"] = f'"{path}","2026-01-01T00:00:00Z"\n'.encode()
    source = publisher.at("/csaf", way="csaf")
    done = fetch([source], tmp_path, now=NOW, context=publisher.trusted)[0]
    assert done.error is not None
    assert done.error[0] == "posture.fetch.list"
    assert publisher.asked == ["/csaf/changes.csv"]


def test_nvd_goes_on_where_it_broke_off_and_then_asks_for_changes(
    publisher: Publisher, tmp_path: Path
) -> None:
    """Pages that came are not asked for again; later only windows of at most 120 days are."""
    fail = True

    async def page(request: web.Request) -> web.StreamResponse:
        at = int(request.query["startIndex"])
        if "lastModStartDate" in request.query:
            return web.json_response({"totalResults": 0, "resultsPerPage": 0})
        if at and fail:
            return web.Response(status=503)
        return web.json_response({"totalResults": 3000, "resultsPerPage": 2000 if not at else 1000})

    publisher.special["/nvd"] = page
    source = publisher.at("/nvd", way="nvd")
    broken = fetch([source], tmp_path, now=NOW, context=publisher.trusted)[0]
    fail = False
    whole = fetch([source], tmp_path, now=NOW, context=publisher.trusted)[0]
    publisher.asked.clear()
    later = NOW + dt.timedelta(days=200)
    fetch([source], tmp_path, now=later, context=publisher.trusted)
    assert broken.error == ("posture.fetch.status", {"host": "localhost", "status": 503})
    assert [file.name for file in whole.files] == ["all-0002000.json"]
    assert ["lastModStartDate=2026-11-01T03" in one for one in publisher.asked] == [True, False]


def test_nothing_is_taken_without_encryption_or_from_an_unknown_authority(
    publisher: Publisher, tmp_path: Path
) -> None:
    """A way to http:// is not gone, a certificate that nobody vouches for ends it; others go on."""

    async def away(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://localhost:1/kev.json")

    publisher.special["/away"] = away
    publisher.files["/kev.json"] = KEV
    sources = [publisher.at("/away"), publisher.at("/kev.json")]
    away_, good = fetch(sources, tmp_path, now=NOW, context=publisher.trusted)
    unknown = fetch([publisher.at("/kev.json")], tmp_path / "b", now=NOW)[0]
    assert away_.error is not None
    assert away_.error[0] == "posture.fetch.not_https"
    assert len(good.files) == 1
    assert unknown.error is not None
    assert unknown.error[0] == "posture.fetch.silent"
    assert [one.name for one in (tmp_path / "b" / "one").iterdir()] == [MARKS]


def test_links_of_a_list_are_those_of_its_own_host(publisher: Publisher, tmp_path: Path) -> None:
    """Of a list's links only the wanted ones on the same host are followed, each once."""
    own = f"https://localhost:{publisher.port}"
    publisher.files = {
        "/rss": f"<a>{own}/at/1.html</a><a>{own}/at/1.html</a><a>{own}/x.html</a><a>https://other.example/at/2.html</a>".encode(),
        "/at/1.html": b"alert",
    }
    source = publisher.at("/rss", way="links", only="/at/*.html")
    done = fetch([source], tmp_path, now=NOW, context=publisher.trusted)[0]
    assert [file.read_bytes() for file in done.files] == [b"alert"]
    assert publisher.asked == ["/rss", "/at/1.html"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[source]]\nname = "a"\nurl = "http://a.example/"\n', "source.url"),
        ('[[source]]\nname = "../a"\nurl = "https://a.example/"\n', "source.name"),
        ('[[source]]\nname = "a"\nurl = "https://a.example/"\nway = "ftp"\n', "source.way"),
        ('[[source]]\nname = "a"\nurl = "https://a.example/"\nkey = "s"\n', "source.key"),
        ("dayly = true\n", "dayly"),
    ],
)
def test_a_mistake_in_the_list_is_named(tmp_path: Path, text: str, key: str) -> None:
    """What is wrong in the list is refused by its key; nothing is fetched."""
    path = tmp_path / "feeds.toml"
    path.write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        read_feeds(path)
    assert caught.value.args_["key"] == key


def test_nothing_goes_out_before_the_institution_says_so(tmp_path: Path) -> None:
    """The shipped list is read, fetches nothing by itself, and the morning's job leaves it alone."""
    assert not read_feeds(SHIPPED).daily
    installation = open_installation(tmp_path / "data", create=True)
    try:
        fetch_feeds(installation)
        assert not (installation.data / feeds.FEEDS).exists()
        feeds.sources(installation)
        fetch_feeds(installation)
        assert not (installation.data / "feeds").exists()
    finally:
        installation.close()


def test_what_went_wrong_is_said_with_its_host(publisher: Publisher, tmp_path: Path) -> None:
    """The sentence about a source that refuses names the host and what it answered, in both languages."""
    done = fetch([publisher.at("/gone")], tmp_path, now=NOW, context=publisher.trusted)[0]
    assert done.error is not None
    for language in LANGUAGES:
        sentence = say(language, done.error[0], **done.error[1])
        assert "localhost" in sentence
        assert "404" in sentence


def test_what_was_fetched_and_not_read_is_asked_for_again(
    publisher: Publisher, tmp_path: Path
) -> None:
    """Where the program ends between fetching and reading, the file is new again the next time."""
    publisher.files["/kev.json"] = KEV
    source = publisher.at("/kev.json")

    def ends(_: Fetched) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch([source], tmp_path, now=NOW, context=publisher.trusted, taken=ends)
    (again,) = fetch([source], tmp_path, now=NOW, context=publisher.trusted)
    (third,) = fetch([source], tmp_path, now=NOW, context=publisher.trusted)
    assert [len(again.files), again.same, len(third.files), third.same] == [1, 0, 0, 1]
