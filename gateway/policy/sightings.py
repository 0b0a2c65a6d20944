"""Sightings: what a shadow has seen, counted so that it can be told in pieces and added up again.

A decision is counted once for each phase of an exchange. A stream is judged many times over; it is counted
when nothing more was heard of it for a while, and as a divergence if any of its decisions was one.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.core.decision import Answer, Decision
from gateway.core.exchange import Exchange
from gateway.policy.budgets import Seen
from gateway.policy.compare import Change, Kind, compare, not_compared
from gateway.policy.flips import Stratum, Tally
from gateway.policy.opinion import Opinion

SINGLES = 20
"""Divergences that are told one by one in each interval."""

STREAMS = 1024
QUIET_S = 5.0
"""A stream of which nothing was heard for so long has ended."""

NAME_CAP = 128
VALUES = 8
"""Values of one dimension that are told apart in a summary; a record has a limit."""


@dataclass(frozen=True, slots=True)
class Single:
    """One divergence."""

    exchange: str
    change: Change


@dataclass(frozen=True, slots=True)
class Interval:
    """What was seen since the last look."""

    tally: Tally
    counts: Counter[str]
    singles: tuple[Single, ...]

    @property
    def empty(self) -> bool:
        """True when there is nothing to tell."""
        return not self.counts


@dataclass(frozen=True, slots=True)
class _Sight:
    """One decision of each revision."""

    exchange: str
    change: Change
    strata: tuple[Stratum, ...]
    candidate: Seen
    enforced: Seen

    @property
    def differs(self) -> bool:
        return bool(self.candidate.diverged)


@dataclass(slots=True)
class _Stream:
    sight: _Sight
    heard: float


@dataclass(slots=True)
class _Open:
    """The interval that is being counted."""

    tally: Tally = field(default_factory=Tally)
    counts: Counter[str] = field(default_factory=Counter)
    singles: list[Single] = field(default_factory=list)


class Sightings:
    """Counts from one thread, told to another."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open = _Open()
        self._streams: dict[str, _Stream] = {}
        self._candidate = Seen()
        self._enforced = Seen()

    @property
    def seen(self) -> tuple[Seen, Seen]:
        """Since the start: of the candidate, and of the enforced revision on the same facts."""
        with self._lock:
            return self._candidate, self._enforced

    def dropped(self) -> None:
        """A decision for which there was no room."""
        with self._lock:
            self._open.counts["dropped"] += 1

    def spent(self, micros: int) -> None:
        """Processor time that asking took."""
        with self._lock:
            self._open.counts["micros"] += micros

    def failed(self, decision: Decision, micros: int) -> None:
        """The candidate gave no answer at all."""
        with self._lock:
            self._open.counts.update(judged=1, failed=1)
            self._add(Seen(1, 1, 1, 0), _seen(decision, micros))

    def saw(self, exchange: Exchange, decision: Decision, micros: int, opinion: Opinion) -> None:
        """The candidate's answer beside the enforced one."""
        sight = _sight(exchange, decision, micros, opinion)
        with self._lock:
            if exchange.stream and decision.phase == "response":
                self._follow(sight)
            else:
                self._count(sight)

    def interval(self) -> Interval:
        """What was counted since the last call."""
        with self._lock:
            self._settle()
            done, self._open = self._open, _Open()
        return Interval(done.tally, +done.counts, tuple(done.singles))

    # -- under the lock --------------------------------------------------------------------------

    def _add(self, candidate: Seen, enforced: Seen) -> None:
        self._candidate += candidate
        self._enforced += enforced

    def _follow(self, sight: _Sight) -> None:
        before = self._streams.pop(sight.exchange, None)
        kept = before.sight if before is not None and before.sight.differs else sight
        self._streams[sight.exchange] = _Stream(kept, self._clock())
        if len(self._streams) > STREAMS:
            self._count(self._streams.pop(next(iter(self._streams))).sight)

    def _settle(self) -> None:
        late = self._clock() - QUIET_S
        for exchange in [name for name, stream in self._streams.items() if stream.heard <= late]:
            self._count(self._streams.pop(exchange).sight)

    def _count(self, sight: _Sight) -> None:
        counted = self._open
        counted.counts.update(judged=1, errors=sight.candidate.errors)
        counted.tally.add(sight.change, [self._grouped(stratum) for stratum in sight.strata])
        self._add(sight.candidate, sight.enforced)
        if sight.differs and len(counted.singles) < SINGLES:
            counted.singles.append(Single(sight.exchange, sight.change))
        elif sight.differs:
            counted.counts["untold"] += 1

    def _grouped(self, stratum: Stratum) -> Stratum:
        """The stratum, or all others of its dimension where there are too many."""
        known = self._open.tally.strata
        if stratum in known or sum(name == stratum[0] for name, _ in known) < VALUES:
            return stratum
        return stratum[0], "*"


def _sight(exchange: Exchange, decision: Decision, micros: int, opinion: Opinion) -> _Sight:
    change = _change(decision, opinion)
    closed = change.kind.compared and opinion.decision.answer is Answer.ERROR_CLOSED
    differs = change.kind.compared and change.kind is not Kind.SAME
    strata = (
        ("tenant", exchange.caller.tenant),
        ("route", exchange.route),
        ("model", exchange.model[:NAME_CAP]),
    )
    candidate = Seen(1, differs, closed, opinion.micros)
    return _Sight(exchange.id, change, strata, candidate, _seen(decision, micros))


def _seen(decision: Decision, micros: int) -> Seen:
    return Seen(1, 0, decision.answer is Answer.ERROR_CLOSED, micros)


def _change(decision: Decision, opinion: Opinion) -> Change:
    if opinion.kind is not None:
        return not_compared(decision.phase, opinion.kind, decision.answer)
    return compare(decision, opinion.decision)
