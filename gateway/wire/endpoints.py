"""The endpoint table: what the gateway understands. Everything else is unknown, and policy's matter."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.wire import (
    anthropic_messages,
    anthropic_models,
    gemini_embeddings,
    gemini_generate,
    gemini_models,
    openai_audio,
    openai_batches,
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_files,
    openai_images,
    openai_models,
    openai_moderations,
    openai_responses,
    tgi_generate,
)
from gateway.wire.azure import also_on_azure
from gateway.wire.dialect import Dialect, Family
from gateway.wire.endpoint import Endpoint
from gateway.wire.gemini_generate.paths import VERSIONS
from gateway.wire.path import Template

Headers = Iterable[tuple[bytes, bytes]]
"""Lower-case names."""

ENDPOINTS: tuple[Endpoint, ...] = (
    *also_on_azure(openai_chat.ENDPOINTS),
    *also_on_azure(openai_completions.ENDPOINTS),
    *also_on_azure(openai_responses.ENDPOINTS),
    *also_on_azure(openai_embeddings.ENDPOINTS),
    *openai_moderations.ENDPOINTS,
    *also_on_azure(openai_images.ENDPOINTS),
    *also_on_azure(openai_audio.ENDPOINTS),
    *openai_files.ENDPOINTS,
    *openai_batches.ENDPOINTS,
    *also_on_azure(openai_models.ENDPOINTS),
    *anthropic_messages.ENDPOINTS,
    *anthropic_models.ENDPOINTS,
    *gemini_generate.ENDPOINTS,
    *gemini_embeddings.ENDPOINTS,
    *gemini_models.ENDPOINTS,
    *tgi_generate.ENDPOINTS,
)

_SPELLED = {path.base for endpoint in ENDPOINTS for path in endpoint.paths}
BASES = tuple(sorted((base for base in _SPELLED if "{" not in base), key=len, reverse=True))
"""What base URLs end with, in any dialect; the longest first, since one may begin with another."""


@dataclass(frozen=True, slots=True)
class Found:
    """An operation that a call asks for."""

    endpoint: Endpoint
    template: Template
    """The spelling that it was asked for in."""

    parts: Mapping[str, str]
    """What stands in the named parts of the path, decoded."""


def locate(method: str, path: str, headers: Headers) -> Found | None:
    """The operation that a call asks for; a query string is of no account.

    Where several providers spell an operation alike, ``anthropic-version``, which Anthropic requires,
    and ``x-goog-api-key`` tell them apart.
    """
    path = path.partition("?")[0]
    found = [Found(endpoint, template, {}) for endpoint, template in _PLAIN.get((method, path), ())]
    found = found or _filled(method, path)
    told = _told(headers)
    if len(found) < 2 and not (told and path.startswith(_SHARED)):
        return found[0] if found else None
    return next((each for each in found if each.endpoint.dialect.family == (told or "openai")), None)


def find(method: str, path: str, headers: Headers) -> Endpoint | None:
    """As :func:`locate`, without the details."""
    found = locate(method, path, headers)
    return found.endpoint if found else None


def dialect_for(path: str, headers: Headers) -> Dialect:
    """The dialect in which to refuse a call that no endpoint matches."""
    told = _told(headers)
    if path.startswith("/v1/messages") or told == "anthropic":
        return anthropic_messages.DIALECT
    if path.startswith(_GOOGLE) or told == "gemini":
        return gemini_generate.GENERATE
    return openai_chat.DIALECT


_GOOGLE = tuple(f"{version}/" for version in VERSIONS if version != "/v1")
_TELLING: Mapping[bytes, Family] = {b"anthropic-version": "anthropic", b"x-goog-api-key": "gemini"}
"""Fields that only one provider's clients send."""


def _told(headers: Headers) -> Family | None:
    """Whose client is calling, if its headers tell."""
    return next((_TELLING[name] for name, _ in headers if name in _TELLING), None)


_SHARED = ("/v1/models", "/v1/files")
"""Below these, several providers have operations of their own."""

Spelled = tuple[Endpoint, Template]


def _filled(method: str, path: str) -> list[Found]:
    """The operations whose path has parts. Nearly every call is one of the others."""
    return [
        Found(endpoint, template, parts)
        for endpoint, template in _WITH_PARTS.get((method, _first(path)), ())
        if (parts := template.match(path)) is not None
    ]


def _plain() -> Mapping[tuple[str, str], Sequence[Spelled]]:
    out: dict[tuple[str, str], list[Spelled]] = defaultdict(list)
    for endpoint in ENDPOINTS:
        for template in endpoint.paths:
            if template.plain:
                out[endpoint.method, template.whole].append((endpoint, template))
    return dict(out)


def _with_parts() -> Mapping[tuple[str, str], Sequence[Spelled]]:
    out: dict[tuple[str, str], list[Spelled]] = defaultdict(list)
    for endpoint in ENDPOINTS:
        for template in endpoint.paths:
            if not template.plain:
                out[endpoint.method, _first(template.whole)].append((endpoint, template))
    return dict(out)


def _first(path: str) -> str:
    """The first segment of a path, which is literal in every template."""
    return path[1:].partition("/")[0]


_PLAIN = _plain()
_WITH_PARTS = _with_parts()
