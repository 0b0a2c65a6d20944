"""Credentials in the query string, where Google's APIs allow them, do not stay there.

An address is logged by whatever it passes and repeated in error messages; a header field is not. So the
key becomes the field that says the same, and from there on counts like any other credential.
"""

from collections.abc import Sequence
from urllib.parse import unquote_plus

Headers = Sequence[tuple[bytes, bytes]]

# https://cloud.google.com/apis/docs/system-parameters
_FIELDS = {
    "key": (b"x-goog-api-key", b""),
    "access_token": (b"authorization", b"Bearer "),
    "oauth_token": (b"authorization", b"Bearer "),
}


def without_credentials(query: bytes, headers: Headers) -> tuple[bytes, Headers]:
    """The query string without credentials, and the headers with them; a field that is there already
    stays as it is."""
    if not query:
        return query, headers
    kept: list[bytes] = []
    moved: dict[bytes, bytes] = {}
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        spelled = unquote_plus(name.decode("latin-1")).removeprefix("$")
        if spelled not in _FIELDS:
            kept.append(pair)
            continue
        field, scheme = _FIELDS[spelled]
        moved.setdefault(field, scheme + unquote_plus(value.decode("latin-1")).encode())
    if not moved:
        return query, headers
    there = {name for name, _ in headers}
    added = [(name, value) for name, value in moved.items() if name not in there]
    return b"&".join(kept), [*headers, *added]
