"""``lictor policy explain``, ``trace`` and ``schema``: facts from files and from the log."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.record import Seen, decision_record, outcome_record
from gateway.cli import main
from gateway.core.decision import Answer, Decision, Effect, Verdict
from gateway.core.exchange import Caller, Destination, Exchange, Outcome
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment

OK, FAILED, USAGE, NOTHING = 0, 1, 2, 3


def lictor(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def facts(tmp_path: Path, value: object) -> Path:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(value))
    return file


def recorded(path: Path) -> str:
    """A log with one exchange: an address went out, the answer carried a credential."""
    exchange = Exchange(
        "01HXYZ", "chat.completions", "openai_chat", Caller(tenant="acme"), model="gpt-4.1", route="*",
        destinations=(Destination("out", "openai"),), body_bytes=100, received_ms=1_767_225_600_000,
    )  # fmt: skip
    asking = Segment("s0", "user", "text", "/messages/0/content", "jane.doe@example.com")
    covered = [Coverage("s0", detector, State.OK) for detector in ("patterns", "secrets")]
    mail = Finding("f0", "patterns", "1", "pii", "email", 0.9, "s0", 0, 20)
    key = Finding("f0", "secrets", "1", "secret", "api_key", 0.75, "s0", 0, 20)
    verdict = Verdict("pii.replaced", Effect.REDACT, "R.", (), ("f0",))
    asked = Decision("request", Answer.TRANSFORM, (verdict,), (), "sha256:x")
    answered = Decision("response", Answer.ALLOW, (), (), "sha256:x")
    log = AuditLog.open(path, origin="test/gateway", signer=Signer.generate("test/gateway"), node="n")
    log.append_sync(
        decision_record(
            exchange,
            asked,
            [asking],
            [mail],
            covered,
            seen=Seen(1, ("patterns", "secrets")),
            body_commit="00",
            rewritten=True,
        )
    )
    answer = asking._replace(role="assistant")
    outcome = Outcome(200, "complete")
    log.append_sync(
        outcome_record(
            exchange, outcome, answered, [answer], [key], covered, seen=Seen(2, status=200, finish="stop")
        )
    )
    log.close_sync()
    return exchange.id


def test_facts_from_a_file_are_explained(tmp_path: Path) -> None:
    result = lictor("policy", "explain", "--input", facts(tmp_path, {"findings": [{"score": 0.9}]}))
    assert result.exit_code == OK, result.output
    assert result.stdout.startswith("The request of example (chat.completions) is allowed after changes.")
    assert "Without pii.replaced the answer would be allow." in result.stdout


def test_explanations_for_machines(tmp_path: Path) -> None:
    file = facts(tmp_path, {"findings": [{"score": 0.9}]})
    told = json.loads(lictor("policy", "explain", "--phase", "response", "--input", file, "--json").stdout)
    assert (told["phase"], told["answer"], told["recorded"]) == ("response", "transform", None)
    assert [rule["rule"] for rule in told["rules"]] == ["pii.introduced"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "not valid JSON"),
        ("[]", "must hold an object"),
        ('{"callr": {}}', "callr: there is no field `callr`; did you mean `caller`?"),
        ('{"findings": [{"score": "x"}]}', "findings.0.score: must be a number"),
        ('{"phase": "later"}', "must be one of plan, request, response"),
        ('{"phase": "plan"}', "lictor policy trace"),
    ],
)
def test_facts_that_are_none(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "facts.json"
    file.write_text(text)
    result = lictor("policy", "explain", "--input", file)
    assert result.exit_code == USAGE
    assert told in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_one_source_of_facts_is_needed(tmp_path: Path) -> None:
    assert lictor("policy", "explain").exit_code == USAGE
    file = facts(tmp_path, {})
    assert lictor("policy", "explain", "--input", file, "--exchange", "x").exit_code == USAGE


def test_a_recorded_exchange_is_explained_in_both_phases(tmp_path: Path) -> None:
    exchange = recorded(tmp_path / "log")
    result = lictor("policy", "explain", "--exchange", exchange, "--log", tmp_path / "log")
    assert result.exit_code == OK, result.output
    assert "The request of acme (chat.completions) is allowed after changes." in result.stdout
    assert "Everything was checked." in result.stdout
    assert "The response of acme (chat.completions) is allowed after changes." in result.stdout
    assert "secrets.leaked has findings redacted" in result.stdout
    assert "Recorded at the time: allow, by sha256:x." in result.stdout


def test_an_exchange_that_nobody_recorded(tmp_path: Path) -> None:
    result = lictor("policy", "explain", "--exchange", "nobody", "--log", tmp_path / "log")
    assert result.exit_code in (NOTHING, USAGE)
    assert result.stdout == ""


def test_trace_shows_conditions_and_values(tmp_path: Path) -> None:
    file = facts(tmp_path, {"size": {"segments": 2001}})
    result = lictor("policy", "trace", "--input", file, "--rule", "limits.")
    assert result.exit_code == OK
    assert "held  lictor/request/limits.rego:18 limits.segments" in result.stdout
    assert "no    lictor/request/limits.rego:10 limits.body" in result.stdout
    assert "line 11: input.size.body_kib > data.settings.limits.body_kib" in result.stdout
    assert "data.settings.limits.body_kib = 8192" in result.stdout
    told = json.loads(lictor("policy", "trace", "--input", file, "--json").stdout)
    assert {rule["held"] for rule in told["rules"]} == {True, False}


def test_trace_tells_of_faults(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    rule = 'deny contains {"rule": "a.b", "reason": "R."} if to_number(input.caller.tenant) > 1'
    (bundle / "a.rego").write_text(f"package lictor.request\n\n{rule}\n")
    result = lictor("policy", "trace", "--input", facts(tmp_path, {}), "--bundle", bundle)
    assert result.exit_code == FAILED
    assert "policy failed: a.rego:3" in result.stderr


def test_the_schema_is_the_published_one() -> None:
    published = Path(__file__).parents[2] / "policies" / "schema" / "input-v1.json"
    assert json.loads(lictor("policy", "schema").stdout) == json.loads(published.read_text())
    plan = json.loads(lictor("policy", "schema", "--plan").stdout)
    assert "findings" not in plan["properties"]
