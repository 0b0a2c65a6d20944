"""Passthrough: the caller's bytes go out, the provider's bytes come back. aiohttp does the talking."""

import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from io import BytesIO
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers import credentials
from gateway.providers.client import ConnectTimeout, Headers, UpstreamRequest
from gateway.providers.decoding import Decoder, Undecodable, decoder_for
from gateway.providers.headers import end_to_end
from gateway.providers.upstream import Upstream

MAX_RESPONSE_BYTES = 64 * 1024 * 1024

# What aiohttp would add by itself; the caller's fields are complete.
_NO_AUTO_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# RFC 9112 section 3.2.1: origin-form. Anything else would be changed on the way, or read differently.
_PATH = re.compile(r"/[!-\"$-~]*")
# Above this size aiohttp wants a file, which it writes in pieces.
_LARGE_BODY = 1024 * 1024


class PassthroughClient:
    """One connection pool for every upstream. Create it, use it and close it in one event loop.

    ``limit`` bounds the open connections (0: none, the server's admission control is the bound);
    waiting for a free one counts as connecting. ``trust_env`` reads the proxy variables of the
    environment, once for each upstream. ``ssl_context`` replaces the system's trust anchors.
    """

    def __init__(
        self,
        *,
        limit: int = 0,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        trust_env: bool = False,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._limit = limit
        self._max_bytes = max_response_bytes
        self._trust_env = trust_env
        self._ssl = ssl_context
        self._session: aiohttp.ClientSession | None = None
        self._targets: dict[str, _Target] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def send(self, upstream: Upstream, request: UpstreamRequest) -> "PassthroughResponse":
        """Send once. Cancelling the caller's task cancels the request and closes its connection."""
        target = self._target(upstream)
        try:
            response = await self._opened().request(
                request.method,
                target.url(request.path),
                headers=target.headers(request.headers),
                data=_payload(request.body),
                allow_redirects=False,
                timeout=target.timeout,
                proxy=target.proxy,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _fault(error, upstream.name) from error
        except ValueError as error:  # RFC 9110 section 5.5: control characters in a field
            raise CallerError(400, "invalid_header", "A header has a forbidden character.") from error
        return _response(response, upstream.name, self._max_bytes)

    async def aclose(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._limit, ssl=self._ssl if self._ssl is not None else True
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_NO_AUTO_HEADERS,
                auto_decompress=False,
                max_line_size=65536,
                max_field_size=65536,
            )
        return self._session

    def _target(self, upstream: Upstream) -> "_Target":
        target = self._targets.get(upstream.name)
        if target is None or target.upstream is not upstream:
            target = self._targets[upstream.name] = _Target(upstream, trust_env=self._trust_env)
        return target


class _Target:
    """What is the same for every request to an upstream, worked out once."""

    __slots__ = ("_base", "_defaults", "_fixed", "_replaced", "proxy", "timeout", "upstream")

    def __init__(self, upstream: Upstream, *, trust_env: bool) -> None:
        self.upstream = upstream
        self.timeout = aiohttp.ClientTimeout(
            total=upstream.total_timeout_s or None,
            connect=upstream.connect_timeout_s,
            sock_connect=upstream.connect_timeout_s,
            sock_read=upstream.read_timeout_s,
        )
        self.proxy = _proxy_for(upstream.base_url) if trust_env else None
        self._base = upstream.base_url.rstrip("/")
        self._replaced = credentials.replaced_names(upstream)
        self._fixed = _text(credentials.fixed_fields(upstream))
        self._defaults = _text(credentials.defaults(upstream))

    def url(self, path: str) -> URL:
        """The path after the base, byte for byte. Since it begins with a slash, the host stays."""
        if not _PATH.fullmatch(path):
            raise CallerError(400, "invalid_path", "The request path is not a valid request target.")
        return URL(self._base + path, encoded=True)

    def headers(self, headers: Headers) -> CIMultiDict[str]:
        """The fields to send. Values are decoded so that aiohttp encodes them to the same bytes."""
        try:
            fields = [
                (name.decode(), value.decode()) for name, value in headers if name not in self._replaced
            ]
        except UnicodeDecodeError:
            raise CallerError(400, "invalid_header", "A header value is not valid UTF-8.") from None
        merged = CIMultiDict(fields)
        merged.extend(self._fixed)
        for name, value in self._defaults:
            merged.setdefault(name, value)
        return merged


class PassthroughResponse:
    """An answer as the provider sent it, less its hop-by-hop fields and any content coding."""

    __slots__ = ("_decoder", "_max_bytes", "_response", "attempts", "headers", "status", "upstream")

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        upstream: str,
        headers: Headers,
        decoder: Decoder | None,
        max_bytes: int,
    ) -> None:
        self.status: int = response.status
        self.headers: Headers = headers
        self.upstream: str = upstream
        self.attempts: int = 1
        self._response = response
        self._decoder = decoder
        self._max_bytes = max_bytes

    async def read(self) -> bytes:
        """The whole body, within the size bound."""
        parts: list[bytes] = []
        size = 0
        async with aclosing(self.chunks()) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._max_bytes:
                    raise UpstreamError("protocol", "The answer is too large.", upstream=self.upstream)
                parts.append(chunk)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The body as it comes from the network."""
        content, decoder = self._response.content, self._decoder
        try:
            while chunk := await content.readany():
                if decoder is None:
                    yield chunk
                else:
                    for piece in decoder.decode(chunk):
                        yield piece
            if decoder is not None:
                decoder.finish()
        except (aiohttp.ClientError, TimeoutError, OSError, Undecodable) as error:
            raise _fault(error, self.upstream, begun=True) from error
        finally:
            # After the last byte this does nothing; before it, whoever read has left or was cancelled.
            self._response.close()

    async def aclose(self) -> None:
        """A body that was not read to its end costs the connection, which stops the upstream's work."""
        self._response.close()


def _response(response: aiohttp.ClientResponse, upstream: str, max_bytes: int) -> PassthroughResponse:
    headers = end_to_end(response.raw_headers)
    try:
        decoder = decoder_for(b",".join(value for name, value in headers if name == b"content-encoding"))
    except Undecodable as error:
        response.close()
        raise _fault(error, upstream) from error
    if decoder is not None:
        headers = [field for field in headers if field[0] not in (b"content-encoding", b"content-length")]
    return PassthroughResponse(response, upstream, headers, decoder, max_bytes)


def _fault(error: Exception, upstream: str, *, begun: bool = False) -> UpstreamError:
    """Name the fault without the library's message, which may repeat what the upstream sent."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ConnectTimeout("The upstream did not accept a connection in time.", upstream=upstream)
    code, message = _explained(error, begun=begun)
    return UpstreamError(code, message, upstream=upstream)


def _explained(error: Exception, *, begun: bool) -> tuple[str, str]:
    match error:
        case TimeoutError():
            return "timeout", "The upstream did not answer in time."
        case aiohttp.ClientConnectorError():
            return "unreachable", "The upstream cannot be reached."
        case Undecodable():
            return "protocol", f"The upstream's answer cannot be decoded: {error}."
        case _ if begun:
            return "protocol", "The upstream's answer broke off."
        case aiohttp.ClientConnectionError() | OSError():
            return "unreachable", "The upstream closed the connection before it answered."
        case _:
            return "protocol", "The upstream's answer is not valid HTTP."


def _payload(body: bytes) -> bytes | BytesIO | None:
    if not body:
        return None
    return body if len(body) <= _LARGE_BODY else BytesIO(body)


def _text(fields: Headers) -> list[tuple[str, str]]:
    return [(name.decode(), value.decode()) for name, value in fields]


def _proxy_for(base_url: str) -> URL | None:
    """The environment's proxy for the upstream. aiohttp's own look-up would also read ``.netrc``."""
    parts = urlsplit(base_url)
    if proxy_bypass(parts.netloc):
        return None
    proxy = getproxies().get(parts.scheme)
    return URL(proxy) if proxy else None
