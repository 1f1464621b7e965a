"""Loading what is published: files, folders, archives; each file is taken whole or refused whole."""

from __future__ import annotations

import datetime as dt
import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from sekisho.errors import InvalidInputError, Value
from sekisho.posture.knowledge.keep import Counts, keep_advisories, keep_facts
from sekisho.posture.knowledge.sniff import MOST, Taken, take
from sekisho.posture.knowledge.tables import FEED
from sekisho.posture.names.makers import Makers
from sekisho.storage import Database, insert_many
from sekisho.terms import Clock

_BATCH = 2000
_MEMBERS = 1_000_000


@dataclass(kw_only=True)
class FeedReport:
    """What one file was taken for, and what became of it.

    Attributes:
        path: The file; a member of an archive after ``!``.
        kind: What it was taken for, None where it was refused.
        dated: The day that the source gives for it, or None.
        records: Advisories and facts in it.
        added: Advisories that were not known.
        changed: Advisories that replaced an earlier revision.
        same: Advisories known as they are.
        older: Advisories of which a later revision is known; they were left.
        doubts: Ids of sentences about what was mended.
        error: Message and arguments where nothing of it was kept.
    """

    path: str
    kind: str | None = None
    dated: dt.datetime | None = None
    records: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    doubts: list[str] = field(default_factory=list)
    error: tuple[str, dict[str, Value]] | None = None


@dataclass(slots=True)
class _Waiting:
    report: FeedReport
    taken: Taken
    digest: str


def load_feeds(
    paths: Sequence[Path],
    *,
    database: Database,
    clock: Clock,
    as_of: dt.datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[FeedReport]:
    """Read every file of `paths`, folders and ZIP archives too, and keep what it says.

    Args:
        paths: Files as they are published, or folders of them.
        database: Where it is kept.
        clock: Says when it was loaded.
        as_of: When all of it was fetched, where a bundle says so.
        progress: Called with the files read so far and of those known so far.

    Returns:
        A report for each file. One that cannot be read, or is cut off, is a report with
        `error`, and nothing of it is kept.
    """
    makers = Makers()
    reports: list[FeedReport] = []
    waiting: list[_Waiting] = []
    size = 0
    for name, opened in _files(paths):
        report = FeedReport(path=name)
        reports.append(report)
        try:
            content = opened()
            taken = take(content, name)
        except InvalidInputError as error:
            report.error = (error.message, error.values())
            continue
        except OSError as error:
            report.error = ("posture.feed.cannot_open", {"reason": error.strerror or "I/O"})
            continue
        report.kind, report.dated, report.doubts = taken.kind, taken.dated, taken.doubts
        report.records = max(len(taken.advisories), len(taken.facts))
        waiting.append(_Waiting(report, taken, hashlib.sha256(content).hexdigest()))
        size += len(taken.advisories) + len(taken.facts)
        if size >= _BATCH:
            _keep(waiting, database, clock, makers, as_of)
            waiting, size = [], 0
        if progress is not None:
            progress(len(reports), len(reports))
    _keep(waiting, database, clock, makers, as_of)
    return reports


def _keep(
    waiting: Sequence[_Waiting],
    database: Database,
    clock: Clock,
    makers: Makers,
    as_of: dt.datetime | None,
) -> None:
    if not waiting:
        return
    now = clock.now()
    with database.write() as c:
        for one in waiting:
            counts = (
                keep_advisories(c, one.taken.advisories, makers, now)
                if one.taken.advisories
                else Counts()
            )
            keep_facts(c, one.taken.facts, now)
            one.report.added, one.report.changed = counts.added, counts.changed
            one.report.same, one.report.older = counts.same, counts.older
        # One line for each kind of a folder is enough to tell its age.
        insert_many(
            c,
            FEED,
            ("path", "kind", "digest", "records", "as_of", "at"),
            [
                (
                    one.report.path,
                    one.taken.kind,
                    one.digest,
                    one.report.records,
                    one.taken.dated or as_of or now,
                    now,
                )
                for one in _told(waiting)
            ],
        )


def _told(waiting: Sequence[_Waiting]) -> list[_Waiting]:
    """Return the newest file of each kind and folder."""
    newest: dict[tuple[str, str], _Waiting] = {}
    for one in waiting:
        key = (one.taken.kind, one.report.path.rpartition("/")[0])
        before = newest.get(key)
        if before is None or (
            one.taken.dated is not None
            and (before.taken.dated is None or one.taken.dated >= before.taken.dated)
        ):
            newest[key] = one
    return list(newest.values())


def _files(paths: Sequence[Path]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    for path in paths:
        if path.is_dir():
            inside = sorted(
                one for one in path.rglob("*") if one.is_file() and not one.name.startswith(".")
            )
            for one in inside:
                yield from _one(one)
        else:
            yield from _one(path)


def _one(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    if path.is_file() and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for place, member in enumerate(archive.infolist()):
                if member.is_dir():
                    continue
                if place >= _MEMBERS:
                    break
                yield f"{path}!{member.filename}", lambda member=member: _member(archive, member)  # type: ignore[misc]
        return
    yield str(path), lambda: _content(path)


def _content(path: Path) -> bytes:
    if path.stat().st_size > MOST:
        raise InvalidInputError("posture.feed.too_large", most=MOST // 1024 // 1024)
    return path.read_bytes()


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.file_size > MOST or member.file_size > 200 * max(member.compress_size, 1) + 1_000_000:
        raise InvalidInputError("posture.feed.too_large", most=MOST // 1024 // 1024)
    try:
        with archive.open(member) as opened:
            return opened.read(MOST)
    except (RuntimeError, NotImplementedError) as error:  # encrypted; a compression unknown here
        raise InvalidInputError("posture.feed.closed") from error
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise InvalidInputError("posture.feed.cut", kind="ZIP") from error


def confirm(database: Database, folder: Path, now: dt.datetime) -> None:
    """Keep that what `folder` holds is, at `now`, the newest that its source publishes."""
    with database.write() as c:
        below = FEED.c.path.startswith(f"{folder}/", autoescape=True)
        newest = sa.select(sa.func.max(FEED.c.id)).where(below).group_by(FEED.c.kind)
        columns = (FEED.c.path, FEED.c.kind, FEED.c.digest, FEED.c.records)
        rows = c.execute(sa.select(*columns).where(FEED.c.id.in_(newest))).all()
        insert_many(
            c,
            FEED,
            ("path", "kind", "digest", "records", "as_of", "at"),
            [(*row, now, now) for row in rows],
        )


def ages(database: Database) -> dict[str, dt.datetime]:
    """Return, for each kind of source, of when the newest file is that was loaded."""
    with database.read() as c:
        query = sa.select(FEED.c.kind, sa.func.max(FEED.c.as_of)).group_by(FEED.c.kind)
        rows = c.execute(query).all()
    return {kind: _aware(newest) for kind, newest in rows}


def _aware(value: dt.datetime | str) -> dt.datetime:
    found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
