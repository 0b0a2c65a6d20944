"""The census of Gemini's fields tells the truth, and knows every field that google-genai knows."""

import re
from typing import Any, TypedDict

import pytest

from tests.wire.markers import Filler, leaves
from tests.wire.test_census import entry_for, fits, read

pytest.importorskip("google.genai", reason="needs google-genai, of the extra dev")

from google.genai import types as genai

Json = Any
"""A tree whose shape the test knows."""


class GenerateRequest(TypedDict):
    """The SDK knows its parameters, and what it makes of them only as code; so the body is spelled here."""

    contents: list[genai.Content]
    systemInstruction: genai.Content
    tools: list[genai.Tool]
    toolConfig: genai.ToolConfig
    safetySettings: list[genai.SafetySetting]
    generationConfig: genai.GenerationConfig
    cachedContent: str
    labels: dict[str, str]
    modelArmorConfig: genai.ModelArmorConfig
    serviceTier: str
    store: bool


class CountRequest(TypedDict):
    contents: list[genai.Content]
    generateContentRequest: GenerateRequest


class GenerateResponse(TypedDict):
    candidates: list[genai.Candidate]
    promptFeedback: genai.GenerateContentResponsePromptFeedback
    usageMetadata: genai.GenerateContentResponseUsageMetadata
    modelVersion: str
    responseId: str
    createTime: str
    modelStatus: genai.ModelStatus


class CountResponse(TypedDict):
    totalTokens: int
    cachedContentTokenCount: int
    promptTokensDetails: list[genai.ModalityTokenCount]


class EmbedRequest(TypedDict):
    model: str
    content: genai.Content
    taskType: str
    title: str
    outputDimensionality: int


class BatchRequest(TypedDict):
    requests: list[EmbedRequest]


class EmbedResponse(TypedDict):
    embedding: genai.ContentEmbedding
    embeddings: list[genai.ContentEmbedding]
    usageMetadata: genai.UsageMetadata


SCHEMAS: list[tuple[str, str, Any]] = [
    ("gemini.generate_content", "request", GenerateRequest),
    ("gemini.generate_content", "response", GenerateResponse),
    ("gemini.stream_generate_content", "request", GenerateRequest),
    ("gemini.stream_generate_content", "stream", GenerateResponse),
    ("gemini.count_tokens", "request", CountRequest),
    ("gemini.count_tokens", "response", CountResponse),
    ("gemini.embed_content", "request", EmbedRequest),
    ("gemini.batch_embed_contents", "request", BatchRequest),
    ("gemini.batch_embed_contents", "response", EmbedResponse),
]


def declared(body: Json) -> Json:
    """The body with every name as its message declares it."""
    if isinstance(body, dict):
        return {
            re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", key): declared(child)
            for key, child in body.items()
        }
    return [declared(child) for child in body] if isinstance(body, list) else body


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: f"{schema[0]}-{schema[1]}")
@pytest.mark.parametrize("snake", [False, True])
@pytest.mark.parametrize(("spelled", "read_control"), [("m4k3r {} x", True), ("m4k3r{}x", False)])
def test_every_field_of_the_sdk_is_declared_and_the_declaration_is_true(
    schema: tuple[str, str, Any], snake: bool, spelled: str, read_control: bool
) -> None:
    endpoint, direction, shape = schema
    wrong = set()
    for body in Filler(spelled.format).body(shape):
        found = read(endpoint, direction, declared(body) if snake else body)
        kinds = {text: segment.kind for segment in found for text in segment.text.split("\n")}
        for path, value in leaves(body):
            entry = entry_for(endpoint, direction, path)
            if entry is None:
                wrong.add((path, "undeclared"))
            elif isinstance(value, str) and value.startswith("m4k3r"):
                kind = kinds.get(value, "")
                if not fits(entry, kind, read_control):
                    wrong.add((path, f"{entry.field}: {entry.kind}{entry.reason} is {kind or 'unread'}"))
    assert not sorted(wrong)
