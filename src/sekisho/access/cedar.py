"""Cedar policies: those the matrix makes, those written by hand, and what they may read.

The table has columns for group, class, act, emergency, out of hours and care relation.
A policy that reads more than that, or names a person, could not be looked up; it is
refused with its file and line. The group stands in a policy's head alone: read in a
condition, it would make two groups together mean something that neither means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy
import orjson

from sekisho.access.book import Book, Text
from sekisho.access.matrix import Clause
from sekisho.access.records import Act, Effect, Relation
from sekisho.errors import InvalidInputError

DEEPEST = 40
LONGEST = 4_000
"""Brackets inside each other, and words, of one policy: the engine's reader recurses."""
MATRIX = "matrix/"
COLUMNS = ("emergency", "out_of_hours", "relation")
"""What a policy's condition may read of the situation."""
_ID = re.compile(r"[a-z0-9][a-z0-9._/-]{0,99}")
_TOKEN = re.compile(
    r'(?P<skip>\s+|//[^\n]*)|"(?:[^"\\\n]|\\.)*"|[A-Za-z_]\w*|\d+|::|&&|\|\||[=!<>]=|.', re.DOTALL
)
_QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a policy, and the line it stands in (from 1)."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy that may be used.

    Attributes:
        file: Where it was written; empty for one that the matrix made.
        line: Its first line.
        group: The group that its head names, None for every group; `class_` the same.
        acts: Acts that its head may fit.
        reads: Columns of the situation that its conditions may read.
        text: In Cedar.
        says: What it says, in both languages; None for one that the matrix made.
    """

    id: str
    file: str
    line: int
    group: str | None
    class_: str | None
    acts: frozenset[str]
    reads: frozenset[str]
    effect: Effect
    text: str
    says: Text | None


def policies(book: Book) -> list[Policy]:
    """Return every policy of `book`: of the matrix first, then those written by hand.

    Raises:
        InvalidInputError: A policy cannot be read, reads more than the table has, names
            a person, or has the id of another; the message names file and line.
    """
    found = [
        _of_matrix(group, class_, clause)
        for (group, class_), clauses in book.matrix.items()
        for clause in clauses
    ]
    schema = cedarpy.Schema.from_str(schema_of(book))
    known = set[str]()
    for file, text in book.policies.items():
        for tokens, source in _split(file, text):
            policy = _read(file, tokens, source, schema)
            if policy.id in known:
                raise InvalidInputError("access.policy_twice", file=file, line=policy.line)
            known.add(policy.id)
            found.append(policy)
    return found


def schema_of(book: Book) -> str:
    """Return the Cedar schema of the table: all that a policy may speak of."""
    acts = ", ".join(f'"{act}"' for act in Act)
    return "\n".join((
        _entity("Group", [group.id for group in book.groups]),
        _entity("Class", [class_.id for class_ in book.classes]),
        _entity("Relation", list(Relation)),
        "entity Person in [Group];",
        f"action {acts} appliesTo {{",
        "  principal: Person, resource: Class,",
        "  context: { emergency: Bool, out_of_hours: Bool, relation: Relation }",
        "};",
    ))  # fmt: skip


def _entity(kind: str, ids: Sequence[str]) -> str:
    names = ", ".join(f'"{one}"' for one in ids)
    return f"entity {kind} enum [{names}];"


def _of_matrix(group: str, class_: str, clause: Clause) -> Policy:
    policy = f"{MATRIX}{group}/{class_}/{clause.name}"
    acts = ", ".join(f'Action::"{act}"' for act in clause.acts)
    tests = []
    for column, values in clause.when:
        if column == "relation":
            known = ", ".join(f'Relation::"{value}"' for value in values)
            tests.append(f"[{known}].contains(context.relation)")
        else:
            tests.append(f"context.{column} == {values[0]}")
    when = f" when {{ {' && '.join(tests)} }}" if tests else ""
    text = (
        f'@id("{policy}")\n{clause.effect}(principal in Group::"{group}", '
        f'action in [{acts}], resource == Class::"{class_}"){when};'
    )
    return Policy(
        id=policy,
        file="",
        line=0,
        group=group,
        class_=class_,
        acts=frozenset(clause.acts),
        reads=frozenset(column for column, _ in clause.when),
        effect=clause.effect,
        text=text,
        says=None,
    )


def _tokens(file: str, text: str) -> Iterator[tuple[Token, int]]:
    """Yield each word with the place where it ends."""
    line, at = 1, 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None
        if found["skip"] is None:
            if found[0] == '"':
                raise InvalidInputError("access.policy_syntax", file=file, line=line, reason='"')
            yield Token(found[0], line), found.end()
        line += found[0].count("\n")
        at = found.end()


def _split(file: str, text: str) -> Iterator[tuple[list[Token], str]]:
    """Yield the words and the text of each policy; a policy ends with its semicolon."""
    tokens: list[Token] = []
    start = depth = 0
    for token, end in _tokens(file, text):
        tokens.append(token)
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.text, 0)
        if depth > DEEPEST or len(tokens) > LONGEST:
            raise InvalidInputError("access.policy_too_large", file=file, line=token.line)
        if token.text == ";":
            yield tokens, text[start:end]
            tokens, start, depth = [], end, 0
    if tokens:
        raise InvalidInputError(
            "access.policy_syntax", file=file, line=tokens[-1].line, reason="; ?"
        )


def _read(file: str, tokens: list[Token], text: str, schema: cedarpy.Schema) -> Policy:
    line = _line_of(tokens, "permit", "forbid")
    try:
        parsed = orjson.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        raise InvalidInputError(
            "access.policy_syntax", file=file, line=_wrong_line(tokens), reason=str(error)[:200]
        ) from error
    if parsed["templates"]:
        raise InvalidInputError("access.policy_template", file=file, line=line)
    (policy,) = parsed["staticPolicies"].values()
    _only_the_table(file, tokens, policy)
    result = cedarpy.validate_policies(text, schema)
    for wrong in result.errors:
        quoted = [name for name in _QUOTED.findall(wrong.error) if not name.startswith("policy")]
        raise InvalidInputError(
            "access.policy_reads_more", file=file,
            line=_line_of(tokens, quoted[-1]) if quoted else line, reason=wrong.error[:200],
        )  # fmt: skip
    notes = policy.get("annotations", {})
    if not _ID.fullmatch(notes.get("id") or "") or notes["id"].startswith(MATRIX):
        raise InvalidInputError("access.policy_no_id", file=file, line=line)
    if not (notes.get("ja") and notes.get("en")):
        raise InvalidInputError("access.policy_no_text", file=file, line=line)
    return Policy(
        id=notes["id"], file=file, line=line, effect=Effect(policy["effect"]), text=text.strip(),
        group=_named(policy["principal"]), class_=_named(policy["resource"]),
        acts=_acts(policy["action"]), reads=_columns(tokens),
        says={"ja": notes["ja"], "en": notes["en"]},
    )  # fmt: skip


def _only_the_table(file: str, tokens: list[Token], policy: dict[str, Any]) -> None:
    """Refuse a person's name anywhere, and a group anywhere but in the head."""
    for number, token in enumerate(tokens[:-1]):
        if token.text == "Person" and tokens[number + 1].text == "::":
            raise InvalidInputError("access.policy_names_person", file=file, line=token.line)
    head = policy["principal"]
    words = [token for token in tokens if token.text == "principal"]
    if head["op"] not in {"All", "in"}:
        raise InvalidInputError("access.policy_head", file=file, line=words[0].line)
    if len(words) > 1:
        raise InvalidInputError("access.policy_group_in_condition", file=file, line=words[1].line)


