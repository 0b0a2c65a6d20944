"""Images and audio: prompts and transcripts are read, pictures and sounds are said."""

import json
from typing import Any

import pytest

from gateway.core.errors import CallerError
from gateway.wire.dialect import AnswersBlobs, Dialect, RequestView, ResponseView
from gateway.wire.document import Upload
from gateway.wire.openai_audio import DIALECT as TRANSCRIPTIONS
from gateway.wire.openai_audio import SPEECH_DIALECT as SPEECH
from gateway.wire.openai_images import DIALECT as IMAGES
from gateway.wire.splice import Edit
from gateway.wire.stream import StreamView
from tests.wire.streams import read

Json = Any
"""A tree whose shape the test knows."""

SOUND = Upload(b"\x00\x01", "call of eve.wav", b"audio/wav")


def found(view: RequestView | ResponseView | StreamView) -> list[tuple[str, str, str]]:
    return [(s.kind, s.pointer, s.text) for s in view.segments]


def gaps(view: RequestView | ResponseView | StreamView) -> list[tuple[str, str]]:
    return [(gap.pointer, gap.reason) for gap in view.unscanned]


def stream(*events: Json) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def test_a_prompt_for_an_image() -> None:
    view = IMAGES.request({"prompt": "a b", "size": "auto", "n": 1, "user": "eve x"})
    assert found(view) == [("text", "/prompt", "a b"), ("metadata", "/user", "eve x")]
    assert (view.model, view.parameters) == ("", {"size": "auto", "n": 1})


def test_images_to_edit() -> None:
    given: list[tuple[Json, list[tuple[str, str]]]] = [
        ({"image": SOUND, "mask": SOUND}, [("/image", "image"), ("/mask", "image")]),
        ({"image[]": [SOUND, SOUND]}, [("/image[]/0", "image"), ("/image[]/1", "image")]),
        ({"images": [{"image_url": "data:x,y"}]}, [("/images/0", "image")]),
    ]
    for fields, unread in given:
        assert gaps(IMAGES.request({"prompt": "a", **fields})) == unread
    view = IMAGES.request({"image": SOUND, "stream": "true", "model": "m"})
    assert found(view) == [("metadata", "/image/filename", "call of eve.wav")]
    assert (view.stream, view.model, view.rewritable("/image/filename")) == (True, "m", False)


def test_images_that_come_back() -> None:
    data = [{"b64_json": "AAAA", "revised_prompt": "a b"}, {"url": "https://x.y/?q=a b"}]
    view = IMAGES.response({"created": 1700000000, "data": data, "usage": {"input_tokens": 3}})
    assert found(view) == [
        ("text", "/data/0/revised_prompt", "a b"),
        ("metadata", "/data/1/url", "https://x.y/?q=a b"),
    ]
    assert gaps(view) == [("/data/0/b64_json", "image"), ("/data/1/url", "image")]
    assert view.usage.input_tokens == 3
    assert gaps(IMAGES.response({"x": 1})) == [("", "unknown_shape")]


def test_images_that_are_streamed() -> None:
    view = read(
        IMAGES,
        stream(
            {"type": "image_generation.partial_image", "b64_json": "AAAA", "size": "auto"},
            {"type": "image_generation.completed", "b64_json": "AAAA", "usage": {"output_tokens": 9}},
        ),
    )
    assert (found(view), gaps(view)) == ([], [("/events/b64_json", "image")])
    assert (view.complete, view.usage.output_tokens) == (True, 9)


def test_text_to_be_spoken() -> None:
    view = SPEECH.request({"model": "m", "voice": "alloy", "input": "a b", "instructions": "c d"})
    assert found(view) == [("text", "/input", "a b"), ("system", "/instructions", "c d")]
    assert isinstance(SPEECH, AnswersBlobs)
    sound = SPEECH.blob(b"ID3", b"audio/mpeg")
    assert sound is not None
    assert [gap.reason for gap in sound.unscanned] == ["audio"]
    assert sound.rewrite([]) == b"ID3"
    assert SPEECH.blob(b"{}", b"application/json; charset=utf-8") is None


def test_speech_in_pieces() -> None:
    view = read(
        SPEECH,
        stream(
            {"type": "speech.audio.delta", "audio": "AAAA"},
            {"type": "speech.audio.delta", "audio": "BBBB"},
            {"type": "speech.audio.done", "usage": {"output_tokens": 9}},
        ),
    )
    assert (found(view), gaps(view), view.complete) == ([], [("/events/audio", "audio")], True)


