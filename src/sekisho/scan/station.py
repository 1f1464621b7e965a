"""The check station: one file from outside, its members, the scanner and the institution's rules.

The scanner is asked about the whole; only where it does not call that clean is it asked about
each member, so that a person learns which one it is. Rules are held against the whole and every
member. Nothing of a file is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from sekisho.scan.archive import Member, members
from sekisho.scan.perform import Judge
from sekisho.scan.records import Answer, Settings, Verdict, Why
from sekisho.scan.rules import Rules
from sekisho.terms import Clock, SystemClock

ASKED = 200
"""Members that the scanner is asked about one by one."""
OF_SCANNER = frozenset({Why.DOWN, Why.TIMEOUT, Why.PROTOCOL, Why.OLD, Why.UNDATED, Why.LENIENT})
"""Reasons that lie with the scanner: they hold for every member alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One member of an archive, and what is known of it."""

    path: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One file that was checked.

    Attributes:
        name: As the person knows it.
        size: In bytes; of a file over the limit as many as were sent.
        sha256: None of a file over the limit.
        answer: Of the file with all that is in it.
        rules: Names of the rules that it, or a member, fits.
        members: What is in it, what is not clean first; empty where it is no archive.
    """

    name: str
    size: int
    sha256: str | None
    answer: Answer
    rules: tuple[str, ...] = ()
    members: tuple[Seen, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Station:
    """A scanner with our limits, and the institution's rules."""

    settings: Settings
    rules: Rules
    clock: Clock = field(default_factory=SystemClock)

    def check(self, file: BinaryIO, size: int, name: str) -> Checked:
        """Return what is known of `file`; it is left at its beginning.

        Raises:
            OSError: It cannot be read.
        """
        judge = Judge(self.settings, self.clock)
        if size > self.settings.size:
            return Checked(name=name, size=size, sha256=None, answer=judge.ask(None, size, Why.TOO_LARGE))  # fmt: skip
        digest = _sha256(file)
        file.seek(0)
        doubt, fits = self._held(file)
        answer = judge.ask(file, size, doubt)
        file.seek(0)
        if self.rules.wrong and answer.verdict is Verdict.CLEAN:
            answer = _not(answer, Why.RULES)
        inside: tuple[Seen, ...] = ()
        if not self._plain(file):
            inside = tuple(self._members(judge, file, answer, fits))
        named = tuple(dict.fromkeys(rule for rules in fits.values() for rule in rules))
        if named and answer.verdict is not Verdict.FOUND:
            answer = replace(answer, verdict=Verdict.FOUND, name=named[0], why=None, args={})
        worst = sorted(inside, key=lambda one: _ORDER[one.answer.verdict])
        return Checked(
            name=name, size=size, sha256=digest, answer=answer, rules=named, members=tuple(worst)
        )

    def _held(self, file: BinaryIO) -> tuple[Why | None, dict[str, list[str]]]:
        """Return why the whole cannot be clean, and path → rules that fit; "" is the whole."""
        doubt: Why | None = None
        fits: dict[str, list[str]] = {}
        try:
            fits[""] = self.rules.matching(file, self.settings.seconds)
            for one in self._each(file):
                doubt = doubt or one.why
                if one.content is not None:
                    found = self.rules.matching(io.BytesIO(one.content), self.settings.seconds)
                    fits.setdefault(one.path, []).extend(found)
        except TimeoutError:
            doubt = doubt or Why.TIMEOUT
        return doubt, fits

    def _members(
        self, judge: Judge, file: BinaryIO, whole: Answer, fits: dict[str, list[str]]
    ) -> Iterator[Seen]:
        asked = 0
        for one in self._each(file):
            if rules := fits.get(one.path):
                yield Seen(path=one.path, answer=replace(whole, verdict=Verdict.FOUND, name=rules[0], why=None, args={}))  # fmt: skip
            elif one.why is not None:
                yield Seen(path=one.path, answer=_not(whole, one.why, judge))
            elif whole.verdict is Verdict.CLEAN or whole.why in OF_SCANNER | {Why.RULES}:
                yield Seen(path=one.path, answer=whole)
            elif asked < ASKED and one.content is not None:
                asked += 1
                answer = judge.ask(io.BytesIO(one.content), len(one.content), None)
                if self.rules.wrong and answer.verdict is Verdict.CLEAN:
                    answer = _not(answer, Why.RULES)
                yield Seen(path=one.path, answer=answer)
            else:
                yield Seen(path=one.path, answer=_not(whole, Why.MANY, judge))

    def _each(self, file: BinaryIO) -> Generator[Member]:
        return members(file, self.settings.size, self.settings.deepest)

    def _plain(self, file: BinaryIO) -> bool:
        with contextlib.closing(self._each(file)) as found:
            return next(found, None) is None


_ORDER = {Verdict.FOUND: 0, Verdict.NOT_CHECKED: 1, Verdict.CLEAN: 2}


def _sha256(file: BinaryIO) -> str:
    whole = hashlib.sha256()
    while piece := file.read(1 << 20):
        whole.update(piece)
    return whole.hexdigest()


def _not(answer: Answer, why: Why, judge: Judge | None = None) -> Answer:
    args = judge.limits() if judge is not None else answer.args
    return replace(answer, verdict=Verdict.NOT_CHECKED, name=None, why=why, args=args)
