"""The census tells the truth, and knows every field that the providers' SDKs know."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from anthropic.types import Message, MessageTokensCount, RawMessageStreamEvent
from anthropic.types.beta import BetaMessage, BetaMessageTokensCount, BetaRawMessageStreamEvent
from anthropic.types.beta.message_count_tokens_params import MessageCountTokensParams as BetaCountParams
from anthropic.types.beta.message_create_params import MessageCreateParamsNonStreaming as BetaParams
from anthropic.types.message_count_tokens_params import MessageCountTokensParams as CountParams
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming as MessageParams
from openai.types import (
    Batch,
    Completion,
    CreateEmbeddingResponse,
    FileDeleted,
    FileObject,
    ImageEditStreamEvent,
    ImageGenStreamEvent,
    ImagesResponse,
    ModerationCreateResponse,
)
from openai.types.audio import (
    TranscriptionCreateResponse,
    TranscriptionStreamEvent,
    TranslationCreateResponse,
)
from openai.types.audio.speech_create_params import SpeechCreateParams
from openai.types.audio.transcription_create_params import (
    TranscriptionCreateParamsNonStreaming as TranscriptionParams,
)
from openai.types.audio.translation_create_params import TranslationCreateParams
from openai.types.batch_create_params import BatchCreateParams
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming as ChatParams
from openai.types.completion_create_params import CompletionCreateParamsNonStreaming as CompletionParams
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.file_create_params import FileCreateParams
from openai.types.image_create_variation_params import ImageCreateVariationParams
from openai.types.image_edit_params import ImageEditParamsNonStreaming as ImageEditParams
from openai.types.image_generate_params import ImageGenerateParamsNonStreaming as ImageParams
from openai.types.moderation_create_params import ModerationCreateParams
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming as ResponseParams
from openai.types.responses.response_item_list import ResponseItemList

from gateway.core.segment import Segment
from gateway.wire.census import Entry, census
from gateway.wire.document import Upload
from gateway.wire.endpoints import ENDPOINTS
from tests.wire.markers import Filler, leaves
from tests.wire.streams import read as read_stream

Json = Any
"""A tree whose shape the test knows."""


DIALECTS = {endpoint.name: endpoint.dialect for endpoint in ENDPOINTS}
FILES = {"file", "image", "mask"}
SCHEMAS = [
    ("chat.completions", "request", ChatParams),
    ("chat.completions", "response", ChatCompletion),
    ("completions", "request", CompletionParams),
    ("completions", "response", Completion),
    ("completions", "stream", Completion),
    ("responses", "request", ResponseParams),
    ("responses", "response", Response),
    ("responses", "stream", ResponseStreamEvent),
    ("responses.input_items", "response", ResponseItemList),
    ("embeddings", "request", EmbeddingCreateParams),
    ("embeddings", "response", CreateEmbeddingResponse),
    ("moderations", "request", ModerationCreateParams),
    ("moderations", "response", ModerationCreateResponse),
    ("images.generations", "request", ImageParams),
    ("images.generations", "response", ImagesResponse),
    ("images.generations", "stream", ImageGenStreamEvent),
    ("images.edits", "request", ImageEditParams),
    ("images.edits", "stream", ImageEditStreamEvent),
    ("images.variations", "request", ImageCreateVariationParams),
    ("audio.speech", "request", SpeechCreateParams),
    ("audio.transcriptions", "request", TranscriptionParams),
    ("audio.transcriptions", "response", TranscriptionCreateResponse),
    ("audio.transcriptions", "stream", TranscriptionStreamEvent),
    ("audio.translations", "request", TranslationCreateParams),
    ("audio.translations", "response", TranslationCreateResponse),
    ("files.create", "request", FileCreateParams),
    ("files.create", "response", FileObject),
    ("files.get", "response", FileObject),
    ("files.delete", "response", FileDeleted),
    ("batches.create", "request", BatchCreateParams),
    ("batches.create", "response", Batch),
    ("batches.get", "response", Batch),
    ("messages", "request", MessageParams),
    ("messages", "request", BetaParams),
    ("messages", "response", Message),
    ("messages.count_tokens", "request", CountParams),
    ("messages.count_tokens", "request", BetaCountParams),
    ("messages.count_tokens", "response", MessageTokensCount),
    ("messages.count_tokens", "response", BetaMessageTokensCount),
    ("messages", "response", BetaMessage),
    ("chat.completions", "stream", ChatCompletionChunk),
    ("messages", "stream", RawMessageStreamEvent),
    ("messages", "stream", BetaRawMessageStreamEvent),
]


@cache
def pattern(path: str) -> re.Pattern[str]:
    """A census path as an expression that fits the field and all below it."""
    parts = ["(?:[^/]+/)*" if part == "**" else _part(part) + "/" for part in path.split("/")]
    return re.compile("".join(parts).removesuffix("/") + "(?:/.*)?$")


def _part(part: str) -> str:
    name, _, kind = part.partition("<")
    spelled = "[^/<]+" if name == "*" else re.escape(name)
    return spelled + (re.escape("<" + kind) if kind else "(?:<[^>]*>)?")


@cache
def entry_for(endpoint: str, direction: str, path: str) -> Entry | None:
    entries = entries_of(endpoint, direction)
    return next((entry for entry in entries if pattern(entry.field).match(path)), None)


@cache
def entries_of(endpoint: str, direction: str) -> list[Entry]:
    return [e for e in census() if (e.endpoint, e.direction) == (endpoint, direction)]


def read(endpoint: str, direction: str, body: Json) -> Sequence[Segment]:
    dialect = DIALECTS[endpoint]
    if direction == "stream":
        return read_stream(dialect, b"data: " + json.dumps(body).encode() + b"\n\n").segments
    view = dialect.request(body) if direction == "request" else dialect.response(body)
    return view.segments


def with_files(body: Json) -> Json:
    """A body with files where a form would have them."""
    return {name: Upload(b"AAAA") if name in FILES else value for name, value in body.items()}


def cases(spelled: str) -> Iterator[tuple[str, str, str, Any, dict[str, str]]]:
    """Every leaf of every maximal body, with the kinds under which its marker was found."""
    for endpoint, direction, schema in SCHEMAS:
        for body in map(with_files, Filler(spelled.format).body(schema)):
            found = read(endpoint, direction, body)
            kinds: dict[str, str] = {text: s.kind for s in found for text in s.text.split("\n")}
            for path, value in leaves(body):
                yield endpoint, direction, path, value, kinds


@pytest.mark.parametrize(("spelled", "read_control"), [("m4k3r {} x", True), ("m4k3r{}x", False)])
def test_every_field_of_the_sdks_is_declared_and_the_declaration_is_true(
    spelled: str, read_control: bool
) -> None:
    wrong = set()
    for endpoint, direction, path, value, kinds in cases(spelled):
        entry = entry_for(endpoint, direction, path)
        if entry is None:
            wrong.add((endpoint, direction, path, "undeclared"))
        elif isinstance(value, str) and value.startswith("m4k3r"):
            kind = kinds.get(value, "")
            if not fits(entry, kind, read_control):
                wrong.add((endpoint, direction, path, f"{entry.field}: {entry.kind}{entry.reason} is {kind}"))
    assert not sorted(wrong)


def fits(entry: Entry, kind: str, read_control: bool) -> bool:
    if entry.scanned:
        return kind in entry.kind.split("|") or (not kind and bool(entry.gap))
    return bool(kind) == (entry.reason == "control" and read_control)


def test_every_endpoint_is_in_the_census() -> None:
    declared = {(entry.endpoint, entry.direction) for entry in census()}
    for endpoint in ENDPOINTS:
        assert (endpoint.name, "response") in declared
        assert endpoint.body == "none" or (endpoint.name, "request") in declared
        if endpoint.generative:
            assert (endpoint.name, "stream") in declared
