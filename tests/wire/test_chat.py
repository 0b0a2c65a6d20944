"""Chat completions: what is a segment, of which kind, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import CallerError
from gateway.core.segment import Tool
from gateway.wire.dialect import RequestView, ResponseView
from gateway.wire.openai_chat import DIALECT
from gateway.wire.splice import Edit, splice
from gateway.wire.strict import parse

Json = Any
"""A tree whose shape the test knows."""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    [
        "messages",
        "role",
        "content",
        "type",
        "text",
        "tools",
        "function",
        "name",
        "arguments",
        "model",
        "stream",
        "choices",
        "message",
        "delta",
        "index",
        "tool_calls",
        "error",
        "usage",
        "system",
        "user",
        "image_url",
    ]
)
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | FIELDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=15,
)


def request(*messages: dict[str, Any], **more: Json) -> RequestView:
    return DIALECT.request({"model": "m", "messages": list(messages), **more})


def found(view: RequestView | ResponseView) -> list[tuple[str, str, str, str]]:
    return [(s.role, s.kind, s.pointer, s.text) for s in view.segments]


def test_a_conversation() -> None:
    view = request(
        {"role": "system", "content": "be kind"},
        {"role": "developer", "content": [{"type": "text", "text": "be brief"}]},
        {"role": "user", "name": "eve", "content": "hi"},
        {"role": "assistant", "content": None, "refusal": "no", "reasoning_content": "hm"},
        {"role": "tool", "tool_call_id": "call_1", "content": "42 degrees"},
        {"role": "novel", "content": "who"},
    )
    assert found(view) == [
        ("system", "system", "/messages/0/content", "be kind"),
        ("developer", "system", "/messages/1/content/0/text", "be brief"),
        ("user", "name", "/messages/2/name", "eve"),
        ("user", "text", "/messages/2/content", "hi"),
        ("assistant", "refusal", "/messages/3/refusal", "no"),
        ("assistant", "reasoning", "/messages/3/reasoning_content", "hm"),
        ("tool", "tool_result", "/messages/4/content", "42 degrees"),
        ("user", "text", "/messages/5/content", "who"),
    ]
    assert [segment.id for segment in view.segments] == [f"s{index}" for index in range(8)]


def call(arguments: Json) -> RequestView:
    function = {"name": "f", "arguments": arguments}
    return request({"role": "assistant", "tool_calls": [{"id": "call_1", "function": function}]})


ARGUMENTS = "/messages/0/tool_calls/0/function/arguments"


@pytest.mark.parametrize(
    ("arguments", "segments"),
    [
        ('{"a":"b c"}', [("/a", "b c", True)]),
        ('{"a":"x\\u0040y"}', [("/a", "x@y", True)]),
        ('{"a":{"b/":["c"]},"d":1}', [("/a/b~1/0", "c", True), ("", "b/", False)]),
        ('{"card":4111111111111111}', [("/card", "4111111111111111", False)]),
        ('{"eve@x.y":1}', [("", "eve@x.y", False)]),
        ('"x"', [("", '"x"', True)]),
        ('{"a":"b', [("", '{"a":"b', True)]),
        ('{"a":"x\\u0040', [("", '{"a":"x@', False)]),
        ('{"a":"b","a":"c"}', [("", '{"a":"b","a":"c"}', True)]),
        ("", []),
        ("{}", []),
        ({"a": "b c"}, [("/a", "b c", True)]),
    ],
)
def test_arguments_are_read_as_what_they_say(arguments: Json, segments: list[tuple[str, str, bool]]) -> None:
    view = call(arguments)
    assert [
        (s.pointer.removeprefix(ARGUMENTS), s.text, view.rewritable(s.pointer))
        for s in view.segments
        if s.kind == "tool_arguments"
    ] == segments


def test_arguments_are_edited_inside_both_layers_of_json() -> None:
    function = {"name": "f", "arguments": json.dumps({"to": 'caf\u00e9 "a@b.c"', "n": 1})}
    body = {"model": "m", "messages": [{"role": "assistant", "tool_calls": [{"function": function}]}]}
    out = splice(json.dumps(body).encode(), [Edit(f"{ARGUMENTS}/to", 6, 11, '"\n"')])
    after = json.loads(out)["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(after) == {"to": 'caf\u00e9 ""\n""', "n": 1}


def test_a_tools_answer_in_json_hides_nothing_behind_escapes() -> None:
    view = request({"role": "tool", "tool_call_id": "c", "content": '{"mail":"a\\u0040b.c"}'})
    assert found(view) == [("tool", "tool_result", "/messages/0/content/mail", "a@b.c")]


def test_tools_and_their_definitions() -> None:
    city = {"type": "string", "description": "The city", "enum": ["rome", "new york"]}
    schema = {"type": "object", "properties": {"city": city, "odd name": {}}, "required": ["city"]}
    view = request(
        tools=[
            {"type": "function", "function": {"name": "f", "description": "Does f", "parameters": schema}},
            {"type": "custom", "custom": {"name": "g", "format": {"definition": "a: b"}}},
            {"type": "web_search"},
        ],
        functions=[{"name": "h", "description": "Does h"}],
    )
    properties = "/tools/0/function/parameters/properties"
    assert found(view) == [
        ("user", "name", "/tools/0/function/name", "f"),
        ("user", "tool_definition", "/tools/0/function/description", "Does f"),
        ("user", "tool_definition", f"{properties}/city/description", "The city"),
        ("user", "tool_definition", f"{properties}/city/enum/1", "new york"),
        ("user", "tool_definition", "/tools/0/function", "odd name"),
        ("user", "name", "/tools/1/custom/name", "g"),
        ("user", "tool_definition", "/tools/1/custom/format/definition", "a: b"),
        ("user", "name", "/functions/0/name", "h"),
        ("user", "tool_definition", "/functions/0/description", "Does h"),
    ]
    assert view.tools == (
        Tool("f", "/tools/0"),
        Tool("g", "/tools/1"),
        Tool("web_search", "/tools/2"),
        Tool("h", "/functions/0"),
    )


def test_what_cannot_be_read_is_said() -> None:
    view = request(
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "https://x.y/?q=a b"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                {"type": "file", "file": {"file_data": "AAAA", "filename": "cv of eve.pdf"}},
                {"type": "novel", "novel": {"words": "some words"}},
                {"text": "no type"},
            ],
        }
    )
    assert [(gap.pointer, gap.reason) for gap in view.unscanned] == [
        ("/messages/0/content/0", "image"),
        ("/messages/0/content/1", "image"),
        ("/messages/0/content/2", "audio"),
        ("/messages/0/content/3", "file"),
        ("/messages/0/content/4", "unknown_part"),
        ("/messages/0/content/5", "unknown_part"),
    ]
    texts = [segment.text for segment in view.segments]
    assert texts == ["https://x.y/?q=a b", "cv of eve.pdf", "some words", "no type"]


def test_no_field_slips_by() -> None:
    view = request(
        {"role": "user", "content": "hi", "novel": "a message field"},
        novel={"deep": ["a body field"]},
        temperature="not a number",
        metadata={"k": "v"},
        **{"an odd key": 1},
    )
    assert [(s.kind, s.pointer, s.text) for s in view.segments[1:]] == [
        ("metadata", "/messages/0/novel", "a message field"),
        ("metadata", "/novel/deep/0", "a body field"),
        ("metadata", "/temperature", "not a number"),
        ("metadata", "/metadata/k", "v"),
        ("metadata", "", "an odd key"),
    ]


def test_parameters_are_declared_scalars() -> None:
    view = request(temperature=0.5, max_tokens=9, user="eve", reasoning_effort="low", seed=None, x=1)
    assert view.parameters == {"temperature": 0.5, "max_tokens": 9, "reasoning_effort": "low"}
    assert request(stream=True).stream
    assert not request(stream=None).stream


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ([], None),
        ({"messages": []}, "/model"),
        ({"model": 1, "messages": []}, "/model"),
        ({"model": "m"}, "/messages"),
        ({"model": "m", "messages": "hi"}, "/messages"),
        ({"model": "m", "messages": ["hi"]}, "/messages/0"),
        ({"model": "m", "messages": [{"content": "hi"}]}, "/messages/0/role"),
        ({"model": "m", "messages": [{"role": "user", "content": {}}]}, "/messages/0/content"),
        ({"model": "m", "messages": [{"role": "user", "content": 1}]}, "/messages/0/content"),
        ({"model": "m", "messages": [{"role": "user", "content": ["hi"]}]}, "/messages/0/content/0"),
        ({"model": "m", "messages": [], "stream": "true"}, "/stream"),
        ({"model": "m", "messages": [], "stream": 1}, "/stream"),
        ({"model": "m", "messages": [], "tools": {}}, "/tools"),
        ({"model": "m", "messages": [], "tools": ["f"]}, "/tools/0"),
    ],
)
def test_wrong_types_of_what_is_acted_on(body: Json, param: str | None) -> None:
    with pytest.raises(CallerError) as refused:
        DIALECT.request(body)
    assert (refused.value.status, refused.value.code, refused.value.param) == (400, "invalid_type", param)


def test_a_response() -> None:
    message = {
        "role": "assistant",
        "content": "hi",
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":"b"}'}}],
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    view = DIALECT.response(
        {"model": "m", "choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    )
    assert found(view) == [
        ("assistant", "text", "/choices/0/message/content", "hi"),
        ("assistant", "name", "/choices/0/message/tool_calls/0/function/name", "f"),
        ("assistant", "tool_arguments", "/choices/0/message/tool_calls/0/function/arguments/a", "b"),
    ]
    assert (view.model, view.finish) == ("m", "tool_calls")
    assert (view.usage.input_tokens, view.usage.output_tokens) == (3, 4)


def test_log_probabilities_would_repeat_a_redacted_text() -> None:
    logprobs = {"content": [{"token": "a@"}, {"token": "b.c"}]}
    view = DIALECT.response({"choices": [{"message": {"content": "a@b.c"}, "logprobs": logprobs}]})
    assert [s.text for s in view.segments] == ["a@b.c", "a@b.c"]
    assert not view.rewritable("/choices/0/logprobs/content")


@pytest.mark.parametrize("body", [None, 1, "words", ["words"], {"x": "words"}, {"choices": "words"}])
def test_an_unknown_response_is_read_and_said(body: Json) -> None:
    view = DIALECT.response(body)
    assert [gap.reason for gap in view.unscanned] == ["unknown_shape"]
    assert ["words"] * len(view.segments) == [segment.text for segment in view.segments]


@given(JSON | SHAPES)
def test_no_shape_makes_the_response_reader_fail(body: Json) -> None:
    DIALECT.response(body)


@given(SHAPES, SHAPES)
def test_every_rewritable_segment_can_be_spliced(content: Json, more: Json) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "x", "more": content}], "more": more}
    raw = json.dumps(body).encode()
    view = DIALECT.request(parse(raw))
    edits = [Edit(s.pointer, 0, len(s.text), "Y y") for s in view.segments if view.rewritable(s.pointer)]
    after = DIALECT.request(parse(splice(raw, edits)))
    assert [s.pointer for s in after.segments] == [s.pointer for s in view.segments]
    assert all(s.text == "Y y" for s in after.segments if after.rewritable(s.pointer))
