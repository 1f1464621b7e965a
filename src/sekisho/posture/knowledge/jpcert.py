"""JPCERT/CC alerts (注意喚起), as the page is published or saved: title, CVEs, what is meant."""

from __future__ import annotations

import re

from lxml import html

from sekisho.errors import InvalidInputError
from sekisho.posture.knowledge.fields import instant
from sekisho.posture.knowledge.records import Advisory, Said, Statement

SOURCE = "jpcert"
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_NUMBER = re.compile(r"JPCERT-AT-(\d{4})-(\d{4})")
_TITLE = re.compile(r"^(?P<product>.+?)の(?P<what>[^の]*脆弱性.*)に関する注意喚起")
_LINE = re.compile(
    r"^[-・]\s*(?P<product>\S.*?)\s*(?P<versions>(?:ver(?:sion)?\.?|バージョン|v)?\s*\d[\w.]*\s*"
    r"(?:から|より前|未満|以前|以下|およびそれ以前|系|\(|$).*)$",
    re.IGNORECASE,
)


def is_alert(content: bytes) -> bool:
    """Return whether a page is an alert of JPCERT/CC."""
    return b"jpcert" in content[:20000].lower() and b"JPCERT-AT-" in content


def read(content: bytes) -> Advisory:
    """Return the alert of a page.

    Raises:
        InvalidInputError: It has no number.
    """
    tree = html.fromstring(content)
    text = "".join(str(part) for part in tree.itertext())
    number = _NUMBER.search(text)
    if number is None:
        raise InvalidInputError("posture.jpcert.no_number")
    title = (tree.findtext(".//title") or number[0]).strip()
    revised = re.search(r"最終更新:\s*(\d{4}-\d{2}-\d{2})", text)
    named = _TITLE.match(title)
    lines = [line.strip() for line in _part(text, "対象").splitlines()]
    statements = [
        Statement(
            product=found["product"],
            said=Said.AFFECTED,
            versions=re.sub(r"の(\d+)系のバージョン$", r"のバージョン", found["versions"]),
        )
        for line in lines
        if (found := _LINE.match(line)) is not None
    ]
    if not statements and named is not None:
        statements = [Statement(product=named["product"], said=Said.AFFECTED)]
    return Advisory(
        id=number[0],
        source=SOURCE,
        title=title,
        revised=instant(revised[1]) if revised else None,
        cves=tuple(dict.fromkeys(_CVE.findall(text))),
        statements=tuple(statements),
        url=f"https://www.jpcert.or.jp/at/{number[1]}/at{number[1][2:]}{number[2]}.html",
        marks={"alert": True},
    )


def _part(text: str, name: str) -> str:
    """Return the text between one numbered heading (``II. 対象``) and the next."""
    found = re.search(rf"[IVX]+\.\s*{name}(.*?)(?=\n?\s*[IVX]+\.\s*\S)", text, re.DOTALL)
    return found[1] if found else ""
