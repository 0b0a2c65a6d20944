import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from gateway.core.decision import Answer, Decision, Effect, Obligation, Phase, Verdict
from gateway.core.errors import PolicyFault, RecordFault, UpstreamError
from gateway.core.exchange import Caller, Exchange
from gateway.core.finding import Finding
from gateway.flow.call import Call
from gateway.flow.commands import Command, Disconnected, Forward, Judge, Record, Write
from gateway.flow.governance import Governance
from gateway.flow.machine import live
from gateway.policy.plan import Plan
from gateway.providers.upstream import Route, Routing, Upstream
from gateway.testing.playbook import REVISION, Result, Upstreamed, World, allow, play
from gateway.wire.endpoint import Endpoint
from gateway.wire.endpoints import find
from gateway.wire.path import Template

CHAT = {"model": "m", "messages": [{"role": "user", "content": "mail a@b.example now"}]}
COMPLETION = {
    "id": "c1",
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "call 555 now"},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}
ANSWER = json.dumps(COMPLETION).encode()
GOVERNED = [
    "Prepare",
    "Detect",
    "Judge",
    "Record",
    "Forward",
    "Collect",
    "Detect",
    "Judge",
    "Record",
    "Reply",
]


class Rules:
    revision = REVISION

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def plan(self, exchange: Exchange) -> Plan:
        return self._plan


PLAN = Plan(("patterns",), ("patterns",))


def governance(plan: Plan = PLAN) -> Governance:
    upstreams = [
        Upstream("one", "openai", "http://a.example/v1"),
        Upstream("two", "openai", "http://b.example/v1"),
    ]
    clock = count(step=1000)
    return Governance(
        routing=Routing([Route("m*", ("one", "two"))], upstreams),
        rules=Rules(plan),
        digest=lambda text: f"{len(text):032x}",
        seal=lambda purpose, parts: hashlib.sha256("|".join((purpose, *parts)).encode()).digest(),
        commit=lambda body: f"{len(body):032x}",
        micros=lambda: next(clock),
    )


def call(body: object = CHAT, *, raw: bytes | None = None) -> Call:
    endpoint = find("POST", "/v1/chat/completions", [])
    assert endpoint is not None
    return Call(
        id="lx-1",
        endpoint=endpoint,
        method="POST",
        path="/chat/completions",
        headers=[],
        body=json.dumps(body).encode() if raw is None else raw,
        caller=Caller(),
        received_ms=1,
    )


def deciding(**by_phase: Decision) -> Callable[[Judge], Decision]:
    return lambda question: by_phase.get(question.phase) or allow(question.phase)


def finding(start: int, end: int, segment: str = "s0") -> Finding:
    return Finding("f0", "patterns", "1", "pii", "email", 0.9, segment, start, end)


def wanting(phase: Phase, effect: Effect, **params: object) -> Decision:
    verdict = Verdict("r.one", effect, "because", findings=("f0",), params=params)
    obligation = Obligation(effect, "r.one", ("f0",), params)
    return Decision(phase, Answer.TRANSFORM, (verdict,), (obligation,), REVISION)


def denying(phase: Phase) -> Decision:
    return Decision(phase, Answer.DENY, (Verdict("r.no", Effect.DENY, "not here"),), (), REVISION)


def test_a_clean_exchange_is_forwarded_and_released_byte_for_byte() -> None:
    raw = b'{ "model":"m",  "messages":[{"role":"user","content":"h\\u0069"}], "x-new": 1e0 }'
    world = play(live(call(raw=raw), governance()), World(Upstreamed(ANSWER)))
    assert world.asked == GOVERNED
    assert world.forwarded == raw
    assert world.reply.body == ANSWER


def test_nothing_leaves_before_its_record_is_durable() -> None:
    world = play(live(call(), governance()), World(Upstreamed(ANSWER)))
    assert world.asked.index("Record") < world.asked.index("Forward")
    assert world.asked[-2:] == ["Record", "Reply"]
    assert [record["type"] for record in world.records] == ["decision", "outcome"]


