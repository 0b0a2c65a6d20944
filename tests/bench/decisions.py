"""What one decision costs: ``python -m tests.bench.decisions [PACK …]``.

Facts vary as those of a mixed day do: twenty keys, several upstreams and sets of tools, sizes that seldom
repeat, and findings, in a third of the requests or in all of them. Time is that of the thread, so that
neighbours on the machine count less; caches that they empty still count.
"""

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gateway.core.decision import Phase
from gateway.policy.bundle import load
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.shipped import assemble, packs

_WARM, _COUNT = 300, 3000
_LABELS = ("email", "phone", "card", "us_ssn", "medical_record", "iban", "ip_address", "date_of_birth")
_JUDGED = (("toxicity", "insult"), ("toxicity", "toxicity"), ("injection", "injection"), ("bias", "bias"))
_HOUSE = {"trust": "internal", "region": "DE", "provider": "house", "baa": "signed"}
_ABROAD = {"trust": "external", "region": "US", "adequacy": "dpf", "provider": "other", "baa": "signed"}
_TOOLS: tuple[list[str], ...] = (
    [],
    [],
    [],
    ["get_weather"],
    ["search", "fetch_page"],
    ["read_file", "shell"],
    ["get_invoice", "pay_invoice"],
)
_PARAMETERS: tuple[dict[str, object], ...] = (
    {},
    {"temperature": 0.2},
    {"max_tokens": 1024},
    {"temperature": 1.0, "max_tokens": 4096},
)


def _facts(share: float) -> Iterator[dict[str, Any]]:
    """Facts without end. ``share`` is how many of them have findings."""
    rng = random.Random(7)
    upstreams = [{"name": name, "dialect": "openai_chat", "labels": labels}
                 for name, labels in (("a", _ABROAD), ("b", _HOUSE))]  # fmt: skip
    callers = [_caller(rng, place) for place in range(20)]
    for number in range(10**9):
        segments = min(30, 1 + int(rng.expovariate(0.3)))
        count = rng.choice([1, 1, 1, 2, 3]) if rng.random() < share else 0
        yield {
            "v": 1,
            "exchange": {
                "id": f"{number:026d}",
                "endpoint": "chat.completions",
                "dialect": "openai_chat",
                "model": rng.choice(["gpt-4.1", "gpt-4.1-mini", "o3", "claude-sonnet-5"]),
                "route": "/v1",
                "destinations": rng.choice([upstreams[:1], upstreams[1:], upstreams]),
                "stream": rng.random() < 0.5,
                "parameters": rng.choice(_PARAMETERS),
                "tools": rng.choice(_TOOLS),
                "body_bytes": rng.randint(200, 60_000),
            },
            "caller": rng.choice(callers),
            "usage": {},
            "size": {
                "body_kib": 1 + int(rng.expovariate(0.2)),
                "segments": segments,
                "kilocharacters": 1 + int(rng.expovariate(0.3)),
            },
            "segments": [
                {"id": f"s{place}", "role": "user", "kind": "text", "length": rng.randint(10, 4000)}
                for place in range(segments)
            ],
            "findings": [_finding(rng, place, segments) for place in range(count)],
            "coverage": [
                {"segment": "*", "detector": detector, "state": "ok", "reason": ""}
                for detector in ("patterns", "secrets", "classifiers")
            ],
            "time": {"unix_ms": 1_767_225_600_000 + number * 137},
            "request": {"answer": "allow", "rules": []},
            "response": {"status": 200, "finish": "stop"},
        }


def _caller(rng: random.Random, place: int) -> dict[str, Any]:
    return {
        "key": f"k{place}",
        "tenant": f"t{place % 7}",
        "app": f"app{place % 5}",
        "roles": rng.sample(["clinician", "billing", "operator", "finance"], rng.randint(0, 2)),
        "attributes": {"age": str(rng.randint(8, 60)), "ai_act_risk": "limited", "purpose": "support"},
    }


def _finding(rng: random.Random, place: int, segments: int) -> dict[str, Any]:
    """Half of them by shape, whose scores are few; half by a classifier, whose scores never repeat."""
    segment = {"id": f"f{place}", "version": "3", "segment": f"s{rng.randrange(segments)}"}
    start = rng.randrange(2000)
    span = {"start": start, "end": start + rng.randint(8, 20)}
    if rng.random() < 0.5:
        score = rng.choice([0.7, 0.85, 0.9, 1.0])
        found = {"detector": "patterns", "category": "pii", "label": rng.choice(_LABELS), "role": "user"}
        return {**segment, **span, **found, "score": score}
    category, label = rng.choice(_JUDGED)
    role = rng.choice(["user", "user", "user", "tool", "system"])
    return {**segment, **span, "detector": "classifiers", "category": category, "label": label, "role": role,
            "score": round(rng.random(), 6)}  # fmt: skip


def _micros(engine: EmbeddedEngine, phase: Phase, share: float) -> list[float]:
    """How long each decision took, shortest first."""
    taken = []
    facts = _facts(share)
    for number in range(_WARM + _COUNT):
        asked = next(facts)
        started = time.thread_time_ns()
        engine.evaluate(phase, asked)
        if number >= _WARM:
            taken.append((time.thread_time_ns() - started) / 1000)
    return sorted(taken)


def _line(names: tuple[str, ...], phase: Phase, share: float) -> str:
    with TemporaryDirectory() as folder:
        assemble(Path(folder), names)
        taken = _micros(EmbeddedEngine(load(folder), ("patterns",)), phase, share)
    p50, p90, p99 = (taken[int(len(taken) * part)] for part in (0.5, 0.9, 0.99))
    what = "+".join(("baseline", *names))
    return f"{phase:8} findings in {share:4.0%}  p50 {p50:5.0f}  p90 {p90:5.0f}  p99 {p99:5.0f} µs  {what}"


def main(chosen: tuple[str, ...]) -> None:
    """Print a line for each phase and share of findings: the baseline, it with two packs, and all."""
    phases: tuple[Phase, ...] = ("request", "response")
    for phase in phases:
        for share in (0.33, 1.0):
            for names in [chosen] if chosen else [(), ("hipaa", "owasp-llm"), tuple(packs())]:
                sys.stdout.write(_line(names, phase, share) + "\n")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
