"""The model that self-check rails ask: one of the gateway's own upstreams, each call on record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.audit.record import judge_record
from gateway.core.errors import UpstreamError
from gateway.detect.nemo.judge import Answer, Call, Question
from gateway.providers.client import UpstreamRequest
from gateway.providers.dispatch import Dispatcher
from gateway.providers.upstream import Routing
from gateway.server.driver import Recorder

_HEADERS: Final = ((b"content-type", b"application/json"), (b"accept", b"application/json"))


@dataclass(frozen=True, slots=True)
class UpstreamJudge:
    """Asks upstreams that speak OpenAI's chat completions, without any credential of a caller."""

    routing: Routing
    dispatcher: Callable[[], Dispatcher | None]
    """Asked for with each question: connections are opened after this is made."""

    recorder: Callable[[], Recorder]

    def check(self, upstream: str) -> str:
        """Why an upstream cannot be asked; empty where it can."""
        if upstream not in self.routing.upstreams:
            return "there is no such upstream in the settings"
        if self.routing.upstreams[upstream].family != "openai":
            return "judges speak OpenAI's chat completions, and this upstream does not"
        return ""

    async def ask(self, question: Question) -> Answer:
        """The model's answer.

        Raises:
            UpstreamError: there is none, or it says nothing.
        """
        dispatcher = self.dispatcher()
        if dispatcher is None:
            raise UpstreamError("unreachable", "the gateway is not running", upstream=question.upstream)
        response = await dispatcher.send([self.routing.upstreams[question.upstream]], _request(question))
        try:
            body = await response.read()
        finally:
            await response.aclose()
        return _answer(response.status, body, question.upstream)

    async def record(self, exchange: str, rails: str, segment: str, calls: Sequence[Call]) -> None:
        """Make calls durable.

        Raises:
            RecordFault: at least one could not be made durable.
        """
        records = [
            judge_record(
                exchange,
                detector=rails,
                segment=segment,
                upstream=call.upstream,
                model=call.model,
                verdict=call.verdict,
                micros=call.micros,
                input_tokens=call.input_tokens,
                output_tokens=call.output_tokens,
                fault=call.fault,
            )
            for call in calls
        ]
        await self.recorder().append_all(records)


def _request(question: Question) -> UpstreamRequest:
    asked: dict[str, object] = {
        "messages": [{"role": role, "content": text} for role, text in question.messages],
        "max_tokens": question.max_tokens,
        "temperature": question.temperature,
    }
    if question.stop:
        asked["stop"] = list(question.stop)

    def body(model: str) -> bytes:
        return orjson.dumps({"model": model, **asked})

    return UpstreamRequest(
        method="POST",
        path="/chat/completions",
        headers=_HEADERS,
        body=body(question.model),
        stream=False,
        family="openai",
        endpoint="chat.completions",
        model=question.model,
        renamed=body,
    )


def _answer(status: int, body: bytes, upstream: str) -> Answer:
    """A model that says nothing has judged nothing."""
    if status != 200:
        raise UpstreamError("protocol", f"the judge answered with {status}", upstream=upstream)
    try:
        said = orjson.loads(body)
        text = said["choices"][0]["message"]["content"]
        usage = said.get("usage") or {}
        tokens = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError):
        raise UpstreamError("protocol", "the judge gave no chat completion", upstream=upstream) from None
    if not isinstance(text, str) or not text.strip():
        raise UpstreamError("protocol", "the judge said nothing", upstream=upstream)
    counted = [number if isinstance(number, int) else None for number in tokens]
    return Answer(text, *counted)
