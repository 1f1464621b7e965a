"""Time stamps (RFC 3161) of earlier checkpoints: each must hold, and stand in the log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.ledger.verify.signed import BadNoteError, Key, Signed, read_checkpoint

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

FOLDER = "timestamp"


class BadStampError(Exception):
    """A time stamp that does not hold: the message id, and the file below ``ledger/``."""

    def __init__(self, message: str, file: str, why: str = "") -> None:
        super().__init__(message)
        self.file = file
        self.why = why


def count_stamps(folder: Path) -> int:
    """Return how many time stamps lie below ``ledger/``."""
    return len(list((folder / FOLDER).glob("*.tsr")))


def read_authority(path: Path) -> list[Certificate]:
    """Return the authority's certificates (PEM) in `path`.

    Raises:
        ValueError: There are none, or none that signs itself and so can be trusted.
        OSError: The file cannot be read.
    """
    from cryptography import x509  # noqa: PLC0415 (only where stamps are checked)

    found = x509.load_pem_x509_certificates(path.read_bytes())
    if not any(each.issuer == each.subject for each in found):
        raise ValueError("no root")
    return found


def _judge(authority: list[Certificate], response: TimeStampResponse, text: bytes) -> None:
    """Ask whether a stamp of `text` holds.

    Certificates that sign themselves are trusted; others are links between, or the one of
    the authority itself, which an answer may leave out.
    """
    from rfc3161_client import VerifierBuilder  # noqa: PLC0415 (only where stamps are checked)

    roots = [each for each in authority if each.issuer == each.subject]
    others = [each for each in authority if each.issuer != each.subject]
    signers = {(one.issuer, one.serial_number) for one in response.signed_data.signer_infos}
    own = None
    if not response.signed_data.certificates:
        own = next((one for one in others if (one.issuer, one.serial_number) in signers), None)
    judge = VerifierBuilder(tsa_certificate=own, roots=roots, intermediates=others).build()
    judge.verify_message(response, text)


def read_stamps(
    folder: Path, authority: list[Certificate], keys: Sequence[Key]
) -> list[tuple[str, Signed]]:
    """Return every stamped checkpoint with its time, by file.

    Raises:
        BadStampError: One does not hold, or its checkpoint is not there or not the log's.
    """
    from rfc3161_client import (  # noqa: PLC0415 (only where stamps are checked)
        VerificationError,
        decode_timestamp_response,
    )

    stamps = []
    for path in sorted((folder / FOLDER).glob("*.tsr")):
        file = str(path.relative_to(folder))
        note = path.with_suffix(".checkpoint")
        try:
            text = note.read_bytes()
            response = decode_timestamp_response(path.read_bytes())
            _judge(authority, response, text)
            at = response.tst_info.gen_time
        except FileNotFoundError as error:
            raise BadStampError("ledger.verify.stamp_missing", file) from error
        except (VerificationError, ValueError) as error:
            raise BadStampError("ledger.verify.stamp_wrong", file, str(error)) from error
        try:
            signed = read_checkpoint(text, keys)
        except BadNoteError as error:
            name = str(note.relative_to(folder))
            raise BadStampError("ledger.verify.stamp_wrong", name, "checkpoint") from error
        stamps.append((file, Signed(signed.origin, signed.size, signed.root, at)))
    return stamps
