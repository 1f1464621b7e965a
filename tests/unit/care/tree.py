"""An SS-MIX2 storage and HL7 v2 messages as tests write them, by a few words each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MSH9 = {
    "ADT-00": "ADT^A08^ADT_A01", "ADT-12": "ADT^A04^ADT_A01", "ADT-21": "ADT^A14^ADT_A05",
    "ADT-22": "ADT^A01^ADT_A01", "ADT-32": "ADT^A22^ADT_A21", "ADT-42": "ADT^A02^ADT_A02",
    "ADT-52": "ADT^A03^ADT_A03", "OML-01": "OML^O33^OML_O33", "OMP-01": "RDE^O11^RDE_O11",
    "OMG-01": "OMG^O19^OMG_O19", "PPR-01": "PPR^ZD1^PPR_ZD1",
}  # fmt: skip


def message(
    kind: str,
    patient: str = "0000100",
    at: str = "20261010090000",
    *,
    number: str = "1",
    name: str = "関^一",
    sent: str | None = None,
    sender: str = "HIS|HOSP",
    **more: str,
) -> str:
    """Return one message, its segments ended by CR.

    Args:
        kind: MSH-9, such as ``ADT^A01``.
        patient: PID-3.
        at: EVN-6, and PV1-44 of a visit or an admission, PV1-45 of a discharge.
        number: MSH-10.
        name: PID-5.
        sent: MSH-7; `at` unless said.
        sender: MSH-3 and MSH-4.
        more: ``cls``, ``ward``, ``dept``, ``doctor``, ``prior``, ``admitted``, ``visit`` of PV1;
            ``order``, ``control``, ``orderer``, ``enterer``, ``section`` of an order; ``old`` of MRG;
            ``segments`` to end with.
    """
    trigger = kind.split("^")[1] if "^" in kind else kind
    pv1 = [""] * 46
    pv1[0], pv1[1], pv1[2] = "PV1", "1", more.get("cls", "I")
    pv1[3], pv1[6] = more.get("ward", ""), more.get("prior", "")
    pv1[7], pv1[10], pv1[19] = more.get("doctor", ""), more.get("dept", ""), more.get("visit", "")
    pv1[44] = more.get("admitted", at if trigger in {"A01", "A04"} else "")
    pv1[45] = at if trigger == "A03" else ""
    lines = [
        f"MSH|^~\\&|{sender}|SEKISHO|HOSP|{sent or at}||{kind}|{number}|P|2.5||||||~ISO IR87||ISO 2022-1994",
        f"EVN||{sent or at}||||{at}",
        f"PID|0001||{patient}^^^^PI||{name}^^^^^L^I||19650415|M",
    ]
    if "old" in more:
        lines.append(f"MRG|{more['old']}^^^^PI")
    lines.append("|".join(pv1))
    if "order" in more:
        orc = [""] * 18
        orc[0], orc[1], orc[2], orc[9] = "ORC", more.get("control", "NW"), more["order"], at
        orc[10], orc[12] = more.get("enterer", ""), more.get("orderer", "")
        orc[17] = more.get("section", "")
        lines += ["|".join(orc), f"OBR|1|{more['order']}||E001^検査^99O03"]
    if "segments" in more:
        lines.append(more["segments"])
    return "\r".join(lines) + "\r"


def put(
    root: Path,
    kind: str,
    patient: str = "0000100",
    at: str = "20261010090000",
    *,
    day: str | None = None,
    number: str = "999999999999999",
    flag: int = 1,
    sent: str | None = None,
    department: str = "01",
    said: str | None = None,
    raw: bytes | None = None,
    **more: Any,
) -> Path:
    """Write one file of a storage at `root` and return its path; `said` is another MSH-9."""
    day = day or ("-" if kind in {"ADT-00", "ADT-01", "PPR-01"} else at[:8])
    folder = root / patient[:3] / patient[3:6] / patient / day / kind
    folder.mkdir(parents=True, exist_ok=True)
    stamp = (sent or at).ljust(17, "0")
    path = folder / f"{patient}_{day}_{kind}_{number}_{stamp}_{department}_{flag}"
    text = message(said or MSH9[kind], more.pop("pid", patient), at, sent=stamp[:14], **more)
    path.write_bytes(text.encode("iso2022_jp") if raw is None else raw)
    return path
