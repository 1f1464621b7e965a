"""The four incidents: the causes of public cases, replayed against what stands here.

Notice ⑤ (attacks from the network); posture.md of the reference, section 3.
"""

from sekisho.posture.incidents.cases import Case, Link, Question, cases, questions
from sekisho.posture.incidents.findings import evidence, findings
from sekisho.posture.incidents.records import Answer, Outcome, Record
from sekisho.posture.incidents.replay import Played, Replayed, replay
from sekisho.posture.incidents.words import Word, say, words

__all__ = [
    "Answer",
    "Case",
    "Link",
    "Outcome",
    "Played",
    "Question",
    "Record",
    "Replayed",
    "Word",
    "cases",
    "evidence",
    "findings",
    "questions",
    "replay",
    "say",
    "words",
]
