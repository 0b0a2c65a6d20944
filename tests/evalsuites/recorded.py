"""A suite, its gates, a gateway without checks, and what a scripted model answered."""

import json
from pathlib import Path

import yaml

from evalsuites.harness.runner import request_of
from evalsuites.harness.suite import load_suite
from evalsuites.harness.target.in_process import InProcess
from gateway.server.settings import RecordingSettings, load
from gateway.testing.upstream import ScriptedUpstream, Turn
from tests.evalsuites.harness.conftest import SUITE

SETTINGS = """
[server]
access_log = false
[classifiers]
enabled = false
[audit]
enabled = false
[policy]
enabled = false
[[upstreams]]
name = "scripted"
dialect = "openai"
base_url = "http://127.0.0.1:9/v1"
[[routes]]
model = "*"
upstreams = ["scripted"]
"""


def write(folder: Path, count: int, **gate: object) -> None:
    """The suite `manners` with so many questions, and one gate."""
    root = folder / "suites" / "manners"
    root.mkdir(parents=True, exist_ok=True)
    body = {**SUITE, "request": {"model": "gpt-4.1"}, "metrics": ["compliance"]}
    (root / "suite.yaml").write_text(yaml.safe_dump(body))
    cases = [
        {"id": f"c{n}", "input": {"messages": [{"role": "user", "content": f"{n}?"}]}} for n in range(count)
    ]
    (root / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    asked = {"gate": "g", "suite": "manners", "metric": "compliance", "kind": "rate", "min": 0.5, **gate}
    (folder / "gates.yaml").write_text(yaml.safe_dump({"version": 1, "gates": [asked]}))
    (folder / "lictor.toml").write_text(SETTINGS)


def record(folder: Path) -> None:
    """Ask every question, and keep the answers in `recordings`."""
    suite = load_suite(folder / "suites" / "manners")
    with ScriptedUpstream(lambda _: Turn("Thank you")).run_in_thread() as upstream:
        settings = load(folder / "lictor.toml")
        reached = settings.upstreams[0].model_copy(update={"base_url": f"{upstream.url}/v1"})
        kept = RecordingSettings(mode="record", path=folder / "recordings")
        target = InProcess(settings.model_copy(update={"upstreams": (reached,), "recording": kept}))
        for case in suite.cases:
            assert target.ask(request_of(suite, case, 1), 30).text == "Thank you"
        target.close()