def test_what_policy_saw_is_recorded() -> None:
    ruling = replace(
        governance(replace(PLAN, installed=("a", "b"))), seen_digest=lambda text: f"digest {text}"
    )
    world = play(
        live(call(), ruling), World(Upstreamed(ANSWER), decide=deciding(response=denying("response")))
    )
    request, response = [command for command in world.commands if isinstance(command, Judge)]
    decision, outcome = world.records
    assert decision["installed"] == ("a", "b")
    assert request.now_ms == decision["received_ms"] + decision["decision_ms"]
    assert response.now_ms == decision["received_ms"] + outcome["seen"]["after_ms"]
    assert (outcome["seen"]["status"], outcome["seen"]["finish"]) == (response.status, response.finish)
    assert outcome["outcome"]["status"] != response.status
    for record, question in ((decision, request), (outcome, response)):
        digests = [segment["digest"] for segment in record["segments"]]
        assert digests == [f"digest {segment.text}" for segment in question.segments] != []


def test_a_redaction_changes_only_its_span_upstream() -> None:
    world = World(
        Upstreamed(ANSWER),
        findings={"request": [finding(5, 14)]},
        decide=deciding(request=wanting("request", Effect.REDACT, **{"with": "mask"})),
    )
    play(live(call(), governance()), world)
    assert world.forwarded == json.dumps(CHAT).encode().replace(b"a@b.example"[:9], b"[EMAIL]", 1)
    assert world.records[0]["rewritten"] is True


def test_a_redaction_by_hash_names_a_keyed_digest() -> None:
    world = World(
        Upstreamed(ANSWER),
        findings={"request": [finding(5, 16)]},
        decide=deciding(request=wanting("request", Effect.REDACT, **{"with": "hash"})),
    )
    play(live(call(), governance()), world)
    assert json.loads(world.forwarded)["messages"][0]["content"] == "mail [EMAIL:000000000000] now"


def echoing(token: str) -> bytes:
    return json.dumps(
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": token}}]}
    ).encode()


def test_a_placeholder_goes_out_and_its_value_comes_back() -> None:
    decide = deciding(request=wanting("request", Effect.REDACT, **{"with": "placeholder"}))
    findings: dict[Phase, list[Finding]] = {"request": [finding(5, 16)]}
    sent = play(live(call(), governance()), World(Upstreamed(ANSWER), findings, decide)).forwarded
    token = json.loads(sent)["messages"][0]["content"].split()[1]
    assert b"a@b" not in sent
    world = play(live(call(), governance()), World(Upstreamed(echoing(token)), findings, decide))
    assert world.forwarded == sent
    assert world.reply.body == echoing("a@b.example")
    assert world.records[-1]["outcome"]["restored"] == {"email": 1}


def test_a_placeholder_of_another_exchange_stays_one() -> None:
    decide = deciding(request=wanting("request", Effect.REDACT, **{"with": "placeholder"}))
    findings: dict[Phase, list[Finding]] = {"request": [finding(5, 16)]}
    theirs = play(live(call(), governance()), World(Upstreamed(ANSWER), findings, decide)).forwarded
    stranger = echoing(json.loads(theirs)["messages"][0]["content"])
    other = CHAT | {"messages": [{"role": "user", "content": "mail c@d.example now"}]}
    world = play(live(call(other), governance()), World(Upstreamed(stranger), findings, decide))
    assert world.reply.body == stranger
    assert "restored" not in world.records[-1]["outcome"]


def test_a_denied_answer_restores_nothing() -> None:
    request = wanting("request", Effect.REDACT, **{"with": "placeholder"})
    world = World(
        Upstreamed(ANSWER),
        {"request": [finding(5, 16)]},
        deciding(request=request, response=denying("response")),
    )
    play(live(call(), governance()), world)
    assert b"a@b" not in world.reply.body


def test_a_response_is_redacted_before_release() -> None:
    world = World(
        Upstreamed(ANSWER),
        findings={"response": [finding(5, 8)]},
        decide=deciding(response=wanting("response", Effect.REDACT, **{"with": "mask"})),
    )
    play(live(call(), governance()), world)
    assert json.loads(world.reply.body)["choices"][0]["message"]["content"] == "call [EMAIL] now"


