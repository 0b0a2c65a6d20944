"""The bytes of a request head. What is the same for every request to an upstream is joined once."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers import credentials
from gateway.providers.client import Headers, UpstreamRequest
from gateway.providers.headers import HOP_BY_HOP, Field
from gateway.providers.upstream import Upstream

# RFC 9112 section 3.2.1: origin-form. Anything else would be changed on the way, or read differently.
_PATH = re.compile(r"/[!-\"$-~]*")
# HEAD and CONNECT would change where the answer ends (RFC 9112 section 6.3); no endpoint uses them.
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# RFC 9110 sections 5.6.2 and 5.5: what is left after these are deleted may not be sent.
_TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE = bytes({9, *range(0x20, 0x7F), *range(0x80, 0x100)})
# These say where a message ends or what the connection does: only this module may write them.
_OURS = HOP_BY_HOP | {b"content-length", b"expect"}
_SAFE_IN_PATH = "/%:@!$&'()*+,;=~-._"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """RFC 9110 section 4.3.1: connections are shared within one, never between two."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The Host field (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Target:
    """An upstream, made ready for writing requests to it.

    Raises:
        UpstreamError: its ``base_url`` names no address.
    """

    __slots__ = ("_defaults", "_fixed", "_path", "_replaced", "origin", "upstream")

    def __init__(self, upstream: Upstream) -> None:
        url = urlsplit(upstream.base_url)
        self.upstream = upstream
        self.origin = _origin(url, upstream.name)
        self._path = quote(url.path.rstrip("/"), safe=_SAFE_IN_PATH)
        self._defaults = credentials.defaults(upstream)
        fixed = [field for field in credentials.fixed_fields(upstream) if field[0] not in _OURS]
        if not any(name == b"host" for name, _ in fixed):
            fixed.insert(0, (b"host", self.origin.authority.encode()))
        self._fixed = _lines(fixed)
        self._replaced = credentials.replaced_names(upstream) | _OURS | {b"host"}

    def head(self, request: UpstreamRequest) -> bytes:
        """Everything before the body.

        Raises:
            CallerError: a path or a field that could not be sent as it is.
        """
        if request.method not in _METHODS or not _PATH.fullmatch(request.path):
            raise CallerError(400, "invalid_path", "The request path is not a valid request target.")
        start = f"{request.method} {self._path}{request.path} HTTP/1.1\r\n".encode()
        return b"".join((start, self._fixed, _lines(self._fields(request.headers)), _length(request)))

    def _fields(self, headers: Headers) -> list[Field]:
        replaced = self._replaced
        fields = [field for field in headers if field[0] not in replaced]
        for default in self._defaults:
            if all(default[0] != name for name, _ in fields):
                fields.append(default)
        return fields


def _lines(fields: Sequence[Field]) -> bytes:
    """Field lines. Nothing in them can end a line early (RFC 9110 section 5.5).

    They are looked at all together, which takes a third of the time.
    """
    if not fields:
        return b""
    names, values = zip(*fields, strict=True)
    text = b"".join(values)
    if b"" in names or b"".join(names).translate(None, _TOKEN) or text.translate(None, _VALUE):
        raise CallerError(400, "invalid_header", "A header has a forbidden character.")
    if not text.isascii():
        _refuse_other_encodings(values)
    return b"\r\n".join(map(b": ".join, fields)) + b"\r\n"


def _refuse_other_encodings(values: Iterable[bytes]) -> None:
    try:
        for value in values:
            value.decode()
    except UnicodeDecodeError:
        raise CallerError(400, "invalid_header", "A header value is not valid UTF-8.") from None


def _length(request: UpstreamRequest) -> bytes:
    """RFC 9110 section 8.6: also a length of 0, unless the method expects no body."""
    if not request.body and request.method == "GET":
        return b"\r\n"
    return b"content-length: %d\r\n\r\n" % len(request.body)


def _origin(url: SplitResult, upstream: str) -> Origin:
    try:
        host = (url.hostname or "").encode("idna").decode()
        port = url.port or _PORTS[url.scheme]
    except ValueError as error:  # a UnicodeError is one
        raise _no_address(upstream) from error
    if not host or host.encode().translate(None, _VALUE):
        raise _no_address(upstream)
    return Origin(url.scheme, host, port)


def _no_address(upstream: str) -> UpstreamError:
    return UpstreamError("unreachable", "The upstream's base_url has no valid address.", upstream=upstream)
