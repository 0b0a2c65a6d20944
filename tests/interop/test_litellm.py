"""LiteLLM's own code asks, and the gateway answers.

Its guardrail client and its message handler run here everywhere; its whole proxy where ``make
litellm-proxy`` has installed it.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import litellm
import pytest
from litellm.exceptions import GuardrailRaisedException
from litellm.llms.openai.chat.guardrail_translation.handler import OpenAIChatCompletionsHandler
from litellm.proxy.guardrails.guardrail_hooks.generic_guardrail_api.generic_guardrail_api import (
    GenericGuardrailAPI,
)
from litellm.types.utils import ModelResponse

from gateway.testing.upstream import ScriptedUpstream, ToolCall, Turn
from tests.e2e.harness import SECRET, Found, Script, Site, Wiring, site, upstream_at
from tests.interop.litellm_proxy import MASTER_KEY, command, config, proxy

# Its own types make pydantic warn when they are first used.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydantic")

KEY = "key-of-the-litellm-proxy"
PROXY = command()
MAIL = "Write to jane.doe@example.com."


@pytest.fixture(scope="module")
def script() -> Script:
    return Script()


@pytest.fixture(scope="module")
def model(script: Script) -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(script).run_in_thread() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, model: ScriptedUpstream) -> Iterator[Site]:
    wiring = Wiring(
        server={"body_limit_bytes": 100_000},
        upstreams=[upstream_at(model.url, key_env="MODEL_KEY")],
        routes=[("*", "openai")],
        more='[[callers]]\nid = "litellm"\ntenant = "clinic"\nkey_env = "LITELLM_KEY"',
    )
    environment = {"MODEL_KEY": "k", "LITELLM_KEY": KEY}
    with site(tmp_path_factory.mktemp("guardrail"), wiring, environment=environment) as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(script: Script, model: ScriptedUpstream) -> None:
    script.reset()
    model.requests.clear()


# --- the client -------------------------------------------------------------------------------------------


@pytest.fixture
async def guardrail(gateway: Site) -> AsyncIterator[GenericGuardrailAPI]:
    client = GenericGuardrailAPI(api_base=gateway.url, api_key=KEY, guardrail_name="lictor")
    yield client
    await client.async_handler.close()  # type: ignore[no-untyped-call]
    litellm.in_memory_llm_clients_cache.flush_cache()  # type: ignore[no-untyped-call]


async def asked(guardrail: GenericGuardrailAPI, text: str, **more: object) -> dict[str, Any]:
    """What LiteLLM would send on."""
    data = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more}
    return await OpenAIChatCompletionsHandler().process_input_messages(data, guardrail)


async def answered(guardrail: GenericGuardrailAPI, message: dict[str, Any]) -> dict[str, Any]:
    """What LiteLLM would hand on."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}
    response = ModelResponse(model="gpt-4o", choices=[choice])
    handled = await OpenAIChatCompletionsHandler().process_output_response(response, guardrail)
    said: dict[str, Any] = handled.choices[0].message.model_dump()
    return said


def records(gateway: Site) -> list[Found]:
    return [record for record in gateway.records() if record.get("endpoint") == "interop.litellm"]


async def test_a_clean_request_passes_and_is_on_record(guardrail: GenericGuardrailAPI, gateway: Site) -> None:
    before = len(records(gateway))
    assert (await asked(guardrail, "Hello"))["messages"] == [{"role": "user", "content": "Hello"}]
    decision, outcome = records(gateway)[before:]
    assert (decision["type"], decision["decision"]["phase"]) == ("decision", "request")
    assert (decision["caller"]["key"], decision["caller"]["tenant"]) == ("litellm", "clinic")
    assert (outcome["outcome"]["ending"], outcome["answer"]) == ("complete", "allow")


async def test_a_credential_is_blocked(guardrail: GenericGuardrailAPI) -> None:
    with pytest.raises(GuardrailRaisedException, match="credential"):
        await asked(guardrail, f"My key is {SECRET}")


async def test_personal_data_is_redacted_in_its_place(guardrail: GenericGuardrailAPI) -> None:
    parts = [{"type": "text", "text": "Hello"}, {"type": "text", "text": MAIL}]
    sent = await asked(guardrail, MAIL, messages=[{"role": "user", "content": parts}])
    assert [part["text"] for part in sent["messages"][0]["content"]] == ["Hello", "Write to [EMAIL]."]


async def test_a_tools_description_is_redacted_too(guardrail: GenericGuardrailAPI) -> None:
    tool = {"type": "function", "function": {"name": "mail", "description": MAIL, "x-own": 1}}
    sent = await asked(guardrail, "Hello", tools=[tool])
    assert sent["tools"][0]["function"] == {"name": "mail", "description": "Write to [EMAIL].", "x-own": 1}