def test_a_replacement_stands_for_the_whole_text() -> None:
    decision = replace(
        wanting("response", Effect.REPLACE, text="withheld"),
        obligations=(Obligation(Effect.REPLACE, "r.one", (), {"text": "withheld"}),),
    )
    world = World(Upstreamed(ANSWER), decide=deciding(response=decision))
    play(live(call(), governance()), world)
    assert json.loads(world.reply.body)["choices"][0]["message"]["content"] == "withheld"


@pytest.mark.parametrize(
    ("stripped", "left"),
    [(["a"], {"tools": ["b"]}), (["a", "b"], {})],
    ids=["one of two", "all"],
)
def test_a_stripped_tool_is_not_offered(stripped: list[str], left: dict[str, list[str]]) -> None:
    body = CHAT | {
        "tools": [{"type": "function", "function": {"name": name}} for name in ("a", "b")],
        "tool_choice": {"type": "function", "function": {"name": "a"}},
        "parallel_tool_calls": True,
    }
    obligations = tuple(Obligation(Effect.STRIP_TOOL, "r.t", (), {"tool": t}) for t in stripped)
    decision = Decision("request", Answer.TRANSFORM, (), obligations, REVISION)
    world = World(Upstreamed(ANSWER), decide=deciding(request=decision))
    play(live(call(body), governance()), world)
    sent = json.loads(world.forwarded)
    assert "tool_choice" not in sent
    assert [t["function"]["name"] for t in sent.get("tools", [])] == left.get("tools", [])
    assert ("parallel_tool_calls" in sent) == bool(left)


def test_a_routed_exchange_goes_only_where_the_rule_says() -> None:
    obligations = (Obligation(Effect.ROUTE, "r.r", (), {"upstream": "two"}),)
    decision = Decision("request", Answer.TRANSFORM, (), obligations, REVISION)
    world = World(Upstreamed(ANSWER), decide=deciding(request=decision))
    play(live(call(), governance()), world)
    forward = next(c for c in world.commands if isinstance(c, Forward))
    assert [upstream.name for upstream in forward.upstreams] == ["two"]


def test_a_route_to_an_upstream_that_the_model_has_not_is_denied() -> None:
    obligations = (Obligation(Effect.ROUTE, "r.r", (), {"upstream": "elsewhere"}),)
    decision = Decision("request", Answer.TRANSFORM, (), obligations, REVISION)
    world = play(live(call(), governance()), World(decide=deciding(request=decision)))
    assert "Forward" not in world.asked
    assert world.reply.status == 400


def test_an_obligation_that_cannot_be_met_denies() -> None:
    decision = replace(
        wanting("request", Effect.REDACT),
        obligations=(Obligation(Effect.REDACT, "r.one", ("f9",), {"with": "mask"}),),
    )
    world = play(live(call(), governance()), World(decide=deciding(request=decision)))
    assert "Forward" not in world.asked
    assert world.reply.status == 400
    assert b"obligation.unmet" in world.reply.body


def test_a_denied_request_never_reaches_an_upstream() -> None:
    world = play(live(call(), governance()), World(decide=deciding(request=denying("request"))))
    assert world.asked == ["Prepare", "Detect", "Judge", "Record", "Reply"]
    assert [record["type"] for record in world.records] == ["decision", "outcome"]
    assert (b"x-should-retry", b"false") in world.reply.headers


def test_a_denied_response_is_not_released() -> None:
    world = World(Upstreamed(ANSWER), decide=deciding(response=denying("response")))
    play(live(call(), governance()), world)
    assert b"555" not in world.reply.body
    assert world.records[-1]["outcome"]["ending"] == "denied"


def test_an_unreadable_response_is_an_unfinished_check() -> None:
    seen: list[Judge] = []

    def decide(question: Judge) -> Decision:
        seen.append(question)
        return allow(question.phase)

    play(live(call(), governance()), World(Upstreamed(b"<html>"), decide=decide))
    assert {entry.state.value for entry in seen[1].coverage} == {"error"}


