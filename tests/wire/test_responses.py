"""Responses: items and what is unseen of them; a text that is said four times is redacted four times."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import CallerError
from gateway.core.segment import Tool
from gateway.wire.dialect import RequestView, ResponseView
from gateway.wire.openai_responses import DIALECT
from gateway.wire.splice import Edit, splice
from gateway.wire.stream import StreamReader, StreamView
from tests.wire.streams import read

Json = Any
"""A tree whose shape the test knows."""


def request(given: Json = "hi", **more: Json) -> RequestView:
    return DIALECT.request({"model": "m", "input": given, **more})


def found(view: RequestView | ResponseView | StreamView) -> list[tuple[str, str, str, str]]:
    return [(s.role, s.kind, s.pointer, s.text) for s in view.segments]


def gaps(view: RequestView | ResponseView | StreamView) -> list[tuple[str, str]]:
    return [(gap.pointer, gap.reason) for gap in view.unscanned]


def test_a_text_and_instructions() -> None:
    view = request("hi there", instructions="be kind", user="eve x", metadata={"k": "v w"})
    assert found(view) == [
        ("user", "text", "/input", "hi there"),
        ("developer", "system", "/instructions", "be kind"),
        ("user", "metadata", "/user", "eve x"),
        ("user", "metadata", "/metadata/k", "v w"),
    ]
    assert gaps(view) == []


def test_messages() -> None:
    view = request(
        [
            {"role": "developer", "content": "be brief"},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a b"}]},
            {
                "type": "message",
                "role": "assistant",
                "id": "msg_1",
                "content": [
                    {"type": "output_text", "text": "c d", "annotations": [{"title": "T t"}]},
                    {"type": "refusal", "refusal": "no no"},
                ],
            },
            {"role": "novel", "content": "who is it"},
        ]
    )
    assert found(view) == [
        ("developer", "system", "/input/0/content", "be brief"),
        ("user", "text", "/input/1/content/0/text", "a b"),
        ("assistant", "text", "/input/2/content/0/text", "c d"),
        ("assistant", "metadata", "/input/2/content/0/annotations/0/title", "T t"),
        ("assistant", "refusal", "/input/2/content/1/refusal", "no no"),
        ("user", "text", "/input/3/content", "who is it"),
    ]


ITEMS: list[tuple[Json, list[tuple[str, str, str]], list[str]]] = [
    (
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a":"x\\u0040y"}'},
        [("assistant", "name", "f"), ("assistant", "tool_arguments", "x@y")],
        [],
    ),
    (
        {"type": "function_call_output", "call_id": "c", "output": '{"a":"x\\u0040y"}'},
        [("tool", "tool_result", "x@y")],
        [],
    ),
    (
        {"type": "function_call_output", "output": [{"type": "input_text", "text": "a b"}]},
        [("tool", "tool_result", "a b")],
        [],
    ),
    ({"type": "custom_tool_call", "input": "a b"}, [("assistant", "tool_arguments", "a b")], []),
    (
        {"type": "custom_tool_call_output", "output": "a b"},
        [("tool", "tool_result", "a b")],
        [],
    ),
    (
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "a b"}],
            "content": [{"type": "reasoning_text", "text": "c d"}],
            "encrypted_content": "gAAA BBB",
        },
        [("assistant", "reasoning", "a b"), ("assistant", "reasoning", "c d")],
        ["encrypted"],
    ),
    ({"type": "compaction", "encrypted_content": "gAAA BBB"}, [], ["encrypted"]),
    (
        {"type": "web_search_call", "action": {"type": "search", "query": "a b"}},
        [("assistant", "tool_arguments", "a b")],
        [],
    ),
    (
        {"type": "file_search_call", "queries": ["a b"], "results": [{"text": "c d", "filename": "e f"}]},
        [
            ("assistant", "tool_arguments", "a b"),
            ("tool", "tool_result", "c d"),
            ("tool", "tool_result", "e f"),
        ],
        [],
    ),
    (
        {"type": "computer_call", "action": {"type": "type", "text": "a b"}},
        [("assistant", "tool_arguments", "a b")],
        [],
    ),
    (
        {"type": "computer_call_output", "output": {"type": "computer_screenshot", "image_url": "data:x,y"}},
        [],
        ["image"],
    ),
    (
        {"type": "code_interpreter_call", "code": "a b", "outputs": [{"type": "logs", "logs": "c d"}]},
        [("assistant", "tool_arguments", "a b"), ("tool", "tool_result", "c d")],
        [],
    ),
    ({"type": "image_generation_call", "result": "AAAA BBBB"}, [], ["image"]),
    (
        {
            "type": "local_shell_call",
            "action": {"type": "exec", "command": ["ls", "a b"], "env": {"K": "v w"}},
        },
        [
            ("assistant", "tool_arguments", "ls"),
            ("assistant", "tool_arguments", "a b"),
            ("assistant", "tool_arguments", "v w"),
        ],
        [],
    ),
    (
        {"type": "shell_call_output", "output": [{"stdout": "a b", "stderr": ""}]},
        [("tool", "tool_result", "a b")],
        [],
    ),
    (
        {"type": "apply_patch_call", "operation": {"type": "create_file", "path": "p", "diff": "+a b"}},
        [("assistant", "tool_arguments", "p"), ("assistant", "tool_arguments", "+a b")],
        [],
    ),
    (
        {"type": "mcp_call", "name": "f", "arguments": '{"a":"b c"}', "output": "d e", "error": None},
        [
            ("assistant", "name", "f"),
            ("assistant", "tool_arguments", "b c"),
            ("tool", "tool_result", "d e"),
        ],
        [],
    ),
    ({"type": "mcp_approval_response", "approve": True, "reason": "a b"}, [("user", "text", "a b")], []),
    ({"type": "item_reference", "id": "msg_1"}, [], ["history_unseen"]),
    ({"id": "msg_1"}, [], ["history_unseen"]),
    ({"type": "novel", "thing": {"x": "a b"}}, [("user", "text", "a b")], ["unknown_part"]),
    ({"thing": "a b"}, [("user", "text", "a b")], ["unknown_part"]),
]


@pytest.mark.parametrize(("item", "texts", "unread"), ITEMS)
def test_items(item: Json, texts: list[tuple[str, str, str]], unread: list[str]) -> None:
    view = request([item])
    assert [(s.role, s.kind, s.text) for s in view.segments] == texts
    assert [gap.reason for gap in view.unscanned] == unread
    again = DIALECT.response({"object": "response", "output": [item]})
    assert [s.text for s in again.segments] == [text for _, _, text in texts]


def test_media_parts_are_said() -> None:
    content = [
        {"type": "input_image", "image_url": "https://x.y/?q=a b"},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
        {"type": "input_file", "file_data": "AAAA", "filename": "cv of eve.pdf"},
        {"type": "input_audio", "input_audio": {"data": "AAAA"}},
        {"type": "novel", "x": "c d"},
    ]
    view = request([{"role": "user", "content": content}])
    assert [reason for _, reason in gaps(view)] == ["image", "image", "file", "audio", "unknown_part"]
    assert [s.text for s in view.segments] == ["https://x.y/?q=a b", "cv of eve.pdf", "c d"]


def test_what_the_provider_keeps_is_unseen() -> None:
    view = request(previous_response_id="resp_1", conversation={"id": "conv_1"})
    assert gaps(view) == [("/previous_response_id", "history_unseen"), ("/conversation", "history_unseen")]
    assert view.parameters["previous_response_id"] == "resp_1"
    assert gaps(request(previous_response_id=None, conversation=None)) == []


def test_a_stored_prompt_is_unseen_but_not_what_fills_it() -> None:
    variables = {"a": "b c", "d": {"type": "input_text", "text": "e f"}, "g@h.i": "j"}
    view = DIALECT.request({"prompt": {"id": "pmpt_1", "variables": variables}})
    assert (view.model, gaps(view)) == ("", [("/prompt", "template_unseen")])
    assert [s.text for s in view.segments] == ["b c", "e f", "j"]


def test_tools_and_their_definitions() -> None:
    view = request(
        [{"type": "additional_tools", "role": "developer", "tools": [{"type": "custom", "name": "h"}]}],
        tools=[
            {"type": "function", "name": "f", "description": "Does f", "parameters": {"type": "object"}},
            {"type": "mcp", "server_label": "s", "authorization": "Bearer x y", "headers": {"k": "a b"}},
            {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "g"}]},
            {"type": "web_search"},
        ],
        text={"format": {"type": "json_schema", "name": "out", "schema": {"description": "what it is"}}},
    )
    assert [(s.kind, s.text) for s in view.segments] == [
        ("name", "h"),
        ("name", "f"),
        ("tool_definition", "Does f"),
        ("name", "s"),
        ("name", "n"),
        ("name", "g"),
        ("metadata", "what it is"),
    ]
    assert view.tools == (
        Tool("f", "/tools/0"),
        Tool("mcp", "/tools/1"),
        Tool("n", "/tools/2"),
        Tool("g", "/tools/2/tools/0"),
        Tool("web_search", "/tools/3"),
        Tool("h", "/input/0/tools/0"),
    )


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ([], None),
        ({"model": 1}, "/model"),
        ({"input": 1}, "/input"),
        ({"input": ["hi"]}, "/input/0"),
        ({"input": [{"role": "user", "content": 1}]}, "/input/0/content"),
        ({"stream": 1}, "/stream"),
        ({"tools": {}}, "/tools"),
        ({"tools": ["f"]}, "/tools/0"),
    ],
)
def test_wrong_types_of_what_is_acted_on(body: Json, param: str | None) -> None:
    with pytest.raises(CallerError) as refused:
        DIALECT.request(body)
    assert (refused.value.status, refused.value.code, refused.value.param) == (400, "invalid_type", param)


def test_encrypted_reasoning_survives_an_edit_beside_it() -> None:
    reasoning = b'{"type":"reasoning","encrypted_content":"gAAAAB\\u0020xyz=="}'
    raw = b'{"model":"m","input":[' + reasoning + b'],"instructions":"mail a@b.c"}'
    out = splice(raw, [Edit("/instructions", 5, 10, "[E]")])
    assert out == raw.replace(b"a@b.c", b"[E]")


def test_what_a_response_repeats_of_its_request() -> None:
    view = DIALECT.response(
        {
            "object": "response",
            "model": "m",
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "instructions": "be kind",
            "output": [
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a b"}]}
            ],
            "usage": {"input_tokens": 3, "output_tokens": 4},
        }
    )
    assert found(view) == [
        ("developer", "system", "/instructions", "be kind"),
        ("assistant", "text", "/output/0/content/0/text", "a b"),
    ]
    assert (view.finish, view.usage.input_tokens, view.usage.output_tokens) == ("max_output_tokens", 3, 4)


def test_lists_of_items_and_deletions() -> None:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a b"}]}
    view = DIALECT.response({"object": "list", "data": [item], "first_id": "msg_1"})
    assert found(view) == [("user", "text", "/data/0/content/0/text", "a b")]
    assert found(DIALECT.response({"object": "response.deleted", "id": "r", "deleted": True})) == []
    assert gaps(DIALECT.response({"x": 1})) == [("", "unknown_shape")]


# --- streams ------------------------------------------------------------------------------------------


def event(kind: str, **body: Json) -> Json:
    return {"type": kind, **body}


def stream(events: list[Json]) -> bytes:
    numbered = ({**body, "sequence_number": number} for number, body in enumerate(events))
    return b"".join(f"event: {body['type']}\ndata: {json.dumps(body)}\n\n".encode() for body in numbered)


def cut(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)))
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


def spoken(fragments: list[str], arguments: list[str]) -> list[Json]:
    """A message and a tool call, as they are streamed."""
    text, asked = "".join(fragments), "".join(arguments)
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}
    call = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "mail", "arguments": asked}
    place = {"output_index": 0, "content_index": 0, "item_id": "msg_1"}
    around = {"id": "resp_1", "object": "response", "model": "m", "created_at": 1, "instructions": "be kind"}
    whole = {**around, "status": "completed", "output": [message, call], "usage": {"output_tokens": 5}}
    return [
        event("response.created", response={**around, "status": "in_progress", "output": []}),
        event("response.output_item.added", output_index=0, item={**message, "content": []}),
        event("response.content_part.added", **place, part={**part, "text": ""}),
        *(event("response.output_text.delta", **place, delta=f, logprobs=[]) for f in fragments),
        event("response.output_text.done", **place, text=text, logprobs=[]),
        event("response.content_part.done", **place, part=part),
        event("response.output_item.done", output_index=0, item=message),
        event("response.output_item.added", output_index=1, item={**call, "arguments": ""}),
        *(event("response.function_call_arguments.delta", output_index=1, delta=a) for a in arguments),
        event("response.function_call_arguments.done", output_index=1, name="mail", arguments=asked),
        event("response.output_item.done", output_index=1, item=call),
        event("response.completed", response=whole),
    ]


TEXT, ARGUMENTS = "mail a@b.c\n\U0001f600 now", '{"to": "a@b.c \\ud83d\\ude00"}'


@st.composite
def streams(draw: st.DrawFn) -> list[Json]:
    return spoken(cut(draw, TEXT), cut(draw, ARGUMENTS))


@given(streams())
def test_a_text_that_is_repeated_is_one_segment(events: list[Json]) -> None:
    view = read(DIALECT, stream(events))
    assert found(view) == [
        ("developer", "system", "/instructions", "be kind"),
        ("assistant", "text", "/output/0/content/0/text", TEXT),
        ("assistant", "name", "/output/1/name", "mail"),
        ("assistant", "tool_arguments", "/output/1/arguments/to", "a@b.c \U0001f600"),
    ]
    assert (view.complete, view.finish, view.model, view.error) == (True, "completed", "m", None)
    assert view.usage.output_tokens == 5
    assert gaps(view) == []


@given(streams())
def test_an_edit_reaches_every_repetition(events: list[Json]) -> None:
    view = read(DIALECT, stream(events))
    out = view.rewrite(
        [Edit("/output/0/content/0/text", 5, 10, "[E]"), Edit("/output/1/arguments/to", 0, 5, "[E]")]
    )
    assert b"a@b.c" not in out
    edited = [json.loads(line[6:]) for line in out.split(b"\n") if line.startswith(b"data: ")]
    said, asked = TEXT.replace("a@b.c", "[E]"), ARGUMENTS.replace("a@b.c", "[E]")
    by_type = {body["type"]: body for body in edited}
    deltas = [body["delta"] for body in edited if body["type"] == "response.output_text.delta"]
    assert "".join(deltas) == by_type["response.output_text.done"]["text"] == said
    assert by_type["response.content_part.done"]["part"]["text"] == said
    fragments = [body["delta"] for body in edited if body["type"].endswith("arguments.delta")]
    assert "".join(fragments) == by_type["response.function_call_arguments.done"]["arguments"] == asked
    message, call = by_type["response.completed"]["response"]["output"]
    assert (message["content"][0]["text"], call["arguments"]) == (said, asked)
    assert [body["sequence_number"] for body in edited] == list(range(len(events)))
    again = read(DIALECT, out)
    assert [s.text for s in again.segments][1:] == [said, "mail", "[E] \U0001f600"]


def test_a_repetition_that_says_something_else_is_read_as_well() -> None:
    events = spoken(["hi"], ["{}"])
    events[4]["text"] = "other words"
    texts = [s.text for s in read(DIALECT, stream(events)).segments]
    assert texts == ["be kind", "hi", "other words", "mail"]


def test_channels_of_other_kinds() -> None:
    place = {"output_index": 0, "summary_index": 1, "content_index": 0}
    view = read(
        DIALECT,
        stream(
            [
                event("response.reasoning_summary_part.added", **place,
                      part={"type": "summary_text", "text": ""}),
                event("response.reasoning_summary_text.delta", **place, delta="a "),
                event("response.reasoning_summary_text.delta", **place, delta="b"),
                event("response.reasoning_summary_text.done", **place, text="a b"),
                event("response.reasoning_text.delta", output_index=1, content_index=0, delta="c d"),
                event("response.refusal.delta", output_index=2, content_index=0, delta="no"),
                event("response.custom_tool_call_input.delta", output_index=3, delta="e f"),
                event("response.code_interpreter_call_code.delta", output_index=4, delta="g h"),
                event("response.output_text.annotation.added", **place, annotation_index=0,
                      annotation={"title": "i j"}),
                event("response.output_text.delta", output_index=5, content_index=0, delta="k",
                      logprobs=[{"token": "k"}]),
                event("response.image_generation_call.partial_image", output_index=6,
                      partial_image_b64="AA A"),
                event("response.audio.delta", delta="AA A"),
                event("response.audio.transcript.delta", delta="l m"),
                event("response.web_search_call.searching", output_index=7, item_id="ws_1"),
            ]
        ),
    )  # fmt: skip
    assert [(s.kind, s.pointer, s.text, view.rewritable(s.pointer)) for s in view.segments] == [
        ("reasoning", "/output/0/summary/1/text", "a b", True),
        ("reasoning", "/output/1/content/0/text", "c d", True),
        ("refusal", "/output/2/content/0/refusal", "no", True),
        ("tool_arguments", "/output/3/input", "e f", True),
        ("tool_arguments", "/output/4/code", "g h", True),
        ("metadata", "/output/0/content/0/annotations/0/title", "i j", True),
        ("text", "/output/5/content/0/text", "k", True),
        ("metadata", "/output/5/content/0/logprobs", "k", False),
        ("text", "/audio/transcript", "l m", True),
    ]
    assert [reason for _, reason in gaps(view)] == ["image", "audio"]
    assert not view.complete


def test_fragments_of_an_unknown_event_are_one_text() -> None:
    events = [event("response.novel.delta", output_index=1, delta=part) for part in ("a@", "b.c")]
    view = read(DIALECT, stream(events))
    assert [s.text for s in view.segments] == ["a@b.c"]
    assert b"a@" not in view.rewrite([Edit(view.segments[0].pointer, 0, 5, "")])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (event("error", code="server_error", message="m m", param=None), "server_error"),
        (event("error", message="m m"), "error"),
        (event("response.failed", response={"error": {"code": "c", "message": "m m"}}), "c"),
    ],
)
def test_errors_are_seen_and_read(body: Json, error: str) -> None:
    view = read(DIALECT, stream([body]))
    assert view.error == error
    assert "m m" in [s.text for s in view.segments]


@pytest.mark.parametrize("data", ["no json", '{"a":1,"a":2}', "[1]"])
def test_a_frame_that_cannot_be_understood_is_read_as_it_stands(data: str) -> None:
    view = read(DIALECT, f"data: {data}\n\n".encode())
    assert gaps(view) == [("/frames/0", "malformed_frame")]
    assert [s.text for s in view.segments] == [data]


def fed(raw: bytes) -> StreamReader:
    reader = DIALECT.stream(b"text/event-stream")
    assert reader is not None
    for frame in reader.framing.feed(raw):
        reader.feed(frame)
    return reader


def endings(raw: bytes) -> list[Json]:
    return [json.loads(line[6:]) for line in raw.split(b"\n") if line.startswith(b"data: ")]


def test_a_stream_that_is_stopped_is_incomplete() -> None:
    reader = fed(stream(spoken(["hi"], ["{}"])[:3]))
    for channel in reader.tape.channels.values():
        reader.tape.let(channel, channel.length)
    reader.tape.release()
    (last,) = endings(reader.ending({"rule": "r"}))
    assert (last["type"], last["sequence_number"]) == ("response.incomplete", 3)
    response = last["response"]
    assert (response["id"], response["status"]) == ("resp_1", "incomplete")
    assert response["incomplete_details"] == {"reason": "content_filter"}
    assert "instructions" not in response


def test_a_stream_of_which_nothing_left_begins_before_it_ends() -> None:
    first, last = endings(fed(stream(spoken(["hi"], ["{}"])[:4])).ending({"rule": "r"}))
    assert [first["type"], first["sequence_number"], first["response"]["status"]] == [
        "response.created", 0, "in_progress",
    ]  # fmt: skip
    assert (last["type"], last["sequence_number"]) == ("response.incomplete", 1)


def test_a_stream_that_is_stopped_says_again_what_it_has_said() -> None:
    reader = fed(stream(spoken(["Call ", "Eve now"], ["{}"])))
    (channel,) = [c for c in reader.tape.channels.values() if c.text == "Call Eve now"]
    for other in reader.tape.channels.values():
        other.released = other.length
    channel.edits, channel.released = [Edit("", 5, 8, "[PERSON]")], 9
    said = endings(reader.tape.cut_off())
    deltas = [event["delta"] for event in said if event["type"] == "response.output_text.delta"]
    (last,) = endings(reader.ending({"rule": "r"}))
    (message,) = last["response"]["output"]
    assert (message["type"], message["role"], message["status"]) == ("message", "assistant", "incomplete")
    assert [part["text"] for part in message["content"]] == ["".join(deltas)] == ["Call [PERSON] "]


def test_a_call_that_begins_waits_for_its_arguments() -> None:
    events = spoken(["hi"], ["{", "}"])
    begins = next(n for n, event in enumerate(events) if event.get("item", {}).get("name") == "mail")
    reader = fed(stream(events[: begins + 1]))
    (name,) = [channel for channel in reader.tape.channels.values() if channel.kind == "name"]
    assert not name.ended
    reader = fed(stream(events[:-1]))
    assert reader.tape.channels[name.name].ended


def test_a_broken_stream_ends_with_an_error_event() -> None:
    envelope = b'{"error":{"message":"It broke.","type":"server_error","param":null,"code":"protocol"}}'
    reader = fed(stream(spoken(["hi"], ["{}"])[:3]))
    for channel in reader.tape.channels.values():
        channel.released = channel.length
    reader.tape.release()
    (last,) = endings(reader.fault(envelope))
    assert reader.fault(envelope).startswith(b"event: error\n")
    assert (last["type"], last["sequence_number"], last["code"]) == ("error", 3, "protocol")
    assert last["error"]["message"] == last["message"] == "It broke."


NAMES = ["type", "output", "content", "text", "data", "item", "part", "delta", "id", "role"]
WORDS = [
    "message",
    "reasoning",
    "response.completed",
    "response.output_text.delta",
    "response.content_part.done",
]
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(SHAPES)
def test_no_shape_makes_a_reader_fail(body: Json) -> None:
    DIALECT.response(body)
    raw = b"data: " + json.dumps(body).encode() + b"\n\n"
    assert read(DIALECT, raw).rewrite([]) == raw
