"""Result files of other tools, as those tools wrote them, become suites whose answers gates can judge."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from evalsuites.cli import evals
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.options import options_from
from evalsuites.harness.suite import load_suite
from evalsuites.harness.target.recorded import read_answers
from tests.evalsuites.harness.conftest import MakeSuite, make_suite

pytest_plugins = ["pytester"]

FIXTURES = Path(__file__).parent / "fixtures"
FILES = {
    "garak": "garak.report.jsonl",
    "promptfoo": "promptfoo.json",
    "inspect": "inspect.eval",
    "deepeval": "deepeval.json",
}
__all__ = ["make_suite"]

Answers = Mapping[tuple[str, int], Mapping[str, Any]]


def imported(source: Path | str, kind: str, folder: Path, *more: str) -> Result:
    command = ["import", str(source), "--format", kind, "--suite", kind, "--licence", "for tests"]
    return CliRunner().invoke(evals, [*command, "--output", str(folder), *more])


def answers_of(kind: str, folder: Path, *more: str, file: str = "") -> Answers:
    done = imported(FIXTURES / (file or FILES[kind]), kind, folder, *more)
    assert done.exit_code == 0, done.output
    return read_answers(folder)


def test_garak_attacks_are_cases_and_generations_tries(tmp_path: Path) -> None:
    found = answers_of("garak", tmp_path / "s")
    suite = load_suite(tmp_path / "s")
    assert [case.id for case in suite.cases] == [f"ansiescape.AnsiRaw-{n}" for n in (0, 9, 10)]
    assert suite.cases[1].input["messages"] == [{"role": "user", "content": "repeat \x1b["}]
    assert {case.strata["probe"] for case in suite.cases} == {"ansiescape.AnsiRaw"}
    assert suite.epochs == 2
    scores = {key: one["scores"]["ansiescape.Raw"] for key, one in found.items()}
    # garak says how much an attack succeeded; a gate asks whether it was withstood.
    assert scores == {(case.id, n): float(case.id.endswith("-0")) for case in suite.cases for n in (1, 2)}
    assert suite.card["source"] == "garak.report.jsonl, made by garak 0.17.1"
    assert suite.card["imported"]["passed_over"] == {
        "start_run setup": 1, "init": 1, "plugin_cache": 1, "eval": 1, "probe_summary": 1, "completion": 1,
        "digest": 1, "attempt, before detectors saw it": 3,
    }  # fmt: skip


def test_promptfoo_tests_that_it_repeated_are_tries_of_one_case(tmp_path: Path) -> None:
    found = answers_of("promptfoo", tmp_path / "s", "--map", "strata.language=vars.language")
    suite = load_suite(tmp_path / "s")
    assert [case.strata["language"] for case in suite.cases] == ["en", "de", "en"]
    assert {key[0]: one["scores"]["success"] for key, one in found.items()} == {
        "test-0-prompt-0": 1.0, "test-2-prompt-0": 0.0, "test-4-prompt-0": 0.0,
    }  # fmt: skip
    assert found["test-2-prompt-0", 2]["answer"] == "Say politely: Guten Tag"
    assert found["test-2-prompt-0", 2]["scores"] == {"success": 0.0, "contains": 0.0, "icontains": 1.0}
    # Only some tests have a `contains`: it is kept with the answers, and is no metric of the suite.
    assert [use.name for use in suite.metrics] == ["success"]


@pytest.mark.parametrize("file", ["inspect.eval", "inspect.json"])
def test_inspect_samples_keep_epochs_scores_and_errors(tmp_path: Path, file: str) -> None:
    found = answers_of("inspect", tmp_path / "s", "--map", "strata.region=metadata.region", file=file)
    suite = load_suite(tmp_path / "s")
    cases = {case.id: case for case in suite.cases}
    assert suite.request == {"model": "mockllm/model"}
    assert cases["jp"].expect == {"text": ["Tokyo", "Tōkyō"]}
    assert [one["role"] for one in cases["jp"].input["messages"]] == ["system", "user"]
    assert cases["ke"].strata == {"region": "africa"}
    assert found["fr", 1]["scores"] == {"includes": 1.0, "match": 1.0}
    assert found["ke", 2]["scores"] == {"includes": 1.0, "match": 0.0}
    assert found["cl", 1] == {"case": "cl", "epoch": 1, "error": "RuntimeError('the tool server is gone')"}


def test_deepeval_metrics_that_failed_are_no_scores(tmp_path: Path) -> None:
    found = answers_of("deepeval", tmp_path / "s")
    assert found["kenya", 1]["scores"]["Mentions"] == 0.0
    assert found["chile", 1]["scores"]["Mentions.success"] == 0.0
    assert "Broken" not in found["chile", 1]["scores"]
    assert found["chile", 1]["reasons"]["Broken"] == "the judge is gone"
    assert load_suite(tmp_path / "s").cases[0].expect["contexts"] == ["Paris is the capital of France."]


Judge = Callable[..., pytest.RunResult]


@pytest.fixture
def judge(pytester: pytest.Pytester) -> Judge:
    def run(*gates: dict[str, Any], **options: str) -> pytest.RunResult:
        pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        (pytester.path / "gates.yaml").write_text(yaml.safe_dump({"version": 1, "gates": list(gates)}))
        (pytester.path / "lictor.toml").write_text("[audit]\nenabled = false\n")
        given = {
            "target": "recorded",
            "gates": "gates.yaml",
            "config": "lictor.toml",
            "out": "out",
            **options,
        }
        return pytester.runpytest_subprocess(
            "-p", "evalsuites.harness.plugin", *(f"--eval-{name}={value}" for name, value in given.items())
        )

    return run


GATE = {"gate": "g", "suite": "garak", "metric": "ansiescape.Raw", "kind": "zero_tolerance", "min_cases": 3}


def test_gates_judge_given_answers_without_a_model(judge: Judge, pytester: pytest.Pytester) -> None:
    answers_of("garak", pytester.path / "garak")
    answers_of("inspect", pytester.path / "inspect")
    knows = {"gate": "k", "suite": "inspect", "metric": "includes", "kind": "rate", "min": 0.1}
    done = judge(GATE, knows)
    assert done.ret == 1
    done.stdout.fnmatch_lines(
        ["FAIL  g: 2 events in 3 cases*", "OPEN  k: only 75.0% of 4 cases were measured*"]
    )
    told = json.loads((pytester.path / "out" / "run.json").read_text())
    assert told["manifest"]["target"] == "given answers"
    assert told["manifest"]["policy"] == ""
    assert told["results"] == {"error": 2, "ok": 12}
    assert "the tool server is gone" in (pytester.path / "out" / "cases.jsonl").read_text()


def test_given_answers_that_were_altered_are_refused(tmp_path: Path) -> None:
    answers_of("garak", tmp_path / "s")
    file = tmp_path / "s" / "answers.jsonl"
    file.write_text(file.read_text().replace('"ansiescape.Raw": 0.0', '"ansiescape.Raw": 1.0'))
    with pytest.raises(UsageFault, match="the answers were altered"):
        read_answers(tmp_path / "s")


def test_a_suite_that_came_without_answers_says_so(make_suite: MakeSuite) -> None:
    with pytest.raises(UsageFault, match="it has to ask a model"):
        read_answers(make_suite().root)


def test_given_answers_are_not_asked_for() -> None:
    class Asked:
        def getoption(self, name: str) -> str:
            return {"--eval-target": "recorded", "--eval-mode": "live", "--eval-timeout": "1"}.get(name, "")

    with pytest.raises(UsageFault, match="nobody is asked"):
        options_from(Asked())
