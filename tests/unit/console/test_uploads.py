"""Files on their way in do not stay for ever."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict

from tests.unit.console.conftest import House

from sekisho.console.uploads import Upload, find, folder, path_of, sweep


def test_what_nobody_confirmed_is_gone_after_a_day(house: House) -> None:
    """A file that waits longer than a day is removed with its note; a younger one goes on waiting."""
    here = house.installation
    for name, age in (("a" * 32, 25), ("b" * 32, 1)):
        at = here.clock.now() - dt.timedelta(hours=age)
        upload = Upload(id=name, name="log.csv", size=1, by="Z0", at=at.isoformat())
        path_of(here, upload).write_bytes(b"x")
        (folder(here) / f"{name}.json").write_text(json.dumps(asdict(upload)), encoding="utf-8")

    assert sweep(here) == 1
    assert find(here, "a" * 32) is None
    assert not (folder(here) / ("a" * 32)).exists()
    assert find(here, "b" * 32) is not None
