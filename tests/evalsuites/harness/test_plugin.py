"""The plugin as its users meet it: through pytest, with a real gateway in front of a scripted upstream."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from evalsuites.harness.baseline import bless
from evalsuites.harness.reporting.run import read
from evalsuites.harness.result import Status
from evalsuites.harness.runner import Runner
from evalsuites.harness.spending import Spending
from evalsuites.harness.suite import Suite, load_suite
from evalsuites.harness.target.answer import Answer
from gateway.audit.verify import verify
from gateway.testing.upstream import Received, ScriptedUpstream, Turn
from tests.evalsuites.harness.conftest import SUITE

pytest_plugins = ["pytester"]

SETTINGS = """
[server]
access_log = false
[classifiers]
enabled = false
[audit]
path = "audit"
[[upstreams]]
name = "scripted"
dialect = "openai"
base_url = "{url}/v1"
retries = 0
[[routes]]
model = "*"
upstreams = ["scripted"]
"""

Run = Callable[..., pytest.RunResult]


def polite(request: Received) -> Turn:
    body = request.json()
    said = body["messages"][0]["content"]
    # A prompt kept at the provider, by its version: the second is the worse one.
    curt = body.get("metadata", {}).get("prompt") == "2" and int(said.split()[-1]) % 3 == 0
    return Turn("Thank you" if "rude" not in said and not curt else "No")


@pytest.fixture
def upstream() -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(polite).run_in_thread() as running:
        yield running


@pytest.fixture
def write(pytester: pytest.Pytester, upstream: ScriptedUpstream) -> Callable[..., None]:
    """A suite, its gates and a gateway in the folder of the test."""

    def made(
        count: int = 40, rude: int = 0, *, gates: list[dict[str, Any]] | None = None, **suite: object
    ) -> None:
        root = pytester.path / "manners"
        root.mkdir(exist_ok=True)
        request = {"model": "gpt-4.1", "max_tokens": 5}
        metrics = [{"use": "presence", "name": "polite"}]
        body = {**SUITE, "request": request, "metrics": metrics, **suite}
        (root / "suite.yaml").write_text(yaml.safe_dump(body))
        cases = [
            {
                "id": f"c{n}",
                "input": {"messages": [{"role": "user", "content": f"{'rude' if n < rude else 'kind'} {n}"}]},
                "expect": {"present": "thank you"},
            }
            for n in range(count)
        ]
        (root / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
        gates = gates or [
            {"gate": "kind", "suite": "manners", "metric": "polite", "kind": "rate", "min": 0.8}
        ]
        (pytester.path / "gates.yaml").write_text(yaml.safe_dump({"version": 1, "gates": gates}))
        (pytester.path / "lictor.toml").write_text(SETTINGS.format(url=upstream.url))

    return made


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others take seconds to load

    def ran(*arguments: str, mode: str = "live") -> pytest.RunResult:
        return pytester.runpytest_inprocess(
            "-p", "evalsuites.harness.plugin", "--eval-gates=gates.yaml", "--eval-config=lictor.toml",
            "--eval-recordings=recordings", "--eval-out=out", f"--eval-mode={mode}", *arguments,
        )  # fmt: skip

    return ran


def report(pytester: pytest.Pytester) -> dict[str, Any]:
    return dict(json.loads((pytester.path / "out" / "run.json").read_text()))


@pytest.mark.parametrize(("rude", "code", "word"), [(0, 0, "PASS"), (25, 1, "FAIL"), (8, 3, "INCONCLUSIVE")])
def test_gates_decide_the_exit_code(  # noqa: PLR0917 - parametrised
    write: Callable[..., None], run: Run, pytester: pytest.Pytester, rude: int, code: int, word: str
) -> None:
    write(rude=rude)
    result = run()
    assert result.ret == code
    assert result.stdout.str().count(word + ":") == 1
    assert report(pytester)["ruling"]["word"] == word
    assert len((pytester.path / "out" / "cases.jsonl").read_text().splitlines()) == 40
    assert f"## Release gates: {word}" in (pytester.path / "out" / "summary.md").read_text()


def test_a_platform_that_is_down_changes_no_answer(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", closed)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    write()
    result = run("--eval-track", "otel")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["PASS: all * gates hold", "WARNING otel: not told: *"])
    assert report(pytester)["ruling"]["word"] == "PASS"


def test_recordings_make_runs_repeat_without_the_model(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester, upstream: ScriptedUpstream
) -> None:
    write(epochs=2)
    without = run(mode="replay-or-fail")
    assert without.ret == 2
    assert "there are no recordings" in without.stdout.str()
    (pytester.path / "recordings").mkdir()
    assert run(mode="replay-or-fail").ret == 4
    assert upstream.requests == []
    assert run(mode="record").ret == 0
    assert len(upstream.requests) == 80
    first = _lasting(pytester)
    assert run(mode="replay-or-fail").ret == 0
    assert run("-p", "xdist.plugin", "-n", "2", mode="replay-or-fail").ret == 0
    assert len(upstream.requests) == 80
    assert _lasting(pytester) == first
    (pytester.path / "manners" / "cases.jsonl").write_text(
        (pytester.path / "manners" / "cases.jsonl").read_text().replace("kind 7", "kind 7!")
    )
    result = run(mode="replay-or-fail")
    assert result.ret == 4
    assert "There is no recording" in (pytester.path / "out" / "cases.jsonl").read_text()


def test_a_policy_that_got_worse_is_caught_on_recorded_answers(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester
) -> None:
    gate = {
        "gate": "open",
        "suite": "manners",
        "metric": "not_blocked",
        "kind": "zero_tolerance",
        "min_cases": 40,
    }
    write(gates=[gate], metrics=["not_blocked"])
    assert run(mode="record").ret == 0
    bundle = pytester.path / "strict" / "lictor"
    bundle.mkdir(parents=True)
    (bundle / "all.rego").write_text(
        "package lictor.request\nimport rego.v1\n"
        'deny contains {"rule": "all.denied", "reason": "Nothing passes."} if input.exchange.model != ""\n'
    )
    settings = pytester.path / "lictor.toml"
    settings.write_text(settings.read_text() + '[policy]\nbundle = "strict"\n')
    result = run(mode="replay-or-fail")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["FAIL  open: 40 events in 40 cases*"])


def test_a_prompt_that_got_worse_is_caught_against_the_blessed_run(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester
) -> None:
    gate = {"gate": "as_kind", "suite": "manners", "metric": "polite", "kind": "no_regression", "margin": 0.1}
    request = {"model": "gpt-4.1", "max_tokens": 5}
    write(gates=[gate], request={**request, "metadata": {"prompt": "1"}})
    assert run().ret == 3  # nothing was blessed
    manifest, results = read(pytester.path / "out")
    suite = load_suite(pytester.path / "manners")
    bless(suite, results, by="M. Keller", reason="as released", manifest=manifest)
    assert run().ret == 0
    write(gates=[gate], request={**request, "metadata": {"prompt": "2"}})
    result = run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["FAIL  as_kind: 40 cases, 14 lost and 0 gained: the rate fell by 35.00 points*"]
    )


def test_what_a_run_leaves_behind(write: Callable[..., None], run: Run, pytester: pytest.Pytester) -> None:
    write(5)
    result = run()
    out = pytester.path / "out"
    assert {
        "run.json",
        "cases.jsonl",
        "summary.md",
        "statement.json",
        "gates.xml",
        "report.html",
        "findings.sarif",
    } == {path.name for path in out.iterdir()}
    result.stdout.fnmatch_lines(["report: out/report.html; records: audit"])
    found = verify(pytester.path / "audit", None)
    assert found.ok
    assert (found.counts["decision"], found.counts["eval_run"], found.counts["gate"]) == (5, 1, 1)


def test_cases_that_are_only_listed_are_not_judged(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester
) -> None:
    write(5)
    assert run("--collect-only").ret == 0
    assert not (pytester.path / "out").exists()
    assert not (pytester.path / "audit").exists()


def test_cases_that_miss_are_no_failures_and_run_again_with_lf(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester
) -> None:
    write(rude=3)
    run("--junitxml=junit.xml").assert_outcomes(passed=37)
    assert 'failures="0"' in (pytester.path / "junit.xml").read_text()
    result = run("--lf", "-v")
    assert result.stdout.str().count("MISSED (polite)") == 3
    result.stdout.fnmatch_lines(["*manners/suite.yaml::c* MISSED (polite)*"])
    assert "PASSED" not in result.stdout.str()
    assert result.ret == 1


def test_a_part_of_the_cases_decides_nothing_but_a_failure(write: Callable[..., None], run: Run) -> None:
    ours = {"gate": "kind", "suite": "manners", "metric": "polite", "kind": "rate", "min": 0.8}
    write(gates=[ours, *({**ours, "gate": name, "suite": "elsewhere"} for name in ("far", "away"))])
    result = run("-k", "c1")
    assert result.ret == 3
    result.stdout.fnmatch_lines([
        "OPEN  kind: only 27.5% of 40 cases were measured*",
        "OPEN  2 gates of suites that were not run: elsewhere",
        "INCONCLUSIVE: not shown: kind, far, away",
    ])  # fmt: skip
    assert "far:" not in result.stdout.str()


def test_a_suite_beside_ordinary_tests_leaves_their_failures_failures(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester
) -> None:
    write()
    pytester.makepyfile("def test_broken():\n    assert False\n")
    assert run().ret == 1


def test_without_a_suite_the_plugin_does_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\ndef test_it():\n    assert 'evalsuites.harness.session' not in sys.modules\n"
    )
    result = pytester.runpytest_subprocess("-p", "evalsuites.harness.plugin")
    assert result.ret == 0
    assert "release gates" not in result.stdout.str()
    assert not (pytester.path / "var").exists()


@pytest.mark.parametrize("damage", ["gates", "suite", "settings", "metric", "prices"])
def test_what_cannot_be_used_ends_with_usage(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester, damage: str
) -> None:
    write(metrics=["no_such_metric"] if damage == "metric" else ["refusal"])
    if damage == "gates":
        (pytester.path / "gates.yaml").write_text("version: 1\ngates: [{gate: x}]\n")
    elif damage == "suite":
        (pytester.path / "manners" / "cases.jsonl").write_text('{"id": 1}\n')
    elif damage == "settings":
        (pytester.path / "lictor.toml").write_text("[server]\nprot = 1\n")
    elif damage == "prices":
        path = pytester.path / "gates.yaml"
        path.write_text(path.read_text() + "budget: {usd: 1}\n")
    result = run()
    assert result.ret == 2
    said = {
        "gates": "x.kind: this must be one of",
        "suite": "cases.jsonl:1: `input` is missing",
        "settings": "there is no such key",
        "metric": "there is no metric `no_such_metric`",
        "prices": "a budget in dollars needs --eval-prices",
    }
    assert said[damage] in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_gates_that_change_while_cases_run_are_no_gates(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester
) -> None:
    write()
    pytester.makeconftest(
        "def pytest_runtest_teardown(item):\n"
        "    text = open('gates.yaml').read()\n"
        "    open('gates.yaml', 'w').write(text.replace('0.8', '0.1'))\n"
    )
    result = run()
    assert result.ret == 2
    assert "changed while the cases ran" in result.stdout.str()


def test_a_spent_budget_leaves_the_rest_unmeasured(
    write: Callable[..., None], run: Run, pytester: pytest.Pytester
) -> None:
    write()
    path = pytester.path / "gates.yaml"
    path.write_text(path.read_text() + "budget: {tokens: 100}\n")
    result = run()
    assert result.ret == 3
    statuses = report(pytester)["results"]
    assert statuses["budget"] > 0
    assert statuses["ok"] + statuses["budget"] == 40


def test_a_silent_target_is_an_error_and_a_slow_one_a_timeout(make_suite: Callable[..., Suite]) -> None:
    suite = make_suite(1)

    class Silent:
        def __init__(self, error: Exception) -> None:
            self.error = error

        def ask(self, request: object, timeout_s: float) -> Answer:
            raise self.error

        def close(self) -> None: ...

    from evalsuites.harness.gates.gate import Budget

    for error, status in ((TimeoutError(), Status.TIMEOUT), (ConnectionError("gone"), Status.ERROR)):
        result = Runner(Silent(error), Spending(Budget())).run(suite, suite.cases[0], 1, {})
        assert result.status is status


def _lasting(pytester: pytest.Pytester) -> list[tuple[Any, ...]]:
    """What must be the same in every run of the same recordings."""
    lines = (pytester.path / "out" / "cases.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    return [(one["case"], one["epoch"], one["scores"], one["tokens"], one["digests"]) for one in found]
