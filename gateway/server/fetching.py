"""Fetching an archive over HTTP: once, whole, by its ETag, or with a named reason why not."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from gateway.core.errors import ConfigError
from gateway.policy.archive import MAX_ARCHIVE_BYTES

_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """What is fetched, and how."""

    url: str
    token: str | None = None
    poll_s: float = 30.0
    timeout_s: float = 30.0
    limit_bytes: int = MAX_ARCHIVE_BYTES


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server gave last. One value, so that no ETag ever stands beside another archive."""

    archive: bytes = field(default=b"", repr=False)
    etag: str = ""


class Unfetched(Exception):
    """There is no bundle to be had; the message begins with the reason's name."""


async def fetch(place: Place, before: Offer) -> Offer:
    """What the server has now: ``before`` again when nothing is new, or :class:`Unfetched`."""
    try:
        async with asyncio.timeout(place.timeout_s), _session() as session:
            return await _take(session, place, before)
    except TimeoutError:
        raise Unfetched(f"timeout: no whole answer within {place.timeout_s:g} seconds") from None
    except aiohttp.TooManyRedirects:
        raise Unfetched(f"redirect: more than {_REDIRECTS}") from None
    except aiohttp.ClientPayloadError:
        raise Unfetched("truncated: the answer ended too early") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unfetched(f"unreachable: {_plain(error)}") from None


async def _take(session: aiohttp.ClientSession, place: Place, before: Offer) -> Offer:
    headers = {"Accept-Encoding": "identity"}
    if before.etag:
        headers["If-None-Match"] = before.etag
    if place.token:
        headers["Authorization"] = f"Bearer {place.token}"
    async with session.get(place.url, headers=headers, max_redirects=_REDIRECTS) as answer:
        hops = [hop.url.scheme for hop in (*answer.history, answer)]
        if place.url.startswith("https:") and "http" in hops:
            raise Unfetched("redirect: from https to http")
        if answer.status == 304 and before.etag:
            return before
        if answer.status != 200:
            raise Unfetched(f"status: {answer.status}")
        archive = await _body(answer, place.limit_bytes)
    return Offer(archive, answer.headers.get("ETag", ""))


def refuse_unsafe(place: Place) -> None:
    """Raise ConfigError for an address that would give a credential away."""
    try:
        parts = urlsplit(place.url)
    except ValueError as error:
        raise ConfigError(f"policy.bundle: not an address: {error}") from None
    if not parts.hostname or parts.username or parts.password:
        raise ConfigError(
            "policy.bundle: not an address, or one with credentials; they belong into token_env"
        )
    loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if place.token and parts.scheme != "https" and not loopback:
        raise ConfigError("policy.remote.token_env: a token is sent over https only")


def _session() -> aiohttp.ClientSession:
    """One for each look: a connection would have gone stale until the next."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None)
    )


async def _body(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    pieces, size = [], 0
    async for piece in answer.content.iter_chunked(64 * 1024):
        size += len(piece)
        if size > limit:
            raise Unfetched(f"too_large: more than {limit} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _plain(error: Exception) -> str:
    """The error in a few words; aiohttp's may repeat the address with its query."""
    cause = getattr(error, "os_error", None)
    return (cause.strerror if cause is not None else "") or type(error).__name__
