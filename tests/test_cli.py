"""The command line: what it says, where, and with which exit code."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.audit.cosignature import Witness
from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.reader import entry
from gateway.audit.record import Seen, decision_record, outcome_record, refused_record
from gateway.cli import main
from gateway.core.decision import Answer, Decision, Effect, Verdict
from gateway.core.exchange import Caller, Exchange, Outcome
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.policy.shipped import baseline

OK, FAILED, USAGE, NOTHING = 0, 1, 2, 3
COMMANDS = [[], ["serve"], ["scan"], ["policy"], ["policy", "check"], ["policy", "test"]]
COMMANDS += [["policy", name] for name in ("add", "explain", "init", "schema", "trace")]
COMMANDS += [["explain"], ["audit"], ["audit", "verify"], ["demo"]]
COMMANDS += [["audit", "proof"], ["audit", "check-proof"], ["audit", "page"]]
COMMANDS += [["vault"], ["vault", "erase"], ["vault", "read"], ["vault", "status"], ["audit", "prune"]]
COMMANDS += [["audit", "hold"], *(["audit", "hold", name] for name in ("add", "release", "list"))]

RULE = """package lictor.request

import rego.v1

deny contains {"rule": "house.rule", "reason": "No."} if input.exchange.model == "forbidden"
"""
RULE_TEST = """package lictor.request_test

import rego.v1

import data.lictor.request

test_forbidden_is_denied if count(request.deny) == 1 with input as {"exchange": {"model": "forbidden"}}

