"""A log whose beginning was pruned: reports say what is gone and who said so; its bundle verifies alone."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.audit.reader import opened as log_opened
from gateway.audit.retention.classes import DAY_MS
from gateway.audit.verify import verify
from gateway.core.errors import ConfigError
from reports.builders import KINDS
from reports.bundle import bundled
from reports.context import Context
from reports.evidence import open_evidence
from reports.gaps import gaps
from reports.model import Gap, Report
from tests.audit.browser import opened, program
from tests.audit.retention.test_pruning import ACTOR, NOW, SIGNER, Log, calls

Make = Callable[..., Context]


@pytest.fixture
def cut(tmp_path: Path) -> Log:
    """Of 602 old entries 512 were pruned; an outcome of what was pruned came later."""
    log = Log(tmp_path / "log")
    log.extend(calls(0, 150))
    log.extend(calls(150, 150), boot="c")
    log.now = NOW
    log.extend(calls(300, 20))
    log.extend([{"type": "outcome", "exchange": "lx-0", "caller": {"tenant": "clinic"}}], boot="c")
    log.pruning().prune(ACTOR)
    return log


@pytest.fixture
def report(make: Make, cut: Log) -> Report:
    return KINDS["period"].build(make(cut.path, key=SIGNER.vkey))


def rows(context: Context, kind: str) -> list[Gap]:
    return [gap for gap in gaps(context) if gap.kind == kind]


def test_entries_begin_where_the_log_does(cut: Log) -> None:
    evidence = open_evidence(cut.path, key=SIGNER.vkey)
    assert evidence.verified.ok
    assert [entry.index for entry in evidence.entries()] == list(range(512, cut.size))
    assert (evidence.first, evidence.verified.pruned) == (512, 512)


def test_a_decision_that_was_pruned_is_not_called_unknown(make: Make, cut: Log) -> None:
    with pytest.raises(ConfigError, match="nothing of lx-3; entries below 512 were pruned"):
        KINDS["decision"].build(make(cut.path, key=SIGNER.vkey, more={"exchange": "lx-3"}))


def test_a_backtest_reads_what_is_kept(cut: Log) -> None:
    log = log_opened(cut.path)
    assert [index for index, _ in log.entries(0, log.size)] == list(range(512, cut.size))


def test_what_was_pruned_is_a_row_with_its_record_and_its_class(make: Make, cut: Log) -> None:
    (row,) = rows(make(cut.path, key=SIGNER.vkey), "pruned")
    assert (row.what, row.count) == ("Entries 0 to 511 were pruned at the end of their time", 512)
    assert (
        f"Retention classes: 512 ai-act-6m. Recorded as entry {cut.size - 1}, by ops@example.org" in row.why
    )
    assert [ref.index for ref in row.support.refs] == [cut.size - 1]


def test_a_pruning_whose_record_was_pruned_too_is_said(make: Make, cut: Log) -> None:
    cut.extend(calls(400, 200))
    replace(cut.pruning(), now_ms=lambda: NOW + 300 * DAY_MS).prune(ACTOR)
    first, second = rows(make(cut.path, key=SIGNER.vkey), "pruned")
    assert (first.what, first.support.count) == ("Entries 0 to 511 were pruned at the end of their time", 0)
    assert "pruned itself" in first.why
    assert second.what.startswith("Entries 512 to ")


def test_the_report_says_so_at_once_and_in_its_model(report: Report) -> None:
    assert "entries below 512 were pruned, as the log says" in report.headline
    assert (report.header.first_index, report.header.verification.pruned) == (512, 512)
    integrity = next(section for section in report.sections if section.id == "integrity")
    tables = {table.title: table for table in integrity.tables}
    (pruning,) = tables["What was pruned at the end of its time"].rows
    assert pruning.cells[:4] == ("0 to 511", 512, "512 ai-act-6m", 0)
    began = {row.cells[1]: str(row.cells[2]) for row in tables["Runs of recording processes"].rows}
    assert all(told.startswith("before ") for told in began.values())


def test_an_outcome_whose_decision_was_pruned_accuses_nobody(make: Make, cut: Log) -> None:
    context = make(cut.path, key=SIGNER.vkey)
    assert [row.count for row in rows(context, "pruned_decision")] == [1]
    assert rows(context, "orphan_outcome") == []


def test_a_log_of_which_nothing_was_pruned_says_nothing_of_it(context: Context) -> None:
    assert rows(context, "pruned") == []
    assert "pruned" not in KINDS["period"].build(context).headline


def test_entries_that_vanished_without_a_record_are_no_pruning(make: Make, cut: Log) -> None:
    shutil.rmtree(cut.path / "tile/entries/002.p")
    (cut.path / "minimum").write_text("768\n")
    assert not make(cut.path, key=SIGNER.vkey).evidence.verified.ok


# --- the bundle --------------------------------------------------------------------------------------------


@pytest.fixture
def archive(make: Make, cut: Log, report: Report, tmp_path: Path) -> Path:
    path = tmp_path / "out.zip"
    path.write_bytes(bundled(report, make(cut.path, key=SIGNER.vkey), ()))
    return path


@pytest.fixture
def unpacked(archive: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as source:
        source.extractall(tmp_path / "b")
    (tmp_path / "b" / "SHA256SUMS").write_text("")
    return tmp_path / "b"


def check(folder: Path) -> tuple[int, str]:
    """The bundle's own verifier in a bare interpreter, without its look at the digests."""
    script = "import sys; sys.path.insert(0, '.'); import verify; verify.check_sums = lambda _: ''; "
    command = [sys.executable, "-I", "-S", "-c", script + "sys.exit(verify.main())"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env={"PATH": os.environ["PATH"]}, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_its_bundle_verifies_by_itself_and_with_us(unpacked: Path, cut: Log) -> None:
    code, said = check(unpacked)
    assert code == 0, said
    assert (
        f"{cut.size} entries of example.org/test/log have the signed root (those below 512 were pruned"
        in said
    )
    assert verify(unpacked / "log", SIGNER.vkey).problems == []
    assert (unpacked / "log" / "minimum").read_text() == "512\n"
    names = {int(path.stem) for path in (unpacked / "records").iterdir()}
    assert names == set(range(512, cut.size))


FORGERIES: dict[str, Callable[[Path], object]] = {
    "a kept bundle": lambda log: shutil.rmtree(log / "tile/entries/002.p"),
    "the minimum": lambda log: (log / "minimum").write_text("768\n"),
    "a hash": lambda log: (log / "tile/0/001").write_bytes(bytes(256 * 32)),
    "a pruned bundle": lambda log: (log / "tile/entries/001").write_bytes(b"\0\2{}" * 256),
}


@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_a_forger_is_found_out(unpacked: Path, name: str) -> None:
    FORGERIES[name](unpacked / "log")
    code, said = check(unpacked)
    assert (code, "FAILED" in said, "Traceback" in said) == (1, True, False), said
    assert verify(unpacked / "log", SIGNER.vkey).problems


@pytest.mark.skipif(program() is None, reason="no browser here: make browser")
async def test_the_page_takes_what_the_record_covers_and_nothing_else(archive: Path, unpacked: Path) -> None:
    async with opened(unpacked / "verifier.html") as browser:
        await browser.until("document.body?.dataset.ready === 'yes'")
        await browser.evaluate(f"document.getElementById('key').value = {SIGNER.vkey!r}")

        async def judged(path: Path, into: str) -> tuple[str, str]:
            await browser.evaluate("document.getElementById('verdict').className = ''")
            await browser.choose(into, [path])
            await browser.until("['good', 'bad'].includes(document.getElementById('verdict').className)")
            kind = await browser.evaluate("document.getElementById('verdict').className")
            return str(kind), str(await browser.evaluate("document.body.innerText"))

        kind, told = await judged(archive, "#files")
        assert kind == "good", told
        assert "but for the entries below 512, which were pruned as the log itself says" in told
        assert "the retention record by ops@example.org, which names 512 ai-act-6m" in told
        for name, forge in sorted(FORGERIES.items()):
            folder = unpacked / "log"
            before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
            forge(folder)
            kind, told = await judged(folder, "#folder")
            assert kind == "bad", (name, told)
            for path in set(folder.rglob("*")) - before.keys():
                if path.is_file():
                    path.unlink()
            for path, data in before.items():
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
        assert (await judged(unpacked / "log", "#folder"))[0] == "good"


def test_the_model_is_told_in_json(report: Report) -> None:
    from reports.renderers import rendered

    assert json.loads(rendered(report, "json"))["header"]["verification"]["pruned"] == 512
