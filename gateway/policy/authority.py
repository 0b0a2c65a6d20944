"""The authority: the one object through which the gateway asks policy anything.

It holds the engine of the current bundle. An exchange takes a :class:`Snapshot` at its start and keeps it to
its end, so a reload in between never mixes two revisions in one exchange.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from gateway.core.decision import Decision, Mode
from gateway.core.errors import ConfigError, GatewayFault
from gateway.core.exchange import Exchange
from gateway.policy.bundle import BundleError, Contents, load
from gateway.policy.check import Complaint, check
from gateway.policy.combine import combine, faulted
from gateway.policy.embedded import EmbeddedEngine, offered
from gateway.policy.engine import Engine
from gateway.policy.facts import Digest, plan_facts
from gateway.policy.matter import Matter
from gateway.policy.plan import Plan
from gateway.policy.source import Files, Source

_log = logging.getLogger(__name__)

Clock = Callable[[], int]


def wall_clock_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class ReloadReport:
    """What a reload did."""

    accepted: bool
    """False when the bundle on disk cannot be used; then the one before stays in force."""

    previous: str
    revision: str
    """The revision in force now."""

    complaints: tuple[Complaint, ...] = ()
    """Why the bundle on disk was refused."""

    reason: str = ""
    """The first complaint, for the record."""

    source: str = ""
    """Where the bundle came from."""

    key: str = ""
    """Id of the key whose signature vouches for the revision in force; empty where none does."""


@runtime_checkable
class Warming(Protocol):
    """An engine whose first answer in each thread costs more than the others."""

    def warm(self) -> Iterator[None]:
        """Get ready in this thread, a little with each turn."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One revision of policy, for one exchange from its start to its end."""

    engine: Engine
    mode: Mode = "enforce"
    digest: Digest | None = None
    clock: Clock = wall_clock_ms
    installed: tuple[str, ...] = ()
    """Ids of the detectors that there are, as the plan sees them."""

    source: str = ""
    """Where the bundle came from."""

    key: str = ""
    """Id of the key whose signature vouches for it; empty where none does."""

    @property
    def revision(self) -> str:
        """Digest of the bundle that answers."""
        return self.engine.revision

    def warm(self) -> Iterator[None]:
        """Get ready in this thread, a little with each turn; without it the first exchanges pay."""
        if isinstance(self.engine, Warming):
            yield from self.engine.warm()

    def plan(self, exchange: Exchange) -> Plan:
        """Which checks to run. Raises ``PolicyFault`` when the plan's rules fail: serve nothing then."""
        return self.engine.plan(plan_facts(exchange, self.installed))

    def judge(self, matter: Matter) -> Decision:
        """The decision of one phase. Never raises: an engine that fails decides ``error_closed``."""
        try:
            return self.decide(matter)
        except Exception as fault:  # noqa: BLE001 - whatever fails in policy, the answer is closed
            _log.error("policy %s failed in the %s phase: %s", self.revision, matter.phase, str(fault))
            return faulted(matter.phase, self.revision, self.mode)

    def decide(self, matter: Matter) -> Decision:
        """As :meth:`judge`, for those to whom a fault is an answer. Raises ``PolicyFault``, and whatever else
        fails."""
        covered, now_ms = matter.covered, matter.now_ms
        seen = matter.facts(covered, self.digest, self.clock() if now_ms is None else now_ms)
        views = self.engine.evaluate(matter.phase, seen)
        return combine(matter.phase, views, covered, matter.plan, self.revision, self.mode)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reload that is worked out and not in force yet."""

    report: ReloadReport
    snapshots: tuple[Snapshot, ...] = ()
    """What will decide; warm them in the threads that will ask them. Empty where nothing changes."""


class Authority:
    """Keeps the bundle of a source in force. Start-up with a bad bundle raises; a bad reload is refused."""

    def __init__(
        self,
        source: str | Path | Source,
        *,
        installed: Iterable[str] = (),
        digest: Digest | None = None,
        mode: Mode = "enforce",
        clock: Clock = wall_clock_ms,
    ) -> None:
        self._source = Files(source) if isinstance(source, str | Path) else source
        self._installed = tuple(installed)
        self._digest = digest
        self._mode: Mode = mode
        self._clock = clock
        held = _admitted(self._source)
        if complaints := check(held):
            raise ConfigError(str(complaints[0]))
        self._current = self._made(held)
        self._source.accepted()
        self._last: ReloadReport | None = None

    @property
    def revision(self) -> str:
        """The revision in force."""
        return self._current.revision

    @property
    def source(self) -> str:
        """Where the bundle comes from."""
        return self._source.name

    @property
    def key(self) -> str:
        """Id of the key that vouches for the revision in force; empty where none does."""
        return self._current.key

    @property
    def last_reload(self) -> ReloadReport | None:
        """How the last reload went; None where there was none since the start."""
        return self._last

    def snapshot(self) -> Snapshot:
        """What one exchange uses from start to end."""
        return self._current

    def plan(self, exchange: Exchange) -> Plan:
        """As :meth:`Snapshot.plan`, with the revision in force."""
        return self._current.plan(exchange)

    def changed(self) -> bool:
        """True when the source may have something else than at the last (re)load. Cheap."""
        return self._source.changed()

    def choose(self, tenant: str) -> Snapshot:  # noqa: ARG002 - all tenants get the same
        """What an exchange of this tenant uses from start to end."""
        return self._current

    def reload(self) -> ReloadReport:
        """Put what the source has in force, or keep the last good one and say why."""
        return self.adopt(self.prepare())

    def prepare(self) -> Prepared:
        """The heavy half of a reload, for any thread: nothing is in force yet."""
        fresh: tuple[Snapshot, ...] = ()
        try:
            held = _admitted(self._source)
            complaints = tuple(check(held))
            fresh = () if complaints else (self._made(held),)
        except BundleError as error:
            complaints = (Complaint(error.file, error.line, error.rule, error.message),)
        except (GatewayFault, OSError) as error:
            complaints = (Complaint(self.source, 1, "bundle", str(error)),)
        reason = str(complaints[0]) if complaints else ""
        after = fresh[0] if fresh else self._current
        report = ReloadReport(
            not complaints, self.revision, after.revision, complaints, reason, self.source, after.key
        )
        return Prepared(report, fresh)

    def adopt(self, prepared: Prepared) -> ReloadReport:
        """The light half: from now on exchanges begin with what was prepared."""
        if prepared.snapshots:
            self._current = prepared.snapshots[0]
            self._source.accepted()
        self._last = prepared.report
        tell(prepared.report)
        return prepared.report

    def _made(self, held: Contents) -> Snapshot:
        bundle = load(held)
        digest = self._digest if bundle.reads("digest") else None
        if digest is None and bundle.reads("digest"):
            raise ConfigError(f"{self.source}: rules read `digest`, which this gateway does not compute")
        if not self._installed and "detectors" not in offered(bundle)["plan"]:
            raise ConfigError(f"{self.source}: no rule of lictor.plan names `detectors`")
        engine = EmbeddedEngine(bundle, self._installed)
        return Snapshot(engine, self._mode, digest, self._clock, self._installed, self.source, held.key)


def _admitted(source: Source) -> Contents:
    """The source's files; what is wrong with one is told with its whole path."""
    try:
        return source.read()
    except BundleError as error:
        place = f"{source.name}/{error.file}" if error.file != "." else source.name
        raise BundleError(place, error.line, error.rule, error.message) from None


def tell(report: ReloadReport) -> None:
    """Whoever saved a broken bundle looks at the terminal, not into the record."""
    for complaint in report.complaints:
        _log.warning("policy is not reloaded, %s stays in force: %s", report.revision, complaint)
