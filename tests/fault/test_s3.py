"""An S3-compatible service is busy, or its replies are lost: nothing is lost, doubled or overwritten."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.log import AuditLog
from gateway.audit.reader import records
from gateway.audit.stores.opening import open_store
from gateway.audit.verify import verify
from tests.fault.servers import Relay, wait_for

SIGNER = Signer.generate("example.org/s3")


@pytest.fixture
def relay(minio_port: int) -> Iterator[Relay]:
    relay = Relay(minio_port)
    yield relay
    relay.close()


def opened(url: str, folder: Path, relay: Relay) -> AuditLog:
    store = open_store(url, Layout(folder / "log"), endpoint=f"http://127.0.0.1:{relay.port}")
    return AuditLog.open(
        folder / "log", origin=SIGNER.name, signer=SIGNER, node="n", interval=0.02, store=store
    )


def check(url: str, folder: Path, count: int) -> None:
    report = verify(url, SIGNER.vkey, second=folder / "log.signed")
    assert (report.problems, report.warnings) == ([], [])
    assert [record["number"] for _, record in records(url) if "number" in record] == list(range(count))


@pytest.mark.parametrize("fault", ["busy", "lose", "refuse"])
async def test_publishing_gets_over_a_fault_at_every_write(
    s3_url: str, relay: Relay, tmp_path: Path, fault: str
) -> None:
    """One fault at a time, wherever it falls: tiles, partial tiles, checkpoint, deletion."""
    log = opened(s3_url, tmp_path, relay)
    for number in range(30):
        relay.fail(fault, marker=b"DELETE" if number % 5 == 4 else b"PUT")
        await log.append({"type": "bundle", "number": number})
        await asyncio.sleep(0.05)
    relay.fail("", 0)
    await log.close()
    check(s3_url, tmp_path, 30)


async def test_a_service_that_stays_away_delays_publishing_alone(
    s3_url: str, relay: Relay, tmp_path: Path
) -> None:
    """Appends are durable on the local disk; the fault says so, and publishing catches up."""
    log = opened(s3_url, tmp_path, relay)
    relay.fail("refuse", times=100_000)
    for number in range(10):
        await log.append({"type": "bundle", "number": number})
    await asyncio.to_thread(wait_for, lambda: bool(log.fault))
    assert "S3" in log.fault
    relay.fail("", 0)
    await asyncio.to_thread(wait_for, lambda: not log.fault)
    await log.close()
    check(s3_url, tmp_path, 10)


async def test_a_checkpoint_whose_reply_was_lost_counts_as_written(
    s3_url: str, relay: Relay, tmp_path: Path
) -> None:
    log = opened(s3_url, tmp_path, relay)
    for number in range(5):
        await log.append({"type": "bundle", "number": number})
        relay.fail("lose", marker=b"/checkpoint ")
        await asyncio.to_thread(wait_for, lambda: not relay.left)
    await log.close()
    assert not log.fault
    check(s3_url, tmp_path, 5)
