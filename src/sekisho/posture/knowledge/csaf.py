"""CSAF 2.0 and 2.1 documents (OASIS Standard, clauses 3.2 and 9): advisories and VEX.

A document is read, or refused with the reason; a fault that does not touch which product is
affected (a wrong date of a revision, a missing reference) refuses nothing here: the mandatory
tests of clause 6.1 that do touch it are checked while reading.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sekisho.errors import InvalidInputError
from sekisho.posture.knowledge.fields import cpe_parts, instant, short
from sekisho.posture.knowledge.records import Advisory, Said, Statement
from sekisho.posture.versions import order_key
from sekisho.posture.versions import read as read_versions

SOURCE = "csaf"
_VERSIONS = ("2.0", "2.1")
_SAID = {
    "known_affected": Said.AFFECTED,
    "first_affected": Said.AFFECTED,
    "last_affected": Said.AFFECTED,
    "known_not_affected": Said.NOT_AFFECTED,
    "fixed": Said.FIXED,
    "first_fixed": Said.FIXED,
    "recommended": Said.FIXED,
    "under_investigation": Said.INVESTIGATED,
    "unknown": Said.INVESTIGATED,
}
_NAMES = {"product_name", "product_family", "host_name", "product"}
"""``product`` is no category of the standard; Fortinet writes it."""
_VERSION = {"product_version", "product_version_range"}
_AFTER = {"patch_level", "service_pack"}
_WHERE = {"architecture", "language", "specification", "platform"}
_DEEPEST = 40
_CONTAINED = {"default_component_of", "optional_component_of", "external_component_of"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Product:
    name: str
    maker: str | None
    versions: str
    purl: str | None = None
    platform: str | None = None


def is_csaf(tree: Any) -> bool:
    """Return whether `tree` says that it is a CSAF document."""
    return (
        isinstance(tree, dict)
        and isinstance(tree.get("document"), dict)
        and "csaf_version" in tree["document"]
    )


def read(tree: Mapping[str, Any]) -> Advisory:
    """Return the advisory of a CSAF document.

    Raises:
        InvalidInputError: It is no CSAF 2.0 or 2.1, or contradicts itself where it matters:
            a product defined twice or not at all (6.1.1, 6.1.2), a loop of relationships
            (6.1.3), contradicting statuses (6.1.6).
    """
    document = _mapping(tree, "document")
    if document.get("csaf_version") not in _VERSIONS:
        raise InvalidInputError("posture.csaf.version", version=str(document.get("csaf_version")))
    tracking = _mapping(document, "tracking")
    number, title = tracking.get("id"), document.get("title")
    if not isinstance(number, str) or not number.strip() or not isinstance(title, str):
        raise InvalidInputError("posture.csaf.no_id")
    products = _products(tree.get("product_tree"))
    groups = _groups(tree.get("product_tree"), products)
    vulnerabilities = _list(tree, "vulnerabilities")
    statements = tuple(_statements(vulnerabilities, products, groups))
    cves = [v["cve"] for v in vulnerabilities if isinstance(v.get("cve"), str)]
    return Advisory(
        id=number.strip(),
        source=SOURCE,
        title=title,
        revised=instant(tracking.get("current_release_date")),
        published=instant(tracking.get("initial_release_date")),
        version=str(tracking.get("version", "")),
        cves=tuple(dict.fromkeys(cves)),
        statements=statements,
        url=_url(document),
        score=_score(vulnerabilities),
        withdrawn=document.get("category") in {"csaf_withdrawn", "csaf_superseded"},
        marks={"publisher": str(_optional(document, "publisher").get("name", ""))},
    )


def _mapping(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tree.get(name)
    if not isinstance(found, dict):
        raise InvalidInputError("posture.csaf.missing", field=name)
    return found


def _optional(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tree.get(name)
    return found if isinstance(found, dict) else {}


def _list(tree: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = tree.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InvalidInputError("posture.csaf.missing", field=name)
    return found


def _products(tree: Any) -> dict[str, _Product]:
    products: dict[str, _Product] = {}
    if not isinstance(tree, dict):
        return products

    def add(identity: Any, product: _Product) -> None:
        if not isinstance(identity, str) or not identity:
            raise InvalidInputError("posture.csaf.missing", field="product_id")
        if identity in products:
            raise InvalidInputError("posture.csaf.product_twice", product=identity)
        products[identity] = product

    for branch in _list(tree, "branches"):
        for identity, product in _branch(branch, [], 0):
            add(identity, product)
    for full in _list(tree, "full_product_names"):
        add(full.get("product_id"), _full(full, []))
    _related(tree, products, add)
    return products


def _related(tree: Mapping[str, Any], products: dict[str, _Product], add: Any) -> None:
    relations = _list(tree, "relationships")
    waiting = list(relations)
    while waiting:
        ready = [
            one
            for one in waiting
            if one.get("product_reference") in products
            and one.get("relates_to_product_reference") in products
        ]
        if not ready:
            own = {_optional(one, "full_product_name").get("product_id") for one in relations}
            named = {
                one.get(field)
                for one in waiting
                for field in ("product_reference", "relates_to_product_reference")
            }
            lost = sorted(str(one) for one in named - own - set(products))
            if lost:
                raise InvalidInputError("posture.csaf.product_unknown", product=lost[0])
            raise InvalidInputError("posture.csaf.loop")
        for one in ready:
            waiting.remove(one)
            first, second = (
                products[one["product_reference"]],
                products[one["relates_to_product_reference"]],
            )
            if one.get("category") in _CONTAINED:
                made = second
            else:
                made = replace(first, platform=f"{second.name} {second.versions}".strip())
            add(_optional(one, "full_product_name").get("product_id"), made)


def _branch(
    branch: Mapping[str, Any], above: Sequence[tuple[str, str]], depth: int
) -> Iterator[tuple[Any, _Product]]:
    if depth > _DEEPEST:
        raise InvalidInputError("posture.csaf.too_deep")
    path = [*above, (str(branch.get("category", "")), str(branch.get("name", "")))]
    product = branch.get("product")
    if isinstance(product, dict):
        yield product.get("product_id"), _full(product, path)
    for one in _list(branch, "branches"):
        yield from _branch(one, path, depth + 1)


def _full(product: Mapping[str, Any], path: Sequence[tuple[str, str]]) -> _Product:
    helper = _optional(product, "product_identification_helper")
    purl = helper.get("purl") or next(iter(helper.get("purls") or []), None)
    named = cpe_parts(helper.get("cpe"))
    makers = [name for kind, name in path if kind == "vendor"]
    names = [name for kind, name in path if kind in _NAMES]
    versions = " ".join(name for kind, name in path if kind in _VERSION | _AFTER)
    where = " ".join(name for kind, name in path if kind in _WHERE)
    name = names[-1] if names else ""
    if not name and path:
        legacy = [name for kind, name in path if kind == "legacy"]
        name = legacy[-1] if legacy else ""
    if not name:
        name = str(product.get("name", ""))
        if named is not None:
            versions = versions or named[2]
            name = named[1] if not makers else name
    return _Product(
        # Fortinet repeats the product in front of the version (``FortiOS/>=7.4.0|<=7.4.7``).
        name=name,
        maker=makers[-1] if makers else named[0] if named else None,
        versions=re.sub(rf"^{re.escape(name)}\s*/?\s*(?=\S)", "", versions) if name else versions,
        purl=purl if isinstance(purl, str) else None,
        platform=where or None,
    )


def _groups(tree: Any, products: Mapping[str, _Product]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for group in _list(tree, "product_groups") if isinstance(tree, dict) else []:
        members = group.get("product_ids")
        if not isinstance(members, list):
            raise InvalidInputError("posture.csaf.missing", field="product_ids")
        for one in members:
            if one not in products:
                raise InvalidInputError("posture.csaf.product_unknown", product=str(one))
        if group.get("group_id") in groups:
            raise InvalidInputError(
                "posture.csaf.product_twice", product=str(group.get("group_id"))
            )
        groups[str(group.get("group_id"))] = members
    return groups


def _statements(
    vulnerabilities: Sequence[Mapping[str, Any]],
    products: Mapping[str, _Product],
    groups: Mapping[str, Sequence[str]],
) -> Iterator[Statement]:
    """Give one statement for each product and what is said of it, over all vulnerabilities."""
    products = dict(products)
    families = {one.name: one for one in products.values()}
    said: dict[tuple[str, Said], list[str]] = {}
    remedies: dict[str, list[tuple[str, str]]] = {}
    for place, vulnerability in enumerate(vulnerabilities):
        name = str(vulnerability.get("cve") or _first_id(vulnerability) or f"#{place + 1}")
        of: dict[str, Said] = {}
        for key, given in _optional(vulnerability, "product_status").items():
            status = _SAID.get(key)
            if not isinstance(given, list):
                raise InvalidInputError("posture.csaf.missing", field=key)
            for product in given if status is not None else []:
                assert status is not None
                _resolve(str(product), products, families)
                _agree(products, str(product), of.get(str(product)), status, key)
                if key != "recommended" or str(product) not in of:
                    of[str(product)] = status
        for product, status in of.items():
            said.setdefault((product, status), []).append(name)
        for part in [*_list(vulnerability, "flags"), *_list(vulnerability, "threats")]:
            for product in _of(part, groups):
                _known(product, products, families)
        for remedy in _list(vulnerability, "remediations"):
            for product in _of(remedy, groups):
                _known(product, products, families)
                told = (str(remedy.get("category", "")), str(remedy.get("details", "")))
                remedies.setdefault(product, []).append(told)
    for product in products:
        if not any((product, status) in said for status in Said):
            said[product, Said.NOTHING] = []
    fixes = _fixes(products, said)
    for (product, status), cves in said.items():
        one = products[product]
        yield Statement(
            product=one.name,
            said=status,
            maker=one.maker,
            versions=one.versions,
            cves=tuple(cve for cve in cves if cve.startswith("CVE-")),
            purl=one.purl,
            platform=one.platform,
            fixed=_fixed(one, fixes) if status is Said.AFFECTED else None,
            remedy=_remedy(remedies.get(product) or remedies.get(one.name) or []),
        )


def _known(
    product: str, products: Mapping[str, _Product], families: Mapping[str, _Product]
) -> None:
    """Refuse what is neither a product of the tree nor the name of some of them."""
    if product not in products and product not in families:
        raise InvalidInputError("posture.csaf.product_unknown", product=product)


def _resolve(product: str, products: dict[str, _Product], families: Mapping[str, _Product]) -> None:
    """Add a product that no branch defines but whose id says it: ``FortiOS-7.4.8`` of FortiOS."""
    if product in products:
        return
    for name in sorted(families, key=len, reverse=True):
        version = product[len(name) :].lstrip("- /") if name and product.startswith(name) else ""
        if version[:1].isdigit():
            products[product] = replace(families[name], versions=version)
            return


def _fixes(
    products: Mapping[str, _Product], said: Mapping[tuple[str, Said], Sequence[str]]
) -> dict[str, list[str]]:
    """Return, for each name, the single versions that the document calls fixed or not affected, rising."""
    found: dict[str, set[str]] = {}
    for product, status in said:
        one = products[product]
        ranges = (
            read_versions(one.versions).ranges if status in {Said.FIXED, Said.NOT_AFFECTED} else ()
        )
        if len(ranges) == 1 and ranges[0].low is not None and ranges[0].low == ranges[0].high:
            found.setdefault(one.name, set()).add(one.versions)
    return {name: sorted(versions, key=order_key) for name, versions in found.items()}


def _fixed(product: _Product, fixes: Mapping[str, Sequence[str]]) -> str | None:
    """Return the lowest version called fixed that is above all that is affected here."""
    ranges = read_versions(product.versions).ranges
    known = fixes.get(product.name, ())
    if not known or not ranges or any(one.high is None for one in ranges):
        return None
    top = max(order_key(str(one.high)) for one in ranges)
    place = bisect.bisect_right(known, top, key=order_key)
    return known[place] if place < len(known) else None


def _agree(
    products: Mapping[str, _Product], product: str, before: Said | None, now: Said, key: str
) -> None:
    """Refuse two groups of one product (6.1.6); what is recommended may be of any."""
    if product not in products:
        raise InvalidInputError("posture.csaf.product_unknown", product=product)
    if before not in {None, now} and key != "recommended":
        raise InvalidInputError("posture.csaf.contrary", product=product)


def _of(remedy: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> list[str]:
    found = [str(one) for one in remedy.get("product_ids") or []]
    for group in remedy.get("group_ids") or []:
        if str(group) not in groups:
            raise InvalidInputError("posture.csaf.product_unknown", product=str(group))
        found.extend(groups[str(group)])
    return found


def _remedy(told: Sequence[tuple[str, str]]) -> str | None:
    """Return the remedy to show: a fix of the vendor before anything else."""
    order = ("vendor_fix", "fix_planned", "optional_patch", "mitigation", "workaround", "no_fix_planned", "none_available")  # fmt: skip
    ranked = sorted(
        (one for one in told if one[1].strip()),
        key=lambda one: order.index(one[0]) if one[0] in order else len(order),
    )
    return short(ranked[0][1]) if ranked else None


def _first_id(vulnerability: Mapping[str, Any]) -> str | None:
    for one in vulnerability.get("ids") or []:
        if isinstance(one, dict) and one.get("text"):
            return str(one["text"])
    return None


def _score(vulnerabilities: Sequence[Mapping[str, Any]]) -> float | None:
    found = [
        float(part["baseScore"])
        for vulnerability in vulnerabilities
        for one in [*_list(vulnerability, "scores"), *_contents(vulnerability)]
        for part in one.values()
        if isinstance(part, dict) and isinstance(part.get("baseScore"), int | float)
    ]
    return max(found, default=None)


def _contents(vulnerability: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what CSAF 2.1 keeps below ``metrics[].content``."""
    return [_optional(one, "content") for one in _list(vulnerability, "metrics")]


def _url(document: Mapping[str, Any]) -> str | None:
    references = document.get("references") or []
    own = [r for r in references if isinstance(r, dict) and r.get("category") == "self"]
    for one in own or [r for r in references if isinstance(r, dict)]:
        url = one.get("url")
        if isinstance(url, str) and url.startswith("https://") and not url.endswith(".json"):
            return url
    return None
