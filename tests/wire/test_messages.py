"""Messages: what is a segment, of which kind, and what is refused."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import CallerError
from gateway.core.segment import Tool
from gateway.wire.anthropic_messages import DIALECT
from gateway.wire.dialect import RequestView, ResponseView
from gateway.wire.openai_models import DIALECT as MODELS
from tests.wire.streams import read

Json = Any
"""A tree whose shape the test knows."""

WORDS = st.sampled_from("content type text source data input tool_result document thinking message".split())
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=15,
)


def request(*messages: dict[str, Json], **more: Json) -> RequestView:
    return DIALECT.request({"model": "m", "max_tokens": 9, "messages": list(messages), **more})


def user(*blocks: dict[str, Json]) -> RequestView:
    return request({"role": "user", "content": list(blocks)})


def found(view: RequestView | ResponseView) -> list[tuple[str, str, str, str]]:
    return [(s.role, s.kind, s.pointer, s.text) for s in view.segments]


def test_a_conversation() -> None:
    view = request(
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "abc def"},
                {"type": "text", "text": "so", "cache_control": {"type": "ephemeral"}},
                {
                    "type": "tool_use",
                    "id": "t1",
                    "name": "f",
                    "input": {"a": {"b": ["c d"]}, "n": 4111111111},
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "42"},
                {"type": "text", "text": "ok"},
            ],
        },
        system=[{"type": "text", "text": "be kind"}],
    )
    assert found(view) == [
        ("user", "text", "/messages/0/content", "hi"),
        ("assistant", "reasoning", "/messages/1/content/0/thinking", "hm"),
        ("assistant", "text", "/messages/1/content/1/text", "so"),
        ("assistant", "name", "/messages/1/content/2/name", "f"),
        ("assistant", "tool_arguments", "/messages/1/content/2/input/a/b/0", "c d"),
        ("assistant", "tool_arguments", "/messages/1/content/2/input/n", "4111111111"),
        ("tool", "tool_result", "/messages/2/content/0/content", "42"),
        ("user", "text", "/messages/2/content/1/text", "ok"),
        ("system", "system", "/system/0/text", "be kind"),
    ]
    assert view.fixed == {"/messages/1/content/0/thinking", "/messages/1/content/2/input/n"}


def test_a_system_prompt_may_be_a_string() -> None:
    assert found(request(system="be kind")) == [("system", "system", "/system", "be kind")]


@pytest.mark.parametrize(
    ("block", "segments", "gaps"),
    [
        ({"type": "image", "source": {"type": "base64", "data": "A A"}}, [], ["image"]),
        (
            {"type": "image", "source": {"type": "url", "url": "https://x.y/"}},
            [("metadata", "/source/url", "https://x.y/")],
            ["image"],
        ),
        (
            {"type": "document", "title": "T", "source": {"type": "text", "data": "a b"}},
            [("metadata", "/title", "T"), ("text", "/source/data", "a b")],
            [],
        ),
        ({"type": "document", "source": {"type": "base64", "data": "A A"}}, [], ["file"]),
        (
            {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "a"}]}},
            [("text", "/source/content/0/text", "a")],
            [],
        ),
        ({"type": "redacted_thinking", "data": "A A"}, [], ["encrypted"]),
        ({"type": "container_upload", "file_id": "f1"}, [], ["file"]),
        (
            {
                "type": "tool_result",
                "content": [{"type": "text", "text": "a"}, {"type": "image", "source": {}}],
            },
            [("tool_result", "/content/0/text", "a")],
            ["image"],
        ),
        (
            {
                "type": "search_result",
                "source": "s",
                "title": "t",
                "content": [{"type": "text", "text": "a"}],
            },
            [("metadata", "/source", "s"), ("metadata", "/title", "t"), ("text", "/content/0/text", "a")],
            [],
        ),
        (
            {"type": "web_search_tool_result", "content": [{"title": "t", "encrypted_content": "A A"}]},
            [("tool_result", "/content/0/title", "t")],
            ["encrypted"],
        ),
        (
            {"type": "novel_tool_use", "name": "f", "input": {"q": "a b"}},
            [("name", "/name", "f"), ("tool_arguments", "/input/q", "a b")],
            [],
        ),
        (
            {"type": "novel_tool_result", "content": {"stdout": "a b"}},
            [("tool_result", "/content/stdout", "a b")],
            [],
        ),
        ({"type": "novel", "x": ["a b"]}, [("text", "/x/0", "a b")], ["unknown_part"]),
        ({"text": "no type"}, [("text", "/text", "no type")], ["unknown_part"]),
        ({"type": ["text"], "text": "odd"}, [("text", "/text", "odd")], ["unknown_part"]),
        (
            {"type": "text", "text": "a", "citations": [{"cited_text": "b"}], "novel": "c"},
            [
                ("text", "/text", "a"),
                ("metadata", "/citations/0/cited_text", "b"),
                ("metadata", "/novel", "c"),
            ],
            [],
        ),
    ],
    ids=lambda value: str(value.get("type")) if isinstance(value, dict) else "",
)
def test_blocks(block: dict[str, Json], segments: list[tuple[str, str, str]], gaps: list[str]) -> None:
    view = user(block)
    prefix = "/messages/0/content/0"
    assert [(s.kind, s.pointer.removeprefix(prefix), s.text) for s in view.segments] == segments
    assert [gap.reason for gap in view.unscanned] == gaps


def test_tools_are_listed_wherever_they_are_defined() -> None:
    added = {"type": "tool_definition", "definition": {"name": "g", "description": "Does g"}}
    view = request(
        {"role": "user", "content": [{"type": "tool_addition", "tool": added}]},
        tools=[
            {"name": "f", "description": "Does f", "input_schema": {"type": "object", "title": "The f"}},
            {"type": "bash_20250124", "name": "bash"},
            {"type": "mcp_toolset", "mcp_server_name": "files"},
        ],
    )
    assert view.tools == (
        Tool("f", "/tools/0"),
        Tool("bash", "/tools/1"),
        Tool("mcp_toolset", "/tools/2"),
        Tool("g", "/messages/0/content/0"),
    )
    assert [(s.kind, s.text) for s in view.segments] == [
        ("tool_definition", "Does g"),
        ("name", "f"),
        ("tool_definition", "Does f"),
        ("tool_definition", "The f"),
        ("name", "bash"),
        ("name", "files"),
    ]


def test_fields_around_the_messages() -> None:
    view = request(
        metadata={"user_id": "eve@x.y"},
        stop_sequences=["the end"],
        mcp_servers=[{"type": "url", "name": "files", "url": "https://x.y/", "authorization_token": "a b"}],
        thread={"type": "continue", "previous_message_id": "msg_1"},
        fallbacks=[{"model": "m2"}, {"model": "m3"}],
        temperature=0.5,
        novel={"x": "words"},
    )
    assert [segment.text for segment in view.segments] == [
        "eve@x.y",
        "the end",
        "files",
        "https://x.y/",
        "words",
    ]
    assert [(gap.pointer, gap.reason) for gap in view.unscanned] == [("/thread", "history_unseen")]
    assert view.parameters == {"max_tokens": 9, "temperature": 0.5, "fallbacks": "m2,m3"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ("hi", None),
        ({"messages": []}, "/model"),
        ({"model": "m", "messages": {}}, "/messages"),
        ({"model": "m", "messages": [[]]}, "/messages/0"),
        ({"model": "m", "messages": [{"role": 1, "content": "x"}]}, "/messages/0/role"),
        ({"model": "m", "messages": [{"role": "user"}]}, "/messages/0/content"),
        ({"model": "m", "messages": [{"role": "user", "content": None}]}, "/messages/0/content"),
        ({"model": "m", "messages": [{"role": "user", "content": ["x"]}]}, "/messages/0/content/0"),
        ({"model": "m", "messages": [], "system": {"text": "x"}}, "/system"),
        ({"model": "m", "messages": [], "stream": "yes"}, "/stream"),
        ({"model": "m", "messages": [], "tools": "f"}, "/tools"),
        ({"model": "m", "messages": [], "tools": [1]}, "/tools/0"),
    ],
)
def test_wrong_types_of_what_is_acted_on(body: Json, param: str | None) -> None:
    with pytest.raises(CallerError) as refused:
        DIALECT.request(body)
    assert (refused.value.status, refused.value.code, refused.value.param) == (400, "invalid_type", param)


def test_a_response() -> None:
    blocks = [
        {"type": "text", "text": "hi"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"a": "b"}},
    ]
    usage = {"input_tokens": 1, "cache_creation_input_tokens": 2, "output_tokens": 4}
    view = DIALECT.response({"model": "m", "content": blocks, "stop_reason": "tool_use", "usage": usage})
    assert found(view) == [
        ("assistant", "text", "/content/0/text", "hi"),
        ("assistant", "name", "/content/1/name", "f"),
        ("assistant", "tool_arguments", "/content/1/input/a", "b"),
    ]
    assert (view.model, view.finish) == ("m", "tool_use")
    assert (view.usage.input_tokens, view.usage.output_tokens) == (3, 4)


@given(SHAPES)
def test_no_shape_makes_the_response_reader_fail(body: Json) -> None:
    DIALECT.response(body)
    DIALECT.response({"content": [body]})
    MODELS.response(body)


@given(SHAPES)
def test_a_request_is_read_or_refused(content: Json) -> None:
    with suppress(CallerError):
        request({"role": "user", "content": content}, more=content)


def test_a_listing_of_models_says_little() -> None:
    listing = {"object": "list", "data": [{"id": "gpt-4o", "created": 1700000000, "owned_by": "a company"}]}
    assert [segment.text for segment in MODELS.response(listing).segments] == ["a company"]
    assert MODELS.request({}).segments == ()
    with pytest.raises(CallerError):
        MODELS.request({"x": 1})
    assert [s.text for s in read(MODELS, b"data: x\n\n").segments] == ["x"]
