"""The same log on a directory, in PostgreSQL and in S3: what holds for one holds for all."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.export.reading import snapshot
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.log import AuditLog
from gateway.audit.reader import entry, find, prove, records, verify_proof
from gateway.audit.stores.base import Store
from gateway.audit.stores.opening import FILES, open_source, open_store
from gateway.audit.verify import verify
from gateway.core.errors import RecordFault
from tests.fault.servers import wait_for

ORIGIN = "example.org/stores"
SIGNER = Signer.generate(ORIGIN)
WRITER = Path(__file__).with_name("writer.py")


class Site:
    """A log at a location, with what of it is local in a folder."""

    def __init__(self, location: str, folder: Path) -> None:
        self.location = location
        self.folder = folder
        self.second = folder / "log.signed"
        self.place: Path | str = folder / "log" if location == FILES else location

    def store(self) -> Store:
        return open_store(self.location, Layout(self.folder / "log", self.second))

    def open(self, **options: Any) -> AuditLog:  # noqa: ANN401
        arguments: dict[str, Any] = {"origin": ORIGIN, "signer": SIGNER, "node": "n", "interval": 0.02}
        return AuditLog.open(self.folder / "log", store=self.store(), **arguments | options)

    def verify(self, **options: Any) -> Any:  # noqa: ANN401
        return verify(self.place, SIGNER.vkey, second=self.second, **options)


@pytest.fixture(params=[FILES, "postgres", "s3"])
def site(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr("gateway.audit.segment.RESERVE", 4096)
    fixtures = {"postgres": "postgres_url", "s3": "s3_url"}
    location = request.getfixturevalue(fixtures[request.param]) if request.param in fixtures else FILES
    return Site(location, tmp_path)


async def fill(site: Site, count: int) -> None:
    log = site.open()
    await asyncio.gather(*(log.append({"type": "bundle", "number": at}) for at in range(count)))
    await log.close()


async def test_what_is_written_is_read_proved_and_verified(site: Site) -> None:
    log = site.open()
    kinds = ("decision", "outcome")
    pairs = [{"type": kind, "exchange": f"x{at}"} for at in range(300) for kind in kinds]
    receipts = await asyncio.gather(*(log.append(record) for record in pairs))
    await log.close()
    assert [receipt.seq for receipt in receipts] == list(range(1, 601))
    assert [record["seq"] for _, record in records(site.place)] == list(range(602))
    assert [index for index, _ in find(site.place, "x150")] == [301, 302]
    now = snapshot(site.place)
    exported = [one for batch in now.batches(301) for one in batch.entries]
    assert [one.record["seq"] for one in exported] == list(range(301, 602))
    assert (now.root_at(602), exported[0].data) == (now.head.root, entry(site.place, 301))
    text = prove(site.place, 301)
    assert verify_proof(text, entry(site.place, 301), SIGNER.vkey) == log.head()
    report = site.verify()
    assert (report.exit_code, report.size, report.pending, report.warnings) == (0, 602, 0, [])


async def test_a_record_is_found_before_it_is_published(site: Site) -> None:
    log = site.open(interval=3600)
    await log.append({"type": "decision", "exchange": "x1"})
    if site.location.startswith("s3:"):  # what is not shipped is on the writer's disk alone
        assert find(site.store(), "x1")[0][0] is None
    else:
        assert find(site.place, "x1")[0][0] is None
    await log.close()
    assert find(site.place, "x1")[0][0] == 1


async def test_boots_follow_each_other_and_partial_tiles_go(site: Site) -> None:
    for _ in range(3):
        await fill(site, 120)
    report = site.verify()
    assert (report.exit_code, report.size, report.counts["close"]) == (0, 366, 3)
    tiles = open_source(site.place).tiles()
    assert "tile/entries/000" in tiles
    assert not [path for path in tiles if path.startswith("tile/0/000.p/")]


async def test_of_two_handles_one_leads_and_another_takes_over(site: Site) -> None:
    first, second = site.open(), site.open()
    one, two = site.store(), site.store()
    assert not one.lead()
    await asyncio.gather(*(log.append({"type": "bundle"}) for log in (first, second) for _ in range(50)))
    await first.close()
    await second.append({"type": "bundle"})
    await second.close()
    wait_for(one.lead)  # a server may see later than we that a connection ended
    assert not two.lead()
    one.release()
    wait_for(two.lead)
    two.release()
    assert (site.verify().exit_code, site.verify().size) == (0, 105)


async def test_an_old_backup_is_not_continued(site: Site) -> None:
    await fill(site, 10)
    kept = keep(site)
    await fill(site, 10)
    restore(site, kept)
    with pytest.raises(RecordFault, match="rolled back"):
        site.open()
    assert site.verify().exit_code == 1


async def test_an_edited_record_is_named(site: Site) -> None:
    await fill(site, 300)
    path = "tile/entries/001.p/46"
    data = open_source(site.place).fetch(path)
    assert data
    put(site, path, data.replace(b'"number":280', b'"number":208'))
    problems = [str(problem) for problem in site.verify().problems]
    assert any("entry 281" in problem and "not what was logged" in problem for problem in problems)


async def test_a_swapped_checkpoint_and_a_deleted_tail_are_named(site: Site) -> None:
    await fill(site, 10)
    early = open_source(site.place).fetch("checkpoint")
    await fill(site, 10)
    late = open_source(site.place).fetch("checkpoint")
    assert early
    assert late
    put(site, "checkpoint", early)
    assert [str(one) for one in site.verify().warnings] == [
        "checkpoint: older than the last signed one (24 entries)"
    ]
    put(site, "checkpoint", late.replace(b"\n24\n", b"\n12\n"))
    assert site.verify().exit_code == 1
    put(site, "checkpoint", early)
    drop(site, "tile/entries/000.p/24")
    assert "12 entries are missing" in str(site.verify()) or "24 entries are missing" in str(site.verify())


async def test_a_checkpoint_replaced_behind_its_back_stops_the_log(site: Site) -> None:
    if site.location == FILES:
        pytest.skip("a directory knows no conditional writes: its lock and second copy must do")
    log = site.open(interval=3600)
    await log.append({"type": "bundle"})
    put(
        site,
        "checkpoint",
        SIGNER.sign(f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n").encode(),
    )
    await log.close()
    assert "replaced" in log.fault
    with pytest.raises(RecordFault):
        await log.append({"type": "bundle"})


async def test_two_write_ahead_logs_do_not_share_a_prefix(s3_url: str, tmp_path: Path) -> None:
    one, two = Site(s3_url, tmp_path / "one"), Site(s3_url, tmp_path / "two")
    one.folder.mkdir()
    two.folder.mkdir()
    await fill(one, 3)
    with pytest.raises(RecordFault, match="belongs to another"):
        two.open()
    await fill(one, 3)
    assert one.verify().exit_code == 0


@contextmanager
def writing(
    command: Sequence[str], output: Path, environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that writes what was acknowledged into *output*; killed at the end, if it still runs."""
    with output.open("w") as file, subprocess.Popen(command, stdout=file, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("attempt", range(4))
def test_many_begin_at_once(site: Site, attempt: int) -> None:
    """Whoever comes second finds the log there, and does not trip over it."""
    stores = [site.store() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        begun = [pool.submit(store.prepare) for store in stores]
    assert [each.exception() for each in begun] == [None] * 8


def test_eight_processes_on_one_log(site: Site) -> None:
    """Half of them are killed; no acknowledged record is lost, none is there twice, nobody is accused."""
    command = [sys.executable, str(WRITER), str(site.folder), site.location, "400"]
    environment = {**os.environ, "PYTHONPATH": str(WRITER.parents[2])}
    outputs = [(site.folder / f"acknowledged.{number}") for number in range(8)]
    signer = Signer.load_or_create(site.folder / "log.key", "example.org/kill")
    with ExitStack() as stack:
        processes = [stack.enter_context(writing(command, output, environment)) for output in outputs]
        wait_for(lambda: all(output.stat().st_size > 2000 for output in outputs), 120)
        for process in processes[::2]:
            process.send_signal(signal.SIGKILL)
        for process in processes:
            process.wait(timeout=120)
    lines = [line for output in outputs for line in output.read_text().splitlines(keepends=True)]
    promised = {(boot, int(seq)) for boot, seq, _ in (line.split() for line in lines if line.endswith("\n"))}
    AuditLog.open(
        site.folder / "log", origin=signer.name, signer=signer, node="n", store=site.store()
    ).close_sync()
    places = Counter((record["boot"], record["seq"]) for _, record in records(site.place))
    assert not promised - places.keys()
    assert set(places.values()) == {1}
    report = verify(site.place, signer.vkey, second=site.second)
    assert (report.problems, report.pending, report.counts["open"]) == ([], 0, 9)


# --- what an attacker, or a restored backup, does to each place ---------------------------------------------


def keep(site: Site) -> dict[str, bytes]:
    """Everything there is but the second copy, which is elsewhere."""
    if site.location == FILES:
        shutil.copytree(site.folder / "log", site.folder / "backup")
        return {}
    source = open_source(site.place)
    names = ["checkpoint", "vkey", *source.tiles(), *(["wal/state"] if _is_postgres(site) else [])]
    if not _is_postgres(site):
        shutil.copytree(site.folder / "log", site.folder / "backup")
    return {name: source.fetch(name) or b"" for name in names}


def restore(site: Site, kept: dict[str, bytes]) -> None:
    if (site.folder / "backup").exists():
        shutil.rmtree(site.folder / "log")
        shutil.move(site.folder / "backup", site.folder / "log")
    if kept:
        for name in open_source(site.place).tiles():
            drop(site, name)
        for name, data in kept.items():
            put(site, name, data)


def put(site: Site, path: str, data: bytes) -> None:
    if site.location == FILES:
        (site.folder / "log" / path).write_bytes(data)
    elif _is_postgres(site):
        _psql(
            site,
            "INSERT INTO file VALUES (%s, %s) ON CONFLICT (path) DO UPDATE SET data = excluded.data",
            path,
            data,
        )
    else:
        bucket, key = _key(site, path)
        _client().put_object(Bucket=bucket, Key=key, Body=data)


def drop(site: Site, path: str) -> None:
    if site.location == FILES:
        (site.folder / "log" / path).unlink()
    elif _is_postgres(site):
        _psql(site, "DELETE FROM file WHERE path = %s", path)
    else:
        bucket, key = _key(site, path)
        _client().delete_object(Bucket=bucket, Key=key)


def _is_postgres(site: Site) -> bool:
    return site.location.startswith("postgres")


def _key(site: Site, path: str) -> tuple[str, str]:
    bucket, _, prefix = site.location.removeprefix("s3://").partition("/")
    return bucket, f"{prefix}/{path}"


def _client() -> Any:  # noqa: ANN401
    from gateway.audit.stores.s3 import connect

    return connect("", "")


def _psql(site: Site, statement: str, *values: object) -> None:
    from gateway.audit.stores.postgres import Session, split

    session = Session(*split(site.location))
    session.execute(statement, values)
    session.close()
