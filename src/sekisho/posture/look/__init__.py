"""The active look: addresses on a list by hand, with a person's yes and in a window, and no other.

Notice ⑤ (attacks from the network). Medical devices in use are never probed.
"""

from sekisho.posture.look.findings import evidence, findings
from sekisho.posture.look.plan import FILE, profile, read_plan
from sekisho.posture.look.records import Plan, State, Target
from sekisho.posture.look.run import Looked, look, newest

__all__ = [
    "FILE",
    "Looked",
    "Plan",
    "State",
    "Target",
    "evidence",
    "findings",
    "look",
    "newest",
    "profile",
    "read_plan",
]
