"""ragas' own metrics, asked through a real gateway of an upstream that says what a test wants."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from evalsuites.harness.asking import Asking
from evalsuites.harness.gates.gate import Budget
from evalsuites.harness.metrics.ragas.adapter import METRICS
from evalsuites.harness.metrics.registry import metric_of
from evalsuites.harness.options import HERE, Options, judging_target, target_of
from evalsuites.harness.result import Result
from evalsuites.harness.runner import Runner
from evalsuites.harness.spending import Spending
from evalsuites.harness.suite import Case, MetricUse, Suite, load_suite
from evalsuites.harness.target.in_process import InProcess
from gateway.server.settings import load
from gateway.testing.upstream import Received, Reply, ScriptedUpstream, Turn
from tests.evalsuites.harness.conftest import MakeSuite
from tests.evalsuites.harness.test_plugin import SETTINGS

pytestmark = pytest.mark.skipif(find_spec("ragas") is None, reason="ragas is not installed")

HOW_TO = HERE.parent / "docs" / "how-to" / "ragas"
CASE: Mapping[str, Any] = {
    "contexts": ["Books are lent for 21 days.", "The library is closed on Sundays."],
    "question": "For how long are books lent?",
    "text": "For 21 days.",
}
STATED = {"statements": ["Books are lent.", "They are lent for a year."]}
HALF = {"statements": [{"statement": "s", "reason": "r", "verdict": one} for one in (1, 0)]}

Said = Mapping[str, object]
Score = Callable[..., Result]


class Judge:
    """An upstream that answers by the form that it is asked for, and the user in words."""

    def __init__(self) -> None:
        self.forms: dict[str, list[object]] = {}
        self.asked: list[Received] = []

    def __call__(self, request: Received) -> Turn | Reply:
        body = request.json()
        if "input" in body:
            return Reply(json.dumps({"data": [{"embedding": [3.0, 4.0], "index": 0}]}).encode())
        wanted = body.get("response_format")
        if wanted is None:
            return Turn("They are lent for a year.")
        self.asked.append(request)
        left = self.forms.get(wanted["json_schema"]["name"], ["I would rather not."])
        said = left.pop(0) if len(left) > 1 else left[0]
        return said if isinstance(said, Reply) else Turn(said if isinstance(said, str) else json.dumps(said))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[InProcess, Judge]]:
    """A gateway, and the judge behind it."""
    root, judge = tmp_path_factory.mktemp("gateway"), Judge()
    with ScriptedUpstream(judge).run_in_thread() as upstream:
        settings = SETTINGS.format(url=upstream.url).replace('"audit"', f'"{root}/audit"')
        (root / "lictor.toml").write_text(settings)
        target = InProcess(load(root / "lictor.toml"))
        yield target, judge
        target.close()


@pytest.fixture
def judge(asked: tuple[InProcess, Judge]) -> Judge:
    asked[1].forms, asked[1].asked = {}, []
    return asked[1]


@pytest.fixture
def score(asked: tuple[InProcess, Judge], make_suite: MakeSuite) -> Score:
    """Runs one case with one of ragas' metrics."""
    return partial(scored, asked[0], make_suite(1, request={"model": "gpt-4.1", "max_tokens": 5}))


def scored(
    target: InProcess, suite: Suite, name: str, /, budget: Budget | None = None, *,
    expect: Mapping[str, Any] = CASE, **options: object,
) -> Result:  # fmt: skip
    use = MetricUse("m", f"ragas_{name}", {"model": "gpt-4.1-mini", **options})
    case = Case("c", {"messages": [{"role": "user", "content": "How long?"}]}, expect)
    spending = Spending(budget or Budget())
    runner = Runner(target, spending, asking=Asking(lambda: target, spending))
    return runner.run(suite, case, 1, {"m": metric_of(use, "suite.yaml")})


def test_faithfulness_is_the_share_of_statements_that_follow(score: Score, judge: Judge) -> None:
    judge.forms = {"StatementGeneratorOutput": [STATED], "NLIStatementOutput": [HALF]}
    found = score("faithfulness")
    assert found.unmeasured == {}
    assert found.scores["m"].value == 0.5
    sent = [request.json() for request in judge.asked]
    assert [(one["model"], one["temperature"], one["max_tokens"]) for one in sent] == [
        ("gpt-4.1-mini", 0, 2048)
    ] * 2
    assert "They are lent for a year." in sent[0]["messages"][0]["content"]
    assert "closed on Sundays" in sent[1]["messages"][0]["content"]


def test_parameters_of_the_judge_are_those_that_the_suite_says(score: Score, judge: Judge) -> None:
    judge.forms = {"StatementGeneratorOutput": [STATED], "NLIStatementOutput": [HALF]}
    score("faithfulness", parameters={"max_completion_tokens": 99})
    sent = judge.asked[0].json()
    assert sent["max_completion_tokens"] == 99
    assert sent.keys() & {"temperature", "max_tokens"} == set()


