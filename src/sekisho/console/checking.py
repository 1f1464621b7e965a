"""Verify one record now, from its bytes, in a process of its own that shares no code with the writer."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from sekisho.app.installation import Installation
from sekisho.terms import Result

LONGEST = 60.0
"""Seconds after which it is given up, and said to be not checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of it.

    Attributes:
        result: Whether the record is what was signed.
        message: Id of the sentence that says so, with `args`.
        not_checked: Ids of what could not be checked.
        seconds: How long the verification took.
    """

    result: Result
    at: dt.datetime
    message: str
    args: Mapping[str, Any] = field(default_factory=dict)
    not_checked: tuple[str, ...] = ()
    size: int = 0
    seconds: float = 0.0


async def check(here: Installation, index: int) -> Checked:
    """Recompute record `index` from its bytes to the signed root; three answers, and what was left."""
    more = ["--config", str(here.config_file)] if here.config_file else []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sekisho", "ledger", "verify", "--json"),
        *("--data", str(here.data), "--record", str(index), *more),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), LONGEST)
        said = orjson.loads(out)
    except (TimeoutError, orjson.JSONDecodeError):
        if process.returncode is None:
            process.kill()
            await process.wait()
        return _answer(here, Result.NOT_CHECKED, "console.record.verify.failed")
    wrong = said["first_wrong"]
    common = {
        "not_checked": tuple(said["not_checked"]),
        "size": said["size"],
        "seconds": said["seconds"],
    }
    if wrong is not None:
        return _answer(here, Result.NO, wrong["message"], args=wrong["args"], **common)
    if not said["records"]:
        return _answer(here, Result.NOT_CHECKED, "console.record.proof.later", **common)
    return _answer(here, Result.YES, "console.record.verify.right", **common)


def _answer(here: Installation, result: Result, message: str, **more: Any) -> Checked:
    return Checked(result=result, at=here.clock.now(), message=message, **more)
