"""Envoy's messages, as it really sends them, and ours."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.server.envoy.messages import BodyMode, Modes, Stage, go_on, stop, told
from gateway.server.envoy.protobuf import Malformed, message, messages, number
from tests.server.envoy.recorded import FRAMES


def test_a_real_calls_messages_are_understood() -> None:
    head, body, answer, answered = map(told, FRAMES)
    assert [each.stage for each in (head, body, answer, answered)] == [
        "request_headers",
        "request_body",
        "response_headers",
        "response_body",
    ]
    assert [each.last for each in (head, body, answer, answered)] == [False, True, False, True]
    assert head.modes == Modes(BodyMode.BUFFERED, BodyMode.BUFFERED)
    assert {(b":method", b"POST"), (b":path", b"/v1/chat/completions?x=1")} <= set(head.headers)
    assert json.loads(body.body)["model"] == "gpt-4o"
    assert answer.headers[0] == (b":status", b"200")
    assert json.loads(answered.body)["object"] == "chat.completion"


@given(st.integers(0, 3), st.data())
def test_a_message_that_is_cut_off_is_never_taken_for_a_whole_one(index: int, data: st.DataObject) -> None:
    raw = FRAMES[index]
    cut = data.draw(st.integers(0, len(raw) - 1))
    whole = told(raw)
    try:
        part = told(raw[:cut])
    except Malformed:
        return
    assert (part.stage, part.headers, part.body) == (whole.stage, whole.headers, whole.body)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_malformed(raw: bytes) -> None:
    try:
        told(raw)
    except Malformed:
        return


STAGES: list[tuple[Stage, int]] = [
    ("request_headers", 1),
    ("response_headers", 2),
    ("request_body", 3),
    ("response_body", 4),
]


@pytest.mark.parametrize(("stage", "field"), STAGES)
def test_an_answer_names_the_stage_and_the_changes(stage: Stage, field: int) -> None:
    raw = go_on(stage, set_=[(b"x-a", b"1")], remove=[b"x-b"], body=b"new", reroute=True)
    common = message(message(raw, field), 1)
    mutation = message(common, 2)
    (option,) = messages(mutation, 1)
    header = message(option, 1)
    assert (message(header, 1), message(header, 3), number(option, 3)) == (b"x-a", b"1", 2)
    assert list(messages(mutation, 2)) == [b"x-b"]
    assert message(message(common, 3), 1) == b"new"
    assert number(common, 5) == 1


def test_an_answer_without_changes_changes_nothing() -> None:
    assert message(message(go_on("request_body"), 3), 1) == b""


def test_an_empty_body_is_cleared() -> None:
    mutation = message(message(message(go_on("response_body", body=b""), 4), 1), 3)
    assert number(mutation, 2) == 1


def test_a_stop_carries_status_headers_and_body() -> None:
    immediate = message(stop(400, [(b"content-type", b"application/json")], b"{}"), 7)
    assert number(message(immediate, 1), 1) == 400
    assert message(immediate, 3) == b"{}"
    assert len(list(messages(message(immediate, 2), 1))) == 1
