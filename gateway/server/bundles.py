"""A bundle from a web server: fetched, polled by its ETag, and kept on disk for a start without the server.

Whatever goes wrong, the revision in force stays, and why is told: in the log, the record and the state.
"""

import asyncio
import hashlib
import logging
import os
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from gateway.core.errors import ConfigError
from gateway.policy.archive import MAX_ARCHIVE_BYTES, unpack
from gateway.policy.authority import Authority
from gateway.policy.contents import BundleError, Contents, sorted_out
from gateway.policy.source import Admission, Source

_log = logging.getLogger(__name__)

MAX_DELAY_S = 900.0
"""However often it failed, the server is asked again after so long."""

_JITTER = 0.2
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
class Look:
    """How the last look at the server went."""

    reason: str = ""
    """Empty when it answered; else why there is nothing: ``unreachable: …``, ``timeout: …``, ``status: …``,
    ``truncated: …``, ``too_large: …``, ``redirect: …``."""

    at_ms: int = 0
    failures: int = 0
    """How many looks in a row have failed."""

    from_copy: str = ""
    """Why the revision in force is that of the copy on disk; empty when the server has it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server gave last. One value, so that no ETag ever stands beside another archive."""

    archive: bytes = field(default=b"", repr=False)
    etag: str = ""


class Unfetched(Exception):
    """There is no bundle to be had; the message begins with the reason's name."""


class Remote:
    """A source that is polled. ``poll`` belongs to the event loop, everything else to any thread."""

    def __init__(self, place: Place, copies: Path, trust: Admission | None) -> None:
        _refuse_unsafe(place)
        self._place = place
        self._trust = trust
        parts = urlsplit(place.url)
        self.name = f"{parts.scheme}://{parts.netloc}{parts.path}"
        # Complaints name files as `host/bundle.tar.gz/rule.rego`.
        self._root = Path(parts.netloc + parts.path)
        self._copy = copies / f"{hashlib.sha256(place.url.encode()).hexdigest()[:16]}.tar.gz"
        self._offer = Offer()
        self._seen = self._fallback = b""
        self.look = Look()

    # -- the authority's side ------------------------------------------------------------------------

    def changed(self) -> bool:
        """True when something was fetched that nobody has read."""
        return bool(self._offer.archive) and self._offer.archive != self._seen

    def read(self) -> Contents:
        """As :meth:`gateway.policy.source.Source.read`."""
        self._seen, self._fallback = self._fallback or self._offer.archive, b""
        if not self._seen:
            raise BundleError(".", 1, "unfetched", self.look.reason)
        held = sorted_out(self._root, unpack(self._seen))
        return self._trust.admit(held) if self._trust else held

    def accepted(self) -> None:
        """Keep what was read for a start without the server. A disk that is full costs the copy only."""
        if self._seen != self._offer.archive:
            return
        self.look = replace(self.look, from_copy="")
        try:
            _write(self._copy, self._seen)
        except OSError as error:
            _log.warning("no copy of the bundle is kept in %s: %s", self._copy, error.strerror)

    # -- the server's side -----------------------------------------------------------------------------

    def delay_s(self, chance: Callable[[], float] = random.random) -> float:
        """Seconds until the next look: longer after each failure, and never in step with other replicas."""
        wait = self._place.poll_s * 2.0 ** min(self.look.failures, 10)
        longest = max(MAX_DELAY_S, self._place.poll_s)
        return min(wait, longest) * (1 - _JITTER + 2 * _JITTER * chance())

    async def poll(self) -> str:
        """Look for something new. The answer is why there is nothing to be had, when that is news."""
        before, reason = self.look, ""
        try:
            await self._fetch()
        except Unfetched as error:
            reason = str(error)
        self.look = Look(
            reason,
            time.time_ns() // 1_000_000,
            before.failures + 1 if reason else 0,
            before.from_copy if self.changed() or reason else "",
        )
        if reason and reason != before.reason:
            _log.warning("no bundle from %s: %s", self.name, reason)
            return reason
        return ""

    def fetch_now(self) -> str:
        """As :meth:`poll`, for threads without an event loop of their own."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self.poll()).result()

    def fall_back(self, why: str) -> bool:
        """Let the next ``read`` give the copy on disk, not what was fetched. False where there is none."""
        try:
            self._fallback = self._copy.read_bytes()
        except OSError:
            return False
        self.look = replace(self.look, from_copy=why)
        _log.warning("policy starts from the copy in %s: %s", self._copy, why)
        return True

    def state(self) -> dict[str, Any]:
        """For the admin route."""
        return {"url": self.name, "etag": self._offer.etag, **asdict(self.look)}

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(self._place.timeout_s), _session() as session:
                await self._take(session)
        except TimeoutError:
            raise Unfetched(f"timeout: no whole answer within {self._place.timeout_s:g} seconds") from None
        except aiohttp.TooManyRedirects:
            raise Unfetched(f"redirect: more than {_REDIRECTS}") from None
        except aiohttp.ClientPayloadError:
            raise Unfetched("truncated: the answer ended too early") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unfetched(f"unreachable: {_plain(error)}") from None

    async def _take(self, session: aiohttp.ClientSession) -> None:
        headers = {"Accept-Encoding": "identity"}
        if self._offer.etag:
            headers["If-None-Match"] = self._offer.etag
        if self._place.token:
            headers["Authorization"] = f"Bearer {self._place.token}"
        async with session.get(self._place.url, headers=headers, max_redirects=_REDIRECTS) as answer:
            hops = [hop.url.scheme for hop in (*answer.history, answer)]
            if self._place.url.startswith("https:") and "http" in hops:
                raise Unfetched("redirect: from https to http")
            if answer.status == 304 and self._offer.etag:
                return
            if answer.status != 200:
                raise Unfetched(f"status: {answer.status}")
            archive = await _body(answer, self._place.limit_bytes)
        self._offer = Offer(archive, answer.headers.get("ETag", ""))


def first(remote: Remote, make: Callable[[Source], Authority]) -> Authority:
    """An authority over what the server has, else over the copy on disk.

    Raises:
        ConfigError: neither can be put in force.
    """
    remote.fetch_now()
    try:
        return make(remote)
    except ConfigError as error:
        if not remote.fall_back(str(error)):
            raise
        return make(remote)


def _refuse_unsafe(place: Place) -> None:
    parts = urlsplit(place.url)
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


def _write(path: Path, body: bytes) -> None:
    """Whole or not at all, also for other processes that do the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
