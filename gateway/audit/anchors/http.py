"""One POST, as anchors need it: small, with a time-out, and to the address that was asked for only.

The proxy that the environment names (``HTTPS_PROXY``, ``NO_PROXY``) is used.
"""

import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple

from gateway.audit.anchors.anchor import AnchorFault

PATIENCE = 10.0
"""Seconds of silence after which a server counts as gone."""

_LIMIT = 64 * 1024


class Answer(NamedTuple):
    """What a server said."""

    status: int
    body: bytes
    kind: str
    """Its media type."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(self, *_: object) -> None:
        return None


def post(url: str, body: bytes, kind: str) -> Answer:
    """Send *body*; error statuses are answers too. Raises AnchorFault when there is none."""
    if not url.startswith(("http://", "https://")):
        raise AnchorFault(f"{url}: only http and https")
    request = urllib.request.Request(url, body, {"Content-Type": kind}, method="POST")  # noqa: S310
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=PATIENCE) as response:
            return _answer(response.status, response)
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error)
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise AnchorFault(f"{url}: {reason}") from error


def _answer(status: int, response: HTTPResponse | urllib.error.HTTPError) -> Answer:
    body = response.read(_LIMIT + 1)
    if len(body) > _LIMIT:
        raise AnchorFault("the answer is longer than 64 KiB")
    return Answer(status, body, response.headers.get_content_type())
