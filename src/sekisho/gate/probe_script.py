"""The script for a PC of a ward: the same tries as `sekisho.gate.probe`, from where people are.

It holds addresses and paths alone: no secret, no patient. It is plain ASCII, since Windows
PowerShell 5.1 reads a file without a mark in the code page of the PC.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from sekisho.gate.probe import ACCEPT, LOGIN, Plan

FOLDER = Path(__file__).parent / "probes"
_PLACE = "# SYSTEMS\n"


def sh(plans: Sequence[Plan]) -> str:
    """Return a script for POSIX sh with curl."""
    lines = [
        shlex.join(["system", plan.system, plan.address, plan.gate, *(t.path for t in plan.tries)])
        for plan in plans
    ]
    login = " | ".join(f"*{word}*" for word in LOGIN)
    return _filled("probe.sh", [f"  {line}" for line in lines], login)


def powershell(plans: Sequence[Plan]) -> str:
    """Return a script for Windows PowerShell 5.1, which every Windows 10 and 11 has."""
    lines = [
        "$systems += Invoke-System "
        + " ".join(_quoted(text) for text in (plan.system, plan.address, plan.gate))
        + f" @({', '.join(_quoted(each.path) for each in plan.tries)})"
        for plan in plans
    ]
    return _filled("probe.ps1", lines, ", ".join(_quoted(word) for word in LOGIN))


def _filled(name: str, lines: Sequence[str], login: str) -> str:
    text = (FOLDER / name).read_text(encoding="ascii")
    text = text.replace("@ACCEPT@", ACCEPT).replace("@LOGIN@", login)
    return text.replace(_PLACE, "".join(f"{line}\n" for line in lines))


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
