"""The certificates by which browsers know this machine: taken, made, kept, and their end.

Two ways: a certificate that the institution's own authority (AD CS) issued is taken after
every mistake that would make a browser complain was looked for; or a small authority is
made that can vouch for this institution's host names alone and whose key never stays here.
"""

from sekisho.app.certificates.attention import DAYS, certificate_findings, ends
from sekisho.app.certificates.check import check, names_of
from sekisho.app.certificates.keep import AUTHORITY, CHAIN, FOLDER, KEY, keep, keep_machine
from sekisho.app.certificates.make import FILE as AUTHORITY_FILE
from sekisho.app.certificates.make import MACHINES as MACHINES_FILE
from sekisho.app.certificates.make import Authority, make_authority, open_authority
from sekisho.app.certificates.read import Bundle, read_bundle
from sekisho.app.certificates.steps import steps, trust_page

__all__ = [
    "AUTHORITY",
    "AUTHORITY_FILE",
    "CHAIN",
    "DAYS",
    "FOLDER",
    "KEY",
    "MACHINES_FILE",
    "Authority",
    "Bundle",
    "certificate_findings",
    "check",
    "ends",
    "keep",
    "keep_machine",
    "make_authority",
    "names_of",
    "open_authority",
    "read_bundle",
    "steps",
    "trust_page",
]
