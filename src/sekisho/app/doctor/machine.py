"""Checks of the machine: Python, system, clock, disk, fonts."""

from __future__ import annotations

import ctypes
import dataclasses
import platform
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sekisho.app.doctor.patient import Patient
from sekisho.terms import Evidence, FixedClock

_NEED_FREE = 2 * 1024**3
_TESTED = {("debian", "12")}
_UNSYNCHRONISED = 0x0040  # STA_UNSYNC of adjtimex(2)


class _Timex(ctypes.Structure):
    """The head of struct timex (adjtimex(2)); the rest is room for what we do not read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 256),
    )


def system(patient: Patient) -> Evidence:
    """Return whether this is a system on which Sekisho is tested."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return patient.unknown("system", name=platform.system())
    name = f"{release.get('PRETTY_NAME', release['NAME'])}, Python {platform.python_version()}"
    if (release.get("ID"), release.get("VERSION_ID")) in _TESTED:
        return patient.yes("system", name=name)
    return patient.unknown("system", name=name)


def time_zones(patient: Patient) -> Evidence:
    """Return whether the zone in which people read times is known here."""
    zone = patient.config.zone if patient.config else "Asia/Tokyo"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return patient.no("time_zones", zone=zone)
    return patient.yes("time_zones", zone=zone)


def paper(patient: Patient) -> Evidence:
    """Return whether a page can be printed: the compiler loads and the fonts are there."""
    from sekisho import paper as room  # noqa: PLC0415 (slow to import)

    try:
        import typst  # noqa: F401, PLC0415 (the only check that it loads on this machine)
    except ImportError:
        return patient.no("paper", "no_typst")
    folder = Path(room.__file__).with_name("fonts")
    fonts = [path for path in folder.glob("*") if path.suffix in {".otf", ".ttf", ".ttc"}]
    if not fonts:
        return patient.no("paper", "no_fonts")
    return patient.yes("paper", fonts=len(fonts))


def disk(patient: Patient) -> Evidence:
    """Return whether there is room for the record to grow."""
    if not patient.data.is_dir():
        return patient.unknown("disk")
    usage = shutil.disk_usage(patient.data)
    free = round(usage.free / 1024**3, 1)
    if usage.free < _NEED_FREE or usage.free < usage.total * 0.05:
        return patient.no("disk", gib=free)
    return patient.yes("disk", gib=free)


def scanner(patient: Patient) -> Evidence:
    """Return whether the malware scanner answers and can be believed."""
    from sekisho import scan  # noqa: PLC0415 (like the other rooms: only where it is asked)

    settings = patient.config.scan if patient.config else None
    return dataclasses.replace(
        scan.state(settings, FixedClock(patient.now)), subject="doctor.scanner", by="doctor"
    )


def clock(patient: Patient) -> Evidence:
    """Return whether the kernel holds the clock to be synchronised (adjtimex)."""
    timex = _Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (AttributeError, OSError):
        return patient.unknown("clock")
    if answer < 0:
        return patient.unknown("clock")
    if timex.status & _UNSYNCHRONISED:
        return patient.no("clock", time=f"{patient.now.astimezone():%Y-%m-%d %H:%M:%S}")
    return patient.yes("clock", milliseconds=round(timex.maxerror / 1000))
