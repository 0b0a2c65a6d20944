"""A tenant's calls go to the upstreams that its routes open to it, also where a call names no model."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.testing.upstream import Reply, ScriptedUpstream
from tests.e2e.harness import Site, Wiring, site, upstream_at

KEYS = {tenant: f"lictor-{tenant}-key" for tenant in ("blue", "red", "green")}
ROUTES = """
[[routes]]
model = "gpt-*"
upstreams = ["of-blue"]
tenants = ["blue"]

[[routes]]
model = "gpt-*"
upstreams = ["of-red"]
tenants = ["red"]
"""
PLAN = 'package lictor.plan\n\nimport rego.v1\n\nunknown_endpoint := "pass_unscanned"\n'
RULE = """package lictor.request

import rego.v1

flag contains {"rule": "house.unscanned", "reason": "Nobody looked."} if input.exchange.endpoint == "unknown"
"""


@pytest.fixture(scope="module")
def _theirs() -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(lambda _: Reply.json({})).run_in_thread() as running:
        yield running


@pytest.fixture
def theirs(_theirs: ScriptedUpstream) -> ScriptedUpstream:
    """The upstream of tenant red, with nothing received yet."""
    _theirs.requests.clear()
    return _theirs


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream, _theirs: ScriptedUpstream
) -> Iterator[Site]:
    """A gateway of two tenants with an upstream each; a third tenant has none. Unknown endpoints pass."""
    folder = tmp_path_factory.mktemp("tenants")
    wiring = Wiring(
        policy={"bundle": str(_permissive(folder / "bundle"))},
        upstreams=[
            upstream_at(_upstream.url, "of-blue", key_env="UPSTREAM_KEY"),
            upstream_at(_theirs.url, "of-red", key_env="UPSTREAM_KEY"),
        ],
        more=ROUTES + "".join(_caller(tenant, key) for tenant, key in KEYS.items()),
    )
    with site(folder, wiring, environment={"UPSTREAM_KEY": "sk-upstream"}) as running:
        yield running


def _permissive(bundle: Path) -> Path:
    bundle.mkdir()
    (bundle / "plan.rego").write_text(PLAN)
    (bundle / "request.rego").write_text(RULE)
    return bundle


def _caller(tenant: str, key: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f'[[callers]]\nid = "{tenant}"\ntenant = "{tenant}"\nkey_sha256 = "{digest}"\n'


def get(shared: Site, tenant: str, path: str) -> httpx.Response:
    return httpx.get(shared.url + path, headers={"authorization": f"Bearer {KEYS[tenant]}"})


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/scripted", "/v1/files"])
def test_a_tenant_asks_its_own_upstream_only(
    shared: Site, upstream: ScriptedUpstream, theirs: ScriptedUpstream, path: str
) -> None:
    assert get(shared, "red", path).status_code == 200
    assert upstream.requests == []
    assert [request.path for request in theirs.requests] == [path]


@pytest.mark.parametrize("path", ["/v1/models", "/v1/files"])
def test_a_tenant_without_a_route_asks_nobody(
    shared: Site, upstream: ScriptedUpstream, theirs: ScriptedUpstream, path: str
) -> None:
    answer = get(shared, "green", path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "no_upstream"
    assert upstream.requests == theirs.requests == []
