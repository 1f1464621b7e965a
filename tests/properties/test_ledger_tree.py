"""The incremental tree is the naive one of RFC 6962, for any number of leaves."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.ledger.tiles import ENTRIES, Tiles, Writer, unbundle
from sekisho.ledger.tree import (
    Tree,
    consistency,
    consistent,
    included,
    inclusion,
    leaf_hash,
    root_at,
)
from sekisho.ledger.verify import blocks


def naive(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962 section 2.1 defines it, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:half]) + naive(leaves[half:])).digest()


def entries(count: int) -> list[bytes]:
    """Return `count` different commitments."""
    return [hashlib.sha256(b"%d" % number).digest() for number in range(count)]


@given(st.integers(0, 1100))
@settings(max_examples=60, deadline=None)
def test_tree_is_the_naive_tree(count: int) -> None:
    """The root of any number of entries is the root that the definition gives."""
    leaves = entries(count)
    tree = Tree()
    tree.extend(leaves)
    assert tree.root() == naive(leaves)
    row = [leaf_hash(leaf) for leaf in leaves]
    whole = [blocks.fold(row[at : at + 256]) for at in range(0, count - 255, 256)]
    with TemporaryDirectory() as folder:
        rows, _ = blocks.upper(Path(folder), whole)
    assert blocks.root_at(count, rows, row[count // 256 * 256 :]) == tree.root()


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.data())
@settings(max_examples=40, deadline=None)
def test_proofs_from_tiles(steps: list[int], data: st.DataObject) -> None:
    """Proofs read from the tile files of any size hold, and fail once a byte of them changes."""
    total = sum(steps)
    leaves = entries(total)
    with TemporaryDirectory() as name:
        folder = Path(name)
        writer = Writer(folder, Tree(), [])
        sizes = []
        for step in steps:
            writer.extend(leaves[writer.tree.size : writer.tree.size + step])
            writer.write()
            sizes.append(writer.tree.size)
        tiles = Tiles(folder)
        size = data.draw(st.sampled_from(sizes))
        root = naive(leaves[:size])
        assert tiles.load(size).root() == root
        node = tiles.node(size)
        assert root_at(size, node) == root
        index = data.draw(st.integers(0, size - 1))
        path = inclusion(index, size, node)
        assert included(index, size, leaf_hash(leaves[index]), path, root)
        bundle = unbundle(tiles.read(ENTRIES, index // 256, min(256, size - index // 256 * 256)))
        assert bundle[index % 256] == leaves[index]
        old = data.draw(st.integers(1, size))
        before = naive(leaves[:old])
        proof = consistency(old, size, node)
        assert consistent(old, size, before, root, proof)
        if path:
            assert not included(index, size, leaf_hash(leaves[index]), turned(path, data), root)
        if proof:
            assert not consistent(old, size, before, root, turned(proof, data))


def turned(steps: list[bytes], data: st.DataObject) -> list[bytes]:
    """Return a proof with one bit turned."""
    at = data.draw(st.integers(0, len(steps) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = bytearray(steps[at])
    changed[bit // 8] ^= 1 << bit % 8
    return [*steps[:at], bytes(changed), *steps[at + 1 :]]
