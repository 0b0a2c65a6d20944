"""``lictor evals prune``: what no case uses is named, then removed; nothing else ever is."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from evalsuites.cli import evals
from evalsuites.commands.common import SUITES
from evalsuites.commands.prune import _whole
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.runner import request_of
from evalsuites.harness.suite import load_suite
from evalsuites.harness.target.in_process import InProcess
from gateway.server.settings import RecordingSettings, load
from gateway.testing.upstream import ScriptedUpstream, Turn
from tests.evalsuites.harness.conftest import SUITE

Prune = Callable[..., Result]
SETTINGS = """
[classifiers]
enabled = false
[audit]
enabled = false
[policy]
enabled = false
[[upstreams]]
name = "scripted"
dialect = "openai"
base_url = "{url}/v1"
[[routes]]
model = "*"
upstreams = ["scripted"]
"""


@pytest.fixture
def upstream() -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(lambda _: Turn("Thank you")).run_in_thread() as running:
        yield running


def write(folder: Path, count: int) -> None:
    root = folder / "suites" / "manners"
    root.mkdir(parents=True, exist_ok=True)
    body = {**SUITE, "request": {"model": "gpt-4.1"}, "metrics": ["refusal"]}
    (root / "suite.yaml").write_text(yaml.safe_dump(body))
    cases = [
        {"id": f"c{n}", "input": {"messages": [{"role": "user", "content": f"{n}?"}]}} for n in range(count)
    ]
    (root / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    gate = {"gate": "g", "suite": "manners", "metric": "refusal", "kind": "rate", "min": 0.9}
    (folder / "gates.yaml").write_text(yaml.safe_dump({"version": 1, "gates": [gate]}))


@pytest.fixture
def prune(tmp_path: Path, upstream: ScriptedUpstream) -> Prune:
    """Run it over a folder with the answers to three questions, of which two are still asked."""
    (tmp_path / "lictor.toml").write_text(SETTINGS.format(url=upstream.url))
    write(tmp_path, 3)
    settings = load(tmp_path / "lictor.toml").model_copy(
        update={"recording": RecordingSettings(mode="record", path=tmp_path / "kept")}
    )
    target = InProcess(settings)
    suite = load_suite(tmp_path / "suites" / "manners")
    for case in suite.cases:
        assert target.ask(request_of(suite, case, 1), 30).text == "Thank you"
    target.close()
    assert len(list((tmp_path / "kept").rglob("*.json"))) == 3
    write(tmp_path, 2)

    def run(*more: str) -> Result:
        options = ("suites", "recordings", "config")
        places = (tmp_path / "suites", tmp_path / "kept", tmp_path / "lictor.toml")
        given = [f"--{name}={place}" for name, place in zip(options, places, strict=True)]
        return CliRunner().invoke(evals, ["prune", *given, *more])

    return run


def test_what_no_case_uses_goes_and_only_when_told(prune: Prune, tmp_path: Path) -> None:
    (tmp_path / "kept" / "notes.json").write_text("{}")
    before = set((tmp_path / "kept").rglob("*.json"))
    named = prune()
    assert named.exit_code == 0, named.output
    assert "2 recordings are used; 1 are not" in named.output
    assert set((tmp_path / "kept").rglob("*.json")) == before
    assert prune("--delete").exit_code == 0
    (gone,) = before - set((tmp_path / "kept").rglob("*.json"))
    assert str(gone) in named.output


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"ok": 3}, "only 3 of 4 results came: the selection was narrowed"),
        ({"ok": 2, "error": 2}, r"not every case was answered \(2 error, 2 ok\)"),
        ({"ok": 3, "budget": 1}, r"not every case was answered \(1 budget, 3 ok\)"),
    ],
)
def test_a_run_that_left_cases_out_says_nothing_of_recordings(counts: dict[str, int], said: str) -> None:
    with pytest.raises(UsageFault, match=said):
        _whole(counts, 4, Path("lictor.toml"))
    _whole({"ok": 3, "skipped": 1}, 4, Path("lictor.toml"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--suites", str(SUITES / "leakage")), "this is one suite"),
        (("--suites", str(SUITES.parent)), "name their --recordings as well"),
        (("--recordings", str(SUITES)), "name every --config that was recorded with"),
    ],
)
def test_a_narrowed_selection_is_refused(more: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(evals, ["prune", *more])
    assert done.exit_code == 2
    assert said in done.output
