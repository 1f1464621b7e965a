"""Name what a file is by its first bytes, so that what is not read is refused by its name."""

from __future__ import annotations

import codecs
import re

from sekisho.collect.alarms import TABLE
from sekisho.collect.evtx_chunks import FILE_SIGN
from sekisho.collect.hostlines import told_alone
from sekisho.collect.jsonl import is_promised
from sekisho.errors import InvalidInputError

KINDS = ("csv", "fhir", "atna", "syslog", "hostlog", "evtx", "jsonl")
"""Kinds that are read."""

_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"%PDF-", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"PAR1", "parquet"),
    (b"\x0bMSH|", "hl7"),
    (b"MSH|", "hl7"),
    (b"FHS|", "hl7"),
    (b"BHS|", "hl7"),
)
_SYSLOG = re.compile(rb"(?:\d+ )?<\d{1,3}>(?:\d{1,2} )?")
_DATED = re.compile(
    rb"(?:[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:?\d\d))"
    rb" [\w.:-]{1,255} [\w./()-]{1,128}(?:\[\d{1,10}\])?: "
)
"""A line with the head that rsyslog writes into files: time, host, program and a colon."""
_LOOKED = 20
_ROOT = re.compile(rb"<(?![?!])(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)([^>]*)")


def recognise(head: bytes) -> str:
    """Return the kind of a file that begins with `head`.

    Raises:
        InvalidInputError: It is empty, or of a kind that is not read; named.
    """
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise InvalidInputError("collect.empty")
    if head.startswith(FILE_SIGN):
        return "evtx"
    for sign, kind in _SIGNS:
        if head.startswith(sign):
            raise InvalidInputError("collect.kind_not_read", kind=kind)
    start = _narrow(head).lstrip()
    if start.startswith(b"MSH|"):
        raise InvalidInputError("collect.kind_not_read", kind="hl7")
    if start.startswith(TABLE) and b"\n#fields\t" in start:
        return "hostlog"
    if not _SYSLOG.match(start) and _of_a_host(start):
        return "hostlog"
    if start.startswith((b"{", b"[")) and _looks_json(start):
        return "jsonl" if is_promised(start.partition(b"\n")[0]) else "fhir"
    if b"AuditMessage" in start and (start.startswith(b"<") or _SYSLOG.match(start)):
        return "atna"
    if _SYSLOG.match(start):
        return "syslog"
    if start.startswith(b"<"):
        _refuse_xml(start)
    if _binary(head):
        raise InvalidInputError("collect.kind_not_read", kind="binary")
    return "csv"


def _of_a_host(start: bytes) -> bool:
    """Return whether the first line is one that a host writes, and most of the next are."""
    lines = [line for line in start.split(b"\n") if line.strip() and line[:3] != b"-- "]
    # The last may be cut by the end of what was read.
    lines = lines[:_LOOKED] if len(lines) > _LOOKED else lines
    known = [
        _DATED.match(line) is not None or told_alone(line.decode("utf-8", "replace")) is not None
        for line in lines
    ]
    return bool(known) and known[0] and sum(known) * 10 >= len(known) * 8


def _looks_json(start: bytes) -> bool:
    return re.match(rb"[\[{]\s*(?:[\[{\"\]}]|-?\d|true|false|null)", start) is not None


def _refuse_xml(start: bytes) -> None:
    root = _ROOT.search(start)
    name = root.group(1).decode("ascii", "replace") if root else "XML"
    if root and b"hl7.org/fhir" in root.group(2):
        raise InvalidInputError("collect.fhir_xml", resource=name[:40])
    if root:
        raise InvalidInputError("collect.xml_not_read", root=name[:40])


def _narrow(head: bytes) -> bytes:
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(name, "replace").encode()
    return head.removeprefix(codecs.BOM_UTF8)


def _binary(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    first = head[:4096]
    zeros = first.count(0)
    even, odd = first[0::2].count(0), first[1::2].count(0)
    wide = zeros > len(first) // 8 and min(even, odd) < max(even, odd) // 8
    controls = sum(first.count(code) for code in (*range(1, 9), *range(14, 27), 28, 29, 30, 31))
    return (zeros > 0 and not wide and zeros > len(first) // 50) or controls > len(first) // 20
