"""A gateway whose plan releases at once: chunks arrive as they come, faults arrive as faults."""

import json
import shutil
from collections.abc import Iterator
from itertools import islice

import anthropic
import httpx
import openai
import pytest

from gateway.policy.shipped import baseline
from gateway.testing.upstream import ScriptedUpstream, Stream, Turn
from tests.e2e.harness import CALLER_KEY, Script, Site, Wiring, eventually, site, upstream_at

FRAMES = [
    b'data: {"id": "c", "choices": [{"index": 0, "delta": {"content": "%b"}}]}\n\n' % word
    for word in (b"one ", b"two ", b"three ")
]


@pytest.fixture(scope="module")
def observing(tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("observing")
    bundle = folder / "bundle"
    shutil.copytree(baseline(), bundle)
    (bundle / "observe.rego").write_text('package lictor.plan\n\nimport rego.v1\n\nstream := "observe"\n')
    url = _upstream.url
    wiring = Wiring(
        policy={"bundle": str(bundle)},
        upstreams=[upstream_at(url, retries=0), upstream_at(url, "anthropic", "anthropic", retries=0)],
        routes=[("gpt-*", "openai"), ("claude-*", "anthropic")],
    )
    with site(folder, wiring) as running:
        yield running


@pytest.fixture
def client(observing: Site, upstream: ScriptedUpstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{observing.url}/v1", api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


def asking(model: str) -> bytes:
    message = {"role": "user", "content": "Count"}
    return json.dumps({"model": model, "stream": True, "messages": [message]}).encode()


def test_a_chunk_arrives_before_the_answer_is_complete(observing: Site, script: Script) -> None:
    script.always(Stream(FRAMES[:2], ending="hang"))
    url = f"{observing.url}/v1/chat/completions"
    with httpx.stream("POST", url, content=asking("gpt-early"), timeout=60) as answer:
        lines = list(islice((line for line in answer.iter_lines() if line), 2))
    assert [json.loads(line.removeprefix("data: "))["id"] for line in lines] == ["c", "c"]
    records = eventually(lambda: observing.about("gpt-early")[1:])
    assert records[0]["outcome"]["ending"] == "disconnected"


def test_what_was_released_is_looked_at_afterwards(
    client: openai.OpenAI, observing: Site, script: Script
) -> None:
    script.always(Turn("Write to jane.doe@example.com today."))
    with client.chat.completions.create(
        model="gpt-looked", messages=[{"role": "user", "content": "Whom?"}], stream=True
    ) as stream:
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
    assert text == "Write to jane.doe@example.com today."
    (outcome,) = eventually(lambda: observing.about("gpt-looked")[1:])
    assert [finding["label"] for finding in outcome["findings"]] == ["email"]
    assert "observed_after_release" in str(outcome["coverage"])


def test_a_stream_that_breaks_off_ends_in_an_error(
    client: openai.OpenAI, observing: Site, script: Script
) -> None:
    script.always(Stream(FRAMES[:2], ending="cut"))
    seen: list[str] = []
    with (
        client.chat.completions.create(
            model="gpt-cut", messages=[{"role": "user", "content": "Count"}], stream=True
        ) as stream,
        pytest.raises(openai.APIError, match="broke off"),
    ):
        seen.extend(chunk.choices[0].delta.content or "" for chunk in stream)
    assert seen == ["one ", "two "]
    (outcome,) = eventually(lambda: observing.about("gpt-cut")[1:])
    assert (outcome["outcome"]["ending"], outcome["outcome"]["code"]) == ("upstream_error", "protocol")


def test_a_stream_of_messages_that_breaks_off_ends_in_an_error(
    observing: Site, upstream: ScriptedUpstream, script: Script
) -> None:
    message = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "m", "usage": {}}
    start = (
        b"event: message_start\ndata: %b\n\n"
        % json.dumps({"type": "message_start", "message": message}).encode()
    )
    script.always(Stream([start], ending="cut"))
    with (
        anthropic.Anthropic(base_url=observing.url, api_key=CALLER_KEY, max_retries=0) as client,
        client.messages.create(
            model="claude-cut", max_tokens=9, messages=[{"role": "user", "content": "Count"}], stream=True
        ) as stream,
        pytest.raises(anthropic.APIStatusError, match="broke off"),
    ):
        list(stream)


def test_an_unary_answer_is_still_checked_first(client: openai.OpenAI, script: Script) -> None:
    script.always(Turn("Write to jane.doe@example.com today."))
    answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Whom?"}])
    assert answer.choices[0].message.content == "Write to [EMAIL] today."
