"""A watched folder: each file once, none before it is whole."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.collect.live.conftest import House

from sekisho import collect
from sekisho.collect import FileReport
from sekisho.collect.interface import Progress
from sekisho.collect.live.config import FolderWatch
from sekisho.collect.live.folder import Folder, waiting
from sekisho.collect.live.silence import spoken
from sekisho.errors import UnavailableError
from sekisho.terms import FixedClock

HEAD = "日時,利用者ID,患者ID,処理\n"


def log(first: int, last: int) -> str:
    """Return rows `first` to `last` of a simulated log."""
    return HEAD + "".join(f"2026/10/04 10:{n:02d}:00,U1,P{n},参照\n" for n in range(first, last))


class Inbox:
    """A watched folder whose reading is in the test's hand; time is the test's too."""

    def __init__(self, path: Path, clock: FixedClock) -> None:
        self.path = path
        self.now = 0.0
        self.read: list[str] = []
        self.error: tuple[str, dict[str, str | int | float]] | None = None
        self.ill = False
        path.mkdir()
        self.watch = FolderWatch(name="emr", path=path)
        self.folder = Folder(self.watch, self._take, clock)

    def _take(self, path: Path, progress: Callable[[Progress], None]) -> FileReport:
        if self.ill:
            raise UnavailableError("ledger.recorder_gone")
        self.read.append(path.name)
        progress(Progress(path=str(path), done=1, total=1, rows=1))
        return FileReport(path=str(path), error=self.error)

    def later(self, seconds: float = 15.0) -> list[str]:
        """Let `seconds` pass with a look before and after; return what was read."""
        before = len(self.read)
        self.folder.look(self.now)
        self.now += seconds
        self.folder.look(self.now)
        return self.read[before:]

    def names(self) -> set[str]:
        """Return every file below the folder."""
        return {str(path.relative_to(self.path)) for path in self.path.rglob("*") if path.is_file()}


@pytest.fixture
def inbox(tmp_path: Path, clock: FixedClock) -> Inbox:
    """An empty one."""
    return Inbox(tmp_path / "inbox", clock)


def test_a_file_is_read_once_and_moved(inbox: Inbox) -> None:
    """A file that stands still is read once and then lies in done, by month."""
    (inbox.path / "a.csv").write_text("x", encoding="utf-8")

    assert inbox.later() == ["a.csv"]
    assert inbox.later() == []
    assert inbox.names() == {"done/2026-11/a.csv"}


def test_the_next_file_of_the_same_name_does_not_replace_the_first(inbox: Inbox) -> None:
    """A second file of the same name is read too and lies beside the first."""
    for text in ("x", "y"):
        (inbox.path / "a.csv").write_text(text, encoding="utf-8")
        assert inbox.later() == ["a.csv"]

    assert inbox.names() == {"done/2026-11/a.csv", "done/2026-11/a-2.csv"}


def test_a_growing_file_is_waited_for(inbox: Inbox) -> None:
    """A file that still grows between looks is not read; when it stands still it is."""
    path = inbox.path / "a.csv"
    for _ in range(3):
        with path.open("a", encoding="utf-8") as file:
            file.write("x")
        assert inbox.later(5) == []

    assert inbox.later() == ["a.csv"]


def test_a_file_open_for_writing_is_waited_for(inbox: Inbox) -> None:
    """However long it stands still, a file that somebody has open for writing is not read."""
    with (inbox.path / "a.csv").open("w", encoding="utf-8") as file:
        file.write("x")
        file.flush()
        assert inbox.later(3600) == []

    assert inbox.later() == ["a.csv"]


@pytest.mark.parametrize("name", ["a.csv.tmp", "a.csv.part", ".a.csv", "~$a.xlsx", "A.CSV.PARTIAL"])
def test_an_unfinished_name_is_waited_for(inbox: Inbox, name: str) -> None:
    """A file under its writer's unfinished name is not read; renamed, it is."""
    (inbox.path / name).write_text("x", encoding="utf-8")
    assert inbox.later() == []
    (inbox.path / name).rename(inbox.path / "a.csv")

    assert inbox.later() == ["a.csv"]


def test_links_and_folders_are_not_followed(inbox: Inbox, tmp_path: Path) -> None:
    """A link to a file elsewhere is not read: only files that lie in the folder are."""
    (tmp_path / "secret.csv").write_text("x", encoding="utf-8")
    (inbox.path / "a.csv").symlink_to(tmp_path / "secret.csv")
    (inbox.path / "b").mkdir()
    os.mkfifo(inbox.path / "c")

    assert inbox.later() == []


