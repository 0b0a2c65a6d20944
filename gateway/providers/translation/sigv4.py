"""AWS's Signature Version 4, for requests without a query string.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from gateway.providers.upstream import AwsCredentials

Field = tuple[bytes, bytes]

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What is signed of a request."""

    method: str
    path: str
    """As it will be sent."""

    fields: Sequence[Field]
    """Lower-case names, each once; ``host`` must be among them."""

    body: bytes


def signed(request: Unsigned, credentials: AwsCredentials, service: str, *, now: datetime) -> list[Field]:
    """The fields that make a signed request of it, beside its own."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    added = [(b"x-amz-date", stamp.encode())]
    if credentials.session_token:
        added.append((b"x-amz-security-token", credentials.session_token.encode()))
    fields = sorted([*request.fields, *added])
    names = ";".join(name.decode() for name, _ in fields)
    scope = f"{stamp[:8]}/{credentials.region}/{service}/aws4_request"
    digest = sha256(_canonical(request, fields, names).encode()).hexdigest()
    signature = _mac(_key(credentials, scope), f"{_ALGORITHM}\n{stamp}\n{scope}\n{digest}").hex()
    granted = f"Credential={credentials.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return [*added, (b"authorization", f"{_ALGORITHM} {granted}".encode())]


def _canonical(request: Unsigned, fields: Sequence[Field], names: str) -> str:
    """Every part of the path is encoded once more than it is in the request, as all services but S3 want."""
    lines = [f"{name.decode()}:{' '.join(value.decode('latin-1').split())}\n" for name, value in fields]
    digest = sha256(request.body).hexdigest()
    return "\n".join([request.method, quote(request.path, safe="/~"), "", "".join(lines), names, digest])


def _key(credentials: AwsCredentials, scope: str) -> bytes:
    key = b"AWS4" + credentials.secret_access_key.encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