def test_an_upstreams_error_reaches_the_caller_as_it_is() -> None:
    upstream = Upstreamed(b'{"error":{"message":"slow down"}}', status=429, headers=[(b"retry-after", b"3")])
    world = play(live(call(), governance()), World(upstream))
    assert (world.reply.status, world.reply.body) == (429, upstream.body)
    assert (b"retry-after", b"3") in world.reply.headers
    assert world.records[-1]["outcome"]["ending"] == "upstream_error"


@pytest.mark.parametrize("where", ["Forward", "Collect"])
def test_no_answer_is_a_gateway_error_with_an_outcome(where: str) -> None:
    fault = UpstreamError("timeout", "no answer in time", upstream="one", attempts=2)
    world = play(live(call(), governance()), World(Upstreamed(ANSWER), faults={where: fault}))
    assert world.reply.status == 504
    assert world.records[-1]["outcome"]["attempts"] == 2


@pytest.mark.parametrize("where", ["Forward", "Collect"])
def test_a_caller_that_leaves_still_gets_an_outcome(where: str) -> None:
    world = play(live(call(), governance()), World(Upstreamed(ANSWER), faults={where: Disconnected()}))
    assert world.records[-1]["outcome"]["status"] == 499
    assert "Reply" not in world.asked


def test_a_record_that_cannot_be_kept_stops_the_request() -> None:
    world = play(live(call(), governance()), World(faults={"Record": RecordFault("disk")}))
    assert "Forward" not in world.asked
    assert world.reply.status == 503


class FullDisk(World):
    """Records cannot be kept: where they need not be, they are bypassed."""

    def perform(self, command: Command) -> Result:
        result = super().perform(command)
        if not isinstance(command, Record):
            return result
        if command.required:
            raise RecordFault("disk")
        return False


@pytest.mark.parametrize("answer", [Answer.ALLOW, Answer.DENY])
def test_a_route_of_best_effort_goes_on_and_says_so(answer: Answer) -> None:
    upstreams = [Upstream("one", "openai", "http://a.example/v1")]
    routing = Routing([Route("m*", ("one",), audit="best_effort")], upstreams)
    world = FullDisk(
        Upstreamed(ANSWER), decide=lambda question: replace(allow(question.phase), answer=answer)
    )
    play(live(call(), replace(governance(), routing=routing)), world)
    assert world.reply.status == (200 if answer is Answer.ALLOW else 400)
    assert (b"x-lictor-record", b"bypassed") in world.reply.headers
    assert [record["type"] for record in world.records] == ["decision", "outcome"]


def test_nothing_is_bypassed_where_records_are_required() -> None:
    world = play(live(call(), governance()), FullDisk(Upstreamed(ANSWER)))
    assert "Forward" not in world.asked
    assert world.reply.status == 503


def test_a_plan_that_cannot_be_made_stops_the_request() -> None:
    class Broken(Rules):
        def plan(self, exchange: Exchange) -> Plan:
            raise PolicyFault("no")

    world = play(live(call(), replace(governance(), rules=Broken(PLAN))), World())
    assert world.asked == ["Prepare", "Record", "Reply"]
    assert world.reply.status == 503


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'{"model":"m","model":"n","messages":[]}', 400, "duplicate_key"),
        (b'{"model":"m"', 400, "malformed_json"),
        (b'{"model":"other","messages":[]}', 404, "model_not_found"),
    ],
)
def test_a_request_that_cannot_be_served_is_refused_and_recorded(raw: bytes, status: int, code: str) -> None:
    world = play(live(call(raw=raw), governance()), World())
    assert world.asked == ["Record", "Reply"]
    assert world.reply.status == status
    assert world.records == [{**world.records[0], "type": "refused", "code": code}]


STREAM = b'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\ndata: [DONE]\n\n'


def observed(faults: dict[str, Exception] | None = None) -> World:
    world = World(Upstreamed(STREAM, content_type=b"text/event-stream"), faults=faults or {})
    return play(live(call(CHAT | {"stream": True}), governance(replace(PLAN, stream="observe"))), world)


