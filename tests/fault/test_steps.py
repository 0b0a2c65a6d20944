"""A failure at every step on disk: after recovery all that was acknowledged is there, once."""

import asyncio
import errno
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.canonical import encode
from gateway.audit.files import Files
from gateway.audit.frames import frame, unframe
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.log import AuditLog
from gateway.audit.publisher import ForkError, Publisher
from gateway.audit.reader import records
from gateway.audit.segment import Segment
from gateway.audit.stores.files import FileStore
from gateway.audit.verify import verify
from gateway.audit.wal import SegmentName
from gateway.core.errors import RecordFault

SIGNER = Signer.generate("example.org/fault")
STEPS = ("create", "rename", "unlink", "make_directory", "sync_directory")
COMMITS = ("open_new", "write_at", "sync_data", "rename", "sync_directory")


class Unsynced(Files):
    """A process that dies leaves what it wrote; only a machine that dies needs the syncs."""

    def sync_data(self, descriptor: int) -> None:
        """Skip."""

    def create(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)

    def sync_directory(self, path: Path) -> None:
        """Skip."""


class FailingFiles(Unsynced):
    """The *at*-th call of one of the named methods fails; before or after doing its work."""

    def __init__(self, names: tuple[str, ...], at: int, *, late: bool = False, forever: bool = False) -> None:
        self.calls = 0
        self.failed = False
        for name in names:
            setattr(self, name, self._failing(getattr(self, name), at, late=late, forever=forever))

    def _failing(self, call: Callable[..., Any], at: int, *, late: bool, forever: bool) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:  # noqa: ANN401
            self.calls += 1
            due = self.calls == at or (forever and self.calls > at)
            result = None if due and not late else call(*arguments)
            if due:
                self.failed = True
                raise OSError(errno.ENOSPC, "No space left on device")
            return result

        return run


def fill(layout: Layout, boot: str, count: int) -> None:
    """A segment of a writer that is gone: open record and so on, no close."""
    layout.wal.mkdir(parents=True, exist_ok=True)
    segment = Segment(Unsynced(), layout.wal, SegmentName("n", boot, 0))
    stamp = {"v": 1, "node": "n", "boot": boot, "ts": 1}
    kinds = ["open", *["bundle"] * (count - 1)]
    segment.commit(
        b"".join(frame(encode({**stamp, "seq": at, "type": kind})) for at, kind in enumerate(kinds)),
        count,
    )
    segment.close()


def check(layout: Layout, expected: int) -> None:
    report = verify(layout.root, SIGNER.vkey)
    assert (report.problems, report.size, report.pending) == ([], expected, 0)
    places = Counter((record["boot"], record["seq"]) for _, record in records(layout.root))
    assert len(places) == expected
    assert not list(layout.wal.glob("*.wal"))


@pytest.mark.parametrize("late", [False, True])
def test_a_failure_at_every_step_of_publishing(tmp_path: Path, late: bool) -> None:
    """Die there, come back with more to publish than before, and nothing is lost or doubled."""
    at, reached = 0, True
    while reached:
        at += 1
        layout = Layout(tmp_path / str(at) / "log")
        fill(layout, "b1", 250)
        healthy = Publisher(FileStore(layout, Unsynced()), SIGNER)
        healthy.recover()
        healthy.advance()
        fill(layout, "b3", 300)
        files = FailingFiles(STEPS, at, late=late)
        try:
            broken = Publisher(FileStore(layout, files), SIGNER)
            broken.recover()
            broken.advance()
        except OSError:
            pass
        reached = files.failed
        report = verify(layout.root, SIGNER.vkey)
        assert not report.problems, at
        fill(layout, "b2", 20)  # sorts before b3: the order of what was half published changes
        again = Publisher(FileStore(layout, Unsynced()), SIGNER)
        again.recover()
        while again.advance():
            pass
        check(layout, 570)
        shutil.rmtree(layout.root.parent)
    assert at > 20


@pytest.mark.parametrize("at", range(1, 14))
async def test_a_running_log_gets_over_one_failure(tmp_path: Path, at: int) -> None:
    """The writer and the publisher of one log, with one failing call somewhere."""
    files = FailingFiles((*STEPS, *COMMITS), at)
    options: dict[str, Any] = {"origin": SIGNER.name, "signer": SIGNER, "node": "n", "interval": 0.01}
    try:
        log = AuditLog.open(tmp_path / "log", files=files, **options)
    except RecordFault:
        log = AuditLog.open(tmp_path / "log", **options)
    acknowledged = []
    for number in range(40):
        try:
            acknowledged.append(await log.append({"type": "bundle", "number": number}))
        except RecordFault:
            continue
        await asyncio.sleep(0.001)
    await log.close()
    again = AuditLog.open(tmp_path / "log", **options)
    await again.close()
    places = Counter((record["boot"], record["seq"]) for _, record in records(tmp_path / "log"))
    assert all(places[receipt.boot, receipt.seq] == 1 for receipt in acknowledged)
    assert len(acknowledged) >= 38
    assert set(places.values()) == {1}
    assert verify(tmp_path / "log", SIGNER.vkey).ok


