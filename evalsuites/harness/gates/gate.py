"""The gate file: what must hold before a release, written down before the first case is asked."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.reading import check_keys, choice, mapping, number, read_yaml, switch, text, whole
from evalsuites.harness.suite import canonical

Kind = Literal["rate", "mean", "zero_tolerance", "quantile", "no_regression", "parity", "precision", "total"]
Reduce = Literal["every", "most", "any", "mean"]
Test = Literal["mcnemar_midp", "paired_bootstrap"]
Method = Literal["wilson", "clopper_pearson"]

MOST = 1e12
_COMMON = {"gate", "suite", "metric", "kind", "where", "each", "reduce", "confidence", "controls", "advisory"}
_OWN: Mapping[str, frozenset[str]] = {
    "rate": frozenset({"min", "max", "interval"}),
    "mean": frozenset({"min", "max"}),
    "zero_tolerance": frozenset({"max_events", "min_cases"}),
    "quantile": frozenset({"share", "max"}),
    "no_regression": frozenset({"margin", "alpha", "test", "min_power", "noise"}),
    "parity": frozenset({"margin", "alpha", "pair", "side"}),
    "precision": frozenset({"min", "harmless", "prevalence"}),
    "total": frozenset({"max"}),
}
_NEEDED: Mapping[str, frozenset[str]] = {
    "rate": frozenset(),
    "mean": frozenset(),
    "zero_tolerance": frozenset({"min_cases"}),
    "quantile": frozenset({"share", "max"}),
    "no_regression": frozenset({"margin"}),
    "parity": frozenset({"margin"}),
    "precision": frozenset({"min", "harmless", "prevalence"}),
    "total": frozenset({"max"}),
}


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that must hold."""

    id: str
    suite: str
    metric: str
    kind: Kind
    min: float | None = None
    max: float | None = None
    interval: Method = "wilson"
    confidence: float = 0.95
    reduce: Reduce = "most"
    """How the epochs of a case become one value."""

    max_events: int = 0
    min_cases: int = 0
    share: float = 0.95
    margin: float = 0.0
    alpha: float = 0.05
    test: Test = "mcnemar_midp"
    min_power: float = 0.0
    noise: float = 0.02
    """For the statement of power: the chance that a case flips on either side without any change."""

    where: Mapping[str, str] = field(default_factory=dict)
    """Only cases of these strata."""

    pair: str = "pair"
    """The stratum whose value the two cases of a counterfactual pair share."""

    side: str = "side"
    """The stratum in which they differ."""

    harmless: Mapping[str, str] = field(default_factory=dict)
    """Strata of the cases in which nothing is wrong."""

    prevalence: float = 0.0
    """Share of the traffic in which something is, as it is expected to be."""

    each: str = ""
    """One gate for each value of this stratum."""

    controls: tuple[str, ...] = ()
    """Ids of the clauses that the gate serves."""

    advisory: bool = False
    """Whether it is told, and decides nothing."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may cost; None where there is no limit."""

    usd: float | None = None
    tokens: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class GateFile:
    """All gates of a release, and what holds for all of them."""

    gates: tuple[Gate, ...]
    coverage: float
    """Least share of cases that must have been measured."""

    errors: float
    """Largest share of results that may be errors or time-outs."""

    budget: Budget
    holm: bool
    blocks: bool
    """Whether a run without a clear answer blocks."""

    digest: str
    """``sha256:`` of the canonical JSON of the file."""


def load_gates(path: Path) -> GateFile:
    """Read a gate file.

    Raises:
        UsageFault: something about it is wrong; says what and where.
    """
    where = str(path)
    raw = mapping(read_yaml(path), where)
    check_keys(
        raw,
        {"version", "gates", "confidence", "floors", "budget", "multiplicity", "inconclusive"},
        {"version", "gates"},
        where,
    )
    whole(raw["version"], 1, 1, f"{where}: version")
    floors = mapping(raw.get("floors", {}), f"{where}: floors")
    check_keys(floors, {"coverage", "errors"}, set(), f"{where}: floors")
    return GateFile(
        gates=tuple(_gates(raw, where)),
        coverage=number(floors.get("coverage", 0.98), 0, 1, f"{where}: floors.coverage"),
        errors=number(floors.get("errors", 0.02), 0, 1, f"{where}: floors.errors"),
        budget=_budget(mapping(raw.get("budget", {}), f"{where}: budget"), f"{where}: budget"),
        holm=choice(raw.get("multiplicity", "holm"), ("holm", "none"), f"{where}: multiplicity") == "holm",
        blocks=choice(raw.get("inconclusive", "block"), ("block", "warn"), f"{where}: inconclusive")
        == "block",
        digest=f"sha256:{hashlib.sha256(canonical(raw)).hexdigest()}",
    )


