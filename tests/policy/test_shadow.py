"""The shadow: it asks another process, counts what it hears, and is never in anybody's way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.core.decision import Answer
from gateway.core.exchange import Exchange
from gateway.core.finding import Coverage
from gateway.core.segment import Segment
from gateway.policy.authority import Authority, Snapshot
from gateway.policy.compare import Kind
from gateway.policy.keyring import Key, Keyring, generate
from gateway.policy.matter import Matter
from gateway.policy.opinion import Opinion, Question, Second
from gateway.policy.reading import contents
from gateway.policy.shadow import CHARACTERS, QUEUE, Asked, Candidate, Shadow
from gateway.policy.sightings import SINGLES, Interval, Sightings
from gateway.policy.signing import Trust, sign

Make = Callable[..., Path]

PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n\nresponse_detectors contains "patterns"\n'
DENY = 'package lictor.%s\n\ndeny contains {"rule": "a.%s", "reason": "No."} if input.exchange.model\n'
RULE = 'package lictor.request\n\n%s contains {"rule": "a.x", "reason": "x"} if %s\n'
LOOP = """package lictor.request

flag contains {"rule": "a.loop", "reason": "Slow."} if {
	input.exchange.model == "gpt-4.1"
	some a in numbers.range(1, 3000)
	some b in numbers.range(1, 3000)
	a * b == 0
}
"""


def bundle(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in {"plan": PLAN, **files}.items():
        (folder / f"{name}.rego").write_text(text)
    return folder


@pytest.fixture
def enforced(tmp_path: Path) -> Snapshot:
    rule = (
        'package lictor.request\n\nflag contains {"rule": "a.on", "reason": "On."} if input.exchange.model\n'
    )
    return Authority(bundle(tmp_path / "enforced", {"rule": rule})).snapshot()


@pytest.fixture
def asked(enforced: Snapshot, exchange: Exchange, segments: list[Segment], covered: list[Coverage]) -> Asked:
    plan = enforced.plan(exchange)
    matter = Matter("request", exchange, plan, segments, [], covered, now_ms=0)
    return Asked(matter, enforced.judge(matter), 100)


@contextmanager
def shadow(path: Path, **options: Any) -> Iterator[Shadow]:  # noqa: ANN401
    revision = Authority(path).revision
    running = Shadow(Candidate(revision, path, share=options.pop("share", 1.0), **options))
    running.start()
    try:
        yield running
    finally:
        running.stop()


def until(look: Callable[[], object]) -> None:
    for _ in range(3000):
        if look():
            return
        time.sleep(0.01)
    raise AssertionError("it does not happen")


def heard(running: Shadow, wanted: int) -> Interval:
    """What was counted, once that many were judged."""
    parts: list[Interval] = []

    def enough() -> bool:
        parts.append(running.sightings.interval())
        return sum(part.counts["judged"] for part in parts) >= wanted

    until(enough)
    whole = parts[0]
    for part in parts[1:]:
        whole.tally.merge(part.tally)
        whole.counts.update(part.counts)
    return replace(whole, singles=tuple(single for part in parts for single in part.singles))


def test_what_the_candidate_says_is_compared(tmp_path: Path, asked: Asked) -> None:
    path = bundle(tmp_path / "candidate", {"rule": DENY % ("request", "no")})
    with shadow(path) as running:
        for _ in range(3):
            running.offer(asked)
        seen = heard(running, 3)
    assert seen.tally.whole.kinds == {Kind.STRICTER: 3}
    assert seen.tally.whole.cells == {(Answer.FLAG, Answer.DENY): 3}
    assert seen.tally.strata["tenant", "acme"].total == 3
    assert [single.exchange for single in seen.singles] == ["01"] * 3
    assert running.sightings.seen[0].diverged == 3
    assert not running.unfit


def test_a_candidate_that_loops_is_killed_and_then_given_up(tmp_path: Path, asked: Asked) -> None:
    """The interpreter holds Python's lock while it runs: only another process keeps this thread alive."""
    path = bundle(tmp_path / "candidate", {"rule": LOOP})
    with shadow(path, deadline_s=0.2) as running:
        gaps, last = [], time.monotonic()
        while not running.unfit:
            running.offer(asked)
            time.sleep(0.01)
            gaps.append(time.monotonic() - last)
            last += gaps[-1]
        assert "ended 3 times" in running.unfit
        assert max(gaps) < 2
        assert running.sightings.seen[0].errors == 3
        running.offer(asked)
        assert running.sightings.interval().counts["dropped"] > 0


@pytest.mark.parametrize("spoil", ["altered", "broken", "gone"])
def test_a_candidate_that_cannot_be_loaded_is_unfit(tmp_path: Path, asked: Asked, spoil: str) -> None:
    path = bundle(tmp_path / "candidate", {"rule": DENY % ("request", "no")})
    running = Shadow(Candidate(Authority(path).revision, path))
    if spoil == "gone":
        path.rename(tmp_path / "elsewhere")
    else:
        text = DENY % ("request", "other") if spoil == "altered" else "package lictor.request\n\ndeny {{\n"
        (path / "rule.rego").write_text(text)
    running.start()
    running.offer(asked)
    until(lambda: running.unfit)
    running.stop()
    assert {"altered": "another revision", "broken": "rule.rego", "gone": "folder"}[spoil] in running.unfit


