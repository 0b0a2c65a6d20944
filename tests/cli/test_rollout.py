"""The commands of a rollout: what they want, what they record, and what they refuse."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.audit.events import divergence_record, shadow_record
from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.reader import records
from gateway.cli import main
from gateway.core.decision import Answer
from gateway.policy.authority import Authority
from gateway.policy.build import archived, build
from gateway.policy.bundle import load
from gateway.policy.compare import Change, Delta, Kind
from gateway.policy.flips import Tally
from gateway.policy.releases import Releases
from gateway.policy.shipped import baseline
from gateway.policy.store import Store

RULE = (
    'package lictor.request\n\nflag contains {"rule": "house.%s", "reason": "x"} if input.exchange.stream\n'
)
BACKTEST = {"schema": "lictor.backtest/1", "bundles": {"new": "?"}, "verdict": "pass"}
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command with a settings file; signed by Ann unless said otherwise."""
    config = tmp_path / "lictor.toml"

    def run(*words: str, who: str = "Ann", approvals: int = 1, keys: str = "") -> Result:
        section = f'[policy]\nstore = "{tmp_path}/store"\napprovals = {approvals}\n{keys}'
        config.write_text(f'{section}[audit]\npath = "{tmp_path}/audit"\n')
        asks = words[0] in ("status", "shadow-report")
        signed = () if asks else ("--approver", who, "--reason", "a test")
        return CliRunner().invoke(main, ["policy", *words, *signed, "--config", str(config)])

    return run


@pytest.fixture
def submitted(tmp_path: Path, run: Run) -> str:
    return run("submit", str(bundle(tmp_path))).output.splitlines()[-1]


def bundle(tmp_path: Path, text: str = RULE % "one") -> Path:
    folder = tmp_path / "bundle"
    shutil.copytree(baseline(), folder, dirs_exist_ok=True)
    (folder / "house.rego").write_text(text)
    return folder


def steps(tmp_path: Path) -> list[tuple[str, str]]:
    found = [record for _, record in records(tmp_path / "audit") if record["type"] == "approval"]
    return [(record["action"], record["approver"]) for record in found]


def test_four_eyes(tmp_path: Path, run: Run, submitted: str) -> None:
    assert run("shadow", submitted).exit_code == 0
    promote = ("promote", submitted, "--without-backtest", "a test")
    assert "approved by ann" in run(*promote, approvals=2).output
    again = run(*promote, approvals=2)
    assert (again.exit_code, "approved already" in again.output) == (2, True)
    assert f"{submitted} decides" in run(*promote, approvals=2, who="Bob").output
    assert steps(tmp_path) == [("submit", "Ann"), ("shadow", "Ann"), ("promote", "Ann"), ("promote", "Bob")]


def test_a_bundle_with_complaints_changes_nothing(tmp_path: Path, run: Run) -> None:
    said = run("submit", str(bundle(tmp_path, "package lictor.request\n\ndeny contains {{\n")))
    assert said.exit_code == 1
    assert "house.rego" in said.output
    assert steps(tmp_path) == []
    assert len(Store(tmp_path / "store").revisions()) == 1


def test_a_bundle_may_go_into_shadow_at_once(tmp_path: Path, run: Run) -> None:
    said = run("shadow", str(bundle(tmp_path)), "--sample", "0.5")
    assert "is in shadow for 50%" in said.output
    assert steps(tmp_path) == [("submit", "Ann"), ("shadow", "Ann")]


@pytest.mark.parametrize(("written", "share"), [("5%", 0.05), ("0.05", 0.05), ("100%", 1.0), ("0", 0.0)])
def test_budgets_are_shares(tmp_path: Path, run: Run, submitted: str, written: str, share: float) -> None:
    assert run("shadow", submitted, "--max-divergence", written).exit_code == 0
    rollout = Store(tmp_path / "store").rollout()
    assert rollout is not None
    assert rollout.budgets.divergence == share


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--max-divergence", "5"), "could be"),
        (("--max-errors", "1"), "could be"),
        (("--max-divergence", "101%"), "no share"),
    ],
)
def test_a_budget_that_may_be_read_in_two_ways_is_refused(
    tmp_path: Path, run: Run, submitted: str, words: tuple[str, str], said: str
) -> None:
    before = steps(tmp_path)
    result = run("shadow", submitted, *words)
    assert result.exit_code == 2
    assert said in result.output
    assert steps(tmp_path) == before


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (BACKTEST, ""),
        (BACKTEST | {"verdict": "fail"}, "verdict"),
        (BACKTEST | {"verdict": "inconclusive"}, "verdict"),
        (BACKTEST | {"bundles": {"new": "sha256:0"}}, "not about"),
        (BACKTEST | {"schema": "lictor.shadow/1"}, "of 'lictor.shadow/1'"),
        ([], "not the JSON"),
        ({"verdict": "pass"}, "not the JSON"),
    ],
)
def test_a_backtest_is_evidence_for_its_own_revision_only(
    tmp_path: Path, run: Run, submitted: str, report: object, said: str
) -> None:
    run("shadow", submitted)
    file = tmp_path / "report.json"
    file.write_text(json.dumps(report).replace("?", submitted))
    result = run("promote", submitted, "--backtest", str(file))
    assert said in result.output
    assert result.exit_code == (2 if said else 0)
    evidence = [record.get("evidence", {}) for _, record in records(tmp_path / "audit")]
    assert any("backtest" in each for each in evidence) is not bool(said)


