"""The dialect of text-generation-inference."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.errors import CallerError
from gateway.core.segment import Segment
from gateway.wire.dialect import Denial
from gateway.wire.splice import Edit
from gateway.wire.stream import StreamReader, StreamView, read_whole
from gateway.wire.tgi_generate import GENERATE, STREAM
from tests.wire.markers import leaves
from tests.wire.test_census import entry_for, fits, read

Json = Any
"""A tree whose shape the test knows."""


def event(text: str, *, special: bool = False, **more: Json) -> bytes:
    token = {"id": 1, "text": text, "logprob": -0.5, "special": special}
    return (
        b"data:" + json.dumps({"index": 1, "token": token, "generated_text": None, **more}).encode() + b"\n\n"
    )


def reader() -> StreamReader:
    made = STREAM.stream(b"text/event-stream")
    assert made is not None
    return made


def view_of(*events: bytes) -> StreamView:
    return read_whole(reader(), b"".join(events))


END = {"finish_reason": "eos_token", "generated_tokens": 3, "input_length": 4}


def test_what_is_asked() -> None:
    view = GENERATE.request(
        {"inputs": "Hi you", "parameters": {"seed": 1, "stop": ["THE END"], "details": True}, "stream": True}
    )
    assert [(s.kind, s.pointer, s.text) for s in view.segments] == [
        ("text", "/inputs", "Hi you"),
        ("metadata", "/parameters/stop/0", "THE END"),
    ]
    assert (view.stream, view.parameters, view.model) == (True, {"seed": 1, "details": True}, "")
    assert STREAM.request({"inputs": "x"}).stream
    assert not GENERATE.request({"inputs": "x"}).stream


@pytest.mark.parametrize("body", [[], {"inputs": "x", "stream": "yes"}, {"inputs": "x", "parameters": [1]}])
def test_wrong_types_are_refused(body: Json) -> None:
    with pytest.raises(CallerError) as refusal:
        GENERATE.request(body)
    assert refusal.value.code == "invalid_type"


@pytest.mark.parametrize("listed", [False, True])
def test_an_answer(listed: bool) -> None:
    answer = {
        "generated_text": "It is Jane.",
        "details": {
            **END,
            "tokens": [{"text": "It is"}, {"text": " Jane."}],
            "top_tokens": [[{"text": "He is"}]],
        },
    }
    view = GENERATE.response([answer] if listed else answer)
    assert [(s.kind, s.text, view.rewritable(s.pointer)) for s in view.segments] == [
        ("text", "It is Jane.", True),
        ("metadata", "It is Jane.", False),
    ]
    assert (view.finish, view.usage.input_tokens, view.usage.output_tokens) == ("eos_token", 4, 3)


@pytest.mark.parametrize("body", [{}, [], "x", {"generated_text": 1}])
def test_an_unknown_shape_is_told(body: Json) -> None:
    assert [gap.reason for gap in GENERATE.response(body).unscanned] == ["unknown_shape"]


def test_the_text_at_the_end_belongs_to_the_tokens() -> None:
    raw = [
        event("It "),
        event("is Jane."),
        event("</s>", special=True, generated_text="It is Jane.", details=END),
    ]
    view = view_of(*raw)
    assert view.segments == (
        Segment("s0", "assistant", "text", "/token/text", "It is Jane."),
        Segment("s1", "assistant", "text", "/special/token/text", "</s>"),
    )
    assert (view.complete, view.finish, view.usage.input_tokens) == (True, "eos_token", 4)
    out = view_of(view.rewrite([Edit("/token/text", 6, 10, "[NAME]")]))
    assert [s.text for s in out.segments] == ["It is [NAME].", "</s>"]
    assert b'"generated_text": "It is [NAME]."' in view.rewrite([Edit("/token/text", 6, 10, "[NAME]")])


def test_a_text_at_the_end_that_differs_is_read_for_itself() -> None:
    view = view_of(event(" It"), event(" is", generated_text="Prompt: It is", details=END))
    assert [s.text for s in view.segments] == [" It is", "Prompt: It is"]


def test_half_a_stream_is_not_complete_and_an_error_is_seen() -> None:
    assert not view_of(event("It ")).complete
    failed = view_of(b'data:{"error": "It broke", "error_type": "generation"}\n\n')
    assert (failed.error, [s.text for s in failed.segments]) == ("generation", ["It broke"])


def test_a_stop_amid_the_stream_is_an_error() -> None:
    out = reader().ending({"rule": "r", "reason": "No."})
    assert json.loads(out.removeprefix(b"data:")) == {
        "error": "Denied by policy: No.",
        "error_type": "content_policy_violation",
        "lictor": {"rule": "r", "reason": "No."},
    }


def test_envelopes() -> None:
    denied = GENERATE.denial(Denial("ex1", "r", "No.", "/inputs", "sha256:0"))
    assert json.loads(denied.body) == {
        "error": "Denied by policy: No.",
        "error_type": "content_policy_violation",
        "lictor": {
            "decision_id": "ex1",
            "rule": "r",
            "reason": "No.",
            "revision": "sha256:0",
            "param": "/inputs",
        },
    }
    assert GENERATE.denial(Denial("ex1", "r", "No.", None, "s", kind="permission")).status == 403
    refused = GENERATE.refusal(CallerError(400, "invalid_type", "No.", "/inputs"), "ex1")
    assert json.loads(refused.body)["error_type"] == "validation"
    assert json.loads(GENERATE.fault(502, "unreachable", "No.", "ex1").body)["error_type"] == "generation"


def details(spell: Callable[[int], str]) -> Json:
    numbers = iter(range(100, 200))

    def token() -> Json:
        return {"id": 1, "text": spell(next(numbers)), "logprob": -1.0, "special": False}

    def sequence() -> Json:
        lists = {"prefill": [token()], "tokens": [token()], "top_tokens": [[token()]]}
        return {"finish_reason": spell(next(numbers)), "generated_tokens": 1, "seed": 1, **lists}

    best = {"generated_text": spell(next(numbers)), **sequence()}
    return {**sequence(), "best_of_sequences": [best]}


@pytest.mark.parametrize(("spelled", "read_control"), [("m4k3r {} x", True), ("m4k3r{}x", False)])
def test_the_census_is_complete_and_true(spelled: str, read_control: bool) -> None:
    spell = spelled.format
    said = {"generated_text": spell(1), "details": details(spell)}
    parameters = {"stop": [spell(2)], "grammar": {"value": spell(3)}, "adapter_id": spell(4)}
    bodies: list[tuple[str, Json]] = [
        ("request", {"inputs": spell(1), "parameters": parameters}),
        ("response", said),
        ("response", [said]),
        ("stream", {"index": 1, "token": {"id": 1, "text": spell(2), "special": False}, **said}),
        ("stream", {"error": spell(1), "error_type": spell(2)}),
    ]
    wrong = []
    for direction, body in bodies:
        kinds = {segment.text: segment.kind for segment in read("tgi.generate", direction, body)}
        for path, value in leaves(body):
            entry = entry_for("tgi.generate", direction, path.removeprefix("/"))
            if entry is None or (
                isinstance(value, str) and not fits(entry, kinds.get(value, ""), read_control)
            ):
                wrong.append((direction, path, kinds.get(str(value))))
    assert not wrong
