"""What is published, fetched by network: each source into a folder of its own, whole or not at all.

Only HTTPS, only what the list names. A source that does not answer is said, and the others go on;
what it gave before stays. What is fetched is read like any other file.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import hashlib
import re
import ssl
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import aiohttp
import orjson

from sekisho.errors import InvalidInputError, Value
from sekisho.posture.knowledge.sniff import MOST
from sekisho.storage import write_durably
from sekisho.terms import iso

SHIPPED = Path(__file__).with_name("data") / "feeds.toml"
MARKS = ".fetched.json"
"""In a source's folder: what the server said of each file, so that only what is new is asked for."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_WAYS = ("file", "csaf", "nvd", "links")
_KEYS = {"name": str, "url": str, "way": str, "only": str, "since": int, "pause": int}
_LINK = re.compile(r"""https://[^\s"'<>]+""")
_PAGE = 2000
_WINDOW = dt.timedelta(days=119)
"""NVD answers for at most 120 days of changes."""
_REDIRECTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One line of the list.

    Attributes:
        name: Folder of what it gives.
        url: HTTPS address.
        way: ``file``, ``csaf``, ``nvd`` or ``links``.
        only: Pattern of the paths that are wanted.
        since: First year, where the address has ``{year}``.
        pause: Seconds between two requests.
    """

    name: str
    url: str
    way: str = "file"
    only: str = "*"
    since: int = 2015
    pause: int = 0


@dataclass(kw_only=True)
class Fetched:
    """What became of one source.

    Attributes:
        name: The source.
        files: Files that are new or changed.
        same: Files that the source says are unchanged.
        error: Message and arguments where it could not be fetched to the end.
    """

    name: str
    files: list[Path] = field(default_factory=list)
    same: int = 0
    error: tuple[str, dict[str, Value]] | None = None


@dataclass(frozen=True, slots=True)
class Feeds:
    """The list: what is fetched, and whether each morning."""

    sources: tuple[Source, ...]
    daily: bool


def read_feeds(path: Path) -> Feeds:
    """Return the list of sources in `path`.

    Raises:
        InvalidInputError: It cannot be read, or a line of it is wrong; ``key`` says which.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError("posture.fetch.not_toml", file=path.name) from error
    daily, given = tree.pop("daily", False), tree.pop("source", [])
    if tree or not isinstance(daily, bool) or not isinstance(given, list):
        raise InvalidInputError(
            "posture.fetch.wrong", file=path.name, key=next(iter(tree), "daily")
        )
    found = tuple(_source(path, one) for one in given)
    if len({one.name for one in found}) < len(found):
        raise InvalidInputError("posture.fetch.wrong", file=path.name, key="name")
    return Feeds(found, daily)


def _source(path: Path, given: Mapping[str, object]) -> Source:
    def wrong(key: str) -> InvalidInputError:
        return InvalidInputError("posture.fetch.wrong", file=path.name, key=f"source.{key}")

    for key, value in given.items():
        if type(value) is not _KEYS.get(key):
            raise wrong(key)
    try:
        source = Source(**given)  # type: ignore[arg-type]  # each key was held to its type above
    except TypeError as error:
        raise wrong("name") from error
    if not _NAME.match(source.name):
        raise wrong("name")
    parts = urlsplit(source.url)
    if parts.scheme != "https" or not parts.hostname or parts.username:
        raise wrong("url")
    if source.way not in _WAYS:
        raise wrong("way")
    return source


def fetch(
    sources: Sequence[Source],
    folder: Path,
    *,
    now: dt.datetime,
    context: ssl.SSLContext | None = None,
    seconds: float = 60.0,
    taken: Callable[[Fetched], None] = lambda _: None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Fetched]:
    """Fetch what is new of every source into ``folder/NAME``.

    Args:
        sources: From where.
        folder: Where the files are kept, as they were published.
        now: This moment.
        context: Whom to trust; the system's authorities where None. The system's proxy is used.
        seconds: How long a server may be silent.
        taken: Called with each source once its files are here; a file counts as had only when
            this came back, so that what was fetched and not read is asked for again.
        progress: Called with the sources done and all of them.

    Returns:
        What became of each. A source that fails keeps what it gave before; files that arrived
        whole stay.
    """

    async def each() -> list[Fetched]:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=seconds, sock_read=seconds)
        connector = aiohttp.TCPConnector(ssl=context) if context is not None else None
        done: list[Fetched] = []
        async with aiohttp.ClientSession(
            timeout=timeout,
            connector=connector,
            trust_env=True,
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},  # kept as published, digests fit
        ) as session:
            for source in sources:
                fetching = _Fetching(session, source, folder / source.name, now)
                done.append(await fetching.all())
                taken(done[-1])
                fetching.settle()
                if progress is not None:
                    progress(len(done), len(sources))
        return done

    return asyncio.run(each())


