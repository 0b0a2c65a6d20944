"""One gateway and one scripted upstream for all tests that leave both as they were."""

import socket
from collections.abc import Iterator

import pytest

from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import Script, Site, Wiring, site, upstream_at

BODY_LIMIT = 1024 * 1024


@pytest.fixture(scope="session")
def _script() -> Script:
    return Script()


@pytest.fixture(scope="session")
def _upstream(_script: Script) -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(_script).run_in_thread() as running:
        yield running


@pytest.fixture
def script(_script: Script) -> Iterator[Script]:
    """The upstream's script; echoes unless told otherwise."""
    yield _script
    _script.reset()


@pytest.fixture
def upstream(_upstream: ScriptedUpstream, script: Script) -> ScriptedUpstream:
    """The upstream of the shared gateway, with nothing received yet."""
    _upstream.requests.clear()
    _upstream.disconnects.clear()
    return _upstream


@pytest.fixture(scope="session")
def _nobody() -> Iterator[str]:
    """A URL at which connections are refused."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"


@pytest.fixture(scope="session")
def gateway(
    tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream, _nobody: str
) -> Iterator[Site]:
    """The shared gateway: baseline policy, both dialects, callers bring the provider's key."""
    url = _upstream.url
    wiring = Wiring(
        server={"body_limit_bytes": BODY_LIMIT},
        upstreams=[
            upstream_at(url, "openai", retries=0),
            upstream_at(url, "anthropic", "anthropic", retries=0),
            upstream_at(url, "gemini", "gemini", base_url=f"{url}/v1beta", retries=0),
            upstream_at(url, "azure", "azure", base_url=url, api_version="2024-10-21", retries=0),
            upstream_at(url, "tgi", "tgi", base_url=url, retries=0),
            upstream_at(url, "bedrock", "bedrock", base_url=url, retries=0),
            upstream_at(_nobody, "nobody", retries=0),
            upstream_at(_nobody, "nobody-gemini", "gemini", retries=0),
            upstream_at(_nobody, "nobody-anthropic", "anthropic", retries=0),
            upstream_at(url, "impatient", read_timeout_s=0.3, retries=0),
            upstream_at(url, "impatient-anthropic", "anthropic", read_timeout_s=0.3, retries=0),
        ],
        routes=[
            ("gpt-dead", "nobody"),
            ("gpt-on-azure", "azure"),
            ("gpt-impatient", "impatient"),
            ("gpt-on-anthropic", "anthropic"),
            ("gpt-on-bedrock", "bedrock"),
            ("claude-dead", "nobody-anthropic"),
            ("claude-impatient", "impatient-anthropic"),
            ("claude-on-openai", "openai"),
            ("claude-*", "anthropic"),
            ("gemini-dead", "nobody-gemini"),
            ("gemini-*", "gemini"),
            ("gpt-*", "openai"),
            ("shadow-*", "openai"),
            ("tgi", "tgi"),
        ],
    )
    with site(tmp_path_factory.mktemp("gateway"), wiring) as running:
        yield running
