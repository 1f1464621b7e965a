"""What stands where, and is it sound: machines, medical devices, what is known of them.

Duty: ④ ⑤ and §3 of the notice (house.md section 2).
"""

from sekisho.posture.assets import asset, assets, components, connections, counts
from sekisho.posture.component import Component
from sekisho.posture.load import load
from sekisho.posture.records import AssetKind, Kind, Report

__all__ = [
    "AssetKind",
    "Component",
    "Kind",
    "Report",
    "asset",
    "assets",
    "components",
    "connections",
    "counts",
    "load",
]
