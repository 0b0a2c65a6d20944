"""Whatever reads a log reads it in PostgreSQL and in S3, as it does in a folder: on real servers."""

import json
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.audit.anchors import Anchorer, Directory, Job
from gateway.audit.layout import Layout
from gateway.audit.log import AuditLog
from gateway.audit.reader import records
from gateway.audit.retention.holds import standing
from gateway.audit.stores.opening import Site, open_source, open_store
from gateway.audit.verify import verify
from gateway.cli.main import main
from gateway.cli.retention.hold import hold
from gateway.cli.retention.prune import prune
from gateway.policy.shipped import baseline
from reports.cli import report
from tests.reports.sample import SIGNER, decided, ended, exchange

CALLS = 130


@pytest.fixture(params=["postgres", "s3"])
def site(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A log of more than one bundle of entries."""
    monkeypatch.setattr("gateway.audit.segment.RESERVE", 4096)
    monkeypatch.chdir(tmp_path)
    site = Site(request.getfixturevalue(f"{request.param}_url"), Layout(tmp_path / "log"))
    log = AuditLog.open(
        site.layout.root,
        origin=SIGNER.name,
        signer=SIGNER,
        node="n",
        store=open_store(site.location, site.layout),
    )
    for at in range(CALLS):
        call = exchange(f"E{at}")
        log.append_sync(decided(call, "pii.replaced"))
        log.append_sync(ended(call, rule="pii.replaced"))
    log.close_sync()
    return site


@pytest.fixture
def config(site: Site, tmp_path: Path) -> Path:
    """Settings of the gateway that wrote it."""
    settings = {"store": site.location, "origin": SIGNER.name, "path": str(site.layout.root)}
    file = tmp_path / "lictor.toml"
    file.write_text(
        "[audit]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    )
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def test_the_log_of_the_settings_is_verified_with_what_of_it_is_local(config: Path) -> None:
    done = run("audit", "verify", "--config", config, "--key", SIGNER.vkey)
    assert done.exit_code == 0, done.output
    assert "warning" not in done.output
    assert "second copy" in done.output


def test_two_processes_verify_it_as_one_does(site: Site) -> None:
    assert verify(site, SIGNER.vkey, processes=2).ok


def test_an_exchange_is_explained_and_proven(site: Site, tmp_path: Path) -> None:
    told = run("explain", "E7", "--log", site.location)
    assert "pii.replaced" in told.output
    done = run("audit", "proof", "E7", "--log", site.location, "-o", tmp_path / "proofs")
    assert done.exit_code == 0, done.output
    proofs = sorted((tmp_path / "proofs").iterdir())
    assert [path.name for path in proofs] == ["E7.15.tlog-proof", "E7.16.tlog-proof"]
    for path in proofs:
        assert "proven" in run("audit", "check-proof", path, "--key", SIGNER.vkey).output
    assert run("audit", "proof", "NOBODY", "--log", site.location).exit_code == 3


def test_a_report_and_its_bundle_are_made_of_it(site: Site, tmp_path: Path) -> None:
    arguments = [
        "period",
        "--log",
        site.location,
        "--key",
        SIGNER.vkey,
        "--format",
        "json",
        "--bundle",
        "b.zip",
    ]
    done = CliRunner().invoke(report, arguments)
    assert done.exit_code == 0, done.output
    header = json.loads((tmp_path / "report-period.json").read_text())["header"]
    assert header["end_index"] == 2 * CALLS + 2
    with zipfile.ZipFile("b.zip") as source:
        source.extractall("b")
    script = [sys.executable, "-I", "-S", "b/verify.py", SIGNER.vkey]
    said = subprocess.run(script, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
    assert f"{2 * CALLS + 2} records are proven" in said.stdout


def test_it_is_backtested_by_two_processes(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "backtest.json"
    arguments = ["--bundle", baseline(), "--against", baseline(), "--log", site.location, "--json", out]
    done = run("policy", "backtest", *arguments)
    assert done.exit_code in {0, 1, 3}, done.output
    assert str(2 * CALLS + 2) in out.read_text()


def test_its_checkpoints_are_anchored(site: Site, tmp_path: Path) -> None:
    anchor = Directory("elsewhere", tmp_path / "kept")
    policy = f"log {SIGNER.vkey}\nquorum none\n"
    anchorer = Anchorer(site.layout, [Job(anchor, 60.0)], policy=policy, source=open_source(site))
    anchorer.turn()
    (state,) = anchorer.state()
    anchorer.close()
    assert (state["size"], "fault" in state) == (2 * CALLS + 2, False)
    (note,) = (tmp_path / "kept").rglob("*.note")
    assert verify(site, SIGNER.vkey, known=[note.read_text()]).anchors[0].kind == "kept elsewhere"


@pytest.fixture
def key(tmp_path: Path) -> None:
    """The log's key where the gateway keeps it, for commands that write."""
    folder = tmp_path / "log.keys"
    folder.mkdir()
    (folder / "log.key").write_text(SIGNER.secret())
    (folder / "log.key").chmod(0o600)


@pytest.mark.usefixtures("key")
def test_a_legal_hold_stands_wherever_the_log_is(site: Site, config: Path) -> None:
    said = ["--reason", "case 7", "--by", "counsel", "--config", str(config)]
    done = CliRunner().invoke(hold, ["add", "case", "--exchange", "E7", *said], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert list(standing(site)) == ["case"]
    assert "case: exchange E7" in CliRunner().invoke(hold, ["list", "--config", str(config)]).output
    assert verify(site, SIGNER.vkey).ok


def test_pruning_says_where_it_cannot(config: Path) -> None:
    done = CliRunner().invoke(prune, ["--dry-run", "--config", str(config)])
    assert (done.exit_code, "only a log in a directory can be pruned" in done.output) == (2, True)


@pytest.mark.usefixtures("key")
def test_that_a_report_was_made_is_recorded_where_asked_for(site: Site, config: Path) -> None:
    arguments = [
        "incident",
        "--config",
        str(config),
        "--format",
        "json",
        "--bundle",
        "b.zip",
        "--record",
        "Jane Roe",
    ]
    done = CliRunner().invoke(report, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    (found,) = [record for _, record in records(site) if record["type"] == "report"]
    assert found["report"] == sha256(Path("report-incident.json").read_bytes()).hexdigest()
    assert found["bundle"] == sha256(Path("b.zip").read_bytes()).hexdigest()
    assert (found["kind"], found["size"], found["by"]) == ("incident", 2 * CALLS + 2, "Jane Roe")
    with_log = CliRunner().invoke(report, [*arguments, "--log", site.location])
    assert (with_log.exit_code, "leave out --log" in with_log.output) == (2, True)
