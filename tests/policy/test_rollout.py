"""The rollout as a value: which steps are legal, who is in a canary, and what survives as JSON."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.policy.budgets import Budgets, Seen, exceeded
from gateway.policy.rollout import (
    By,
    IllegalStep,
    Rollout,
    begin,
    canary,
    document,
    from_document,
    place,
    promote,
    rollback,
    shadow,
    submit,
)

ANN, BOB = By("Ann", "because", 1), By("Bob", "because", 2)
FIRST, SECOND, THIRD = (f"sha256:{digit * 64}" for digit in "abc")


def in_shadow() -> Rollout:
    return shadow(submit(begin(FIRST, ANN), SECOND, ANN), SECOND, 0.5, Budgets(), ANN)


def in_canary(percent: float = 10) -> Rollout:
    return canary(in_shadow(), SECOND, percent, None, ANN)


def test_the_whole_way() -> None:
    done = promote(in_canary(), SECOND, 1, BOB)
    assert (done.enforced, done.previous, done.candidate, done.stage) == (SECOND, FIRST, "", "none")
    assert (done.version, done.approver, done.reason, done.since) == (5, "Bob", "because", 2)
    back = rollback(done, ANN)
    assert (back.enforced, back.previous) == (FIRST, "")


@pytest.mark.parametrize("rollout", [in_shadow(), in_canary()])
def test_a_rollback_drops_the_candidate_and_changes_nothing_else(rollout: Rollout) -> None:
    back = rollback(rollout, BOB)
    assert (back.enforced, back.candidate, back.stage, back.percent) == (FIRST, "", "none", 0)


def test_rolling_back_twice_does_not_bring_the_bad_one_back() -> None:
    back = rollback(promote(in_shadow(), SECOND, 1, ANN), ANN)
    with pytest.raises(IllegalStep, match="nothing to roll back"):
        rollback(back, ANN)


def test_steps_that_are_not_legal() -> None:
    start, submitted = begin(FIRST, ANN), submit(begin(FIRST, ANN), SECOND, ANN)
    steps: list[Callable[[], Rollout]] = [
        lambda: submit(start, FIRST, ANN),
        lambda: submit(in_shadow(), THIRD, ANN),
        lambda: shadow(start, SECOND, 0.5, Budgets(), ANN),
        lambda: shadow(submitted, SECOND, 0.0, Budgets(), ANN),
        lambda: shadow(submitted, SECOND, 1.1, Budgets(), ANN),
        lambda: shadow(in_canary(), SECOND, 0.5, Budgets(), ANN),
        lambda: canary(submitted, SECOND, 10, None, ANN),
        lambda: canary(in_shadow(), THIRD, 10, None, ANN),
        lambda: canary(in_shadow(), SECOND, 101, None, ANN),
        lambda: canary(in_canary(20), SECOND, 10, None, ANN),
        lambda: promote(submitted, SECOND, 1, ANN),
        lambda: promote(start, SECOND, 1, ANN),
        lambda: rollback(start, ANN),
    ]
    for step in steps:
        with pytest.raises(IllegalStep):
            step()


def test_four_eyes_are_those_of_two_people() -> None:
    once = promote(in_canary(), SECOND, 2, ANN)
    assert (once.enforced, once.stage) == (FIRST, "canary")
    with pytest.raises(IllegalStep, match="approved already"):
        promote(once, SECOND, 2, By("  ANN "))
    assert promote(once, SECOND, 2, BOB).enforced == SECOND


def test_approvals_do_not_outlive_their_candidate() -> None:
    once = promote(in_canary(), SECOND, 2, ANN)
    again = shadow(submit(rollback(once, ANN), THIRD, ANN), THIRD, 1, Budgets(), ANN)
    assert promote(again, THIRD, 2, BOB).enforced == FIRST


# --- canary -------------------------------------------------------------------------------------------------


@given(tenant=st.text(), low=st.floats(0.001, 100), high=st.floats(0.001, 100))
def test_a_tenant_never_leaves_a_canary_that_grows(tenant: str, low: float, high: float) -> None:
    small, large = sorted((low, high))
    if in_canary(small).decides_for(tenant) == SECOND:
        assert canary(in_canary(small), SECOND, large, None, ANN).decides_for(tenant) == SECOND


@given(tenant=st.text())
def test_everybody_is_in_a_canary_of_all_and_nobody_elsewhere(tenant: str) -> None:
    assert in_canary(100).decides_for(tenant) == SECOND
    assert in_shadow().decides_for(tenant) == FIRST
    assert rollback(in_canary(100), ANN).decides_for(tenant) == FIRST


def test_a_canary_has_about_its_share_and_another_one_other_tenants() -> None:
    tenants = [f"tenant-{number}" for number in range(4000)]
    chosen = {tenant for tenant in tenants if place(SECOND, tenant) < 10}
    others = {tenant for tenant in tenants if place(THIRD, tenant) < 10}
    assert 300 < len(chosen) < 500
    assert len(chosen & others) < 100


def test_places_are_those_that_the_documentation_gives() -> None:
    """Replicas, releases and auditors compute the same."""
    assert round(place(SECOND, "acme"), 6) == 65.755084


# --- budgets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        (Seen(99, 99, 99, 99_000_000), ""),
        (Seen(1000, 0, 0, 1000), ""),
        (Seen(1000, 60, 0, 1000), ""),
        (Seen(1000, 80, 0, 1000), "divergence: 80 of 1000"),
        (Seen(1000, 0, 15, 1000), ""),
        (Seen(1000, 0, 30, 1000), "errors: 30 of 1000"),
        (Seen(1000, 0, 0, 5001), "latency: 5.0 times"),
    ],
)
def test_a_budget_is_exceeded_where_even_the_lower_bound_is(candidate: Seen, said: str) -> None:
    budgets = Budgets(divergence=0.05, errors=0.01, latency=5.0, least=100)
    assert exceeded(budgets, candidate, Seen(1000, 0, 0, 1000)).startswith(said)
    assert bool(exceeded(budgets, candidate, Seen(1000, 0, 0, 1000))) == bool(said)


def test_errors_that_everybody_has_are_not_the_candidates() -> None:
    assert not exceeded(Budgets(), Seen(1000, 0, 210, 1000), Seen(1000, 0, 200, 1000))


@given(st.lists(st.builds(Seen, *[st.integers(0, 9)] * 4), min_size=1))
def test_what_was_seen_adds_up(parts: list[Seen]) -> None:
    assert sum(parts, Seen()) == sum(reversed(parts), Seen())


# --- JSON ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rollout", [begin(FIRST, ANN), in_shadow(), promote(in_canary(), SECOND, 2, BOB)])
def test_json_and_back(rollout: Rollout) -> None:
    assert from_document(json.loads(json.dumps(document(rollout)))) == rollout


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": None},
        {"stage": "half"},
        {"enforced": ""},
        {"enforced": 1},
        {"candidate": ""},
        {"version": "3"},
        {"percent": True},
        {"approvals": "Ann"},
        {"budgets": {}},
        {"later": 1},
    ],
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_document(json.loads(json.dumps(document(in_shadow()) | change)))


# --- every way through --------------------------------------------------------------------------------------


class Steps(RuleBasedStateMachine):
    """Any steps in any order: refused, or one version further, with one revision in force."""

    @initialize()
    def start(self) -> None:
        self.now = begin(FIRST, ANN)
        self.promoted = {FIRST}

    def _try(self, following: Rollout) -> None:
        assert following.version == self.now.version + 1
        self.now = following

    @rule(revision=st.sampled_from([FIRST, SECOND, THIRD]), kind=st.integers(0, 3), share=st.integers(1, 100))
    def step(self, revision: str, kind: int, share: int) -> None:
        before = self.now
        try:
            if kind == 0:
                self._try(submit(before, revision, ANN))
            elif kind == 1:
                self._try(shadow(before, revision, share / 100, Budgets(), ANN))
            elif kind == 2:
                self._try(canary(before, revision, share, None, ANN))
            else:
                self._try(promote(before, revision, 1, ANN))
                assert before.stage != "none"
                self.promoted.add(revision)
        except IllegalStep:
            assert self.now == before

    @rule()
    def back(self) -> None:
        before = self.now
        try:
            self._try(rollback(before, BOB))
        except IllegalStep:
            assert not before.candidate
            assert not before.previous

    @invariant()
    def only_promoted_revisions_decide_for_everybody(self) -> None:
        assert self.now.enforced in self.promoted
        assert (self.now.percent > 0) is (self.now.stage == "canary")
        assert bool(self.now.candidate) or self.now.stage == "none"
        assert from_document(json.loads(json.dumps(document(self.now)))) == self.now
        assert self.now.candidate != self.now.enforced
        assert replace(self.now, stage="shadow").decides_for("t") == self.now.enforced


TestSteps = Steps.TestCase
