"""Metrics that every result has, whatever its suite measures: what a call took and cost.

A recording is played back without waiting. So in replay the time on the clock is the gateway's own, and what
a caller would have waited is that plus what the upstream took when its answer was recorded. Where a recording
does not tell, nobody knows, and the metric is unmeasured.
"""

from collections.abc import Callable, Mapping

from evalsuites.harness.metrics.base import Unmeasured
from evalsuites.harness.result import Result


def latency_ms(result: Result) -> float:
    """Milliseconds from the call to the end of its answer; the upstream's part as recorded in replay."""
    if not result.replayed:
        return result.milliseconds
    if result.upstream_ms is None:
        raise Unmeasured("the recording does not tell how long the upstream took")
    return result.milliseconds + result.upstream_ms


def gateway_ms(result: Result) -> float:
    """Milliseconds of :func:`latency_ms` that are not the upstream's."""
    if result.replayed:
        return result.milliseconds
    if result.upstream_ms is None:
        raise Unmeasured("the gateway does not tell how long the upstream took; of streams it cannot")
    return result.milliseconds - result.upstream_ms


def tokens(result: Result) -> float:
    """Tokens in and out, as the provider counted them."""
    return float(result.tokens)


def usd(result: Result) -> float:
    """Dollars by the price list; a recording counts with what it cost once."""
    if not result.priced:
        raise Unmeasured("no price list has the model: give one with --eval-prices")
    return result.usd


BUILT_IN: Mapping[str, Callable[[Result], float]] = {
    metric.__name__: metric for metric in (latency_ms, gateway_ms, tokens, usd)
}
