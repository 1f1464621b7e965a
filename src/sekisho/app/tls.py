"""TLS as the console and the gate speak it: the types of CRYPTREC's guideline as two profiles.

CRYPTREC TLS暗号設定ガイドライン (IPA): 推奨セキュリティ型 and 高セキュリティ型. KNOWN: the
lists here were chosen from what is recalled of edition 3 (3.0.1 and 3.1.0) and have not
been compared with its text; they are narrower than it in every respect (TLS 1.2 and 1.3,
ephemeral keys, authenticated encryption only), so nothing of an exception type is in them.
"""

from __future__ import annotations

import ssl
from enum import StrEnum
from pathlib import Path

EDITION = "CRYPTREC TLS暗号設定ガイドライン 3.0.1 / 3.1.0"
VERIFIED = False
"""Whether the lists were compared with the text of `EDITION`."""

TLS13 = ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256")
"""What OpenSSL offers for TLS 1.3; Python 3.11 cannot choose among them."""
CURVES = ("X25519", "prime256v1", "secp384r1", "secp521r1", "X448")
"""What OpenSSL 3 offers by itself: all of 128 bits and more; Python 3.11 can only take one."""


class Profile(StrEnum):
    """Which type of the guideline."""

    RECOMMENDED = "recommended"
    HIGH = "high"


_HIGH = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
CIPHERS: dict[Profile, tuple[str, ...]] = {
    Profile.HIGH: _HIGH,
    Profile.RECOMMENDED: (
        *_HIGH,
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
    ),
}
"""For TLS 1.2, by OpenSSL's names, best first."""


def context(
    certificate: Path, private_key: Path, profile: Profile = Profile.RECOMMENDED
) -> ssl.SSLContext:
    """Return a server's context that speaks `profile` with this certificate.

    No client certificate is asked for; where one is, set `verify_mode` and its authorities.

    Raises:
        OSError: A file is unreadable, or key and certificate do not belong together (ssl.SSLError).
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(":".join(CIPHERS[profile]))
    made.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION
    made.options |= ssl.OP_NO_COMPRESSION
    made.load_cert_chain(certificate, private_key)
    return made
