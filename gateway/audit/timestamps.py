"""Time stamps (RFC 3161): what an authority said of a message, and when. Needs the extra ``timestamps``."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

INSTALL = "rfc3161-client is not installed; it comes with the extra `timestamps`"


class StampError(ValueError):
    """A time stamp that is refused, malformed, about something else, or by somebody else."""


def request_for(message: bytes) -> bytes:
    """A request to stamp the SHA-256 of *message*, with a nonce. Raises StampError."""
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
    except ImportError as error:
        raise StampError(INSTALL) from error
    builder = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()


def stamped_at(response: bytes, message: bytes, roots: Sequence[bytes]) -> int:
    """When *message* was stamped: seconds since the Unix epoch.

    Args:
        response: the authority's answer, DER.
        message: what was stamped.
        roots: certificates (PEM) to which the authority's must lead; without any, only what the
            answer says is compared, and not by whom.

    Raises:
        StampError: it proves nothing about the message.
    """
    try:
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError as error:
        raise StampError(INSTALL) from error
    try:
        decoded = decode_timestamp_response(response)
        info = decoded.tst_info
    except (ValueError, RuntimeError) as error:
        raise StampError(f"not a granted time stamp: {error}") from error
    if info.message_imprint.message != hashlib.sha256(message).digest():
        raise StampError("it is about something else")
    if roots:
        verifier = VerifierBuilder(roots=_certificates(roots)).build()
        try:
            verifier.verify_message(decoded, message)
        except VerificationError as error:
            raise StampError(f"not by a trusted authority: {error}") from error
    return int(info.gen_time.timestamp())


def _certificates(roots: Sequence[bytes]) -> "list[Certificate]":
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return [found for pem in roots for found in load_pem_x509_certificates(pem)]
    except ValueError as error:
        raise StampError(f"not a certificate: {error}") from error
