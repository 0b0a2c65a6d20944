import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.decision import Answer, Effect, FailMode, Verdict
from gateway.core.finding import Coverage, State
from gateway.policy.combine import INCOMPLETE, combine, faulted, unfinished
from gateway.policy.plan import Plan

STRENGTH = [
    Answer.ALLOW, Answer.FLAG, Answer.TRANSFORM, Answer.ERROR_OPEN,
    Answer.REQUIRE_APPROVAL, Answer.ERROR_CLOSED, Answer.DENY,
]  # fmt: skip

verdicts = st.builds(
    Verdict,
    rule=st.sampled_from(["a.a", "b.b", "z.z"]),
    effect=st.sampled_from(list(Effect)),
    reason=st.sampled_from(["One.", "Two."]),
    findings=st.lists(st.sampled_from(["f0", "f1"]), max_size=2).map(tuple),
    params=st.dictionaries(st.sampled_from(["with", "text"]), st.sampled_from(["mask", "x"]), max_size=1),
)
coverages = st.lists(
    st.builds(
        Coverage,
        segment=st.sampled_from(["s0", "s1"]),
        detector=st.sampled_from(["patterns", "other", "*"]),
        state=st.sampled_from(list(State)),
    ),
    max_size=4,
)
fails = st.sampled_from(["closed", "open"])


def _plan(fail: FailMode = "closed") -> Plan:
    return Plan(("patterns",), ("patterns",), fail=fail)


@given(st.lists(verdicts, max_size=6), coverages, fails, st.randoms(use_true_random=False))
def test_order_does_not_matter(
    views: list[Verdict], coverage: list[Coverage], fail: FailMode, rng: random.Random
) -> None:
    shuffled = rng.sample(views, len(views))
    recovered = rng.sample(coverage, len(coverage))
    expected = combine("request", views, coverage, _plan(fail), "r")
    assert combine("request", shuffled, recovered, _plan(fail), "r") == expected


@given(st.lists(verdicts, max_size=6), verdicts, coverages, fails)
def test_another_verdict_never_weakens(
    views: list[Verdict], extra: Verdict, coverage: list[Coverage], fail: FailMode
) -> None:
    before = combine("request", views, coverage, _plan(fail), "r")
    after = combine("request", [*views, extra], coverage, _plan(fail), "r")
    assert STRENGTH.index(after.answer) >= STRENGTH.index(before.answer)
    assert set(map(repr, before.obligations)) <= set(map(repr, after.obligations))


@given(st.lists(verdicts, max_size=6), coverages, fails)
def test_repetition_does_not_matter(views: list[Verdict], coverage: list[Coverage], fail: FailMode) -> None:
    once = combine("request", views, coverage, _plan(fail), "r")
    assert combine("request", views + views, coverage + coverage, _plan(fail), "r") == once
    judged = [view for view in once.verdicts if view.rule != INCOMPLETE]
    assert combine("request", judged, coverage, _plan(fail), "r") == once


@given(st.lists(verdicts, max_size=6), coverages, fails)
def test_a_stop_names_the_rule_behind_it(
    views: list[Verdict], coverage: list[Coverage], fail: FailMode
) -> None:
    decision = combine("request", views, coverage, _plan(fail), "r")
    if decision.answer is Answer.DENY:
        assert decision.stopping_rule in {view.rule for view in views if view.effect is Effect.DENY}
    if decision.answer is Answer.ERROR_CLOSED:
        assert decision.stopping_rule == INCOMPLETE


@pytest.mark.parametrize(
    ("effects", "answer"),
    [
        ([], Answer.ALLOW),
        ([Effect.ALLOW], Answer.ALLOW),
        ([Effect.FLAG], Answer.FLAG),
        ([Effect.FLAG, Effect.REDACT], Answer.TRANSFORM),
        ([Effect.ROUTE], Answer.TRANSFORM),
        ([Effect.REQUIRE_APPROVAL, Effect.REDACT], Answer.REQUIRE_APPROVAL),
        ([Effect.DENY, Effect.REQUIRE_APPROVAL], Answer.DENY),
    ],
)
def test_strongest_effect_wins(effects: list[Effect], answer: Answer) -> None:
    views = [Verdict(f"r.{effect}", effect, "Reason.") for effect in effects]
    assert combine("request", views, [], _plan(), "r").answer is answer


def test_obligations_of_weaker_verdicts_still_apply() -> None:
    views = [Verdict("a.a", Effect.REQUIRE_APPROVAL, "A."), Verdict("b.b", Effect.STRIP_TOOL, "B.")]
    assert [item.rule for item in combine("request", views, [], _plan(), "r").obligations] == ["b.b"]


@pytest.mark.parametrize(
    ("fail", "effect", "answer"),
    [
        ("closed", Effect.ALLOW, Answer.ERROR_CLOSED),
        ("closed", Effect.REDACT, Answer.ERROR_CLOSED),
        ("closed", Effect.REQUIRE_APPROVAL, Answer.ERROR_CLOSED),
        ("closed", Effect.DENY, Answer.DENY),
        ("open", Effect.ALLOW, Answer.ERROR_OPEN),
        ("open", Effect.REDACT, Answer.ERROR_OPEN),
        ("open", Effect.REQUIRE_APPROVAL, Answer.REQUIRE_APPROVAL),
        ("open", Effect.DENY, Answer.DENY),
    ],
)
def test_unfinished_check(fail: FailMode, effect: Effect, answer: Answer) -> None:
    late = [Coverage("s0", "patterns", State.TIMEOUT)]
    decision = combine("request", [Verdict("a.a", effect, "A.")], late, _plan(fail), "r")
    assert decision.answer is answer
    assert INCOMPLETE in {verdict.rule for verdict in decision.verdicts}


def test_open_failure_keeps_obligations() -> None:
    late = [Coverage("s0", "patterns", State.ERROR)]
    views = [Verdict("a.a", Effect.REDACT, "A.", findings=("f0",), params={"with": "mask"})]
    assert combine("request", views, late, _plan("open"), "r").obligations


@pytest.mark.parametrize(
    ("detector", "state", "missing"),
    [
        ("patterns", State.OK, ()),
        ("patterns", State.NOT_APPLICABLE, ()),
        ("patterns", State.NOT_RUN, ("patterns",)),
        ("other", State.ERROR, ()),
        ("*", State.NOT_RUN, ()),
        ("*", State.NOT_APPLICABLE, ()),
        ("*", State.TIMEOUT, ("*",)),
    ],
)
def test_unfinished(detector: str, state: State, missing: tuple[str, ...]) -> None:
    assert unfinished([Coverage("s0", detector, state)], ("patterns",)) == missing


def test_fault_is_closed() -> None:
    decision = faulted("response", "r", "shadow")
    assert (decision.answer, decision.stopping_rule) == (Answer.ERROR_CLOSED, "policy.fault")
    assert decision.mode == "shadow"


def test_a_part_of_unknown_type_is_denied_unless_the_plan_lets_it_pass() -> None:
    unheard_of = [Coverage("/messages/0/content/1", "*", State.NOT_RUN, "unknown_part")]
    denied = combine("request", [], unheard_of, _plan(), "r")
    assert (denied.answer, denied.stopping_rule) == (Answer.DENY, "coverage.unknown_part")
    passing = Plan(("patterns",), ("patterns",), unknown_part="pass_unscanned")
    assert combine("request", [], unheard_of, passing, "r").answer is Answer.ALLOW
    image = [Coverage("/messages/0/content/1", "*", State.NOT_RUN, "image")]
    assert combine("request", [], image, _plan(), "r").answer is Answer.ALLOW
