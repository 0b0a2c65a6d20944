"""``python -m tests.bench.audit``: what recording and verifying cost.

Three measurements, with the processor time that they took, since other work on the machine stretches the
clock: sustained appends by several processes with durable group commit, the latency of an append when little
is going on, and the verification of a long log.
"""

import argparse
import asyncio
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import click

from gateway.audit.canonical import encode_trusted
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.log import AuditLog
from gateway.audit.stores.opening import FILES, open_source, open_store
from gateway.audit.tiles import Edge
from gateway.audit.verify import verify

ORIGIN = "example.org/bench"
FOLDER = Path("build/bench")
"""On the disk that the project is on: elsewhere a sync may cost nothing."""

DETECTORS = ["secrets", "pii", "toxicity", "bias", "injection"]
CALLER = {
    "tenant": "clinic",
    "key": "triage",
    "app": "triage",
    "roles": ["nurse"],
    "attributes": {"region": "eu"},
}
COMMIT = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def decision(exchange: str) -> dict[str, Any]:
    """A decision record of usual size: a system prompt, a question, one finding."""
    return {
        "type": "decision",
        "exchange": exchange,
        "endpoint": "chat.completions",
        "dialect": "openai_chat",
        "route": "gpt-*",
        "model": "gpt-4o-mini",
        "stream": True,
        "bytes": 1834,
        "received_ms": 1764124805123,
        "decision_ms": 3,
        "caller": CALLER,
        "destinations": ["openai"],
        "parameters": {"temperature": "0.2", "max_tokens": 512},
        "body_commit": COMMIT,
        "rewritten": True,
        "segments": [
            {"id": "s0", "role": "system", "kind": "text", "pointer": "/messages/0/content", "length": 612},
            {"id": "s1", "role": "user", "kind": "text", "pointer": "/messages/1/content", "length": 240},
        ],
        "findings": [
            {
                "id": "f0",
                "detector": "pii",
                "version": "3",
                "category": "personal_data",
                "label": "email",
                "score": 990,
                "segment": "s1",
                "start": 31,
                "end": 52,
            }
        ],
        "coverage": [{"state": "ok", "detectors": DETECTORS, "segments": ["*"]}],
        "decision": {
            "phase": "request",
            "answer": "transform",
            "mode": "enforce",
            "revision": "baseline@6b0c5d1",
            "verdicts": [
                {
                    "rule": "redact_personal_data",
                    "effect": "redact",
                    "reason": "personal data leaves the region",
                    "controls": ["gdpr-5-1-c"],
                    "findings": ["f0"],
                }
            ],
            "obligations": [{"effect": "redact", "rule": "redact_personal_data", "findings": ["f0"]}],
        },
    }


def outcome(exchange: str) -> dict[str, Any]:
    """The outcome of such an exchange."""
    return {
        "type": "outcome",
        "exchange": exchange,
        "endpoint": "chat.completions",
        "dialect": "openai_chat",
        "model": "gpt-4o-mini",
        "caller": CALLER,
        "outcome": {
            "status": 200,
            "ending": "complete",
            "attempts": 1,
            "bytes": 5120,
            "upstream": "openai",
            "finish": "stop",
            "input_tokens": 231,
            "output_tokens": 180,
            "micros": {"plan": 80, "detect": 1900, "decide": 140, "record": 900, "upstream": 820000},
        },
        "body_commit": COMMIT,
    }


class Cost(NamedTuple):
    """What a number of records took."""

    records: int
    wall_s: float
    cpu_s: float

    def __str__(self) -> str:
        each = self.cpu_s / self.records * 1e6
        return f"{self.records / self.wall_s:>9,.0f} records/s, {each:.1f} µs of processor time each"


def cpu() -> float:
    """Seconds of processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _append(location: str, folder: Path, seconds: float, at_once: int) -> Cost:
    signer = Signer.load_or_create(folder / "log.key", ORIGIN)
    log = AuditLog.open(
        folder / "log",
        origin=ORIGIN,
        signer=signer,
        node="n",
        store=open_store(location, Layout(folder / "log")),
    )
    done, before, start = 0, cpu(), time.perf_counter()

    async def work(caller: int) -> None:
        nonlocal done
        number = 0
        while time.perf_counter() < start + seconds:
            exchange = f"lx-{os.getpid():x}-{caller:x}-{number:x}"
            await log.append(decision(exchange))
            await log.append(outcome(exchange))
            number, done = number + 1, done + 2

    await asyncio.gather(*(work(caller) for caller in range(at_once)))
    await log.close()  # within the time: what is durable and not published yet would be a debt
    return Cost(done, time.perf_counter() - start, cpu() - before)


def _sustained(arguments: tuple[str, Path, float, int]) -> Cost:
    return asyncio.run(_append(*arguments))


def sustained(location: str, folder: Path, *, seconds: float, processes: int, at_once: int) -> Cost:
    """Several processes append to one log, each for *at_once* callers that wait for their records."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        costs = list(pool.map(_sustained, [(location, folder, seconds, at_once)] * processes))
    return Cost(
        sum(one.records for one in costs), max(one.wall_s for one in costs), sum(one.cpu_s for one in costs)
    )


