"""What one sighting says of a scanner and of patches, in three states each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sekisho.scan import RELOAD

PATTERN_DAYS = 7
"""Age of patterns, at the time of the sighting, from which they are old; as ``[scan] days``."""
PATCH_DAYS = 60
"""Days without a patch, at the time of the sighting, from which a machine is unpatched: two of
the monthly ones were left out."""
SCANNERS = (
    "apex one", "ウイルスバスター", "trend micro", "deep security", "ds_agent", "eset", "esets", "efs",
    "eea", "symantec", "norton", "mcafee", "trellix", "kaspersky", "kesl", "sophos", "crowdstrike",
    "falcon-sensor", "cortex xdr", "sentinelone", "cylance", "f-secure", "withsecure", "cybereason",
    "bitdefender", "ffri", "webroot", "mdatp", "defender for endpoint", "clamav",
)  # fmt: skip
"""Names of scanners by which one is found among a machine's programs."""
_RUNS = re.compile(r"normal|running|passive|edr block|online|active|protected|enabled|正常|有効|保護|最新|オンライン|稼働|起動中|up to date|^on$|^ok$", re.IGNORECASE)  # fmt: skip
_STOPPED = re.compile(r"not running|stopped|disabled|inactive|unprotected|停止|無効|未稼働|保護されていません|^off$", re.IGNORECASE)  # fmt: skip
_OLD = re.compile(r"outdated|out of date|expired|古い|期限切れ|要更新|未更新", re.IGNORECASE)
_NEW = re.compile(r"up to date|latest|最新", re.IGNORECASE)
_ASIDE = re.compile(r"passive|edr block", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one source said of a machine's scanner.

    Attributes:
        present: ``yes``, ``no`` or ``unknown``; so are `running`, `realtime`, `fresh` and `loaded`.
        fresh: Its patterns were new when it was seen.
        loaded: What it has loaded is what lies on the disk.
        aside: It stands back for another product (Defender's passive mode).
    """

    source: str
    seen_at: dt.datetime
    product: str | None
    version: str | None
    pattern: str | None
    pattern_at: dt.datetime | None
    loaded_pattern: str | None
    disk_pattern: str | None
    scan_at: dt.datetime | None
    present: str
    running: str
    realtime: str
    fresh: str
    loaded: str
    aside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Patches:
    """What one source said of a machine's patches: the newest day, and how many wait or failed."""

    source: str
    seen_at: dt.datetime
    last: dt.datetime | None
    needed: int | None
    failed: int | None


def scanner_of(
    source: str, seen_at: dt.datetime, facts: Mapping[str, Any], name: str = "antivirus"
) -> Word | None:
    """Return what a sighting's facts say of a scanner, None where they say nothing."""
    told = facts.get(name)
    if not isinstance(told, Mapping):
        return None
    status = str(told.get("status") or "")
    pattern_at = _moment(told.get("pattern_at"))
    age = told.get("pattern_age")
    if pattern_at is not None and isinstance(age, int):
        # The age says when it was looked at, also where the file names no time.
        seen_at = min(seen_at, pattern_at + dt.timedelta(days=age + 1))
    scan_at = _moment(told.get("full_scan_at")) or _moment(told.get("scan_at"))
    if scan_at is None and isinstance(told.get("full_scan_age"), int):
        scan_at = seen_at - dt.timedelta(days=told["full_scan_age"])
    realtime = _three(told.get("realtime"))
    return Word(
        source=source,
        seen_at=seen_at,
        product=told.get("product"),
        version=told.get("version"),
        pattern=told.get("pattern"),
        pattern_at=pattern_at,
        loaded_pattern=told.get("loaded"),
        disk_pattern=told.get("on_disk"),
        scan_at=scan_at,
        present=_present(told),
        running=_running(told, status, realtime),
        realtime=realtime,
        fresh=_fresh(told, status, pattern_at, seen_at),
        loaded=_loaded(told, seen_at),
        aside=bool(_ASIDE.search(status)),
    )


def patches_of(source: str, seen_at: dt.datetime, facts: Mapping[str, Any]) -> Patches | None:
    """Return what a sighting's facts say of patches, None where they say nothing."""
    last = max(
        filter(None, (_moment(_of(facts, name).get("last")) for name in ("hotfixes", "patched"))),
        default=None,
    )
    updates = _of(facts, "updates")
    needed, failed = updates.get("needed"), updates.get("failed")
    if last is None and needed is None and failed is None:
        return None
    return Patches(
        source=source,
        seen_at=seen_at,
        last=last,
        needed=needed if isinstance(needed, int) else None,
        failed=failed if isinstance(failed, int) else None,
    )


def firewall_of(facts: Mapping[str, Any]) -> str | None:
    """Return ``no`` where a profile of the firewall is off, ``yes`` where all are on, else None."""
    states = {_three(one) for one in _of(facts, "firewall").values()}
    return "no" if "no" in states else "yes" if states == {"yes"} else None


def scanner_among(names: Iterable[str | None]) -> str | None:
    """Return the first name of installed programs that is a scanner's, None where none is."""
    return next(
        (one for one in names if one and any(_named(mark, one.casefold()) for mark in SCANNERS)),
        None,
    )


def judged(word: Word) -> tuple[str, list[str]]:
    """Return the verdict on a scanner as it was seen, and the reasons: all that is wrong, else what is not known."""
    wrong = [
        reason
        for reason, is_so in (
            ("no_scanner", word.present == "no"),
            ("not_running", word.running == "no"),
            ("realtime_off", word.realtime == "no"),
            ("patterns_old", word.fresh == "no"),
            ("not_loaded", word.loaded == "no"),
        )
        if is_so
    ]
    if wrong:
        return "bad", ["no_scanner"] if "no_scanner" in wrong else wrong
    unknown = [
        f"{name}_unknown"
        for name in ("present", "running", "realtime", "fresh")
        if getattr(word, name) == "unknown"
    ]
    return ("unknown", unknown) if unknown else ("good", [])


def judged_patches(found: Patches) -> tuple[str, list[str]]:
    """Return the verdict on patches as they were seen, and the reasons."""
    wrong = []
    if found.needed:
        wrong.append("patches_needed")
    if found.failed:
        wrong.append("patches_failed")
    if found.last is not None and found.seen_at - found.last > dt.timedelta(days=PATCH_DAYS):
        wrong.append("patches_old")
    if wrong:
        return "bad", wrong
    if found.last is None and found.needed is None:
        return "unknown", ["patches_unknown"]
    return "good", []


def _named(mark: str, name: str) -> bool:
    return re.search(rf"(?<![a-z0-9]){re.escape(mark)}(?![a-z0-9])", name) is not None


def _present(told: Mapping[str, Any]) -> str:
    if "present" in told:
        return _three(told["present"])
    said = ("product", "version", "pattern", "engine", "status", "pattern_at")
    return "yes" if any(told.get(name) for name in said) else "unknown"


def _running(told: Mapping[str, Any], status: str, realtime: str) -> str:
    service = _three(told.get("service"))
    if service == "no" or _STOPPED.search(status):
        return "no"
    if service == "yes" or realtime == "yes" or _RUNS.search(status):
        return "yes"
    return "unknown"


def _fresh(
    told: Mapping[str, Any], status: str, pattern_at: dt.datetime | None, seen_at: dt.datetime
) -> str:
    if (fresh := _three(told.get("fresh"))) != "unknown":
        return fresh
    age = told.get("pattern_age")
    if isinstance(age, int):
        return "no" if age > PATTERN_DAYS else "yes"
    if pattern_at is not None:
        return "no" if seen_at - pattern_at > dt.timedelta(days=PATTERN_DAYS) else "yes"
    return "no" if _OLD.search(status) else "yes" if _NEW.search(status) else "unknown"


def _loaded(told: Mapping[str, Any], seen_at: dt.datetime) -> str:
    loaded, disk = told.get("loaded"), told.get("on_disk")
    if not (isinstance(loaded, str) and isinstance(disk, str)):
        return "unknown"
    if not (loaded.isdigit() and disk.isdigit()):
        return "unknown"
    if int(loaded) >= int(disk):
        return "yes"
    since = _moment(told.get("on_disk_since"))
    return "unknown" if since is not None and seen_at - since < RELOAD else "no"


def _of(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = facts.get(name)
    return found if isinstance(found, Mapping) else {}


def _three(value: object) -> str:
    return value if isinstance(value, str) and value in {"yes", "no"} else "unknown"


def _moment(value: object) -> dt.datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
