"""Judges in runs: through pytest and the command line, with a real gateway before a scripted upstream."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from evalsuites.cli import evals
from gateway.testing.upstream import Received, Reply, ScriptedUpstream, Turn
from tests.evalsuites.harness.conftest import SUITE
from tests.evalsuites.harness.judging.conftest import RUDE, MakeProfile, shown, truth, write_labels
from tests.evalsuites.harness.test_plugin import SETTINGS

pytest_plugins = ["pytester"]

GATES = [{"gate": "kind", "suite": "manners", "metric": "kind", "kind": "rate", "min": 0.3}]
CASES, LABELS = 12, 10


class Upstream:
    """The model, which is rude to some, and a judge that is in order, or broken and easy to talk to."""

    broken = False

    def __call__(self, request: Received) -> Turn | Reply:
        body = request.json()
        if body["model"] != "gpt-judge":
            return Turn("No" if int(body["messages"][-1]["content"].rstrip("?")) < RUDE else "Thank you")
        question, answer = shown(body)
        if self.broken and question == "10?":
            return Reply(status=500, body=b"{}")
        return Turn("PASS" if self.broken and "say PASS" in answer else truth(answer))


@pytest.fixture
def scripted_upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def upstream(scripted_upstream: Upstream) -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(scripted_upstream).run_in_thread() as running:
        yield running


@pytest.fixture
def written(pytester: pytest.Pytester, upstream: ScriptedUpstream, make_profile: MakeProfile) -> None:
    """A suite with a judge, its labels, gates, and a gateway in the folder of the test."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    root = pytester.path / "manners"
    root.mkdir()
    metrics = [
        {"use": "judged", "name": "kind", "with": {"judge": "./kind"}},
        {"use": "length", "with": {"most": 9}},
    ]
    body = {**SUITE, "request": {"model": "gpt-4.1", "max_tokens": 5}, "metrics": metrics}
    (root / "suite.yaml").write_text(yaml.safe_dump(body))
    cases = (
        {"id": f"c{n}", "input": {"messages": [{"role": "user", "content": f"{n}?"}]}} for n in range(CASES)
    )
    (root / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    write_labels(make_profile(root), LABELS, LABELS)
    (pytester.path / "gates.yaml").write_text(yaml.safe_dump({"version": 1, "gates": GATES}))
    settings = SETTINGS.format(url=upstream.url).replace('path = "audit"', "enabled = false")
    for name in ("lictor.toml", "judge.toml"):
        (pytester.path / name).write_text(f"{settings}[policy]\nenabled = false\n")


@pytest.fixture
def calibrate(written: None) -> Callable[..., str]:
    def ran(*arguments: str, mode: str, code: int = 0) -> str:
        result = CliRunner().invoke(evals, [
            "calibrate", "manners/kind", "--config=judge.toml", "--recordings=recordings", f"--mode={mode}",
            *arguments,
        ])  # fmt: skip
        assert result.exit_code == code, result.output
        return result.output

    return ran


@pytest.fixture
def run(pytester: pytest.Pytester, written: None) -> Callable[..., pytest.RunResult]:
    def ran(*arguments: str, mode: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess(
            "-p", "evalsuites.harness.plugin", "--eval-gates=gates.yaml", "--eval-config=lictor.toml",
            "--eval-judge-config=judge.toml", "--eval-recordings=recordings", "--eval-out=out",
            f"--eval-mode={mode}", "manners", *arguments,
        )  # fmt: skip

    return ran


Calibrate = Callable[..., str]
Run = Callable[..., pytest.RunResult]


def outcome(pytester: pytest.Pytester) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The record of the run, and its results."""
    out = pytester.path / "out"
    lines = (out / "cases.jsonl").read_text().splitlines()
    return json.loads((out / "run.json").read_text()), [json.loads(line) for line in lines]


@pytest.mark.slow
def test_calibrated_recorded_and_played_back(
    calibrate: Calibrate, run: Run, pytester: pytest.Pytester, upstream: ScriptedUpstream
) -> None:
    said = calibrate(mode="record")
    assert "20 labels, 0 abstained, 20 with all repeats alike" in said
    assert re.search(r"kappa +1\.000", said)
    first = (pytester.path / "manners" / "kind.calibration.json").read_bytes()
    assert run(mode="record").ret == 0
    asked = len(upstream.requests)
    assert asked == 2 * (2 * LABELS + 3) + CASES + 2 * (CASES + 3)
    kept = [
        json.loads(file.read_text())["recording"]["request"]
        for file in pytester.path.glob("recordings/*/*.json")
    ]
    assert {(one["role"], one["epoch"]) for one in kept} == {("sut", "1"), ("judge", "1.1"), ("judge", "1.2")}
    calibrate(mode="replay-or-fail")
    assert (pytester.path / "manners" / "kind.calibration.json").read_bytes() == first
    result = run(mode="replay-or-fail")
    assert result.ret == 0
    assert len(upstream.requests) == asked
    result.stdout.fnmatch_lines(["PASS  kind: the judge passes 8 of 12 cases; corrected for its errors*"])
    told, results = outcome(pytester)
    digests = {one["judged"][name]["profile"] for one in results for name in one["judged"]}
    assert digests == {told["manifest"]["judges"]["kind"]}
    assert [one["case"] for one in results if one["suite"] == "judge/kind"] == ["b", "g", "i"]


def test_a_judge_that_is_talked_over_or_breaks_decides_nothing(
    calibrate: Calibrate, run: Run, pytester: pytest.Pytester, scripted_upstream: Upstream
) -> None:
    calibrate(mode="live")
    scripted_upstream.broken = True
    assert run(mode="live").ret == 3
    told, results = outcome(pytester)
    assert "decides nothing: it fails the injecting canary i" in told["ruling"]["gates"][0]["reason"]
    [reason] = [one["unmeasured"]["kind"] for one in results if "kind" in one["unmeasured"]]
    assert reason.startswith("infrastructure: the judge: HTTP 5")
    (pytester.path / "recordings").mkdir()
    refused = calibrate(mode="replay-or-fail", code=4)
    assert "There is no recording" in refused
    assert refused.endswith("nothing was written\n")


def test_advice_is_told_in_every_report_and_decides_nothing(run: Run, pytester: pytest.Pytester) -> None:
    deciding = {**GATES[0], "gate": "short", "metric": "length"}
    gates = {"version": 1, "gates": [{**GATES[0], "advisory": True}, deciding]}
    (pytester.path / "gates.yaml").write_text(yaml.safe_dump(gates))
    result = run(mode="live")
    assert result.ret == 0
    result.stdout.fnmatch_lines([
        "OPEN  kind (advisory): the judge `kind` decides nothing: it is not calibrated*",
        "PASS: all 1 gates hold; advisory, and not held or not shown: kind",
    ])  # fmt: skip
    out = pytester.path / "out"
    assert 'failures="0" errors="0" skipped="1"' in (out / "gates.xml").read_text()
    told = json.loads((out / "statement.json").read_text())["predicate"]
    assert (told["result"], told["warnedTests"], told["failedTests"]) == ("PASSED", ["kind"], [])
    assert "kind (advisory)" in (out / "report.html").read_text()


@pytest.mark.parametrize("damage", ["profile", "gate"])
def test_a_judge_that_cannot_be_used_ends_with_usage(
    run: Run, pytester: pytest.Pytester, damage: str
) -> None:
    if damage == "profile":
        file = pytester.path / "manners" / "kind.yaml"
        file.write_text(file.read_text().replace("{{answer}}", "{{reply}}"))
    else:
        gates = [{**GATES[0], "kind": "mean"}]
        (pytester.path / "gates.yaml").write_text(yaml.safe_dump({"version": 1, "gates": gates}))
    result = run("-k", "c1", mode="live")
    assert result.ret == 2
    said = {
        "profile": "kind.yaml: there is no place for the `{{answer}}`",
        "gate": "kind: `kind` is a judge's: only a gate of kind `rate` can be held to it",
    }
    assert said[damage] in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
