"""Azure's variant of the OpenAI client, in front of either kind of upstream."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from gateway.testing.upstream import ScriptedUpstream, Turn
from tests.e2e.harness import CALLER_KEY, SECRET, Script, Site

VERSION = "2025-01-01-preview"
# Routes of the shared gateway: a deployment of an Azure upstream, and a model of an OpenAI one.
ON_AZURE, ON_OPENAI = "gpt-on-azure", "gpt-4o"


@pytest.fixture
def client(gateway: Site, upstream: ScriptedUpstream) -> Iterator[openai.AzureOpenAI]:
    with openai.AzureOpenAI(
        azure_endpoint=gateway.url, api_key=CALLER_KEY, api_version=VERSION, max_retries=0
    ) as opened:
        yield opened


@pytest.fixture
def plain(gateway: Site, upstream: ScriptedUpstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


def said(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": text}]


def ask(client: openai.OpenAI, model: str, text: str = "Hello") -> str | None:
    return client.chat.completions.create(model=model, messages=said(text)).choices[0].message.content


def test_a_deployment_of_an_azure_upstream(client: openai.AzureOpenAI, upstream: ScriptedUpstream) -> None:
    assert ask(client, ON_AZURE) == "echo: Hello"
    (received,) = upstream.requests
    assert received.path == f"/openai/deployments/{ON_AZURE}/chat/completions?api-version={VERSION}"
    assert received.header("api-key") == CALLER_KEY


def test_the_deployment_decides_and_not_the_body(
    gateway: Site, client: openai.AzureOpenAI, upstream: ScriptedUpstream
) -> None:
    deployed = client.with_options()
    raw = deployed.post(
        f"/deployments/{ON_OPENAI}/chat/completions",
        body={"messages": said("Hello"), "model": "gpt-forbidden"},
        cast_to=object,
    )
    assert raw is not None
    (received,) = upstream.requests
    assert (received.path, received.json()["model"]) == ("/v1/chat/completions", ON_OPENAI)
    assert gateway.about("gpt-forbidden") == []


def test_a_body_need_not_name_the_model(client: openai.AzureOpenAI, upstream: ScriptedUpstream) -> None:
    client.post(
        f"/deployments/{ON_OPENAI}/chat/completions", body={"messages": said("Hello")}, cast_to=object
    )
    sent = upstream.requests[0]
    assert sent.body.startswith(b'{"model":"gpt-4o","messages"')
    assert sent.json() == {"model": ON_OPENAI, "messages": said("Hello")}


@pytest.mark.parametrize("model", [ON_AZURE, ON_OPENAI])
def test_a_streamed_answer_is_whole_and_redacted(
    client: openai.AzureOpenAI, script: Script, model: str
) -> None:
    script.always(Turn("Write to jane.doe@example.com today."))
    with client.chat.completions.create(model=model, messages=said("Whom?"), stream=True) as stream:
        texts = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    assert "".join(texts) == "Write to [EMAIL] today."


def test_a_caller_of_openai_reaches_a_deployment(plain: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    assert ask(plain, ON_AZURE) == "echo: Hello"
    (received,) = upstream.requests
    assert received.path == f"/openai/deployments/{ON_AZURE}/chat/completions?api-version=2024-10-21"


def test_the_newer_surface_is_openais_own(gateway: Site, upstream: ScriptedUpstream) -> None:
    with openai.OpenAI(base_url=f"{gateway.url}/openai/v1", api_key=CALLER_KEY, max_retries=0) as client:
        assert ask(client, ON_OPENAI) == "echo: Hello"
    assert upstream.requests[0].path == "/v1/chat/completions"


def test_a_denied_prompt_is_told_in_azures_words(
    client: openai.AzureOpenAI, upstream: ScriptedUpstream
) -> None:
    with pytest.raises(openai.BadRequestError) as denial:
        ask(client, ON_AZURE, f"Why does {SECRET} not work?")
    assert upstream.requests == []
    error: Any = denial.value.body
    assert (denial.value.code, denial.value.param) == ("content_filter", "prompt")
    assert error["innererror"]["code"] == "ResponsibleAIPolicyViolation"
    lists = error["innererror"]["content_filter_result"]["custom_blocklists"]
    assert lists == {"filtered": True, "details": [{"filtered": True, "id": "secrets.never_leave"}]}
    assert error["lictor"]["param"] == "/messages/0/content"
    assert denial.value.response.headers["x-should-retry"] == "false"


def test_a_caller_of_openai_is_told_in_openais_words(plain: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as denial:
        ask(plain, ON_AZURE, SECRET)
    assert denial.value.code == "content_policy_violation"


def test_models_are_listed(client: openai.AzureOpenAI, upstream: ScriptedUpstream) -> None:
    assert [model.id for model in client.models.list()] == ["scripted"]
    assert upstream.requests[0].path == "/v1/models"
