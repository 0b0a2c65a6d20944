"""What policy sees is what is recorded: facts rebuilt from a record are the facts, but for declared holes."""

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.canonical import decode, encode_trusted
from gateway.audit.record import Seen, decision_record, outcome_record
from gateway.core.decision import Answer, Decision, Effect, Phase, Verdict
from gateway.core.exchange import Caller, Destination, Exchange, Outcome
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Role, Segment
from gateway.policy.combine import combine, faulted
from gateway.policy.facts import facts, plan_facts
from gateway.policy.matter import gaps
from gateway.policy.plan import Plan
from gateway.policy.replay import Replay, Unreplayable, replay

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)
long_names = names | st.sampled_from(["n" * 127, "n" * 128, "n" * 400, "größe", "back\\slash"])
texts = st.dictionaries(long_names, long_names, max_size=2)
scalars = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.booleans() | names | st.none()
callers = st.builds(
    Caller, key=names, tenant=st.sampled_from(["default", "acme"]), app=names,
    roles=st.lists(names, max_size=2).map(tuple), attributes=texts,
)  # fmt: skip
exchanges = st.builds(
    Exchange,
    id=st.just("01X"),
    endpoint=st.sampled_from(["chat.completions", "unknown"]),
    dialect=st.just("openai_chat"),
    caller=callers,
    model=long_names,
    route=names,
    destinations=st.lists(st.builds(Destination, names, names, texts), max_size=2).map(tuple),
    stream=st.booleans(),
    parameters=st.dictionaries(long_names, scalars, max_size=3),
    tools=st.lists(long_names, max_size=2).map(tuple),
    body_bytes=st.integers(0, 10**7),
    received_ms=st.integers(0, 2**42),
)
DETECTORS = ("patterns", "secrets")


@st.composite
def judgements(draw: st.DrawFn) -> tuple[list[Segment], list[Finding], list[Coverage]]:
    count = draw(st.integers(0, 4) | st.sampled_from([30, 400]))
    roles: st.SearchStrategy[Role] = st.sampled_from(["system", "user", "assistant", "tool"])
    segments = [
        Segment(f"s{n}", draw(roles) if n < 5 else "user", "text", f"/messages/{n}/content", "x" * n)
        for n in range(count)
    ]
    ids = [segment.id for segment in segments]
    finding = st.builds(
        Finding, id=st.just("f"), detector=st.sampled_from(DETECTORS), version=st.just("1"),
        category=st.sampled_from(["pii", "injection"]), label=st.just("email"),
        score=st.floats(0, 1), segment=st.sampled_from(ids or ["gone"]), start=st.integers(0, 3),
        end=st.integers(3, 9),
    )  # fmt: skip
    findings = draw(st.lists(finding, max_size=3))
    even = [Coverage(i, detector, State.OK) for i in ids for detector in DETECTORS]
    entry = st.builds(
        Coverage, segment=st.sampled_from([*ids[:5], "/x", ""]), detector=st.sampled_from([*DETECTORS, "*"]),
        state=st.sampled_from(list(State)), reason=st.sampled_from(["", "image"]),
    )  # fmt: skip
    coverage = draw(st.sampled_from([even, []])) + draw(st.lists(entry, max_size=3))
    return segments, findings, coverage


REQUEST = Decision("request", Answer.FLAG, (Verdict("a.b", Effect.FLAG, "Seen."),), (), "r")
PLAN = Plan(DETECTORS, DETECTORS, installed=DETECTORS)


def _without(value: object, hole: tuple[str, ...]) -> object:
    """The value with a path taken out."""
    if not isinstance(value, dict) or hole[0] not in value:
        return value
    rest = {name: item for name, item in value.items() if name != hole[0]}
    return rest if len(hole) == 1 else {**rest, hole[0]: _without(value[hole[0]], hole[1:])}


def _known(found: Mapping[str, object], rebuilt: Replay) -> object:
    value: object = json.loads(json.dumps(dict(found)))
    for hole in rebuilt.holes:
        value = _without(value, hole)
    return value


def _rebuilt(record: dict[str, Any], outcome: dict[str, Any] | None = None) -> Replay:
    call = decode(encode_trusted(record))
    judged = decode(encode_trusted(outcome)) if outcome else call
    return replay(call, judged, REQUEST if outcome else None)


