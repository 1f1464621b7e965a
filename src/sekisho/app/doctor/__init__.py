"""What is wrong with this installation: every check a dated Evidence, never a guess.

`examine` opens nothing for writing and mends nothing. A check that could not be
made says why (house decision 8). For each result that is not yes the words hold
``<message>.do``: what to do about it.
"""

from sekisho.app.doctor.examine import CHECKS, examine
from sekisho.app.doctor.patient import Patient

__all__ = ["CHECKS", "Patient", "examine"]
