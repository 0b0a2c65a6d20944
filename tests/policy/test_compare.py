from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.decision import Answer, Decision, Effect, Verdict
from gateway.core.finding import Coverage, State
from gateway.policy.combine import answered, combine, faulted
from gateway.policy.compare import Delta, Kind, compare
from gateway.policy.plan import Plan

ORDER = [
    Answer.ALLOW, Answer.FLAG, Answer.TRANSFORM, Answer.ERROR_OPEN,
    Answer.REQUIRE_APPROVAL, Answer.ERROR_CLOSED, Answer.DENY,
]  # fmt: skip

verdicts = st.builds(
    Verdict,
    rule=st.sampled_from(["a.a", "b.b", "c.c"]),
    effect=st.sampled_from(list(Effect)),
    reason=st.sampled_from(["One.", "Two."]),
    findings=st.lists(st.sampled_from(["f0", "f1"]), max_size=2).map(tuple),
    params=st.dictionaries(st.sampled_from(["with", "answer"]), st.sampled_from(["mask", "x"]), max_size=1),
)
coverages = st.lists(
    st.builds(
        Coverage,
        segment=st.sampled_from(["s0", "s1"]),
        detector=st.sampled_from(["patterns", "*"]),
        state=st.sampled_from(list(State)),
        reason=st.sampled_from(["", "unknown_part"]),
    ),
    max_size=3,
)
plans = st.builds(
    Plan,
    detectors=st.just(("patterns",)),
    response_detectors=st.just(("patterns",)),
    fail=st.sampled_from(["closed", "open"]),
    unknown_part=st.sampled_from(["deny", "pass_unscanned"]),
)
decisions = st.builds(
    combine, st.just("request"), st.lists(verdicts, max_size=4), coverages, plans, st.just("r")
) | st.just(faulted("request", "r"))


def _decision(*views: Verdict) -> Decision:
    return combine("request", views, (), Plan((), ()), "r")


@given(decisions)
def test_verdicts_alone_give_the_answer(decision: Decision) -> None:
    assert answered(decision.verdicts) is decision.answer


@given(decisions)
def test_nothing_changes_against_itself(decision: Decision) -> None:
    change = compare(decision, replace(decision, revision="other"))
    assert change.kind is Kind.SAME
    assert not change.deltas
    assert not change.responsible


@given(decisions, decisions)
def test_kind_is_the_order_of_answers(old: Decision, new: Decision) -> None:
    change, back = compare(old, new), compare(new, old)
    step = ORDER.index(new.answer) - ORDER.index(old.answer)
    if step:
        assert change.kind is (Kind.STRICTER if step > 0 else Kind.LOOSER)
    else:
        assert change.kind in {Kind.SAME, Kind.OBLIGATIONS_CHANGED}
        assert back.kind is change.kind
    assert change.newly_stopped == back.newly_released
    assert [delta.rule for delta in change.deltas] == [delta.rule for delta in back.deltas]


@given(decisions, decisions)
def test_every_change_has_somebody_responsible(old: Decision, new: Decision) -> None:
    change = compare(old, new)
    assert bool(change.responsible) == (change.kind is not Kind.SAME)
    assert set(change.responsible) <= {delta.rule for delta in change.deltas}


DENY = Verdict("a.a", Effect.DENY, "No.")
ALSO = Verdict("b.b", Effect.DENY, "No, too.")
FLAG = Verdict("b.b", Effect.FLAG, "Hm.")
MASK = Verdict("c.c", Effect.REDACT, "Hide.", findings=("f0",), params={"with": "mask"})


def test_the_rule_that_does_it_alone_is_named() -> None:
    change = compare(_decision(), _decision(DENY, FLAG))
    assert change.deltas == (Delta("a.a", "added", flips=True), Delta("b.b", "added", flips=True))
    change = compare(_decision(FLAG), _decision(DENY, replace(FLAG, reason="Well.")))
    assert change.responsible == ("a.a",)


def test_where_none_does_it_alone_all_are_named() -> None:
    change = compare(_decision(DENY, ALSO), _decision())
    assert change.kind is Kind.LOOSER
    assert [delta.flips for delta in change.deltas] == [False, False]
    assert change.responsible == ("a.a", "b.b")


def test_another_mask_is_another_obligation_and_another_rule_is_not() -> None:
    hashed = replace(MASK, params={"with": "hash"})
    assert compare(_decision(MASK), _decision(hashed)).kind is Kind.OBLIGATIONS_CHANGED
    assert compare(_decision(MASK), _decision(hashed)).responsible == ("c.c",)
    renamed = replace(MASK, rule="d.d")
    assert compare(_decision(MASK), _decision(renamed)).kind is Kind.SAME


def test_what_is_stopped_is_not_transformed_any_more() -> None:
    assert compare(_decision(DENY), _decision(DENY, MASK)).kind is Kind.SAME
    canned = replace(DENY, params={"answer": "Please ask a person."})
    assert compare(_decision(DENY), _decision(canned)).kind is Kind.OBLIGATIONS_CHANGED
