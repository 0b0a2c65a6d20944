"""Files and batches: each row is read by the dialect of its endpoint."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import CallerError
from gateway.core.segment import Tool
from gateway.wire.dialect import AnswersBlobs, BlobView, RequestView
from gateway.wire.document import Upload, splice_document
from gateway.wire.openai_batches import DIALECT as BATCHES
from gateway.wire.openai_files import CONTENT_DIALECT, DIALECT
from gateway.wire.splice import Edit

Json = Any
"""A tree whose shape the test knows."""


def lines(*rows: Json) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows) + b"\n"


def uploaded(data: bytes, purpose: str = "batch", filename: str = "in.jsonl") -> RequestView:
    return DIALECT.request({"purpose": purpose, "file": Upload(data, filename)})


def fetched(data: bytes) -> BlobView:
    assert isinstance(CONTENT_DIALECT, AnswersBlobs)
    view = CONTENT_DIALECT.blob(data, b"application/octet-stream")
    assert view is not None
    return view


def found(view: RequestView | BlobView) -> list[tuple[str, str, str, str]]:
    return [(s.role, s.kind, s.pointer, s.text) for s in view.segments]


def asking(url: str, body: Json, **more: Json) -> Json:
    return {"custom_id": "r-1", "method": "POST", "url": url, "body": body, **more}


CHAT = {"model": "m-1", "messages": [{"role": "system", "content": "be kind"}]}


def test_rows_are_read_by_their_dialects() -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    view = uploaded(
        lines(
            asking("/v1/chat/completions", {**CHAT, "tools": tools}),
            asking("/v1/embeddings", {"model": "m-2", "input": ["a b", [1, 2]]}),
            asking("/v1/responses", {"model": "m-1", "input": "c d", "previous_response_id": "r"}),
            asking("/v1/completions", {"model": "m-3", "prompt": "e f"}, custom_id="jane doe"),
        )
    )
    assert found(view)[1:] == [
        ("system", "system", "/file/rows/0/body/messages/0/content", "be kind"),
        ("user", "name", "/file/rows/0/body/tools/0/function/name", "f"),
        ("user", "text", "/file/rows/1/body/input/0", "a b"),
        ("user", "text", "/file/rows/2/body/input", "c d"),
        ("user", "metadata", "/file/rows/3/custom_id", "jane doe"),
        ("user", "text", "/file/rows/3/body/prompt", "e f"),
    ]
    assert [(gap.pointer, gap.reason) for gap in view.unscanned] == [
        ("/file/rows/1/body/input/1", "tokens"),
        ("/file/rows/2/body/previous_response_id", "history_unseen"),
    ]
    assert view.tools == (Tool("f", "/file/rows/0/body/tools/0"),)
    assert view.parameters == {"purpose": "batch", "models": "m-1,m-2,m-3"}


def test_a_row_for_nobody_is_read_and_said() -> None:
    view = uploaded(lines(asking("/v1/novel", {"x": "some words"})))
    assert ("user", "text", "/file/rows/0/body/x", "some words") in found(view)
    assert [gap.reason for gap in view.unscanned] == ["unknown_endpoint"]


@pytest.mark.parametrize(
    ("data", "code", "param"),
    [
        (b'{"url": 1', "malformed_row", None),
        (b"[1]\n", "malformed_row", None),
        (b'{"a":1,"a":2}', "malformed_row", None),
        (lines(asking("/v1/chat/completions", CHAT), asking("/v1/chat/completions", {})), "invalid_type",
         "/file/rows/1/body/model"),
        (lines(asking("/v1/chat/completions", None)), "invalid_type", "/file/rows/0/body"),
    ],
)  # fmt: skip
def test_a_batch_with_a_row_that_cannot_be_read_is_refused(data: bytes, code: str, param: str | None) -> None:
    with pytest.raises(CallerError) as refused:
        uploaded(data)
    assert (refused.value.status, refused.value.code, refused.value.param) == (400, code, param)


@pytest.mark.parametrize(
    ("body", "param"),
    [({"purpose": "batch"}, "/file"), ({"purpose": "batch", "file": "text"}, "/file"), ([], None)],
)
def test_an_upload_needs_a_file(body: Json, param: str | None) -> None:
    with pytest.raises(CallerError) as refused:
        DIALECT.request(body)
    assert refused.value.param == param


DOCUMENTS: list[tuple[bytes, list[tuple[str, str]], list[str]]] = [
    (b"mail a@b.c", [("/text", "mail a@b.c")], []),
    (b'{"a":"x\\u0040y"}\n{"b":"c d"}', [("/rows/0/a", "x@y"), ("/rows/1/b", "c d")], []),
    (b'[\n "x\\u0040y"\n]', [("/json/0", "x@y")], []),
    (b"\x89PNG\r\n\x1a\n\x00", [], ["file"]),
    (b"\xff\xfe", [], ["file"]),
    (b"", [], []),
]


@pytest.mark.parametrize(("data", "texts", "gaps"), DOCUMENTS)
def test_files_that_are_text_are_read(data: bytes, texts: list[tuple[str, str]], gaps: list[str]) -> None:
    sent = uploaded(data, "user_data", "notes of eve.txt")
    assert [(s.pointer, s.text) for s in sent.segments] == [
        ("/file/filename", "notes of eve.txt"),
        *((f"/file{pointer}", text) for pointer, text in texts),
    ]
    assert not sent.rewritable("/file/filename")
    came = fetched(data)
    assert [(s.pointer, s.text) for s in came.segments] == texts
    for view in (sent, came):
        assert [gap.reason for gap in view.unscanned] == gaps


@given(st.sampled_from([data for data, texts, _ in DOCUMENTS if texts]), st.data())
def test_an_edited_file_reads_as_edited(data: bytes, draw: st.DataObject) -> None:
    view = fetched(data)
    segment = draw.draw(st.sampled_from(view.segments))
    out = view.rewrite([Edit(segment.pointer, 0, len(segment.text), '"new\\')])
    assert {s.pointer: s.text for s in fetched(out).segments}[segment.pointer] == '"new\\'
    assert view.rewrite([]) == data


@pytest.mark.parametrize("pointer", ["/rows/7/a", "/rows/x/a", "/novel", ""])
def test_an_edit_of_nothing_is_a_fault(pointer: str) -> None:
    with pytest.raises(LookupError):
        splice_document(b'{"a":"b"}', [Edit(pointer, 0, 1, "x")])


def answered(body: Json) -> Json:
    return {"id": "b-1", "custom_id": "r-1", "response": {"status_code": 200, "body": body}, "error": None}


def test_answers_of_a_batch_are_read_by_their_dialects() -> None:
    call = {"type": "function_call", "name": "f", "arguments": '{"to":"a@b.c"}'}
    data = lines(
        answered({"object": "chat.completion", "choices": [{"message": {"content": "a b"}}]}),
        answered({"object": "response", "output": [call]}),
        answered({"object": "list", "data": [{"embedding": [0.5]}]}),
        answered({"object": "novel", "x": "c d"}),
        {"custom_id": "r-2", "response": None, "error": {"message": "e f"}},
        asking("/v1/chat/completions", CHAT),
        asking("/v1/chat/completions", {"messages": [{"content": "g h"}]}),
    )
    view = fetched(data)
    assert found(view) == [
        ("assistant", "text", "/rows/0/response/body/choices/0/message/content", "a b"),
        ("assistant", "name", "/rows/1/response/body/output/0/name", "f"),
        ("assistant", "tool_arguments", "/rows/1/response/body/output/0/arguments/to", "a@b.c"),
        ("assistant", "metadata", "/rows/3/response/body/object", "novel"),
        ("assistant", "metadata", "/rows/3/response/body/x", "c d"),
        ("assistant", "metadata", "/rows/4/error/message", "e f"),
        ("system", "system", "/rows/5/body/messages/0/content", "be kind"),
        ("assistant", "text", "/rows/6/body/messages/0/content", "g h"),
    ]
    assert [(gap.pointer, gap.reason) for gap in view.unscanned] == [("/rows/6/body", "unknown_shape")]
    out = view.rewrite([Edit("/rows/1/response/body/output/0/arguments/to", 0, 5, "[E]")])
    assert out == data.replace(b"a@b.c", b"[E]")


@given(st.binary(max_size=60) | st.lists(st.sampled_from(['{"custom_id":"a","url":"/v1/embeddings","body":',
       '{"custom_id":', '"response":', "{}", "\n", "}", '"x"', "[1]", ","]), max_size=8).map(
           lambda parts: "".join(parts).encode()))  # fmt: skip
def test_no_file_makes_the_reader_fail(data: bytes) -> None:
    assert fetched(data).rewrite([]) == data


def test_descriptions_of_files() -> None:
    view = DIALECT.response({"object": "list", "data": [{"id": "file-1", "filename": "cv of eve.pdf"}]})
    assert [(s.pointer, s.text) for s in view.segments] == [("/data/0/filename", "cv of eve.pdf")]


def test_a_batch_refers_to_a_file_that_may_have_come_another_way() -> None:
    view = BATCHES.request(
        {
            "input_file_id": "file-1",
            "endpoint": "/v1/responses",
            "completion_window": "24h",
            "metadata": {"a": "b c"},
        }
    )
    assert [(gap.pointer, gap.reason) for gap in view.unscanned] == [("/input_file_id", "file")]
    assert [s.text for s in view.segments] == ["b c"]
    assert view.parameters == {"endpoint": "/v1/responses", "completion_window": "24h"}
    with pytest.raises(CallerError):
        BATCHES.request({})


def test_errors_of_a_batch_are_read() -> None:
    errors = {"data": [{"code": "c", "line": 1, "message": "what went wrong"}]}
    view = BATCHES.response({"id": "batch_1", "errors": errors, "in_progress_at": 1700000000})
    assert [s.text for s in view.segments] == ["what went wrong"]