def test_a_candidate_whose_signature_does_not_count_is_unfit(tmp_path: Path, asked: Asked) -> None:
    path = bundle(tmp_path / "candidate", {"rule": DENY % ("request", "no")})
    key = generate("EdDSA")
    trust = Trust(Keyring.of([Key("one", key.public_key())]))
    with shadow(path, admission=trust) as running:
        running.offer(asked)
        until(lambda: running.unfit)
    assert "not signed" in running.unfit
    (path / ".signatures.json").write_bytes(sign(contents(path).files, key, "one"))
    with shadow(path, admission=trust) as running:
        running.offer(asked)
        heard(running, 1)
    assert not running.unfit


def test_what_does_not_fit_into_the_queue_is_dropped_at_once(tmp_path: Path, asked: Asked) -> None:
    running = Shadow(Candidate("sha256:0", tmp_path))  # nobody takes anything out
    for _ in range(QUEUE + 5):
        running.offer(asked)
    assert running.sightings.interval().counts == {"dropped": 5}
    running = Shadow(Candidate("sha256:0", tmp_path))
    text = asked.matter.segments[0]._replace(text="x" * (CHARACTERS + 1))
    huge = replace(asked, matter=replace(asked.matter, segments=[text]))
    running.offer(huge)
    running.offer(asked)
    assert running.sightings.interval().counts == {"dropped": 1}
    running.stop()


def test_a_shadow_that_stops_leaves_no_thread_and_no_process(tmp_path: Path, asked: Asked) -> None:
    path = bundle(tmp_path / "candidate", {"rule": DENY % ("request", "no")})
    with shadow(path) as running:
        running.offer(asked)
        heard(running, 1)
    assert not [thread for thread in threading.enumerate() if thread.name == "policy-shadow"]


# --- the second opinion itself ------------------------------------------------------------------------------


def question(asked: Asked, facts: bytes, **changes: Any) -> Question:  # noqa: ANN401
    values: dict[str, Any] = {
        "phase": asked.matter.phase,
        "exchange": asked.matter.exchange,
        "facts": facts,
        "plan": asked.matter.plan,
    }
    values |= {"coverage": tuple(asked.matter.coverage), "decision": asked.decision}
    return Question(**(values | changes))


FACTS = b'{"exchange": {"model": "gpt-4.1"}, "findings": [], "coverage": [], "request": {}}'


def second(path: Path) -> Second:
    return Second(Authority(path).snapshot().engine, ())


def test_the_response_to_a_request_that_would_have_been_stopped_is_moot(tmp_path: Path, asked: Asked) -> None:
    path = bundle(tmp_path / "candidate", {"rule": DENY % ("request", "no")})
    asking = second(path)
    response = replace(asked.decision, phase="response")
    assert asking.answer(question(asked, FACTS)).decision.answer is Answer.DENY
    later = asking.answer(question(asked, FACTS, phase="response", decision=response))
    assert later.kind is Kind.MOOT


def test_a_check_that_did_not_run_is_not_known(tmp_path: Path, asked: Asked) -> None:
    more = PLAN + '\ndetectors contains "secrets"\n'
    path = bundle(tmp_path / "candidate", {"plan": more, "rule": DENY % ("request", "no")})
    assert second(path).answer(question(asked, FACTS)).kind is Kind.UNKNOWN


def test_a_candidate_that_fails_decides_closed(tmp_path: Path, asked: Asked) -> None:
    text = RULE % ("flag", "1 / count(input.findings) > 9")
    path = bundle(tmp_path / "candidate", {"rule": text})
    opinion = second(path).answer(question(asked, FACTS))
    assert (opinion.kind, opinion.decision.answer) == (None, Answer.ERROR_CLOSED)


# --- sightings ----------------------------------------------------------------------------------------------


class Clock:
    """Time that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_stream_is_counted_once_and_remembers_a_divergence(asked: Asked) -> None:
    clock = Clock()
    sightings = Sightings(clock)
    stream = replace(asked.matter.exchange, stream=True)
    old = replace(asked.decision, phase="response")
    for answer in (Answer.FLAG, Answer.DENY, Answer.FLAG):
        sightings.saw(stream, old, 10, Opinion(replace(old, answer=answer)))
    assert sightings.interval().empty
    clock.now = 60.0
    seen = sightings.interval()
    assert (seen.counts["judged"], seen.tally.whole.kinds) == (1, {Kind.STRICTER: 1})


def test_single_divergences_are_capped(asked: Asked) -> None:
    sightings = Sightings()
    opinion = Opinion(replace(asked.decision, answer=Answer.DENY))
    for _ in range(SINGLES + 7):
        sightings.saw(asked.matter.exchange, asked.decision, 10, opinion)
    seen = sightings.interval()
    assert (len(seen.singles), seen.counts["untold"]) == (SINGLES, 7)
    assert sightings.interval().empty


def test_a_summary_tells_a_limited_number_of_tenants_apart(asked: Asked) -> None:
    sightings = Sightings()
    for number in range(40):
        exchange = asked.matter.exchange
        theirs = replace(exchange, caller=replace(exchange.caller, tenant=f"t{number}"))
        sightings.saw(theirs, asked.decision, 10, Opinion(asked.decision))
    tenants = [name for dimension, name in sightings.interval().tally.strata if dimension == "tenant"]
    assert len(tenants) < 12
    assert "*" in tenants


def test_a_finding_of_a_detector_that_the_candidate_does_not_plan_is_not_its_fact(
    tmp_path: Path, asked: Asked
) -> None:
    text = RULE % ("deny", "count(input.findings) > 0")
    path = bundle(tmp_path / "candidate", {"rule": text})
    facts = FACTS.replace(b'"findings": []', b'"findings": [{"id": "f0", "detector": "secrets"}]')
    wider = replace(asked.matter.plan, detectors=("patterns", "secrets"))
    assert second(path).answer(question(asked, facts, plan=wider)).decision.answer is Answer.ALLOW
