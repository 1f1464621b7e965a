"""MyJVN's list of makers: the Japanese name and the name that advisories use (getVendorList, HND and OKA).

Loaded once, a maker that a ledger writes in Japanese is found in advisories in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from lxml import etree

from sekisho.posture.knowledge.lists import Fact

KIND = "vendors"
FACT_KIND = "vendor"
_RESULTS = "{http://jvndb.jvn.jp/myjvn/Results}"
_CPE = re.compile(r"cpe:(?:/|2\.3:)[aho]?:([^:]+)")
_NOBODY = {"misc", "*", "-", ""}


def is_list(root: etree._Element) -> bool:
    """Return whether `root` is a list of makers of MyJVN Ver 3, with or without their products."""
    return root.tag == f"{_RESULTS}Result" and root.find(f".//{_RESULTS}Vendor") is not None


def read_list(root: etree._Element) -> Iterator[Fact]:
    """Give a fact for each maker with a name that is not Latin."""
    return _facts(
        (one.get("vname"), one.get("cpe"), None) for one in root.iter(f"{_RESULTS}Vendor")
    )


def vendors_of(tree: Mapping[str, Any]) -> list[Any]:
    """Return the makers of a list of MyJVN Ver 4.0; none where it is another answer."""
    for name in ("jvn-product-dictionary", "jvn_product_dictionary"):
        book = tree.get(name)
        if isinstance(book, dict) and isinstance(book.get("vendors"), list):
            return list(book["vendors"])
    return []


def read_tree(vendors: Iterable[Any]) -> Iterator[Fact]:
    """Give a fact for each maker with a name that is not Latin."""
    return _facts(
        (one.get("vname"), one.get("cpe"), (one.get("vname_i18") or {}).get("en"))
        for one in vendors
        if isinstance(one, dict)
    )


def _facts(found: Iterable[tuple[Any, Any, Any]]) -> Iterator[Fact]:
    for name, cpe, english in found:
        told = _CPE.match(str(cpe))
        latin = re.sub(r"[_%]+", " ", unquote(told[1])).strip() if told else ""
        if not isinstance(name, str) or name.isascii() or latin in _NOBODY:
            continue
        yield FACT_KIND, name.strip()[:200], {"latin": latin, "english": english}
