"""The columns: what can happen to a client, how the upstream plays it, and what has to come of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gateway.testing.upstream import Fail, Received, Reply, Stream, ToolCall, Turn
from gateway.testing.upstream_turns import last_user_text, play
from tests.e2e.harness import SECRET

Answer = Turn | Reply | Stream | Fail
Verb = Literal["ask", "stream", "tools", "stream_tools", "round_trip", "structured"]
Model = Literal["common", "forbidden", "silent"]
Check = Callable[[object], bool]

HEADER = "x-situation"
"""Carries ``client/situation`` from the client through the gateway to the upstream."""

DIRECT = "/direct"
"""Behind it where the client calls the upstream without a gateway, for comparison."""

ADDRESS = "jane.doe" + "@" + "example.com"
CARD = "4111 1111 1111 1111"
PAY = f"Pay with {CARD} today."
SAFE = " ".join(f"Sentence {number} of this answer says nothing of note." for number in range(60))
TOOL = {
    "name": "weather",
    "description": "Tell the weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CITY = {"city": "Paris"}
WEATHER = {"city": "Paris", "celsius": 21}
USAGE = [7, 5]
NO_WAIT = {"retry_after_ms": "1", "retry_after": "0"}


@dataclass(frozen=True, slots=True)
class Situation:
    """One column of the matrix."""

    name: str
    title: str
    group: Literal["answers", "policy", "faults"]
    tells: str
    """What a tick means, for readers of the page."""

    does: Verb
    answer: Callable[[Received], Answer]
    """What the upstream says."""

    expects: Mapping[str, object | Check]
    """What the client must hand to its user: values, or checks of values. ``finish`` and ``raised`` are in
    the matrix's own words, which each client has its own for."""

    prompt: str = "Say hello."
    model: Model = "common"
    known: bool = True
    """Whether the key is one that the gateway knows."""

    hurried: bool = False
    """Whether the client waits for a moment only."""

    retried: bool = False
    """Whether the client is expected to ask again, as it would without a gateway."""

    calls: int | None = 1
    """How often the client calls the gateway when nothing is retried; None: such calls carry no known key."""

    forwarded: int | None = None
    """How often the gateway calls the upstream for them; as often, where not said."""

    own_retries: bool = True
    """Whether the client keeps its own number of retries; false sets it to none."""

    transparent: bool = False
    """Whether all has to be as without a gateway: what the client hands over, and how often it calls."""

    abandoned: bool = False
    """Whether the gateway has to leave the upstream, as the client left it."""

    never_upstream: tuple[str, ...] = ()
    """What must be in nothing that the upstream received."""

    decision: str = ""
    """What the record of the exchange must say was decided."""


def _always(answer: Answer) -> Callable[[Received], Answer]:
    return lambda _: answer


def _error(status: int, kind: str, message: str) -> Callable[[Received], Answer]:
    """The provider says no, in its own envelope; asking again is allowed at once."""

    def answer(request: Received) -> Answer:
        error: dict[str, object] = {"type": kind, "message": message}
        if "/messages" in request.path:
            return Reply.json({"type": "error", "error": error}, status, **NO_WAIT)
        if ":" in request.path:
            return Reply.json(
                {"error": {"code": status, "message": message, "status": kind}}, status, **NO_WAIT
            )
        return Reply.json({"error": {**error, "param": None, "code": None}}, status, **NO_WAIT)

    return answer


def _round_trip(request: Received) -> Answer:
    return Turn("It is sunny.") if b"sunny" in request.body else CALL


def _structured(request: Received) -> Answer:
    """Some clients ask for an object by a schema, others by a tool that they force the model to call."""
    asked = request.json()
    text = json.dumps(WEATHER)
    if forced := asked.get("tools"):
        tool = forced[0]
        name = tool.get("name") or tool["function"]["name"]
        return Turn(tools=(ToolCall(name, text),))
    return Turn(text)


def _echo(request: Received) -> Answer:
    return Turn(f"You said: {last_user_text(request)} Write to {ADDRESS} too.")


def _repeated_call(request: Received) -> Answer:
    return Turn(tools=(ToolCall("weather", json.dumps({"city": last_user_text(request)})),))


