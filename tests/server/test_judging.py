"""The judge of self-check rails: one of the gateway's upstreams, with each call on record."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.errors import UpstreamError
from gateway.detect.nemo.judge import Call, Question
from gateway.providers.dispatch import Dispatcher
from gateway.providers.http1 import Http1Client
from gateway.providers.upstream import Route, Routing, Upstream
from gateway.server.judging import UpstreamJudge
from gateway.testing.local_model import Unavailable, local_model
from gateway.testing.upstream import Received, Reply, ScriptedUpstream, Turn

QUESTION = Question("local", "small", (("user", "in order?"),), 8, 0.0, ("\n",))


class Kept:
    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    async def append_all(
        self, records: Sequence[dict[str, Any]], contents: object = (), *, required: bool = True
    ) -> bool:
        self.records += records
        return True


def judging(url: str, recorder: Kept, client: Http1Client | None) -> UpstreamJudge:
    upstreams = [
        Upstream("local", "openai", f"{url}/v1", models={"small": "small-1"}, retries=0),
        Upstream("claude", "anthropic", f"{url}/v1"),
    ]
    routing = Routing([Route("*", ("local", "claude"))], upstreams)
    return UpstreamJudge(routing, lambda: Dispatcher(client) if client else None, lambda: recorder)


async def asked(answer: Turn | Reply) -> tuple[Any, list[Received]]:
    client = Http1Client(max_response_bytes=100_000)
    async with ScriptedUpstream(lambda _: answer) as upstream:
        try:
            return await judging(upstream.url, Kept(), client).ask(QUESTION), upstream.requests
        finally:
            await client.aclose()


async def test_it_asks_with_the_upstreams_name_for_the_model() -> None:
    answer, (request,) = await asked(Turn("No", input_tokens=9, output_tokens=2))
    assert (answer.text, answer.input_tokens, answer.output_tokens) == ("No", 9, 2)
    assert request.path == "/v1/chat/completions"
    assert json.loads(request.body) == {
        "model": "small-1",
        "messages": [{"role": "user", "content": "in order?"}],
        "max_tokens": 8,
        "temperature": 0.0,
        "stop": ["\n"],
    }


@pytest.mark.parametrize(
    "answer",
    [
        Reply.json({}, 500),
        Reply.json({}, 401),
        Reply.json({"choices": []}),
        Reply.json([]),
        Reply.json({"choices": [{"message": {"content": None}}]}),
        Reply.json({"choices": [{"message": {"content": " "}}]}),
        Reply.json({"choices": [{"message": {"content": ["No"]}}]}),
        Reply(b"nonsense"),
    ],
)
async def test_what_says_nothing_judges_nothing(answer: Reply) -> None:
    with pytest.raises(UpstreamError):
        await asked(answer)


async def test_tokens_that_are_no_numbers_are_unknown() -> None:
    said = {"choices": [{"message": {"content": "No"}}], "usage": {"prompt_tokens": "many"}}
    answer, _ = await asked(Reply.json(said))
    assert (answer.input_tokens, answer.output_tokens) == (None, None)


async def test_nobody_is_asked_before_the_gateway_runs() -> None:
    with pytest.raises(UpstreamError, match="not running"):
        await judging("http://127.0.0.1:1", Kept(), None).ask(QUESTION)


def test_an_upstream_must_be_there_and_speak_the_dialect() -> None:
    judge = judging("http://127.0.0.1:1", Kept(), None)
    assert judge.check("local") == ""
    assert "no such upstream" in judge.check("other")
    assert "does not" in judge.check("claude")


async def test_each_call_is_on_record() -> None:
    kept = Kept()
    calls = [
        Call("local", "small", 1200, 7, 1, verdict="block"),
        Call("local", "small", 90, fault="UpstreamError"),
    ]
    await judging("http://127.0.0.1:1", kept, None).record("lx-1", "rails.x", "s3", calls)
    common = {"type": "judge", "exchange": "lx-1", "detector": "rails.x", "segment": "s3"}
    asked = {"upstream": "local", "model": "small"}
    assert kept.records == [
        {**common, **asked, "verdict": "block", "micros": 1200, "input_tokens": 7, "output_tokens": 1},
        {**common, **asked, "verdict": "unfinished", "micros": 90, "fault": "UpstreamError"},
    ]


@pytest.mark.slow
async def test_a_real_model_can_be_the_judge() -> None:
    """It is a base model, so what it says means little; that it is asked and counted is what matters."""
    client = Http1Client(max_response_bytes=1_000_000)
    question = replace(QUESTION, messages=(("user", "Blocked, yes or no? The answer is"),), stop=())
    try:
        with local_model() as model:
            answer = await judging(model.url, Kept(), client).ask(question)
    except Unavailable as reason:
        pytest.skip(str(reason))
    finally:
        await client.aclose()
    assert answer.text
    assert answer.input_tokens
    assert answer.output_tokens