@pytest.mark.parametrize(
    ("metric", "forms", "reason"),
    [
        ("faithfulness", {"StatementGeneratorOutput": [{"statements": []}]}, "ragas gives no number"),
        ("faithfulness", {"StatementGeneratorOutput": ["Of course!"]}, "does not keep the form Statement"),
        (
            "faithfulness",
            {"StatementGeneratorOutput": ['{"statements": ["cut sho']},
            "does not keep the form",
        ),
        ("faithfulness", {"StatementGeneratorOutput": [{"statements": 7}]}, "does not keep the form"),
        (
            "faithfulness",
            {"StatementGeneratorOutput": [STATED], "NLIStatementOutput": [Reply(b"{}", status=500)]},
            "the judge's call failed: HTTP 5",
        ),
        (
            "context_precision",
            {"ContextPrecisionOutput": [{"reason": "r", "verdict": 7}]},
            "not between 0 and 1",
        ),
        # ragas swallows what the second judge does not know, and would take the first one's word alone.
        ("answer_accuracy", {"AnswerAccuracyOutput": [{"rating": 4}, "no idea"]}, "does not keep the form"),
    ],
)
def test_what_is_no_measurement_is_unmeasured_with_its_reason(
    score: Score, judge: Judge, metric: str, forms: dict[str, list[object]], reason: str
) -> None:
    judge.forms = forms
    found = score(metric)
    assert found.scores == {}
    assert reason in found.unmeasured["m"]


def test_a_judge_that_is_late_is_unmeasured_and_not_asked_again(score: Score, judge: Judge) -> None:
    judge.forms = {"AnswerAccuracyOutput": [Reply(b"{}", delay_s=30.0)]}
    found = score("answer_accuracy", timeout_s=0.5)
    assert found.unmeasured == {"m": "the judge was not done in time"}
    assert len(judge.asked) == 1


def test_policy_can_stop_a_judge(score: Score, judge: Judge) -> None:
    key = "ghp_" + "vSE1SQA9ZxAvvjK1ta2uGCmTDWmdTPonqTbT"
    found = score("context_recall", expect={**CASE, "contexts": [f"The key is {key}."]})
    assert found.unmeasured["m"].startswith("policy stopped the judge's call: ")
    assert judge.asked == []


def test_judges_are_paid_from_the_budget_of_the_run(score: Score, judge: Judge) -> None:
    found = score("faithfulness", Budget(tokens=1))
    assert found.unmeasured == {"m": "the budget of 1 tokens is spent"}
    assert judge.asked == []


@pytest.mark.parametrize(
    ("question", "embeddings", "value"),
    [
        (CASE["question"], "", 1.0),
        ("What is the weather like?", "", 0.0),
        ("Whatever", "text-embedding-3-small", 1.0),
    ],
)
def test_relevancy_by_letters_or_by_a_model_behind_the_gateway(
    score: Score, judge: Judge, question: str, embeddings: str, value: float
) -> None:
    judge.forms = {"AnswerRelevanceOutput": [{"question": question, "noncommittal": 0}]}
    found = score("answer_relevancy", embeddings=embeddings, options={"strictness": 1}).scores["m"]
    assert found.value == pytest.approx(value, abs=0.25)


def test_fields_that_a_case_does_not_have_are_named(score: Score, judge: Judge) -> None:
    assert score("context_recall", expect={}).unmeasured == {"m": "the case does not say `contexts`"}


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_can_be_made_and_finds_its_fields(score: Score, judge: Judge, name: str) -> None:
    found = score(name.removeprefix("ragas_"))
    if name == "ragas_semantic_similarity":
        assert 0 < found.scores["m"].value < 1
    else:
        assert found.unmeasured["m"].startswith("the judge does not keep the form")
    assert len(judge.asked) <= 1


def test_ragas_reports_to_nobody(score: Score, judge: Judge) -> None:
    judge.forms = {"StatementGeneratorOutput": [STATED], "NLIStatementOutput": [HALF]}
    score("faithfulness")
    assert sys.modules["ragas._analytics"].do_not_track()


def test_without_ragas_it_says_what_to_install(
    score: Score, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "evalsuites.harness.metrics.ragas.seam", raising=False)
    monkeypatch.setitem(sys.modules, "ragas.embeddings.base", None)
    assert "pip install 'lictor[evals]'" in score("faithfulness").unmeasured["m"]


def test_the_suite_of_the_how_to_was_judged_by_the_real_local_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From recordings; the how-to says how they were made."""
    monkeypatch.chdir(tmp_path)
    suite = load_suite(HOW_TO)
    metrics = {use.name: metric_of(use, "suite.yaml") for use in suite.metrics}
    options = Options(
        mode="replay-or-fail", gates=HOW_TO / "gates.yaml", url="", config=HERE / "lictor.toml",
        judge_config=HERE / "open.toml", out=tmp_path, recordings=HOW_TO / "recordings", prices=None,
        timeout_s=60.0,
    )  # fmt: skip
    with ExitStack() as stack:
        spending = Spending(Budget())
        asking = Asking(partial(judging_target, options, stack), spending)
        runner = Runner(target_of(options, stack), spending, asking=asking)
        found = [runner.run(suite, case, 1, metrics) for case in suite.cases]
    assert [one.status for one in found] == ["ok", "ok"]
    assert [one.scores.keys() | one.unmeasured.keys() for one in found] == [metrics.keys()] * 2
    assert not any("recording" in reason for one in found for reason in one.unmeasured.values())
    assert len({name for one in found for name in one.scores}) >= 2
