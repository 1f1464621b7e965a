"""The register as this installation has it: what other rooms know beside it, its proofs and findings."""

from sekisho.app.inspection.register.beside import Unwritten, beside, choosable
from sekisho.app.inspection.register.keep import expected, look_at_register, register_findings

__all__ = [
    "Unwritten",
    "beside",
    "choosable",
    "expected",
    "look_at_register",
    "register_findings",
]