test_others_are_not if count(request.deny) == %d with input as {"exchange": {"model": "gpt-4o"}}
"""


def lictor(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)


def complaint(result: Result, code: int = USAGE) -> str:
    """The one line that a command leaves on standard error when it cannot do its work."""
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("lictor: ")
    return line


# --- help -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself(command: list[str], option: str) -> None:
    result = lictor(*command, option)
    assert result.exit_code == OK
    assert result.output.startswith("Usage:")


def test_help_lists_every_command() -> None:
    listed = lictor("--help").output.partition("Commands:")[2]
    top = {command[0] for command in COMMANDS if command}
    assert {line.split()[0] for line in listed.splitlines() if line.strip()} >= top


def test_the_version_is_told() -> None:
    assert lictor("--version").output.startswith("lictor, version ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["scan"],
        ["scan", "--input", "x"],
        ["explain"],
        ["serve", "--workers", "0"],
        ["policy", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: list[str]) -> None:
    result = lictor(*arguments)
    assert result.exit_code == USAGE
    assert "Error:" in result.stderr


# --- serve ----------------------------------------------------------------------------------------------


def test_serve_needs_settings_that_can_be_read(tmp_path: Path) -> None:
    config = tmp_path / "lictor.toml"
    assert "lictor.toml" in complaint(lictor("serve", "--config", config))
    config.write_text("[server]\nport = -1\n")
    assert "server.port" in complaint(lictor("serve", "--config", config))


# --- scan -----------------------------------------------------------------------------------------------


@pytest.fixture
def without_models(tmp_path: Path) -> Path:
    """Settings under which only the recognisers run."""
    config = tmp_path / "without-models.toml"
    config.write_text("[classifiers]\nenabled = false\n")
    return config


def test_scan_counts_characters(tmp_path: Path, without_models: Path) -> None:
    text = "Grüße 😀 an jane.doe@example.com, 漢字"
    rows = [{"id": "a", "text": text}, {"id": 7, "text": "nothing here"}]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    result = lictor("scan", "--input", source, "--output", target, "--config", without_models)
    assert result.exit_code == OK
    assert "2 lines, 1 findings, 0 unreadable" in result.stderr
    first, second = (json.loads(line) for line in target.read_text("utf-8").splitlines())
    (finding,) = first["findings"]
    assert text[finding["start"] : finding["end"]] == "jane.doe@example.com"
    assert (first["id"], finding["category"], finding["label"]) == ("a", "pii", "email")
    assert first["scores"]["pii"] == finding["score"]
    assert (second["id"], second["findings"]) == (7, [])
    assert {entry["state"] for entry in first["coverage"]} == {"ok"}


def test_scan_answers_every_line(tmp_path: Path, without_models: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    good = b'{"id": "x", "text": "hello"}\n'
    bad = b'\xff\xfe\n{"id": 1\n{"id": 1}\n[]\n\n{"id": 1, "text": 2}\n'
    source.write_bytes(good + bad + good.strip())
    result = lictor("scan", "--input", source, "--output", target, "--config", without_models)
    assert result.exit_code == USAGE
    assert "8 lines, 0 findings, 6 unreadable" in result.stderr
    assert f"{source}: line 2: not valid UTF-8\n{source}: line 3: not valid JSON\n" in result.stderr
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert ["error" in row for row in rows] == [False, *[True] * 6, False]


def test_scan_through_standard_streams(without_models: Path) -> None:
    streams = ["--input", "-", "--output", "-"]
    stdin = '{"id": 1, "text": "jane.doe@example.com"}\n'
    result = lictor("scan", *streams, "--config", without_models, stdin=stdin)
    assert result.exit_code == OK
    (row,) = (json.loads(line) for line in result.stdout.splitlines())
    assert [finding["start"] for finding in row["findings"] if finding["label"] == "email"] == [0]


def test_scan_of_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"")
    assert lictor("scan", "--input", source, "--output", target).exit_code == OK
    assert target.read_bytes() == b""


@pytest.mark.parametrize(
    ("source", "target"),
    [("nowhere.jsonl", "out.jsonl"), ("in.jsonl", "nowhere/out.jsonl"), (".", "out.jsonl")],
)
def test_scan_of_what_is_not_there(tmp_path: Path, source: str, target: str) -> None:
    (tmp_path / "in.jsonl").write_text("")
    complaint(lictor("scan", "--input", tmp_path / source, "--output", tmp_path / target))
    assert not (tmp_path / "out.jsonl").exists()


# --- policy ---------------------------------------------------------------------------------------------


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "house.rego").write_text(RULE)
    return folder


def test_the_baseline_is_in_order() -> None:
    assert lictor("policy", "check").exit_code == OK
    assert lictor("policy", "test").exit_code == OK


def test_a_copy_of_the_baseline_is_in_order(tmp_path: Path) -> None:
    shutil.copytree(baseline(), tmp_path / "copy")
    result = lictor("policy", "check", tmp_path / "copy")
    assert (result.exit_code, result.stdout) == (OK, "")
    assert "in order" in result.stderr


def test_complaints_name_file_and_line(bundle: Path) -> None:
    (bundle / "house.rego").write_text(RULE + "\ndeny contains {{\n")
    result = lictor("policy", "check", bundle)
    assert result.exit_code == FAILED
    assert result.stdout.startswith(f"{bundle / 'house.rego'}:8: ")
    assert "complaints" in result.stderr


def test_a_bundle_that_is_no_folder(tmp_path: Path) -> None:
    result = lictor("policy", "check", tmp_path / "nowhere")
    assert result.exit_code == USAGE
    assert "nowhere" in result.stderr


def test_tests_that_pass(bundle: Path) -> None:
    (bundle / "house_test.rego").write_text(RULE_TEST % 0)
    result = lictor("policy", "test", bundle, "-v")
    assert result.exit_code == OK
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["ok", "ok"]
    assert "2 passed, 0 failed" in result.stderr


def test_tests_that_fail(bundle: Path) -> None:
    (bundle / "house_test.rego").write_text(RULE_TEST % 1)
    result = lictor("policy", "test", bundle)
    assert result.exit_code == FAILED
    (line,) = result.stdout.splitlines()
    assert line.startswith("FAIL")
    assert "house_test.rego:9" in line
    assert "test_others_are_not" in line
    assert "1 passed, 1 failed" in result.stderr


def test_no_tests_are_no_success(bundle: Path) -> None:
    assert lictor("policy", "test", bundle).exit_code == NOTHING
    (bundle / "house_test.rego").write_text(RULE_TEST % 0)
    assert lictor("policy", "test", bundle, "--run", "no_such_test").exit_code == NOTHING
    assert lictor("policy", "test", bundle, "--run", "forbidden").exit_code == OK


def test_tests_of_a_broken_bundle(bundle: Path) -> None:
    (bundle / "house.rego").write_text("package lictor.request\n\ndeny contains {{\n")
    (bundle / "house_test.rego").write_text(RULE_TEST % 0)
    result = lictor("policy", "test", bundle)
    assert result.exit_code in (FAILED, USAGE)
    assert "house.rego" in result.output
    assert "Traceback" not in result.output


def test_a_reader_that_has_enough_is_no_fault() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "gateway.cli", "policy", "test", "-v", str(baseline())]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (FAILED, b"")


# --- explain and audit ----------------------------------------------------------------------------------

DENIED, REFUSED = "lx-0001", "lx-0002"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A closed log with one denial and one refusal."""
    path = tmp_path / "audit"
    opened = AuditLog.open(path, origin="test/gateway", signer=Signer.generate("test/gateway"), node="n")
    exchange = Exchange(DENIED, "chat.completions", "openai_chat", Caller(), model="gpt-4o")
    verdict = Verdict("house.rule", Effect.DENY, "Not in this house.", ("owasp-llm:2026:LLM02",), ("f0",))
    decision = Decision("request", Answer.DENY, (verdict,), (), "sha256:" + "0" * 64)
    segments = [Segment("s0", "user", "text", "/messages/0/content", "jane.doe@example.com")]
    findings = [Finding("f0", "patterns", "1", "pii", "email", 1.0, "s0", 0, 20)]
    coverage = [Coverage("s0", "patterns", State.OK), Coverage("s0", "secrets", State.TIMEOUT, "deadline")]
    opened.append_sync(
        decision_record(
            exchange,
            decision,
            segments,
            findings,
            coverage,
            seen=Seen(1),
            body_commit="00",
            rewritten=False,
        )
    )
    outcome = Outcome(400, "denied", "house.rule", upstream="openai")
    opened.append_sync(outcome_record(exchange, outcome, decision, [], [], []))
    opened.append_sync(
        refused_record(
            REFUSED,
            endpoint="messages",
            dialect="anthropic_messages",
            status=400,
            code="malformed_json",
            caller=Caller(),
            received_ms=1,
        )
    )
    opened.close_sync()
    return path


