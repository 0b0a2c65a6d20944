"""Counting changes: a matrix of answers, and the same by tenant, route, model or rule.

Counts can be added up, whoever counted them, and spelled as JSON, so that several processes may share a
count. They never hold more than names and numbers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.core.decision import Answer
from gateway.policy.compare import Change, Kind
from gateway.policy.statistics import Interval, wilson

Json = dict[str, Any]
Stratum = tuple[str, str]
"""A dimension and one value of it, such as ``("tenant", "acme")``."""


@dataclass(slots=True)
class FlipMatrix:
    """How many decisions went from which answer to which."""

    cells: Counter[tuple[Answer, Answer]] = field(default_factory=Counter)
    """Compared decisions, by old and new answer."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    """All decisions, by what became of them."""

    def add(self, change: Change) -> None:
        """Count one decision."""
        self.kinds[change.kind] += 1
        if change.kind.compared:
            self.cells[change.old, change.new] += 1

    def merge(self, other: "FlipMatrix") -> None:
        """Count what another has counted."""
        self.cells.update(other.cells)
        self.kinds.update(other.kinds)

    @property
    def total(self) -> int:
        """All decisions."""
        return self.kinds.total()

    @property
    def compared(self) -> int:
        """Decisions of which both answers are known."""
        return self.cells.total()

    @property
    def flipped(self) -> int:
        """Compared decisions that are not the same."""
        return self.compared - self.kinds[Kind.SAME]

    @property
    def newly_stopped(self) -> int:
        """Compared decisions that only the new bundle stops."""
        return sum(count for (old, new), count in self.cells.items() if new.stops and not old.stops)

    @property
    def newly_released(self) -> int:
        """Compared decisions that only the old bundle stopped."""
        return sum(count for (old, new), count in self.cells.items() if old.stops and not new.stops)

    def share(self, hits: int) -> Interval:
        """``hits`` as a share of the compared decisions."""
        return wilson(hits, self.compared)

    def share_of(self, kind: Kind) -> Interval:
        """A kind as a share: of the compared decisions for one that compares, else of all."""
        return wilson(self.kinds[kind], self.compared if kind.compared else self.total)

    def to_json(self) -> Json:
        """Sorted lists and numbers only."""
        return {
            "cells": sorted([old.value, new.value, count] for (old, new), count in self.cells.items()),
            "kinds": {kind.value: self.kinds[kind] for kind in Kind if self.kinds[kind]},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "FlipMatrix":
        """What :meth:`to_json` spelled; raises ValueError or KeyError for anything else."""
        cells = Counter({(Answer(old), Answer(new)): int(count) for old, new, count in value["cells"]})
        kinds = Counter({Kind(kind): int(count) for kind, count in value["kinds"].items()})
        return cls(cells, kinds)


@dataclass(slots=True)
class Tally:
    """A matrix, and one for each stratum."""

    whole: FlipMatrix = field(default_factory=FlipMatrix)
    strata: dict[Stratum, FlipMatrix] = field(default_factory=dict)
    rules: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    """How often a rule was responsible for a change, by kind of change."""

    def add(self, change: Change, strata: Iterable[Stratum] = ()) -> None:
        """Count one decision, in the whole and in each of its strata."""
        self.whole.add(change)
        for stratum in strata:
            self.strata.setdefault(stratum, FlipMatrix()).add(change)
        for rule in change.responsible:
            self.rules[rule, change.kind] += 1

    def merge(self, other: "Tally") -> None:
        """Count what another has counted."""
        self.whole.merge(other.whole)
        self.rules.update(other.rules)
        for stratum, matrix in other.strata.items():
            self.strata.setdefault(stratum, FlipMatrix()).merge(matrix)

    def to_json(self) -> Json:
        """Sorted, so that equal tallies are equal bytes."""
        return {
            "whole": self.whole.to_json(),
            "strata": [[*name, self.strata[name].to_json()] for name in sorted(self.strata)],
            "rules": sorted([rule, kind.value, count] for (rule, kind), count in self.rules.items()),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Tally":
        """What :meth:`to_json` spelled; raises ValueError or KeyError for anything else."""
        return cls(
            FlipMatrix.from_json(value["whole"]),
            {(dimension, name): FlipMatrix.from_json(each) for dimension, name, each in value["strata"]},
            Counter({(rule, Kind(kind)): int(count) for rule, kind, count in value["rules"]}),
        )