@pytest.mark.parametrize("method", ["write_at", "sync_data"])
async def test_a_full_disk_acknowledges_nothing(tmp_path: Path, method: str) -> None:
    files = FailingFiles((method,), 12, forever=True)
    log = AuditLog.open(
        tmp_path / "log", origin=SIGNER.name, signer=SIGNER, node="n", files=files, interval=3600
    )
    results = []
    for _ in range(20):
        results += await asyncio.gather(
            *(log.append({"type": "bundle"}) for _ in range(3)), return_exceptions=True
        )
    good = [result for result in results if not isinstance(result, BaseException)]
    assert 0 < len(good) < 40
    assert all(isinstance(result, RecordFault) for result in results[len(good) :])
    await log.close()
    again = AuditLog.open(tmp_path / "log", origin=SIGNER.name, signer=SIGNER, node="n")
    await again.close()
    kept = [record for _, record in records(tmp_path / "log") if record["type"] == "bundle"]
    assert {(record["boot"], record["seq"]) for record in kept} >= {(one.boot, one.seq) for one in good}
    assert verify(tmp_path / "log", SIGNER.vkey).ok


async def test_after_a_failure_a_new_boot_names_the_old_one(tmp_path: Path) -> None:
    files = FailingFiles(("sync_data",), 3)
    log = AuditLog.open(tmp_path / "log", origin=SIGNER.name, signer=SIGNER, node="n", files=files)
    first = await log.append({"type": "bundle"})
    with pytest.raises(RecordFault):
        await log.append({"type": "bundle"})
    second = await log.append({"type": "bundle"})
    await log.close()
    assert second.boot != first.boot
    opens = [record for _, record in records(tmp_path / "log") if record["type"] == "open"]
    # Boots of one millisecond stand in either order.
    assert {record["boot"]: record.get("previous") for record in opens} == {
        first.boot: None,
        second.boot: first.boot,
    }


def test_a_tail_torn_at_any_byte_is_dropped() -> None:
    payloads = [b"first", b"second record", b"x"]
    data = b"".join(map(frame, payloads))
    ends = [end for _, end in unframe(data)]
    for cut in range(len(data) + 1):
        kept = sum(end <= cut for end in ends)
        for tail in (b"", b"\0" * 30, b"\xff" * 30):
            assert [payload for payload, _ in unframe(data[:cut] + tail)][:kept] == payloads[:kept]
            assert [payload for payload, _ in unframe(data[:cut] + b"\0" * 30)] == payloads[:kept]


def test_a_torn_segment_is_kept_as_evidence(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "log")
    fill(layout, "b1", 3)
    (segment,) = layout.wal.glob("*.wal")
    segment.write_bytes(segment.read_bytes() + frame(b"payload")[:-1])
    publisher = Publisher(FileStore(layout, Unsynced()), SIGNER)
    publisher.recover()
    publisher.advance()
    check(layout, 3)
    assert list(layout.wal.glob("*.torn"))


def test_a_log_restored_from_a_backup_is_not_signed(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "log")
    fill(layout, "b1", 10)
    publisher = Publisher(FileStore(layout, Unsynced()), SIGNER)
    publisher.recover()
    publisher.advance()
    shutil.copytree(layout.root, tmp_path / "backup")
    fill(layout, "b2", 10)
    publisher.advance()
    shutil.rmtree(layout.root)
    (tmp_path / "backup").rename(layout.root)
    with pytest.raises(ForkError, match="rolled back"):
        Publisher(FileStore(layout, Unsynced()), SIGNER).recover()
    with pytest.raises(RecordFault, match="rolled back"):
        AuditLog.open(layout.root, origin=SIGNER.name, signer=SIGNER, node="n")
    report = verify(layout.root, SIGNER.vkey)
    assert report.exit_code == 1


@pytest.mark.parametrize("name", ["tile/0/000.p/10", "wal/state", "checkpoint"])
def test_altered_files_are_not_signed(tmp_path: Path, name: str) -> None:
    layout = Layout(tmp_path / "log")
    fill(layout, "b1", 10)
    publisher = Publisher(FileStore(layout, Unsynced()), SIGNER)
    publisher.recover()
    publisher.advance()
    data = bytearray((layout.root / name).read_bytes())
    data[9] ^= 1
    (layout.root / name).write_bytes(data)
    with pytest.raises(ForkError):
        Publisher(FileStore(layout, Unsynced()), SIGNER).recover()
