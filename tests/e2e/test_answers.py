"""What policy says to callers, as the official clients understand it."""

import shutil
from collections.abc import Iterator

import anthropic
import openai
import pytest

from gateway.policy.shipped import baseline
from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import CALLER_KEY, SECRET, Site, Wiring, site, upstream_at

TEXT = "I keep no secrets. Ask somebody else."
RULES = f"""package lictor.request

import rego.v1

deny contains {{
	"rule": "house.answers",
	"reason": "Secrets are answered.",
	"answer": "{TEXT}",
	"headers": {{"x-house": "no secrets"}},
}} if {{
	some finding in input.findings
	finding.category == "secret"
}}
"""
PLAN = 'package lictor.plan\n\nimport rego.v1\n\nannotate := "both"\n'


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("answering")
    bundle = folder / "bundle"
    shutil.copytree(baseline(), bundle)
    for name in ("secrets", "secrets_test"):
        (bundle / "lictor" / "request" / f"{name}.rego").unlink()
    (bundle / "lictor" / "house.rego").write_text(RULES)
    (bundle / "lictor" / "notes.rego").write_text(PLAN)
    wiring = Wiring(
        policy={"bundle": str(bundle)},
        upstreams=[upstream_at(_upstream.url), upstream_at(_upstream.url, "anthropic", "anthropic")],
        routes=[("claude-*", "anthropic"), ("gpt-*", "openai")],
    )
    with site(folder, wiring) as running:
        yield running


@pytest.fixture
def chat(answering: Site, upstream: ScriptedUpstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{answering.url}/v1", api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


@pytest.fixture
def messages(answering: Site, upstream: ScriptedUpstream) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=answering.url, api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


def test_a_chat_client_gets_an_answer(
    chat: openai.OpenAI, answering: Site, upstream: ScriptedUpstream
) -> None:
    raw = chat.chat.completions.with_raw_response.create(
        model="gpt-4o", messages=[{"role": "user", "content": SECRET}]
    )
    (choice,) = raw.parse().choices
    assert (choice.message.content, choice.finish_reason) == (TEXT, "content_filter")
    assert raw.headers["x-house"] == "no secrets"
    assert raw.headers["x-lictor-decision"] == "deny"
    assert not upstream.requests
    outcome = answering.outcome(raw.headers["x-lictor-decision-id"])
    assert (outcome["ending"], outcome["status"]) == ("denied", 200)


def test_a_chat_client_gets_a_streamed_answer(chat: openai.OpenAI) -> None:
    with chat.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": SECRET}], stream=True
    ) as stream:
        chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TEXT
    assert chunks[-1].choices[0].finish_reason == "content_filter"


def test_a_structured_answer_is_an_exception_of_the_clients_own(chat: openai.OpenAI) -> None:
    with pytest.raises(openai.ContentFilterFinishReasonError):
        chat.chat.completions.parse(model="gpt-4o", messages=[{"role": "user", "content": SECRET}])


def test_a_messages_client_gets_an_answer(messages: anthropic.Anthropic, upstream: ScriptedUpstream) -> None:
    said = messages.messages.create(
        model="claude-x", max_tokens=9, messages=[{"role": "user", "content": SECRET}]
    )
    assert [block.text for block in said.content if block.type == "text"] == [TEXT]
    assert said.stop_reason == "refusal"
    assert not upstream.requests


def test_a_messages_client_gets_a_streamed_answer(messages: anthropic.Anthropic) -> None:
    with messages.messages.stream(
        model="claude-x", max_tokens=9, messages=[{"role": "user", "content": SECRET}]
    ) as stream:
        assert "".join(stream.text_stream) == TEXT
        assert stream.get_final_message().stop_reason == "refusal"


def test_an_answer_that_passes_has_notes(chat: openai.OpenAI) -> None:
    said = chat.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Mail jane.doe@example.com"}]
    )
    notes = said.model_dump()["lictor"]
    assert notes["request"]["findings"] == {"pii/email": 1}
    assert notes["request"]["answer"] == "transform"
    (results,) = said.model_dump()["prompt_filter_results"]
    assert results["content_filter_results"]["personally_identifiable_information"]["filtered"] is True
    assert said.choices[0].message.content == "echo: Mail jane.doe@example.com"


@pytest.mark.parametrize("stream", [False, True])
def test_a_message_that_passes_has_notes(messages: anthropic.Anthropic, stream: bool) -> None:
    asked = {"model": "claude-x", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
    if stream:
        with messages.messages.create(**asked, stream=True) as events:  # type: ignore[call-overload]
            found = [event.model_dump() for event in events]
        notes = next(event["lictor"] for event in found if event["type"] == "message_delta")
    else:
        notes = messages.messages.create(**asked).model_dump()["lictor"]  # type: ignore[call-overload]
    assert notes["response"]["answer"] == "allow"
