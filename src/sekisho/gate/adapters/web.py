"""Any other web application, by a map: which address means which class, act and patient.

A request that no rule names is refused: what cannot be told is not let through.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson
from lxml import etree

from sekisho.access import Act
from sekisho.errors import InvalidInputError
from sekisho.gate.interface import UNKNOWN_PATIENT, Head, Question, Seen, Unreadable
from sekisho.terms import PatientId

NOBODY = "none"
"""Where a rule says that an address concerns no patient (stylesheets, menus)."""
_KEYS = {
    "path", "method", "act", "class", "patient", "query", "form", "json", "xml",
    "answer_json", "answer_xml",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the map.

    Attributes:
        path: Matches the whole decoded path; a group ``patient`` gives the patient.
        nobody: It concerns no patient.
        query: Names of query parameters that carry a patient's number; `form` likewise.
        json: JSON pointers (``*`` for every element) into the body; `xml` ElementPaths.
        answer_json: The same for the answer; where neither is given it is not looked into.
    """

    path: re.Pattern[str]
    methods: frozenset[str]
    act: Act
    class_: str
    nobody: bool
    query: tuple[str, ...]
    form: tuple[str, ...]
    json: tuple[str, ...]
    xml: tuple[str, ...]
    answer_json: tuple[str, ...]
    answer_xml: tuple[str, ...]


class WebAdapter:
    """One application and its map."""

    def __init__(self, rules: Sequence[Rule], *, class_: str) -> None:
        self._rules = rules
        self._class = class_
        self._answers_json = tuple(dict.fromkeys(p for rule in rules for p in rule.answer_json))
        self._answers_xml = tuple(dict.fromkeys(p for rule in rules for p in rule.answer_xml))

    def ask(self, head: Head, body: bytes) -> Question:
        """Return what the first rule says that matches."""
        path = "/" + "/".join(head.parts)
        method = "GET" if head.method == "HEAD" else head.method
        for rule in self._rules:
            found = rule.path.fullmatch(path)
            if found is not None and method in rule.methods:
                return self._question(rule, found, head, body)
        raise Unreadable("gate.no_rule")

    def _question(self, rule: Rule, found: re.Match[str], head: Head, body: bytes) -> Question:
        ids = [found["patient"]] if "patient" in found.re.groupindex and found["patient"] else []
        ids += [value for name, value in head.values if name in rule.query]
        if rule.form:
            ids += _form(head, body, rule.form)
        if rule.json:
            ids += _from_json(body, rule.json)
        if rule.xml:
            ids += _from_xml(body, rule.xml)
        patients = frozenset(PatientId(each) for each in ids if each)
        look = bool(rule.answer_json or rule.answer_xml)
        lost = not (patients or look or rule.nobody)
        return Question(
            act=rule.act,
            object=f"{head.method} /" + "/".join(head.parts[:2]),
            patients=patients,
            classes=frozenset({rule.class_, UNKNOWN_PATIENT} if lost else {rule.class_}),
            look=look,
            whole=bool(patients) and not look,
        )

    def look(self, content_type: str, body: bytes) -> Seen:
        """Return the patients that stand in an answer where the map says they stand."""
        kind = content_type.partition(";")[0].strip().casefold()
        if kind.endswith("json"):
            ids = _from_json(body, self._answers_json)
        elif kind.endswith("xml"):
            ids = _from_xml(body, self._answers_xml)
        else:
            raise Unreadable("gate.no_rule_for_answer")
        return Seen(frozenset(PatientId(each) for each in ids if each))

    def who_is(self, patient: PatientId) -> str | None:  # noqa: ARG002 (the interface's)
        """Return None: the number in the answer is the hospital's own."""
        return None

    def numbers(self, body: bytes) -> dict[str, str]:  # noqa: ARG002 (the interface's)
        """Return nothing: there is nothing to translate."""
        return {}

    def refusal(self, status: int, message: str, say: Callable[[str], str]) -> tuple[str, bytes]:
        """Return a problem document (RFC 9457)."""
        body = {"type": "about:blank", "status": status, "title": say(message)}
        return "application/problem+json", orjson.dumps(body)


def read_map(path: Path) -> list[Rule]:
    """Return the rules of a map file.

    Raises:
        InvalidInputError: It is wrong; ``rule`` is its number from 1.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError("gate.map.unreadable", file=path.name) from error
    rules = tree.get("rule")
    if set(tree) != {"rule"} or not isinstance(rules, list) or not rules:
        raise InvalidInputError("gate.map.no_rules", file=path.name)
    return [_rule(rule, number, path.name) for number, rule in enumerate(rules, 1)]


def _rule(rule: Any, number: int, file: str) -> Rule:
    def texts(key: str) -> tuple[str, ...]:
        value = rule.get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise InvalidInputError("gate.map.wrong", file=file, rule=number, key=key)
        return tuple(values)

    if not isinstance(rule, dict) or (unknown := set(rule) - _KEYS):
        key = next(iter(unknown)) if isinstance(rule, dict) else "rule"
        raise InvalidInputError("gate.map.wrong", file=file, rule=number, key=key)
    try:
        pattern = re.compile(rule["path"])
    except (KeyError, TypeError, re.error) as error:
        raise InvalidInputError("gate.map.wrong", file=file, rule=number, key="path") from error
    try:
        act = Act(rule.get("act", "read"))
    except ValueError as error:
        raise InvalidInputError("gate.map.wrong", file=file, rule=number, key="act") from error
    if rule.get("patient", NOBODY) != NOBODY:
        raise InvalidInputError("gate.map.wrong", file=file, rule=number, key="patient")
    for key in ("xml", "answer_xml"):
        for each in texts(key):
            try:
                etree.ETXPath(each)
            except etree.XPathSyntaxError as error:
                raise InvalidInputError(
                    "gate.map.wrong", file=file, rule=number, key=key
                ) from error
    return Rule(
        path=pattern,
        methods=frozenset(texts("method")) or frozenset({"GET"}),
        act=act,
        class_=str(rule.get("class", "general")),
        nobody=rule.get("patient") == NOBODY,
        query=texts("query"),
        form=texts("form"),
        json=texts("json"),
        xml=texts("xml"),
        answer_json=texts("answer_json"),
        answer_xml=texts("answer_xml"),
    )


def _form(head: Head, body: bytes, names: Sequence[str]) -> list[str]:
    if head.content_type != "application/x-www-form-urlencoded":
        raise Unreadable("gate.no_rule")
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise Unreadable("gate.not_form") from error
    return [value for name, value in fields if name in names]


def _from_json(body: bytes, pointers: Sequence[str]) -> list[str]:
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("gate.not_json") from error
    return [
        str(value)
        for pointer in pointers
        for value in _follow(tree, pointer.strip("/").split("/"))
        if isinstance(value, str | int)
    ]


def _follow(tree: Any, steps: Sequence[str]) -> Iterator[Any]:
    if not steps:
        yield tree
    elif steps[0] == "*":
        below = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
        for each in below:
            yield from _follow(each, steps[1:])
    elif isinstance(tree, dict) and steps[0] in tree:
        yield from _follow(tree[steps[0]], steps[1:])
    elif isinstance(tree, list) and steps[0].isdecimal() and int(steps[0]) < len(tree):
        yield from _follow(tree[int(steps[0])], steps[1:])


def _from_xml(body: bytes, paths: Sequence[str]) -> list[str]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("gate.not_xml") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("gate.not_xml")
    return [
        "".join(map(str, found.itertext())).strip()
        for path in paths
        for found in root.iterfind(path)
    ]
