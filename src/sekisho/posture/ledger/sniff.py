"""What a list is: by the headings that are there, never by one alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sekisho.care.headers import squeeze
from sekisho.posture.records import Kind

_SCANNER = {
    "av_status",
    "av_pattern",
    "av_engine",
    "av_pattern_at",
    "av_product",
    "av_realtime",
    "av_scan_at",
}
_WSUS = {"wsus_needed", "wsus_failed", "wsus_percent", "wsus_group"}
_LINE = {
    "line_name",
    "line_number",
    "line_party",
    "source_restriction",
    "second_factor",
    "always_on",
    "last_patch",
    "purpose",
}
_CONTROL = {"ordered_by", "ordered_kind", "why", "since", "until", "instead"}
_WHICH = {"number", "serial", "host", "ip", "mac", "row_number"}
_WHAT = {"name", "product", "model", "device_maker", "maker", "os", "host"}
_MACHINE = {"maker", "device_maker", "model", "serial", "host", "ip", "mac", "os", "version"}
MARKS: Mapping[str, tuple[Kind, frozenset[str]]] = {
    "apex_one": (
        Kind.ANTIVIRUS,
        frozenset(
            [
                "スマートスキャンエージェントパターンファイル",
                "ウイルス検索エンジン",
                "エージェントguid",
                "リスニングポート",
                "smartscanagentpattern",
                "virusscanengine",
                "domainhierarchy",
                "listeningport",
            ]
        ),
    ),
    "eset": (
        Kind.ANTIVIRUS,
        frozenset(
            [
                "検出エンジン",
                "検出エンジンのバージョン",
                "モジュールの状態",
                "モジュールステータス",
                "detectionengine",
                "detectionengineversion",
                "modulesstatus",
                "eset製品",
            ]
        ),
    ),
    "skysea": (
        Kind.ASSET_TOOL,
        frozenset(["skyseaバージョン", "端末機番号", "端末機名", "skysea"]),
    ),
    "lanscope": (
        Kind.ASSET_TOOL,
        frozenset(["lanscopeバージョン", "mrno", "mrバージョン", "lanscopeid"]),
    ),
}
"""Product → headings that only its export has, in the form of `squeeze`. Recalled, not seen."""
_NAMED = (
    ("apex_one", r"apex.?one|ウイルスバスター.?コーポレート|officescan"),
    ("eset", r"eset"),
    ("skysea", r"skysea"),
    ("lanscope", r"lanscope"),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a list is taken for: its kind, whose word it is, and the fields that say so."""

    kind: Kind
    source: str
    told: tuple[str, ...]


def taken_for(fields: Collection[str], found: Sequence[str], name: str) -> Taken | None:
    """Return what a list with these columns is; None where it cannot be told.

    Args:
        fields: The fields that its headings name.
        found: The headings as written.
        name: Of file and sheet; it only tells one product's export from another's.
    """
    have = set(fields)
    product = _product({squeeze(one) for one in found}, name)
    scanner = bool(product and MARKS[product][0] is Kind.ANTIVIRUS)
    if "control" in have and len(have & _CONTROL) >= 2:
        return _taken(Kind.CONTROLS, "ledger", have, ("control", *sorted(_CONTROL)))
    if "host" in have and len(have & _SCANNER) >= (1 if scanner else 2):
        return _taken(Kind.ANTIVIRUS, product or "antivirus", have, ("host", *sorted(_SCANNER)))
    if have & {"host", "ip"} and (len(have & _WSUS) >= 2 or _is_wsus(found)):
        return _taken(Kind.WSUS, "wsus", have, ("host", "os", "last_contact", *sorted(_WSUS)))
    if "host" in have and ("tool" in have or (product and MARKS[product][0] is Kind.ASSET_TOOL)):
        return _taken(Kind.ASSET_TOOL, product or "asset_tool", have, ("host", "os", "ip", "tool"))
    if len(have & _LINE) >= 2 and have & {
        "line_name",
        "line_party",
        "name",
        "line_number",
        "purpose",
    }:
        return _taken(Kind.CONNECTIONS, "ledger", have, ("line_name", *sorted(_LINE)))
    if "software" in have and have & {
        "version",
        "display_version",
        "publisher",
        "license",
        "number",
        "host",
    }:
        return _taken(
            Kind.SOFTWARE, "ledger", have, ("software", "version", "publisher", "number", "host")
        )
    which, what = have & _WHICH, have & _WHAT
    if which and what and have & _MACHINE and len(have & (_WHICH | _WHAT | {"version"})) >= 3:
        return _taken(
            Kind.ASSETS,
            "ledger",
            have,
            (
                "number",
                "name",
                "maker",
                "device_maker",
                "model",
                "serial",
                "host",
                "ip",
                "mac",
                "os",
            ),
        )
    return None


def _taken(kind: Kind, source: str, have: set[str], wanted: Sequence[str]) -> Taken:
    return Taken(kind, source, tuple(field for field in dict.fromkeys(wanted) if field in have)[:6])


def _is_wsus(found: Sequence[str]) -> bool:
    """Return whether it is what ``Get-WsusComputer | Export-Csv`` writes (properties recalled)."""
    said = {squeeze(one) for one in found}
    return "fulldomainname" in said and bool(
        said & {"lastreportedstatustime", "requestedtargetgroupname"}
    )


def _product(found: Collection[str], name: str) -> str | None:
    counted = {
        product: len(marks & set(found))
        for product, (_, marks) in MARKS.items()
        if marks & set(found)
    }
    if counted:
        return max(counted, key=counted.__getitem__)
    return next(
        (product for product, pattern in _NAMED if re.search(pattern, name, re.IGNORECASE)), None
    )
