"""A real Envoy, set up as the documentation shows, carries the traffic and asks the gateway."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from gateway.testing.process import free_port
from gateway.testing.upstream import Reply, ScriptedUpstream, Turn
from tests.e2e.harness import SECRET, Script, Site, Wiring, eventually, site, upstream_at
from tests.interop.envoy import command, envoy

ENVOY = command()
MAIL = "Write to jane.doe@example.com."
CHAT = "/v1/chat/completions"

pytest.importorskip("grpc")
pytestmark = pytest.mark.skipif(ENVOY is None, reason="Envoy is not installed: make envoy")


@pytest.fixture(scope="module")
def script() -> Script:
    return Script()


@pytest.fixture(scope="module")
def model(script: Script) -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(script).run_in_thread() as running:
        yield running


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, model: ScriptedUpstream, port: int) -> Iterator[Site]:
    wiring = Wiring(
        upstreams=[upstream_at(model.url) + '\nmodels = { "gpt-small" = "gpt-4o-mini" }'],
        routes=[("*", "openai")],
        more=f'[envoy]\nlisten = "127.0.0.1:{port}"',
    )
    with site(tmp_path_factory.mktemp("processor"), wiring) as running:
        yield running


def at(model: ScriptedUpstream) -> int:
    return int(model.url.rpartition(":")[2])


@pytest.fixture(scope="module")
def _url(
    tmp_path_factory: pytest.TempPathFactory, gateway: Site, model: ScriptedUpstream, port: int
) -> Iterator[str]:
    assert ENVOY is not None
    with envoy(ENVOY, tmp_path_factory.mktemp("envoy"), port, at(model)) as url:
        yield url


@pytest.fixture
def url(_url: str, script: Script, model: ScriptedUpstream) -> str:
    script.reset()
    model.requests.clear()
    return _url


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0) as opened:
        yield opened


def body(text: str, **more: object) -> bytes:
    return json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more}).encode()


def ask(url: str, text: str, **more: object) -> httpx.Response:
    return httpx.post(url + CHAT, content=body(text, **more), timeout=60)


def test_what_passes_passes_byte_for_byte(
    url: str, gateway: Site, model: ScriptedUpstream, script: Script
) -> None:
    answer = b'{ "choices":[{"index":0,"message":{"role":"assistant","content":"h\\u0069"}}], "x-new": 1e0 }'
    script.always(Reply(answer))
    got = ask(url, "Hello")
    assert got.content == answer
    assert [request.body for request in model.requests] == [body("Hello")]
    decision_id = got.headers["x-lictor-decision-id"]
    assert gateway.kinds(decision_id) == ["decision", "outcome"]
    assert gateway.outcome(decision_id)["ending"] == "complete"


def test_a_denial_comes_in_the_callers_dialect(client: openai.OpenAI, model: ScriptedUpstream) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": SECRET}])
    assert caught.value.code == "content_policy_violation"
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert not model.requests


def test_personal_data_does_not_reach_the_model_and_comes_back(url: str, model: ScriptedUpstream) -> None:
    answer = ask(url, MAIL)
    assert b"jane.doe" not in model.requests[0].body
    assert answer.json()["choices"][0]["message"]["content"] == f"echo: {MAIL}"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_is_redacted(client: openai.OpenAI, script: Script, stream: bool) -> None:
    script.always(Turn(f"Use {SECRET}, or {MAIL}"))
    asked = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], stream=stream
    )
    if isinstance(asked, openai.Stream):
        said = "".join(chunk.choices[0].delta.content or "" for chunk in asked if chunk.choices)
    else:
        said = asked.choices[0].message.content or ""
    assert said == "Use [OPENAI_API_KEY], or Write to [EMAIL]."


def test_a_coded_answer_is_read_all_the_same(url: str, script: Script) -> None:
    said = json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": MAIL}}]})
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    script.always(Reply(gzip.compress(said.encode()), headers=headers))
    got = ask(url, "Hello")
    assert got.json()["choices"][0]["message"]["content"] == "Write to [EMAIL]."
    assert "content-encoding" not in got.headers


def test_an_upstreams_error_passes(url: str, script: Script) -> None:
    script.always(Reply.json({"error": {"message": "slow down"}}, 429, retry_after="3"))
    got = ask(url, "Hello")
    assert (got.status_code, got.headers["retry-after"]) == (429, "3")


def test_a_model_goes_by_the_upstreams_name(url: str, model: ScriptedUpstream) -> None:
    assert ask(url, "Hello", model="gpt-small").status_code == 200
    assert model.requests[0].json()["model"] == "gpt-4o-mini"


def test_calls_without_a_body_are_exchanges_too(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["scripted"]


@pytest.mark.parametrize(
    ("path", "content", "answer"),
    [(CHAT, b"{", (400, "malformed_json")), ("/v1/unheard-of", b"{}", (404, "unknown_endpoint"))],
)
def test_what_cannot_be_served_is_refused(
    url: str, gateway: Site, path: str, content: bytes, answer: tuple[int, str]
) -> None:
    got = httpx.post(url + path, content=content, timeout=60)
    assert (got.status_code, got.json()["error"]["code"]) == answer
    assert gateway.kinds(got.json()["error"]["lictor"]["decision_id"]) == ["refused"]


def test_a_label_of_ours_that_a_caller_writes_is_not_believed(url: str, model: ScriptedUpstream) -> None:
    headers = {"x-lictor-upstream": "openai", "x-lictor-decision": "allow"}
    got = httpx.post(url + CHAT, content=body(SECRET), headers=headers, timeout=60)
    assert got.status_code == 400
    assert not model.requests


def test_a_caller_that_leaves_has_an_outcome(url: str, gateway: Site, script: Script) -> None:
    script.always(Reply(b"{}", delay_s=30))
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(url + CHAT, content=body("Bye", model="gpt-left"), timeout=0.5)
    endings = eventually(
        lambda: [r["outcome"]["ending"] for r in gateway.about("gpt-left") if r["type"] == "outcome"]
    )
    assert endings == ["disconnected"]


def test_the_gateway_says_nothing_unusual(url: str, gateway: Site) -> None:
    ask(url, "Hello")
    assert "Traceback" not in gateway.said()


def test_what_envoy_cannot_hold_is_refused_in_the_callers_dialect(
    tmp_path: Path, gateway: Site, model: ScriptedUpstream, script: Script, port: int
) -> None:
    assert ENVOY is not None
    limit = "per_connection_buffer_limit_bytes: 33554432"
    with envoy(ENVOY, tmp_path, port, at(model), (limit, limit.replace("33554432", "10000"))) as url:
        large = ask(url, "x" * 20_000)
        assert (large.status_code, large.json()["error"]["code"]) == (413, "request_too_large")
        assert gateway.kinds(large.headers["x-lictor-decision-id"]) == ["refused"]
        script.always(Turn("y" * 20_000))
        assert ask(url, "Hello").status_code == 500


def test_without_the_gateway_nothing_passes(tmp_path: Path, model: ScriptedUpstream) -> None:
    assert ENVOY is not None
    model.requests.clear()
    with envoy(ENVOY, tmp_path, free_port(), at(model)) as url:
        assert ask(url, "Hello").status_code >= 500
    assert not model.requests


@pytest.mark.parametrize("shown", ["request_body_mode: BUFFERED", "response_body_mode: BUFFERED"])
def test_an_envoy_that_does_not_show_what_it_carries_is_refused(
    tmp_path: Path, gateway: Site, model: ScriptedUpstream, port: int, shown: str
) -> None:
    assert ENVOY is not None
    model.requests.clear()
    hidden = shown.replace("BUFFERED", "NONE")
    with envoy(ENVOY, tmp_path, port, at(model), (shown, hidden)) as url:
        assert ask(url, "Hello").status_code >= 500
    assert not model.requests
    assert "must both be BUFFERED" in gateway.said()
