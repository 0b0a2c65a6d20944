from collections.abc import AsyncIterator, Callable

import pytest

from gateway.providers.client import UpstreamRequest
from gateway.providers.passthrough import PassthroughClient
from gateway.providers.upstream import Upstream

Ask = Callable[..., UpstreamRequest]


@pytest.fixture
async def client() -> AsyncIterator[PassthroughClient]:
    async with PassthroughClient() as opened:
        yield opened


@pytest.fixture
def ask() -> Ask:
    """Makes a request; what a test does not care about has a default."""

    def make(body: bytes = b"{}", **fields: object) -> UpstreamRequest:
        values: dict[str, object] = {
            "method": "POST",
            "path": "/chat/completions",
            "headers": ((b"content-type", b"application/json"),),
            "stream": False,
            "family": "openai",
            "endpoint": "chat.completions",
        }
        return UpstreamRequest(body=body, **{**values, **fields})  # type: ignore[arg-type]

    return make


@pytest.fixture
def at() -> Callable[..., Upstream]:
    """Makes an upstream at a scripted server's URL."""

    def make(url: str, name: str = "scripted", dialect: str = "openai", **fields: object) -> Upstream:
        return Upstream(name, dialect, url + "/v1", **fields)  # type: ignore[arg-type]

    return make
