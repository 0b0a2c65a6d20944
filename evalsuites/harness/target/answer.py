"""What is asked of a target, and what it answers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

_NUMBER = re.compile(r"\d{1,12}(?:\.\d+)?")
_UPSTREAM = re.compile(rf"\bupstream;dur=({_NUMBER.pattern})")
"""The stage in the gateway's ``server-timing``."""

JUDGE = "judge"
CHAT, COMPLETIONS, MESSAGES = "/v1/chat/completions", "/v1/completions", "/v1/messages"
NO_RECORDING = "no_recording"
_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Request:
    """One call."""

    path: str
    body: Mapping[str, Any]
    epoch: int = 1
    role: str = "sut"
    """Who asks for it: the system under test, or a :data:`JUDGE`."""

    suite: Path | None = None
    """The folder of the suite that asks, and below the case: for a target that has the answer already."""

    case: str = ""

    repeat: int = 0
    """Which of several equal questions about one thing this is; 0 where there is one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as the provider's dialect says it."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names."""

    milliseconds: float = 0.0
    events: int = 0
    """Events of the stream in which something was said; 0 where it is no stream."""

    @property
    def decision(self) -> str:
        """The gateway's decision id; empty where no gateway answered."""
        return self.headers.get("x-lictor-decision-id", "")

    @property
    def ruled(self) -> str:
        """What policy answered, such as ``allow`` or ``deny``; empty where nobody asked it."""
        return self.headers.get("x-lictor-decision", "")

    @property
    def replayed(self) -> bool:
        """Whether the answer is a recording."""
        return "x-eval-replayed" in self.headers

    @property
    def streamed(self) -> bool:
        """Whether it came as a stream of events."""
        return self.events > 0

    @property
    def upstream_ms(self) -> float | None:
        """Milliseconds that the upstream took, when it was recorded if it is a recording; None where unknown.

        Headers of a stream leave before the upstream is done, so those of a live one do not tell.
        """
        if self.replayed:
            told = self.headers.get("x-eval-recorded-ms", "")
            return float(told) if _NUMBER.fullmatch(told) else None
        timing = self.headers.get("server-timing")
        if timing is None or self.streamed:
            return None
        found = _UPSTREAM.search(timing)
        return float(found[1]) if found else 0.0

    @property
    def blocked(self) -> bool:
        """Whether policy stopped the call."""
        return self.ruled in {"deny", "require_approval", "error_closed"} or self._cut

    @property
    def _cut(self) -> bool:
        """Whether policy ended a stream that had begun."""
        return self.streamed and "rule" in (self.body.get("lictor") or {})

    @property
    def text(self) -> str:
        """Everything that the model says, in order."""
        return "".join(_texts(self.body))

    @property
    def calls(self) -> tuple[Mapping[str, Any], ...]:
        """Tool calls, each with ``name`` and ``arguments`` as they were written."""
        return tuple(_calls(self.body))

    @property
    def tokens(self) -> int:
        """Input and output together, as the provider counted them."""
        usage = self.body.get("usage")
        counted = usage if isinstance(usage, dict) else {}
        names = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens")
        return sum(value for name in names if isinstance(value := counted.get(name), int))

    @property
    def error(self) -> str:
        """The message of an error; empty where there is none."""
        error = self.body.get("error")
        return str(error.get("message", error)) if isinstance(error, dict) else str(error or "")

    @property
    def code(self) -> str:
        """The machine word of an error."""
        error = self.body.get("error")
        return str(error.get("code") or error.get("type") or "") if isinstance(error, dict) else ""


class Target(Protocol):
    """Something that answers. One serves a whole run."""

    def ask(self, request: Request, timeout_s: float) -> Answer:
        """Ask once.

        Raises:
            TimeoutError: no answer in time.
            OSError: nobody is there.
        """

    def close(self) -> None:
        """Let go of everything."""


def fault_of(answer: Answer) -> str:
    """Why an answer says nothing of who was asked; empty where it does, as a stop by policy does."""
    if answer.code == NO_RECORDING:
        return f"{answer.error} --eval-mode replay asks for what is missing, and keeps it."
    if answer.status >= _SERVER_ERRORS:
        return f"HTTP {answer.status}: {answer.error}"
    if answer.status >= 400 and not answer.blocked:
        return f"HTTP {answer.status} {answer.code}: {answer.error}"
    return ""


def _messages(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for choice in body.get("choices") or ():
        yield choice.get("message") or {"content": choice.get("text") or ""}
    if "choices" not in body:
        yield body


def _texts(body: Mapping[str, Any]) -> Iterator[str]:
    for message in _messages(body):
        content = message.get("content")
        parts = [{"text": content}] if isinstance(content, str) else content or ()
        for part in [*parts, {"text": message.get("refusal")}]:
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                yield part["text"]


def _calls(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for message in _messages(body):
        for call in message.get("tool_calls") or ():
            yield call.get("function") or {}
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            if part.get("type") == "tool_use":
                yield {"name": part.get("name"), "arguments": part.get("input")}
