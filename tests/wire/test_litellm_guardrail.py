"""LiteLLM's questions, understood, and our answers, in its words."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litellm.types.proxy.guardrails.guardrail_hooks.generic_guardrail_api import (
    GenericGuardrailAPIRequest,
    GenericGuardrailAPIResponse,
)

from gateway.core.errors import CallerError
from gateway.wire.census import census
from gateway.wire.litellm_guardrail import ENDPOINT
from gateway.wire.litellm_guardrail.answer import blocked, changed, unchanged
from gateway.wire.litellm_guardrail.question import question

CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "mail", "arguments": '{"to": "a\\u0040b.example"}'},
}
ASKED: dict[str, Any] = {
    "input_type": "request",
    "model": "gpt-4o",
    "texts": ["Be kind.", "Hello", "Hello", "sunny"],
    "structured_messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}], "name": "Jane Doe"},
        {"role": "assistant", "content": "Hello", "tool_calls": [CALL]},
        {"role": "tool", "content": "sunny", "tool_call_id": "c1"},
    ],
    "tool_calls": [CALL],
    "tools": [{"type": "function", "function": {"name": "mail", "description": "Sends a mail."}}],
    "images": ["data:image/png;base64,xx", "https://a.example/b.png"],
    "request_data": {"user_api_key_team_id": "t1", "user_api_key_user_email": "x@a.example"},
    "request_headers": {"x-note": "[present]"},
}


def test_every_text_is_read_once_in_the_role_of_its_message() -> None:
    view = question(ASKED).view
    read = {segment.pointer: (segment.role, segment.kind, segment.text) for segment in view.segments}
    assert read == {
        "/texts/0": ("system", "system", "Be kind."),
        "/texts/1": ("user", "text", "Hello"),
        "/texts/2": ("assistant", "text", "Hello"),
        "/texts/3": ("tool", "tool_result", "sunny"),
        "/tools/0/function/description": ("user", "tool_definition", "Sends a mail."),
        "/tool_calls/0/function/name": ("assistant", "name", "mail"),
        "/tool_calls/0/function/arguments/to": ("assistant", "tool_arguments", "a@b.example"),
        "/structured_messages/1/name": ("user", "name", "Jane Doe"),
        "/images/1": ("user", "metadata", "https://a.example/b.png"),
    }
    assert [tool.name for tool in view.tools] == ["mail"]
    assert {gap.reason for gap in view.unscanned} == {"image"}


def test_only_what_litellm_would_change_can_be_changed() -> None:
    view = question(ASKED).view
    changeable = {segment.pointer for segment in view.segments if view.rewritable(segment.pointer)}
    assert changeable == {*(f"/texts/{index}" for index in range(4)), "/tools/0/function/description"}


def test_a_response_is_what_the_assistant_says() -> None:
    asked = question({"input_type": "response", "texts": ["Hello"], "tool_calls": [CALL], "request_data": {}})
    assert asked.phase == "response"
    assert {segment.role for segment in asked.view.segments} == {"assistant"}


def test_teams_are_known_and_people_are_not() -> None:
    assert question(ASKED).attributes == {"litellm_team_id": "t1"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"input_type": "both"}, "invalid_input_type"),
        ({"input_type": None}, "invalid_input_type"),
        ({"texts": "Hello"}, "invalid_type"),
        ({"texts": [None]}, "invalid_type"),
    ],
)
def test_what_is_no_question_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(CallerError) as caught:
        question(ASKED | change)
    assert caught.value.code == code


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "type", "function", "text", "name"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["structured_messages", "tools", "tool_calls", "images", "request_data"]), odd
    )
)
def test_odd_pieces_are_read_as_they_come(more: dict[str, Any]) -> None:
    asked = question({"input_type": "request", "texts": ["Hello"], **more})
    assert asked.view.segments[0].text == "Hello"


def test_every_field_that_litellm_sends_is_in_the_census() -> None:
    declared = {re.split("/", entry.field)[0] for entry in census() if entry.endpoint == ENDPOINT}
    assert declared == set(GenericGuardrailAPIRequest.model_fields)


def understood(body: bytes) -> GenericGuardrailAPIResponse:
    return GenericGuardrailAPIResponse.from_dict(json.loads(body))


def test_litellm_understands_what_it_is_told() -> None:
    assert understood(unchanged().body).action == "NONE"
    no = understood(blocked("Because.", decision_id="lx-1", code="r.no").body)
    assert (no.action, no.blocked_reason) == ("BLOCKED", "Because.")
    envelope = changed(ASKED, ASKED | {"texts": ["a", "b", "c", "d"]}, [1, 2, 3, 4])
    assert envelope is not None
    yes = understood(envelope.body)
    assert (yes.action, yes.texts, yes.tools) == ("GUARDRAIL_INTERVENED", ["a", "b", "c", "d"], None)
    assert yes.stream_holdback_chars == [1, 2, 3, 4]


@pytest.mark.parametrize("left", [{"tools": []}, {}])
def test_litellm_cannot_be_told_that_no_tool_is_left(left: dict[str, Any]) -> None:
    rest = {name: value for name, value in ASKED.items() if name != "tools"}
    assert changed(ASKED, rest | left, None) is None