def _gates(raw: Mapping[str, Any], where: str) -> Iterator[Gate]:
    entries = raw["gates"]
    if not isinstance(entries, list) or not entries:
        raise UsageFault(f"{where}: gates", "there must be a list of at least one gate")
    confidence = number(raw.get("confidence", 0.95), 0.5, 0.9999, f"{where}: confidence")
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        gate = _gate({"confidence": confidence, **mapping(entry, f"{where}: gates[{place}]")}, where, place)
        if gate.id in seen:
            raise UsageFault(f"{where}: gates[{place}]", f"two gates are called `{gate.id}`")
        seen.add(gate.id)
        yield gate


def _gate(entry: Mapping[str, Any], file: str, place: int) -> Gate:
    where = f"{file}: {entry.get('gate', f'gates[{place}]')}"
    kind = choice(entry.get("kind"), tuple(_OWN), f"{where}.kind")
    check_keys(entry, _COMMON | _OWN[kind], {"gate", "suite", "metric"} | _NEEDED[kind], where)
    if kind in {"rate", "mean"} and ("min" in entry) == ("max" in entry):
        raise UsageFault(where, "say either `min` or `max`")
    return Gate(
        id=text(entry["gate"], f"{where}.gate"),
        suite=text(entry["suite"], f"{where}.suite"),
        metric=text(entry["metric"], f"{where}.metric"),
        kind=cast("Kind", kind),
        where=_strata(entry, "where", where),
        harmless=_strata(entry, "harmless", where),
        each=text(entry["each"], f"{where}.each") if "each" in entry else "",
        pair=text(entry.get("pair", "pair"), f"{where}.pair"),
        side=text(entry.get("side", "side"), f"{where}.side"),
        controls=_texts(entry.get("controls", []), f"{where}.controls"),
        advisory=switch(entry.get("advisory", False), f"{where}.advisory"),
        **_words(entry, where),
        **_numbers(entry, kind, where),
    )


def _strata(entry: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    strata = mapping(entry.get(name, {}), f"{where}.{name}")
    return {stratum: text(value, f"{where}.{name}.{stratum}") for stratum, value in strata.items()}


def _words(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    known = {
        "reduce": ("every", "most", "any", "mean"),
        "interval": ("wilson", "clopper_pearson"),
        "test": ("mcnemar_midp", "paired_bootstrap"),
    }
    return {
        name: choice(entry[name], words, f"{where}.{name}") for name, words in known.items() if name in entry
    }


def _numbers(entry: Mapping[str, Any], kind: str, where: str) -> dict[str, Any]:
    most = 1.0 if kind in {"rate", "precision"} else MOST
    limits = {
        "min": (-MOST if kind == "mean" else 0, most),
        "max": (-MOST if kind == "mean" else 0, most),
        "confidence": (0.5, 0.9999),
        "share": (0.01, 0.9999),
        "margin": (0.001, 1),
        "alpha": (0.0001, 0.5),
        "min_power": (0, 0.999),
        "noise": (0, 0.4),
        "prevalence": (0.00001, 0.9999),
    }
    found: dict[str, Any] = {
        name: number(entry[name], *limit, f"{where}.{name}")
        for name, limit in limits.items()
        if name in entry
    }
    for name, least in (("max_events", 0), ("min_cases", 1)):
        if name in entry:
            found[name] = whole(entry[name], least, 10**9, f"{where}.{name}")
    return found


def _budget(raw: Mapping[str, Any], where: str) -> Budget:
    check_keys(raw, {"usd", "tokens", "seconds"}, set(), where)
    return Budget(
        usd=number(raw["usd"], 0, MOST, f"{where}.usd") if "usd" in raw else None,
        tokens=whole(raw["tokens"], 0, 10**15, f"{where}.tokens") if "tokens" in raw else None,
        seconds=number(raw["seconds"], 0, MOST, f"{where}.seconds") if "seconds" in raw else None,
    )


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise UsageFault(where, "this must be a list")
    return tuple(text(one, where) for one in value)
