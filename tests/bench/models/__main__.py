"""The command: ``python -m tests.bench.models``. Prints Markdown."""

import argparse
import os
from collections.abc import Sequence

from tests.bench.models import measures
from tests.bench.models.measures import Row
from tests.bench.models.subject import Texts, resident_mib, subject


def main() -> None:
    """Measure, and print one table after the other as it is ready."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.models", description="What the classifiers cost."
    )
    parser.add_argument("--manifest", default="shipped")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one slice")
    options = parser.parse_args()
    before = resident_mib()
    with subject(options.manifest, options.threads) as model:
        loaded = resident_mib()
        texts, seconds = Texts(), options.seconds
        _say(
            f"{model.status.model.id} on {model.status.device} ({model.status.reason}), "
            f"{options.threads} thread(s), {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        )
        measures.latency(model, texts, 0.2)
        _table(
            "Throughput and waiting",
            ("tokens", "callers", "tokens/s", "p50 ms", "p95 ms"),
            measures.latency(model, texts, seconds),
        )
        _table(
            "Over the bare session",
            (
                "tokens",
                "session ms",
                "whole way ms",
                "added",
                "session CPU ms",
                "whole way CPU ms",
                "added CPU",
            ),
            measures.overhead(model, texts, seconds),
        )
        serving = resident_mib()
        heads, *rows = measures.batches(model, texts, seconds / 4)
        _table("Batches, microseconds a token", heads, rows)
        _table("Seen before", ("tokens", "microseconds"), measures.cache(model, texts))
        _table(
            "A conversation",
            ("turn", "tokens sent so far", "tokens classified"),
            measures.conversation(model, texts),
        )
        _table("Encoders, 128 tokens", ("", "ms"), measures.encoders(model, texts, seconds, options.threads))
        _say(
            f"\nmemory: {loaded - before:.0f} MiB to load, {serving - before:.0f} MiB after serving "
            "all of the above but the batches"
        )
    if model.status.device == "cpu":
        _say("On a GPU: unmeasured here; run the same command with LICTOR_DEVICE=cuda.")


def _table(title: str, heads: Row, rows: Sequence[Row]) -> None:
    lines = [heads, ["---:"] * len(heads), *rows]
    _say(f"\n## {title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a report


if __name__ == "__main__":
    main()
