"""PostgreSQL goes away at the worst moments: nothing acknowledged is lost, nothing is there twice."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.log import AuditLog
from gateway.audit.reader import records
from gateway.audit.stores.opening import open_store
from gateway.audit.verify import verify
from gateway.core.errors import RecordFault
from tests.fault.servers import Relay, wait_for

SIGNER = Signer.generate("example.org/postgres")

KILL = """
CREATE FUNCTION kill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_try_advisory_lock(4711) THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kill AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION kill();
"""
"""Ends the server's process between a write and its commit, until *count* such deaths are counted."""


@pytest.fixture
def relay(postgres_port: int) -> Iterator[Relay]:
    relay = Relay(postgres_port)
    yield relay
    relay.close()


def opened(url: str, folder: Path, **options: Any) -> AuditLog:  # noqa: ANN401
    store = open_store(url, Layout(folder / "log"))
    arguments: dict[str, Any] = {"origin": SIGNER.name, "signer": SIGNER, "node": "n", "interval": 0.02}
    return AuditLog.open(folder / "log", store=store, **arguments | options)


def through(url: str, port: int, relay: Relay) -> str:
    return url.replace(f":{port}/", f":{relay.port}/")


def numbers(url: str, folder: Path) -> Counter[int]:
    report = verify(url, SIGNER.vkey, second=folder / "log.signed")
    assert (report.problems, report.pending) == ([], 0)
    kept = [record for _, record in records(url)]
    assert set(Counter((one["boot"], one["seq"]) for one in kept).values()) == {1}
    return Counter(one["number"] for one in kept if "number" in one)


@pytest.mark.parametrize("fault", ["refuse", "lose"])
@pytest.mark.parametrize("interval", [0.01, 3600])
async def test_an_append_survives_a_lost_connection(  # noqa: PLR0917
    postgres_url: str, postgres_port: int, relay: Relay, tmp_path: Path, fault: str, interval: float
) -> None:
    """With ``lose`` the server committed and the reply did not arrive: it is sent again, and is there once,
    whether or not it was published meanwhile."""
    log = opened(through(postgres_url, postgres_port, relay), tmp_path, interval=interval)
    for number in range(20):
        if number % 4 == 2:
            relay.fail(fault, marker=b"number")
        await log.append({"type": "bundle", "number": number})
        assert not relay.left
    await log.close()
    assert numbers(postgres_url, tmp_path) == Counter(range(20))


async def test_a_server_that_stays_away_acknowledges_nothing(
    postgres_url: str, postgres_port: int, relay: Relay, tmp_path: Path
) -> None:
    log = opened(through(postgres_url, postgres_port, relay), tmp_path)
    first = await log.append({"type": "bundle", "number": 0})
    relay.fail("refuse", times=1000)
    with pytest.raises(RecordFault, match="PostgreSQL"):
        await log.append({"type": "bundle", "number": 1})
    relay.fail("", times=0)
    second = await log.append({"type": "bundle", "number": 2})
    await log.close()
    assert second.boot != first.boot
    assert numbers(postgres_url, tmp_path) == Counter([0, 2])


@pytest.mark.parametrize("table", ["wal", "file"])
async def test_the_server_dies_between_write_and_commit(
    postgres_url: str, tmp_path: Path, table: str
) -> None:
    """Of a group commit (``wal``), and of a publication (``file``)."""
    from gateway.audit.stores.postgres import Session, split

    log = opened(postgres_url, tmp_path)
    await log.append({"type": "bundle", "number": 0})
    session = Session(*split(postgres_url))
    trigger = KILL.format(table=table).replace("pg_try_advisory_lock(4711)", "nextval('deaths') <= 2")
    session.run(lambda on: on.execute(f"CREATE SEQUENCE deaths; {trigger}".encode()))
    for number in range(1, 6):
        await log.append({"type": "bundle", "number": number})
        await asyncio.sleep(0.05)
    await log.close()
    deaths = session.query("SELECT last_value FROM deaths")[0][0]
    session.close()
    assert deaths > 2
    assert numbers(postgres_url, tmp_path) == Counter(range(6))


@pytest.mark.parametrize("fault", ["refuse", "lose"])
async def test_publishing_survives_a_break_at_every_message(
    postgres_url: str, postgres_port: int, relay: Relay, tmp_path: Path, fault: str
) -> None:
    log = opened(through(postgres_url, postgres_port, relay), tmp_path)
    for number in range(40):
        if number % 2:
            relay.fail(fault)
        await log.append({"type": "bundle", "number": number})
        await asyncio.sleep(0.03)
    await log.close()
    assert numbers(postgres_url, tmp_path) == Counter(range(40))


async def test_who_lost_the_lock_cannot_publish(postgres_url: str, tmp_path: Path) -> None:
    """Two sequencers: the first one's session is ended by the server, the second leads, nothing forks."""
    from gateway.audit.stores.postgres import Session, split

    one, two = opened(postgres_url, tmp_path), opened(postgres_url, tmp_path)
    session = Session(*split(postgres_url))
    for number in range(10):
        await one.append({"type": "bundle", "number": number})
        await two.append({"type": "bundle", "number": 100 + number})
        session.query(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
        await asyncio.sleep(0.03)
    session.close()
    wait_for(lambda: not one.fault and not two.fault)
    await asyncio.gather(one.close(), two.close())
    assert numbers(postgres_url, tmp_path) == Counter([*range(10), *range(100, 110)])


def test_a_server_without_fsync_is_refused(postgres_url: str, tmp_path: Path) -> None:
    from gateway.audit.stores.postgres import Session, split

    session = Session(*split(postgres_url))
    try:
        session.execute("ALTER SYSTEM SET fsync = off")
        session.query("SELECT pg_reload_conf()")
        wait_for(lambda: session.query("SHOW fsync") == [("off",)])
        with pytest.raises(RecordFault, match="fsync"):
            opened(postgres_url, tmp_path)
    finally:
        session.execute("ALTER SYSTEM RESET fsync")
        session.query("SELECT pg_reload_conf()")
        wait_for(lambda: session.query("SHOW fsync") == [("on",)])
        session.close()
