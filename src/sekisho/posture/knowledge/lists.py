"""Lists of CVEs and products: KEV, NVD 2.0, EPSS, MSRC's update guide, endoflife.date."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sekisho.errors import InvalidInputError
from sekisho.posture.knowledge.fields import cpe_parts, instant, short
from sekisho.posture.knowledge.records import Advisory, Said, Statement

Fact = tuple[str, str, Mapping[str, Any]]
"""Kind, key (a CVE or a product), and what is known."""

_CVE = re.compile(r"^CVE-\d{4}-\d{4,}$")


def is_kev(tree: Any) -> bool:
    """Return whether `tree` is CISA's catalogue of known exploited vulnerabilities."""
    return (
        isinstance(tree, dict)
        and "catalogVersion" in tree
        and isinstance(tree.get("vulnerabilities"), list)
    )


def read_kev(tree: Mapping[str, Any]) -> Iterator[tuple[Advisory, Fact]]:
    """Give an advisory and a fact for each entry.

    Raises:
        InvalidInputError: The count in the catalogue is not the number of its entries.
    """
    entries = tree["vulnerabilities"]
    if isinstance(tree.get("count"), int) and tree["count"] != len(entries):
        raise InvalidInputError("posture.feed.count", told=tree["count"], found=len(entries))
    for one in entries:
        cve = str(one.get("cveID", ""))
        if not _CVE.match(cve):
            raise InvalidInputError("posture.feed.form", kind="kev")
        added = instant(one.get("dateAdded"))
        yield (
            Advisory(
                id=cve,
                source="kev",
                title=str(one.get("vulnerabilityName") or cve),
                revised=added,
                published=added,
                cves=(cve,),
                statements=(
                    Statement(
                        product=str(one.get("product") or ""),
                        said=Said.AFFECTED,
                        maker=one.get("vendorProject"),
                        remedy=short(str(one.get("requiredAction") or "")) or None,
                    ),
                ),
                url="https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
                marks={"kev": True},
            ),
            ("kev", cve, {"added": one.get("dateAdded"), "due": one.get("dueDate"), "ransomware": one.get("knownRansomwareCampaignUse") == "Known"}),
        )  # fmt: skip


def is_nvd(tree: Any) -> bool:
    """Return whether `tree` is an answer of NVD's CVE API 2.0."""
    return isinstance(tree, dict) and tree.get("format") == "NVD_CVE"


def read_nvd(tree: Mapping[str, Any]) -> Iterator[Advisory]:
    """Give an advisory for each CVE."""
    for wrapped in tree.get("vulnerabilities") or []:
        one = wrapped["cve"]
        texts = {d.get("lang"): d.get("value") for d in one.get("descriptions") or []}
        scores = [
            metric["cvssData"]["baseScore"]
            for metrics in (one.get("metrics") or {}).values()
            for metric in metrics
            if isinstance(metric.get("cvssData"), dict) and "baseScore" in metric["cvssData"]
        ]
        yield Advisory(
            id=one["id"],
            source="nvd",
            title=short(str(texts.get("en") or one["id"]), 160),
            revised=instant(one.get("lastModified")),
            published=instant(one.get("published")),
            cves=(one["id"],),
            statements=tuple(_nvd(one)),
            url=f"https://nvd.nist.gov/vuln/detail/{one['id']}",
            score=max(scores, default=None),
            withdrawn=one.get("vulnStatus") == "Rejected",
            marks={"enriched": one.get("vulnStatus") in {"Analyzed", "Modified"}},
        )


def _nvd(cve: Mapping[str, Any]) -> Iterator[Statement]:
    for configuration in cve.get("configurations") or []:
        nodes = configuration.get("nodes") or []
        also = configuration.get("operator") == "AND" and len(nodes) > 1
        for node in nodes:
            for match in node.get("cpeMatch") or []:
                named = cpe_parts(match.get("criteria"))
                if named is None or not match.get("vulnerable"):
                    continue
                where = None
                if also:
                    others = [
                        parts[1]
                        for other in nodes
                        if other is not node
                        for each in other.get("cpeMatch") or []
                        if (parts := cpe_parts(each.get("criteria"))) is not None
                    ]
                    where = ", ".join(dict.fromkeys(others)) or None
                yield Statement(
                    product=named[1],
                    said=Said.AFFECTED,
                    maker=named[0],
                    versions=_nvd_versions(match, named[2]),
                    platform=where,
                    fixed=match.get("versionEndExcluding"),
                )


def _nvd_versions(match: Mapping[str, Any], exact: str) -> str:
    low, above = match.get("versionStartIncluding"), match.get("versionStartExcluding")
    upto, below = match.get("versionEndIncluding"), match.get("versionEndExcluding")
    parts = [
        f">={low}" if low else f">{above}" if above else "",
        f"<={upto}" if upto else f"<{below}" if below else "",
    ]
    told = "|".join(part for part in parts if part)
    return f"vers:generic/{told}" if told else exact or "vers:all/*"


def is_cve(tree: Any) -> bool:
    """Return whether `tree` is a CVE record (CVE JSON 5), as CNAs such as Palo Alto publish them."""
    return isinstance(tree, dict) and tree.get("dataType") == "CVE_RECORD" and "cveMetadata" in tree


