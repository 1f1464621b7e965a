"""Files of the register are held against patterns that came after them, and a find is shut away."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from tests.unit.scan.clamd import start, stop

from sekisho.app.history import today
from sekisho.app.inspection.register.attached import scan_attached
from sekisho.app.installation import Installation, open_installation
from sekisho.app.station import settings, station
from sekisho.errors import InvalidInputError, TamperError, UnavailableError
from sekisho.inspection import register
from sekisho.inspection.register import files
from sekisho.scan import RULES

pytestmark = pytest.mark.duty("1-4")
RULE = 'rule Memo_of_the_trial { strings: $a = "virus of tomorrow" condition: $a }'


def attach(here: Installation, line: int, path: Path, content: bytes) -> int:
    """Attach a file as the console does."""
    path.write_bytes(content)
    with path.open("rb") as file:
        answer = station(here).check(file, len(content), path.name).answer
    at = here.clock.now()
    return files.attach(here.database, here.data, line, path, path.name, answer, by="P1", at=at)


def test_a_later_pattern_shuts_a_file_away(data: Path, tmp_path: Path) -> None:
    """What was clean is checked once for new patterns and shows the day; what they fit is recorded, a finding and given out no more, a person may take it away; other files stay; a scanner that falls silent, and bytes that are gone, are said."""
    here = open_installation(data, create=True)
    clamd = start(tmp_path)
    try:
        here.config = dataclasses.replace(
            here.config, scan=dataclasses.replace(clamd.settings, rules=data / RULES)
        )
        now, day = here.clock.now(), today(here)
        told = {"rule": "運用管理規程", "sort": "operation"}
        line = register.add(here.database, "rules", told, by="P1", at=now, today=day)
        bad = attach(here, line, tmp_path / "a.txt", b"a virus of tomorrow")
        good = attach(here, line, tmp_path / "b.txt", b"rules of the house")
        scan_attached(here)
        first = files.files(here.database, line)
        assert [one.verdict for one in first] == ["clean", "clean"]
        scan_attached(here)
        assert files.files(here.database, line) == first, "nothing new, so nothing is checked"

        (data / RULES).mkdir()
        (data / RULES / "new.yar").write_text(RULE)
        scan_attached(here)
        found = {one.id: one for one in files.files(here.database, line)}
        assert (found[bad].verdict, found[good].verdict) == ("found", "clean")
        assert found[bad].stored
        scanned = found[good].scanned_at
        assert scanned is not None
        assert scanned > first[1].at
        with pytest.raises(InvalidInputError):
            files.content(here.database, data, line, bad)
        assert files.content(here.database, data, line, good)[1] == b"rules of the house"
        assert "register.malware" in {one.key for one in register.findings(here.database, day)}
        said = here.reader().record(here.reader().size() - 1)
        assert (said["object"], said["reason"][:6]) == (
            f"register/rules/{line}/file/{bad}",
            "found:",
        )

        (data / RULES / "new.yar").unlink()
        files.place(data, found[good].digest).write_bytes(b"other")
        with pytest.raises(TamperError):
            scan_attached(here)
        assert files.files(here.database, line)[0].verdict == "found", "it does not turn clean"
    finally:
        stop(clamd)
    with pytest.raises(UnavailableError):
        scan_attached(here)
    here.config = dataclasses.replace(here.config, scan=None)
    if not Path(str(settings(here).socket)).exists():
        scan_attached(here)  # where no scanner is there is nothing to do
    here.close()
