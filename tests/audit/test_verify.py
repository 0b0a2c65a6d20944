"""Verification: what was changed is noticed, and where."""

import asyncio
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.canonical import encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.frames import frame
from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.tiles import Edge
from gateway.audit.verify import verify

ORIGIN = "example.org/test/log"
SIGNER = Signer.generate(ORIGIN)
Open = Callable[..., AuditLog]


def record(seq: int, kind: str = "bundle", **more: Any) -> bytes:  # noqa: ANN401
    return encode({"v": 1, "node": "n", "boot": "b", "seq": seq, "ts": 1000 + seq, "type": kind, **more})


def forge(path: Path, entries: Sequence[bytes], *, steps: int = 1, second: bool = True) -> Path:
    """A log of any entries, rightly signed: what its own keeper could make."""
    edge, size = Edge(), len(entries)
    for at in range(steps):
        edge, files = edge.grow(entries[size * at // steps : size * (at + 1) // steps])
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    path.mkdir(exist_ok=True)
    signed = SIGNER.sign(Checkpoint(ORIGIN, edge.size, edge.root).text)
    (path / "checkpoint").write_text(signed)
    (path / "vkey").write_text(SIGNER.vkey)
    if second:
        path.with_name(path.name + ".signed").write_text(signed)
    return path


def chain(count: int) -> list[bytes]:
    return [record(0, "open"), *(record(at) for at in range(1, count - 1)), record(count - 1, "close")]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 entries published in seven steps, so that there are full tiles and partial ones."""
    return forge(tmp_path_factory.mktemp("verify") / "log", chain(600), steps=7)


def test_an_untouched_log_is_intact(log: Path) -> None:
    done: list[tuple[int, int]] = []
    report = verify(log, SIGNER.vkey, progress=lambda at, of: done.append((at, of)))
    assert (report.ok, report.exit_code, report.size, report.warnings) == (True, 0, 600, [])
    assert done == [(512, 600), (600, 600)]
    assert "intact" in str(report)
    assert json.loads(report.to_json())["exit_code"] == 0


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_flipped_byte_in_any_file_is_noticed(log: Path, data: st.DataObject) -> None:
    files = [log / "checkpoint", log.with_name("log.signed"), *sorted((log / "tile").rglob("*"))]
    file = data.draw(st.sampled_from([file for file in files if file.is_file()]))
    original = file.read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[at] ^= data.draw(st.integers(1, 255))
    file.write_bytes(changed)
    try:
        report = verify(log, SIGNER.vkey)
    finally:
        file.write_bytes(original)
    assert report.exit_code == 1
    assert verify(log, SIGNER.vkey).ok


@pytest.mark.parametrize(
    ("bundle", "index", "offset"), [("tile/entries/000", 0, 0), ("tile/entries/001", 300, None)]
)
def test_a_changed_entry_is_located(log: Path, bundle: str, index: int, offset: int | None) -> None:
    file = log / bundle
    original = file.read_bytes()
    needle = b'"seq":%d,' % index
    at = original.index(needle) + 3
    file.write_bytes(original[:at] + b"x" + original[at + 1 :])
    try:
        (problem, *others) = [one for one in verify(log, SIGNER.vkey).problems if one.index is not None]
    finally:
        file.write_bytes(original)
    assert (problem.file, problem.index, others) == (bundle, index, [])
    assert offset is None or problem.offset == offset
    assert problem.offset is not None
    assert needle in original[problem.offset :][:200]


def test_a_changed_tile_is_told_from_a_changed_entry(log: Path) -> None:
    file = log / "tile/0/001"
    original = file.read_bytes()
    file.write_bytes(original[:64] + b"\0" * 32 + original[96:])
    try:
        problems = verify(log, SIGNER.vkey).problems
    finally:
        file.write_bytes(original)
    assert [(one.file, one.index, one.offset) for one in problems] == [("tile/0/001", 258, 64)]


@pytest.mark.parametrize(
    "name", ["tile/entries/001", "tile/0/001", "tile/entries/002.p/88", "tile/1/000.p/2"]
)
def test_a_missing_file_is_noticed(log: Path, name: str) -> None:
    file = log / name
    original = file.read_bytes()
    file.unlink()
    try:
        assert verify(log, SIGNER.vkey).exit_code == 1
    finally:
        file.write_bytes(original)


def test_the_wrong_key(log: Path) -> None:
    assert verify(log, Signer.generate(ORIGIN).vkey).exit_code == 1
    assert verify(log, "nonsense").exit_code == 2
    report = verify(log)
    assert report.ok
    assert not report.key_supplied
    assert "NOT supplied" in str(report)


def test_a_directory_without_log_and_key(tmp_path: Path) -> None:
    report = verify(tmp_path, None)
    assert (report.exit_code, report.problems) == (2, [])
    assert "there is no log here" in report.unreadable


def test_a_directory_that_is_no_log(tmp_path: Path) -> None:
    assert verify(tmp_path / "nowhere").exit_code == 2
    report = verify(tmp_path, SIGNER.vkey)
    assert (report.exit_code, report.unreadable) == (2, "no checkpoint signed by this key")


def test_known_checkpoints_must_be_extended(log: Path, tmp_path: Path) -> None:
    other = forge(tmp_path / "other", chain(300))
    mine = forge(tmp_path / "mine", chain(600)[:300])
    assert verify(log, SIGNER.vkey, known=[(mine / "checkpoint").read_text()]).ok
    assert verify(log, SIGNER.vkey, known=[(other / "checkpoint").read_text()]).exit_code == 1


def test_a_removed_tail_is_noticed_by_the_second_copy(tmp_path: Path) -> None:
    path = forge(tmp_path / "log", chain(400))
    second = path.with_name("log.signed").read_text()
    shutil.rmtree(path)
    forge(path, chain(400)[:300])
    path.with_name("log.signed").write_text(second)
    report = verify(path, SIGNER.vkey)
    assert report.exit_code == 1
    assert any("missing" in problem.message for problem in report.problems)


def test_without_the_second_copy_it_says_so(tmp_path: Path) -> None:
    report = verify(forge(tmp_path / "log", chain(4), second=False), SIGNER.vkey, strict=True)
    assert (report.ok, report.exit_code) == (True, 3)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([record(0, "open"), record(2)], "number 2 of boot b where 1 was due"),
        ([record(0, "open"), record(1), record(1)], "number 1 of boot b where 2 was due"),
        ([record(0)], "does not begin"),
        ([record(0, "open"), record(1, "open")], "does not begin"),
        ([record(0, "open"), record(1, "close"), record(2)], "goes on after its close"),
        ([record(0, "open"), b'{"seq": 1}'], "not a record"),
        ([record(0, "open"), record(1)[:-1] + b',"x":1.5}'], "not a record"),
        ([record(0, "open"), b'{"boot":"b","node":"n","seq":1,"type":"x"}'], "no time"),
    ],
)
def test_the_trail(tmp_path: Path, entries: list[bytes], message: str) -> None:
    report = verify(forge(tmp_path / "log", entries), SIGNER.vkey)
    assert report.exit_code == 1
    assert any(message in problem.message for problem in report.problems)


def test_loose_ends_are_warnings(tmp_path: Path) -> None:
    entries = [
        record(0, "open"),
        record(1, "decision", exchange="x1"),
        record(2, "decision", exchange="x2"),
        record(3, "outcome", exchange="x1"),
    ]
    report = verify(forge(tmp_path / "log", entries), SIGNER.vkey)
    assert report.exit_code == 0
    assert [warning.index for warning in report.warnings] == [2, None]
    assert "x2" in str(report)


async def test_waiting_records_are_counted(opened: Open, tmp_path: Path, signer: Signer) -> None:
    log = opened(interval=3600)
    await log.append({"type": "bundle"})
    assert verify(tmp_path / "log", signer.vkey).exit_code == 2  # nothing is signed yet
    await log.close()
    name = "n1.extra.000000000000000.wal"
    (tmp_path / "log" / "wal" / name).write_bytes(frame(record(0, "open")) + b"\0" * 64)
    (tmp_path / "log" / "wal" / f"{name}.torn").write_bytes(b"x")
    report = verify(tmp_path / "log", signer.vkey)
    assert (report.ok, report.pending, len(report.warnings)) == (True, 1, 2)


def test_leftovers_beyond_the_checkpoint_are_warnings(tmp_path: Path) -> None:
    path = forge(tmp_path / "log", chain(10))
    (path / "tile/0/000.p/11").write_bytes(b"\0" * 352)
    (path / "tile/0/notes.txt").write_text("hello")
    report = verify(path, SIGNER.vkey)
    assert (report.ok, len(report.warnings)) == (True, 2)


def test_it_stands_alone() -> None:
    """The verifier imports nothing of the gateway but the log's own format."""
    script = "import sys, gateway.audit.verify; print(*(m for m in sys.modules if m.startswith('gateway.')))"

    async def run() -> str:
        import sys

        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
        )
        return (await process.communicate())[0].decode()

    modules = asyncio.run(run()).split()
    assert {module for module in modules if not module.startswith("gateway.audit")} == set()
