"""What disks and clocks do: read-only, duplicated writes, time that goes back, tails that are cut."""

import errno
import fcntl
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.files import Files
from gateway.audit.frames import frame, unframe
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.log import AuditLog
from gateway.audit.publisher import Publisher
from gateway.audit.reader import records
from gateway.audit.stores.files import FileStore
from gateway.audit.verify import verify
from gateway.core.errors import RecordFault

SIGNER = Signer.generate("example.org/disk")


class ReadOnly(Files):
    """As a file system that was remounted: reading works, nothing else."""

    mounted = False

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401
        found = super().__getattribute__(name)
        if name in {"open_new", "write_at", "create", "rename", "unlink", "make_directory", "truncate"}:
            return self._refused(found)
        return found

    def _refused(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:  # noqa: ANN401
            if self.mounted:
                raise OSError(errno.EROFS, "Read-only file system")
            return call(*arguments)

        return run


def opened(folder: Path, **options: Any) -> AuditLog:  # noqa: ANN401
    arguments: dict[str, Any] = {"origin": SIGNER.name, "signer": SIGNER, "node": "n", "interval": 3600}
    return AuditLog.open(folder / "log", **arguments | options)


async def test_a_disk_that_becomes_read_only_acknowledges_nothing(tmp_path: Path) -> None:
    files = ReadOnly()
    log = opened(tmp_path, files=files, interval=0.01)
    await log.append({"type": "bundle"})
    files.mounted = True
    for _ in range(3):
        with pytest.raises(RecordFault, match="Read-only"):
            await log.append({"type": "bundle"})
    files.mounted = False
    await log.append({"type": "bundle"})
    await log.close()
    assert verify(tmp_path / "log", SIGNER.vkey).problems == []
    assert sum(record["type"] == "bundle" for _, record in records(tmp_path / "log")) == 2


def test_a_read_only_disk_at_the_start_is_said(tmp_path: Path) -> None:
    files = ReadOnly()
    files.mounted = True
    with pytest.raises(RecordFault, match="Read-only"):
        opened(tmp_path, files=files)


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("copied", [1, 2, 3])
async def test_a_write_that_is_made_twice_is_one_record(tmp_path: Path, copied: int, published: bool) -> None:
    """Copies of the last records lie behind them, and other records behind those."""
    log = opened(tmp_path)
    for number in range(3):
        await log.append({"type": "bundle", "seq": 0, "nested": {"seq": number}})
    (segment,) = (tmp_path / "log" / "wal").glob("*.wal")
    frames = [frame(payload) for payload, _ in unframe(segment.read_bytes())]
    crashed = tmp_path / "crashed" / "log"
    shutil.copytree(tmp_path / "log", crashed)
    await log.close()
    file = crashed / "wal" / segment.name
    if published:
        publisher = Publisher(FileStore(Layout(crashed)), SIGNER)
        file.write_bytes(b"".join(frames[:3]))
        publisher.recover()
        held = file.open("rb")
        fcntl.flock(held, fcntl.LOCK_EX)
        publisher.advance()
        held.close()
    file.write_bytes(b"".join([*frames[:3], *frames[3 - copied : 3], frames[3], frames[3]]))
    opened(tmp_path / "crashed").close_sync()
    places = Counter((record["boot"], record["seq"]) for _, record in records(crashed))
    assert set(places.values()) == {1}
    assert len(places) == 6
    assert verify(crashed, SIGNER.vkey).problems == []


async def test_a_clock_that_jumps_back_accuses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a process and between two; the boots keep the order of their numbers."""
    now = time.time_ns()
    monkeypatch.setattr("gateway.audit.committer.time.time_ns", lambda: now)
    for hours in (0, -5, 3):
        log = opened(tmp_path, heartbeat_s=60)
        await log.append({"type": "bundle"})
        now += hours * 3600 * 10**9
        await log.append({"type": "bundle"})
        await log.close()
    report = verify(tmp_path / "log", SIGNER.vkey)
    assert report.problems == []
    assert [warning.message.partition(" was ")[2][:14] for warning in report.warnings] == ["silent for 108"]
