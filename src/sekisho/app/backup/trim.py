"""Cuts the tree's tiles back to what a checkpoint covers.

Tiles are copied last, so a backup taken under load holds a little more of the tree
than its checkpoint. The restored log goes on with records of its own, and tiles
that tell of others would contradict them. The layout is C2SP tlog-tiles
(docs/formats/ledger.md).
"""

from __future__ import annotations

import re
from pathlib import Path

from sekisho.storage import write_durably

_WIDTH = 256
_HASH = 32
_ENTRY = 34
_TILE = re.compile(r"(\d+|entries)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?")


def size_of(checkpoint: str) -> int:
    """Return the number of records that `checkpoint` covers."""
    return int(checkpoint.splitlines()[1])


def trim(ledger: Path, size: int) -> None:
    """Cut the tiles below `ledger` to a tree of `size`; what they keep is unchanged.

    What witnesses cosigned, an authority stamped and the history keeps of a larger tree goes
    too: the restored log never was that large, and the witness itself remembers.
    """
    for path in [
        *(ledger / "witness").glob("*"),
        *(ledger / "history").glob("*"),
        *(ledger / "timestamp").glob("*.checkpoint"),
    ]:
        if size_of(path.read_text("utf-8", "replace")) > size:
            path.with_suffix(".tsr").unlink(missing_ok=True)
            path.unlink()
    top = ledger / "tile"
    for path in [each for each in top.rglob("*") if each.is_file()]:
        found = _TILE.fullmatch(path.relative_to(top).as_posix())
        if found is None:
            path.unlink()
            continue
        entries = found[1] == "entries"
        wide = size if entries else size // _WIDTH ** int(found[1])
        number = int(found[2].replace("/x", "").replace("/", "").replace("x", ""))
        want = min(_WIDTH, wide - number * _WIDTH)
        have = int(found[3] or _WIDTH)
        if have == want:
            continue
        if 0 < want < have:
            whole = path.with_name(path.name + ".p") if found[3] is None else path.parent
            whole.mkdir(mode=0o700, exist_ok=True)
            unit = _ENTRY if entries else _HASH
            write_durably(whole / str(want), path.read_bytes()[: want * unit])
        path.unlink()
