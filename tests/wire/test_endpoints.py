"""The endpoint table."""

import pytest

from gateway.wire.endpoints import ENDPOINTS, Headers, dialect_for, find, locate

GOOGLE: Headers = [(b"x-goog-api-key", b"k")]
ANTHROPIC: Headers = [(b"host", b"x"), (b"anthropic-version", b"2023-06-01")]


@pytest.mark.parametrize(
    ("method", "path", "headers", "name"),
    [
        ("POST", "/v1/chat/completions", [], "chat.completions"),
        ("POST", "/v1/chat/completions?x=1", [], "chat.completions"),
        ("POST", "/v1/messages", [], "messages"),
        ("POST", "/v1/messages", ANTHROPIC, "messages"),
        ("GET", "/v1/models", [], "models.list"),
        ("GET", "/v1/models", ANTHROPIC, "anthropic.models.list"),
        ("GET", "/v1/models/gpt-4o", [], "models.get"),
        ("GET", "/v1/models/meta/llama-3:free", [], "models.get"),
        ("GET", "/v1/models/claude", ANTHROPIC, "anthropic.models.get"),
        ("GET", "/v1/chat/completions", [], None),
        ("POST", "/v1/models", [], None),
        ("DELETE", "/v1/models/gpt-4o", [], None),
        ("POST", "/v1/chat/completions/", [], None),
        ("POST", "//v1/chat/completions", [], None),
        ("POST", "/V1/chat/completions", [], None),
        ("POST", "/chat/completions", [], None),
        ("POST", "/v1/completions", [], "completions"),
        ("POST", "/v1/embeddings", [], "embeddings"),
        ("POST", "/v1/moderations", [], "moderations"),
        ("POST", "/v1/responses", [], "responses"),
        ("GET", "/v1/responses", [], None),
        ("GET", "/v1/responses/resp_1", [], "responses.get"),
        ("GET", "/v1/responses/resp_1?stream=true", [], "responses.get"),
        ("DELETE", "/v1/responses/resp_1", [], "responses.delete"),
        ("POST", "/v1/responses/resp_1/cancel", [], "responses.cancel"),
        ("GET", "/v1/responses/resp_1/input_items", [], "responses.input_items"),
        ("POST", "/v1/responses/resp_1/novel", [], None),
        ("GET", "/v1/files", ANTHROPIC, None),
        ("POST", "/v1/messages/count_tokens", ANTHROPIC, "messages.count_tokens"),
        ("POST", "/v1beta/models/gemini-2.5:generateContent", [], "gemini.generate_content"),
        ("POST", "/v1/models/gemini-2.5:streamGenerateContent", [], "gemini.stream_generate_content"),
        ("POST", "/v1alpha/tunedModels/mine:countTokens", [], "gemini.count_tokens"),
        ("POST", "/v1beta/models/gemini-2.5:predict", [], None),
        ("GET", "/v1beta/models", [], "gemini.models.list"),
        ("GET", "/v1/models", GOOGLE, "gemini.models.list"),
        ("GET", "/v1/models/gemini-2.5", GOOGLE, "gemini.models.get"),
        ("POST", "/openai/deployments/mine/chat/completions", [], "chat.completions"),
        ("POST", "/openai/deployments/a/b/chat/completions", [], None),
        ("POST", "/openai/v1/chat/completions", [], "chat.completions"),
        ("GET", "/openai/models", [], "models.list"),
        ("POST", "/generate", [], "tgi.generate"),
        ("POST", "/generate_stream", [], "tgi.generate_stream"),
        ("POST", "/", [], "tgi.compatible"),
        ("GET", "/v1/models/", [], None),
        ("GET", "/v1/models/../files", [], None),
        ("GET", "/v1/models/%2e%2e/files", [], None),
        ("GET", "/v1/models/a%2f..%2f..%2ffiles", [], None),
        ("GET", "/v1/models/a//b", [], None),
    ],
)
def test_finds_what_it_knows(method: str, path: str, headers: Headers, name: str | None) -> None:
    found = find(method, path, headers)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("path", "headers", "family"),
    [
        ("/v1/embeddings", [], "openai"),
        ("/", [], "openai"),
        ("/v1/messages/count_tokens", [], "anthropic"),
        ("/v1/files", ANTHROPIC, "anthropic"),
        ("/v1beta/files", [], "gemini"),
        ("/v1/files", GOOGLE, "gemini"),
    ],
)
def test_guesses_a_dialect_to_refuse_in(path: str, headers: Headers, family: str) -> None:
    assert dialect_for(path, headers).family == family


def test_parts_of_the_path_are_found() -> None:
    found = locate("GET", "/v1/models/meta/llama-3:free", [])
    assert found is not None
    assert (found.endpoint.name, found.parts) == ("models.get", {"id": "meta/llama-3:free"})


def test_no_two_operations_of_a_family_share_a_spelling() -> None:
    spelled = [(e.method, path.whole, e.dialect.family) for e in ENDPOINTS for path in e.paths]
    assert len(set(spelled)) == len(spelled)


def test_names_are_unique_and_say_the_dialect() -> None:
    assert len({endpoint.name for endpoint in ENDPOINTS}) == len(ENDPOINTS)
    for endpoint in ENDPOINTS:
        assert endpoint.dialect.family in endpoint.dialect.name
