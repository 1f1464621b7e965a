"""The regular confirmation: what care explains, what stays, what people answer.

Duty: ③ 記録の定期的な確認 (house.md section 2). Unexplained is neutral, and nobody
is convicted by a program.
"""

from sekisho.review.approvals import approve, approve_shipped, approved
from sekisho.review.catalogue import Explanation, Sign, catalogue

__all__ = [
    "Explanation",
    "Sign",
    "approve",
    "approve_shipped",
    "approved",
    "catalogue",
]
