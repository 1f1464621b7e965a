"""What a file is: which source it came from, by what it holds, never by its name.

Hostile files stop here: a document type or an entity in XML, JSON nested without end, a file
that ends before its end, an archive that unpacks into more than is allowed.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import yaml
from lxml import etree

from sekisho.errors import InvalidInputError
from sekisho.posture.knowledge import csaf, jpcert, jvn, lists, osv, vendors
from sekisho.posture.knowledge.fields import instant
from sekisho.posture.knowledge.lists import Fact
from sekisho.posture.knowledge.records import Advisory

MOST = 512 * 1024 * 1024
"""Bytes of one file, unpacked."""

_EMPTY_VALUE = re.compile(rb'(":\s*),(?=\s*\n)')


@dataclass(kw_only=True)
class Taken:
    """What one file was taken for.

    Attributes:
        kind: ``csaf``, ``kev``, ``osv``, ``nvd``, ``jvn``, ``jpcert``, ``epss``, ``msrc``, ``endoflife``,
            ``vendors``.
        dated: The day the source itself gives for the whole file, or None.
        advisories: Its advisories.
        facts: Its facts.
        doubts: Ids of sentences about what was mended.
    """

    kind: str
    dated: dt.datetime | None = None
    advisories: list[Advisory] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def take(content: bytes, name: str = "") -> Taken:
    """Return what the bytes of a file hold.

    Args:
        content: All of the file.
        name: Its name: used to tell YAML from other text only.

    Raises:
        InvalidInputError: It is of no known source, cut off, or hostile; nothing of it is kept.
    """
    if content[:2] == b"\x1f\x8b":
        content = _unpacked(content)
    if len(content) > MOST:
        raise InvalidInputError("posture.feed.too_large", most=MOST // 1024 // 1024)
    text = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise InvalidInputError("posture.feed.empty")
    try:
        if text[:1] in b"{[":
            return _json(text)
        if text[:1] == b"<":
            return _markup(text)
        if lists.is_epss(text):
            dated = re.match(rb"^#model_version:[^,]*,score_date:(\S+)", text)
            when = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", dated[1].decode()) if dated else None
            return Taken(kind="epss", dated=instant(when), facts=list(lists.read_epss(text)))
        if name.endswith((".yaml", ".yml")) or re.match(
            rb"^(?:---\s*\n)?(?:id|schema_version):", text
        ):
            return _yaml(text)
    except RecursionError as error:
        raise InvalidInputError("posture.feed.too_deep") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInputError("posture.feed.form", kind=type(error).__name__) from error
    raise InvalidInputError("posture.feed.not_known")


def _unpacked(content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            out = packed.read(MOST + 1)
    except (OSError, EOFError) as error:
        raise InvalidInputError("posture.feed.cut", kind="gzip") from error
    return out


def _json(text: bytes) -> Taken:
    doubts: list[str] = []
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        # The published examples of MyJVN leave numbers out ("retMax": ,).
        mended = (
            _EMPTY_VALUE.sub(rb"\1null,", text) if b"jvndb.jvn.jp/schema/" in text[:4096] else text
        )
        try:
            tree = orjson.loads(mended)
        except orjson.JSONDecodeError as error:
            return _lines(text, error)
        doubts.append("posture.feed.mended")
    taken = _tree(tree)
    taken.doubts.extend(doubts)
    return taken


def _lines(text: bytes, error: ValueError) -> Taken:
    """Read JSON Lines of one kind; what is cut is refused whole."""
    rows = [line for line in text.splitlines() if line.strip()]
    if len(rows) < 2 or not rows[0].rstrip().endswith(b"}"):
        raise InvalidInputError("posture.feed.cut", kind="JSON") from error
    try:
        return _many([orjson.loads(row) for row in rows])
    except orjson.JSONDecodeError as again:
        raise InvalidInputError("posture.feed.cut", kind="JSON") from again


def _tree(tree: Any) -> Taken:
    if isinstance(tree, list):
        return _many(tree)
    if jvn.is_oka(tree) and (makers := vendors.vendors_of(tree)):
        return Taken(
            kind=vendors.KIND, dated=_oka_dated(tree), facts=list(vendors.read_tree(makers))
        )
    if jvn.is_oka(tree):
        dated = _oka_dated(tree)
        return Taken(kind="jvn", dated=dated, advisories=list(jvn.read_oka(tree)))
    if csaf.is_csaf(tree):
        return Taken(kind="csaf", advisories=[csaf.read(tree)])
    if lists.is_kev(tree):
        both = list(lists.read_kev(tree))
        dated = instant(tree.get("dateReleased"))
        return Taken(
            kind="kev", dated=dated, advisories=[a for a, _ in both], facts=[f for _, f in both]
        )
    if lists.is_nvd(tree):
        dated = instant(tree.get("timestamp"))
        return Taken(kind="nvd", dated=dated, advisories=list(lists.read_nvd(tree)))
    if lists.is_cve(tree):
        return Taken(kind="cve", advisories=[lists.read_cve(tree)])
    if lists.is_msrc(tree):
        return Taken(kind="msrc", advisories=list(lists.read_msrc(tree)))
    if lists.is_endoflife(tree):
        dated = instant(tree.get("generated_at"))
        return Taken(kind="endoflife", dated=dated, facts=list(lists.read_endoflife(tree)))
    if osv.is_osv(tree):
        return Taken(kind="osv", advisories=[osv.read(tree)])
    if isinstance(tree, dict) and "document" in tree:
        raise InvalidInputError("posture.csaf.missing", field="csaf_version")
    raise InvalidInputError("posture.feed.not_known")


def _many(trees: Iterable[Any]) -> Taken:
    made: Taken | None = None
    for tree in trees:
        one = _tree(tree) if not isinstance(tree, list) else None
        if one is None or (made is not None and made.kind != one.kind):
            raise InvalidInputError("posture.feed.not_known")
        if made is None:
            made = one
        else:
            made.advisories += one.advisories
            made.facts += one.facts
    if made is None:
        raise InvalidInputError("posture.feed.empty")
    return made


def _oka_dated(tree: Mapping[str, Any]) -> dt.datetime | None:
    for name in ("feed", "jvn_extension", "jvn-product-dictionary"):
        part = tree.get(name)
        if isinstance(part, dict):
            generator = part.get("generator")
            return instant(generator.get("date")) if isinstance(generator, dict) else None
    return None


def _markup(text: bytes) -> Taken:
    if jpcert.is_alert(text):
        return Taken(kind="jpcert", advisories=[jpcert.read(text)])
    head = text[:65536]
    if (
        b"<!DOCTYPE" in head.upper().replace(b"<!doctype", b"<!DOCTYPE")
        and b"<html" not in head.lower()
    ):
        raise InvalidInputError("posture.feed.entities")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise InvalidInputError("posture.feed.cut", kind="XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidInputError("posture.feed.entities")
    if root.tag == "{http://jvn.jp/vuldef/}VULDEF-Document":
        return Taken(kind="jvn", dated=_modified(root), advisories=list(jvn.read_details(root)))
    if (
        root.tag == "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
        and b"jvn.jp/rss/mod_sec" in head
    ):
        return Taken(kind="jvn", dated=_modified(root), advisories=list(jvn.read_list(root)))
    if vendors.is_list(root):
        return Taken(kind=vendors.KIND, facts=list(vendors.read_list(root)))
    raise InvalidInputError("posture.feed.not_known")


def _modified(root: etree._Element) -> dt.datetime | None:
    channel = root.find("{http://purl.org/rss/1.0/}channel")
    if channel is None:
        return None
    return instant(channel.findtext("{http://purl.org/dc/terms/}modified"))


class _Loader(yaml.CSafeLoader):
    """Times and numbers stay text, as in JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, form)
        for tag, form in pairs
        if tag in {"tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"}
    ]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _yaml(text: bytes) -> Taken:
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, _Loader)):
            raise InvalidInputError("posture.feed.entities")  # an alias is a bomb's only tool
        tree = yaml.load(text, _Loader)  # noqa: S506 (a subclass of the safe loader)
    except yaml.YAMLError as error:
        raise InvalidInputError("posture.feed.cut", kind="YAML") from error
    if not osv.is_osv(tree):
        raise InvalidInputError("posture.feed.not_known")
    return Taken(kind="osv", advisories=[osv.read(tree)])
