"""kill -9 under load: what was acknowledged is in the log, exactly once, and it verifies."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.reader import records
from gateway.audit.verify import verify

WRITER = Path(__file__).with_name("writer.py")
Place = tuple[str, int]


@contextmanager
def writers(folder: Path, how_many: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Running writers; each has acknowledged something. They are dead afterwards."""
    command = [sys.executable, str(WRITER), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(WRITER.parents[2])}
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for number in range(how_many):
            with (folder / f"acknowledged.{time.time_ns()}.{number}").open("w") as output:
                processes.append(subprocess.Popen(command, stdout=output, env=environment))
        wait_for(lambda: len(acknowledged(folder)) > 0)
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it does not happen")


def acknowledged(folder: Path) -> set[Place]:
    """Receipts that reached the other side whole."""
    lines = [
        line.split()
        for file in folder.glob("acknowledged.*")
        for line in file.read_text().splitlines(keepends=True)
        if line.endswith("\n")
    ]
    return {(boot, int(seq)) for boot, seq, _ in lines}


def reopen(folder: Path) -> Signer:
    signer = Signer.load_or_create(folder / "log.key", "example.org/kill")
    AuditLog.open(folder / "log", origin=signer.name, signer=signer, node="n").close_sync()
    return signer


def check(folder: Path) -> None:
    promised = acknowledged(folder)
    signer = reopen(folder)
    places = Counter((record["boot"], record["seq"]) for _, record in records(folder / "log"))
    assert promised
    assert not promised - places.keys()
    assert set(places.values()) == {1}
    report = verify(folder / "log", signer.vkey)
    assert (report.problems, report.pending) == ([], 0)


def test_killed_writers_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    for _ in range(4):
        with writers(tmp_path, 1):
            time.sleep(chance.uniform(0.02, 0.3))
        check(tmp_path)


def test_another_process_takes_over(tmp_path: Path) -> None:
    """Two writers; the publishing one is killed; the other publishes what both had acknowledged."""
    with writers(tmp_path, 1) as (first,):
        checkpoint = tmp_path / "log" / "checkpoint"
        wait_for(checkpoint.exists)
        with writers(tmp_path, 1):
            wait_for(lambda: len({boot for boot, _ in acknowledged(tmp_path)}) == 2)
            first.kill()
            first.wait()
            before = checkpoint.read_text()
            promised = {boot for boot, _ in acknowledged(tmp_path)}
            wait_for(lambda: checkpoint.read_text() != before)
            wait_for(lambda: promised <= {record["boot"] for _, record in records(tmp_path / "log")})
    check(tmp_path)
