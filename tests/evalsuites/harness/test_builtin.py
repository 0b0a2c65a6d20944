"""Times and costs: a recording played back is no measurement of the model."""

from collections.abc import Sequence

import pytest

from evalsuites.harness.gates.ruling import rule
from evalsuites.harness.result import Result, Score, Status
from evalsuites.harness.suite import Suite
from evalsuites.harness.target.answer import Answer
from tests.evalsuites.harness.conftest import MakeGates, MakeSuite

REPLAYED = {"x-eval-replayed": "1"}


def judged(
    make_suite: MakeSuite, make_gates: MakeGates, metric: str, limit: float, **of: object
) -> tuple[str, str]:
    suite: Suite = make_suite(200)
    seen: Sequence[Result] = [
        Result("manners", case.id, 1, Status.OK, {"polite": Score(1.0)}, **of)  # type: ignore[arg-type]
        for case in suite.cases
    ]
    gate = {"kind": "quantile", "metric": metric, "share": 0.9, "max": limit}
    (found,) = rule(make_gates(gate), {"manners": suite}, seen).gates
    return found.state, found.reason


def test_a_recording_counts_with_what_the_upstream_took_then(
    make_suite: MakeSuite, make_gates: MakeGates
) -> None:
    recorded = {"milliseconds": 5.0, "upstream_ms": 900.0, "replayed": True}
    state, reason = judged(make_suite, make_gates, "latency_ms", 904, **recorded)
    assert state == "fail"
    assert reason.endswith("in 200 cases the upstream's part is as it was recorded")
    assert judged(make_suite, make_gates, "latency_ms", 906, **recorded)[0] == "pass"
    assert judged(make_suite, make_gates, "gateway_ms", 6, **recorded)[0] == "pass"


def test_a_recording_that_tells_no_time_is_unmeasured(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    state, reason = judged(make_suite, make_gates, "latency_ms", 10**6, milliseconds=5.0, replayed=True)
    assert state == "inconclusive"
    assert "the recording does not tell how long the upstream took" in reason


def test_live_times_are_those_on_the_clock(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    live = {"milliseconds": 905.0, "upstream_ms": 900.0}
    assert judged(make_suite, make_gates, "latency_ms", 904, **live)[0] == "fail"
    state, reason = judged(make_suite, make_gates, "gateway_ms", 6, **live)
    assert (state, "recorded" in reason) == ("pass", False)
    assert judged(make_suite, make_gates, "gateway_ms", 6, milliseconds=905.0)[0] == "inconclusive"


def test_dollars_without_a_price_are_unmeasured(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    state, reason = judged(make_suite, make_gates, "usd", 1)
    assert (state, "--eval-prices" in reason) == ("inconclusive", True)
    assert judged(make_suite, make_gates, "usd", 1, usd=0.5, priced=True)[0] == "pass"


@pytest.mark.parametrize(
    ("headers", "events", "took"),
    [
        ({**REPLAYED, "x-eval-recorded-ms": "12.500"}, 0, 12.5),
        ({**REPLAYED, "x-eval-recorded-ms": "nan"}, 0, None),
        (REPLAYED, 0, None),
        ({"server-timing": "detect;dur=1.0, upstream;dur=80.250, total;dur=83"}, 0, 80.25),
        ({"server-timing": "detect;dur=1.0, total;dur=3"}, 0, 0.0),
        ({"server-timing": "upstream;dur=80.250"}, 4, None),
        ({}, 0, None),
    ],
)
def test_what_the_upstream_took_as_headers_tell(
    headers: dict[str, str], events: int, took: float | None
) -> None:
    assert Answer(200, {}, headers, events=events).upstream_ms == took
