"""Gemini's dialect: what is read where, and how a stream ends in either spelling."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import CallerError
from gateway.core.segment import Tool
from gateway.wire.dialect import Denial
from gateway.wire.gemini_embeddings import BATCH, ONE
from gateway.wire.gemini_generate import COUNT, GENERATE, STREAM
from gateway.wire.splice import Edit
from gateway.wire.stream import StreamReader, StreamView, read_whole

Json = Any
"""A tree whose shape the test knows."""

SSE, ARRAY = b"text/event-stream", b"application/json; charset=UTF-8"


def asked(*parts: Json, **more: Json) -> Json:
    return {"contents": [{"role": "user", "parts": [*parts]}], **more}


def found(body: Json) -> list[tuple[str, str, str, str]]:
    view = GENERATE.request(body)
    return [(s.role, s.kind, s.pointer, s.text) for s in view.segments]


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# --- requests -------------------------------------------------------------------------------------------


def test_who_says_what() -> None:
    body = {
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Hi there"}]},
            {"role": "model", "parts": [{"text": "I think", "thought": True}, {"text": "Hello you"}]},
            {"role": "function", "parts": [{"text": "It rains"}]},
            {"role": "stranger", "parts": [{"text": "Psst you"}]},
            {"parts": [{"text": "No role"}]},
        ],
    }
    assert [(role, kind, text) for role, kind, _, text in found(body)] == [
        ("system", "system", "Be kind."),
        ("user", "text", "Hi there"),
        ("assistant", "reasoning", "I think"),
        ("assistant", "text", "Hello you"),
        ("tool", "tool_result", "It rains"),
        ("user", "text", "Psst you"),
        ("user", "text", "No role"),
    ]


def test_a_thought_is_not_rewritten() -> None:
    view = GENERATE.request(
        {"contents": [{"role": "model", "parts": [{"text": "I think", "thought": True}]}]}
    )
    assert not view.rewritable("/contents/0/parts/0/text")


def test_single_things_need_no_list_and_texts_no_object() -> None:
    body = {"system_instruction": "Be kind.", "contents": {"parts": {"text": "Hi there"}}}
    assert found(body) == [
        ("system", "system", "/system_instruction", "Be kind."),
        ("user", "text", "/contents/parts/text", "Hi there"),
    ]


def test_tools_are_called_and_answer() -> None:
    body = asked(
        {"functionCall": {"id": "1", "name": "mail", "args": {"to": ["a b"]}}, "thoughtSignature": "c2 ln"},
        {"functionResponse": {"name": "mail", "response": {"sent": "yes it is"}}},
        {"executableCode": {"language": "PYTHON", "code": "print(1, 2)"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1 2"}},
    )
    place = "/contents/0/parts"
    assert found(body) == [
        ("user", "name", f"{place}/0/functionCall/name", "mail"),
        ("user", "tool_arguments", f"{place}/0/functionCall/args/to/0", "a b"),
        ("user", "name", f"{place}/1/functionResponse/name", "mail"),
        ("tool", "tool_result", f"{place}/1/functionResponse/response/sent", "yes it is"),
        ("user", "tool_arguments", f"{place}/2/executableCode/code", "print(1, 2)"),
        ("tool", "tool_result", f"{place}/3/codeExecutionResult/output", "1 2"),
    ]


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"inlineData": {"mimeType": "image/png", "data": "aaaa"}}, "image"),
        ({"inline_data": {"mime_type": "audio/mp3", "data": "aaaa"}}, "audio"),
        ({"inlineData": {"mimeType": "application/pdf", "data": "aaaa"}}, "file"),
        ({"inlineData": {"mimeType": "text/plain", "data": "no base64!"}}, "file"),
        ({"inlineData": {"mimeType": "text/plain", "data": base64.b64encode(b"\xff\xfe").decode()}}, "file"),
        ({"inlineData": {}}, "file"),
        ({"fileData": {"mimeType": "video/mp4", "fileUri": "gs://x"}}, "video"),
        ({"whatever": {"comes": "next year"}}, "unknown_part"),
    ],
)
def test_what_cannot_be_read_is_told(part: Json, reason: str) -> None:
    assert [gap.reason for gap in GENERATE.request(asked(part)).unscanned] == [reason]


@pytest.mark.parametrize("media_type", ["text/plain", "TEXT/CSV; charset=utf-8", "application/ld+json"])
@pytest.mark.parametrize("encoded", [b64("Card 4111 ÿ?"), b64("Card 4111 ÿ?").rstrip("=").replace("/", "_")])
def test_bytes_that_are_text_are_read_as_text(media_type: str, encoded: str) -> None:
    view = GENERATE.request(asked({"inlineData": {"mimeType": media_type, "data": encoded}}))
    (segment,) = [s for s in view.segments if s.kind == "text"]
    assert (segment.text, view.unscanned) == ("Card 4111 ÿ?", ())
    assert not view.rewritable(segment.pointer)


def test_an_address_and_a_files_name_are_read() -> None:
    part = {"fileData": {"fileUri": "https://x.test/a b", "displayName": "Jane's letter", "mimeType": "a/b"}}
    assert [(kind, text) for _, kind, _, text in found(asked(part))] == [
        ("metadata", "https://x.test/a b"),
        ("metadata", "Jane's letter"),
    ]


def test_tools_have_names_and_pointers() -> None:
    view = GENERATE.request(
        asked(
            tools=[
                {"functionDeclarations": [{"name": "a"}, {"name": "b"}]},
                {"function_declarations": [{"name": "c", "description": "Does it."}], "googleSearch": {}},
            ]
        )
    )
    assert view.tools == (
        Tool("a", "/tools/0/functionDeclarations/0"),
        Tool("b", "/tools/0/functionDeclarations/1"),
        Tool("c", "/tools/1/function_declarations/0"),
        Tool("googleSearch", "/tools/1/googleSearch"),
    )
    assert ("tool_definition", "Does it.") in [(s.kind, s.text) for s in view.segments]


def test_cached_contents_are_history_that_nobody_sees() -> None:
    view = GENERATE.request(asked({"text": "Hi"}, cachedContent="cachedContents/abc"))
    assert [(gap.pointer, gap.reason) for gap in view.unscanned] == [("/cachedContent", "history_unseen")]


def test_parameters_are_those_of_the_generation() -> None:
    view = GENERATE.request(asked(generationConfig={"temperature": 0.5, "max_output_tokens": 9, "other": 1}))
    assert view.parameters == {"temperature": 0.5, "max_output_tokens": 9}


@pytest.mark.parametrize(
    "body",
    [[], {"contents": 1}, {"contents": [1]}, {"system_instruction": [1]}, {"tools": ["x"]}, {"model": 1}],
)
def test_wrong_types_are_refused(body: Json) -> None:
    with pytest.raises(CallerError) as refusal:
        GENERATE.request(body)
    assert refusal.value.code == "invalid_type"


def test_models_are_named_beside_the_path() -> None:
    assert GENERATE.request(asked(model="models/m")).model == "m"
    assert ONE.request({"model": "models/m", "content": {"parts": [{"text": "x"}]}}).named == {
        "/model": "models/m"
    }
    inner = COUNT.request({"generateContentRequest": {"model": "models/m", **asked({"text": "Hi you"})}})
    assert (inner.model, inner.named) == ("m", {"/generateContentRequest/model": "models/m"})
    assert [segment.text for segment in inner.segments] == ["Hi you"]
    batch = BATCH.request({"requests": [{"model": "models/m"}, {"model": "m"}]})
    assert (batch.model, batch.named) == ("m", {"/requests/0/model": "models/m", "/requests/1/model": "m"})
    with pytest.raises(CallerError) as refusal:
        BATCH.request({"requests": [{"model": "models/m"}, {"model": "models/n"}]})
    assert refusal.value.code == "model_mismatch"


# --- answers --------------------------------------------------------------------------------------------


def test_an_answer_and_what_is_around_it() -> None:
    view = GENERATE.response(
        {
            "candidates": [
                {
                    "content": {"role": "model", "parts": [{"text": "It is Jane."}]},
                    "finishReason": "STOP",
                    "groundingMetadata": {
                        "groundingSupports": [{"segment": {"text": "It is Jane."}}],
                        "searchEntryPoint": {"sdkBlob": "c e c r e t"},
                    },
                    "logprobsResult": {
                        "chosenCandidates": [{"token": "It is"}, {"token": " Jane."}],
                        "topCandidates": [{"candidates": [{"token": "He is"}]}],
                    },
                }
            ],
            "usageMetadata": {"promptTokenCount": 3, "toolUsePromptTokenCount": 2, "thoughtsTokenCount": 4},
            "modelVersion": "m-1",
        }
    )
    assert [(s.kind, s.text) for s in view.segments] == [
        ("text", "It is Jane."),
        ("metadata", "It is Jane."),
        ("metadata", "It is Jane."),
    ]
    assert (view.finish, view.model) == ("STOP", "m-1")
    assert (view.usage.input_tokens, view.usage.output_tokens) == (5, 4)


def test_a_blocked_prompt_is_an_answer() -> None:
    view = GENERATE.response({"promptFeedback": {"blockReason": "SAFETY"}})
    assert (view.finish, view.unscanned) == ("SAFETY", ())


@pytest.mark.parametrize("body", [{}, [], "x", {"candidates": "some text"}])
def test_an_unknown_shape_is_told(body: Json) -> None:
    assert [gap.reason for gap in GENERATE.response(body).unscanned] == ["unknown_shape"]


# --- streams --------------------------------------------------------------------------------------------


def framed(chunks: list[Json], content_type: bytes) -> bytes:
    said = [json.dumps(chunk).encode() for chunk in chunks]
    if content_type == SSE:
        return b"".join(b"data: " + data + b"\r\n\r\n" for data in said)
    return b"[" + b"\r\n,\r\n".join(said) + b"\r\n]" if said else b"[]"


def chunk(*parts: Json, **candidate: Json) -> Json:
    content = {"content": {"role": "model", "parts": [*parts]}} if parts else {}
    return {"candidates": [{"index": 0, **content, **candidate}], "modelVersion": "m-1", "responseId": "r"}


def reader(content_type: bytes) -> StreamReader:
    made = STREAM.stream(content_type)
    assert made is not None
    return made


def read(chunks: list[Json], content_type: bytes = SSE) -> StreamView:
    return read_whole(reader(content_type), framed(chunks, content_type))


def told(view: StreamView) -> list[tuple[str, str, str]]:
    return [(s.kind, s.pointer, s.text) for s in view.segments]


@pytest.mark.parametrize("content_type", [SSE, ARRAY])
def test_channels_of_a_stream(content_type: bytes) -> None:
    view = read(
        [
            chunk({"text": "Let ", "thought": True}),
            chunk({"text": "me.", "thought": True}, {"text": "Hel"}),
            chunk({"text": "lo "}, {"text": "you"}),
            chunk({"functionCall": {"name": "f", "args": {"to": "a b"}}}),
            chunk({"functionCall": {"name": "f", "args": {"to": "c d"}}}),
            chunk({"text": "."}, finishReason="STOP"),
        ],
        content_type,
    )
    assert told(view) == [
        ("reasoning", "/candidates/0/content/thought/text", "Let me."),
        ("text", "/candidates/0/content/text", "Hello you."),
        ("name", "/candidates/0/content/parts/3.0/functionCall/name", "f"),
        ("tool_arguments", "/candidates/0/content/parts/3.0/functionCall/args/to", "a b"),
        ("name", "/candidates/0/content/parts/4.0/functionCall/name", "f"),
        ("tool_arguments", "/candidates/0/content/parts/4.0/functionCall/args/to", "c d"),
    ]
    assert (view.finish, view.model, view.complete, view.error) == ("STOP", "m-1", True, None)


def test_a_call_that_comes_in_fragments_is_one_text_an_argument() -> None:
    view = read(
        [
            chunk({"functionCall": {"name": "mail", "willContinue": True}}),
            chunk({"functionCall": {"partialArgs": [piece("$.to", "jane@")], "willContinue": True}}),
            chunk(
                {
                    "functionCall": {
                        "partialArgs": [piece("$.to", "x.org"), piece("$.cc", "b")],
                        "willContinue": True,
                    }
                }
            ),
            chunk({"functionCall": {}}),
            chunk({"functionCall": {"name": "mail", "args": {"to": "me too"}}}, finishReason="STOP"),
        ]
    )
    call = "/candidates/0/content/calls/0"
    assert told(view) == [
        ("name", f"{call}/name", "mail"),
        ("tool_arguments", f"{call}/args/$.to/stringValue", "jane@x.org"),
        ("tool_arguments", f"{call}/args/$.cc/stringValue", "b"),
        ("name", "/candidates/0/content/parts/4.0/functionCall/name", "mail"),
        ("tool_arguments", "/candidates/0/content/parts/4.0/functionCall/args/to", "me too"),
    ]


def piece(path: str, text: str) -> Json:
    return {"jsonPath": path, "stringValue": text, "willContinue": True}


def test_a_stream_is_over_when_all_candidates_are() -> None:
    first, second = chunk({"text": "a"}, finishReason="STOP"), chunk({"text": "b"}, index=1)
    assert not read([first, second]).complete
    assert read([first, second, chunk(index=1, finishReason="MAX_TOKENS")]).complete
    assert read([{"promptFeedback": {"blockReason": "OTHER"}}]).complete
    assert not read([]).complete


def test_an_error_in_the_stream_is_seen_and_read() -> None:
    view = read([{"error": {"code": 503, "status": "UNAVAILABLE", "message": "Not now, Jane"}}])
    assert view.error == "UNAVAILABLE"
    assert "Not now, Jane" in [segment.text for segment in view.segments]


TEXTS = st.text('aé😀"\\ \n', max_size=12)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from([SSE, ARRAY]), st.data())
def test_an_edit_changes_its_span_only(pieces: list[str], content_type: bytes, data: st.DataObject) -> None:
    raw = framed([*(chunk({"text": text}) for text in pieces), chunk(finishReason="STOP")], content_type)
    view = read_whole(reader(content_type), raw)
    whole = "".join(pieces)
    assert view.rewrite([]) == raw
    if whole:
        start = data.draw(st.integers(0, len(whole)))
        end = data.draw(st.integers(start, len(whole)))
        out = view.rewrite([Edit("/candidates/0/content/text", start, end, "[X]")])
        again = read_whole(reader(content_type), out)
        assert again.complete
        assert [s.text for s in again.segments] == [whole[:start] + "[X]" + whole[end:]]


@pytest.mark.parametrize("content_type", [SSE, ARRAY])
@given(raw=st.binary(max_size=60) | st.text('[]{},"candates:0 \r\n', max_size=60).map(str.encode))
def test_no_bytes_make_a_reader_fail(content_type: bytes, raw: bytes) -> None:
    assert read_whole(reader(content_type), raw).rewrite([]) == raw


@pytest.mark.parametrize("content_type", [SSE, ARRAY])
@pytest.mark.parametrize("delivered", [0, 1, 2])
def test_a_stop_amid_the_stream_ends_every_open_candidate(content_type: bytes, delivered: int) -> None:
    stream = reader(content_type)
    chunks = [chunk({"text": "Hel"}), chunk({"text": "lo"}, index=1), chunk({"text": "Jane"}, index=0)]
    raw = framed(chunks, content_type)
    out = b""
    for number, frame in enumerate(stream.framing.feed(raw)):
        stream.feed(frame)
        if number < delivered:
            for channel in stream.tape.channels.values():
                stream.tape.let(channel, channel.length)
            out += stream.tape.release()
    out += stream.ending({"rule": "r"})
    again = read_whole(reader(content_type), out)
    assert again.complete
    assert again.finish == "SAFETY"
    assert "".join(s.text for s in again.segments if s.kind == "text") == ["", "Hel", "Hello"][delivered]
    if content_type == ARRAY:
        last = json.loads(out)[-1]
        assert [c["index"] for c in last["candidates"]] == [0, 1]
        assert (last["modelVersion"], last["responseId"], last["lictor"]) == ("m-1", "r", {"rule": "r"})


@pytest.mark.parametrize("content_type", [SSE, ARRAY])
def test_a_whole_answer_in_place_of_a_stream_is_read(content_type: bytes) -> None:
    raw = json.dumps(chunk({"text": "Hello"}, finishReason="STOP")).encode()
    view = read_whole(reader(ARRAY), raw)
    assert (told(view), view.complete) == ([("text", "/candidates/0/content/text", "Hello")], True)


# --- envelopes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "word"),
    [(400, "INVALID_ARGUMENT"), (401, "UNAUTHENTICATED"), (404, "NOT_FOUND"), (413, "INVALID_ARGUMENT"),
     (431, "INVALID_ARGUMENT"), (499, "CANCELLED")],
)  # fmt: skip
def test_refusals_in_googles_words(status: int, word: str) -> None:
    envelope = GENERATE.refusal(CallerError(status, "some_code", "No.", "/contents"), "ex1")
    assert envelope.status == status
    assert json.loads(envelope.body) == {
        "error": {
            "code": status,
            "message": "No.",
            "status": word,
            "lictor": {"decision_id": "ex1", "code": "some_code", "param": "/contents"},
        }
    }


@pytest.mark.parametrize(
    ("status", "word"), [(500, "INTERNAL"), (502, "UNAVAILABLE"), (504, "DEADLINE_EXCEEDED")]
)
def test_faults_in_googles_words(status: int, word: str) -> None:
    assert json.loads(GENERATE.fault(status, "c", "No.", "ex1").body)["error"]["status"] == word


def test_a_matter_of_permission() -> None:
    denial = Denial("ex1", "models.allowed", "Not this one.", None, "sha256:0", kind="permission")
    envelope = GENERATE.denial(denial)
    assert envelope.status == 403
    assert (b"x-should-retry", b"false") in envelope.headers
    assert json.loads(envelope.body)["error"]["status"] == "PERMISSION_DENIED"


def test_an_array_that_breaks_off_is_an_array_still() -> None:
    stream = reader(ARRAY)
    (first, *_) = stream.framing.feed(framed([chunk({"text": "Hel"}), chunk({"text": "lo"})], ARRAY))
    stream.feed(first)
    for channel in stream.tape.channels.values():
        stream.tape.let(channel, channel.length)
    out = stream.tape.release() + stream.fault(b'{"error": {}}')
    assert json.loads(out) == [chunk({"text": "Hel"}), {"error": {}}]
    assert json.loads(reader(ARRAY).fault(b'{"error": {}}')) == [{"error": {}}]
    assert reader(SSE).fault(b"{}") == b"data: {}\r\n\r\n"
