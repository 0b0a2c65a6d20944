"""Metrics in Prometheus' text format, for this worker or, where there are several, for all of them.

Exchanges and decisions are counted from their records, so nothing is counted that the log does not hold. A
label takes words that the gateway or its policy chose, never a caller's; of those at most ``MOST`` a metric.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from gateway.core.errors import RecordFault
from gateway.flow.commands import Content
from gateway.policy.opa.breaker import State

MOST = 2000
OTHER = "other"
METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which several workers share their numbers; read when prometheus-client is imported."""


_SECONDS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_STATES: Mapping[State, int] = {"closed": 0, "half_open": 1, "open": 2}

Record = Mapping[str, Any]


class Recorder(Protocol):
    """Where records become durable."""

    async def append_all(
        self, records: Sequence[dict[str, Any]], contents: Sequence[Content] = (), *, required: bool = True
    ) -> bool:
        """Return when all are durable. Raises ``RecordFault``."""


class Count:
    """A counter whose labelled parts are looked up once."""

    def __init__(self, name: str, text: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self._counter = Counter(name, text, labels, registry=registry)
        self._other = (OTHER,) * len(labels)
        self._parts: dict[tuple[str, ...], Counter] = {}

    def add(self, *labels: str, by: int = 1) -> None:
        """Count up."""
        part = self._parts.get(labels)
        if part is None:
            known = labels if len(self._parts) < MOST else self._other
            part = self._parts[known] = self._counter.labels(*known)
        part.inc(by)


class Metrics:
    """One worker's metrics. Others may add their own to ``registry``."""

    def __init__(self, folder: str | None = None) -> None:
        """``folder`` is where the workers of one gateway share their numbers, if there are several."""
        self.registry = registry = CollectorRegistry()
        self._folder = folder
        self._exchanges = Count(
            "lictor_exchanges", "Exchanges that ended.", ("answer", "ending", "endpoint"), registry
        )
        self._decisions = Count("lictor_decisions", "Decisions of policy.", ("phase", "answer"), registry)
        self._verdicts = Count(
            "lictor_verdicts", "Views of rules.", ("phase", "answer", "rule", "effect"), registry
        )
        self._checks = Count(
            "lictor_checks", "How detectors fared, by phase.", ("detector", "state"), registry
        )
        self._reloads = Count(
            "lictor_policy_loads", "Bundles put in force or refused.", ("accepted",), registry
        )
        self._shadow = Count(
            "lictor_shadow_decisions",
            "What a candidate in shadow answered beside the revision in force, and how often it did not.",
            ("kind",),
            registry,
        )
        self._bypassed = Count(
            "lictor_bypassed_records",
            "Records that were not durable, and need not be.",
            ("type",),
            registry,
        )
        self._record_faults = Counter(
            "lictor_record_faults", "Records that were not durable.", registry=registry
        )
        self._opa = Count(
            "lictor_opa_questions",
            "Questions to OPA; fault is empty where it answered.",
            ("package", "fault"),
            registry,
        )
        self._policy = Histogram(
            "lictor_policy_seconds",
            "Time that policy took in one exchange.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._opa_seconds = Histogram(
            "lictor_opa_seconds", "Time that a question to OPA took.", buckets=_SECONDS, registry=registry
        )
        self._breaker = Gauge(
            "lictor_opa_breaker", "OPA's circuit breaker: 0 closed, 1 half open, 2 open.",
            registry=registry, multiprocess_mode="livemax",
        )  # fmt: skip
        self._revision = Gauge(
            "lictor_policy_revision", "The revision in force, as the label of a 1.", ("revision",),
            registry=registry, multiprocess_mode="livemax",
        )  # fmt: skip
        self._in_force = ""

    def count(self, name: str, text: str, *labels: str) -> Count:
        """A counter of somebody else's."""
        return Count(name, text, labels, self.registry)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format; of all workers where they share a folder."""
        if self._folder is None:
            return generate_latest(self.registry)
        _forget_the_dead(Path(self._folder))
        shared = CollectorRegistry()
        MultiProcessCollector(shared, self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(shared)

    def record(self, record: Record) -> None:
        """Count a record that is durable."""
        kind = record["type"]
        if "decision" in record:
            self._decided(record)
        if kind == "outcome":
            self._ended(record)
        elif kind == "refused":
            self._exchanges.add("none", "refused", record["endpoint"])
        elif kind == "bundle":
            self._loaded(record)
        elif kind == "shadow" and record["kind"] == "summary":
            self._shadowed(record)

    def bypassed(self, record: Record) -> None:
        """Count a record that is not durable, and need not be."""
        self._bypassed.add(record["type"])

    def record_fault(self) -> None:
        """A record was not durable."""
        self._record_faults.inc()

    def asked(self, package: str, seconds: float, why: str) -> None:
        """A question to OPA."""
        self._opa.add(package, why)
        if seconds:
            self._opa_seconds.observe(seconds)

    def changed(self, state: State) -> None:
        """OPA's circuit breaker changed."""
        self._breaker.set(_STATES[state])

    def _ended(self, record: Record) -> None:
        outcome = record["outcome"]
        self._exchanges.add(record.get("answer", "none"), outcome["ending"], record["endpoint"])
        if (micros := outcome["micros"].get("policy")) is not None:
            self._policy.observe(micros / 1_000_000)

    def _decided(self, record: Record) -> None:
        decision = record["decision"]
        phase, answer = decision["phase"], decision["answer"]
        self._decisions.add(phase, answer)
        for verdict in decision.get("verdicts", ()):
            self._verdicts.add(phase, answer, verdict["rule"], verdict["effect"])
        for group in record["coverage"]:
            for detector in group["detectors"]:
                self._checks.add(detector, group["state"])

    def _shadowed(self, record: Record) -> None:
        for kind, number in record["tally"]["whole"]["kinds"].items():
            self._shadow.add(kind, by=number)
        for why in ("dropped", "failed"):
            self._shadow.add(why, by=record["counts"].get(why, 0))

    def _loaded(self, record: Record) -> None:
        self._reloads.add("true" if record["accepted"] else "false")
        if self._in_force not in ("", record["revision"]):
            self._revision.labels(self._in_force).set(0)
        self._in_force = record["revision"]
        self._revision.labels(self._in_force).set(1)


class Counted:
    """A recorder whose records are counted once they are durable."""

    def __init__(self, recorder: Recorder, metrics: Metrics) -> None:
        self._recorder = recorder
        self._metrics = metrics

    async def append_all(
        self, records: Sequence[dict[str, Any]], contents: Sequence[Content] = (), *, required: bool = True
    ) -> bool:
        """As the recorder underneath. Raises ``RecordFault``."""
        try:
            durable = await self._recorder.append_all(records, contents, required=required)
        except RecordFault:
            self._metrics.record_fault()
            raise
        for record in records:
            if durable:
                self._metrics.record(record)
            else:
                self._metrics.bypassed(record)
        return durable


def _forget_the_dead(folder: Path) -> None:
    """What a worker that has ended said of itself alone is no longer so; what it counted stays."""
    for pid in {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*_*.db")}:
        if not _alive(int(pid)):
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
