"""The passthrough client's whole test list, held by the gateway's own client."""

import pytest

from gateway.providers.http1 import Http1Client
from tests.providers import test_passthrough

# The aiohttp client is for upstreams behind a proxy; this one has none.
_NOT_SHARED = {"test_the_proxy_of_the_environment_is_opt_in"}

globals().update(
    {
        name: test
        for name, test in vars(test_passthrough).items()
        if name.startswith("test_") and name not in _NOT_SHARED
    }
)


@pytest.fixture(autouse=True)
def _instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_passthrough, "PassthroughClient", Http1Client)
