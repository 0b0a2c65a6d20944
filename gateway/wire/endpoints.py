"""The endpoint table: what the gateway understands. Everything else is unknown, and policy's matter."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from gateway.wire.anthropic_messages import DIALECT as ANTHROPIC_MESSAGES
from gateway.wire.anthropic_models import DIALECT as ANTHROPIC_MODELS
from gateway.wire.dialect import Dialect
from gateway.wire.openai_chat import DIALECT as OPENAI_CHAT
from gateway.wire.openai_models import DIALECT as OPENAI_MODELS

Headers = Iterable[tuple[bytes, bytes]]
"""Lower-case names."""

_REST = "/{id}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of a provider."""

    name: str
    method: str
    path: str
    """As callers spell it; ``{id}`` at the end stands for the rest of the path."""

    dialect: Dialect
    generative: bool
    """Whether a model answers."""

    def matches(self, method: str, path: str) -> bool:
        """Whether a call is one of this operation."""
        if method != self.method:
            return False
        if not self.path.endswith(_REST):
            return path == self.path
        prefix = self.path.removesuffix("{id}")
        return path.startswith(prefix) and _plain(path.removeprefix(prefix))


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("chat.completions", "POST", "/v1/chat/completions", OPENAI_CHAT, generative=True),
    Endpoint("messages", "POST", "/v1/messages", ANTHROPIC_MESSAGES, generative=True),
    Endpoint("models.list", "GET", "/v1/models", OPENAI_MODELS, generative=False),
    Endpoint("models.get", "GET", "/v1/models/{id}", OPENAI_MODELS, generative=False),
    Endpoint("anthropic.models.list", "GET", "/v1/models", ANTHROPIC_MODELS, generative=False),
    Endpoint(
        "anthropic.models.get",
        "GET",
        "/v1/models/{id}",
        ANTHROPIC_MODELS,
        generative=False,
    ),
)


def find(method: str, path: str, headers: Headers) -> Endpoint | None:
    """The operation that a call asks for; a query string is of no account.

    Two providers list models at the same path; ``anthropic-version``, which Anthropic requires,
    tells them apart.
    """
    path = path.partition("?")[0]
    found = [endpoint for endpoint in ENDPOINTS if endpoint.matches(method, path)]
    if len(found) < 2:
        return found[0] if found else None
    family = "anthropic" if _is_anthropic(headers) else "openai"
    return next((endpoint for endpoint in found if endpoint.dialect.family == family), None)


def dialect_for(path: str, headers: Headers) -> Dialect:
    """The dialect in which to refuse a call that no endpoint matches."""
    if path.startswith("/v1/messages") or _is_anthropic(headers):
        return ANTHROPIC_MESSAGES
    return OPENAI_CHAT


def _is_anthropic(headers: Headers) -> bool:
    return any(name == b"anthropic-version" for name, _ in headers)


def _plain(rest: str) -> bool:
    """A model's name may have slashes; a path that climbs out of its prefix is no name."""
    return all(part not in ("", ".", "..") for part in unquote(rest).split("/"))
