"""The regular confirmation: what care explains, what stays, what people answer.

Duty: ③ 記録の定期的な確認 (house.md section 2). Unexplained is neutral, and nobody
is convicted by a program.
"""

from sekisho.review.answers import answer, sign_month, signatures
from sekisho.review.approvals import approve, approve_shipped, approved
from sekisho.review.attention import findings
from sekisho.review.catalogue import Explanation, Sign, catalogue
from sekisho.review.copies import FORMS, KINDS
from sekisho.review.masking import Masking, Proof, masking, set_masking_proof
from sekisho.review.pairs import AROUND, other_side
from sekisho.review.perform import json_lines, run
from sekisho.review.reasons import Reason, explain_record
from sekisho.review.records import Answer, Case, Run, State
from sekisho.review.store import (
    SHOWN_IN_TRIAL,
    case,
    cases,
    latest,
    reading_minutes,
    run_of,
    runs,
)

__all__ = [
    "AROUND",
    "FORMS",
    "KINDS",
    "SHOWN_IN_TRIAL",
    "Answer",
    "Case",
    "Explanation",
    "Masking",
    "Proof",
    "Reason",
    "Run",
    "Sign",
    "State",
    "answer",
    "approve",
    "approve_shipped",
    "approved",
    "case",
    "cases",
    "catalogue",
    "explain_record",
    "findings",
    "json_lines",
    "latest",
    "masking",
    "other_side",
    "reading_minutes",
    "run",
    "run_of",
    "runs",
    "set_masking_proof",
    "sign_month",
    "signatures",
]
