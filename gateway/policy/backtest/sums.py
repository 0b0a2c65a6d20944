"""What a backtest counts. Sums of parts of a log add up to the sums of the log, in any order."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.policy.compare import Change, Kind
from gateway.policy.flips import FlipMatrix, Stratum, Tally

Key = TypeVar("Key")

EXAMPLES = 5
"""Exchanges named of each cluster: the first ones of the log."""

Example = tuple[int, str]
"""Index in the log of the exchange's first record, and its id."""

Cluster = tuple[str, str, str, tuple[str, ...]]
"""Kind, old answer, new answer, responsible rules."""


@dataclass(slots=True)
class Examples:
    """How many there are, and the first of them."""

    count: int = 0
    first: tuple[Example, ...] = ()

    def add(self, examples: Iterable[Example], count: int = 1) -> None:
        """Count some more."""
        self.count += count
        self.first = tuple(sorted((*self.first, *examples))[:EXAMPLES])


@dataclass(slots=True)
class Spending:
    """Tokens of exchanges that only the candidate stops."""

    exchanges: int = 0
    uncounted: int = 0
    """Exchanges of which the upstream did not say how many tokens they took."""

    input_tokens: int = 0
    output_tokens: int = 0

    def merge(self, other: "Spending") -> None:
        """Count what another has counted."""
        self.exchanges += other.exchanges
        self.uncounted += other.uncounted
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens


@dataclass(slots=True)
class Reproduction:
    """Whether the bundle that decided then decides the same today."""

    replayed: int = 0
    reproduced: int = 0
    rules: dict[str, Examples] = field(default_factory=dict)
    """Rules that do not do what the record says."""

    def add(self, differing: Iterable[str], example: Example) -> bool:
        """Count one decision; whether it is the same."""
        names = tuple(differing)
        self.replayed += 1
        self.reproduced += not names
        for rule in names:
            self.rules.setdefault(rule, Examples()).add([example])
        return not names

    def merge(self, other: "Reproduction") -> None:
        """Count what another has counted."""
        self.replayed += other.replayed
        self.reproduced += other.reproduced
        _merge_examples(self.rules, other.rules)


@dataclass(slots=True)
class Sums:
    """All counts of a part of a log."""

    exchanges: Tally = field(default_factory=Tally)
    request: FlipMatrix = field(default_factory=FlipMatrix)
    response: FlipMatrix = field(default_factory=FlipMatrix)
    reproduction: Reproduction = field(default_factory=Reproduction)
    clusters: dict[Cluster, Examples] = field(default_factory=dict)
    unreplayable: Counter[str] = field(default_factory=Counter)
    """Exchanges that cannot be replayed, by reason."""

    revisions: Counter[str] = field(default_factory=Counter)
    """Exchanges by the revision that decided them."""

    faults: Counter[str] = field(default_factory=Counter)
    """Exchanges on which the candidate's rules fail, by message."""

    timeline: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Exchanges by minute since the epoch and by ``all``, ``stopped`` (newly), ``released`` (newly)."""

    before: dict[str, Spending] = field(default_factory=dict)
    """By model: newly stopped requests, whose tokens would not have been spent."""

    after: dict[str, Spending] = field(default_factory=dict)
    """By model: answers newly stopped, whose tokens would have been spent all the same."""

    labels: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    """Labelled exchanges by side (``old``, ``new``), whether it should stop, and whether it stops."""

    sweeps: dict[str, FlipMatrix] = field(default_factory=dict)
    """By point of a sweep."""

    refused: int = 0
    """Malformed requests: nothing was decided."""

    unfinished: int = 0
    """Exchanges without an outcome record."""

    indices: list[int] = field(default_factory=list)
    """Log indices of the decision records that were taken."""

    def add(self, change: Change, strata: Iterable[Stratum], example: Example, minute: int) -> None:
        """Count what became of an exchange."""
        self.exchanges.add(change, strata)
        self.timeline[minute, "all"] += 1
        self.timeline[minute, "stopped"] += change.newly_stopped
        self.timeline[minute, "released"] += change.newly_released
        if change.kind is not Kind.SAME:
            cluster = (change.kind.value, change.old.value, change.new.value, change.responsible)
            self.clusters.setdefault(cluster, Examples()).add([example])

    def merge(self, other: "Sums") -> None:
        """Count what another has counted."""
        self.exchanges.merge(other.exchanges)
        self.request.merge(other.request)
        self.response.merge(other.response)
        self.reproduction.merge(other.reproduction)
        _merge_examples(self.clusters, other.clusters)
        for name in ("unreplayable", "revisions", "faults", "timeline", "labels"):
            getattr(self, name).update(getattr(other, name))
        for mine, theirs in ((self.before, other.before), (self.after, other.after)):
            for model, spending in theirs.items():
                mine.setdefault(model, Spending()).merge(spending)
        for point, matrix in other.sweeps.items():
            self.sweeps.setdefault(point, FlipMatrix()).merge(matrix)
        self.refused += other.refused
        self.unfinished += other.unfinished
        self.indices += other.indices


def _merge_examples(mine: dict[Key, Examples], theirs: dict[Key, Examples]) -> None:
    for key, examples in theirs.items():
        mine.setdefault(key, Examples()).add(examples.first, examples.count)
