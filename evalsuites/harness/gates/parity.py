"""Evidence on counterfactual pairs: no more than a margin may hang on which side a case is about."""

from collections.abc import Iterable

from evalsuites.harness.gates.evidence import Evidence, Values
from evalsuites.harness.gates.gate import Gate
from evalsuites.harness.pairs import counterparts, difference
from evalsuites.harness.suite import Case


def parity(gate: Gate, values: Values, cases: Iterable[Case]) -> Evidence | None:
    """The mean difference of pairs against a margin on both sides; None where no pair is whole.

    Shown where the interval at ``1 - 2 alpha`` lies within the margin: two one-sided tests.
    """
    sides = counterparts(values, cases, pair=gate.pair, side=gate.side)
    if not sides:
        return None
    found = difference(sides, gate.margin, 1 - 2 * gate.alpha)
    said = (
        f"{found.pairs} pairs, {found.first} higher on the first side and {found.second} on the second: "
        f"{found.estimate:+.4f} ({found.interval.low:+.4f} to {found.interval.high:+.4f}), "
        f"d {found.effect:+.2f}; at most {gate.margin:g} either way is wanted"
    )
    within = -gate.margin <= found.interval.low and found.interval.high <= gate.margin
    return Evidence(
        cases=found.pairs,
        estimate=found.estimate,
        interval=found.interval,
        shown=within,
        alarm=found.beyond,
        level=gate.alpha,
        said=said,
    )
