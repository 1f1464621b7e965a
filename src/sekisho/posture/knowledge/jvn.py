"""JVN iPedia, as MyJVN publishes it: Ver 3.2 HND (XML: details and lists) and Ver 4.0 OKA (JSON).

Other readers of JVN drop the versions because they are sentences; here they are read
(`posture.versions`). The texts belong to IPA and JPCERT/CC; nothing of them is shipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from sekisho.errors import InvalidInputError
from sekisho.posture.knowledge import csaf
from sekisho.posture.knowledge.fields import cpe_parts, instant, short
from sekisho.posture.knowledge.records import Advisory, Said, Statement

SOURCE = "jvn"
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_SEVERAL = frozenset({"(複数の製品)", "（複数の製品）", "(複数のベンダ)"})


def read_details(root: etree._Element) -> Iterator[Advisory]:
    """Give the advisories of a VULDEF document (getVulnDetailInfo, the yearly detail feeds)."""
    for one in _all(root, "Vulinfo"):
        number = _text(one, "VulinfoID")
        data = _first(one, "VulinfoData")
        if not number or data is None:
            raise InvalidInputError("posture.jvn.no_id")
        yield Advisory(
            id=number,
            source=SOURCE,
            title=_text(data, "Title") or number,
            revised=instant(_text(data, "DateLastUpdated")),
            published=instant(_text(data, "DateFirstPublished") or _text(data, "DatePublic")),
            version=(_text(data, "VersionNo") or str(len(_all(data, "HistoryNo")))),
            cves=_cves(one),
            statements=tuple(_affected(data)),
            url=f"https://jvndb.jvn.jp/ja/contents/{number[6:10]}/{number}.html",
            score=max(
                (float(b.text or 0) for b in _all(data, "Base") if _number(b.text)), default=None
            ),
        )


def _affected(data: etree._Element) -> Iterator[Statement]:
    solution = next((_text(s, "Description") for s in _all(data, "SolutionItem")), None)
    remedy = short(re.sub(r"<[^>]+>", " ", solution)) if solution else None
    for item in _all(data, "AffectedItem"):
        maker, product = _text(item, "Name"), _text(item, "ProductName")
        if not product or product in _SEVERAL:
            product = product or maker or ""
        versions = [(v.text or "").strip() for v in _all(item, "VersionNumber")]
        for text in [v for v in versions if v] or [""]:
            yield Statement(
                product=product,
                said=Said.AFFECTED,
                maker=maker or None,
                versions=text,
                cves=tuple(_CVE.findall(text)),
                remedy=remedy,
            )


def read_list(root: etree._Element) -> Iterator[Advisory]:
    """Give the advisories of an RSS 1.0 list (jvndb.rdf, jvndb_new.rdf, getVulnOverviewList): no sentences of versions."""
    for item in root.iterfind("{http://purl.org/rss/1.0/}item"):
        number = _text(item, "identifier")
        if not number:
            continue
        statements = []
        for cpe in _all(item, "cpe"):
            named = cpe_parts((cpe.text or "").strip())
            product = cpe.get("product") or (named[1] if named else "")
            maker = cpe.get("vendor") or (named[0] if named else None)
            if product:
                versions = named[2] if named else ""
                statements.append(
                    Statement(product=product, said=Said.AFFECTED, maker=maker, versions=versions)
                )
        yield Advisory(
            id=number,
            source=SOURCE,
            title=_text(item, "title") or number,
            revised=instant(_text(item, "modified")),
            published=instant(_text(item, "issued") or _text(item, "date")),
            cves=_cves(item),
            statements=tuple(statements),
            url=_text(item, "link"),
            score=max(
                (float(c.get("score", "")) for c in _all(item, "cvss") if _number(c.get("score"))),
                default=None,
            ),
            marks={"list": True},
        )


def is_oka(tree: Any) -> bool:
    """Return whether `tree` is a JSON answer of MyJVN Ver 4.0: JVN-CSAF, JVN-STIX or a list."""
    schema = tree.get("$schema") if isinstance(tree, dict) else None
    return isinstance(schema, str) and "jvndb.jvn.jp/schema/" in schema


def read_oka(tree: Mapping[str, Any]) -> Iterator[Advisory]:
    """Give the advisories of a Ver 4.0 answer; a list of products or of makers has none."""
    if isinstance(tree.get("objects"), list):
        for one in tree["objects"]:
            documents = one.get("VULDEF-Document") if isinstance(one, dict) else None
            for document in documents or []:
                yield _oka(document)
    elif "document" in tree:
        yield _oka(tree)
    elif isinstance(tree.get("feed"), dict):
        for entry in tree["feed"].get("entry") or []:
            if str(entry.get("id", "")).startswith("JVNDB-"):
                yield _entry(entry)


def _oka(tree: Mapping[str, Any]) -> Advisory:
    read = csaf.read(tree)
    said = tree.get("jvn_extension")
    affected = said.get("affected") if isinstance(said, dict) else None
    statements = read.statements
    remedy = next((s.remedy for s in statements if s.remedy), None)
    if affected:
        statements = tuple(
            Statement(
                product=str(one.get("product") or ""),
                said=Said.AFFECTED if version.get("status") != "unaffected" else Said.NOT_AFFECTED,
                maker=str(one.get("vendor") or "") or None,
                versions=_oka_versions(version),
                remedy=remedy,
            )
            for one in affected
            for version in one.get("versions") or [{}]
        )
    return Advisory(
        id=read.id,
        source=SOURCE,
        title=read.title,
        revised=read.revised,
        published=read.published,
        version=read.version,
        cves=read.cves or tuple(dict.fromkeys(_CVE.findall(str(tree.get("document"))))),
        statements=statements,
        url=f"https://jvndb.jvn.jp/ja/contents/{read.id[6:10]}/{read.id}.html",
        score=read.score,
    )


def _oka_versions(version: Mapping[str, Any]) -> str:
    """Return a version object as one text: its ends where it has them, else its sentence."""
    low, below = str(version.get("version") or ""), str(version.get("lessThan") or "")
    upto = str(version.get("lessThanOrEqual") or "")
    start = f">={low}|" if low and low not in {"0", "0.0.0"} else ""
    if below:
        return f"vers:generic/{start}<{below}"
    if upto:
        return f"vers:generic/{start}<={upto}"
    return str(version.get("description") or low)


def _entry(entry: Mapping[str, Any]) -> Advisory:
    statements = []
    for one in entry.get("products") or []:
        identities = one.get("product_ids") or {}
        named = cpe_parts(identities.get("cpe")) if isinstance(identities, dict) else None
        statements.append(
            Statement(
                product=str(one.get("pname") or (named[1] if named else "")),
                said=Said.AFFECTED,
                maker=one.get("vname"),
                versions=str(one.get("version") or ""),
            )
        )
    return Advisory(
        id=str(entry["id"]),
        source=SOURCE,
        title=str(entry.get("title") or entry["id"]),
        revised=instant(entry.get("modified")),
        published=instant(entry.get("created")),
        cves=tuple(dict.fromkeys(_CVE.findall(str(entry)))),
        statements=tuple(statements),
        url=entry.get("link"),
        marks={"list": True},
    )


def _all(element: etree._Element, name: str) -> list[etree._Element]:
    return element.findall(f".//{{*}}{name}")


def _first(element: etree._Element, name: str) -> etree._Element | None:
    return element.find(f".//{{*}}{name}")


def _text(element: etree._Element, name: str) -> str | None:
    found = element.find(f".//{{*}}{name}")
    text = (found.text or "").strip() if found is not None else ""
    return text or None


def _cves(element: etree._Element) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in element.iter("{*}VulinfoID", "{*}references"):
        for cve in _CVE.findall(f"{one.text or ''} {one.get('id') or ''}"):
            found[cve] = None
    return tuple(found)


def _number(text: str | None) -> bool:
    return text is not None and re.match(r"^\s*\d+(\.\d+)?\s*$", text) is not None