async def quiet(location: str, folder: Path, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of single appends, some time apart; and of a bare write with fdatasync in between."""
    signer = Signer.load_or_create(folder / "log.key", ORIGIN)
    log = AuditLog.open(
        folder / "log",
        origin=ORIGIN,
        signer=signer,
        node="n",
        store=open_store(location, Layout(folder / "log")),
    )
    taken, bare = [], []
    file = os.open(folder / "bare", os.O_CREAT | os.O_RDWR)
    os.write(file, bytes(1 << 20))
    for number in range(count):
        record = decision(f"lx-{number}")
        start = time.perf_counter()
        await log.append(record)
        taken.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(0.01)
        start = time.perf_counter()
        os.pwrite(file, bytes(1000), 1000 * number)
        os.fdatasync(file)
        bare.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(0.01)
    os.close(file)
    await log.close()
    return taken, bare


def _entries(count: int) -> Iterator[bytes]:
    stamp: dict[str, Any] = {"v": 1, "node": "n", "boot": "b"}
    yield encode_trusted({**stamp, "seq": 0, "ts": 1, "type": "open"})
    for seq in range(1, count - 1):
        build = decision if seq % 2 else outcome
        yield encode_trusted({**build(f"lx-{(seq + 1) // 2:012x}"), **stamp, "seq": seq, "ts": 1 + seq})
    yield encode_trusted({**stamp, "seq": count - 1, "ts": count, "type": "close"})


def forge(path: Path, count: int) -> Signer:
    """A signed log of *count* entries, written without a write-ahead log."""
    signer, edge, entries = Signer.generate(ORIGIN), Edge(), _entries(count)
    while chunk := list(islice(entries, 65_536)):
        edge, files = edge.grow(chunk)
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    signed = signer.sign(Checkpoint(ORIGIN, edge.size, edge.root).text)
    for place in (path / "checkpoint", path.with_name(path.name + ".signed")):
        place.write_text(signed)
    return signer


def verified(path: Path, signer: Signer, processes: int) -> Cost:
    """The whole log, by a number of processes."""
    before, start = _cpu_with_children(), time.perf_counter()
    report = verify(path, signer.vkey, processes=processes)
    assert report.ok, report
    assert not report.warnings, report
    return Cost(report.size, time.perf_counter() - start, _cpu_with_children() - before)


def _cpu_with_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return cpu() + used.ru_utime + used.ru_stime


def size_of(location: str, folder: Path) -> tuple[float, float]:
    """Bytes a record: of entries, and of the hash tiles beside them."""
    source = open_source(folder / "log" if location == FILES else location)
    sizes = {path: len(source.fetch(path) or b"") for path in source.tiles() if ".p/" not in path}
    entries = sum(size for path, size in sizes.items() if "entries" in path)
    count = sum(path.startswith("tile/entries") for path in sizes) * 256
    return entries / count, (sum(sizes.values()) - entries) / count


def main() -> None:
    """Run what is asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.audit", description=__doc__)
    parser.add_argument("--store", default=FILES, help="files, postgres://… or s3://…")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--callers", type=int, default=256, help="callers of each process")
    parser.add_argument("--entries", type=int, default=1_000_000, help="length of the log to verify; 0: none")
    asked = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    click.echo(
        f"{len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}, "
        f"store {asked.store.partition(':')[0]}"
    )
    with tempfile.TemporaryDirectory(dir=FOLDER) as name:
        folder = Path(name)
        costs = [
            sustained(
                asked.store, folder, seconds=asked.seconds, processes=asked.processes, at_once=asked.callers
            )
            for _ in range(asked.runs)
        ]
        best = sorted(costs, key=lambda one: one.records / one.wall_s)
        click.echo(f"sustained  {best[len(best) // 2]} (median of {asked.runs}; best {best[-1]})")
        click.echo("size       {:.0f} bytes an entry, {:.1f} of tiles".format(*size_of(asked.store, folder)))
        for name_, taken in zip(
            ("append", "fdatasync"), asyncio.run(quiet(asked.store, folder, 300)), strict=True
        ):
            click.echo(
                f"quiet      p50 {statistics.median(taken):.2f} ms, p95 {sorted(taken)[285]:.2f}: one {name_}"
            )
    if asked.entries:
        with tempfile.TemporaryDirectory(dir=FOLDER) as name:
            signer = forge(Path(name) / "log", asked.entries)
            for processes in (1, asked.processes):
                cost = verified(Path(name) / "log", signer, processes)
                click.echo(f"verify     {cost} ({cost.wall_s:.1f} s, {processes} processes)")


if __name__ == "__main__":
    main()