def _broken(request: Received) -> Answer:
    """Half of a stream."""
    whole = play(Turn(SAFE), request)
    if not isinstance(whole, Stream):
        return whole
    return replace(whole, chunks=whole.chunks[: len(whole.chunks) // 2], ending="cut")


CALL = Turn(tools=(ToolCall("weather", json.dumps(CITY)),))
RESTORED = f"You said: {PAY} Write to [EMAIL] too."
MASKED = "You said: Write to [EMAIL] today. Write to [EMAIL] too."


def _has(text: str) -> Check:
    return lambda value: isinstance(value, str) and text in value


def _same_json(wanted: object) -> Check:
    """Some clients hand over the arguments as text, others parsed."""
    return lambda value: (json.loads(value) if isinstance(value, str) else value) == wanted


def _beginning_of(text: str) -> Check:
    """Not nothing, and nothing else."""
    return lambda value: isinstance(value, str) and bool(value.strip()) and text.startswith(value)


DENIED = {"raised": "bad_request", "status": 400, "code": "content_policy_violation"}
CALLED = {"tool": "weather", "arguments": _same_json(CITY), "finish": "called"}

SITUATIONS: tuple[Situation, ...] = (
    Situation(
        name="plain",
        title="plain",
        group="answers",
        tells="the text, the reason why it ended and the usage, in the client's own object",
        does="ask",
        answer=_always(Turn("Hello there, friend.")),
        expects={"text": "Hello there, friend.", "finish": "ended", "usage": USAGE},
        decision="allow",
        transparent=True,
    ),
    Situation(
        name="stream",
        title="stream",
        group="answers",
        tells="the same in pieces",
        does="stream",
        answer=_always(Turn("Hello there, friend.")),
        expects={"text": "Hello there, friend.", "finish": "ended", "usage": USAGE, "piecewise": True},
        decision="allow",
        transparent=True,
    ),
    Situation(
        name="tools",
        title="tools",
        group="answers",
        tells="the model's call of a tool, with its arguments",
        does="tools",
        answer=_always(CALL),
        expects=CALLED,
        decision="allow",
        transparent=True,
    ),
    Situation(
        name="stream_tools",
        title="streamed tools",
        group="answers",
        tells="the same, put together from a stream by the client",
        does="stream_tools",
        answer=_always(CALL),
        expects=CALLED,
        decision="allow",
        transparent=True,
    ),
    Situation(
        name="round_trip",
        title="tool's result",
        group="answers",
        tells="the tool's result goes back in a second call, and the answer to it arrives",
        does="round_trip",
        answer=_round_trip,
        expects={"text": "It is sunny.", "finish": "ended"},
        calls=2,
        decision="allow",
        transparent=True,
    ),
    Situation(
        name="structured",
        title="structured output",
        group="answers",
        tells="an object of the user's own class or schema, by the way that the client prefers",
        does="structured",
        answer=_structured,
        expects={"structured": WEATHER},
        decision="allow",
        transparent=True,
    ),
    Situation(
        name="redaction",
        title="redaction",
        group="policy",
        tells="addresses are masked in the request before the upstream sees it, and in its answer",
        does="ask",
        prompt=f"Write to {ADDRESS} today.",
        answer=_echo,
        expects={"text": MASKED, "finish": "ended", "usage": USAGE},
        never_upstream=(ADDRESS,),
        decision="transform",
    ),
    Situation(
        name="redaction_stream",
        title="streamed redaction",
        group="policy",
        tells="the same in a stream, the addresses split over its chunks",
        does="stream",
        prompt=f"Write to {ADDRESS} today.",
        answer=_echo,
        expects={"text": MASKED, "finish": "ended", "usage": USAGE, "piecewise": True},
        never_upstream=(ADDRESS,),
        decision="transform",
    ),
    Situation(
        name="restored",
        title="placeholder",
        group="policy",
        tells="the upstream sees a placeholder for a card's number, and the caller has its own number back",
        does="ask",
        prompt=PAY,
        answer=_echo,
        expects={"text": RESTORED, "finish": "ended", "usage": USAGE},
        never_upstream=(CARD,),
        decision="transform",
    ),
    Situation(
        name="restored_stream",
        title="streamed placeholder",
        group="policy",
        tells="the same in a stream, the placeholder split over its chunks",
        does="stream",
        prompt=PAY,
        answer=_echo,
        expects={"text": RESTORED, "finish": "ended", "usage": USAGE, "piecewise": True},
        never_upstream=(CARD,),
        decision="transform",
    ),
    Situation(
        name="restored_tools",
        title="placeholder in a streamed tool call",
        group="policy",
        tells="the same in the arguments of a tool call that the client puts together",
        does="stream_tools",
        prompt=PAY,
        answer=_repeated_call,
        expects={**CALLED, "arguments": _same_json({"city": PAY})},
        never_upstream=(CARD,),
        decision="transform",
    ),
    Situation(
        name="denial",
        title="denied request",
        group="policy",
        tells="the client's exception for a bad request, with the reason and the decision's id; no retry",
        does="ask",
        prompt=f"Keep this for me: {SECRET}",
        answer=_always(Turn("Never to be reached.")),
        expects={**DENIED, "message": _has("Denied by policy: The request carries a credential.")},
        forwarded=0,
        decision="deny",
    ),
    Situation(
        name="denial_stream",
        title="denied stream",
        group="policy",
        tells="the same where a stream was asked for",
        does="stream",
        prompt=f"Keep this for me: {SECRET}",
        answer=_always(Turn("Never to be reached.")),
        expects={**DENIED, "message": _has("Denied by policy: The request carries a credential.")},
        forwarded=0,
        decision="deny",
    ),
    Situation(
        name="forbidden",
        title="forbidden model",
        group="policy",
        tells="the client's exception for a missing permission; no retry",
        does="ask",
        model="forbidden",
        answer=_always(Turn("Never to be reached.")),
        expects={
            "raised": "forbidden",
            "status": 403,
            "code": "model_not_allowed",
            "message": _has("Denied by policy: The model is not for everyone."),
        },
        forwarded=0,
        decision="deny",
    ),
    Situation(
        name="denied_answer",
        title="denied answer",
        group="policy",
        tells="as for a denied request: the model's answer is not delivered, and not asked for again",
        does="ask",
        answer=_always(Turn(f"The key is {SECRET}, keep it.")),
        expects={**DENIED, "message": _has("Denied by policy: The answer carries a credential.")},
        decision="deny",
    ),
    Situation(
        name="stop",
        title="mid-stream stop",
        group="policy",
        tells="the stream's beginning, and nothing of what was denied",
        does="stream",
        answer=_always(Turn(f"{SAFE} The key is {SECRET}, keep it.", piece=20)),
        expects={"text": _beginning_of(SAFE), "finish": "stopped", "calls": []},
        decision="deny",
    ),
    Situation(
        name="held",
        title="stopped tool call",
        group="policy",
        tells="a streamed call of a tool is held until it is judged; denied, the client never hears of it",
        does="stream",
        answer=_always(Turn(SAFE, tools=(ToolCall("weather", json.dumps({"city": SECRET})),), piece=20)),
        expects={"text": _beginning_of(SAFE), "finish": "stopped", "calls": []},
        decision="deny",
    ),
    Situation(
        name="upstream_error",
        title="upstream error",
        group="faults",
        tells="the provider's own message in the client's exception, after the client's own retries",
        does="ask",
        answer=_error(500, "api_error", "The model fell over."),
        expects={"raised": "server_error", "status": 500, "message": _has("The model fell over.")},
        retried=True,
        transparent=True,
    ),
    Situation(
        name="rate_limit",
        title="rate limit",
        group="faults",
        tells="the same for 429",
        does="ask",
        answer=_error(429, "rate_limit_error", "Slow down."),
        expects={"raised": "rate_limited", "status": 429, "message": _has("Slow down.")},
        retried=True,
        transparent=True,
    ),
    Situation(
        name="broken",
        title="broken stream",
        group="faults",
        tells="an upstream that dies half-way through is an exception, never a short answer",
        does="stream",
        answer=_broken,
        expects={"raised": "broken", "text": _beginning_of(SAFE[:-1]), "message": _has("broke off")},
        own_retries=False,
    ),
    Situation(
        name="timeout",
        title="client's time-out",
        group="faults",
        tells="the client's own time-out ends the call, also at the upstream",
        does="ask",
        answer=_always(Fail("hang")),
        expects={"raised": "timeout"},
        abandoned=True,
        hurried=True,
        own_retries=False,
        transparent=True,
    ),
    Situation(
        name="silence",
        title="upstream's silence",
        group="faults",
        tells="the gateway's time-out for the upstream is the client's exception for 504",
        does="ask",
        model="silent",
        answer=_always(Fail("hang")),
        expects={"raised": "unavailable", "status": 504},
        own_retries=False,
    ),
    Situation(
        name="wrong_key",
        title="wrong key",
        group="faults",
        tells="the client's exception for a key that nobody knows; no retry",
        does="ask",
        answer=_always(Turn("Never to be reached.")),
        expects={"raised": "unauthorized", "status": 401, "message": _has("does not know the key")},
        known=False,
        calls=None,
        forwarded=0,
    ),
)

BY_NAME = {situation.name: situation for situation in SITUATIONS}


def script(request: Received) -> Answer:
    """The upstream's script: the situation is the one that the client's header names."""
    _, name, *_ = (request.header(HEADER) or "/").split("/")
    return BY_NAME[name].answer(request)
