"""What policy says in place of a model, and the headers that rules add."""

import json
from dataclasses import replace

import pytest

from gateway.core.decision import Answer, Decision, Effect, Phase, Verdict
from gateway.flow.machine import live
from gateway.testing.playbook import REVISION, Upstreamed, World, allow, play
from tests.flow.test_machine import ANSWER, CHAT, PLAN, call, deciding, governance


def denying(phase: Phase, *answers: str) -> Decision:
    verdicts = tuple(
        Verdict(f"r.no{index}", Effect.DENY, "not here", params={"answer": text} if text else {})
        for index, text in enumerate(answers)
    )
    return Decision(phase, Answer.DENY, verdicts, (), REVISION)


def marked(phase: Phase, *headers: dict[str, str]) -> Decision:
    effects = (Effect.DENY, Effect.FLAG) if phase == "request" else (Effect.FLAG, Effect.FLAG)
    verdicts = tuple(
        Verdict(f"r.h{index}", effect, "marked", params={"headers": each})
        for index, (effect, each) in enumerate(zip(effects, headers, strict=False))
    )
    answer = Answer.DENY if verdicts[0].effect is Effect.DENY else Answer.FLAG
    return Decision(phase, answer, verdicts, (), REVISION)


def test_a_denial_may_be_answered_instead() -> None:
    world = play(live(call(), governance()), World(decide=deciding(request=denying("request", "Ask HR."))))
    assert "Forward" not in world.asked
    said = json.loads(world.reply.body)
    assert world.reply.status == 200
    assert said["choices"][0]["message"]["content"] == "Ask HR."
    assert said["choices"][0]["finish_reason"] == "content_filter"
    assert said["lictor"]["rule"] == "r.no0"
    outcome = world.records[-1]["outcome"]
    assert (outcome["ending"], outcome["status"], outcome["code"]) == ("denied", 200, "r.no0")
    assert b"Ask HR." not in json.dumps(world.records).encode()


def test_a_denied_response_is_answered_with_the_usage_that_was_spent() -> None:
    world = World(Upstreamed(ANSWER), decide=deciding(response=denying("response", "No.")))
    play(live(call(), governance()), world)
    said = json.loads(world.reply.body)
    assert said["choices"][0]["message"]["content"] == "No."
    assert said["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    assert b"555" not in world.reply.body


@pytest.mark.parametrize("answers", [("Ask HR.", ""), ("", "Ask HR.")])
def test_a_rule_that_insists_on_an_error_gets_it(answers: tuple[str, ...]) -> None:
    world = play(live(call(), governance()), World(decide=deciding(request=denying("request", *answers))))
    assert world.reply.status == 400


def test_a_check_that_could_not_run_is_never_answered() -> None:
    closed = replace(denying("request", "Ask HR."), answer=Answer.ERROR_CLOSED)
    world = play(live(call(), governance()), World(decide=deciding(request=closed)))
    assert world.reply.status == 503


def test_a_streamed_question_gets_a_streamed_answer() -> None:
    decide = deciding(request=denying("request", "Ask HR."))
    world = play(live(call(CHAT | {"stream": True}), governance()), World(decide=decide))
    assert (b"content-type", b"text/event-stream; charset=utf-8") in world.reply.headers
    assert world.reply.body.endswith(b"data: [DONE]\n\n")


def test_headers_of_rules_reach_the_caller() -> None:
    decide = deciding(response=marked("response", {"x-team": "a", "x-note": "one"}, {"x-team": "b"}))
    world = World(Upstreamed(ANSWER, headers=[(b"x-note", b"upstream's own")]), decide=decide)
    play(live(call(), governance()), world)
    headers = [(name, value) for name, value in world.reply.headers if name in (b"x-team", b"x-note")]
    assert sorted(headers) == [(b"x-note", b"one"), (b"x-team", b"a")]
    assert world.reply.body == ANSWER


def test_headers_of_rules_come_with_a_denial_too() -> None:
    decide = deciding(request=marked("request", {"x-team": "a"}))
    world = play(live(call(), governance()), World(decide=decide))
    assert world.reply.status == 400
    assert (b"x-team", b"a") in world.reply.headers


def test_an_observed_stream_has_the_headers_of_the_request() -> None:
    stream = Upstreamed(b"data: [DONE]\n\n", content_type=b"text/event-stream")
    flag = Verdict("r.h", Effect.FLAG, "marked", params={"headers": {"x-team": "a"}})
    flagged = Decision("request", Answer.FLAG, (flag,), (), REVISION)
    world = World(stream, decide=lambda asked: flagged if asked.phase == "request" else allow("response"))
    plan = replace(PLAN, stream="observe")
    play(live(call(CHAT | {"stream": True}), governance(plan)), world)
    relay = next(command for command in world.commands if type(command).__name__ == "Relay")
    assert (b"x-team", b"a") in relay.headers  # type: ignore[union-attr]