def test_an_observed_stream_is_released_first_and_judged_afterwards() -> None:
    world = observed()
    assert world.asked == [
        "Prepare",
        "Detect",
        "Judge",
        "Record",
        "Forward",
        "Relay",
        "Detect",
        "Judge",
        "Record",
    ]
    reasons = {entry.get("reason") for entry in world.records[-1]["coverage"]}
    assert "observed_after_release" in reasons


def test_a_buffered_stream_says_so_in_its_coverage() -> None:
    world = World(Upstreamed(STREAM, content_type=b"text/event-stream"))
    play(live(call(CHAT | {"stream": True}), governance(replace(PLAN, stream="buffer"))), world)
    reasons = {entry.get("reason") for entry in world.records[-1]["coverage"]}
    assert "buffered_whole" in reasons
    assert world.reply.body == STREAM


def test_a_relay_that_breaks_off_ends_with_an_error_frame() -> None:
    world = observed(faults={"Relay": UpstreamError("protocol", "it broke off")})
    tail = world.commands[-1]
    assert isinstance(tail, Write)
    assert tail.body.startswith(b"data: {")
    assert tail.body.endswith(b"\n\n")


def test_every_answer_names_its_decision_and_revision() -> None:
    world = play(live(call(), governance()), World(Upstreamed(ANSWER)))
    headers = dict(world.reply.headers)
    assert headers[b"x-lictor-decision-id"] == b"lx-1"
    assert headers[b"x-lictor-policy-revision"] == REVISION.encode()
    assert b"upstream;dur=" in headers[b"server-timing"]


def test_stripping_the_last_legacy_function_takes_its_choice_along() -> None:
    body = CHAT | {"functions": [{"name": "a", "parameters": {}}], "function_call": {"name": "a"}}
    obligations = (Obligation(Effect.STRIP_TOOL, "r.t", (), {"tool": "a"}),)
    decision = Decision("request", Answer.TRANSFORM, (), obligations, REVISION)
    world = World(Upstreamed(ANSWER), decide=deciding(request=decision))
    play(live(call(body), governance()), world)
    assert json.loads(world.forwarded) == CHAT


def test_what_nobody_looks_at_goes_through_unread() -> None:
    unread = replace(governance(Plan((), (), stream="observe")), judges=False)
    world = play(live(call(), unread), World(response=Upstreamed(b"not even JSON")))
    assert world.asked == ["Prepare", "Forward", "Collect", "Record", "Reply"]
    assert world.forwarded == json.dumps(CHAT).encode()
    assert world.reply.body == b"not even JSON"
    stream = play(live(call({**CHAT, "stream": True}), unread), World(response=Upstreamed(b"data: 1\n\n")))
    assert stream.asked == ["Prepare", "Forward", "Relay", "Record"]


def test_what_nobody_looks_at_must_still_name_its_model() -> None:
    unread = replace(governance(Plan((), ())), judges=False)
    world = play(live(call({"model": 7}), unread), World())
    assert (world.asked, world.reply.status) == (["Record", "Reply"], 400)


def test_a_model_in_the_path_is_routed_and_renamed_there() -> None:
    template = Template("/v1beta", "/models/{model}:chat")
    asked = call({**CHAT, "model": "m 1"})
    asked.endpoint = Endpoint("chat", "POST", (template,), asked.endpoint.dialect, model="path")
    asked.template, asked.parts, asked.path = template, {"model": "m 1"}, "/models/m%201:chat?key=k"
    world = play(live(asked, governance()), World(Upstreamed(ANSWER)))
    request = next(command.request for command in world.commands if isinstance(command, Forward))
    assert (request.model, request.path) == ("m 1", "/models/m%201:chat?key=k")
    assert request.path_for is not None
    assert request.path_for("m/2?") == "/models/m/2%3F:chat?key=k"
    assert request.renamed is not None
    assert request.renamed("m/2") == request.body == asked.body
    assert {record["model"] for record in world.records} == {"m 1"}