def test_a_denial_is_explained(log: Path) -> None:
    result = lictor("explain", DENIED, "--log", log)
    assert result.exit_code == OK
    for words in ("deny", "house.rule", "Not in this house.", "owasp-llm:2026:LLM02", "pii/email", "0-20"):
        assert words in result.stdout
    for words in ("/messages/0/content", "secrets", "timeout deadline", "HTTP 400 denied", "from openai"):
        assert words in result.stdout
    decided, closed = result.stdout.split("\noutcome ")
    assert "checked   patterns on " in decided
    assert "found     nothing" not in decided
    assert "found     nothing" in closed


def test_a_refusal_is_explained(log: Path) -> None:
    assert "HTTP 400 malformed_json" in lictor("explain", REFUSED, "--log", log).stdout


def test_records_are_told_as_they_are(log: Path) -> None:
    result = lictor("explain", DENIED, "--log", log, "--json")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["type"] for record in records] == ["decision", "outcome"]


def test_the_settings_say_where_the_log_is(log: Path, tmp_path: Path) -> None:
    config = tmp_path / "lictor.toml"
    config.write_text(f"[audit]\npath = {json.dumps(str(log))}\n")
    assert lictor("explain", DENIED, "--config", config).exit_code == OK
    assert lictor("audit", "verify", "--config", config).exit_code == OK


def test_an_unknown_decision(log: Path, tmp_path: Path) -> None:
    assert "lx-nowhere" in complaint(lictor("explain", "lx-nowhere", "--log", log), NOTHING)
    complaint(lictor("explain", DENIED, "--log", tmp_path / "nowhere"), NOTHING)


def proofs(log: Path, tmp_path: Path) -> list[Path]:
    result = lictor("audit", "proof", DENIED, "--log", log, "-o", tmp_path / "proofs")
    assert result.exit_code == OK, result.output
    return [Path(line) for line in result.stdout.splitlines()]


def test_a_proof_is_checked_from_its_file_alone(log: Path, tmp_path: Path) -> None:
    decision, outcome = proofs(log, tmp_path)
    assert (decision.name, outcome.name) == ("lx-0001.1.tlog-proof", "lx-0001.2.tlog-proof")
    key = tmp_path / "vkey"
    shutil.move(log / "vkey", key)
    shutil.rmtree(log)
    result = lictor("audit", "check-proof", decision, "--key", key)
    assert result.exit_code == OK
    for words in ("proven    entry 1 of test/gateway, under 5 entries", "Not in this house.", '"seq":1'):
        assert words in result.stdout


def test_a_proof_proves_its_own_record_only(log: Path, tmp_path: Path) -> None:
    decision, outcome = proofs(log, tmp_path)
    key, right, wrong = log / "vkey", tmp_path / "right.json", tmp_path / "wrong.json"
    right.write_bytes(entry(log, 1))
    wrong.write_bytes(entry(log, 1).replace(b"deny", b"flag"))
    assert lictor("audit", "check-proof", decision, "--key", key, "--record", right).exit_code == OK
    for file, record in ((decision, wrong), (outcome, right)):
        result = lictor("audit", "check-proof", file, "--key", key, "--record", record)
        assert "NOT proven" in complaint(result, FAILED)
    other = lictor("audit", "check-proof", decision, "--key", Signer.generate("test/gateway").vkey)
    assert "no signature by" in complaint(other, FAILED)
    decision.write_text(decision.read_text()[:200])
    assert "NOT proven" in complaint(lictor("audit", "check-proof", decision, "--key", key), FAILED)
    complaint(lictor("audit", "check-proof", outcome, "--key", "nonsense"))
    complaint(lictor("audit", "check-proof", outcome))


