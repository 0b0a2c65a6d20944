"""What guards and rails cost a text: ``python -m tests.detect.measure_rails [TEXTS]``."""

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence

from gateway.core.decision import Phase
from gateway.core.segment import Role, Segment
from gateway.detect.detector import Attentive, Occasion
from gateway.detect.guardrails.guard import load_guards
from gateway.detect.nemo.detector import load_rails
from gateway.detect.nemo.loop import RailsLoop
from gateway.policy.shipped import shipped

TEXT = "Please tell me in two sentences what a falcon eats, and where in Europe I could see one. " * 2


async def spent(detector: Attentive, role: Role, phase: Phase, texts: int) -> list[float]:
    """Milliseconds of each call with one text."""
    times = []
    for _ in range(texts):
        began = time.perf_counter()
        segment = Segment("s0", role, "text", "/text", TEXT)
        (report,) = await detector.detect_segments([segment], Occasion(phase))
        times.append((time.perf_counter() - began) * 1000)
        if report.incomplete:
            raise SystemExit(f"{detector}: {report.incomplete}")
    return times


def say(name: str, times: Sequence[float]) -> None:
    ordered = sorted(times)
    high = ordered[int(len(ordered) * 0.95)]
    print(f"{name:28} p50 {statistics.median(ordered):6.1f} ms   p95 {high:6.1f} ms")  # noqa: T201


async def measure(loop: RailsLoop, texts: int) -> None:
    for guard in load_guards(shipped() / "guardrails"):
        say(guard.id, await spent(guard, "assistant", "response", texts))
    jailbreak = load_rails(shipped() / "nemo" / "jailbreak", loop)
    say("rails.jailbreak, input", await spent(jailbreak, "user", "request", texts))
    say("rails.jailbreak, retrieval", await spent(jailbreak, "tool", "request", texts))
    leaks = load_rails(shipped() / "nemo" / "leaks", loop)
    say("rails.leaks, output", await spent(leaks, "assistant", "response", texts))


if __name__ == "__main__":
    rails_loop = RailsLoop()
    asyncio.run(measure(rails_loop, int(sys.argv[1]) if len(sys.argv) > 1 else 200))
    rails_loop.close()
