"""What people type, as it is kept: no letter that no database keeps and no page shows."""

from __future__ import annotations


def line(text: str) -> str:
    """Return `text` as one line without controls, marks of direction and halves of letters."""
    return "".join(one for one in " ".join(text.split()) if one.isprintable()).strip()


def lines(text: str) -> str:
    """Return `text` line by line, each as `line` gives it."""
    return "\n".join(map(line, text.strip().splitlines()))
