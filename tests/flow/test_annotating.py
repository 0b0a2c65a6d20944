"""What is said about the checks in an answer that passes."""

import json
from dataclasses import replace

import pytest

from gateway.core.decision import Decision, Effect
from gateway.core.exchange import StreamMode
from gateway.core.finding import Finding
from gateway.flow.machine import live
from gateway.policy.plan import Annotation
from gateway.testing.playbook import Upstreamed, World, play
from tests.flow.test_machine import ANSWER, CHAT, PLAN, call, deciding, finding, governance, wanting

THREAT = Finding("f1", "classifiers", "1", "toxicity", "threat", 0.95, "s0", 0, 4)


def said(wanted: Annotation, *more: Finding, response: Decision | None = None) -> World:
    world = World(
        Upstreamed(ANSWER),
        findings={"request": [finding(5, 16)], "response": [finding(5, 8), *more]},
        decide=deciding(**({"response": response} if response else {})),
    )
    return play(live(call(), governance(replace(PLAN, annotate=wanted))), world)


def test_nothing_is_said_unless_the_plan_wants_it() -> None:
    assert said("none").reply.body == ANSWER


def test_our_own_field_tells_labels_and_counts() -> None:
    world = said("lictor")
    body = json.loads(world.reply.body)
    notes = body.pop("lictor")
    assert body == json.loads(ANSWER)
    assert notes["decision_id"] == "lx-1"
    assert notes["request"] == {
        "answer": "allow",
        "rules": [],
        "findings": {"pii/email": 1},
        "unchecked": [],
    }
    assert world.reply.body.endswith(ANSWER[1:])


def test_azures_fields_tell_what_was_filtered() -> None:
    redacting = wanting("response", Effect.REDACT, **{"with": "mask"})
    body = json.loads(said("azure", THREAT, response=redacting).reply.body)
    assert body["prompt_filter_results"] == [
        {
            "prompt_index": 0,
            "content_filter_results": {
                "personally_identifiable_information": {"filtered": False, "detected": True}
            },
        }
    ]
    (choice,) = body["choices"]
    assert choice["message"]["content"] == "call [EMAIL] now"
    assert choice["content_filter_results"] == {
        "personally_identifiable_information": {"filtered": True, "detected": True},
        "violence": {"filtered": False, "severity": "high"},
    }
    assert "lictor" not in body


def test_both_may_be_wanted() -> None:
    assert {"lictor", "prompt_filter_results"} <= json.loads(said("both").reply.body).keys()


@pytest.mark.parametrize("wanted", ["lictor", "both"])
@pytest.mark.parametrize("mode", ["buffer", "window"])
def test_a_stream_tells_it_at_its_end(wanted: Annotation, mode: StreamMode) -> None:
    frames = [
        b'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
        b"data: [DONE]\n\n",
    ]
    world = World(Upstreamed(b"".join(frames), content_type=b"text/event-stream"))
    plan = replace(PLAN, annotate=wanted, stream=mode)
    play(live(call(CHAT | {"stream": True}), governance(plan)), world)
    delivered = world.reply.body if mode == "buffer" else world.written
    first, last, done = delivered.split(b"\n\n")[:3]
    assert [first + b"\n\n", done + b"\n\n"] == [frames[0], frames[2]]
    body = json.loads(last.removeprefix(b"data: "))
    assert body["lictor"]["response"]["answer"] == "allow"
    assert ("content_filter_results" in body["choices"][0]) == (wanted == "both")
