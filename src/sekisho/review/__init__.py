"""The regular confirmation: what care explains, what stays, what people answer.

Duty: ③ 記録の定期的な確認 (house.md section 2). Unexplained is neutral, and nobody
is convicted by a program.
"""

from sekisho.review.answers import answer, closed, sign_month, signatures
from sekisho.review.approvals import (
    adopt,
    adopted,
    approval_words,
    approve,
    approve_shipped,
    approved,
    withdraw_approval,
    withdrawn,
)
from sekisho.review.asks import ask_of, asks, reply, unanswered
from sekisho.review.attention import findings
from sekisho.review.beside import Beside, beside
from sekisho.review.catalogue import Explanation, Sign, catalogue
from sekisho.review.copies import FORMS, KINDS
from sekisho.review.decisions import all_decisions, confirm, decide, decisions, waiting, withdraw
from sekisho.review.forget import MONTHS, forget
from sekisho.review.masking import Masking, Proof, masking, set_masking_proof, withdraw_proof
from sekisho.review.mined import instance
from sekisho.review.pairs import AROUND, other_sides
from sekisho.review.perform import json_lines, run
from sekisho.review.queue import queue, queued
from sekisho.review.reading import Reading, minutes_a_case, reading
from sekisho.review.reasons import Reason, explain_record
from sekisho.review.records import Answer, ApprovalWord, Ask, Case, Decision, Run, State
from sekisho.review.store import (
    SHOWN_IN_TRIAL,
    case,
    cases,
    latest,
    newest,
    periods,
    reading_minutes,
    run_of,
    runs,
)

__all__ = [
    "AROUND",
    "FORMS",
    "KINDS",
    "MONTHS",
    "SHOWN_IN_TRIAL",
    "Answer",
    "ApprovalWord",
    "Ask",
    "Beside",
    "Case",
    "Decision",
    "Explanation",
    "Masking",
    "Proof",
    "Reading",
    "Reason",
    "Run",
    "Sign",
    "State",
    "adopt",
    "adopted",
    "all_decisions",
    "answer",
    "approval_words",
    "approve",
    "approve_shipped",
    "approved",
    "ask_of",
    "asks",
    "beside",
    "case",
    "cases",
    "catalogue",
    "closed",
    "confirm",
    "decide",
    "decisions",
    "explain_record",
    "findings",
    "forget",
    "instance",
    "json_lines",
    "latest",
    "masking",
    "minutes_a_case",
    "newest",
    "other_sides",
    "periods",
    "queue",
    "queued",
    "reading",
    "reading_minutes",
    "reply",
    "run",
    "run_of",
    "runs",
    "set_masking_proof",
    "sign_month",
    "signatures",
    "unanswered",
    "waiting",
    "withdraw",
    "withdraw_approval",
    "withdraw_proof",
    "withdrawn",
]