@given(exchanges, judgements(), st.sampled_from(["request", "response"]), st.integers(0, 9000), names)
def test_facts_are_rebuilt_but_for_declared_holes(
    exchange: Exchange,
    material: tuple[list[Segment], list[Finding], list[Coverage]],
    phase: Phase,
    after: int,
    finish: str,
) -> None:
    segments, findings, coverage = material
    seen = Seen(after, DETECTORS, 200, finish)
    request = REQUEST if phase == "response" else None
    whole = (*coverage, *gaps(segments, coverage, DETECTORS))
    decision = combine(phase, (), whole, PLAN, "r")
    saw = facts(
        phase, exchange, segments, findings, whole, None, exchange.received_ms + after,
        request=request, response={"status": 200, "finish": finish},
    )  # fmt: skip
    first = decision_record(
        exchange, REQUEST if request else decision, segments, findings, coverage,
        seen=seen, body_commit="", rewritten=False,
    )  # fmt: skip
    outcome = outcome_record(
        exchange, Outcome(403, "denied"), decision, segments, findings, coverage, seen=seen
    )
    rebuilt = _rebuilt(first, outcome if request else None)
    again = (*rebuilt.coverage, *gaps(rebuilt.segments, rebuilt.coverage, DETECTORS))
    assert _known(rebuilt.seen(again), rebuilt) == _known(saw, rebuilt)
    assert _known(rebuilt.planning, rebuilt) == _known(plan_facts(exchange, DETECTORS), rebuilt)
    assert combine(phase, (), again, PLAN, "r") == decision
    assert rebuilt.decision == decision


def _record(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    exchange = Exchange("01X", "chat.completions", "openai_chat", Caller(), **changes)
    return decision_record(exchange, REQUEST, (), (), (), seen=Seen(), body_commit="", rewritten=False)


@pytest.mark.parametrize(
    ("record", "hole"),
    [
        (_record(parameters={"user": "Ann"}), ("exchange", "parameters", "user")),
        (_record(parameters={"u" * 200: 1}), ("exchange", "parameters")),
        (_record(model="m" * 128), ("exchange", "model")),
        (_record(tools=("t" * 300,)), ("exchange", "tools")),
        ({key: value for key, value in _record().items() if key != "installed"}, ("installed",)),
        ({key: value for key, value in _record().items() if key != "installed"}, ("time",)),
        (_record() | {"destinations": ["a"]}, ("exchange", "destinations")),
        (_record() | {"truncated": {"findings": 3}}, ("findings",)),
    ],
)
def test_what_is_not_recorded_is_a_hole(record: dict[str, Any], hole: tuple[str, ...]) -> None:
    assert hole in _rebuilt(record).holes


def test_a_short_record_has_no_hole() -> None:
    record = _record(model="m", parameters={"temperature": 0.5, "seed": 7}, tools=("search",))
    rebuilt = _rebuilt(record)
    assert not rebuilt.holes
    exchange = cast("dict[str, object]", rebuilt.facts["exchange"])
    assert exchange["parameters"] == {"temperature": 0.5, "seed": 7}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"truncated": {"record": 1}}, "truncated"),
        ({"truncated": {"coverage": 2}}, "truncated"),
        ({"decision": None}, "malformed"),
        ({"segments": 3}, "malformed"),
        ({"findings": [{"score": "high"}]}, "malformed"),
    ],
)
def test_what_cannot_be_replayed_says_why(changes: dict[str, Any], why: str) -> None:
    record = _record() | changes
    with pytest.raises(Unreplayable, match=why):
        replay(record, record)


def test_a_fault_is_not_replayed() -> None:
    exchange = Exchange("01X", "chat.completions", "openai_chat", Caller())
    record = decision_record(
        exchange, faulted("request", "r"), (), (), (), seen=Seen(), body_commit="", rewritten=False
    )
    with pytest.raises(Unreplayable, match="policy fault"):
        _rebuilt(record)


def test_an_outcome_without_judgement_has_no_decision() -> None:
    exchange = Exchange("01X", "chat.completions", "openai_chat", Caller())
    outcome = outcome_record(exchange, Outcome(200, "complete"), None, (), (), ())
    with pytest.raises(Unreplayable, match="no decision"):
        replay(_record(), outcome)
