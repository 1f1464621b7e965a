"""What stands where, and is it sound: machines, medical devices, what is known of them.

Duty: ④ ⑤ and §3 of the notice (house.md section 2).
"""

from sekisho.posture.assets import asset, assets, components, connections, counts, exported
from sekisho.posture.component import Component
from sekisho.posture.findings import evidence, findings
from sekisho.posture.gone import gone_of, say_gone
from sekisho.posture.load import load
from sekisho.posture.records import AssetKind, Kind, Report, told
from sekisho.posture.said import answer, pairs, say_touch, undo
from sekisho.posture.wiring import Wired, Wiring, lines_of, wiring

__all__ = [
    "AssetKind",
    "Component",
    "Kind",
    "Report",
    "Wired",
    "Wiring",
    "answer",
    "asset",
    "assets",
    "components",
    "connections",
    "counts",
    "evidence",
    "exported",
    "findings",
    "gone_of",
    "lines_of",
    "load",
    "pairs",
    "say_gone",
    "say_touch",
    "told",
    "undo",
    "wiring",
]
