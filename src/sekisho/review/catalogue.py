"""Explanations and signs: data files, read by code that knows none of them by name.

A file is SQL in one dialect. Its first comment is TOML: id, level, texts in
Japanese and English, the windows that its SQL names, and rows that it matches
and does not match (a test runs them).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDERS = (Path(__file__).with_name("explanations"), Path(__file__).with_name("signs"))
TREATED_ELSEWHERE = 0.75
"""Weight of a sign about a patient whom another department was treating, unless its file says."""
_FILE = re.compile(r"\A/\*\n(?P<front>.*?)\n\*/\n(?P<body>.*)\Z", re.DOTALL)
_NAMED = re.compile(r"\$\w+")
_PART = re.compile(r"^-- (count|explain)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an explanation and a sign have in common.

    Attributes:
        level: Lowest level at which it can say anything.
        title: Short name, by language; `why` the sentence with named values.
        windows: Numbers that the SQL names with a dollar sign.
        needs: Lists without which it finds nothing.
        sql: The query that counts. Columns ``index`` and ``patient_id`` first.
        samples: Rows that it must match, and rows that it must not. In the file a row of `many`
            stands for so many, of patients q0, q1 and so on of ``q``, `every` so many minutes.
        digest: Of what decides: SQL and windows, not the texts.
    """

    id: str
    kind: str
    order: int
    level: str
    title: Mapping[str, str]
    why: Mapping[str, str]
    windows: Mapping[str, int | float | str]
    needs: Sequence[str]
    columns: Sequence[str]
    sql: str
    samples: Sequence[Mapping[str, Any]]
    digest: str

    def values(self, sql: str | None = None) -> dict[str, int | float | str]:
        """Return the windows that `sql` (the counting query unless given) names."""
        text = self.sql if sql is None else sql
        return {name: value for name, value in self.windows.items() if f"${name}" in text}

    def apart(self, place: int) -> tuple[str, dict[str, int | float | str]]:
        """Return the counting query and its values under names of `place`: beside others in one query."""
        sql = _NAMED.sub(lambda name: f"{name[0]}_{place}", self.sql)
        return sql, {f"{name}_{place}": value for name, value in self.values().items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Rule):
    """One way in which care explains an access.

    Attributes:
        fetch: The second query: the record that explains, for accesses in ``shown``.
        purpose: What the access was for, as a patient is told, by language.
        starts: Whether a return some days later follows from it; not from one so wide that
            it says little about this person and this patient.
        personal: Whether the record that explains names this person, not only a place of theirs.
    """

    fetch: str
    purpose: Mapping[str, str]
    starts: bool
    personal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(Rule):
    """One reason to put an unexplained access before a person.

    Attributes:
        score: How much it says alone, 0 to 1.
        cut: Whether an explanation takes the access out of it.
        withdraws: No explanation that would fit anybody of the place holds for what it shows: only
            a record that names the person, or that the person wrote, does.
        whole: It says something of an access whatever explains it, so that those which an explanation
            takes out of it can be counted; other signs look at what nothing explains alone.
        group: The patients that it finds for one person are one matter: colleagues, a household.
        near: Weight where another department was treating the patient at each access.
        rare: Share of the ids in use above which it is a habit of the place, not a sign.
        within: Signs that say all that this one says: beside one of them it adds neither words
            nor weight.
    """

    score: float
    cut: bool
    withdraws: bool
    whole: bool
    group: bool
    rare: float | None
    near: float
    within: Sequence[str]


@cache
def catalogue() -> tuple[Explanation | Sign, ...]:
    """Return every explanation, then every sign, each in its order."""
    rules = [read(path) for folder in FOLDERS for path in sorted(folder.glob("*.sql"))]
    return tuple(sorted(rules, key=lambda rule: (rule.kind, rule.order, rule.id)))


@cache
def explanations() -> tuple[Explanation, ...]:
    """Return every explanation, narrowest first."""
    return tuple(rule for rule in catalogue() if isinstance(rule, Explanation))


@cache
def signs() -> tuple[Sign, ...]:
    """Return every sign."""
    return tuple(rule for rule in catalogue() if isinstance(rule, Sign))


def read(path: Path) -> Explanation | Sign:
    """Return the rule in the file at `path`.

    Raises:
        ValueError: The file is not in the form; the message names it.
    """
    found = _FILE.match(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path.name}: no front matter")
    front = tomllib.loads(found["front"])
    parts = _PART.split(found["body"])
    queries = {
        name: body.strip().rstrip(";") for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }
    if front["id"] != path.stem or "count" not in queries:
        raise ValueError(f"{path.name}: id or query missing")
    windows = front.get("windows", {})
    decides = repr((sorted(queries.items()), sorted(windows.items()))).encode()
    common: dict[str, Any] = {
        "id": front["id"],
        "kind": front["kind"],
        "order": front["order"],
        "level": front["level"],
        "title": front["title"],
        "why": front["why"],
        "windows": windows,
        "needs": front["needs"],
        "columns": front["columns"],
        "sql": queries["count"],
        "samples": [_written_out(sample) for sample in front["samples"]],
        "digest": hashlib.sha256(decides).hexdigest(),
    }
    if front["kind"] == "explanation":
        return Explanation(
            **common,
            fetch=queries["explain"],
            purpose=front["purpose"],
            starts=front.get("starts", True),
            personal=front.get("personal", False),
        )
    return Sign(
        **common,
        score=front["score"],
        cut=front["cut"],
        withdraws=front.get("withdraws", False),
        whole=front.get("whole", False),
        group=front.get("group", False),
        rare=front.get("rare"),
        near=front.get("near", TREATED_ELSEWHERE),
        within=front.get("within", ()),
    )


def _written_out(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return `sample` with each row where one stands for `many`."""

    def each(row: Any) -> list[Any]:
        if not isinstance(row, dict) or "many" not in row:
            return [row]
        one = {name: value for name, value in row.items() if name not in {"many", "every"}}
        rows = [one.copy() for _ in range(row["many"])]
        for n, made in enumerate(rows):
            if "patient" in row:
                made["patient"] = f"{row['patient']}{n}"
            if "every" in row:
                hour, minute, second = map(int, row["time"].split(":"))
                hours, minutes = divmod(hour * 60 + minute + n * row["every"], 60)
                made["time"] = f"{hours:02d}:{minutes:02d}:{second:02d}"
        return rows

    return {
        name: [one for row in value for one in each(row)] if isinstance(value, list) else value
        for name, value in sample.items()
    }
