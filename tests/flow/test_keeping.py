"""What of an exchange is handed to the vault: what was received and what was delivered, byte for byte."""

import json
from dataclasses import replace

import pytest

from gateway.core.decision import Effect
from gateway.core.errors import RecordFault
from gateway.flow.commands import Content, Disconnected, Record
from gateway.flow.machine import live
from gateway.policy.plan import Plan
from gateway.testing.playbook import Upstreamed, World, play
from tests.flow.test_machine import (
    ANSWER,
    CHAT,
    PLAN,
    call,
    deciding,
    denying,
    finding,
    governance,
    wanting,
)

KEEPING = replace(PLAN, record_content=True)
EVENTS = (
    (
        b'data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":'
        b'{"role":"assistant","content":"one two three four"},"finish_reason":null}]}\n\n'
    ),
    (
        b'data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{},'
        b'"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    ),
)


def contents(world: World) -> list[Content]:
    return [c for command in world.commands if isinstance(command, Record) for c in command.contents]


def kept(world: World) -> dict[str, bytes]:
    return {content.phase: content.body for content in contents(world) if content.keep}


def run(world: World, plan: Plan = KEEPING, *, vault: bool = True, **asked: object) -> World:
    return play(live(call({**CHAT, **asked}), replace(governance(plan), keeps=vault)), world)


def streamed() -> World:
    return World(Upstreamed(pieces=EVENTS, content_type=b"text/event-stream"))


def test_both_bodies_go_with_their_records() -> None:
    world = run(World(Upstreamed(ANSWER)))
    assert kept(world) == {"request": json.dumps(CHAT).encode(), "response": ANSWER}
    assert [content.record["type"] for content in contents(world)] == ["decision", "outcome"]


@pytest.mark.parametrize("plan", [PLAN, replace(PLAN, stream="observe")])
def test_without_the_plans_word_nothing_is_kept_but_the_request_is_committed_to(plan: Plan) -> None:
    world = run(World(Upstreamed(ANSWER)), plan)
    assert kept(world) == {}
    assert [(content.phase, content.keep) for content in contents(world)] == [("request", False)]


def test_without_a_vault_nothing_is_kept_whatever_the_plan_says() -> None:
    assert kept(run(World(Upstreamed(ANSWER)), vault=False)) == {}


def test_of_a_redacted_exchange_the_request_is_as_received_and_the_answer_as_delivered() -> None:
    world = World(
        Upstreamed(ANSWER),
        findings={"request": [finding(5, 16)], "response": [finding(5, 8)]},
        decide=deciding(
            request=wanting("request", Effect.REDACT, style="mask"),
            response=wanting("response", Effect.REDACT, style="mask"),
        ),
    )
    run(world)
    assert b"a@b.example" not in world.forwarded
    assert kept(world) == {"request": json.dumps(CHAT).encode(), "response": world.reply.body}
    assert kept(world)["response"] != ANSWER


@pytest.mark.parametrize("mode", ["window", "buffer", "observe"])
def test_of_a_stream_everything_that_left_is_kept(mode: str) -> None:
    world = run(streamed(), replace(KEEPING, stream=mode), stream=True)  # type: ignore[arg-type]
    delivered = b"".join(EVENTS) if mode == "observe" else world.answer
    assert kept(world)["response"] == delivered
    assert b"one two three" in delivered


def test_the_end_of_a_stream_leaves_after_all_of_it_is_kept() -> None:
    world = run(streamed(), stream=True)
    assert world.asked[-2:] == ["Record", "Write"]


def test_of_a_caller_that_leaves_what_it_got_until_then_is_kept() -> None:
    world = streamed()
    flow = live(call({**CHAT, "stream": True}), replace(governance(KEEPING), keeps=True))
    command, sent = next(flow), b""
    while type(command).__name__ != "Write":
        command = flow.send(world.perform(command))
    sent = command.body  # type: ignore[union-attr]
    world.perform(command)
    last = flow.throw(Disconnected())
    assert isinstance(last, Record)
    (content,) = last.contents
    assert (content.phase, content.body) == ("response", sent)
    assert last.records[0]["outcome"]["ending"] == "disconnected"


def test_of_a_denied_request_the_denial_is_what_was_delivered() -> None:
    world = run(World(decide=deciding(request=denying("request"))))
    assert kept(world) == {"request": json.dumps(CHAT).encode(), "response": world.reply.body}


def test_of_a_denied_answer_the_denial_is_kept_and_not_the_answer() -> None:
    world = run(World(Upstreamed(ANSWER), decide=deciding(response=denying("response"))))
    assert kept(world)["response"] == world.reply.body
    assert b"call 555" not in kept(world)["response"]


def test_what_cannot_be_kept_is_not_forwarded() -> None:
    world = run(World(Upstreamed(ANSWER), faults={"Record": RecordFault("full")}))
    assert "Forward" not in world.asked
    assert world.reply.status == 503
