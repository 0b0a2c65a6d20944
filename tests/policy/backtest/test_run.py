"""Whole logs: the same bundle changes nothing, counts are those of brute force, holes are never harmless."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.audit.reader import opened
from gateway.core.decision import Answer
from gateway.policy.backtest.exchanges import Window
from gateway.policy.backtest.run import Order, run, work
from gateway.policy.backtest.sweep import points
from gateway.policy.compare import Kind
from gateway.policy.shipped import baseline
from gateway.testing.logs import write_log
from gateway.testing.traffic import START_MS, Traffic
from tests.policy.backtest.scene import Bundles, Past, replayed

scores = st.integers(0, 1000).map(lambda score: score / 1000) | st.floats(0, 1)
findings = st.lists(
    st.tuples(st.sampled_from(["patterns", "classifiers"]), st.sampled_from(["pii", "injection"]), scores),
    max_size=3,
)
calls = st.lists(
    st.fixed_dictionaries(
        {"request": findings, "response": findings | st.none(), "late": st.booleans()},
        optional={
            "parameters": st.sampled_from([{"user": "Ann"}, {"user": "Bob", "seed": 1}, {"u" * 200: 2}]),
            "model": st.sampled_from(["m" * 300, "gpt"]),
            "stream": st.booleans(),
            "tools": st.just(tuple(f"tool{n}" * 12 for n in range(300))),
        },
    ),
    min_size=1,
    max_size=6,
)
relaxed = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None
)


@relaxed
@given(calls)
def test_the_same_bundle_changes_nothing(
    bundle: Bundles,
    made: list[dict[str, Any]],
) -> None:
    old = bundle()
    log = Past(old)
    for call in made:
        log.exchange(**call)
    sums = replayed(log, old, old)
    assert sums.exchanges.whole.flipped == 0
    assert not sums.clusters or {kind for kind, *_ in sums.clusters} == {"unreplayable"}
    assert set(sums.exchanges.whole.kinds) <= {Kind.SAME, Kind.UNREPLAYABLE}
    assert sums.reproduction.reproduced == sums.reproduction.replayed


@relaxed
@given(calls, st.permutations([0.3, 0.5, 0.9]))
def test_a_threshold_flips_exactly_what_lies_between(
    bundle: Bundles, made: list[dict[str, Any]], levels: list[float]
) -> None:
    before, after, _ = levels
    old, new = bundle(deny=before), bundle(deny=after)
    log, expected = Past(old), {}
    for call in made:
        exchange = log.exchange(**{**call, "late": False, "response": None, "tools": ()})
        sure = [round(s * 1000) / 1000 for _, kind, s in call["request"] if kind == "injection"]
        best = max(sure, default=-1)
        expected[exchange] = (best >= before, best >= after)
    sums = replayed(log, new, old)
    whole = sums.exchanges.whole
    assert whole.compared == len(made)
    assert whole.newly_stopped == sum(b and not a for a, b in expected.values())
    assert whole.newly_released == sum(a and not b for a, b in expected.values())


HOLED = """package lictor.request

