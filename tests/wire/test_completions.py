"""Completions, embeddings and moderations: what is a segment, and what cannot be one."""

import json
from typing import Any

import pytest

from gateway.core.errors import CallerError
from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.openai_completions import DIALECT as COMPLETIONS
from gateway.wire.openai_embeddings import DIALECT as EMBEDDINGS
from gateway.wire.openai_moderations import DIALECT as MODERATIONS
from gateway.wire.splice import Edit
from tests.wire.streams import read

Json = Any
"""A tree whose shape the test knows."""


def found(view: RequestView | ResponseView) -> list[tuple[str, str, str]]:
    return [(s.kind, s.pointer, s.text) for s in view.segments]


PROMPTS: list[tuple[Json, list[tuple[str, str]], list[str]]] = [
    ("a b", [("", "a b")], []),
    (["a b", "c d"], [("/0", "a b"), ("/1", "c d")], []),
    ([1, 2, 3], [], [""]),
    ([[1, 2], [3]], [], ["/0", "/1"]),
    (["a b", [1], 2, {"x": "c d"}], [("/0", "a b"), ("/3/x", "c d")], ["", "/1"]),
    ([], [], []),
]


@pytest.mark.parametrize(("dialect", "field"), [(COMPLETIONS, "prompt"), (EMBEDDINGS, "input")])
@pytest.mark.parametrize(("given", "texts", "gaps"), PROMPTS)
def test_prompts_are_read_and_tokens_are_said(
    dialect: Dialect, field: str, given: Json, texts: list[tuple[str, str]], gaps: list[str]
) -> None:
    view = dialect.request({"model": "m", field: given})
    assert found(view) == [("text", f"/{field}{pointer}", text) for pointer, text in texts]
    unread = [("/" + field + pointer, "tokens") for pointer in gaps]
    assert [(gap.pointer, gap.reason) for gap in view.unscanned] == unread


def test_a_prompt_has_an_end_and_parameters() -> None:
    view = COMPLETIONS.request(
        {"model": "m", "prompt": "a", "suffix": "b c", "stop": ["d e"], "echo": True, "max_tokens": 9}
    )
    assert found(view)[1:] == [("text", "/suffix", "b c"), ("metadata", "/stop/0", "d e")]
    assert view.parameters == {"echo": True, "max_tokens": 9}


@pytest.mark.parametrize(
    ("dialect", "body", "param"),
    [
        (COMPLETIONS, {"prompt": "a"}, "/model"),
        (COMPLETIONS, {"model": "m", "prompt": {}}, "/prompt"),
        (COMPLETIONS, {"model": "m", "prompt": "a", "stream": "yes"}, "/stream"),
        (EMBEDDINGS, {"model": "m"}, "/input"),
        (EMBEDDINGS, {"model": 1, "input": "a"}, "/model"),
        (EMBEDDINGS, [], None),
        (MODERATIONS, {"input": 1}, "/input"),
    ],
)
def test_wrong_types_of_what_is_acted_on(dialect: Dialect, body: Json, param: str | None) -> None:
    with pytest.raises(CallerError) as refused:
        dialect.request(body)
    assert (refused.value.code, refused.value.param) == ("invalid_type", param)


def test_a_continuation_and_the_tokens_that_repeat_it() -> None:
    logprobs = {"tokens": ["a@", "b.c"], "token_logprobs": [-1, -2], "top_logprobs": [{"x y": -3}]}
    choice = {"index": 0, "text": "a@b.c", "logprobs": logprobs, "finish_reason": "length"}
    usage = {"prompt_tokens": 3, "completion_tokens": 4}
    view = COMPLETIONS.response({"model": "m", "choices": [choice], "usage": usage})
    assert found(view) == [
        ("text", "/choices/0/text", "a@b.c"),
        ("metadata", "/choices/0/logprobs/tokens", "a@b.c"),
    ]
    assert not view.rewritable("/choices/0/logprobs/tokens")
    assert (view.finish, view.model, view.usage.input_tokens, view.usage.output_tokens) == (
        "length", "m", 3, 4,
    )  # fmt: skip


def chunk(**choice: Json) -> bytes:
    return b"data: " + json.dumps({"id": "c", "choices": [choice]}).encode() + b"\n\n"


STREAM = (
    chunk(index=0, text="mail a@", finish_reason=None)
    + chunk(index=1, text="x")
    + chunk(index=0, text="b.c now", finish_reason="stop")
    + b"data: [DONE]\n\n"
)


def test_a_streamed_continuation() -> None:
    view = read(COMPLETIONS, STREAM)
    assert [(s.pointer, s.text) for s in view.segments] == [
        ("/choices/0/text", "mail a@b.c now"),
        ("/choices/1/text", "x"),
    ]
    assert (view.finish, view.complete, view.error) == ("stop", True, None)
    out = view.rewrite([Edit("/choices/0/text", 5, 10, "[E]")])
    assert [s.text for s in read(COMPLETIONS, out).segments] == ["mail [E] now", "x"]


def test_a_continuation_that_is_stopped_ends_each_open_choice() -> None:
    reader = COMPLETIONS.stream(b"text/event-stream")
    assert reader is not None
    for frame in reader.framing.feed(STREAM[: STREAM.index(b"data: [DONE]")]):
        reader.feed(frame)
    ends = [line for line in reader.ending({"rule": "r"}).split(b"\n\n") if line]
    assert ends[-1] == b"data: [DONE]"
    choices = [json.loads(end.removeprefix(b"data: "))["choices"][0] for end in ends[:-1]]
    assert [(c["index"], c["finish_reason"]) for c in choices] == [
        (0, "content_filter"),
        (1, "content_filter"),
    ]


def test_an_error_amid_a_continuation() -> None:
    view = read(COMPLETIONS, b'data: {"error":{"message":"m m","code":"c"}}\n\n')
    assert (view.error, [s.text for s in view.segments]) == ("c", ["m m", "c"])


def test_vectors_are_not_text() -> None:
    data = [{"object": "embedding", "index": 0, "embedding": [0.1] * 3}, {"embedding": "AAAA" * 40}]
    view = EMBEDDINGS.response({"object": "list", "data": data, "usage": {"prompt_tokens": 3}})
    assert (view.segments, view.unscanned, view.usage.input_tokens) == ((), (), 3)


@pytest.mark.parametrize("dialect", [COMPLETIONS, EMBEDDINGS])
def test_an_unknown_response_is_read_and_said(dialect: Dialect) -> None:
    view = dialect.response({"x": "some words"})
    assert found(view) == [("metadata", "/x", "some words")]
    assert [gap.reason for gap in view.unscanned] == ["unknown_shape"]


def test_what_is_to_be_moderated() -> None:
    parts = [{"type": "text", "text": "a b"}, {"type": "image_url", "image_url": {"url": "https://x/?a b"}}]
    view = MODERATIONS.request({"input": [*parts, "c d"]})
    assert found(view) == [
        ("text", "/input/0/text", "a b"),
        ("metadata", "/input/1/image_url/url", "https://x/?a b"),
        ("text", "/input/2", "c d"),
    ]
    assert [gap.reason for gap in view.unscanned] == ["image"]
    assert (view.model, MODERATIONS.request({"input": "a", "model": "m"}).model) == ("", "m")


def test_scores_are_no_text() -> None:
    scores = {"harassment/threatening": 0.1, "sexual": 0.2}
    assert MODERATIONS.response({"id": "modr-1", "results": [{"category_scores": scores}]}).segments == ()