def test_speech_to_be_written_down() -> None:
    names = ["eve x"]
    view = TRANSCRIPTIONS.request(
        {
            "model": "m",
            "file": SOUND,
            "prompt": "a b",
            "known_speaker_names[]": names,
            "include[]": ["logprobs"],
        }
    )
    assert found(view) == [
        ("metadata", "/file/filename", "call of eve.wav"),
        ("text", "/prompt", "a b"),
        ("name", "/known_speaker_names[]/0", "eve x"),
    ]
    assert gaps(view) == [("/file", "audio")]


def test_a_transcript_and_what_repeats_it() -> None:
    view = TRANSCRIPTIONS.response(
        {
            "text": "mail a@b.c",
            "language": "english",
            "segments": [{"id": 0, "text": "mail a@b.c", "tokens": [50364], "speaker": "A"}],
            "words": [{"word": "mail"}, {"word": "a@b.c"}],
            "logprobs": [{"token": "mail "}, {"token": "a@b.c"}],
        }
    )
    assert found(view) == [
        ("text", "/text", "mail a@b.c"),
        ("text", "/segments/0/text", "mail a@b.c"),
        ("name", "/segments/0/speaker", "A"),
        ("metadata", "/words", "mail a@b.c"),
        ("metadata", "/logprobs", "mail a@b.c"),
    ]
    assert not view.rewritable("/words")
    assert not view.rewritable("/logprobs")


def test_a_transcript_of_plain_text() -> None:
    assert isinstance(TRANSCRIPTIONS, AnswersBlobs)
    view = TRANSCRIPTIONS.blob(b"mail a@b.c\n", b"text/plain; charset=utf-8")
    assert view is not None
    assert [(s.kind, s.text) for s in view.segments] == [("text", "mail a@b.c\n")]
    assert view.rewrite([Edit("/text", 5, 10, "[E]")]) == b"mail [E]\n"
    binary = TRANSCRIPTIONS.blob(b"\xff", b"text/plain")
    assert binary is not None
    assert [gap.reason for gap in binary.unscanned] == ["file"]


def test_a_transcript_in_fragments_and_whole() -> None:
    raw = stream(
        {"type": "transcript.text.delta", "delta": "mail a@"},
        {"type": "transcript.text.delta", "delta": "b.c"},
        {"type": "transcript.text.segment", "id": "s", "text": "mail a@b.c", "speaker": "A"},
        {"type": "transcript.text.done", "text": "mail a@b.c", "usage": {"output_tokens": 9}},
    )
    view = read(TRANSCRIPTIONS, raw)
    assert found(view) == [
        ("text", "/text", "mail a@b.c"),
        ("text", "/segments/2/text", "mail a@b.c"),
        ("name", "/segments/2/speaker", "A"),
    ]
    assert (view.complete, view.usage.output_tokens) == (True, 9)
    out = view.rewrite([Edit("/text", 5, 10, "[E]"), Edit("/segments/2/text", 5, 10, "[E]")])
    assert b"b.c" not in out
    assert next(s.text for s in read(TRANSCRIPTIONS, out).segments) == "mail [E]"


STREAMED = [IMAGES, SPEECH, TRANSCRIPTIONS]


@pytest.mark.parametrize("dialect", STREAMED)
def test_errors_and_ends(dialect: Dialect) -> None:
    view = read(dialect, stream({"type": "error", "error": {"code": "c", "message": "m m"}}))
    assert view.error == "c"
    assert "m m" in [s.text for s in view.segments]
    assert gaps(read(dialect, b"data: nonsense\n\n")) == [("/frames/0", "malformed_frame")]
    reader = dialect.stream(b"text/event-stream")
    assert reader is not None
    last = json.loads(reader.ending({"rule": "r"}).partition(b"data: ")[2])
    assert (last["error"]["code"], last["error"]["lictor"]) == ("content_policy_violation", {"rule": "r"})
    assert dialect.stream(b"application/json") is None


@pytest.mark.parametrize(
    ("dialect", "body", "param"),
    [
        (IMAGES, {"prompt": 1}, "/prompt"),
        (IMAGES, [], None),
        (SPEECH, {"model": "m", "input": 1}, "/input"),
        (SPEECH, {"input": "a"}, "/model"),
        (TRANSCRIPTIONS, {"file": SOUND}, "/model"),
        (TRANSCRIPTIONS, {"file": SOUND, "model": "m", "stream": "maybe"}, "/stream"),
    ],
)
def test_wrong_types_of_what_is_acted_on(dialect: Dialect, body: Json, param: str | None) -> None:
    with pytest.raises(CallerError) as refused:
        dialect.request(body)
    assert (refused.value.code, refused.value.param) == ("invalid_type", param)
