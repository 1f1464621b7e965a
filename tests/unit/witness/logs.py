"""A log without records: entries, checkpoints and proofs of any size, in as many pasts as wanted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sekisho.ledger.note import Signer, b64, generate
from sekisho.ledger.tree import Tree, consistency, fold, leaf_hash

ORIGIN = "hospital.example/sekisho"


@dataclass(frozen=True)
class Past:
    """One past of a log: `seed` says which, `fork` from which entry on it is its own."""

    signer: Signer
    seed: int = 0
    fork: int = 0

    def entry(self, number: int) -> bytes:
        """Return entry `number`."""
        own = self.seed if number >= self.fork else 0
        return hashlib.sha256(b"%d %d" % (own, number)).digest()

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` entries."""
        tree = Tree()
        tree.extend(self.entry(number) for number in range(size))
        return tree.root()

    def proof(self, old: int, new: int) -> list[bytes]:
        """Return the consistency proof between two sizes."""
        leaves = [leaf_hash(self.entry(number)) for number in range(new)]

        def node(level: int, index: int) -> bytes:
            return fold(leaves[index << level : (index + 1) << level])

        return consistency(old, new, node) if 0 < old < new else []

    def checkpoint(self, size: int) -> str:
        """Return the signed checkpoint of `size`."""
        return self.signer.checkpoint(size, self.root(size)).text

    def request(self, old: int, size: int) -> bytes:
        """Return a right request to cosign `size` after `old`."""
        lines = [f"old {old}", *(b64(step) for step in self.proof(old, size))]
        return ("\n".join(lines) + "\n\n" + self.checkpoint(size)).encode()


def new_log() -> Past:
    """Return a log with a key of its own."""
    secret, _ = generate(ORIGIN)
    return Past(Signer(secret))
