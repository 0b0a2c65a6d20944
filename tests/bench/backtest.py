"""How long a backtest takes: ``python -m tests.bench.backtest``.

Writes a log of made-up traffic under the baseline (or takes one that an earlier run left), lowers one
threshold of the baseline, and backtests the one against the other, reading the log included.
"""

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gateway.audit.reader import opened
from gateway.policy.backtest.run import Order, run
from gateway.policy.backtest.sweep import points
from gateway.policy.shipped import baseline
from gateway.testing.logs import write_log
from gateway.testing.traffic import Traffic

T = TypeVar("T")


def main() -> None:
    """Measure, and print one line a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=50_000, help="two decisions each")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--log", type=Path, help="folder to keep the log in, or to take it from")
    parser.add_argument("--sweep", action="store_true", help="ten values of a threshold besides")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = asked.log or Path(folder) / "log"
        if not (root / "checkpoint").exists():
            root.mkdir(parents=True, exist_ok=True)
            sys.stdout.write(f"writing {asked.exchanges:,} exchanges\n")
            write_log(root, Traffic(baseline()).records(asked.exchanges))
        new = _stricter(Path(folder) / "new")
        sweeps = points(["settings.injection.deny=0.5:0.95:0.05"]) if asked.sweep else ()
        for workers in asked.workers:
            _measure(Order(opened(root), new, (baseline(),), points=sweeps), workers)


def _stricter(folder: Path) -> Path:
    shutil.copytree(baseline(), folder)
    data = folder / "data.json"
    data.write_text(data.read_text().replace('"deny": 0.9', '"deny": 0.8'))
    return folder


def _measure(order: Order, workers: int) -> None:
    sums, wall, processor = _timed(lambda: run(order, workers))
    decisions = sums.request.total + sums.response.total
    each, load = processor / decisions * 1e6, os.getloadavg()[0]
    sys.stdout.write(
        f"workers {workers}: {decisions:,} decisions of {sums.exchanges.whole.total:,} exchanges;"
        f" wall {wall:.1f} s, processor {processor:.1f} s ({each:.0f} us a decision);"
        f" load {load:.1f} on {os.cpu_count()} cores\n"
    )
    sys.stdout.flush()


def _timed(call: Callable[[], T]) -> tuple[T, float, float]:
    wall, processor = time.perf_counter(), _processor()
    result = call()
    return result, time.perf_counter() - wall, _processor() - processor


def _processor() -> float:
    """Seconds of processor time of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
