"""The way to trust, as a page for the people who administer the PCs, and one for each PC."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sekisho.app.certificates.read import Bundle
from sekisho.pages import words
from sekisho.pages.environment import render
from sekisho.storage import write_durably

STEPS = "steps.{language}.txt"
PAGE = "trust.{language}.html"
_OWN = ("what", "file", "gpo", "certutil", "firefox", "check", "undo", "renew", "key")
_FOREIGN = ("given", "check", "renew_given")


def steps(bundle: Bundle, origin: str, *, own: bool, language: str) -> str:
    """Return the steps as plain text: GPO, certutil, Firefox, how to check, how to undo.

    Args:
        bundle: What is kept.
        origin: Where the console answers.
        own: Whether the authority is Sekisho's own, so that no PC knows it yet.
        language: Of the sentences.
    """
    root = bundle.root
    args = {
        "origin": origin,
        "end": f"{bundle.chain[0].not_valid_after_utc:%Y-%m-%d}",
        "issuer": bundle.chain[-1].issuer.rfc4514_string(),
        "root_end": f"{root.not_valid_after_utc:%Y-%m-%d}" if root else "—",
        "fingerprint": fingerprint(root) if root else "—",
        "names": ", ".join(_permitted(root)) if own and root else "—",
    }
    lines = [words.say(language, "cert.steps.title"), ""]
    for number, part in enumerate(_OWN if own else _FOREIGN, start=1):
        lines += [f"{number}. {words.say(language, f'cert.steps.{part}', **args)}", ""]
    return "\n".join(lines)


def trust_page(origin: str, language: str) -> str:
    """Return a page that any PC may open from a shared folder: it says whether it trusts us.

    The browser itself tells: the page says no, and a style sheet that only a trusted
    connection to `origin` can bring turns it into yes. No script.
    """
    return render("trust.html", language=language, origin=origin)


def write(folder: Path, bundle: Bundle, origin: str, *, own: bool) -> None:
    """Write both pages in both languages into `folder`."""
    for language in words.LANGUAGES:
        text = steps(bundle, origin, own=own, language=language)
        # With a byte order mark, and ends of line as Windows' editor wants them.
        write_durably(
            folder / STEPS.format(language=language),
            text.replace("\n", "\r\n").encode("utf-8-sig"),
        )
        page = trust_page(origin, language).encode()
        write_durably(folder / PAGE.format(language=language), page)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-1 thumbprint as Windows shows it: for comparing by eye, not a proof."""
    digest = hashlib.sha1(certificate.public_bytes(Encoding.DER), usedforsecurity=False)
    return digest.hexdigest().upper()


def _permitted(root: x509.Certificate) -> list[str]:
    found = root.extensions.get_extension_for_class(x509.NameConstraints).value
    return [str(each.value) for each in found.permitted_subtrees or ()]
