"""Streams: any fragmentation gives the same segments, and edits come back to the right frames."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.segment import Segment
from gateway.wire.anthropic_messages import DIALECT as ANTHROPIC
from gateway.wire.dialect import Dialect
from gateway.wire.openai_chat import DIALECT as OPENAI
from gateway.wire.splice import Edit, merged
from gateway.wire.sse import parse
from tests.wire.streams import read

Json = Any
"""A tree whose shape the test knows."""


TEXT = st.text(alphabet='ab @."\\\n{}é\U0001f600', min_size=1, max_size=20)
LEAVES = st.dictionaries(st.text(alphabet="ab/~é", max_size=3), TEXT | st.integers(), max_size=3)


def fragments(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)))
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


def interleaved(draw: st.DrawFn, runs: list[list[Any]]) -> list[Any]:
    """Items of several runs, each run in its own order."""
    out = []
    runs = [list(run) for run in runs if run]
    while runs:
        run = draw(st.sampled_from(runs))
        out.append(run.pop(0))
        runs = [run for run in runs if run]
    return out


def openai_frame(draw: st.DrawFn, index: int, delta: dict[str, Any]) -> bytes:
    chunk = {"id": "c", "model": "m", "choices": [{"index": index, "delta": delta}]}
    data = json.dumps(chunk, ensure_ascii=draw(st.booleans()))
    end = draw(st.sampled_from(["\n\n", "\r\n\r\n"]))
    return (draw(st.sampled_from(["data: ", "data:", ": c\ndata: "])) + data + end).encode()


@st.composite
def openai_streams(draw: st.DrawFn) -> tuple[bytes, dict[str, str]]:
    """A stream, and the text of each of its segments."""
    said = {f"/choices/{i}/delta/content": draw(TEXT) for i in range(draw(st.integers(1, 2)))}
    arguments = draw(LEAVES)
    spelled = json.dumps(arguments, ensure_ascii=draw(st.booleans()))
    runs = [
        [openai_frame(draw, int(name.split("/")[2]), {"content": part}) for part in fragments(draw, text)]
        for name, text in said.items()
    ]
    calls = [{"index": 3, "function": {"arguments": part}} for part in fragments(draw, spelled)]
    runs.append([openai_frame(draw, 0, {"tool_calls": [call]}) for call in calls])
    raw = b"".join(interleaved(draw, runs)) + b"data: [DONE]\n\n"
    return raw, said | inner("/choices/0/delta/tool_calls/3/function/arguments", arguments)


def inner(channel: str, arguments: dict[str, Any]) -> dict[str, str]:
    return {
        f"{channel}/{key.replace('~', '~0').replace('/', '~1')}": value
        for key, value in arguments.items()
        if isinstance(value, str)
    }


def event(name: str, **body: Json) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **body})}\n\n".encode()


@st.composite
def anthropic_streams(draw: st.DrawFn) -> tuple[bytes, dict[str, str]]:
    text, arguments = draw(TEXT), draw(LEAVES)
    spelled = json.dumps(arguments, ensure_ascii=draw(st.booleans()))
    words = [{"type": "text_delta", "text": part} for part in fragments(draw, text)]
    parts = [{"type": "input_json_delta", "partial_json": part} for part in fragments(draw, spelled)]
    frames = [
        event("message_start", message={"model": "m", "content": [], "usage": {"input_tokens": 3}}),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *(event("content_block_delta", index=0, delta=delta) for delta in words),
        event("content_block_stop", index=0),
        event("ping"),
        event("content_block_start", index=1, content_block={"type": "tool_use", "input": {}}),
        *(event("content_block_delta", index=1, delta=delta) for delta in parts),
        event("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 5}),
        event("message_stop"),
    ]
    return b"".join(frames), {"/content/0/text": text} | inner("/content/1/input", arguments)


STREAMS = st.one_of(
    openai_streams().map(lambda case: (OPENAI, *case)),
    anthropic_streams().map(lambda case: (ANTHROPIC, *case)),
)


@given(STREAMS)
def test_channels_are_whole_texts(case: tuple[Dialect, bytes, dict[str, str]]) -> None:
    dialect, raw, texts = case
    view = read(dialect, raw)
    assert {s.pointer: s.text for s in view.segments if view.rewritable(s.pointer)} == texts
    assert view.complete
    assert view.error is None


@given(STREAMS, st.data())
def test_the_rewritten_stream_reads_as_the_edited_texts(
    case: tuple[Dialect, bytes, dict[str, str]], data: st.DataObject
) -> None:
    dialect, raw, texts = case
    view = read(dialect, raw)
    edits = data.draw(edits_of(texts)) if texts else []
    out = read(dialect, view.rewrite(edits))
    after = {s.pointer: s.text for s in out.segments if out.rewritable(s.pointer)}
    edited = {name: applied(text, [e for e in edits if e.pointer == name]) for name, text in texts.items()}
    assert after == {name: text for name, text in edited.items() if text}
    assert [held.frame.event for held in out.tape.held] == [held.frame.event for held in view.tape.held]


@st.composite
def edits_of(draw: st.DrawFn, texts: dict[str, str]) -> list[Edit]:
    out = []
    for _ in range(draw(st.integers(0, 4))):
        name = draw(st.sampled_from(sorted(texts)))
        start = draw(st.integers(0, len(texts[name])))
        out.append(Edit(name, start, draw(st.integers(start, len(texts[name]))), draw(TEXT | st.just(""))))
    return out


def applied(text: str, edits: list[Edit]) -> str:
    for edit in reversed(merged(edits)):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


@given(STREAMS)
def test_frames_that_no_edit_touches_keep_their_bytes(case: tuple[Dialect, bytes, dict[str, str]]) -> None:
    dialect, raw, texts = case
    view = read(dialect, raw)
    assert view.rewrite([]) == raw
    for name, text in texts.items():
        changed = parse(view.rewrite([Edit(name, 0, min(1, len(text)), "X")]))
        same = [old.frame.raw == new.raw for old, new in zip(view.tape.held, changed, strict=True)]
        if "arguments" not in name and "input" not in name:  # there, an escape may lie across seams
            assert same.count(False) <= 1


def chunk(**choice: Json) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, **choice}]}).encode() + b"\n\n"


def segments(raw: bytes, dialect: Dialect = OPENAI) -> list[tuple[str, str, str, bool]]:
    view = read(dialect, raw)
    return [(s.kind, s.pointer, s.text, view.rewritable(s.pointer)) for s in view.segments]


def test_kinds_of_channels() -> None:
    raw = (
        chunk(delta={"role": "assistant", "reasoning_content": "hm"})
        + chunk(delta={"refusal": "no"})
        + chunk(delta={"refusal": " way"})
        + chunk(delta={"tool_calls": [{"index": 1, "id": "c", "function": {"name": "f", "arguments": ""}}]})
        + chunk(delta={"novel": {"x": "a b"}})
        + chunk(delta={"content": "x"}, logprobs={"content": [{"token": "x", "top_logprobs": []}]})
        + chunk(delta={"audio": {"id": "a", "transcript": "hi", "data": "AAAA"}})
        + chunk(delta={"function_call": {"name": "g", "arguments": '{"q":"a'}})
    )
    assert segments(raw) == [
        ("reasoning", "/choices/0/delta/reasoning_content", "hm", True),
        ("refusal", "/choices/0/delta/refusal", "no way", True),
        ("name", "/choices/0/delta/tool_calls/1/function/name", "f", True),
        ("metadata", "/choices/0/delta/novel/x", "a b", True),
        ("metadata", "/choices/0/logprobs/content", "x", False),
        ("text", "/choices/0/delta/content", "x", True),
        ("text", "/choices/0/delta/audio/transcript", "hi", True),
        ("name", "/choices/0/delta/function_call/name", "g", True),
        ("tool_arguments", "/choices/0/delta/function_call/arguments", '{"q":"a', True),
    ]
    assert [gap.reason for gap in read(OPENAI, raw).unscanned] == ["audio"]


def test_arguments_cut_short_hide_nothing_behind_escapes() -> None:
    raw = chunk(delta={"tool_calls": [{"index": 0, "function": {"arguments": '{"q":"a\\u0040b'}}]})
    assert segments(raw) == [
        ("tool_arguments", "/choices/0/delta/tool_calls/0/function/arguments", '{"q":"a@b', False)
    ]


def test_what_is_around_the_text_of_chat_completions() -> None:
    raw = (
        chunk(delta={"content": "x"}, finish_reason=None)
        + chunk(delta={}, finish_reason="stop")
        + b'data: {"model":"m-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}\n\n'
    )
    view = read(OPENAI, raw)
    assert (view.finish, view.model, view.complete) == ("stop", "m-1", False)
    assert (view.usage.input_tokens, view.usage.output_tokens) == (3, 4)


def test_what_is_around_the_text_of_messages() -> None:
    start = {"model": "m", "content": [], "usage": {"input_tokens": 1, "cache_read_input_tokens": 2}}
    raw = (
        event("message_start", message=start)
        + event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9})
        + event("message_stop")
    )
    view = read(ANTHROPIC, raw)
    assert (view.finish, view.model, view.complete, view.segments) == ("end_turn", "m", True, ())
    assert (view.usage.input_tokens, view.usage.output_tokens) == (3, 9)


def test_kinds_of_blocks() -> None:
    def delta(index: int, kind: str, **body: Json) -> bytes:
        return event("content_block_delta", index=index, delta={"type": kind, **body})

    raw = (
        event("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""})
        + delta(0, "thinking_delta", thinking="hm")
        + delta(0, "signature_delta", signature="abc def")
        + event("content_block_start", index=1, content_block={"type": "text", "text": "so "})
        + delta(1, "text_delta", text="it is")
        + delta(1, "citations_delta", citation={"type": "char_location", "cited_text": "a b"})
        + event("content_block_start", index=2, content_block={"type": "redacted_thinking", "data": "x"})
        + event("content_block_start", index=3, content_block={"type": "novel", "thing": "t t"})
        + event("content_block_start", index=4, content_block={"type": "tool_use", "input": {"a": "b c"}})
        + delta(5, "novel_delta", thing="u u")
        + event("novel", delta={"x": "v v"})
    )
    assert segments(raw, ANTHROPIC) == [
        ("reasoning", "/content/0/thinking", "hm", False),
        ("text", "/content/1/text", "so it is", True),
        ("metadata", "/content/1/citations/5/cited_text", "a b", True),
        ("text", "/content/3/thing", "t t", True),
        ("tool_arguments", "/content/4/given/a", "b c", True),
        ("text", "/content/5/thing", "u u", True),
        ("metadata", "/events/10/delta/x", "v v", True),
    ]
    assert [gap.reason for gap in read(ANTHROPIC, raw).unscanned] == ["encrypted", "unknown_part"]


@pytest.mark.parametrize(
    ("dialect", "raw", "error"),
    [
        (OPENAI, b'data: {"error":{"message":"m m","type":"t","code":"c"}}\n\n', "c"),
        (OPENAI, b'data: {"error":{"message":"m m","type":"t","code":null}}\n\n', "t"),
        (OPENAI, b'data: {"error":"m m"}\n\n', "error"),
        (ANTHROPIC, event("error", error={"type": "overloaded_error", "message": "m m"}), "overloaded_error"),
        (ANTHROPIC, b'event: error\ndata: {"error":{"message":"m m"}}\n\n', "error"),
    ],
)
def test_an_error_in_the_stream_is_seen_and_read(dialect: Dialect, raw: bytes, error: str) -> None:
    view = read(dialect, raw)
    assert view.error == error
    assert "m m" in [segment.text for segment in view.segments]


@pytest.mark.parametrize("dialect", [OPENAI, ANTHROPIC])
@pytest.mark.parametrize("data", ["no json", '{"a":1,"a":2}', '"x"', "[1]", '{"a":"\\ud83d"}'])
def test_a_frame_that_cannot_be_understood_is_read_as_it_stands(dialect: Dialect, data: str) -> None:
    view = read(dialect, f"data: {data}\n\n".encode())
    assert [gap.reason for gap in view.unscanned] == ["malformed_frame"]
    assert view.segments == (Segment("s0", "assistant", "metadata", "/frames/0", data),)
    assert not view.rewritable("/frames/0")


@pytest.mark.parametrize("dialect", [OPENAI, ANTHROPIC])
@given(raw=st.binary(max_size=60) | st.text(alphabet='data:{}[]"ch\\oices0,\n', max_size=60).map(str.encode))
def test_no_bytes_make_a_reader_fail(dialect: Dialect, raw: bytes) -> None:
    assert read(dialect, raw).rewrite([]) == raw


def test_what_must_not_be_edited_is_not() -> None:
    raw = event("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "hm"})
    view = read(ANTHROPIC, raw)
    for edit in (
        Edit("/content/0/thinking", 0, 1, "x"),
        Edit("/content/0/nothing", 0, 1, "x"),
        Edit("/content/0/thinking/x", 0, 1, "x"),
    ):
        with pytest.raises(LookupError):
            view.rewrite([edit])