deny contains {"rule": "holed.rule", "reason": "No."} if input.exchange.parameters.user
"""


@relaxed
@given(calls)
def test_holes_are_never_harmless(
    bundle: Bundles,
    made: list[dict[str, Any]],
) -> None:
    old = bundle()
    log = Past(old)
    for call in made:
        log.exchange(**{**call, "parameters": {"user": "Ann"}})
    sums = replayed(log, bundle({"holed.rego": HOLED}), old)
    released = sum(count for (_, new), count in sums.exchanges.whole.cells.items() if not new.stops)
    assert released == 0
    assert set(sums.exchanges.whole.kinds) <= {Kind.SAME, Kind.STRICTER, Kind.UNKNOWN, Kind.UNREPLAYABLE}


def _log(tmp_path: Path, exchanges: int, seed: int = 1) -> Path:
    write_log(tmp_path / "log", Traffic(baseline(), seed).records(exchanges))
    return tmp_path / "log"


def _stricter(tmp_path: Path) -> Path:
    new = tmp_path / "new"
    new.mkdir()
    for path in baseline().rglob("*"):
        if path.is_file():
            (new / path.relative_to(baseline())).parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text()
            if path.name == "data.json":
                text = text.replace('"deny": 0.9', '"deny": 0.6')
            (new / path.relative_to(baseline())).write_text(text)
    return new


def test_several_processes_count_what_one_counts(tmp_path: Path) -> None:
    log, new = opened(_log(tmp_path, 600)), _stricter(tmp_path)
    order = Order(log, new, (baseline(),), points=points(["settings.injection.deny=0.6:0.9:0.3"]))
    one, two = run(order, 1), run(order, 2)
    assert one.exchanges.to_json() == two.exchanges.to_json()
    assert sorted(one.indices) == sorted(two.indices)
    assert {key: (e.count, e.first) for key, e in one.clusters.items()} == {
        key: (e.count, e.first) for key, e in two.clusters.items()
    }
    assert one.exchanges.whole.newly_stopped > 0
    assert one.sweeps["settings.injection.deny=0.6"].to_json() == one.exchanges.whole.to_json()
    assert one.sweeps["settings.injection.deny=0.9"].flipped == 0
    assert one.reproduction.reproduced == one.reproduction.replayed > 1000


def test_window_and_tenant(tmp_path: Path) -> None:
    log = opened(_log(tmp_path, 200))
    window = Window(START_MS + 10_000, START_MS + 60_000, frozenset({"acme"}))
    sums = run(Order(log, baseline(), (baseline(),), window=window))
    tenants = {name for dimension, name in sums.exchanges.strata if dimension == "tenant"}
    assert tenants == {"acme"}
    assert 0 < len(sums.indices) < 100


def test_other_revisions_are_left_out_unless_their_bundle_is_there(bundle: Bundles) -> None:
    first, second = bundle(), bundle(deny=0.8)
    log, more = Past(first), Past(second)
    log.exchange()
    more.exchange([("classifiers", "injection", 0.85)])
    more.log.records[:] = [record | {"exchange": "y001"} for record in more.log.records]
    log.log.records += more.log.records
    alone = replayed(log, first, first)
    assert alone.unreplayable == {"other revision": 1}
    both = replayed(log, first, first, second)
    assert not both.unreplayable
    assert both.exchanges.whole.newly_released == 1


def test_what_does_not_reproduce_is_named(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange()
    log.exchange([("classifiers", "injection", 0.95)])
    verdicts = log.log.records[2]["decision"]["verdicts"]
    verdicts[0]["rule"] = "injection.renamed"
    sums = replayed(log, bundle(deny=0.5), old)
    assert (sums.reproduction.replayed, sums.reproduction.reproduced) == (3, 2)
    assert set(sums.reproduction.rules) == {"injection.attempt", "injection.renamed"}
    assert sums.unreplayable == {"not reproduced": 1}


def test_records_that_are_no_decisions(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange()
    del log.log.records[1]
    log.log.records += [
        {"type": "refused", "exchange": "r1", "caller": {"tenant": "default"}},
        {"type": "bundle", "revision": "sha256:00"},
        {"type": "outcome", "exchange": "nobody"},
        {"type": "decision", "exchange": "stub", "truncated": {"record": 1}},
    ]
    sums = replayed(log, old, old)
    assert (sums.refused, sums.unfinished) == (1, 2)
    assert sums.unreplayable == {"truncated": 1}
    assert sums.exchanges.whole.total == 2


def test_faults_are_not_replayed(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange(response=None)
    decision = log.log.records[0]["decision"]
    decision["answer"] = str(Answer.ERROR_CLOSED)
    decision["verdicts"] = [{"rule": "policy.fault", "effect": "deny", "reason": "…", "fail": "closed"}]
    assert replayed(log, old, old).unreplayable == {"policy fault": 1}


def test_a_response_that_lost_too_much_leaves_its_exchange_unreplayable(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange()
    log.exchange([("classifiers", "injection", 0.7)])
    for index in (1, 3):
        log.log.records[index]["truncated"] = {"coverage": 1}
    sums = replayed(log, bundle(deny=0.6), old)
    assert sums.exchanges.whole.kinds == {Kind.UNREPLAYABLE: 1, Kind.STRICTER: 1}
    assert sums.unreplayable == {"truncated": 1}


@pytest.mark.parametrize("cut", [80, 81])
def test_parts_of_a_log_add_up_where_a_cut_parts_an_exchange_too(tmp_path: Path, cut: int) -> None:
    order = Order(opened(_log(tmp_path, 80)), _stricter(tmp_path), (baseline(),))
    whole, sums = run(order), work(replace(order, stop=cut))
    sums.merge(work(replace(order, start=cut, stop=order.source.size)))
    assert sums.exchanges.to_json() == whole.exchanges.to_json()
    assert sums.response.total == whole.response.total
    assert sums.unfinished == 0
    assert sums.indices == whole.indices
    assert sums.timeline == whole.timeline
