"""The trail: what the records of a log say about each other.

* Records of a (node, boot) are numbered without gaps, from an ``open`` to a ``close``. A gap is
  tampering; a missing close is a crash.
* A process that promised heartbeats is never silent for much longer than that.
* What was bypassed is said by ``bypass`` records: known gaps, told apart from everything else.
* Every decision has an outcome. One without is evidence of a crash in between, not of tampering.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.audit.canonical import Record
from gateway.audit.report import Finding

Boot = tuple[str, str]


_YEAR_10000_MS = 253_402_300_800_000

_PATIENCE = 3
"""Promised heartbeats that may be missed before silence is worth a warning."""


@dataclass(slots=True)
class Trail:
    """Follows records in log order."""

    counts: Counter[str] = field(default_factory=Counter)
    first_ms: int = 0
    last_ms: int = 0
    bypasses: list[Finding] = field(default_factory=list)
    """What was released without a record, as the log itself tells."""

    silences: list[Finding] = field(default_factory=list)
    """Where a process did not keep its promise of heartbeats."""

    _promised: dict[Boot, tuple[int, int]] = field(default_factory=dict)
    """Milliseconds between heartbeats, and the time of the last record."""

    _next: dict[Boot, int] = field(default_factory=dict)
    _closed: set[Boot] = field(default_factory=set)
    _undone: dict[str, int] = field(default_factory=dict)

    def resume(self, boots: Iterable[tuple[str, str, int]]) -> None:
        """Begin amid a log: node, name and next number of the boots that go on."""
        self._next |= {(node, boot): due for node, boot, due in boots}

    def add(self, index: int, record: Record) -> Iterator[Finding]:
        """Take the next record; yields what is wrong with its place."""
        boot = (str(record.get("node")), str(record.get("boot")))
        seq, kind, now = record.get("seq"), str(record.get("type")), record.get("ts")
        expected = self._next.get(boot, 0)
        if seq != expected:
            yield Finding(f"number {seq} of boot {boot[1]} where {expected} was due", index=index)
        if (kind == "open") is not (seq == 0):
            yield Finding(f"boot {boot[1]} does not begin with its open record", index=index)
        if boot in self._closed:
            yield Finding(f"boot {boot[1]} goes on after its close record", index=index)
        if not isinstance(now, int):
            yield Finding("no time", index=index)
        else:
            self.first_ms, self.last_ms = self.first_ms or now, max(self.last_ms, now)
            self._listen(index, boot, record, now)
        self._next[boot] = seq + 1 if isinstance(seq, int) else expected + 1
        self._count(index, kind, boot, record)

    def join(self, stretch: "Stretch") -> bool:
        """Take a stretch that goes on where the records end; False, and nothing taken, if it does not."""
        if not all(self._fits(boot, run) for boot, run in stretch.runs.items()):
            return False
        for boot, run in stretch.runs.items():
            self._next[boot] = run.after
            if promised := run.promised or self._promised.get(boot, (0, 0))[0]:
                self._promised[boot] = (promised, run.last_ms)
            if run.closed:
                self._closed.add(boot)
        for exchange in stretch.done:
            self._undone.pop(exchange, None)
        self._undone |= stretch.undone
        self.counts += stretch.counts
        self.first_ms, self.last_ms = self.first_ms or stretch.first_ms, max(self.last_ms, stretch.last_ms)
        return True

    def _fits(self, boot: Boot, run: "Run") -> bool:
        promised, last = self._promised.get(boot, (run.promised, run.first_ms))
        silence = max(run.silence, run.first_ms - last)
        return (
            self._next.get(boot, 0) == run.first
            and boot not in self._closed
            and not (promised and silence > _PATIENCE * promised)
        )

    def _listen(self, index: int, boot: Boot, record: Record, now: int) -> None:
        """Silence between two records of a boot; a clock that jumps ahead looks the same."""
        promised, last = self._promised.get(boot, (record.get("heartbeat_ms"), now))
        if not isinstance(promised, int) or promised <= 0:
            return
        if now - last > _PATIENCE * promised:
            text = (
                f"boot {boot[1]} was silent for {(now - last) // 1000} s: it stood still, or its clock jumped"
            )
            self.silences.append(Finding(text, index=index))
        self._promised[boot] = (promised, now)

    def _count(self, index: int, kind: str, boot: Boot, record: Record) -> None:
        self.counts[kind] += 1
        if kind == "close":
            self._closed.add(boot)
        elif kind == "bypass":
            self.bypasses.append(Finding(_told(record), index=index))
        elif kind == "decision":
            self._undone[str(record.get("exchange"))] = index
        elif kind == "outcome":
            self._undone.pop(str(record.get("exchange")), None)

    def loose_ends(self) -> Iterator[Finding]:
        """What began and did not end, and what was silent."""
        yield from self.silences
        for exchange, index in self._undone.items():
            yield Finding(f"decision of exchange {exchange} has no outcome", index=index)
        for node, boot in self._next:
            if (node, boot) not in self._closed:
                yield Finding(f"boot {boot} of {node} has no close record: running, or it crashed")


@dataclass(slots=True)
class Run:
    """The records of one boot in a stretch."""

    first: int
    after: int
    """Number of the first record, and of the one that would come next."""

    first_ms: int
    last_ms: int
    promised: int = 0
    """Milliseconds between heartbeats, where the stretch has the ``open`` record that promises them."""

    silence: int = 0
    """The longest time between two records, in milliseconds."""

    closed: bool = False


@dataclass(slots=True)
class Stretch:
    """Records in a row that are in order among themselves; to be joined to a trail."""

    counts: Counter[str] = field(default_factory=Counter)
    runs: dict[Boot, Run] = field(default_factory=dict)
    undone: dict[str, int] = field(default_factory=dict)
    """Exchanges whose outcome is not here, with the index of their decision."""

    done: list[str] = field(default_factory=list)
    """Exchanges whose outcome is here, and the decision is not."""

    first_ms: int = 0
    last_ms: int = 0

    def extend(self, index: int, records: Iterable[Record]) -> bool:
        """Add records, the first of which has that index; False for what :class:`Trail` has to look at, and
        where taking the next one raises ValueError."""
        try:
            kinds = [self._add(at, record) for at, record in enumerate(records, index)]
        except (KeyError, ValueError, TypeError):
            return False
        self.counts.update(kinds)
        return True

    def _add(self, index: int, record: Record) -> str:
        kind, now, seq = record["type"], record["ts"], record["seq"]
        boot = (record["node"], record["boot"])
        run = self.runs.get(boot)
        if run is None:
            run = self._begin(boot, seq, now)
        if seq != run.after or run.closed or (kind == "open") is not (seq == 0) or now <= 0:
            raise ValueError
        run.after = seq + 1
        run.silence = max(run.silence, now - run.last_ms)
        run.last_ms = now
        self.first_ms = self.first_ms or now
        self.last_ms = max(self.last_ms, now)
        if kind == "decision":
            self.undone[str(record["exchange"])] = index
        elif kind == "outcome":
            if self.undone.pop(str(record["exchange"]), None) is None:
                self.done.append(str(record["exchange"]))
        elif kind == "open":
            run.promised = int(record.get("heartbeat_ms", 0))
        elif kind == "close":
            run.closed = True
        elif kind == "bypass":
            raise ValueError
        return str(kind)

    def _begin(self, boot: Boot, seq: int, now: int) -> Run:
        if not all(isinstance(name, str) for name in boot):
            raise ValueError
        run = self.runs[boot] = Run(seq, seq, now, now)
        return run


def _told(record: Record) -> str:
    types = record.get("types")
    counts = types if isinstance(types, dict) else {}
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    count = record.get("records")
    noun, verb = ("record", "was") if count == 1 else ("records", "were")
    what = f"{count} {noun} ({kinds}) {verb} not made"
    times = f"between {_time(record.get('first_ms'))} and {_time(record.get('last_ms'))}"
    return f"{what} {times}: {record.get('cause')}"


def _time(ms: object) -> str:
    """A moment as people read it; what is none stands as it is."""
    if not isinstance(ms, int) or not 0 <= ms < _YEAR_10000_MS:
        return str(ms)
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