def _wrong_line(tokens: list[Token]) -> int:
    """Return the line of the first word with which no policy can go on."""
    for end in range(1, len(tokens) + 1):
        try:
            cedarpy.PolicySet.from_str(" ".join(token.text for token in tokens[:end]))
        except ValueError as error:
            if "end of input" not in str(error):
                return tokens[end - 1].line
    return tokens[-1].line


def _line_of(tokens: list[Token], *wanted: str) -> int:
    """Return the first line in which the last word of one of `wanted` stands."""
    words = {
        [found[0] for found in _TOKEN.finditer(text) if found["skip"] is None][-1]
        for text in wanted
    }
    return next((token.line for token in tokens if token.text in words), tokens[0].line)


def _named(head: dict[str, Any]) -> str | None:
    entity = head.get("entity")
    return str(entity["id"]) if head["op"] in {"==", "in"} and entity else None


def _acts(head: dict[str, Any]) -> frozenset[str]:
    named = head.get("entities") or ([head["entity"]] if head.get("entity") else None)
    return frozenset(Act) if named is None else frozenset(str(one["id"]) for one in named)


def _columns(tokens: list[Token]) -> frozenset[str]:
    """Return the columns read as ``context.column``; every column where it is read otherwise."""
    words = [token.text for token in tokens] + ["", ""]
    read = [words[at + 1 : at + 3] for at, word in enumerate(words) if word == "context"]
    if any(dot != "." or column not in COLUMNS for dot, column in read):
        return frozenset(COLUMNS)
    return frozenset(column for _, column in read)
