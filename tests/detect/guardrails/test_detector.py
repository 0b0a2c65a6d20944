"""Validators as detectors: what they say, and what they must not be able to do."""

# ruff: noqa: ANN401 - results of validators come untyped

import asyncio
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.core.errors import ConfigError
from gateway.core.finding import State
from gateway.core.segment import Segment
from gateway.detect import Runner
from gateway.detect.guardrails.detector import GuardrailsDetector, Spec, load
from gateway.detect.guardrails.errands import MOST_THREADS

SPEC = Spec("check", "tests:Fake", "custom", "found", deadline_s=5.0)


class Fake:
    def __init__(self, say: Callable[[str], Any]) -> None:
        self.say = say
        self.seen: list[str] = []

    def validate(self, value: Any, metadata: dict[str, Any]) -> Any:
        self.seen.append(value)
        return self.say(value)


def passes(_: str) -> Any:
    return SimpleNamespace(outcome="pass")


def fails(*spans: tuple[int, int]) -> Callable[[str], Any]:
    named = [SimpleNamespace(start=start, end=end) for start, end in spans]
    return lambda _: SimpleNamespace(outcome="fail", error_spans=named)


def detector(say: Callable[[str], Any], spec: Spec = SPEC) -> GuardrailsDetector:
    return GuardrailsDetector(spec, lambda: Fake(say))


async def test_a_pass_is_clean() -> None:
    (report,) = await detector(passes).detect_batch(["text"])
    assert (report.hits, report.incomplete) == ((), "")


@pytest.mark.parametrize(
    ("spans", "hits"),
    [
        ([(4, 7)], [(4, 7)]),
        ([(5, 7)], [(4, 7)]),
        ([(5, 6)], [(4, 7)]),
        ([(3, 5)], [(3, 7)]),
        ([], [(0, 13)]),
        ([(2, 99)], [(0, 13)]),
        ([(0, 3), (8, 13), (9, 13)], [(0, 3), (8, 13)]),
    ],
)
async def test_a_failure_is_found_where_it_says(
    spans: list[tuple[int, int]], hits: list[tuple[int, int]]
) -> None:
    (report,) = await detector(fails(*spans)).detect_batch(["one two three"])
    assert [(hit.start, hit.end) for hit in report.hits] == hits
    assert {(hit.category, hit.label, hit.score) for hit in report.hits} == {("custom", "found", 1.0)}


async def test_what_it_raises_concerns_one_text() -> None:
    def picky(text: str) -> Any:
        if text == "bad":
            raise RuntimeError(text)
        return passes(text)

    reports = await detector(picky).detect_batch(["good", "bad", "good"])
    assert [report.incomplete for report in reports] == ["", "RuntimeError", ""]


async def test_every_call_gets_a_validator_of_its_own() -> None:
    made: list[Fake] = []

    def make() -> Fake:
        made.append(Fake(passes))
        return made[-1]

    check = GuardrailsDetector(SPEC, make)
    await asyncio.gather(*(check.detect_batch([str(n), "x"]) for n in range(4)))
    assert sorted(fake.seen for fake in made) == [[str(n), "x"] for n in range(4)]


async def test_the_deadline_leaves_it_behind() -> None:
    release = threading.Event()

    def slow(text: str) -> Any:
        if text == "slow":
            release.wait(30)
        return passes(text)

    check = detector(slow, Spec("check", "tests:Fake", "custom", "found", deadline_s=0.1))
    reports = await check.detect_batch(["quick", "slow", "never reached"])
    release.set()
    assert [report.incomplete for report in reports] == ["", "deadline", "deadline"]


async def test_only_so_many_are_left_behind() -> None:
    release = threading.Event()
    check = detector(
        lambda text: (release.wait(30), passes(text))[1],
        Spec("check", "tests:Fake", "custom", "found", deadline_s=0.05),
    )
    await asyncio.gather(*(check.detect_batch(["slow"]) for _ in range(MOST_THREADS)))
    segments = [Segment("s0", "user", "text", "/text", "one more")]
    detection = await Runner([check]).detect(segments, ["check"], 5)
    release.set()
    assert [(entry.state, entry.reason) for entry in detection.coverage] == [(State.NOT_RUN, "overloaded")]


def test_what_cannot_be_loaded_is_said() -> None:
    with pytest.raises(ConfigError, match=r"validators\.check: no_such_module:Fake: ModuleNotFoundError"):
        load(Spec("check", "no_such_module:Fake", "custom", "found"))