def test_steps_that_are_refused_leave_no_record(tmp_path: Path, run: Run, submitted: str) -> None:
    before = steps(tmp_path)
    for words in (
        ("promote", submitted),
        ("promote", submitted, "--without-backtest", "why"),
        ("promote", submitted, "--without-backtest", ""),
        ("canary", submitted, "--percent", "5"),
        ("shadow", f"sha256:{'0' * 64}"),
        ("shadow", submitted, "--sample", "0"),
        ("submit", str(tmp_path / "nowhere")),
    ):
        result = run(*words)
        assert result.exit_code == 2, words
        assert steps(tmp_path) == before


def test_without_a_store_there_is_nothing_to_do(tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["policy", "status"])
    assert (said.exit_code, "no policy store" in said.output) == (2, True)


def test_a_log_that_cannot_be_written_means_no_step(tmp_path: Path, run: Run, submitted: str) -> None:
    shutil.rmtree(tmp_path / "audit")
    (tmp_path / "audit").write_text("")
    assert run("shadow", submitted).exit_code in (1, 2)
    now = Store(tmp_path / "store").rollout()
    assert now is not None
    assert (now.version, now.stage) == (2, "none")


def test_status_tells_who_is_late(tmp_path: Path, run: Run, submitted: str) -> None:
    assert run("status").exit_code == 0
    assert json.loads(run("status", "--json").output)["rollout"]["candidate"] == submitted


def test_an_archive_is_the_same_revision_as_its_folder(tmp_path: Path, run: Run) -> None:
    folder, archive = bundle(tmp_path), tmp_path / "bundle.tar.gz"
    assert policy("build", folder, "-o", archive).exit_code == 0
    said = run("submit", str(archive))
    assert said.exit_code == 0, said.output
    revision = said.output.splitlines()[-1]
    assert revision == load(folder).revision
    kept = Store(tmp_path / "store").bundle(revision)
    assert (kept.name, kept.read_bytes()) == ("bundle.tar.gz", archive.read_bytes())
    assert run("shadow", revision).exit_code == 0
    promoted = run("promote", revision, "--without-backtest", "a test")
    assert f"{revision} decides" in promoted.output
    releases = Releases(Store(tmp_path / "store"), Authority)
    assert releases.revision == revision


@pytest.fixture
def keys(tmp_path: Path) -> str:
    """Settings with a key, and a bundle in force that it has signed."""
    assert policy("keygen", tmp_path / "release", "--key-id", "release").exit_code == 0
    ours = shutil.copytree(baseline(), tmp_path / "ours")
    signed(tmp_path, ours)
    return f'bundle = "{ours}"\n[[policy.keys]]\nid = "release"\npath = "{tmp_path}/release.pub"\n'


def policy(*words: object) -> Result:
    return CliRunner().invoke(main, ["policy", *map(str, words)])


def signed(tmp_path: Path, folder: Path) -> None:
    assert policy("sign", folder, "--key", tmp_path / "release", "--key-id", "release").exit_code == 0


def test_where_there_are_keys_an_unsigned_bundle_is_refused(tmp_path: Path, run: Run, keys: str) -> None:
    folder = bundle(tmp_path)
    for words in (("submit", str(folder)), ("shadow", str(folder))):
        said = run(*words, keys=keys)
        assert (said.exit_code, "`unsigned`" in said.output) == (1, True), said.output
    assert steps(tmp_path) == []
    assert len(Store(tmp_path / "store").revisions()) == 1

    signed(tmp_path, folder)
    said = run("submit", str(folder), keys=keys)
    assert said.exit_code == 0, said.output
    (folder / "house.rego").write_text(RULE % "two")
    said = run("submit", str(folder), keys=keys)
    assert (said.exit_code, "`file_changed`" in said.output) == (1, True), said.output