def test_what_cannot_be_read_lies_in_failed_with_its_reason(inbox: Inbox) -> None:
    """A file that is no log goes to failed, with the reason in both languages beside it."""
    inbox.error = ("collect.empty", {})
    (inbox.path / "a.csv").write_text("", encoding="utf-8")
    inbox.later()

    assert inbox.names() == {"failed/a.csv", "failed/a.csv.why.txt"}
    why = (inbox.path / "failed/a.csv.why.txt").read_text(encoding="utf-8")
    assert len(why.splitlines()) == 2
    assert waiting(inbox.watch) == 1


def test_a_file_that_cannot_be_opened_stays_until_it_changes(inbox: Inbox) -> None:
    """A file without rights is left alone, not tried at every look; changed, it is tried again."""
    inbox.error = ("collect.cannot_open", {"why": "Permission denied"})
    path = inbox.path / "a.csv"
    path.write_text("x", encoding="utf-8")
    assert inbox.later() == ["a.csv"]
    assert inbox.later() == []
    inbox.error = None
    path.write_text("xy", encoding="utf-8")

    assert inbox.later() == ["a.csv"]


def test_while_nothing_can_be_recorded_the_file_stays(inbox: Inbox) -> None:
    """Without a recorder the file stays where it is and is read when there is one."""
    (inbox.path / "a.csv").write_text("x", encoding="utf-8")
    inbox.ill = True
    with pytest.raises(UnavailableError):
        inbox.later()
    inbox.ill = False

    assert inbox.names() == {"a.csv"}
    assert inbox.later() == ["a.csv"]


def test_the_end_of_the_process_leaves_the_file(inbox: Inbox) -> None:
    """A file under way when the process ends is not moved."""
    (inbox.path / "a.csv").write_text("x", encoding="utf-8")
    inbox.folder.look(0)

    def take(path: Path, progress: Callable[[Progress], None]) -> FileReport:
        inbox.folder.ending.set()
        progress(Progress(path=str(path), done=1, total=1, rows=1))
        pytest.fail("the end was not heard")

    inbox.folder._take = take
    inbox.folder.look(60)

    assert inbox.names() == {"a.csv"}


def test_a_share_that_is_gone_is_no_error(inbox: Inbox) -> None:
    """A folder that is not there now is looked for again; files that come with it are read."""
    inbox.path.rmdir()
    assert inbox.later() == []
    assert waiting(inbox.watch) is None
    inbox.path.mkdir()
    (inbox.path / "a.csv").write_text("x", encoding="utf-8")

    assert inbox.later() == ["a.csv"]


def test_files_come_to_the_record_by_themselves(house: House, tmp_path: Path) -> None:
    """A CSV put into the folder is on record with its file as origin; the same again adds nothing."""
    folder = tmp_path / "inbox"
    folder.mkdir()

    async def journey() -> None:
        (folder / "a.csv").write_text(log(0, 40), encoding="utf-8")
        await house.until(40)
        (folder / "b.csv").write_text(log(20, 50), encoding="utf-8")
        await house.until(50)
        for _ in range(1200):
            if not list(folder.glob("*.csv")):
                break
            await asyncio.sleep(0.05)

    house.take(f'[folder.emr]\npath = "{folder}"\nsource = "emr"\nsettle = 1\n', journey)

    records = house.records()
    assert len(records) == 50
    (hours,) = spoken(house.installation.database, dt.datetime(2000, 1, 1, tzinfo=dt.UTC)).values()
    assert sum(hour.records for hour in hours) == 70
    assert records[0]["origin"] == {"file": str(folder / "a.csv"), "row": 1}
    assert [(f.added, f.already) for f in collect.files(house.installation.database)] == [
        (10, 20),
        (40, 0),
    ]
    assert sorted(path.name for path in (folder / "done").rglob("*.csv")) == ["a.csv", "b.csv"]


def test_an_event_log_put_into_the_folder_comes_to_the_record(
    house: House, tmp_path: Path, shared: Path
) -> None:
    """An exported Windows event log is read once it has its name, and moved; again, it adds nothing."""
    (sample,) = (shared / "data/access-records/evtx").glob("*/Security_short*")
    folder = tmp_path / "inbox"
    folder.mkdir()

    async def journey() -> None:
        for name in ("monday", "tuesday"):
            part = folder / f"{name}.tmp"
            part.write_bytes(sample.read_bytes())
            part.rename(folder / f"{name}.evtx")
        for _ in range(1200):
            if not list(folder.glob("*.evtx")):
                break
            await asyncio.sleep(0.05)

    house.take(f'[folder.servers]\npath = "{folder}"\nsettle = 1\n', journey)

    assert [record["action"] for record in house.records()].count("login") == 2
    assert {(f.kind, f.added, f.already) for f in collect.files(house.installation.database)} == {
        ("evtx", 7, 0),
        ("evtx", 0, 7),
    }
