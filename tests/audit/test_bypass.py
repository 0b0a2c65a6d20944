"""Bypasses and heartbeats: what a log says of what is not in it."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.bypass import Bypasses
from gateway.audit.canonical import canonical
from gateway.audit.files import Files
from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.reader import records
from gateway.audit.trail import Trail
from gateway.audit.verify import verify
from gateway.core.errors import RecordFault

Open = Callable[..., AuditLog]


class FullDisk(Files):
    """Syncs fail while it is full."""

    full = False

    def sync_data(self, descriptor: int) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().sync_data(descriptor)


@given(st.lists(st.tuples(st.sampled_from(["decision", "outcome"]), st.booleans(), st.integers(1, 99))))
def test_nothing_is_counted_twice_or_forgotten(steps: list[tuple[str, bool, int]]) -> None:
    """Whatever is taken and restored in between."""
    bypasses = Bypasses()
    for kind, retake, at in steps:
        bypasses.note([{"type": kind}], "full", at)
        if retake:
            record = bypasses.take()
            assert record
            bypasses.restore(record)
    record = bypasses.take()
    times = [at for _, _, at in steps]
    if record is None:
        assert not steps
    else:
        assert (record["records"], sum(record["types"].values())) == (len(steps), len(steps))
        assert (record["first_ms"], record["last_ms"]) == (min(times), max(times))
    assert not bypasses
    assert bypasses.total == len(steps)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it does not happen")


async def lose(log: AuditLog, *kinds: str) -> None:
    for kind in kinds:
        with pytest.raises(RecordFault) as lost:
            await log.append({"type": kind, "exchange": "x"})
        log.bypass([{"type": kind, "exchange": "x"}], str(lost.value))


async def test_as_soon_as_the_log_works_it_tells_of_the_bypass(
    opened: Open, tmp_path: Path, signer: Signer
) -> None:
    files = FullDisk()
    log = opened(files=files)
    await log.append({"type": "bundle"})
    files.full = True
    await lose(log, "decision", "outcome", "decision")
    files.full = False
    await log.append({"type": "bundle"})
    await log.close()
    kept = [record for _, record in records(tmp_path / "log")]
    assert [record["type"] for record in kept] == ["open", "bundle", "open", "bypass", "bundle", "close"]
    assert (kept[3]["records"], kept[3]["types"]) == (3, {"decision": 2, "outcome": 1})
    assert "No space left" in kept[3]["cause"]
    assert log.bypassed == 3
    report = verify(tmp_path / "log", signer.vkey)
    assert (report.exit_code, len(report.bypasses), report.bypasses[0].index) == (0, 1, 3)
    assert "3 records (2 decision, 1 outcome) were not made between 2" in str(report), (
        "times, not milliseconds"
    )
    assert verify(tmp_path / "log", signer.vkey, strict=True).exit_code == 3


async def test_the_close_record_comes_after_it(opened: Open, tmp_path: Path) -> None:
    files = FullDisk()
    log = opened(files=files)
    files.full = True
    await lose(log, "decision")
    files.full = False
    await log.close()
    kept = [record for _, record in records(tmp_path / "log")]
    assert [record["type"] for record in kept][-3:] == ["open", "bypass", "close"]
    assert kept[-1]["records"] == 3
    assert verify(tmp_path / "log").ok


async def test_a_quiet_log_says_that_it_is_there(opened: Open, tmp_path: Path, signer: Signer) -> None:
    log = opened(heartbeat_s=0.05)
    path = tmp_path / "log"
    await until(lambda: sum(record["type"] == "heartbeat" for _, record in records(path)) >= 3)
    await log.close()
    kept = [record for _, record in records(path)]
    assert kept[0]["heartbeat_ms"] == 50
    assert {record["type"] for record in kept[1:-1]} == {"heartbeat"}
    assert verify(path, signer.vkey).ok


async def test_a_heartbeat_finds_out_that_the_log_works_again(opened: Open, tmp_path: Path) -> None:
    files = FullDisk()
    log = opened(files=files, heartbeat_s=0.05)
    files.full = True
    await lose(log, "decision")
    files.full = False
    await until(lambda: any(record["type"] == "bypass" for _, record in records(tmp_path / "log")))
    await log.close()


def test_the_vectors_of_the_specification() -> None:
    text = (Path(__file__).parents[2] / "docs/spec/audit-log.md").read_text("utf-8")
    vectors = re.findall(r'`(\{"boot".*?\})`', text)
    kept = list(canonical([vector.encode() for vector in vectors]))
    trail = Trail()
    assert [record["type"] for record in kept] == ["open", "heartbeat", "bypass"]
    assert [list(trail.add(index, record)) for index, record in enumerate(kept)] == [[], [], []]
    assert (len(trail.bypasses), trail.silences) == (1, [])


@pytest.mark.parametrize(
    ("times", "silent"),
    [
        ([0, 60_000, 120_000], 0),
        ([0, 200_000], 1),
        ([0, 60_000, 10_000, 70_000], 0),
        ([500_000, 0, 60_000], 0),
    ],
)
def test_silence_is_told_and_a_clock_that_jumps_back_is_none(times: list[int], silent: int) -> None:
    trail = Trail()
    for seq, now in enumerate(times):
        kind: dict[str, Any] = {"type": "heartbeat"} if seq else {"type": "open", "heartbeat_ms": 60_000}
        assert not list(trail.add(seq, {"node": "n", "boot": "b", "seq": seq, "ts": now, **kind}))
    assert len(trail.silences) == silent
