"""Azure's OpenAI: the same bodies under other paths.

A classic resource has a path for each deployment and wants an ``api-version``
(https://learn.microsoft.com/azure/ai-services/openai/reference). Its newer surface, ``/openai/v1``, is
OpenAI's own and needs nothing of this. Callers with Azure's client come here with such paths, too, and
may be served by an upstream that knows neither deployments nor versions.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, quote

from gateway.providers.client import UpstreamClient, UpstreamRequest, UpstreamResponse
from gateway.providers.upstream import Upstream

_OF_A_DEPLOYMENT: Final = frozenset(
    {
        "/audio/speech",
        "/audio/transcriptions",
        "/audio/translations",
        "/chat/completions",
        "/completions",
        "/embeddings",
        "/images/edits",
        "/images/generations",
    }
)
# Versions that only the newer surface knows.
_NEWER: Final = frozenset({"", "v1", "preview", "latest"})


class AzurePaths:
    """Spells paths as each upstream wants them, and leaves the sending to another client."""

    def __init__(self, client: UpstreamClient) -> None:
        self._client = client

    async def send(self, upstream: Upstream, request: UpstreamRequest) -> UpstreamResponse:
        """Send once. Raises as the other client does."""
        return await self._client.send(upstream, spelled(upstream, request))

    async def aclose(self) -> None:
        """Close every connection of the other client."""
        await self._client.aclose()


def spelled(upstream: Upstream, request: UpstreamRequest) -> UpstreamRequest:
    """The request with the path as the upstream spells it."""
    if upstream.dialect == "azure":
        return replace(request, path=_classic(upstream, request))
    if request.azure:
        path, _, query = request.path.partition("?")
        kept = [pair for pair in query.split("&") if pair and not pair.startswith("api-version=")]
        return replace(request, path=f"{path}?{'&'.join(kept)}" if kept else path)
    return request


def _classic(upstream: Upstream, request: UpstreamRequest) -> str:
    path, _, query = request.path.partition("?")
    asked = parse_qs(query).get("api-version", [""])[0]
    version = upstream.api_version if asked in _NEWER else asked
    rest = [pair for pair in query.split("&") if pair and not pair.startswith("api-version=")]
    of = f"/deployments/{quote(request.model, safe='')}" if path in _OF_A_DEPLOYMENT else ""
    return f"/openai{of}{path}?{'&'.join([*rest, f'api-version={quote(version)}'])}"
