"""What becomes of single exchanges: changed, unknown, unobservable, moot."""

import pytest

from gateway.policy.backtest.sums import Sums
from gateway.policy.compare import Kind
from tests.policy.backtest.scene import Bundles, Past, replayed

SURE, DOUBTFUL = ("classifiers", "injection", 0.95), ("classifiers", "injection", 0.7)
MAIL = ("patterns", "pii", 0.8)

NO_USER = """package lictor.request

deny contains {"rule": "user.forbidden", "reason": "No."} if input.exchange.parameters.user == "Bob"
"""
BROKEN = """package lictor.request

flag contains {"rule": "seed.odd", "reason": "Hm."} if 1 / (input.exchange.parameters.seed - 7) > 0
"""


def _kinds(sums: Sums) -> dict[str, int]:
    return {kind.value: count for kind, count in sums.exchanges.whole.kinds.items() if count}


def test_a_lower_threshold_stops_what_lies_between(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    for found in (SURE, DOUBTFUL, MAIL):
        log.exchange([found])
    sums = replayed(log, bundle(deny=0.6), old)
    assert _kinds(sums) == {"same": 2, "stricter": 1}
    [(cluster, examples)] = sums.clusters.items()
    assert cluster == ("stricter", "allow", "deny", ("injection.attempt",))
    assert examples.first == ((2, "x002"),)
    assert sums.before["gpt-4.1"].input_tokens == 100
    assert dict(sums.response.kinds) == {Kind.SAME: 1, Kind.MOOT: 1}


def test_what_is_let_through_has_an_answer_that_nobody_saw(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange([SURE])
    sums = replayed(log, bundle(deny=0.99), old)
    assert _kinds(sums) == {"looser": 1}
    assert sums.exchanges.whole.newly_released == 1
    assert dict(sums.response.kinds) == {Kind.UNOBSERVABLE: 1}


def test_another_mask_goes_upstream(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange([MAIL])
    sums = replayed(log, bundle(mask="hash"), old)
    assert _kinds(sums) == {"obligations_changed": 1}
    assert dict(sums.response.kinds) == {Kind.UNOBSERVABLE: 1}


def test_a_stopped_answer_hangs_on_what_went_upstream(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange([MAIL], [("patterns", "pii", 0.95)])
    sums = replayed(log, bundle(mask="hash"), old)
    assert _kinds(sums) == {"unobservable": 1}


def test_an_answer_newly_stopped_has_cost_its_tokens(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange([], [MAIL])
    sums = replayed(log, bundle(answer=0.5), old)
    assert _kinds(sums) == {"stricter": 1}
    assert sums.exchanges.whole.newly_stopped == 1
    assert not sums.before
    assert sums.after["gpt-4.1"].output_tokens == 10


def test_a_new_rule_on_a_withheld_parameter_is_unknown(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange(parameters={"user": "Bob"})
    log.exchange(parameters={"seed": 3})
    sums = replayed(log, bundle({"new.rego": NO_USER}), old)
    assert _kinds(sums) == {"unknown": 1, "same": 1}


def test_the_strongest_answer_needs_no_other_rule(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange([DOUBTFUL], parameters={"user": "Bob"})
    log.exchange([SURE], parameters={"user": "Bob"})
    sums = replayed(log, bundle({"new.rego": NO_USER}, deny=0.5), old)
    assert _kinds(sums) == {"stricter": 1, "same": 1}


def test_an_unchanged_rule_says_what_it_said(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange(parameters={"user": "Ann"})
    log.exchange(parameters={"user": "Bob"})
    sums = replayed(log, bundle(deny=0.1), old)
    assert _kinds(sums) == {"same": 2}
    gone = replayed(log, bundle({"user.rego": None}), old)
    assert _kinds(gone) == {"looser": 1, "same": 1}


def test_a_check_that_never_ran_is_unknown(bundle: Bundles) -> None:
    old = bundle(detectors=["patterns"])
    log = Past(old)
    log.exchange([MAIL])
    assert _kinds(replayed(log, bundle(), old)) == {"unknown": 1}


def test_a_check_that_is_dropped_takes_its_findings_along(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange([SURE])
    log.exchange([MAIL])
    assert _kinds(replayed(log, bundle(detectors=["patterns"]), old)) == {"looser": 1, "same": 1}
    assert _kinds(replayed(log, bundle(detectors=["classifiers"]), old)) == {"same": 1, "unknown": 1}


def test_a_check_without_an_end_is_judged_by_the_new_plan(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange(late=True)
    opened = bundle({"fail.rego": 'package lictor.plan\n\nfail := "open"\n'})
    sums = replayed(log, opened, old)
    assert [(str(a), str(b)) for a, b in sums.exchanges.whole.cells] == [("error_closed", "error_open")]
    hasty = bundle({"hasty.rego": "package lictor.plan\n\ndeadline_ms := 5\n"})
    assert _kinds(replayed(log, hasty, old)) == {"unknown": 1}


def test_another_stream_mode_makes_streams_unknown(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange(stream=True)
    log.exchange()
    buffered = bundle({"mode.rego": 'package lictor.plan\n\nstream := "buffer"\n'})
    assert _kinds(replayed(log, buffered, old)) == {"unknown": 1, "same": 1}


def test_an_endpoint_that_is_not_served_any_more(bundle: Bundles) -> None:
    passing = 'package lictor.plan\n\nunknown_endpoint := "pass_unscanned"\n'
    old = bundle({"pass.rego": passing})
    log = Past(old)
    log.exchange(endpoint="unknown", response=None)
    log.exchange()
    sums = replayed(log, bundle(), old)
    assert _kinds(sums) == {"stricter": 1, "same": 1}


def test_rules_that_fail_stop_everything(bundle: Bundles) -> None:
    old = bundle()
    log = Past(old)
    log.exchange(parameters={"seed": 7})
    log.exchange(parameters={"seed": 6})
    sums = replayed(log, bundle({"new.rego": BROKEN}), old)
    assert _kinds(sums) == {"stricter": 1, "same": 1}
    assert [str(new) for (_, new) in sums.exchanges.whole.cells if str(new) != "allow"] == ["error_closed"]
    assert sum(sums.faults.values()) == 1


@pytest.mark.parametrize(("mask", "kind"), [("mask", "same"), ("hash", "unknown")])
def test_a_change_that_could_not_be_made(bundle: Bundles, mask: str, kind: str) -> None:
    old = bundle()
    log = Past(old)
    log.exchange([MAIL], response=None)
    decision = log.log.records[0]["decision"]
    unmet = {
        "rule": "obligation.unmet",
        "effect": "deny",
        "reason": "…",
        "fail": "closed",
        "findings": ["f0"],
    }
    decision["verdicts"] = [unmet, *decision["verdicts"]]
    del decision["obligations"]
    decision["answer"] = "deny"
    sums = replayed(log, bundle(mask=mask), old)
    assert sums.reproduction.reproduced == 1
    assert _kinds(sums) == {kind: 1}
