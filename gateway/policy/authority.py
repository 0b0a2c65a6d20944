"""The authority: the one object through which the gateway asks policy anything.

It holds the engine of the current bundle. An exchange takes a :class:`Snapshot` at its start and keeps it to
its end, so a reload in between never mixes two revisions in one exchange.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from gateway.core.decision import Decision, Mode, Phase
from gateway.core.errors import ConfigError, GatewayFault
from gateway.core.exchange import Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.policy.bundle import load
from gateway.policy.check import Complaint, check
from gateway.policy.combine import combine, faulted
from gateway.policy.embedded import EmbeddedEngine, offered
from gateway.policy.engine import Engine
from gateway.policy.facts import Digest, facts, plan_facts
from gateway.policy.plan import Plan

_log = logging.getLogger(__name__)

Clock = Callable[[], int]
Files = frozenset[tuple[str, int, int]]


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

    def judge(  # noqa: PLR0913, PLR0917 - one obvious call with everything that policy sees
        self,
        phase: Phase,
        exchange: Exchange,
        segments: Sequence[Segment],
        findings: Sequence[Finding],
        coverage: Sequence[Coverage],
        plan: Plan,
        *,
        request: Decision | None = None,
        response: Mapping[str, object] | None = None,
        usage: Mapping[str, object] | None = None,
    ) -> Decision:
        """The decision of one phase. Never raises: an engine that fails decides ``error_closed``.

        In the response phase ``request`` is the request's decision and ``response`` the upstream's
        ``status`` and ``finish``.
        """
        whole = (*coverage, *gaps(segments, coverage, plan.of(phase)))
        try:
            seen = facts(
                phase, exchange, segments, findings, whole, self.digest, self.clock(),
                usage=usage, request=request, response=response,
            )  # fmt: skip
            views = self.engine.evaluate(phase, seen)
            return combine(phase, views, whole, plan, self.revision, self.mode)
        except Exception as fault:  # noqa: BLE001 - whatever fails in policy, the answer is closed
            _log.error("policy %s failed in the %s phase: %s", self.revision, phase, str(fault))
            return faulted(phase, self.revision, self.mode)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reload that is worked out and not in force yet."""

    report: ReloadReport
    snapshots: tuple[Snapshot, ...] = ()
    """What will decide; warm them in the threads that will ask them. Empty where nothing changes."""


class Authority:
    """Keeps the bundle at ``path`` in force. Start-up with a bad bundle raises; a bad reload is refused."""

    def __init__(
        self,
        path: str | Path,
        *,
        installed: Iterable[str] = (),
        digest: Digest | None = None,
        mode: Mode = "enforce",
        clock: Clock = wall_clock_ms,
    ) -> None:
        self._path = Path(path)
        self._installed = tuple(installed)
        self._digest = digest
        self._mode: Mode = mode
        self._clock = clock
        self._files = _files(self._path)
        if complaints := check(self._path):
            raise ConfigError(str(complaints[0]))
        self._current = self._read()
        self._last: ReloadReport | None = None

    @property
    def revision(self) -> str:
        """The revision in force."""
        return self._current.revision

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
        """True when a file of the bundle looks different from the last (re)load; stats only."""
        return _files(self._path) != self._files

    def choose(self, tenant: str) -> Snapshot:  # noqa: ARG002 - all tenants get the same
        """What an exchange of this tenant uses from start to end."""
        return self._current

    def reload(self) -> ReloadReport:
        """Put the bundle on disk in force, or keep the last good one and say why."""
        return self.adopt(self.prepare())

    def prepare(self) -> Prepared:
        """The heavy half of a reload, for any thread: nothing is in force yet."""
        self._files = _files(self._path)
        fresh: tuple[Snapshot, ...] = ()
        try:
            complaints = tuple(check(self._path))
            fresh = () if complaints else (self._read(),)
        except (GatewayFault, OSError) as error:
            complaints = (Complaint(str(self._path), 1, "bundle", str(error)),)
        reason = str(complaints[0]) if complaints else ""
        revision = fresh[0].revision if fresh else self.revision
        return Prepared(ReloadReport(not complaints, self.revision, revision, complaints, reason), fresh)

    def adopt(self, prepared: Prepared) -> ReloadReport:
        """The light half: from now on exchanges begin with what was prepared."""
        if prepared.snapshots:
            self._current = prepared.snapshots[0]
        self._last = prepared.report
        tell(prepared.report)
        return prepared.report

    def _read(self) -> Snapshot:
        bundle = load(self._path)
        digest = self._digest if bundle.reads("digest") else None
        if digest is None and bundle.reads("digest"):
            raise ConfigError(f"{self._path}: rules read `digest`, which this gateway does not compute")
        if not self._installed and "detectors" not in offered(bundle)["plan"]:
            raise ConfigError(f"{self._path}: no rule of lictor.plan names `detectors`")
        engine = EmbeddedEngine(bundle, self._installed)
        return Snapshot(engine, self._mode, digest, self._clock, self._installed)


def tell(report: ReloadReport) -> None:
    """Whoever saved a broken bundle looks at the terminal, not into the record."""
    for complaint in report.complaints:
        _log.warning("policy is not reloaded, %s stays in force: %s", report.revision, complaint)


def gaps(
    segments: Sequence[Segment], coverage: Sequence[Coverage], planned: Sequence[str]
) -> tuple[Coverage, ...]:
    """Planned checks that nobody reported on, as coverage that says so."""
    told = {(entry.segment, entry.detector) for entry in coverage}
    return tuple(
        Coverage(segment.id, detector, State.NOT_RUN, "not_reported")
        for segment in segments
        for detector in planned
        if (segment.id, detector) not in told and (segment.id, "*") not in told
    )


def _files(root: Path) -> Files:
    return frozenset(_stamps(root))


def _stamps(root: Path) -> Iterable[tuple[str, int, int]]:
    for path in root.rglob("*"):
        if path.suffix in {".rego", ".json"}:
            try:
                status = path.stat()
            except OSError:  # gone between listing and looking: the next look will tell
                continue
            yield str(path), status.st_mtime_ns, status.st_size