class _Fetching:
    """One source being fetched."""

    def __init__(
        self, session: aiohttp.ClientSession, source: Source, folder: Path, now: dt.datetime
    ) -> None:
        self._session, self._source, self._folder, self._now = session, source, folder, now
        self._marks: dict[str, dict[str, str]] = {}
        self._asked = 0

    async def all(self) -> Fetched:
        """Fetch it; return what became of it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / MARKS
        if path.is_file():
            try:
                self._marks = orjson.loads(path.read_bytes())
            except orjson.JSONDecodeError:
                self._marks = {}  # everything is asked for again
        done = Fetched(name=self._source.name)
        walk = {"file": self._files, "csaf": self._csaf, "nvd": self._nvd, "links": self._links}
        try:
            async for new in walk[self._source.way]():
                if new is None:
                    done.same += 1
                else:
                    done.files.append(new)
        except InvalidInputError as error:
            done.error = (error.message, error.values())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            why = type(error).__name__
            done.error = ("posture.fetch.silent", {"host": self._host, "why": why})
        return done

    def settle(self) -> None:
        """Keep what the source said of its files, so that only what is new is asked for."""
        write_durably(self._folder / MARKS, orjson.dumps(self._marks))

    @property
    def _host(self) -> str:
        return urlsplit(self._source.url).hostname or ""

    async def _files(self) -> AsyncIterator[Path | None]:
        if "{year}" not in self._source.url:
            yield await self._file(self._source.url)
            return
        for year in range(self._source.since, self._now.year + 1):
            yield await self._file(self._source.url.replace("{year}", str(year)))

    async def _csaf(self) -> AsyncIterator[Path | None]:
        """Fetch what changes.csv names and is newer than what is here (CSAF 2.0, 7.1.13)."""
        base = self._source.url.rstrip("/") + "/"
        listed = (await self._get(urljoin(base, "changes.csv"), {}))[0] or b""
        for row in csv.reader(listed.decode("utf-8-sig").splitlines()):
            if len(row) != 2 or not _inside(row[0]):
                raise InvalidInputError("posture.fetch.list", host=self._host)
            name, date = row
            if not fnmatch(name.lower(), self._source.only):
                continue
            mark = self._marks.get(name, {})
            if mark.get("date") == date and (self._folder / _plain(name)).is_file():
                yield None
                continue
            content = (await self._get(urljoin(base, name), {}))[0] or b""
            await self._hold_to_digest(urljoin(base, name), content)
            yield self._keep(name, content, {"date": date})

    async def _hold_to_digest(self, url: str, content: bytes) -> None:
        """Refuse a file that is not what the digest beside it says (CSAF 2.0, 7.1.18)."""
        for kind in ("sha512", "sha256"):
            told = (await self._get(f"{url}.{kind}", {}, missing=True))[0]
            if told is None:
                continue
            words = told.split()
            if (
                not words
                or words[0].decode("ascii", "replace").lower()
                != hashlib.new(kind, content).hexdigest()
            ):
                raise InvalidInputError(
                    "posture.fetch.altered", host=self._host, file=url.rpartition("/")[2]
                )
            return

    async def _nvd(self) -> AsyncIterator[Path | None]:
        """Fetch all records once, then what changed since, page by page (NVD API 2.0)."""
        mark = self._marks.setdefault("nvd", {})
        if "until" not in mark:  # all of them take a quarter of an hour: go on where it broke off
            mark.setdefault("began", iso(self._now))
            async for page in self._pages("all", "", int(mark.get("at", 0)), mark):
                yield page
            self._marks["nvd"] = mark = {"until": mark["began"]}
        start = dt.datetime.fromisoformat(mark["until"])
        while start < self._now:
            end = min(start + _WINDOW, self._now)
            window = f"&lastModStartDate={_nvd_time(start)}&lastModEndDate={_nvd_time(end)}"
            async for page in self._pages(f"{start:%Y%m%dT%H%M%S}", window, 0, {}):
                yield page
            start = end
            mark["until"] = iso(end)  # what broke off is asked for again

    async def _pages(
        self, stamp: str, window: str, at: int, mark: dict[str, str]
    ) -> AsyncIterator[Path | None]:
        total = at + 1
        while at < total:
            url = f"{self._source.url}?resultsPerPage={_PAGE}&startIndex={at}{window}"
            content = (await self._get(url, {}))[0] or b""
            try:
                page = orjson.loads(content)
                total, got = int(page["totalResults"]), int(page["resultsPerPage"])
            except (ValueError, KeyError, TypeError) as error:  # another page than NVD's answer
                raise InvalidInputError("posture.fetch.list", host=self._host) from error
            if not got:
                if at < total:
                    raise InvalidInputError("posture.fetch.list", host=self._host)
                return
            yield self._keep(f"{stamp}-{at:07d}.json", content, {})
            at += got
            mark["at"] = str(at)

    async def _links(self) -> AsyncIterator[Path | None]:
        """Fetch what the list links to on its own host, each once."""
        listed = (await self._get(self._source.url, {}))[0] or b""
        links = dict.fromkeys(_LINK.findall(listed.decode("utf-8", "replace")))
        for url in links:
            parts = urlsplit(url)
            if parts.hostname != self._host or not fnmatch(parts.path, self._source.only):
                continue
            yield await self._file(url)

    async def _file(self, url: str) -> Path | None:
        name = urlsplit(url).path.lstrip("/")
        mark = self._marks.get(name, {}) if (self._folder / _plain(name)).is_file() else {}
        content, said = await self._get(url, mark)
        return None if content is None else self._keep(name, content, said)

    async def _get(
        self, url: str, mark: Mapping[str, str], *, missing: bool = False
    ) -> tuple[bytes | None, dict[str, str]]:
        """Return the whole answer, and what to ask with the next time; None where unchanged."""
        if self._asked and self._source.pause:
            await asyncio.sleep(self._source.pause)
        self._asked += 1
        asked = {
            head: mark[key]
            for key, head in (("etag", "If-None-Match"), ("modified", "If-Modified-Since"))
            if key in mark
        }
        for _ in range(_REDIRECTS + 1):
            async with self._session.get(url, headers=asked, allow_redirects=False) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, answer.headers.get("Location", ""))
                    if urlsplit(url).scheme != "https":
                        raise InvalidInputError("posture.fetch.not_https", host=self._host)
                    continue
                if answer.status == HTTPStatus.NOT_MODIFIED and asked:
                    return None, dict(mark)
                if answer.status == HTTPStatus.NOT_FOUND and missing:
                    return None, {}
                if answer.status != HTTPStatus.OK:
                    raise InvalidInputError(
                        "posture.fetch.status", host=self._host, status=answer.status
                    )
                content = await _whole(answer)
                heads = (("etag", "ETag"), ("modified", "Last-Modified"))
                said = {key: answer.headers[head] for key, head in heads if head in answer.headers}
                return content, said
        raise InvalidInputError("posture.fetch.status", host=self._host, status=310)

    def _keep(self, name: str, content: bytes, said: dict[str, str]) -> Path | None:
        """Put the file in its place; None where it is what was had already."""
        path = self._folder / _plain(name)
        there = path.is_file() and path.read_bytes() == content
        same = there and name in self._marks
        if not there:
            write_durably(path, content)
        self._marks[name] = said
        return None if same else path


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    async for part in answer.content.iter_chunked(1 << 16):
        size += len(part)
        if size > MOST:
            raise InvalidInputError("posture.feed.too_large", most=MOST // 1024 // 1024)
        parts.append(part)
    return b"".join(parts)


def _inside(name: str) -> bool:
    """Whether a path of a list stays below its folder."""
    return bool(re.fullmatch(r"[\w.+~-]+(/[\w.+~-]+)*", name)) and ".." not in name.split("/")


def _plain(name: str) -> str:
    """Return a file's name in the source's folder: a path without folders."""
    return re.sub(r"[^\w.+~-]", "_", name, flags=re.ASCII).lstrip(".")[-150:] or "_"


def _nvd_time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000%%2B00:00")
