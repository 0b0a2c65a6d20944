"""Window mode on the Responses API, where every text is said again: no repetition tells what was masked."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.decision import Answer, Decision, Effect, Verdict
from gateway.flow.commands import Judge
from gateway.flow.machine import live
from gateway.testing.playbook import REVISION, Upstreamed, World, allow, play
from tests.flow.test_endpoints import asking
from tests.flow.test_machine import governance
from tests.flow.test_streaming import CARD, EMAIL, KEY, LONG, PLAN, TEXTS, VALUES, cut, cuts_of, guard, scan
from tests.wire.test_responses import spoken
from tests.wire.test_responses import stream as framed

ARGUMENTS = json.dumps({"to": EMAIL, "text": "caf\u00e9 \U0001f600 " + CARD})


def run(pieces: Sequence[bytes], decide: Callable[[Judge], Decision] = guard) -> World:
    upstream = Upstreamed(content_type=b"text/event-stream", pieces=pieces)
    body = json.dumps({"model": "m", "input": "hi", "stream": True}).encode()
    world = World(upstream, decide=decide, detect=scan)
    return play(live(asking("POST", "/v1/responses", body), governance(PLAN)), world)


def events(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in raw.split(b"\n") if line.startswith(b"data: {")]


def deltas(raw: bytes) -> str:
    return "".join(e["delta"] for e in events(raw) if e.get("type") == "response.output_text.delta")


def masked(text: str) -> str:
    return text.replace(CARD, "[CARD]").replace(EMAIL, "[EMAIL]").replace(VALUES[2], "[IBAN]")


@settings(max_examples=60)
@given(text=TEXTS, data=st.data())
def test_every_repetition_is_masked_alike_under_any_fragmentation(text: str, data: st.DataObject) -> None:
    fragments = cut(text, data.draw(cuts_of(len(text))))
    raw = framed(spoken(fragments, cut(ARGUMENTS, data.draw(cuts_of(len(ARGUMENTS))))))
    world = run(cut(raw, data.draw(cuts_of(len(raw)))))
    said = events(world.written)
    by_type = {event["type"]: event for event in said}
    assert deltas(world.written) == by_type["response.output_text.done"]["text"] == masked(text)
    message, call = by_type["response.completed"]["response"]["output"]
    assert message["content"][0]["text"] == masked(text)
    assert json.loads(call["arguments"]) == {"to": "[EMAIL]", "text": "caf\u00e9 \U0001f600 [CARD]"}
    assert by_type["response.function_call_arguments.done"]["arguments"] == call["arguments"]
    assert not any(value in json.dumps(said, ensure_ascii=False) for value in VALUES)
    assert [event["sequence_number"] for event in said] == [*range(len(said))]


@settings(max_examples=40)
@given(text=TEXTS, data=st.data())
def test_no_death_of_the_upstream_lets_a_value_out(text: str, data: st.DataObject) -> None:
    raw = framed(spoken(cut(text, data.draw(cuts_of(len(text)))), [ARGUMENTS]))
    alive = raw[: data.draw(st.integers(0, len(raw) - 1))]
    delivered = run(cut(alive, data.draw(cuts_of(len(alive))))).written
    assert not any(value.encode() in delivered for value in VALUES)
    assert masked(text).startswith(deltas(delivered))


@settings(max_examples=40)
@given(parts=st.lists(st.text(max_size=60), max_size=12), data=st.data())
def test_what_no_rule_changes_keeps_its_bytes(parts: list[str], data: st.DataObject) -> None:
    raw = framed(spoken(parts, [ARGUMENTS]))
    world = run(cut(raw, data.draw(cuts_of(len(raw)))), lambda question: allow(question.phase))
    assert world.written == raw


@pytest.mark.parametrize("step", [3, 11, 2000])
def test_a_stop_is_an_incomplete_response_and_repeats_nothing(step: int) -> None:
    text = f"{LONG} Use {KEY} now. {LONG}"
    world = run([framed(spoken(cut(text, range(step, len(text), step)), ["{}"]))])
    said = events(world.written)
    assert KEY[:6] not in world.written.decode()
    assert said[-1]["type"] == "response.incomplete"
    assert said[-1]["response"]["incomplete_details"] == {"reason": "content_filter"}
    assert LONG.startswith(deltas(world.written)[:200])
    numbers = [event["sequence_number"] for event in said]
    assert numbers == sorted(set(numbers))
    assert (world.records[-1]["outcome"]["ending"], world.records[-1]["outcome"]["code"]) == (
        "denied",
        "secrets.stay",
    )


def test_a_frame_that_is_cut_short_is_never_cut_further() -> None:
    """It is no JSON, so its text is its data: all of it leaves, or nothing."""
    whole = framed(spoken([LONG * 2, EMAIL, LONG], ["{}"]))
    last = whole.rindex(b"event: ")
    assert run([whole[: whole.index(EMAIL.encode(), last) + 40]]).written.count(EMAIL.encode()) == 0


def test_a_stop_at_the_very_end_leaves_one_end_and_it_is_ours() -> None:
    def late(question: Judge) -> Decision:
        if question.phase == "request" or question.finish != "completed":
            return allow(question.phase)
        verdict = Verdict("r.late", Effect.DENY, "no end like this")
        return Decision("response", Answer.DENY, (verdict,), (), REVISION)

    said = events(run([framed(spoken([LONG], ["{}"]))], late).written)
    ends = [e["type"] for e in said if e["type"] in ("response.completed", "response.incomplete")]
    assert ends == ["response.incomplete"]
    assert [event["sequence_number"] for event in said] == [*range(len(said))]
