"""What a caller sends comes back as it was, through redaction, an upstream that echoes, and restoring.

Any text, any spans in it, any chunking; as content and inside the JSON of tool arguments, whole and as a
buffered stream; and mixed with what the upstream has of another caller, which stays as it came.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.decision import Answer, Decision, Effect, Obligation
from gateway.core.finding import Finding
from gateway.flow.commands import Command, Forward
from gateway.flow.machine import live
from gateway.testing.playbook import REVISION, Upstreamed, World, allow, play
from tests.flow.test_machine import call, governance

Span = tuple[int, int, str]
Say = Callable[[str, list[int]], Upstreamed]

CHARACTERS = st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('"\\/\n-_*eE\U0001f600'))
LABELS = st.sampled_from(["email", "card", "us_ssn", "PERSON"])
CUTS = st.lists(st.integers(1, 30), min_size=1, max_size=6)


@st.composite
def said(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A text and what a detector finds in it, overlaps included."""
    text = draw(st.text(CHARACTERS, min_size=1, max_size=60))
    spans = []
    for label in draw(st.lists(LABELS, max_size=4)):
        start = draw(st.integers(0, len(text) - 1))
        spans.append((start, draw(st.integers(start + 1, len(text))), label))
    return text, spans


@dataclass
class Echo(World):
    """Answers with what was forwarded."""

    say: Say = lambda text, cuts: Upstreamed()
    cuts: list[int] = field(default_factory=list)
    extra: str = ""

    def perform(self, command: Command) -> object:
        if isinstance(command, Forward):
            sent = json.loads(command.request.body)["messages"][0]["content"]
            self.response = self.say(sent + self.extra, self.cuts)
        return super().perform(command)


def exchange(say: Say, text: str, spans: list[Span], cuts: list[int], extra: str = "") -> Echo:
    findings = [
        Finding(f"f{number}", "d", "1", "pii", label, 1.0, "s0", start, end)
        for number, (start, end, label) in enumerate(spans)
    ]
    ids = tuple(finding.id for finding in findings)
    wanted = (Obligation(Effect.REDACT, "r.r", ids, {"with": "placeholder"}),)
    decision = Decision("request", Answer.TRANSFORM, (), wanted, REVISION)
    world = Echo(
        findings={"request": findings},
        decide=lambda question: decision if question.phase == "request" else allow("response"),
        say=say,
        cuts=cuts,
        extra=extra,
    )
    body = {"model": "m", "stream": say in STREAMED, "messages": [{"role": "user", "content": text}]}
    play(live(call(body), governance()), world)
    return world


# --- ways to answer -----------------------------------------------------------------------------------------


def arguments(text: str) -> str:
    return json.dumps({"n": 1, "to": [text]})


def message(fields: dict[str, Any]) -> Upstreamed:
    return Upstreamed(json.dumps({"choices": [{"index": 0, "message": fields}]}).encode())


def whole(text: str, _: list[int]) -> Upstreamed:
    return message({"role": "assistant", "content": text})


def whole_call(text: str, _: list[int]) -> Upstreamed:
    function = {"name": "mail", "arguments": arguments(text)}
    return message(
        {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": function}]}
    )


def pieces(text: str, cuts: list[int]) -> Iterator[str]:
    at = 0
    while at < len(text):
        size = cuts[at % len(cuts)]
        yield text[at : at + size]
        at += size


def stream(deltas: Iterator[dict[str, Any]]) -> Upstreamed:
    frames = [json.dumps({"choices": [{"index": 0, "delta": delta}]}) for delta in deltas]
    body = "".join(f"data: {frame}\n\n" for frame in [*frames, "[DONE]"])
    return Upstreamed(body.encode(), content_type=b"text/event-stream")


def streamed(text: str, cuts: list[int]) -> Upstreamed:
    return stream({"content": piece} for piece in pieces(text, cuts))


def streamed_call(text: str, cuts: list[int]) -> Upstreamed:
    return stream(
        {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
        for piece in pieces(arguments(text), cuts)
    )


STREAMED = (streamed, streamed_call)


def heard(body: bytes) -> str:
    """All of the text that the caller's client sees."""
    if not body.startswith(b"data:"):
        return told([json.loads(body)["choices"][0]["message"]])
    frames = [line[6:] for line in body.decode().split("\n") if line.startswith("data: {")]
    return told([json.loads(frame)["choices"][0]["delta"] for frame in frames])


def told(parts: list[dict[str, Any]]) -> str:
    source = "".join(call["function"]["arguments"] for part in parts for call in part.get("tool_calls", ()))
    if not source:
        return "".join(part["content"] for part in parts)
    (text,) = json.loads(source)["to"]
    return str(text)


def tokens(body: bytes) -> set[bytes]:
    return set(re.findall(rb"(?:[a-z]{5}-){2}[a-z]{5}", body))


WAYS = pytest.mark.parametrize("say", [whole, whole_call, streamed, streamed_call])


# --- what holds ---------------------------------------------------------------------------------------------


@WAYS
@given(what=said(), cuts=CUTS)
def test_the_owner_gets_back_what_was_sent(say: Say, what: tuple[str, list[Span]], cuts: list[int]) -> None:
    text, spans = what
    assert heard(exchange(say, text, spans, cuts).answer) == text


@pytest.mark.parametrize("say", [whole_call, streamed])
@given(what=said(), theirs=said(), cuts=CUTS)
def test_what_belongs_to_another_caller_stays_a_token(
    say: Say, what: tuple[str, list[Span]], theirs: tuple[str, list[Span]], cuts: list[int]
) -> None:
    text, spans = what
    other = exchange(say, *theirs, cuts)
    leaked = " " + json.loads(other.forwarded)["messages"][0]["content"]
    world = exchange(say, text, spans, cuts, leaked)
    if not tokens(world.forwarded) & tokens(other.forwarded):  # they have no value in common
        assert heard(world.answer) == text + leaked
