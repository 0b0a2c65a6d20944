"""What makes two requests the same: everything that the upstream could tell apart, and which try it is.

The body is the one that leaves the gateway: what policy made of the caller's. So a changed policy is judged
on the recorded answers as long as it sends the model the same words, and finds none where it does not.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gateway.providers.client import UpstreamRequest
from gateway.providers.upstream import Upstream

EPOCH, ROLE, POLICY = b"x-eval-epoch", b"x-eval-role", b"x-eval-policy"
"""Headers by which a harness says which try this is (``1`` where it does not), who asks (``sut`` or
``judge``), and a digest of the policy where answers must not be shared between policies. None of them goes
on to the upstream."""

PREFIX = b"x-eval-"
MOST = 64

_SPOKEN_WITH = (b"anthropic-version", b"anthropic-beta", b"openai-beta")
"""Headers that change the meaning of a body."""


def key_of(upstream: Upstream, request: UpstreamRequest) -> str:
    """The SHA-256 of :func:`described`, in hexadecimal."""
    return hashlib.sha256(orjson.dumps(described(upstream, request), option=orjson.OPT_SORT_KEYS)).hexdigest()


def described(upstream: Upstream, request: UpstreamRequest) -> dict[str, Any]:
    """The request as the key sees it; no credential is in it."""
    said = {name: value.decode("latin-1") for name, value in request.headers}
    return {
        "version": 1,
        "upstream": upstream.name,
        "dialect": upstream.dialect,
        "method": request.method,
        "path": request.path,
        "headers": {name.decode(): said[name] for name in _SPOKEN_WITH if name in said},
        "body": _body(request.body),
        "role": _label(said, ROLE, "sut"),
        "epoch": _label(said, EPOCH, "1"),
        "policy": _label(said, POLICY, ""),
    }


def without_labels(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers that the upstream gets."""
    return [(name, value) for name, value in headers if not name.startswith(PREFIX)]


def _label(said: Mapping[bytes, str], name: bytes, otherwise: str) -> str:
    return said.get(name, otherwise)[:MOST]


def _body(body: bytes) -> object:
    """JSON as such, so that spelling does not matter; anything else by its digest."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return {"sha256": hashlib.sha256(body).hexdigest()}
