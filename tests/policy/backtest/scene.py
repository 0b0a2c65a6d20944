"""A past in memory: real decisions of a small bundle, as the records of a log."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from gateway.audit.canonical import encode
from gateway.audit.record import Seen, decision_record, outcome_record
from gateway.core.decision import Decision, Phase
from gateway.core.exchange import Caller, Exchange, Outcome, Usage
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.policy.authority import Snapshot
from gateway.policy.backtest.run import Order, work
from gateway.policy.backtest.sums import Sums
from gateway.policy.bundle import load
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.matter import Matter

Record = dict[str, Any]
INSTALLED = ("patterns", "classifiers")

PLAN = """package lictor.plan

detectors contains id if some id in data.settings.detectors

response_detectors contains "patterns"
"""
INJECTION = """package lictor.request

deny contains {"rule": "injection.attempt", "reason": "No.", "findings": found} if {
\tfound := [f.id | some f in input.findings; f.category == "injection"; f.score >= data.settings.deny]
\tcount(found) > 0
}
"""
USER = """package lictor.request

flag contains {"rule": "user.named", "reason": "Hm."} if input.exchange.parameters.user == "Ann"
"""
PII = """package lictor.request

redact contains {"rule": "pii.hidden", "reason": "Hide.", "findings": found, "with": data.settings.mask} if {
\tfound := [f.id | some f in input.findings; f.category == "pii"]
\tcount(found) > 0
}
"""
ANSWER = """package lictor.response

deny contains {"rule": "answer.pii", "reason": "No."} if {
\tsome f in input.findings
\tf.category == "pii"
\tf.score >= data.settings.answer
}
"""
FILES = {
    "plan.rego": PLAN,
    "injection.rego": INJECTION,
    "user.rego": USER,
    "pii.rego": PII,
    "answer.rego": ANSWER,
}
SETTINGS = {"detectors": list(INSTALLED), "deny": 0.9, "mask": "mask", "answer": 0.9}


@dataclass(slots=True)
class Entries:
    """A log in memory."""

    records: list[Record] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.records)

    def entries(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        for index in range(start, min(stop, self.size)):
            record = {"v": 1, "node": "n", "boot": "b", "seq": index, "ts": 60_000 * index}
            yield index, encode(record | self.records[index])


Found = Sequence[tuple[str, str, float]]
"""Detector, category and score of each finding."""


class Past:
    """Writes down what a bundle decides."""

    def __init__(self, bundle: Path) -> None:
        self.log = Entries()
        self._rules = Snapshot(EmbeddedEngine(load(bundle), INSTALLED), installed=INSTALLED)
        self._number = 0

    def exchange(
        self,
        request: Found = (),
        response: Found | None = (),
        *,
        late: bool = False,
        **fields: object,
    ) -> str:
        """One exchange; ``response`` None where the upstream failed, ``late`` for a check without an end."""
        self._number += 1
        name = f"x{self._number:03d}"
        exchange = Exchange(name, "chat.completions", "openai_chat", Caller(), "gpt-4.1", "*")
        exchange = replace(exchange, **cast("Any", fields))
        judged = self._judged("request", exchange, request, late=late)
        self.log.records.append(
            decision_record(exchange, *judged, seen=Seen(1, INSTALLED), body_commit="", rewritten=False)
        )
        self.log.records.append(self._closed(exchange, judged[0], response))
        return name

    def _closed(self, exchange: Exchange, decision: Decision, response: Found | None) -> Record:
        if decision.answer.stops or response is None:
            ending = Outcome(403, "denied") if decision.answer.stops else Outcome(502, "upstream_error")
            return outcome_record(exchange, ending, None, (), (), ())
        ending, seen = Outcome(200, "complete", usage=Usage(100, 10)), Seen(2, (), 200, "stop")
        judged = self._judged("response", exchange, response, before=decision)
        return outcome_record(exchange, ending, *judged, seen=seen)

    def _judged(
        self,
        phase: Phase,
        exchange: Exchange,
        found: Found,
        *,
        late: bool = False,
        before: Decision | None = None,
    ) -> tuple[Decision, Sequence[Segment], Sequence[Finding], Sequence[Coverage]]:
        plan = self._rules.plan(exchange)
        segments = [Segment("s0", "user", "text", "/messages/0/content", "x" * 40)]
        findings = [
            Finding(f"f{n}", detector, "1", category, "any", score, "s0", 0, 4)
            for n, (detector, category, score) in enumerate(found)
        ]
        coverage = [
            Coverage("s0", name, State.TIMEOUT if late else State.OK, "deadline" if late else "")
            for name in plan.of(phase)
        ]
        matter = Matter(
            phase, exchange, plan, segments, findings, coverage, before, 200, "stop",
            exchange.received_ms + (2 if before else 1),
        )  # fmt: skip
        decision = self._rules.judge(matter)
        return decision, segments, findings, coverage


class Bundles:
    """Makes bundles: the small one with other files or settings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0

    def __call__(self, files: Mapping[str, str | None] | None = None, **settings: object) -> Path:
        """The folder of a new bundle; a file that is None is left out."""
        self._made += 1
        root = self._folder / f"bundle{self._made}"
        root.mkdir()
        for name, source in {**FILES, **(files or {})}.items():
            if source is not None:
                (root / name).write_text(source)
        (root / "data.json").write_text(json.dumps({"settings": SETTINGS | settings}))
        return root


def replayed(past: Past, new: Path, *old: Path) -> Sums:
    """Backtest a past that lies in memory."""
    return work(Order(past.log, new, old, stop=past.log.size))
