"""Keys of the gateway's own: who may call, and whose credential goes where."""

import shutil
from collections.abc import Iterator

import anthropic
import httpx
import openai
import orjson
import pytest

from gateway.policy.shipped import baseline
from gateway.testing.upstream import ScriptedUpstream, Turn
from tests.e2e.harness import CALLER_KEY, Script, Site, Wiring, site, upstream_at

BLUE = "lictor-" + "blue-key-0001"
RED = "lictor-" + "red-key-0002"
UPSTREAM_KEY = "sk-" + "upstreams-own-key"
ADMIN_KEY = "lictor-" + "admin-key-0003"

CALLERS = """
[[callers]]
id = "blue"
key_env = "BLUE_KEY"
tenant = "blue"
app = "shop"
roles = ["dev"]

[[callers]]
id = "red"
key_env = "RED_KEY"
tenant = "red"
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream) -> Iterator[Site]:
    """A gateway that knows its callers; tenant red may use one model only."""
    folder = tmp_path_factory.mktemp("closed")
    bundle = folder / "bundle"
    shutil.copytree(baseline(), bundle)
    data = orjson.loads((bundle / "data.json").read_bytes())
    data["settings"]["models"]["red"] = ["gpt-4o-mini"]
    (bundle / "data.json").write_bytes(orjson.dumps(data))
    url = _upstream.url
    wiring = Wiring(
        server={"admin_key_env": "ADMIN_KEY"},
        policy={"bundle": str(bundle)},
        upstreams=[
            upstream_at(url, key_env="UPSTREAM_KEY"),
            upstream_at(url, "anthropic", "anthropic", key_env="UPSTREAM_KEY"),
        ],
        routes=[("gpt-*", "openai"), ("claude-*", "anthropic")],
        more=CALLERS,
    )
    environment = {
        "BLUE_KEY": BLUE,
        "RED_KEY": RED,
        "UPSTREAM_KEY": UPSTREAM_KEY,
        "ADMIN_KEY": ADMIN_KEY,
    }
    with site(folder, wiring, environment=environment) as running:
        yield running


def ask_openai(closed: Site, key: str, model: str = "gpt-4o") -> str:
    with openai.OpenAI(base_url=f"{closed.url}/v1", api_key=key, max_retries=0) as client:
        raw = client.chat.completions.with_raw_response.create(
            model=model, messages=[{"role": "user", "content": "Hello"}]
        )
        return raw.headers["x-lictor-decision-id"]


def ask_anthropic(closed: Site, key: str) -> None:
    with anthropic.Anthropic(base_url=closed.url, api_key=key, max_retries=0) as client:
        client.messages.create(
            model="claude-opus", max_tokens=9, messages=[{"role": "user", "content": "Hello"}]
        )


@pytest.mark.parametrize("key", ["lictor-wrong", BLUE + "x", BLUE[:-1], UPSTREAM_KEY])
def test_an_unknown_key_is_refused(closed: Site, upstream: ScriptedUpstream, key: str) -> None:
    with pytest.raises(openai.AuthenticationError) as refusal:
        ask_openai(closed, key)
    assert refusal.value.code == "invalid_api_key"
    assert refusal.value.type == "authentication_error"
    with pytest.raises(anthropic.AuthenticationError):
        ask_anthropic(closed, key)
    assert upstream.requests == []
    assert closed.kinds(refusal.value.response.headers["x-lictor-decision-id"]) == ["refused"]


@pytest.mark.parametrize("path", ["/v1/models", "/v1/nowhere"])
def test_no_key_is_refused(closed: Site, upstream: ScriptedUpstream, path: str) -> None:
    for field in ({}, {"authorization": ""}, {"authorization": "Basic Ymx1ZTpibHVl"}, {"x-api-key": ""}):
        answer = httpx.get(closed.url + path, headers=field)
        assert answer.status_code == 401
        assert answer.headers["x-should-retry"] == "false"
    assert upstream.requests == []


def test_the_upstream_sees_its_own_key_only(closed: Site, upstream: ScriptedUpstream) -> None:
    ask_openai(closed, BLUE)
    ask_anthropic(closed, BLUE)
    first, second = upstream.requests
    assert first.header("authorization") == f"Bearer {UPSTREAM_KEY}"
    assert second.header("x-api-key") == UPSTREAM_KEY
    assert not any(key in str(request.headers) for request in (first, second) for key in (BLUE, RED))


@pytest.mark.parametrize("field", ["authorization", "x-api-key", "api-key", "x-goog-api-key"])
def test_every_usual_field_may_carry_the_key(closed: Site, upstream: ScriptedUpstream, field: str) -> None:
    value = f"Bearer {BLUE}" if field == "authorization" else BLUE
    connection = {"connection": "authorization, x-api-key"}
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
    headers = {field: value, **connection}
    assert httpx.post(f"{closed.url}/v1/chat/completions", json=body, headers=headers).status_code == 200
    (received,) = upstream.requests
    assert received.header("authorization") == f"Bearer {UPSTREAM_KEY}"
    assert BLUE not in str(received.headers)


def test_a_tenant_has_its_own_list_of_models(closed: Site) -> None:
    ask_openai(closed, BLUE, "gpt-4o")
    ask_openai(closed, RED, "gpt-4o-mini")
    with pytest.raises(openai.PermissionDeniedError) as denial:
        ask_openai(closed, RED, "gpt-4o")
    assert denial.value.code == "model_not_allowed"
    record = closed.exchange(denial.value.response.headers["x-lictor-decision-id"])[0]
    assert record["caller"] == {"key": "red", "tenant": "red"}


def test_the_record_names_the_caller_and_no_key(closed: Site, script: Script) -> None:
    script.always(Turn("Fine."))
    records = closed.exchange(ask_openai(closed, BLUE))
    caller = {"key": "blue", "tenant": "blue", "app": "shop", "roles": ["dev"]}
    assert [record["caller"] for record in records] == [caller, caller]
    assert closed.traces_of(BLUE, RED, UPSTREAM_KEY, ADMIN_KEY) == []


def test_the_admin_routes_want_their_own_key(closed: Site) -> None:
    url = f"{closed.url}/lictor/policy"
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"authorization": f"Bearer {BLUE}"}).status_code == 401
    assert httpx.get(url, headers={"authorization": f"Bearer {ADMIN_KEY}"}).json()["enabled"] is True
    assert httpx.get(f"{closed.url}/lictor/healthz").json() == {"status": "ok"}


def test_without_callers_the_callers_key_passes_through(gateway: Site, upstream: ScriptedUpstream) -> None:
    ask_openai(gateway, CALLER_KEY)
    assert upstream.requests[0].header("authorization") == f"Bearer {CALLER_KEY}"
    assert gateway.traces_of(CALLER_KEY) == []