def test_a_revision_submitted_before_there_were_keys_goes_no_further_until_it_is_signed(
    tmp_path: Path, run: Run, submitted: str, keys: str
) -> None:
    for words in (("shadow", submitted), ("canary", submitted, "--percent", "5")):
        assert run(*words, keys=keys).exit_code == 1
    signed(tmp_path, tmp_path / "bundle")
    assert submitted in run("submit", str(tmp_path / "bundle"), keys=keys).output
    assert run("shadow", submitted, keys=keys).exit_code == 0


@pytest.fixture
def shadowed(tmp_path: Path) -> None:
    """What two workers saw: two of 101 decisions newly stopped."""
    signer = Signer.load_or_create(tmp_path / "audit.keys" / "log.key", "lictor.local/gateway")
    log = AuditLog.open(tmp_path / "audit", origin=signer.name, signer=signer, node="node-1")
    stricter = Change(
        "request", Kind.STRICTER, Answer.ALLOW, Answer.DENY, (Delta("a.b", "added", flips=True),)
    )
    for same in (40, 59):
        tally = Tally()
        for change in [stricter, *[Change("request", Kind.SAME, Answer.ALLOW, Answer.ALLOW)] * same]:
            tally.add(change, [("tenant", "<acme>")])
        summary = shadow_record(
            revision="sha256:a",
            candidate="sha256:b",
            tally=tally.to_json(),
            counts={"judged": 51, "failed": 1},
        )
        single = divergence_record(
            exchange="x1", phase="request", revision="sha256:a", candidate="sha256:b", change="stricter",
            answers=("allow", "deny"), rules=("a.b",),
        )  # fmt: skip
        log.append_sync(summary)
        log.append_sync(single)
    log.close_sync()


@pytest.mark.usefixtures("shadowed")
def test_the_report_adds_up_what_several_workers_saw(run: Run) -> None:
    report = json.loads(run("shadow-report", "--json", "-").stdout)
    assert report["decisions"]["kinds"] == {"same": 99, "stricter": 2}
    assert report["decisions"]["newly_stopped"][0] == 2
    assert report["counts"] == {"failed": 2, "judged": 102}
    assert report["rules"][0]["rule"] == "a.b"
    assert "allow > deny" in run("shadow-report", "b").output
    assert run("shadow-report", "c").exit_code == 3


@pytest.mark.usefixtures("shadowed")
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ((), 0),
        (("--max-divergence", "50%", "--max-unknown", "10%"), 0),
        (("--max-divergence", "0.1%", "--max-unknown", "10%"), 1),
        (("--max-new-deny", "2", "--max-unknown", "2"), 0),
        (("--max-new-deny", "1", "--max-unknown", "2"), 1),
        (("--max-new-allow", "0", "--max-unknown", "1"), 1),  # two got no answer
        (("--max-new-deny", "2%", "--max-unknown", "10%"), 3),  # inside the interval
        (("--max-new-allow", "0", "--max-unknown", "10%", "--min-decisions", "102"), 3),
        (("--max-new-deny", "2.5"), 2),
    ],
)
def test_a_time_in_shadow_is_a_gate(run: Run, limits: tuple[str, ...], code: int) -> None:
    assert run("shadow-report", *limits).exit_code == code


def test_a_shadow_that_saw_nothing_is_no_pass(run: Run) -> None:
    assert run("shadow-report", "--max-new-deny", "1").exit_code == 3


@pytest.mark.usefixtures("shadowed")
def test_the_report_has_the_forms_of_a_backtest(tmp_path: Path, run: Run) -> None:
    page, checks = tmp_path / "page.html", tmp_path / "checks.xml"
    result = run("shadow-report", "--max-new-deny", "1", "--html", str(page), "--junit", str(checks))
    assert result.exit_code == 1
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert "Policy shadow: fail" in text
    assert "&lt;acme&gt;" in text
    assert "<acme>" not in text
    assert '<testcase classname="shadow-report" name="max-new-deny"><failure' in checks.read_text()


def test_an_older_bundle_is_submitted_only_on_purpose(tmp_path: Path, run: Run) -> None:
    for serial, text in ((2, RULE % "two"), (1, RULE % "one")):
        (tmp_path / f"{serial}.tar.gz").write_bytes(archived(build(bundle(tmp_path, text), serial=serial)))
    assert run("submit", str(tmp_path / "2.tar.gz")).exit_code == 0
    said = run("submit", str(tmp_path / "1.tar.gz"))
    assert (said.exit_code, "serial 1, and one with 2" in said.output) == (1, True)
    refused = [record for _, record in records(tmp_path / "audit") if record["type"] == "bundle"]
    assert [(one["accepted"], "`older`" in one["reason"]) for one in refused] == [(False, True)]
    assert run("submit", str(tmp_path / "1.tar.gz"), "--allow-older").exit_code == 0
    taken = [record for _, record in records(tmp_path / "audit") if record["type"] == "approval"]
    assert "serial 1" in taken[-1]["evidence"]["older"]
