"""Addresses, host names and serial numbers in one form, so that two sources can be compared."""

from __future__ import annotations

import ipaddress
import re
import unicodedata

_NO_SERIAL = re.compile(
    r"(?:不明|なし|無し?|未記入|未確認|同上|null|none|unknown|n/?a|tbd|default ?string|"
    r"to be filled.*|system serial number|not (?:specified|available|applicable)|serial ?number|"
    r"chassis serial number|[-−ー―*.?/０0xX]+|123456789?0?)",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"[\s,;、/|・]+(?!\d{1,2}\b)")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
_EVERYBODYS = frozenset({"000000000000", "ffffffffffff"})


def ip(text: str) -> str | None:
    """Return an address as `ipaddress` writes it; None where it is none, or one of this machine."""
    text = unicodedata.normalize("NFKC", text).strip().strip("[]").split("%")[0]
    text = re.sub(r"/\d{1,3}$", "", text)
    if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", text):
        text = ".".join(str(int(part)) for part in text.split("."))
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if found.is_loopback or found.is_unspecified or found.is_link_local or found.is_multicast:
        return None
    return str(found)


def mac(text: str) -> str | None:
    """Return a MAC address as ``aa:bb:cc:dd:ee:ff``; None where it is none, or no machine's own."""
    digits = re.sub(r"[\s:.\-_]", "", unicodedata.normalize("NFKC", text)).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits) or digits in _EVERYBODYS:
        return None
    if int(digits[:2], 16) & 1:  # a group's, not a machine's (IEEE 802)
        return None
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def host(text: str) -> str | None:
    """Return a host name in small letters without its domain; None where it is none."""
    name = unicodedata.normalize("NFKC", text).strip().rstrip(".").lower()
    name = name.rsplit("\\", 1)[-1].removesuffix("$")
    if not _HOST.fullmatch(name) or name in {"localhost", "unknown", "none", "n", "-"}:
        return None
    if ip(name):
        return None
    return name.split(".", 1)[0]


def serial(text: object) -> str | None:
    """Return a serial number to compare with; None for the ways to write that there is none."""
    written = unicodedata.normalize("NFKC", str(text or "")).strip()
    if _NO_SERIAL.fullmatch(written):
        return None
    bare = re.sub(r"[\W_]", "", written).upper()
    bare = re.sub(r"^(?:SERIALNO|SN|S/N|製造番号)(?=[0-9A-Z]{5,}$)", "", bare)
    if len(bare) < 4 or len(set(bare)) == 1 or not any(mark.isdigit() for mark in bare):
        return None
    return bare


def several(text: str) -> list[str]:
    """Return the addresses or names of one cell."""
    return [part for part in _SPLIT.split(unicodedata.normalize("NFKC", text).strip()) if part]
