"""Lint: which gates let more pass than they did before."""

from collections.abc import Iterator
from typing import NamedTuple

from evalsuites.harness.gates.gate import Gate, GateFile

_LOWER = ("min", "confidence", "min_cases", "min_power")
"""Letting one of these fall weakens a gate."""

_HIGHER = ("max", "max_events", "margin", "prevalence")
"""Letting one of these rise weakens a gate."""

_WHAT = (
    "suite", "metric", "kind", "share", "interval", "test", "alpha", "noise", "each", "pair", "side",
    "harmless",
)  # fmt: skip
"""A gate that differs in one of these is another gate: nobody can say that it is no weaker."""

_REDUCE = ("any", "most", "mean", "every")


class Weakening(NamedTuple):
    """One way in which a gate file asks less."""

    gate: str
    """Its id; ``*`` for what holds for all."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.gate}: {self.what} was {self.before}, is {self.after}"


def weakened(before: GateFile, after: GateFile) -> list[Weakening]:
    """Every weakening, strictest reading: what cannot be told to be as strong counts as weaker."""
    now = {gate.id: gate for gate in after.gates}
    found = list(_everywhere(before, after))
    for gate in before.gates:
        if gate.id not in now:
            found.append(Weakening(gate.id, "the gate", "there", "gone"))
        else:
            found.extend(_compared(gate, now[gate.id]))
    return found


def _everywhere(before: GateFile, after: GateFile) -> Iterator[Weakening]:
    if after.coverage < before.coverage:
        yield Weakening("*", "floors.coverage", f"{before.coverage:g}", f"{after.coverage:g}")
    if after.errors > before.errors:
        yield Weakening("*", "floors.errors", f"{before.errors:g}", f"{after.errors:g}")
    if before.blocks and not after.blocks:
        yield Weakening("*", "inconclusive", "block", "warn")
    if after.holm and not before.holm:
        yield Weakening("*", "multiplicity", "none", "holm")


def _compared(before: Gate, after: Gate) -> Iterator[Weakening]:
    for name in _WHAT:
        yield from _if(before, after, name, weaker=getattr(before, name) != getattr(after, name))
    for name in _LOWER:
        one, two = getattr(before, name), getattr(after, name)
        yield from _if(before, after, name, weaker=one is not None and (two is None or two < one))
    for name in _HIGHER:
        one, two = getattr(before, name), getattr(after, name)
        yield from _if(before, after, name, weaker=one is not None and (two is None or two > one))
    weaker = _REDUCE.index(after.reduce) < _REDUCE.index(before.reduce)
    yield from _if(before, after, "reduce", weaker=weaker)
    yield from _if(before, after, "advisory", weaker=after.advisory and not before.advisory)
    yield from _if(before, after, "where", weaker=dict(before.where) != dict(after.where))


def _if(before: Gate, after: Gate, name: str, *, weaker: bool) -> Iterator[Weakening]:
    if weaker:
        yield Weakening(before.id, name, _told(getattr(before, name)), _told(getattr(after, name)))


def _told(value: object) -> str:
    return "none" if value in (None, "", {}) else f"{value}"
