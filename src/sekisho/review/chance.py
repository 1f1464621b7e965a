"""What signs would find by chance: the base rate, taken from this institution's own period.

A sign about a patient is held against the person's other patients whose opening nothing
explained: who answers the telephone opens thirty of them, and among thirty one is a colleague
by chance; who never opens a record without a reason has no such chance. Records count too:
only patients opened at least as often are compared. A sign about a person is held against the
other people of the same duty, and so is one about a patient that shows whatever explains the
access. Nothing here is a constant of any hospital.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sekisho.review.catalogue import Sign
from sekisho.review.matters import FEW, Matter
from sekisho.storage import Analysis

OFTEN = 8
"""Patients opened more often than this are compared as one."""

_OPEN = """
SELECT user_id, least(times, $often) AS times, count(*) FROM (
  SELECT user_id, patient_id, count(*) AS times FROM open_touch
  WHERE kind IN ('person', 'unknown') AND user_id IS NOT NULL GROUP BY user_id, patient_id
) AS p
GROUP BY user_id, least(times, $often)
"""
_FOUND = """
SELECT sign, least(records, $often) AS times, count(*) FROM matter_of
GROUP BY sign, least(records, $often)
"""
_MOST_ON_PATIENT = """
SELECT sign, max(people) FROM (
  SELECT sign, matter, count(*) AS people FROM matter_of GROUP BY sign, matter
) AS p
GROUP BY sign
"""
_ON_PATIENT = """
SELECT m.sign, least(m.records, $often) AS times, p.id, count(*) FROM matter_of AS m
JOIN patient AS p ON CAST(p.patient_id AS VARCHAR) = m.matter
SEMI JOIN (
  SELECT s.matter FROM showing AS s ANTI JOIN weak AS w ON w.index = s.index
) AS k ON k.matter = m.matter
GROUP BY m.sign, least(m.records, $often), p.id
"""
_ALONE = """
SELECT sign, user_id, count(*) FROM (
  SELECT user_id, matter, min(sign) AS sign FROM matter_of
  GROUP BY user_id, matter HAVING count(*) = 1
) AS m
GROUP BY sign, user_id
"""
_SHOWING = "SELECT DISTINCT sign, user_id FROM showing WHERE matter = ''"
_DUTY = """
SELECT CAST(user_id AS VARCHAR), CAST(min(duty_group) AS VARCHAR) FROM event
WHERE user_id IS NOT NULL GROUP BY user_id
"""


class Chance:
    """How much each sign of a matter says here, once chance is set against it."""

    def __init__(self, analysis: Analysis, signs: Iterable[Sign], share: float) -> None:
        """Count what is open and what was found.

        Args:
            analysis: Where ``open_touch``, ``event`` and what signs show are (`review.showing`).
            signs: Those that there are.
            share: Cases a person of the house that can be put before people: how often
                something wrong is reckoned with.
        """
        self._signs = {sign.id: sign for sign in signs}
        self._duty: dict[str, str] = dict(analysis.rows(_DUTY))
        self._people = Counter(self._duty.values())
        self._share = max(share, FEW / max(len(self._duty), 1))
        self._open: Counter[tuple[str, int]] = Counter()
        self._of_duty: Counter[tuple[str, int]] = Counter()
        self._all: Counter[int] = Counter()
        for user_id, times, patients in analysis.rows(_OPEN, {"often": OFTEN}):
            for least in range(1, times + 1):
                self._open[user_id, least] += patients
                self._of_duty[self._duty[user_id], least] += patients
                self._all[least] += patients
        self._found: Counter[tuple[str, int]] = Counter()
        for sign_id, times, matters in analysis.rows(_FOUND, {"often": OFTEN}):
            for least in range(1, times + 1):
                self._found[sign_id, least] += matters
        self._most_on_patient = dict(analysis.rows(_MOST_ON_PATIENT))
        self._on_patient: Counter[tuple[str, int, str]] = Counter()
        self._showing: dict[str, set[str]] = {}
        for sign_id, user_id in analysis.rows(_SHOWING):
            self._showing.setdefault(user_id, set()).add(sign_id)
        # What another sign tells of too is no habit of the duty.
        self._shown = Counter(
            (name, self._duty.get(user_id, "none"))
            for user_id, names in self._showing.items()
            for name in names
            if not self._told(name, names)
        )
        self._alone: Counter[tuple[str, str]] = Counter()
        self._alone_of_duty: Counter[tuple[str, str]] = Counter()
        for sign_id, user_id, matters in analysis.rows(_ALONE):
            self._alone[sign_id, user_id] += matters
            self._alone_of_duty[sign_id, self._duty.get(user_id, "none")] += matters

    def know_patients(self, analysis: Analysis) -> None:
        """Count what was found on each patient of a matter that is not ``weak``."""
        for sign_id, times, patient, matters in analysis.rows(_ON_PATIENT, {"often": OFTEN}):
            for least in range(1, times + 1):
                self._on_patient[sign_id, least, patient] += matters

    def most(self, name: str, user_id: str, times: int) -> float:
        """Return what a sign can say at most of one patient of `user_id`, opened so many times."""
        sign = self._signs[name]
        if not sign.cut or user_id not in self._duty:
            return sign.score
        expected = self._by_chance(sign, user_id, times, self._most_on_patient.get(name, 0))
        # Weights are told to four places.
        return sign.score * self._share / (self._share + expected) + 0.0001

    def weigh(self, matter: Matter) -> dict[str, tuple[float, float]]:
        """Return sign → (how much it says here, how many such matters chance gives this person)."""
        told = {}
        for name in matter.found:
            sign = self._signs[name]
            expected = self._expected(matter, sign)
            told[name] = (sign.score * self._share / (self._share + expected), expected)
        return told

    def _expected(self, matter: Matter, sign: Sign) -> float:
        duty = self._duty.get(matter.user_id, "none")
        about = matter.about[0] == "patient"
        if self._duty.get(matter.user_id) is None:
            return 0.0
        if not sign.cut:
            return self._by_habit(sign.id, matter.user_id) if about and sign.rare else 0.0
        names = self._showing.get(matter.user_id, set())
        if not about and sign.id in names:
            shown = self._shown[sign.id, duty] - (not self._told(sign.id, names))
            others = max(self._people[duty] - 1, 1)
            return shown / others if sign.rare is not None else 0.0
        times = _times(matter) if about else 1  # one about a patient may lie within a larger matter
        here = self._on_patient[sign.id, times, matter.about[1]]
        return self._by_chance(sign, matter.user_id, times, here)

    def _told(self, name: str, names: Iterable[str]) -> bool:
        """Return whether another of `names`, which says something else, tells of it too."""
        return any(
            other != name
            and other not in self._signs[name].within
            and name not in self._signs[other].within
            for other in names
        )

    def _by_habit(self, name: str, user_id: str) -> float:
        """Return how many such matters others of the duty have, each with no other sign.

        One more person, as all people are, stands beside a duty of few.
        """
        duty = self._duty[user_id]
        mine = self._alone[name, user_id]
        whole = sum(n for (sign, _), n in self._alone_of_duty.items() if sign == name)
        anybody = (whole - mine) / max(len(self._duty) - 1, 1)
        return (self._alone_of_duty[name, duty] - mine + anybody) / self._people[duty]

    def _by_chance(self, sign: Sign, user_id: str, times: int, on_patient: int) -> float:
        duty = self._duty[user_id]
        here = self._open[user_id, times]
        mine = max(here - 1, 0)
        theirs = max(self._of_duty[duty, times] - here, 0) / max(self._people[duty] - 1, 1)
        # Many people on one patient are no base rate of each other.
        elsewhere = max(self._found[sign.id, times] - on_patient, 0)
        share = min(1.0, elsewhere / max(self._all[times], 1))
        return share * (mine + theirs)


def _times(matter: Matter) -> int:
    return min(len(matter.indexes), OFTEN)
