"""Time stamps (RFC 3161): an authority's word on when a checkpoint existed.

Kept as ``ledger/timestamp/<day>.checkpoint`` and ``<day>.tsr``; ``openssl ts -verify`` reads both.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

import aiohttp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from sekisho.errors import UnavailableError
from sekisho.ledger import Checkpoint
from sekisho.storage import write_durably
from sekisho.witness.config import Authority

_LONGEST = 256 * 1024
FOLDER = "timestamp"


def stamp(
    authority: Authority,
    data: Path,
    checkpoint: Checkpoint,
    day: dt.date,
    *,
    seconds: float = 20.0,
) -> dt.datetime:
    """Have `checkpoint` stamped, keep the stamp under `day`, and return the authority's time (UTC).

    Raises:
        UnavailableError: The authority does not answer, or its answer does not hold.
    """
    text = checkpoint.text.encode()
    try:
        known = x509.load_pem_x509_certificates(authority.ca.read_bytes())
        # Where the authority's own certificate is known its answers need not bring it.
        bring = not any(_stamps(each) for each in known)
        builder = TimestampRequestBuilder(text, HashAlgorithm.SHA256, cert_req=bring)
        request = builder.build()
        reply = asyncio.run(_post(authority.url, request.as_bytes(), seconds))
        at = _judge(known, request, reply, text)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        why = str(error) or type(error).__name__
        raise UnavailableError("witness.stamp_unavailable", why=why) from error
    except (VerificationError, ValueError) as error:
        raise UnavailableError("witness.stamp_wrong", why=str(error)) from error
    folder = data / "ledger" / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    # The checkpoint first: a stamp without it would be a fault, it alone means nothing.
    write_durably(folder / f"{day}.checkpoint", text)
    write_durably(folder / f"{day}.tsr", reply)
    return at


def _judge(
    known: Sequence[x509.Certificate], request: TimeStampRequest, reply: bytes, text: bytes
) -> dt.datetime:
    roots = [each for each in known if each.issuer == each.subject]
    links = [each for each in known if each.issuer != each.subject]
    response = decode_timestamp_response(reply)
    signers = {(one.issuer, one.serial_number) for one in response.signed_data.signer_infos}
    own = None
    if not response.signed_data.certificates:
        own = next((one for one in links if (one.issuer, one.serial_number) in signers), None)
    judge = VerifierBuilder(
        tsa_certificate=own, roots=roots, intermediates=links, nonce=request.nonce
    ).build()
    judge.verify_message(response, text)
    return response.tst_info.gen_time


def _stamps(certificate: x509.Certificate) -> bool:
    """Whether it is the certificate of an authority itself (RFC 3161, 2.3)."""
    try:
        use = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in use


async def _post(url: str, request: bytes, seconds: float) -> bytes:
    timeout = aiohttp.ClientTimeout(total=seconds)
    kind = {"Content-Type": "application/timestamp-query"}
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(url, data=request, headers=kind, allow_redirects=False) as answer,
    ):
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"HTTP {answer.status}")
        return await answer.content.read(_LONGEST)
