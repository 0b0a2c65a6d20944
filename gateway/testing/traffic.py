"""Traffic that never was: seeded exchanges with findings, judged by a real bundle and recorded.

For backtests of a known past. Shares are plausible rather than measured: most calls are short chats that
nothing is found in, some hold personal data or look like an attack, one in a hundred fails or breaks off.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gateway.audit.record import Seen, decision_record, outcome_record
from gateway.core.decision import Decision, Phase
from gateway.core.exchange import Caller, Destination, Exchange, Outcome, Usage
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Role, Segment
from gateway.policy.authority import Snapshot
from gateway.policy.bundle import load
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.matter import Matter
from gateway.policy.plan import Plan

INSTALLED = ("patterns", "secrets", "classifiers")
START_MS = 1_795_000_000_000
Record = dict[str, Any]

_MODELS = ("gpt-4.1", "gpt-4.1-mini", "claude-sonnet-4-5", "gemini-2.5-flash")
_TENANTS = ("acme", "globex", "initech", "umbrella")
_FINDINGS = (
    ("patterns", "pii", "email", 0.05), ("patterns", "pii", "phone", 0.02),
    ("secrets", "secret", "token", 0.005),
    ("classifiers", "injection", "attempt", 0.06), ("classifiers", "toxicity", "insult", 0.03),
    ("classifiers", "toxicity", "threat", 0.01), ("classifiers", "bias", "gender", 0.01),
)  # fmt: skip
"""Detector, category, label, and how often it finds something in a phase."""


@dataclass(slots=True)
class Traffic:
    """A stream of exchanges under one bundle."""

    bundle: Path
    seed: int = 0
    step_ms: int = 500
    """Between two arrivals."""

    installed: tuple[str, ...] = INSTALLED
    _random: random.Random = field(init=False)
    _rules: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a past to test with
        engine = EmbeddedEngine(load(self.bundle), self.installed)
        self._rules = Snapshot(engine, installed=self.installed)

    def records(self, exchanges: int, first: int = 0) -> Iterator[Record]:
        """Decision and outcome of so many exchanges, in the order of a log."""
        for number in range(first, first + exchanges):
            yield from self.exchange(number)

    def exchange(self, number: int, **changes: Any) -> Iterator[Record]:  # noqa: ANN401
        """The records of one exchange; ``changes`` replace fields of it."""
        exchange = replace(self._exchange(number), **changes)
        plan = self._rules.plan(exchange)
        request = self._judged("request", exchange, plan)
        first = decision_record(
            exchange, *request, seen=Seen(3, self.installed), body_commit="c" * 43, rewritten=False
        )
        yield first | {"ts": exchange.received_ms + 3}
        if request[0].answer.stops:
            yield self._closed(exchange, Outcome(403, "denied", request[0].stopping_rule), None)
        elif self._random.random() < 0.01:
            yield self._closed(exchange, Outcome(502, "upstream_error", "connect"), None)
        else:
            response = self._judged("response", exchange, plan, request[0])
            yield self._closed(exchange, self._outcome(response[0]), response)

    def _exchange(self, number: int) -> Exchange:
        pick, arrived = self._random, START_MS + number * self.step_ms
        parameters: dict[str, object] = {"max_tokens": pick.choice((256, 1024, 4096))}
        if pick.random() < 0.5:
            parameters["temperature"] = pick.choice((0.0, 0.2, 0.7, 1.0))
        if pick.random() < 0.1:
            parameters["user"] = "somebody"
        return Exchange(
            f"{number:012d}", "chat.completions", "openai_chat",
            Caller("k1", pick.choice(_TENANTS), "app", ("dev",)), pick.choice(_MODELS), "*",
            (Destination("openai", "openai_chat", {"region": "us"}),), pick.random() < 0.4, parameters,
            ("search", "calculator") if pick.random() < 0.2 else (), pick.randrange(200, 20_000), arrived,
        )  # fmt: skip

    def _judged(
        self, phase: Phase, exchange: Exchange, plan: Plan, request: Decision | None = None
    ) -> tuple[Decision, Sequence[Segment], Sequence[Finding], Sequence[Coverage]]:
        segments = tuple(self._segments(phase))
        findings = tuple(self._findings(segments))
        coverage = [
            Coverage(segment.id, detector, State.OK) for segment in segments for detector in plan.of(phase)
        ]
        if coverage and self._random.random() < 0.003:
            coverage[-1] = coverage[-1]._replace(state=State.TIMEOUT, reason="deadline")
        matter = Matter(
            phase, exchange, plan, segments, findings, coverage, request,
            now_ms=exchange.received_ms + (900 if request else 3),
        )  # fmt: skip
        decision = self._rules.judge(replace(matter, status=200, finish="stop") if request else matter)
        return decision, segments, findings, coverage

    def _segments(self, phase: Phase) -> Iterator[Segment]:
        turns = self._random.choice((1, 1, 3, 5, 9)) if phase == "request" else 1
        for turn in range(turns):
            role: Role = "assistant" if phase == "response" or turn % 2 else "user"
            text = "x" * self._random.randrange(20, 2000)
            yield Segment(f"s{turn}", role, "text", f"/messages/{turn}/content", text)

    def _findings(self, segments: Sequence[Segment]) -> Iterator[Finding]:
        number = 0
        for detector, category, label, share in _FINDINGS:
            if self._random.random() < share:
                place, score = self._random.choice(segments), round(self._random.betavariate(5, 2), 6)
                yield Finding(f"f{number}", detector, "1", category, label, score, place.id, 0, 12)
                number += 1

    def _outcome(self, decision: Decision) -> Outcome:
        usage = Usage(self._random.randrange(20, 4000), self._random.randrange(5, 900))
        if decision.answer.stops:
            return Outcome(403, "denied", decision.stopping_rule, "openai", 1, 300, usage)
        micros = {"detect": 2100, "policy": 300, "upstream": 900_000, "total": 910_000}
        return Outcome(200, "complete", "", "openai", 1, 2400, usage, "stop", micros)

    def _closed(
        self,
        exchange: Exchange,
        outcome: Outcome,
        judged: tuple[Decision, Sequence[Segment], Sequence[Finding], Sequence[Coverage]] | None,
    ) -> Record:
        decision, *rest = judged or (None, (), (), ())
        record = outcome_record(
            exchange, outcome, decision, *rest, seen=Seen(900, self.installed, 200, "stop")
        )
        return record | {"ts": exchange.received_ms + 950}
