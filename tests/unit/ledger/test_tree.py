"""The tree is that of RFC 6962."""

from __future__ import annotations

import hashlib

import pytest

from sekisho.ledger.tiles import tile_path, widths
from sekisho.ledger.tree import (
    EMPTY,
    Tree,
    consistency,
    consistent,
    fold,
    included,
    inclusion,
    leaf_hash,
    powers,
    root_at,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def node(level: int, index: int) -> bytes:
    """Return a node over the known leaves."""
    width = 1 << level
    return fold([leaf_hash(leaf) for leaf in LEAVES[index * width : (index + 1) * width]])


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    """The tree gives the roots that Certificate Transparency published for its test leaves."""
    tree = Tree()
    tree.extend(LEAVES[:size])
    assert tree.root().hex() == ROOTS[size]
    assert root_at(size, node).hex() == ROOTS[size]


def test_empty_root_is_that_of_nothing() -> None:
    """The root of the empty tree is SHA-256 of the empty string."""
    assert hashlib.sha256(b"").digest() == EMPTY == Tree().root()


@pytest.mark.parametrize("size", range(1, 9))
def test_every_inclusion_proof_holds_and_no_other(size: int) -> None:
    """Each leaf's proof holds for its own index and fails for any other, shortened or lengthened."""
    root = bytes.fromhex(ROOTS[size])
    for index in range(size):
        leaf = leaf_hash(LEAVES[index])
        path = inclusion(index, size, node)
        assert included(index, size, leaf, path, root)
        assert not included(index, size, leaf_hash(b"other"), path, root)
        assert not included(index, size, leaf, [*path, root], root)
        assert not path or not included(index, size, leaf, path[:-1], root)
        assert not included(index, size, leaf, path, EMPTY)
        for other in range(size):
            assert other == index or not included(other, size, leaf, path, root)
    assert not included(size, size, leaf_hash(b""), [], root)
    assert not included(-1, size, leaf_hash(b""), [], root)


@pytest.mark.parametrize("new", range(1, 9))
def test_every_consistency_proof_holds_and_no_other(new: int) -> None:
    """Each older tree is shown to be continued; an altered root or proof is not."""
    after = bytes.fromhex(ROOTS[new])
    for old in range(1, new + 1):
        before = bytes.fromhex(ROOTS[old])
        path = consistency(old, new, node)
        assert consistent(old, new, before, after, path)
        assert not consistent(old, new, EMPTY, after, path)
        assert not consistent(old, new, before, EMPTY, path)
        assert not consistent(old, new, before, after, [*path, EMPTY])
        if old < new:
            assert not consistent(old, new, before, after, path[:-1])
            assert not consistent(new, old, after, before, path)
    assert not consistent(0, new, EMPTY, after, [])


def test_filled_tiles_are_handed_out_once() -> None:
    """A tree of 70,000 fills 273 tiles of level 0 and one of level 1, as the specification counts."""
    tree = Tree()
    tree.extend(b"%d" % number for number in range(70_000))
    levels = [level for level, _, _ in tree.filled]
    assert (levels.count(0), levels.count(1), levels.count(2)) == (273, 1, 0)
    assert [number for level, number, _ in tree.filled if level == 0] == list(range(273))
    assert {len(data) for _, _, data in tree.filled} == {8192}
    assert widths(70_000) == [(273, 112), (1, 17), (0, 1)]
    assert [len(row) for row in tree.edge] == [112, 17, 1]


def test_tile_paths() -> None:
    """Tile numbers become paths as the specification writes them."""
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path("entries", 0, 7) == "tile/entries/000.p/7"
    assert tile_path(1, 1000) == "tile/1/x001/000"


def test_powers_cut_from_the_left() -> None:
    """A count is cut into powers of two, greatest first."""
    assert powers(11) == [(0, 8), (8, 2), (10, 1)]
    assert powers(0) == []
