"""``lictor report`` as people call it."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from reports.builders import KINDS
from reports.cli import report
from reports.renderers import FORMATS
from tests.reports.sample import SIGNER, tamper, write_log

Run = Callable[..., Result]


@pytest.fixture
def run(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(report, [str(argument) for argument in arguments])

    return call


def test_every_kind_is_a_command_and_listed(run: Run) -> None:
    assert isinstance(report, click.Group)
    assert report.commands.keys() >= KINDS.keys()
    said = run("list").output
    assert all(name in said for name in (*KINDS, *FORMATS))


def test_the_command_is_declared_as_an_entry_point() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    assert 'report = "reports.cli:report"' in text.partition('[project.entry-points."lictor.commands"]')[2]
    for entry in entry_points(group="lictor.commands", name="report"):
        assert entry.load() is report


def test_a_report_is_written_in_the_formats_asked_for(run: Run, log: Path, tmp_path: Path) -> None:
    done = run("period", "--log", log, "--key", SIGNER.vkey, "--format", "html,json", "-o", tmp_path / "q3")
    assert done.exit_code == 0, done.output
    assert "Verified: 24 entries" in done.output
    assert {path.name for path in tmp_path.iterdir()} == {"q3.html", "q3.json"}


def test_one_format_takes_the_name_as_it_is(run: Run, log: Path, tmp_path: Path) -> None:
    assert run("owasp", "--log", log, "--format", "csv", "-o", "matrix.txt").exit_code == 0
    assert (tmp_path / "matrix.txt").read_text().startswith('"kind"')


def test_without_a_name_the_kind_is_the_name(run: Run, log: Path, tmp_path: Path) -> None:
    assert run("decision", "--log", log, "--decision", "DENIED", "--format", "json").exit_code == 0
    found = json.loads((tmp_path / "report-decision.json").read_text())
    assert found["header"]["title"] == "Decision DENIED"
    assert "--decision DENIED" in found["header"]["reproduce"]


def test_an_altered_log_gives_a_report_that_says_so_and_exit_code_1(run: Run, tmp_path: Path) -> None:
    altered = write_log(tmp_path / "log")
    tamper(altered)
    done = run("period", "--log", altered, "--key", SIGNER.vkey, "--format", "json")
    assert done.exit_code == 1
    assert json.loads((tmp_path / "report-period.json").read_text())["headline"].startswith("NOT VERIFIED")
    assert "NOT VERIFIED" in done.output


def test_a_key_that_is_not_the_logs_is_told(run: Run, log: Path) -> None:
    other = SIGNER.generate("example.org/prod/log").vkey
    assert run("period", "--log", log, "--key", other, "--format", "json").exit_code == 1


def test_dates_bound_the_period_in_utc(run: Run, log: Path, tmp_path: Path) -> None:
    done = run(
        "period",
        "--log",
        log,
        "--from",
        "2026-09-22",
        "--to",
        "2026-09-23T00:00:00+00:00",
        "--format",
        "json",
    )
    assert done.exit_code == 0, done.output
    header = json.loads((tmp_path / "report-period.json").read_text())["header"]
    assert (header["period_from"], header["period_to"]) == (
        "2026-09-22T00:00:00.000Z",
        "2026-09-23T00:00:00.000Z",
    )
    assert "--from 2026-09-22T00:00:00.000Z --to 2026-09-23T00:00:00.000Z" in header["reproduce"]


def test_the_command_that_a_report_tells_makes_it_again(run: Run, log: Path, tmp_path: Path) -> None:
    arguments = ["incident", "--log", log, "--from", "2026-09-22", "--format", "json"]
    run(*arguments, "-o", "first.json")
    told = json.loads((tmp_path / "first.json").read_text())["header"]["reproduce"].split()
    again = [str(log) if word == "LOG" else word for word in told[2:]]
    assert run(*again, "--format", "json", "-o", "second.json").exit_code == 0
    assert (tmp_path / "second.json").read_bytes() == (tmp_path / "first.json").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "docx"], "no format docx"),
        (["--from", "yesterday"], "no date or time"),
        (["--log", "nowhere"], "nowhere"),
        (["--from", "2027-01-01", "--to", "2026-01-01"], "it has to be after --from"),
        (["--operator", "broken.yaml"], "unknown key"),
    ],
)
def test_wrong_usage_is_told_without_a_traceback(
    run: Run, log: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "broken.yaml").write_text("purpose: oops\n")
    done = run("period", "--log", log, *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


def test_an_epoch_that_is_no_number_is_told(run: Run, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today")
    done = run("period", "--log", log)
    assert (done.exit_code, "no number of seconds" in done.output) == (2, True)


def test_an_unknown_decision_is_told(run: Run, log: Path) -> None:
    done = run("decision", "--log", log, "--decision", "NOBODY")
    assert (done.exit_code, "knows nothing of NOBODY" in done.output) == (2, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a list\n", "keys and values"),
        ("controller: [1]\n", "must be text"),
        ("purposes: {a: 1}\n", "names and texts"),
        ("purposes: [\n", "operator.yaml"),
    ],
)
def test_declarations_are_read_strictly(run: Run, log: Path, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "operator.yaml").write_text(text)
    done = run("gdpr-art30", "--log", log, "--operator", "operator.yaml")
    assert (done.exit_code, said in done.output) == (2, True)


def test_declarations_go_into_the_record_of_processing(run: Run, log: Path, tmp_path: Path) -> None:
    (tmp_path / "operator.yaml").write_text("controller: Acme GmbH, Berlin\npurposes: {acme: support}\n")
    done = run("gdpr-art30", "--log", log, "--operator", "operator.yaml", "--format", "json")
    assert done.exit_code == 0, done.output
    text = (tmp_path / "report-gdpr-art30.json").read_text()
    assert "Acme GmbH, Berlin" in text
    assert "operator's declarations" in text


def test_controls_are_shown_for_one_framework(run: Run) -> None:
    said = run("controls", "--framework", "owasp-llm:2026").output
    assert "LLM10" in said
    assert "art-12" not in said
    assert run("controls", "--framework", "nothing").exit_code == 2
    assert json.loads(run("controls", "--framework", "hipaa", "--json").output)[0]["framework"] == "hipaa"


def test_the_models_report_finds_the_shipped_manifest(run: Run, log: Path, tmp_path: Path) -> None:
    assert run("models", "--log", log, "--format", "json").exit_code == 0
    names = [
        item["name"] for item in json.loads((tmp_path / "report-models.json").read_text())["header"]["inputs"]
    ]
    assert "models manifest.toml" in names


def _remove(log: Path) -> None:
    for file in (log / "tile" / "entries").rglob("*"):
        if file.is_file():
            file.unlink()


@pytest.mark.parametrize("harm", [tamper, _remove])
def test_a_bundle_of_a_broken_log_is_made_and_fails(
    run: Run, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    broken = write_log(tmp_path / "log")
    harm(broken)
    done = run("period", "--log", broken, "--key", SIGNER.vkey, "--format", "json", "--bundle", "b.zip")
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit)
    with zipfile.ZipFile(tmp_path / "b.zip") as source:
        assert "NOT VERIFIED" in source.read("README.md").decode()
        source.extractall(tmp_path / "b")
    script = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "b" / "verify.py")], capture_output=True, text=True, check=False
    )
    assert (script.returncode, "FAILED" in script.stdout, script.stderr) == (1, True, "")
