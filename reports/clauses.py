"""Which clauses a record bears on."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from reports.catalogue import Catalogue, Control

Sign = tuple[str, frozenset[str], frozenset[str]]
"""Type of the record, rules that spoke in it, clauses that those rules named."""


@dataclass(slots=True)
class Clauses:
    """All clauses of some catalogues. Records are of few kinds, so each kind is looked up once."""

    controls: tuple[Control, ...] = ()
    _known: dict[Sign, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, catalogues: Iterable[Catalogue]) -> "Clauses":
        """Those of these catalogues."""
        return cls(tuple(control for catalogue in catalogues for control in catalogue.controls))

    def touched(self, kind: str, rules: frozenset[str], named: frozenset[str]) -> tuple[str, ...]:
        """Names of the clauses that such a record bears on."""
        sign = kind, rules, named
        if sign not in self._known:
            self._known[sign] = tuple(item.name for item in self.controls if _touches(item, *sign))
        return self._known[sign]


def _touches(control: Control, kind: str, rules: frozenset[str], named: frozenset[str]) -> bool:
    return kind in control.records or control.name in named or any(map(control.has_rule, rules))
