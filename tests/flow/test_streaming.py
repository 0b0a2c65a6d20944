"""Window mode: what is found, decided and delivered depends on the text, never on how it arrived."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, AnyStr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.decision import Answer, Decision, Effect, Obligation, Verdict
from gateway.core.errors import UpstreamError
from gateway.core.exchange import StreamMode
from gateway.detect import Detection, Runner, default_detectors
from gateway.flow.commands import Command, Detect, Judge, Next
from gateway.flow.machine import live
from gateway.flow.segmentation import LEAST, LONGEST_RUN, MOST, Segmenter
from gateway.policy.plan import Plan
from gateway.testing.playbook import REVISION, Upstreamed, World, allow, play
from tests.flow.test_machine import CHAT, call, governance

RUNNER = Runner(default_detectors())
PLAN = Plan(("patterns", "secrets"), ("patterns", "secrets"), stream="window")

CARD = "4111 1111 1111 1111"
EMAIL = "jane.doe@example.com"
IBAN = "DE89 3704 0044 0532 0130 00"
KEY = "AKIA" + "QYLPMN5HHHFPZAM2"
VALUES = [CARD, EMAIL, IBAN]
WORDS = ["the", "answer", "is", "that", "Dr.", "we", "said:", "no.", "Yes!", "é", "\U0001f600", "end.\n"]


def scan(command: Detect) -> Detection:
    return RUNNER.detect_inline(command.segments, command.detectors)


def guard(question: Judge) -> Decision:
    """Personal data of an answer is masked, a credential stops it."""
    if question.phase == "request":
        return allow("request")
    secrets = tuple(f.id for f in question.findings if f.category == "secret")
    if secrets:
        verdict = Verdict("secrets.stay", Effect.DENY, "a credential", findings=secrets)
        return Decision("response", Answer.DENY, (verdict,), (), REVISION)
    found = tuple(f.id for f in question.findings)
    if not found:
        return allow("response")
    verdict = Verdict("pii.mask", Effect.REDACT, "personal data", findings=found)
    duty = Obligation(Effect.REDACT, "pii.mask", found, {})
    return Decision("response", Answer.TRANSFORM, (verdict,), (duty,), REVISION)


def frame(**choice: object) -> bytes:
    chunk = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, **choice}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def said(parts: Sequence[str]) -> list[bytes]:
    return [
        frame(delta={"role": "assistant", "content": ""}),
        *(frame(delta={"content": part}) for part in parts if part),
        frame(delta={}, finish_reason="stop"),
        b"data: [DONE]\n\n",
    ]


def stream(pieces: Sequence[bytes], decide: Callable[[Judge], Decision] = guard) -> World:
    upstream = Upstreamed(content_type=b"text/event-stream", pieces=pieces)
    world = World(upstream, decide=decide, detect=scan)
    return play(live(call(CHAT | {"stream": True}), governance(PLAN)), world)


def deltas(raw: bytes) -> list[dict[str, Any]]:
    lines = [line.removeprefix(b"data: ") for line in raw.split(b"\n") if line.startswith(b"data: {")]
    return [choice for line in lines for choice in json.loads(line).get("choices", ())]


def text_of(raw: bytes) -> str:
    return "".join(choice["delta"].get("content") or "" for choice in deltas(raw))


def cut(text: AnyStr, cuts: Sequence[int]) -> list[AnyStr]:
    return [text[start:end] for start, end in pairwise([0, *sorted(cuts), len(text)])]


def seen(world: World) -> tuple[object, ...]:
    """What the record of an answer says, apart from sizes."""
    record = world.records[-1]
    return record["decision"], record.get("findings"), record["coverage"], record["outcome"]["ending"]


def text_with(words: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words) | st.sampled_from(VALUES), min_size=1, max_size=120).map(" ".join)


TEXTS = text_with(WORDS) | text_with(["no", "end", "of", "any", "sentence"])


@st.composite
def cuts_of(draw: st.DrawFn, length: int) -> list[int]:
    step = draw(st.sampled_from([1, 3, 17, 400]))
    regular = list(range(step, length, step)) if draw(st.booleans()) else []
    return regular or draw(st.lists(st.integers(0, length), max_size=40))


@settings(max_examples=200)
@given(text=TEXTS, secret=st.booleans(), data=st.data())
def test_no_fragmentation_changes_what_is_delivered_found_or_decided(
    text: str, secret: bool, data: st.DataObject
) -> None:
    if secret:
        at = data.draw(st.integers(0, len(text)))
        text = f"{text[:at]} key {KEY} {text[at:]}"
    whole = stream(said([text]))
    events = said(cut(text, data.draw(cuts_of(len(text)))))
    raw = b"".join(events)
    other = stream(cut(raw, data.draw(cuts_of(len(raw)))))
    assert text_of(other.written) == text_of(whole.written)
    assert seen(other) == seen(whole)
    assert (other.asked[-1] == "Reply") == (whole.asked[-1] == "Reply")


@settings(max_examples=200)
@given(text=TEXTS, data=st.data())
def test_a_masked_stream_is_the_masked_text(text: str, data: st.DataObject) -> None:
    delivered = text_of(stream(said(cut(text, data.draw(cuts_of(len(text)))))).written)
    masked = text.replace(CARD, "[CARD]").replace(EMAIL, "[EMAIL]").replace(IBAN, "[IBAN]")
    assert delivered == masked


@settings(max_examples=200)
@given(text=TEXTS, data=st.data())
def test_no_death_of_the_upstream_lets_a_value_out(text: str, data: st.DataObject) -> None:
    raw = b"".join(said(cut(text, data.draw(cuts_of(len(text))))))
    alive = raw[: data.draw(st.integers(0, len(raw) - 1))]
    delivered = stream(cut(alive, data.draw(cuts_of(len(alive))))).written
    assert all(value not in text_of(delivered) for value in VALUES)
    masked = text.replace(CARD, "[CARD]").replace(EMAIL, "[EMAIL]").replace(IBAN, "[IBAN]")
    assert masked.startswith(text_of(delivered))


@given(parts=st.lists(st.text(max_size=60), max_size=12), data=st.data())
def test_what_no_rule_changes_keeps_its_bytes(parts: list[str], data: st.DataObject) -> None:
    raw = b"".join(said(parts))
    world = stream(cut(raw, data.draw(cuts_of(len(raw)))), lambda question: allow(question.phase))
    assert world.written == raw


LONG = "A sentence that is quite harmless and of no interest to anybody at all. " * 8


def test_text_leaves_before_the_answer_is_complete() -> None:
    world = stream(said(cut(LONG, range(0, len(LONG), 5))))
    first = world.asked.index("Write")
    assert "Next" in world.asked[first:]
    assert world.asked.count("Start") == 1
    assert text_of(world.written) == LONG


def test_a_stop_amid_a_stream_is_the_dialects_own_and_comes_before_any_other_finish() -> None:
    world = stream(said(cut(f"{LONG} Use {KEY} now. {LONG}", range(0, 1200, 7))))
    choices = deltas(world.written)
    assert [choice["finish_reason"] for choice in choices if choice.get("finish_reason")] == [
        "content_filter"
    ]
    assert world.written.endswith(b"data: [DONE]\n\n")
    assert LONG.startswith(text_of(world.written)[:200])
    assert KEY[:6] not in world.written.decode()
    outcome = world.records[-1]["outcome"]
    assert (outcome["status"], outcome["ending"], outcome["code"]) == (200, "denied", "secrets.stay")


def test_a_stop_before_any_text_left_is_an_error_with_a_status() -> None:
    world = stream(said([f"Use {KEY} now."]))
    assert world.asked[-2:] == ["Record", "Reply"]
    assert world.reply.status == 400
    assert "Write" not in world.asked


def test_a_value_that_is_longer_than_a_segment_is_seen_whole() -> None:
    body = "\n".join(["MIIEpAIBAAKCAQEA" + "Qz7" * 16] * 20)
    block = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"

    def mask(question: Judge) -> Decision:
        found = tuple(f.id for f in question.findings)
        if question.phase == "request" or not found:
            return allow(question.phase)
        duty = Obligation(Effect.REDACT, "r", found, {})
        verdict = Verdict("r", Effect.REDACT, "r", findings=found)
        return Decision("response", Answer.TRANSFORM, (verdict,), (duty,), REVISION)

    text = f"{LONG}\n{block}\n{LONG}"
    world = stream(said(cut(text, range(0, len(text), 11))), mask)
    assert text_of(world.written) == f"{LONG}\n[PRIVATE_KEY]\n{LONG}"


def call_of(arguments: str, index: int = 0) -> list[bytes]:
    first = {"index": index, "id": "call", "type": "function", "function": {"name": "send", "arguments": ""}}
    rest = [{"index": index, "function": {"arguments": part}} for part in cut(arguments, range(0, 99, 3))]
    return [frame(delta={"tool_calls": [one]}) for one in (first, *rest)]


def test_text_flows_while_a_tool_call_is_held() -> None:
    words = [frame(delta={"content": LONG[at : at + 9]}) for at in range(0, len(LONG), 9)]
    calls = call_of(json.dumps({"to": "bob", "text": "well"}))
    ending = [frame(delta={}, finish_reason="tool_calls"), b"data: [DONE]\n\n"]
    world = stream([*calls, *words, *ending])
    early = world.written[: -sum(map(len, ending))]
    assert 0 < early.find(b"content") < early.find(b"tool_calls")
    assert text_of(world.written) == LONG
    assert sorted(world.written.split(b"\n\n")) == sorted(b"".join([*calls, *words, *ending]).split(b"\n\n"))


def test_frames_leave_in_one_order_however_many_come_at_once() -> None:
    words = [frame(delta={"content": LONG[at : at + 9]}) for at in range(0, len(LONG), 9)]
    ending = [frame(delta={}, finish_reason="tool_calls"), b"data: [DONE]\n\n"]
    pieces = [*call_of(json.dumps({"to": "bob"})), *words, *ending]
    assert stream([b"".join(pieces)]).written == stream(pieces).written


def test_a_value_in_arguments_is_masked_and_they_stay_json() -> None:
    arguments = json.dumps({"to": EMAIL, "text": "caf\u00e9 \U0001f600 " + EMAIL})
    world = stream([*call_of(arguments), frame(delta={}, finish_reason="tool_calls"), b"data: [DONE]\n\n"])
    calls = [call for choice in deltas(world.written) for call in choice["delta"].get("tool_calls", ())]
    spelled = "".join(call["function"].get("arguments", "") for call in calls)
    assert json.loads(spelled) == {"to": "[EMAIL]", "text": "caf\u00e9 \U0001f600 [EMAIL]"}


def test_a_denied_tool_call_never_leaves_and_the_text_before_it_does() -> None:
    words = [frame(delta={"content": LONG})]
    world = stream([*words, *call_of(json.dumps({"key": KEY})), frame(delta={}, finish_reason="tool_calls")])
    assert text_of(world.written) == LONG[: len(text_of(world.written))]
    assert b"tool_calls" not in world.written
    assert [choice.get("finish_reason") for choice in deltas(world.written)][-1] == "content_filter"


def test_half_a_stream_does_not_look_like_a_whole_one() -> None:
    world = stream(said([LONG])[:-2])
    assert world.written.rstrip().endswith(b"}}")
    assert b'"error"' in world.written
    assert world.records[-1]["outcome"]["ending"] == "upstream_error"


@dataclass
class Failing(World):
    """An upstream that breaks off after so many pieces."""

    after: int = field(default=0, kw_only=True)

    def perform(self, command: Command) -> object:
        if isinstance(command, Next):
            self.after -= 1
            if self.after < 0:
                self.commands.append(command)
                raise UpstreamError("protocol", "it broke off")
        return super().perform(command)


def test_an_upstream_that_breaks_off_ends_in_an_error_and_one_outcome() -> None:
    pieces = said(cut(LONG, range(0, len(LONG), 5)))
    world = Failing(
        Upstreamed(content_type=b"text/event-stream", pieces=pieces), decide=guard, detect=scan, after=90
    )
    play(live(call(CHAT | {"stream": True}), governance(PLAN)), world)
    assert [record["type"] for record in world.records] == ["decision", "outcome"]
    assert b'"error"' in world.written
    assert LONG.startswith(text_of(world.written))


def test_a_rule_that_comes_too_late_stops_the_stream() -> None:
    """Many values together are more than one: but the first has left as it was."""

    def crowd(question: Judge) -> Decision:
        return guard(question) if len(question.findings) > 1 else allow(question.phase)

    world = stream(said(cut(f"{EMAIL} {LONG} {EMAIL} {LONG}", range(0, 1300, 9))), crowd)
    assert text_of(world.written).count(EMAIL) == 1
    assert world.records[-1]["decision"]["verdicts"][0]["rule"] == "obligation.unmet"


def test_coverage_says_how_it_was_judged() -> None:
    reasons = [entry.get("reason") for entry in stream(said([LONG])).records[-1]["coverage"]]
    assert "judged_by_window" in reasons


@pytest.mark.parametrize("mode", ["buffer", "window"])
def test_a_whole_body_is_judged_whole_in_every_mode(mode: StreamMode) -> None:
    body = json.dumps({"model": "m", "choices": [{"index": 0, "message": {"content": EMAIL}}]}).encode()
    world = World(Upstreamed(body), decide=guard, detect=scan)
    play(live(call(CHAT | {"stream": True}), governance(replace(PLAN, stream=mode))), world)
    assert json.loads(world.reply.body)["choices"][0]["message"]["content"] == "[EMAIL]"


LETTERS = st.text(alphabet='ab. \n!"é\u3002', max_size=3 * MOST)


@settings(max_examples=300)
@given(text=LETTERS, data=st.data())
def test_cuts_depend_on_the_text_alone(text: str, data: st.DataObject) -> None:
    segmenter = Segmenter()
    parts = cut(text, data.draw(cuts_of(len(text))))
    assert [at for part in parts for at in segmenter.feed(part)] == Segmenter().feed(text)


@settings(max_examples=100)
@given(text=LETTERS)
def test_segments_are_of_moderate_length(text: str) -> None:
    text = text.replace(".", "b") + " " * 40
    for start, end in pairwise([0, *Segmenter().feed(text * 3)]):
        assert LEAST <= end - start <= LONGEST_RUN
        assert end - start <= MOST or not any(c.isspace() for c in (text * 3)[start + LEAST : end - 1])
