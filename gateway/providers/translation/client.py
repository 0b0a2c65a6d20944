"""A client that speaks the caller's dialect to an upstream of the other one."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from gateway.core.errors import CallerError, LictorError, UpstreamError
from gateway.providers import credentials
from gateway.providers.client import Headers, UpstreamClient, UpstreamRequest, UpstreamResponse
from gateway.providers.translation import sigv4
from gateway.providers.translation.anthropic_to_openai import AnthropicToOpenAI
from gateway.providers.translation.envelopes import envelope
from gateway.providers.translation.library import Library
from gateway.providers.translation.openai_to_anthropic import OpenAIToAnthropic
from gateway.providers.translation.openai_to_bedrock import OpenAIToBedrock
from gateway.providers.translation.openai_to_gemini import OpenAIToGemini
from gateway.providers.translation.statuses import fitting
from gateway.providers.upstream import AwsCredentials, Upstream

Json = dict[str, Any]

# Fields of one dialect that mean nothing, or something else, in the other.
_DIALECT_PREFIXES = (b"anthropic-", b"openai-", b"x-amz-", b"x-amzn-", b"x-stainless-")
_REQUEST_IDS = (b"request-id", b"x-request-id", b"x-amzn-requestid")
_BODY_FIELDS = frozenset({b"content-type", b"content-encoding", b"content-length"})

_PAIRS: Mapping[tuple[str, str], Callable[[Library, Json], Any]] = {
    ("openai", "anthropic"): OpenAIToAnthropic,
    ("openai", "gemini"): OpenAIToGemini,
    ("openai", "bedrock"): OpenAIToBedrock,
    ("anthropic", "openai"): AnthropicToOpenAI,
}
"""What the caller speaks and what the upstream speaks."""


class Translation(Protocol):
    """One exchange between a pair of dialects."""

    path: str
    body: Json
    headers: list[tuple[bytes, bytes]]

    def whole(self, answer: Json) -> Json:
        """The upstream's whole answer, in the caller's dialect."""
        ...

    def stream(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """The upstream's stream, in the caller's dialect."""
        ...


class TranslatingClient:
    """Translates around another client, which does the sending and is not owned."""

    def __init__(self, client: UpstreamClient, library: Library) -> None:
        self._client = client
        self._library = library

    async def send(self, upstream: Upstream, request: UpstreamRequest) -> "TranslatedResponse":
        """Translate, send, and hand back an answer that translates itself as it is read.

        Raises:
            CallerError: the request cannot be said in the upstream's dialect.
        """
        translation = self._translated(upstream, request)
        body = _encoded(translation.body)
        headers = _headers(upstream, request.headers) + translation.headers
        if upstream.aws is not None:
            headers += _signature(upstream, upstream.aws, translation.path, body)
        response = await self._client.send(
            upstream,
            replace(request, path=translation.path, headers=headers, body=body, family=upstream.family),
        )
        status = fitting(upstream.family, response.status, response.headers)
        return TranslatedResponse(response, translation, request, status)

    async def aclose(self) -> None:
        """Nothing is held."""

    def _translated(self, upstream: Upstream, request: UpstreamRequest) -> Translation:
        try:
            pair = _PAIRS[request.family, upstream.family]
            return cast("Translation", pair(self._library, json.loads(request.body)))
        except LictorError:
            raise
        except Exception as error:  # whatever litellm raises over a request that it does not understand
            # Its message may quote the request, so it goes no further.
            message = "The request cannot be translated for the provider that serves this model."
            raise CallerError(400, "untranslatable", message) from error


class TranslatedResponse:
    """The upstream's answer in the caller's dialect."""

    def __init__(
        self, response: UpstreamResponse, translation: Translation, request: UpstreamRequest, status: int
    ) -> None:
        self.status = status
        self.upstream = response.upstream
        self.attempts = response.attempts
        self._response = response
        self._translation = translation
        self._family = request.family
        self._stream = request.stream and status < 300
        self.headers: Headers = _answer_headers(response.headers, self._family, stream=self._stream)

    async def read(self) -> bytes:
        """The whole answer."""
        if self._stream:
            return b"".join([chunk async for chunk in self.chunks()])
        body = await self._response.read()
        if self.status >= 300:
            return _encoded(envelope(self._family, self.status, body))
        try:
            return _encoded(self._translation.whole(json.loads(body)))
        except Exception as error:
            raise self._untranslatable() from error

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The answer, event by event where it is a stream."""
        if not self._stream:
            yield await self.read()
            return
        try:
            async with aclosing(self._translation.stream(self._response.chunks())) as translated:
                async for chunk in translated:
                    yield chunk
        except LictorError:
            raise
        except Exception as error:
            raise self._untranslatable() from error
        finally:
            await self._response.aclose()

    async def aclose(self) -> None:
        """Let go of the upstream's answer."""
        await self._response.aclose()

    def _untranslatable(self) -> UpstreamError:
        return UpstreamError(
            "protocol", "The upstream's answer cannot be translated.", upstream=self.upstream
        )


def _headers(upstream: Upstream, headers: Headers) -> list[tuple[bytes, bytes]]:
    """The caller's fields, less those of its dialect, with its credential where the upstream reads it."""
    dropped = credentials.CREDENTIALS | _BODY_FIELDS | {b"accept"}
    kept = [
        (name, value)
        for name, value in headers
        if name not in dropped and not name.startswith(_DIALECT_PREFIXES)
    ]
    secret = credentials.secret_for(upstream, headers)
    if secret and upstream.aws is None:
        kept.append(credentials.credential(upstream.dialect, secret.encode("latin-1")))
    return [*kept, (b"content-type", b"application/json"), (b"accept", b"*/*")]


def _signature(upstream: Upstream, aws: AwsCredentials, path: str, body: bytes) -> list[tuple[bytes, bytes]]:
    """The fields that sign a request. ``host`` is signed as whoever sends the request will write it."""
    url = urlsplit(upstream.base_url)
    default = {"http": ":80", "https": ":443"}[url.scheme]
    host = url.netloc.lower().removesuffix(default)
    unsigned = sigv4.Unsigned("POST", url.path.rstrip("/") + path, [(b"host", host.encode())], body)
    return sigv4.signed(unsigned, aws, "bedrock", now=datetime.now(UTC))


def _answer_headers(headers: Headers, family: str, *, stream: bool) -> Headers:
    kept = [field for field in headers if field[0] not in _BODY_FIELDS]
    known = dict(kept)
    ours = b"x-request-id" if family == "openai" else b"request-id"
    theirs = next((known[name] for name in _REQUEST_IDS if name in known), None)
    if theirs is not None and ours not in known:  # each SDK reads the request id under its own name
        kept.append((ours, theirs))
    content_type = b"text/event-stream; charset=utf-8" if stream else b"application/json"
    return [*kept, (b"content-type", content_type)]


def _encoded(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
