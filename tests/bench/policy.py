"""Measure what a decision costs: ``python -m tests.bench.policy``.

The embedded engine with the baseline, and with two packs over it where there are any, and beside it in the
same run an OPA server on this machine with the same bundle. Two loads: *plain*, where sizes, callers and
models differ, parameters are some of a few, and one call in eight has findings; and *new*, where every call
has findings and parameters that nobody has seen before, so that no memo helps. Rounds take turns; figures
are over all of them. Processor time is that of the asking thread: what other processes do to the clock is
not in it, nor is what OPA needs.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from gateway.core.decision import Decision
from gateway.core.exchange import Caller, Destination, Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Role, Segment
from gateway.policy import bundle
from gateway.policy.authority import Snapshot
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.matter import Matter
from gateway.policy.opa.breaker import Breaker
from gateway.policy.opa.breaker import State as BreakerState
from gateway.policy.opa.engine import OpaEngine
from gateway.policy.opa.snapshot import OpaSnapshot
from gateway.policy.opa.transport import Address, Transport
from gateway.policy.plan import Plan
from gateway.policy.shipped import assemble, packs
from tests.policy.opa_server import bundled, opa_binary, opa_server

DETECTORS = ("classifiers", "patterns", "secrets")
ROLES: tuple[Role, Role] = ("user", "assistant")
LOADS = ("plain", "new")
PLAN = Plan(DETECTORS, DETECTORS)
LABELS = (
    ("pii", "email"),
    ("pii", "phone"),
    ("toxicity", "insult"),
    ("injection", "jailbreak"),
    ("bias", "race"),
)

Question = tuple[Exchange, list[Segment], list[Finding], list[Coverage]]
Snapshots = Snapshot | OpaSnapshot


@dataclass
class Subject:
    """Somebody who decides."""

    name: str
    snapshot: Snapshots
    took: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: {load: [] for load in LOADS})
    """Microseconds of each decision, by the clock and of this thread's processor time."""


class _Deaf:
    def asked(self, package: str, seconds: float, why: str) -> None:
        """Nobody listens."""

    def changed(self, state: BreakerState) -> None:
        """Nobody listens."""


def question(rng: random.Random, number: int, load: str) -> Question:
    """A call as it may come: some turns, a few findings, tools now and then."""
    new = load == "new"
    turns = rng.randint(1, 12)
    segments = [
        Segment(f"s{i}", ROLES[i % 2], "text", f"/messages/{i}/content", "x" * rng.randint(10, 4000))
        for i in range(turns)
    ]
    findings = [
        Finding(
            f"f{i}", "classifiers", "2", *rng.choice(LABELS), rng.random(), f"s{rng.randrange(turns)}", 0, 9
        )
        for i in range(rng.randint(1, 4) if new or rng.random() < 0.125 else 0)
    ]
    coverage = [Coverage(segment.id, name, State.OK) for name in DETECTORS for segment in segments]
    exchange = Exchange(
        id=f"lx-{number:08x}",
        endpoint="chat.completions",
        dialect="openai_chat",
        caller=Caller(f"key{number % 20}", f"tenant{number % 5}", "app"),
        model=rng.choice(["gpt-4o", "gpt-4.1-mini", "o3", "claude-sonnet-4"]),
        route="gpt-*",
        destinations=(Destination("openai", "openai", {"trust": "external", "region": "eu"}),),
        parameters={"temperature": rng.random() if new else rng.choice([0.0, 0.2, 0.7, 1.0])},
        tools=("search", "calendar")[: rng.randint(0, 2)],
        body_bytes=sum(len(segment.text) for segment in segments) + 200,
        received_ms=number,
    )
    return exchange, segments, findings, coverage


def measure(subjects: Sequence[Subject], *, rounds: int, decisions: int, tell: Callable[[str], None]) -> None:
    """Ask everybody the same, in turns."""
    for round_, load in product(range(rounds + 1), LOADS):  # the first round warms up
        tell(f"round {round_} of {rounds}, {load}")
        rng = random.Random(round_)
        asked = [question(rng, round_ * decisions + number, load) for number in range(decisions)]
        for subject in subjects:
            took = [_one(subject.snapshot, *each) for each in asked]
            if round_:
                subject.took[load] += took


def _one(
    snapshot: Snapshots,
    exchange: Exchange,
    segments: list[Segment],
    findings: list[Finding],
    coverage: list[Coverage],
) -> tuple[float, float]:
    began, used = time.perf_counter_ns(), time.thread_time_ns()
    decision: Decision = snapshot.judge(Matter("request", exchange, PLAN, segments, findings, coverage))
    cpu, clock = time.thread_time_ns() - used, time.perf_counter_ns() - began
    if decision.verdicts and decision.verdicts[0].rule == "policy.fault":
        raise RuntimeError(decision.reason)
    return clock / 1000, cpu / 1000


@contextmanager
def subjects(folder: Path) -> Iterator[list[Subject]]:
    """Everybody who is there to be measured."""
    two = [*packs()][:2]
    chosen: list[tuple[str, list[str]]] = [("baseline", [])]
    if two:
        chosen.append(("baseline, " + ", ".join(two), two))
    with ExitStack() as stack:
        found = []
        for number, (name, names) in enumerate(chosen):
            root = folder / str(number)
            root.mkdir()
            assemble(root, names)
            found.append(
                Subject(
                    f"embedded, {name}",
                    Snapshot(EmbeddedEngine(bundle.load(root), DETECTORS), installed=DETECTORS),
                )
            )
            if opa_binary():
                found.append(Subject(f"OPA server, {name}", stack.enter_context(_opa(root, folder, number))))
        yield found


@contextmanager
def _opa(root: Path, folder: Path, number: int) -> Iterator[OpaSnapshot]:
    archive = bundled(root, f"r{number}", folder / f"bundle{number}.tar.gz")
    with opa_server(folder / "opa.log", "--bundle", str(archive)) as server:
        breaker = Breaker(failures=9, cooldown_s=1, clock=time.monotonic)
        engine = OpaEngine(Transport(Address(server.url, timeout_s=10)), breaker, listener=_Deaf())
        yield OpaSnapshot(engine, installed=DETECTORS)
        engine.close()


def table(found: Sequence[Subject]) -> str:
    """The figures, as Markdown."""
    lines = [
        "| load | who decides | µs, p50 / p95 / p99 | processor µs, p50 / p95 / p99 | decisions |",
        "|---|---|---:|---:|---:|",
    ]
    for load, subject in product(LOADS, found):
        took = subject.took[load]
        clock, cpu = (_shares(column) for column in zip(*took, strict=True))
        lines.append(f"| {load} | {subject.name} | {clock} | {cpu} | {len(took):,} |")
    return "\n".join(lines)


def _shares(took: Sequence[float]) -> str:
    ordered = sorted(took)
    return " / ".join(f"{ordered[int(len(ordered) * share)]:,.0f}" for share in (0.5, 0.95, 0.99))


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.policy", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--decisions", type=int, default=400, help="in one round, by each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, subjects(Path(folder)) as found:
        measure(found, rounds=options.rounds, decisions=options.decisions, tell=_tell)
        sys.stdout.write(table(found) + "\n")


if __name__ == "__main__":
    main()
