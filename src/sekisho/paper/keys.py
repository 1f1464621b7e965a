"""Sheets for the safe: the verification key, and what opens when all else is lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from sekisho.paper.press import Say, clean, fit, minute, press
from sekisho.terms import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySheet:
    """The public key of the record, printed at set-up. Nothing on it is secret.

    Attributes:
        vkey: The verifier key as C2SP notes write it: ``name+hash+base64``.
        fingerprint: The same in a form that two people can read to each other.
        printed_at: UTC-aware.
        simulated: Simulated data (模擬データ): said in the title.
    """

    institution: str
    vkey: str
    fingerprint: str
    printed_at: dt.datetime
    simulated: bool = False
    language: str = "ja"
    zone: str = "Asia/Tokyo"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySheet:
    """A secret for an envelope: for the accounts, the backups, or the gate's emergency.

    Attributes:
        kind: ``account`` (sealed recovery code), ``backup`` (age identity) or ``gate``
            (opens one protected system, `about`, when nothing can be recorded).
        code: What is typed on the day of need.
        number: Tells one sheet from another without the secret; may be empty.
        printed_at: UTC-aware.
    """

    institution: str
    kind: Literal["account", "backup", "gate"]
    code: Secret
    printed_at: dt.datetime
    number: str = ""
    about: str = ""
    address: str = ""
    simulated: bool = False
    language: str = "ja"
    zone: str = "Asia/Tokyo"


def key_sheet(sheet: KeySheet, *, say: Say) -> bytes:
    """Return the verification key's paper copy: text, words to read aloud, and QR."""
    name, _, rest = clean(sheet.vkey).partition("+")
    values = {
        **_common(sheet, say, "paper.key.title"),
        "name": fit(name, 80),
        "vkey": _pieces(f"{name}+{rest}"),
        "fingerprint": fit(sheet.fingerprint, 90),
        "steps": [say(sheet.language, f"paper.key.step.{n}") for n in (1, 2, 3)],
        "words": _words(
            say,
            sheet.language,
            "paper.key",
            ("why", "name", "vkey", "words", "how", "steps", "sign", "witness", "date", "place"),
        ),
    }
    return press("key.typ", values, made_at=sheet.printed_at, qr=clean(sheet.vkey))


def recovery_sheet(sheet: RecoverySheet, *, say: Say) -> bytes:
    """Return the sheet that goes into a sealed envelope.

    The secret is on the paper and in the returned bytes only; nothing is written to
    a file here.
    """
    code = clean(sheet.code.reveal())
    words = _words(
        say, sheet.language, "paper.recovery", ("secret", "code", "id", "fold", "opened")
    )
    gate = sheet.kind == "gate"
    about = {"about": clean(sheet.about), "address": clean(sheet.address)} if gate else {}
    words["why"] = say(sheet.language, f"paper.recovery.why.{sheet.kind}", **about)
    step = "paper.recovery.gate.step" if gate else "paper.recovery.step"
    for name in ("steps", "sign", "witness", "date", "place"):
        words[name] = say(sheet.language, f"paper.key.{name}")
    values = {
        **_common(sheet, say, f"paper.recovery.title.{sheet.kind}"),
        "code": _pieces(code),
        "number": fit(sheet.number, 40),
        "steps": [say(sheet.language, f"{step}.{n}", **about) for n in (1, 2, 3)],
        "words": words,
    }
    return press("recovery.typ", values, made_at=sheet.printed_at, qr=code)


def _common(sheet: KeySheet | RecoverySheet, say: Say, title: str) -> dict[str, Any]:
    language = sheet.language
    return {
        "language": language,
        "title": say(language, title),
        "institution": fit(sheet.institution, 70),
        "made": say(language, "paper.key.made", at=minute(sheet.printed_at, sheet.zone)),
        "tags": [say(language, "paper.month.simulated")] if sheet.simulated else [],
    }


def _words(say: Say, language: str, room: str, names: tuple[str, ...]) -> dict[str, str]:
    words = {name: say(language, f"{room}.{name}") for name in names}
    words["qr_alt"] = say(language, f"{room}.qr_alt")
    return words


def _pieces(text: str) -> list[str]:
    """Cut a long code into lines of at most 32 letters; a reader puts them together again."""
    return [text[start : start + 32] for start in range(0, len(text), 32)] or [""]
