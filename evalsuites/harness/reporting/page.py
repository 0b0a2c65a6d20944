"""The run as one HTML file: no script, nothing loaded from anywhere, pictures drawn here."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from evalsuites.harness.gates.ruling import GateResult
from evalsuites.harness.reporting.run import Run
from evalsuites.harness.reporting.terminal import named
from evalsuites.harness.result import Result

_WIDTH, _HEIGHT, _EDGE = 260, 22, 8
_MISSES = 200


def page(run: Run) -> str:
    """The page. Needs Jinja, which the gateway has."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("evalsuites.harness.reporting", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    misses = [one for one in map(_missed, run.results) if one]
    return environment.get_template("page.html.j2").render(
        word=run.word,
        reason=run.ruling.reason,
        gates=[_gate(one) for one in run.ruling.gates],
        suites=_suites(run),
        manifest=_flat(run.manifest),
        counts=", ".join(f"{number} {name}" for name, number in sorted(run.statuses.items())),
        tokens=sum(one.tokens for one in run.results),
        usd=sum(one.usd for one in run.results),
        misses=misses[:_MISSES],
        more=max(0, len(misses) - _MISSES),
    )


def _gate(one: GateResult) -> Mapping[str, Any]:
    return {
        "id": named(one),
        "state": one.state,
        "reason": one.reason,
        "whisker": whisker(one),
        "clauses": ", ".join(one.gate.controls),
    }


def whisker(one: GateResult) -> Mapping[str, Any] | None:
    """Where interval, estimate and bar stand in a gate's picture; None where there is nothing to draw."""
    if one.evidence is None or not all(map(isfinite, one.evidence.interval)):
        return None
    bars = _bars(one)
    interval, estimate = one.evidence.interval, one.evidence.estimate
    marks = [*interval, estimate, *bars]
    low, high = min(marks), max(marks)
    if one.gate.kind in {"rate", "zero_tolerance"}:
        low, high = min(0.0, low), max(1.0, high)
    span = high - low or 1.0

    def at(value: float) -> float:
        return round(_EDGE + (value - low) / span * (_WIDTH - 2 * _EDGE), 1)

    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "middle": _HEIGHT / 2,
        "low": at(interval.low),
        "high": at(interval.high),
        "estimate": at(estimate),
        "bars": [at(bar) for bar in bars],
        "said": f"{estimate:.4g} ({interval.low:.4g} to {interval.high:.4g})",
    }


def _bars(one: GateResult) -> Sequence[float]:
    gate = one.gate
    if gate.kind == "parity":
        return -gate.margin, gate.margin
    if gate.kind == "no_regression":
        return (gate.margin,)
    if gate.kind == "zero_tolerance":
        return (0.0,)
    return [bar for bar in (gate.min, gate.max) if bar is not None]


def _suites(run: Run) -> Sequence[Mapping[str, Any]]:
    """How many cases of each suite were measured, and each metric's mean."""
    found = []
    for name in sorted({one.suite for one in run.results}):
        ours = [one for one in run.results if one.suite == name]
        metrics = sorted({metric for one in ours for metric in one.scores})
        means = {
            metric: _mean([one.scores[metric].value for one in ours if metric in one.scores])
            for metric in metrics
        }
        found.append({"name": name, "results": len(ours), "means": means})
    return found


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f}"


def _missed(one: Result) -> Mapping[str, str] | None:
    """A result that somebody will want to look at."""
    told = [
        f"{name}: {score.reason}" for name, score in one.scores.items() if score.value < 1 and score.reason
    ]
    told += [f"{name}: {reason}" for name, reason in one.unmeasured.items()]
    told += [one.reason] if one.reason else []
    if not told:
        return None
    return {"suite": one.suite, "case": one.case, "epoch": str(one.epoch), "said": "; ".join(told)}


def _flat(manifest: Mapping[str, Any], prefix: str = "") -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in manifest.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = ", ".join(value) if isinstance(value, list) else str(value)
    return found
