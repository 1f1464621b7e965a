"""How long records are kept: dated rules by source and class; without one a record is kept.

``retention.toml`` in the data directory, one table ``[[rule]]`` each::

    source = "emr"           # of this source; any where it is left out
    class = "general"        # of this information class; any where it is left out
    years = 10
    reason = "診療録と同じ十年とする（文書管理規程 第8条）"
    since = 2026-04-01       # the rule holds from this day on

Of several rules that fit, the longest stands. What is past all of its rules is due: a
finding, and nothing goes before a person proposes it and another confirms, as any erasure.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sekisho.app.erasure import chosen
from sekisho.app.installation import Installation
from sekisho.errors import InvalidInputError
from sekisho.ledger.erasure import LONGEST, RETENTION, Chosen, erasures
from sekisho.storage import Analysis, analysis
from sekisho.terms import Finding, Gravity

FILE = "retention.toml"
MOST = 100
"""Years; and rules."""
_KEYS = {"source", "class", "years", "reason", "since"}
_NEEDED = {"years", "reason", "since"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Records of `source` and `class_` (any where None) may go after `years`.

    Attributes:
        reason: Why so long and no longer; it stands in the order of the erasure.
        since: The rule holds from this day on.
    """

    source: str | None
    class_: str | None
    years: int
    reason: str
    since: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is past its time, and by which rules."""

    count: int
    first_at: dt.datetime
    last_at: dt.datetime
    rules: tuple[Rule, ...]


def read_rules(data: Path) -> tuple[Rule, ...]:
    """Return the rules of the installation in `data`; none where there is no file.

    Raises:
        InvalidInputError: Something is wrong; ``line`` and ``mend`` say where and what to do.
    """
    try:
        text = (data / FILE).read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("app.config.unreadable", file=FILE) from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise InvalidInputError("app.config.not_toml", file=FILE, line=line) from error
    starts = [
        number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[rule]]"
    ]
    tables = tree.get("rule", [])
    if set(tree) - {"rule"} or not isinstance(tables, list) or len(tables) > MOST:
        raise _wrong("rule", 1)
    return tuple(
        _rule(table, starts[at] if at < len(starts) else 1) for at, table in enumerate(tables)
    )


def _rule(table: object, line: int) -> Rule:
    if not isinstance(table, dict) or set(table) - _KEYS or not set(table) >= _NEEDED:
        raise _wrong("rule", line)
    source, class_, years = table.get("source"), table.get("class"), table["years"]
    reason, since = table["reason"], table["since"]
    for name, value in (("source", source), ("class", class_)):
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise _wrong(name, line)
    if source is None and class_ is None:
        raise _wrong("source", line)
    if type(years) is not int or not 1 <= years <= MOST:
        raise _wrong("years", line)
    if not isinstance(reason, str) or not 4 <= len(reason.strip()) <= LONGEST // 4:
        raise _wrong("reason", line)
    if type(since) is not dt.date:
        raise _wrong("since", line)
    return Rule(source=source, class_=class_, years=years, reason=reason.strip(), since=since)


def _wrong(key: str, line: int) -> InvalidInputError:
    return InvalidInputError(
        "app.config.wrong", file=FILE, key=key, line=line, mend_id=f"ledger.retention.mend_{key}"
    )


def due(here: Installation) -> Due | None:
    """Return what is past its time; None where nothing is, or no rule is in force.

    Raises:
        InvalidInputError: ``retention.toml`` is wrong.
    """
    rules = _in_force(here)
    if not rules:
        return None
    with analysis() as engine:
        found = _ask(here, engine, rules, "count(*), min(occurred_at), max(occurred_at)")
        ((count, first, last),) = found
        if not count:
            return None
        used = [rule for rule in rules if _ask(here, engine, rules, "count(*)", only=rule)[0][0]]
    return Due(
        count=count,
        first_at=first.replace(tzinfo=dt.UTC),
        last_at=last.replace(tzinfo=dt.UTC),
        rules=tuple(used),
    )


def choose_due(here: Installation) -> tuple[Chosen, str]:
    """Return what is past its time, to be proposed, and the order: the rules' reasons.

    Raises:
        InvalidInputError: ``retention.toml`` is wrong, or nothing is due.
    """
    rules, past = _in_force(here), due(here)
    if past is None:
        raise InvalidInputError("ledger.retention.nothing")
    with analysis() as engine:
        found = _ask(here, engine, rules, '"index", source, occurred_at')
    order = "; ".join(
        f"{rule.reason}（{rule.source or '*'}/{rule.class_ or '*'} {rule.years}年）"
        for rule in past.rules
    )
    return chosen(here, sorted(found)), order[:LONGEST]


def findings(here: Installation) -> list[Finding]:
    """Return that records are past their time, unless their erasure is proposed already."""
    try:
        past = due(here)
    except InvalidInputError as error:
        return [_finding("ledger.retention.wrong", line=int(str(error.args_.get("line", 0))))]
    waits = any(
        one.kind == RETENTION and one.state in {"proposed", "confirmed"}
        for one in erasures(here.database)
    )
    if past is None or waits:
        return []
    zone = ZoneInfo(here.config.zone)
    return [
        _finding(
            "ledger.retention.due",
            count=past.count,
            last=f"{past.last_at.astimezone(zone):%Y-%m-%d}",
        )
    ]


def _finding(message: str, **args: int | str) -> Finding:
    return Finding(
        key=message,
        room="ledger",
        gravity=Gravity.WEEK,
        duty="1-3",
        message=message,
        args=args,
        where="/records/erasure",
        action="app.action.look",
    )


def _in_force(here: Installation) -> tuple[Rule, ...]:
    today = here.clock.now().astimezone(ZoneInfo(here.config.zone)).date()
    return tuple(rule for rule in read_rules(here.data) if rule.since <= today)


def _ask(
    here: Installation,
    engine: Analysis,
    rules: Sequence[Rule],
    what: str,
    only: Rule | None = None,
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Ask for `what` of the records that a rule fits, and that are past every rule that does."""
    here.reader().register(engine)
    now = here.clock.now().astimezone(dt.UTC).replace(tzinfo=None)
    values: dict[str, object] = {}
    fits, past = [], []
    for number, rule in enumerate(rules):
        parts = []
        for column, value in (("source", rule.source), ("class", rule.class_)):
            if value is not None:
                values[f"{column}{number}"] = value
                parts.append(f"coalesce(\"{column}\", '') = ${column}{number}")
        values[f"before{number}"] = _years_before(now, rule.years)
        fits.append("(" + " AND ".join(parts) + ")")
        past.append(f"(NOT {fits[-1]} OR occurred_at < $before{number})")
    wanted = fits if only is None else [fits[list(rules).index(only)]]
    orders = "(source = 'sekisho' AND regexp_matches(coalesce(object, ''), '^(erasure|key)/'))"
    return engine.rows(
        f"SELECT {what} FROM access WHERE NOT {orders} AND ({' OR '.join(wanted)})"  # noqa: S608 (values are bound)
        f" AND {' AND '.join(past)}",
        values,
    )


def _years_before(at: dt.datetime, years: int) -> dt.datetime:
    """Return the same day so many years before; of the 29th of February the day after."""
    try:
        return at.replace(year=at.year - years)
    except ValueError:
        return at.replace(year=at.year - years, month=3, day=1)
