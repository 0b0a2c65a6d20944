"""The log: durable appends, publishing, several processes' handles on one directory."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.audit.canonical import Record
from gateway.audit.frames import unframe
from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.reader import entry, find, prove, records, verify_proof
from gateway.audit.verify import verify
from gateway.core.errors import ConfigError, RecordFault

Open = Callable[..., AuditLog]


def exchange(number: int) -> list[Record]:
    return [{"type": "decision", "exchange": f"x{number}"}, {"type": "outcome", "exchange": f"x{number}"}]


async def test_an_append_is_in_a_segment_when_it_returns(opened: Open, tmp_path: Path) -> None:
    log = opened(interval=3600)
    receipt = await log.append({"type": "decision", "exchange": "x1"})
    (segment,) = (tmp_path / "log" / "wal").glob("*.wal")
    frames = [payload for payload, _ in unframe(segment.read_bytes())]
    assert receipt[::2] == ("n1", 1)
    assert receipt.boot.encode() in frames[1]
    ((index, record),) = find(tmp_path / "log", "x1")
    assert (index, record["seq"]) == (None, 1)
    await log.close()
    assert find(tmp_path / "log", "x1")[0][0] == 1


async def test_many_appends_in_order_and_verified(opened: Open, tmp_path: Path, signer: Signer) -> None:
    log = opened()
    receipts = await asyncio.gather(*(log.append(record) for at in range(300) for record in exchange(at)))
    await log.close()
    assert [receipt.seq for receipt in receipts] == list(range(1, 601))
    kept = list(records(tmp_path / "log"))
    assert [index for index, _ in kept] == list(range(602))
    assert [record["seq"] for _, record in kept] == list(range(602))
    assert (kept[0][1]["type"], kept[-1][1]["type"], kept[-1][1]["records"]) == ("open", "close", 602)
    report = verify(tmp_path / "log", signer.vkey)
    assert (report.ok, report.size, report.warnings, report.pending) == (True, 602, [], 0)
    assert report.counts == {"open": 1, "decision": 300, "outcome": 300, "close": 1}
    assert not list((tmp_path / "log" / "wal").glob("*.wal"))
    head = log.head()
    assert head
    assert (head.size, head.root.hex()) == (602, report.root)


async def test_find_and_prove(opened: Open, tmp_path: Path, signer: Signer) -> None:
    log = opened()
    for at in range(400):
        for record in exchange(at):
            log.append_nowait(record)
    await log.close()
    path = tmp_path / "log"
    assert [(index, record["type"]) for index, record in find(path, "x150")] == [
        (301, "decision"),
        (302, "outcome"),
    ]
    assert find(path, "x4000") == []
    text = prove(path, 301)
    checkpoint = verify_proof(text, entry(path, 301), signer.vkey)
    assert checkpoint == log.head()
    with pytest.raises(ValueError, match="does not lead"):
        verify_proof(text, entry(path, 302), signer.vkey)
    with pytest.raises(ValueError, match="no entry"):
        prove(path, 802)


async def test_boots_follow_each_other(opened: Open, tmp_path: Path) -> None:
    for at in range(4):
        log = opened()
        for record in exchange(at):
            await log.append(record)
        await log.close()
    report = verify(tmp_path / "log")
    assert (report.ok, report.warnings, report.key_supplied, report.size) == (True, [], False, 16)


async def test_several_handles_share_a_directory(opened: Open, tmp_path: Path) -> None:
    logs = [opened() for _ in range(3)]
    await asyncio.gather(*(log.append(record) for log in logs for at in range(50) for record in exchange(at)))
    await asyncio.gather(*(log.close() for log in logs))
    report = verify(tmp_path / "log")
    assert (report.ok, report.size) == (True, 306)
    assert report.counts["close"] == 3


async def test_full_segments_are_followed_by_others(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.audit.committer.ROTATE", 1000)
    monkeypatch.setattr("gateway.audit.stores.journal.CHUNK", 20_000)
    log = opened()
    for at in range(30):
        await asyncio.gather(*(log.append({**record, "pad": "x" * 400}) for record in exchange(at)))
    await log.close()
    report = verify(tmp_path / "log")
    assert (report.ok, report.size, report.warnings) == (True, 62, [])


async def test_threads_may_append_too(opened: Open) -> None:
    log = opened()
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda: seen.append(log.append_sync({"type": "bundle"}).seq))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    await log.close()
    assert sorted(seen) == list(range(1, 9))


async def test_a_cancelled_append_leaves_its_record(opened: Open, tmp_path: Path) -> None:
    log = opened()
    task = asyncio.get_running_loop().create_task(log.append({"type": "decision", "exchange": "x1"}))
    await asyncio.sleep(0)
    task.cancel()
    await log.close()
    assert len(find(tmp_path / "log", "x1")) == 1


async def test_what_is_no_record_fails_alone(opened: Open, tmp_path: Path) -> None:
    log = opened()
    good, bad = log.append({"type": "bundle"}), log.append({"type": "bundle", "value": object()})
    results = await asyncio.gather(good, bad, log.append({"type": "bundle"}), return_exceptions=True)
    assert isinstance(results[1], RecordFault)
    await log.close()
    assert verify(tmp_path / "log").ok


async def test_a_record_without_end_fails_alone(opened: Open, tmp_path: Path) -> None:
    log = opened()
    endless: Record = {"type": "bundle"}
    endless["self"] = endless
    with pytest.raises(RecordFault):
        await log.append(endless)
    await log.append({"type": "bundle"})
    await log.close()
    assert verify(tmp_path / "log").ok


async def test_floats_from_elsewhere_do_not_break_the_log(opened: Open, tmp_path: Path) -> None:
    log = opened()
    await log.append({"type": "gate", "recall": 0.5, "missing": None})
    await log.close()
    assert verify(tmp_path / "log").ok
    assert [record["recall"] for _, record in records(tmp_path / "log") if record["type"] == "gate"] == [
        "0.5"
    ]


async def test_a_running_log_can_be_verified(opened: Open, tmp_path: Path, signer: Signer) -> None:
    log = opened(interval=0.001)
    for number in range(300):
        await log.append({"type": "bundle", "number": number})
        if number % 60 == 59:
            report = await asyncio.to_thread(verify, tmp_path / "log", signer.vkey)
            assert (report.problems, report.unreadable) == ([], "")
    await log.close()


async def test_a_closed_log_takes_nothing(opened: Open) -> None:
    log = opened()
    await log.close()
    await log.close()
    with pytest.raises(RecordFault):
        await log.append({"type": "bundle"})


def test_names_are_checked(opened: Open) -> None:
    with pytest.raises(ConfigError):
        opened(node="no spaces")
    with pytest.raises(ConfigError):
        opened(origin="no spaces")


async def test_a_quiet_log_refreshes_its_checkpoint(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.audit.sequencer.REFRESH", 0.0)
    log = opened()
    path = tmp_path / "log" / "checkpoint"
    await appears(path)
    path.unlink()
    await appears(path)
    await log.close()


async def appears(path: Path) -> None:
    for _ in range(500):
        if path.exists():  # noqa: ASYNC240
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"{path} does not appear")


def test_a_log_is_not_continued_with_another_key(tmp_path: Path) -> None:
    path = tmp_path / "log"
    AuditLog.open(path, origin="o", signer=Signer.generate("o"), node="n").close_sync()
    with pytest.raises(RecordFault, match=r"log\.signed: no signature by o\+.*; bring its key back, or"):
        AuditLog.open(path, origin="o", signer=Signer.generate("o"), node="n")


def test_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "log.key"
    first = Signer.load_or_create(path, "example.org/log")
    assert (
        Signer.load_or_create(path).vkey
        == first.vkey
        == (tmp_path / "keys" / "log.key.vkey").read_text().strip()
    )
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod"):
        Signer.load_or_create(path)


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+a+00000000+AQ==", "PRIVATE+KEY+a+b"])
def test_bad_key_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        Signer.load_or_create(path)
