"""The bundle that ships, as its users meet it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.decision import Answer
from gateway.core.exchange import Destination, Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.policy.authority import Authority
from gateway.policy.check import check
from gateway.policy.matter import Matter
from gateway.policy.shipped import baseline
from tests.policy.bundles import run_tests


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(baseline())


def test_it_is_in_order() -> None:
    assert check(baseline()) == []


def test_its_tests_pass() -> None:
    results = run_tests(baseline())
    assert len(results) > 30
    assert [result for result in results if not result.passed] == []


def test_its_tests_pass_with_other_models(tmp_path: Path) -> None:
    """The list of models is what every team changes first; only its own tests may care."""
    bundle = Path(shutil.copytree(baseline(), tmp_path / "bundle"))
    data = json.loads((bundle / "data.json").read_text())
    data["settings"]["models"] = {"*": ["house-model"]}
    (bundle / "data.json").write_text(json.dumps(data))
    assert [result for result in run_tests(bundle) if not result.passed] == []


def test_every_rule_file_has_its_twin() -> None:
    rules = {path for path in baseline().rglob("*.rego") if path.parent.name in {"request", "response"}}
    tests = {path for path in rules if path.stem.endswith("_test")}
    assert {path.with_stem(f"{path.stem}_test") for path in rules - tests} == tests


def test_clean_call_is_allowed(
    authority: Authority, exchange: Exchange, segments: list[Segment], covered: list[Coverage]
) -> None:
    plan = authority.plan(exchange)
    snapshot = authority.snapshot()
    request = snapshot.judge(Matter("request", exchange, plan, segments, [], covered))
    response = snapshot.judge(Matter("response", exchange, plan, segments, [], covered, request=request))
    assert (request.answer, response.answer) == (Answer.ALLOW, Answer.ALLOW)


@pytest.mark.parametrize(
    ("category", "trust", "answer"),
    [
        ("pii", "external", Answer.TRANSFORM),
        ("pii", "internal", Answer.FLAG),
        ("secret", "external", Answer.DENY),
        ("secret", "internal", Answer.TRANSFORM),
        ("toxicity", "external", Answer.FLAG),
        ("bias", "external", Answer.FLAG),
        ("unheard_of", "external", Answer.ALLOW),
    ],
)
def test_findings_by_destination(  # noqa: PLR0917 - five fixtures, three columns
    authority: Authority,
    exchange: Exchange,
    segments: list[Segment],
    covered: list[Coverage],
    finding: Finding,
    category: str,
    trust: str,
    answer: Answer,
) -> None:
    exchange = replace(exchange, destinations=(Destination("a", "openai_chat", {"trust": trust}),))
    plan = authority.plan(exchange)
    findings = [replace(finding, category=category)]
    decision = authority.snapshot().judge(Matter("request", exchange, plan, segments, findings, covered))
    assert decision.answer is answer


def test_unfinished_check_stops(
    authority: Authority, exchange: Exchange, segments: list[Segment], covered: list[Coverage]
) -> None:
    late = [covered[0]._replace(state=State.TIMEOUT, reason="deadline"), *covered[1:]]
    plan = authority.plan(exchange)
    decision = authority.snapshot().judge(Matter("request", exchange, plan, segments, [], late))
    assert decision.answer is Answer.ERROR_CLOSED
