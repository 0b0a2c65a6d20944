"""One POST, as anchors need it: small, with a time-out, never redirected to another scheme."""

from typing import TYPE_CHECKING, NamedTuple

from gateway.audit.anchors.anchor import AnchorFault

if TYPE_CHECKING:
    from urllib.response import addinfourl

PATIENCE = 10.0
"""Seconds of silence after which a server counts as gone."""

_LIMIT = 64 * 1024


class Answer(NamedTuple):
    """What a server said."""

    status: int
    body: bytes
    kind: str
    """Its media type."""


def post(url: str, body: bytes, kind: str) -> Answer:
    """Send *body*; error statuses are answers too. Raises AnchorFault when there is none."""
    import urllib.error
    import urllib.request

    if not url.startswith(("http://", "https://")):
        raise AnchorFault(f"{url}: only http and https")
    request = urllib.request.Request(url, body, {"Content-Type": kind}, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
            return _answer(response.status, response)
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error)
    except (OSError, ValueError) as error:
        raise AnchorFault(f"{url}: {getattr(error, 'reason', None) or error}") from error


def _answer(status: int, response: "addinfourl") -> Answer:
    body = response.read(_LIMIT + 1)
    if len(body) > _LIMIT:
        raise AnchorFault("the answer is longer than 64 KiB")
    return Answer(status, body, response.headers.get_content_type())
