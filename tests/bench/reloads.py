"""What a reload costs those who are being served: decisions with and without reloads, in turn.

    python -m tests.bench.reloads --rounds 5 --seconds 6

One gateway with a store and the baseline bundle; a second bundle is the same with one more rule. In a window
*with* reloads the two are promoted over one another at every interval. Times are the gateway's own, from the
records: the stage ``policy`` of an exchange, and the whole of it.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import httpx

from gateway.policy.budgets import Budgets
from gateway.policy.rollout import By, promote, shadow, submit
from gateway.policy.shipped import baseline
from gateway.policy.store import Store
from gateway.server.releasing import Deed, needed, take
from gateway.testing.process import free_port, gateway_process
from gateway.testing.upstream import ScriptedUpstream, echo
from tests.e2e.harness import Wiring, every_record, upstream_at

RULE = """package lictor.request

import rego.v1

flag contains {"rule": "bench.more", "reason": "One more rule."} if input.exchange.model == "gpt-none"
"""
BY = By("bench")
Window = tuple[float, float, bool]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two reloads")
    parser.add_argument("--callers", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _report(*_measured(Path(folder), asked))


def _measured(folder: Path, asked: argparse.Namespace) -> tuple[list[Window], list[dict[str, object]]]:
    second = folder / "second"
    shutil.copytree(baseline(), second)
    (second / "bench.rego").write_text(RULE)
    store, port = Store(folder / "store"), free_port()
    with ScriptedUpstream(echo).run_in_thread() as upstream:
        wiring = Wiring(
            policy={"store": str(store.root), "reload_s": 0.2},
            server={"access_log": False},
            upstreams=[upstream_at(upstream.url)],
            routes=[("gpt-*", "openai")],
        )
        config = folder / "lictor.toml"
        config.write_text(wiring.toml(folder / "audit", port))
        with gateway_process(config, port, environment=dict(os.environ)) as gateway:
            revisions = [store.revisions()[0], store.add(second)]
            with _asking(gateway.url, asked.callers):
                time.sleep(2)
                windows = [
                    _window(store, revisions, asked, reloads=reloads)
                    for _ in range(asked.rounds)
                    for reloads in (False, True)
                ]
    return windows, every_record(folder / "audit")


def _window(store: Store, revisions: Sequence[str], asked: argparse.Namespace, *, reloads: bool) -> Window:
    begun = time.time()
    while time.time() - begun < asked.seconds:
        if reloads:
            _promote_the_other(store, revisions)
        time.sleep(min(asked.every, asked.seconds))
    return begun, time.time(), reloads


def _promote_the_other(store: Store, revisions: Sequence[str]) -> None:
    now = needed(store.rollout())
    other = revisions[0] if now.enforced == revisions[1] else revisions[1]
    now = submit(now, other, BY)
    now = promote(shadow(now, other, 0.001, Budgets(), BY), other, 1, BY)
    take(store, None, Deed("promote", BY), lambda _: now)


@contextmanager
def _asking(url: str, callers: int) -> Iterator[None]:
    over = threading.Event()

    def ask(number: int) -> None:
        with httpx.Client(timeout=60) as client:
            count = 0
            while not over.is_set():
                count += 1
                text = f"Caller {number} asks question {count} about the weather."
                body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
                client.post(f"{url}/v1/chat/completions", json=body)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _report(windows: Sequence[Window], records: Sequence[dict[str, object]]) -> None:
    outcomes = [record for record in records if record["type"] == "outcome"]
    reloads = sum(record["type"] == "bundle" for record in records) - 1
    click.echo(f"{len(outcomes)} exchanges, {reloads} reloads")
    click.echo("| stage | reloads | exchanges | p50 ms | p99 ms | worst ms |")
    click.echo("|---|---|---:|---:|---:|---:|")
    for stage in ("policy", "total"):
        for wanted in (False, True):
            times = sorted(_times(outcomes, [each for each in windows if each[2] is wanted], stage))
            p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
            told = "with" if wanted else "without"
            click.echo(f"| {stage} | {told} | {len(times)} | {p50:.2f} | {p99:.2f} | {times[-1]:.1f} |")


def _times(outcomes: Sequence[dict[str, object]], windows: Sequence[Window], stage: str) -> Iterator[float]:
    """Milliseconds of the exchanges that ended in one of the windows."""
    for record in outcomes:
        ended, outcome = record["ts"], record["outcome"]
        assert isinstance(ended, int)
        assert isinstance(outcome, dict)
        if any(begun <= ended / 1000 < over for begun, over, _ in windows):
            yield outcome["micros"].get(stage, 0) / 1000


if __name__ == "__main__":
    main()
