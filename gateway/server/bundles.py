"""A bundle from a web server: looked at again and again, and kept on disk for a start without the server.

Whatever goes wrong, the revision in force stays, and why is told: in the log, the record and the state.
"""

import asyncio
import hashlib
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.core.errors import ConfigError
from gateway.policy.archive import unpack
from gateway.policy.authority import Authority
from gateway.policy.contents import BundleError, Contents, sorted_out
from gateway.policy.serial import Highest
from gateway.policy.source import Admission, Source
from gateway.policy.store import replace_file
from gateway.server.fetching import Offer, Place, Unfetched, fetch, refuse_unsafe

_log = logging.getLogger(__name__)

MAX_DELAY_S = 900.0
"""However often it failed, the server is asked again after so long."""

_JITTER = 0.2


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


class Remote:
    """A source that is polled. ``poll`` belongs to the event loop, everything else to any thread."""

    def __init__(self, place: Place, copies: Path, trust: Admission | None) -> None:
        refuse_unsafe(place)
        self._place = place
        self._trust = trust
        parts = urlsplit(place.url)
        self.name = f"{parts.scheme}://{parts.netloc}{parts.path}"
        # Complaints name files as `host/bundle.tar.gz/rule.rego`.
        self._root = Path(parts.netloc + parts.path)
        self._copy = copies / f"{hashlib.sha256(place.url.encode()).hexdigest()[:16]}.tar.gz"
        self._highest = Highest(self._copy.with_name(self._copy.name.removesuffix(".tar.gz") + ".serial"))
        self._held: Contents | None = None
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
        self._held = self._trust.admit(held) if self._trust else held
        self._highest.refuse_older(self._held)
        return self._held

    def accepted(self) -> None:
        """Keep what was read for a start without the server. A disk that is full costs the copy only."""
        if self._seen != self._offer.archive:
            return
        self.look = replace(self.look, from_copy="")
        try:
            if self._held is not None:
                self._highest.see(self._held)
            self._copy.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._copy, self._seen)
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
            self._offer = await fetch(self._place, self._offer)
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