async def test_what_cannot_be_changed_is_blocked(guardrail: GenericGuardrailAPI) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "m", "arguments": json.dumps({"to": MAIL})}}
    history = [{"role": "assistant", "content": None, "tool_calls": [call]}]
    with pytest.raises(GuardrailRaisedException, match="cannot be made here"):
        await asked(guardrail, "", messages=history)


async def test_a_response_is_redacted(guardrail: GenericGuardrailAPI) -> None:
    assert (await answered(guardrail, {"content": f"Use {SECRET}."}))["content"] == "Use [OPENAI_API_KEY]."


async def test_a_responses_tool_call_is_judged(guardrail: GenericGuardrailAPI) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "m", "arguments": json.dumps({"k": SECRET})}}
    with pytest.raises(GuardrailRaisedException):
        await answered(guardrail, {"content": "x", "tool_calls": [call]})


async def test_a_body_over_the_limit_is_blocked_and_not_an_error(guardrail: GenericGuardrailAPI) -> None:
    with pytest.raises(GuardrailRaisedException, match="Not checked"):
        await asked(guardrail, "Hello " * 20_000)


# --- the route --------------------------------------------------------------------------------------------


@pytest.fixture
def post(gateway: Site) -> Callable[..., httpx.Response]:
    def post(body: bytes, key: str = KEY, method: str = "POST") -> httpx.Response:
        url = f"{gateway.url}/beta/litellm_basic_guardrail_api"
        return httpx.request(method, url, content=body, headers={"x-api-key": key}, timeout=60)

    return post


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"input_type":"request","input_type":"response"}',
        b'{"input_type":"request","texts":1}',
    ],
)
def test_what_cannot_be_read_is_blocked_and_recorded(
    post: Callable[..., httpx.Response], gateway: Site, body: bytes
) -> None:
    before = len(records(gateway))
    answer = post(body)
    assert (answer.status_code, answer.json()["action"]) == (200, "BLOCKED")
    (record,) = records(gateway)[before:]
    assert (record["type"], record["exchange"]) == ("refused", answer.json()["lictor"]["decision_id"])


def test_only_known_callers_may_ask(post: Callable[..., httpx.Response]) -> None:
    assert post(b"{}", key="wrong").status_code == 401
    assert post(b"", method="GET").status_code == 405


def test_a_stream_so_far_is_held_back_whole(post: Callable[..., httpx.Response]) -> None:
    body = {"input_type": "response", "texts": [f"Hello. {MAIL}"], "request_data": {}}
    answer = post(json.dumps(body).encode()).json()
    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert answer["stream_holdback_chars"] == [len(answer["texts"][0])]


# --- the proxy --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, gateway: Site, model: ScriptedUpstream
) -> Iterator[httpx.Client]:
    if PROXY is None:
        pytest.skip("LiteLLM's proxy is not installed: make litellm-proxy")
    settings = config(model.url, gateway.url, KEY, streaming_transform_mode="incremental_diff")
    with (
        proxy(PROXY, tmp_path_factory.mktemp("litellm"), settings) as url,
        httpx.Client(base_url=url, headers={"authorization": f"Bearer {MASTER_KEY}"}, timeout=60) as client,
    ):
        yield client


def ask(running: httpx.Client, text: str, **more: object) -> httpx.Response:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more}
    return running.post("/v1/chat/completions", json=body)


def streamed(answer: httpx.Response) -> str:
    frames = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: {")]
    choices = [choice for frame in frames for choice in json.loads(frame).get("choices", [])]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


@pytest.mark.slow
def test_through_the_proxy(running: httpx.Client, model: ScriptedUpstream, script: Script) -> None:
    clean = ask(running, "Hello").json()
    assert clean["choices"][0]["message"]["content"] == "echo: Hello"
    model.requests.clear()
    denied = ask(running, f"My key is {SECRET}")
    assert denied.status_code == 400
    assert "Denied by policy" in denied.json()["error"]["message"]
    assert not model.requests
    redacted = ask(running, MAIL)
    assert redacted.status_code == 200
    assert model.requests[-1].json()["messages"][0]["content"] == "Write to [EMAIL]."
    script.always(Turn(f"Use {SECRET} or {MAIL}"))
    whole = ask(running, "Hello").json()["choices"][0]["message"]["content"]
    assert whole == "Use [OPENAI_API_KEY] or Write to [EMAIL]."
    assert streamed(ask(running, "Hello", stream=True)) == whole
    script.always(Turn("", tools=(ToolCall("m", json.dumps({"k": SECRET})),)))
    assert ask(running, "Hello").status_code == 400