def test_a_proof_by_index(log: Path, tmp_path: Path) -> None:
    result = lictor("audit", "proof", "0", "--log", log, "-o", tmp_path)
    assert result.stdout.strip() == str(tmp_path / "entry-0.tlog-proof")
    complaint(lictor("audit", "proof", "99", "--log", log, "-o", tmp_path), NOTHING)
    complaint(lictor("audit", "proof", "lx-nowhere", "--log", log, "-o", tmp_path), NOTHING)


def test_a_policy_stands_for_the_key(log: Path, tmp_path: Path) -> None:
    vkey = (log / "vkey").read_text().strip()
    witness = Witness("w.example", bytes(31) + b"\1")
    loose, demanding = tmp_path / "loose", tmp_path / "demanding"
    loose.write_text(f"log {vkey}\nquorum none\n")
    demanding.write_text(f"log {vkey}\nwitness w {witness.vkey}\nquorum w\n")
    (decision, _) = proofs(log, tmp_path)
    for command in (("verify", log), ("check-proof", decision)):
        assert lictor("audit", *command, "--policy", loose).exit_code == OK
        assert lictor("audit", *command, "--policy", demanding).exit_code == NOTHING
        demanding.write_text("quorum w\n")
        assert lictor("audit", *command, "--policy", demanding).exit_code == USAGE
        demanding.write_text(f"log {vkey}\nwitness w {witness.vkey}\nquorum w\n")


def test_known_checkpoints_may_be_a_folder(log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "origin"
    kept.mkdir(parents=True)
    shutil.copy(log / "checkpoint", kept / "5.note")
    result = lictor("audit", "verify", log, "--known", tmp_path / "kept")
    assert result.exit_code == OK
    assert "entries 0 to 4: kept elsewhere" in result.stdout


def test_the_page_is_written(tmp_path: Path) -> None:
    result = lictor("audit", "page", "-o", tmp_path / "verifier.html")
    assert result.exit_code == OK
    assert (tmp_path / "verifier.html").read_text().startswith("<!doctype html>")


def test_an_auditor_may_be_strict_and_remember(log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.copy(log / "checkpoint", kept)
    assert lictor("audit", "verify", log, "--strict", "--known", kept).exit_code == OK
    log.with_name("audit.signed").unlink()
    assert lictor("audit", "verify", log).exit_code == OK
    assert lictor("audit", "verify", log, "--strict").exit_code == NOTHING


def test_a_history_that_an_auditor_knows_otherwise(log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text((log / "checkpoint").read_text().replace("test/gateway", "test/other", 1))
    assert lictor("audit", "verify", log, "--known", kept).exit_code == FAILED


def test_a_log_that_is_intact(log: Path) -> None:
    result = lictor("audit", "verify", log)
    assert result.exit_code == OK
    assert result.stdout.startswith("intact")
    key = (log / "vkey").read_text().strip()
    assert lictor("audit", "verify", log, "--key", key).exit_code == OK
    assert lictor("audit", "verify", log, "--key", log / "vkey").exit_code == OK
    assert json.loads(lictor("audit", "verify", log, "--json").stdout)["ok"] is True


def entries(log: Path) -> Iterator[Path]:
    return (path for path in sorted((log / "tile" / "entries").rglob("*")) if path.is_file())


def test_a_log_that_was_tampered_with(log: Path) -> None:
    victim = next(entries(log))
    victim.write_bytes(victim.read_bytes().replace(b"house.rule", b"house.rude"))
    result = lictor("audit", "verify", log)
    assert result.exit_code == FAILED
    assert result.stdout.startswith("TAMPERED")
    assert json.loads(lictor("audit", "verify", log, "--json").stdout)["exit_code"] == FAILED


def test_a_log_that_cannot_be_read(log: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", log / "vkey"):
        result = lictor("audit", "verify", path)
        assert result.exit_code == USAGE
        assert result.stdout.startswith("unreadable")


def test_a_key_that_is_another(log: Path) -> None:
    other = Signer.generate("test/gateway").vkey
    assert lictor("audit", "verify", log, "--key", other).exit_code != OK
    result = lictor("audit", "verify", log, "--key", "no key at all")
    assert result.exit_code == USAGE
    assert "Traceback" not in result.output