def read_cve(tree: Mapping[str, Any]) -> Advisory:
    """Return the advisory of a CVE record."""
    about = tree["cveMetadata"]
    own = (tree.get("containers") or {}).get("cna") or {}
    number = str(about["cveId"])
    texts = {d.get("lang"): d.get("value") for d in own.get("descriptions") or []}
    scores = [
        float(part["baseScore"])
        for metric in own.get("metrics") or []
        for part in metric.values()
        if isinstance(part, dict) and isinstance(part.get("baseScore"), int | float)
    ]
    return Advisory(
        id=number,
        source="cve",
        title=short(str(own.get("title") or texts.get("en") or number), 160),
        revised=instant(about.get("dateUpdated")),
        published=instant(about.get("datePublished")),
        cves=(number,) if _CVE.match(number) else (),
        statements=tuple(_cve(own)),
        url=f"https://www.cve.org/CVERecord?id={number}",
        score=max(scores, default=None),
        withdrawn=about.get("state") == "REJECTED",
    )


def _cve(own: Mapping[str, Any]) -> Iterator[Statement]:
    for one in own.get("affected") or []:
        for version in one.get("versions") or [{"version": "", "status": "affected"}]:
            low = str(version.get("version") or "")
            below, upto = version.get("lessThan"), version.get("lessThanOrEqual")
            start = "" if low in {"", "0", "unspecified"} else f">={low}|"
            told = low
            if below or upto:
                told = f"vers:generic/{start}" + (f"<{below}" if below else f"<={upto}")
            fixes = [c for c in version.get("changes") or [] if c.get("status") == "unaffected"]
            affected = version.get("status") == "affected"
            yield Statement(
                product=str(one.get("product") or one.get("packageName") or ""),
                said=Said.AFFECTED if affected else Said.NOT_AFFECTED,
                maker=one.get("vendor"),
                versions=told,
                platform=", ".join(one.get("platforms") or []) or None,
                fixed=str(fixes[0]["at"]) if fixes else str(below) if below and affected else None,
            )


def is_epss(content: bytes) -> bool:
    """Return whether `content` is FIRST's list of EPSS scores."""
    return re.match(rb"^(?:#model_version:.*\n)?cve,epss\b", content[:200]) is not None


def read_epss(content: bytes) -> Iterator[Fact]:
    """Give a fact for each CVE: the chance of use in 30 days and its percentile."""
    rows = csv.reader(io.StringIO(content.decode("ascii", "strict")))
    header: list[str] | None = None
    for row in rows:
        if not row or row[0].startswith("#"):
            continue
        if header is None:
            header = row
            continue
        if len(row) != len(header) or not _CVE.match(row[0]):
            raise InvalidInputError("posture.feed.cut", kind="epss")
        percentile = float(row[2]) if len(row) > 2 else None
        yield "epss", row[0], {"score": float(row[1]), "percentile": percentile}


def is_msrc(tree: Any) -> bool:
    """Return whether `tree` is a list of vulnerabilities of MSRC's update guide (SUG v2.0)."""
    return (
        isinstance(tree, dict)
        and "api.msrc.microsoft.com" in str(tree.get("@odata.context", ""))
        and str(tree["@odata.context"]).endswith("#vulnerability")
    )


def read_msrc(tree: Mapping[str, Any]) -> Iterator[Advisory]:
    """Give an advisory for each vulnerability; which build is fixed stands in MSRC's CSAF, not here."""
    for one in tree.get("value") or []:
        cve = str(one.get("cveNumber") or "")
        if not cve:
            continue
        yield Advisory(
            id=cve,
            source="msrc",
            title=str(one.get("cveTitle") or cve),
            revised=instant(one.get("latestRevisionDate")),
            published=instant(one.get("releaseDate")),
            version=str(one.get("revisionNumber") or ""),
            cves=(cve,) if _CVE.match(cve) else (),
            url=f"https://msrc.microsoft.com/update-guide/vulnerability/{cve}",
            score=float(one["baseScore"])
            if re.match(r"^\d", str(one.get("baseScore") or ""))
            else None,
            marks={"exploited": str(one.get("exploited")) == "Yes"},
        )


def is_endoflife(tree: Any) -> bool:
    """Return whether `tree` is endoflife.date's list of products (API v1, ``/products/full``)."""
    return (
        isinstance(tree, dict)
        and isinstance(tree.get("result"), list)
        and bool(tree["result"])
        and isinstance(tree["result"][0], dict)
        and "releases" in tree["result"][0]
    )


def read_endoflife(tree: Mapping[str, Any]) -> Iterator[Fact]:
    """Give a fact for each release of each product: when its support ends."""
    for product in tree["result"]:
        for release in product.get("releases") or []:
            yield (
                "endoflife",
                f"{product['name']} {release.get('name')}",
                {
                    "product": product.get("label") or product["name"],
                    "release": release.get("name"),
                    "eol": release.get("eolFrom"),
                    "ended": release.get("isEol"),
                    "support": release.get("eoasFrom"),
                    "extended": release.get("eoesFrom"),
                    "latest": (release.get("latest") or {}).get("name"),
                },
            )
