"""The seam to the model that self-check rails ask.

Rails do not open connections: whoever builds the gateway hands in a :class:`Judge`, which asks one of its
upstreams and records each call.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from gateway.core.errors import GatewayFault, LictorError
from gateway.detect.nemo.declaration import JudgeFile

Verdict = Literal["allow", "block", "unfinished"]

_MAX_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked."""

    upstream: str
    model: str
    messages: tuple[tuple[str, str], ...] = field(repr=False)
    """Role and text of each."""

    max_tokens: int
    temperature: float
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What it said."""

    text: str = field(repr=False)
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(slots=True)
class Call:
    """One call of a judge, as it is recorded."""

    upstream: str
    model: str
    micros: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    fault: str = ""
    """Class of what went wrong, where no answer came."""

    verdict: Verdict = "unfinished"


class JudgeAbsent(GatewayFault):
    """A rail asked a model where nobody answers for one."""


class Judge(Protocol):
    """Asks upstreams for rails. Lives in the gateway's event loop."""

    def check(self, upstream: str) -> str:
        """Why an upstream cannot be asked; empty where it can."""
        ...

    async def ask(self, question: Question) -> Answer:
        """The model's answer. Raises ``LictorError`` where there is none."""
        ...

    async def record(self, exchange: str, rails: str, segment: str, calls: Sequence[Call]) -> None:
        """Make calls durable. Raises ``RecordFault``."""
        ...


@dataclass(slots=True)
class Sitting:
    """The calls that one text leads to."""

    loop: asyncio.AbstractEventLoop | None = None
    """The gateway's, where its judge lives."""

    calls: list[Call] = field(default_factory=list)

    def settle(self, blocked: Iterable[bool]) -> None:
        """What the rails made of the answers, in the order of the calls."""
        for call, block in zip(self.calls, blocked, strict=False):
            call.verdict = "block" if block else "allow"


class JudgeModel:
    """A judge as the model that NeMo asks, its ``LLMModel``. Serves all texts and holds nothing of any."""

    def __init__(self, judge: Judge, settings: JudgeFile) -> None:
        self._judge = judge
        self._settings = settings
        self._sitting: ContextVar[Sitting] = ContextVar("sitting")

    @property
    def model_name(self) -> str:
        """As NeMo has it."""
        return self._settings.model

    @property
    def provider_name(self) -> str:
        """As NeMo has it."""
        return self._settings.upstream

    @property
    def provider_url(self) -> None:
        """Not NeMo's business."""

    @contextmanager
    def sitting(self, held: Sitting) -> Iterator[None]:
        """Keep the calls of this task in ``held``."""
        token = self._sitting.set(held)
        try:
            yield
        finally:
            self._sitting.reset(token)

    async def generate_async(self, prompt: Any, *, stop: Any = None, **options: Any) -> Any:  # noqa: ANN401
        """The answer, as NeMo has it."""
        from nemoguardrails.types import LLMResponse

        sitting = self._sitting.get()
        call = Call(self._settings.upstream, self._settings.model)
        sitting.calls.append(call)
        question = Question(
            call.upstream,
            call.model,
            _messages(prompt),
            int(options.get("max_tokens") or _MAX_TOKENS),
            float(options.get("temperature") or 0.0),
            tuple(stop or ()),
        )
        if sitting.loop is None:
            raise JudgeAbsent
        answer = await self._timed(call, question, sitting.loop)
        return LLMResponse(content=answer.text, model=call.model)

    def stream_async(self, prompt: Any, *, stop: Any = None, **options: Any) -> Any:  # noqa: ANN401
        """Rails do not stream."""
        raise NotImplementedError

    async def _timed(self, call: Call, question: Question, loop: asyncio.AbstractEventLoop) -> Answer:
        began = time.monotonic_ns()
        asked = asyncio.run_coroutine_threadsafe(self._judge.ask(question), loop)
        try:
            answer = await asyncio.wrap_future(asked)
        except LictorError as error:
            call.fault = type(error).__name__
            raise
        finally:
            call.micros = (time.monotonic_ns() - began) // 1000
        call.input_tokens, call.output_tokens = answer.input_tokens, answer.output_tokens
        return answer


def _messages(prompt: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - a text, or NeMo's messages
    if isinstance(prompt, str):
        return (("user", prompt),)
    return tuple(
        (str(getattr(message.role, "value", message.role)), str(message.content)) for message in prompt
    )
