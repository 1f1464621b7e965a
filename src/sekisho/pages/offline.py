"""Pages that leave the house: one file each, that asks for nothing but itself.

Style and script stand in the page, and its policy lets run those alone, by their hashes.
`core.js` is the part of the outsiders' verifier (packaging/verifier/verify.html) that reads
keys, notes, proofs and records; a test holds the two together.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from sekisho.pages.environment import FOLDER, render

OWN = FOLDER / "folder"


def offline(
    template: str, *, language: str, words: Mapping[str, str] | None = None, **context: Any
) -> str:
    """Return a page with its style, and with `words` the verifier of a folder, which says them."""
    style = (OWN / "folder.css").read_text("utf-8")
    code = ""
    script = ""
    if words is not None:
        parts = ("core.js", "folder.js")
        body = "".join((OWN / name).read_text("utf-8") for name in parts)
        code = f'"use strict";\n{body}'
        script = f'<script type="application/json" id="words">{htmlsafe_json_dumps(dict(words))}</script>\n<script>{code}</script>'  # fmt: skip
    runs = f"script-src 'sha256-{_hash(code)}'; " if script else ""
    policy = (
        f"default-src 'none'; {runs}style-src 'sha256-{_hash(style)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    return render(
        template,
        language=language,
        policy=policy,
        style=Markup(f"<style>{style}</style>"),  # noqa: S704 (a file of ours)
        script=Markup(script),  # noqa: S704 (same)
        **context,
    )


def shell() -> bytes:
    """Return the script that verifies a folder with openssl alone."""
    return (OWN / "verify.sh").read_bytes()


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
