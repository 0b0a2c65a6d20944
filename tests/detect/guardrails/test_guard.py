"""Declared guards, run by Guardrails itself: their verdicts are findings and nothing else."""

# ruff: noqa: ANN401 - Guardrails comes untyped

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.core.decision import Phase
from gateway.core.errors import ConfigError
from gateway.core.finding import State
from gateway.core.segment import Role, Segment
from gateway.detect import Runner
from gateway.detect.detector import Occasion, Report
from gateway.detect.guardrails.declaration import GuardFile, Use, guards
from gateway.detect.guardrails.errands import MOST_THREADS
from gateway.detect.guardrails.guard import GuardDetector, load_guards
from gateway.policy.shipped import shipped

pytestmark = [
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, ("guardrails", "guardrails_ai"))),
        reason="guardrails-ai or its validators are not installed",
    ),
    pytest.mark.filterwarnings("default"),
]

ROOT = Path(__file__).parents[3]


def declared(folder: Path, validators: list[Mapping[str, Any]], **more: object) -> GuardDetector:
    text = json.dumps({"guard": "guard.x", "deadline_ms": 60_000, "validators": validators, **more})
    (folder / "x.yaml").write_text(text)
    (guard,) = load_guards(folder)
    return guard


def ban(on_fail: str, word: str = "falcon") -> dict[str, Any]:
    arguments = {"banned_words": [word]}
    label = {"category": "confidential", "label": word}
    return {"use": "guardrails/ban_list", "arguments": arguments, "on_fail": on_fail, **label}


def length(on_fail: str, most: int = 12) -> dict[str, Any]:
    arguments = {"min": 1, "max": most}
    return {"use": "guardrails_ai.valid_length:ValidLength", "arguments": arguments, "on_fail": on_fail}


def found(report: Report) -> list[tuple[str, str, int, int]]:
    return [(hit.category, hit.label, hit.start, hit.end) for hit in report.hits]


@pytest.mark.parametrize("on_fail", ["noop", "fix", "filter", "refrain", "reask", "exception"])
async def test_a_failure_is_found_where_it_is_and_says_what_would_have_been_done(
    tmp_path: Path, on_fail: str
) -> None:
    guard = declared(tmp_path, [ban(on_fail)])
    clean, failed = await guard.detect_batch(["all is well", "the falcon flies"])
    assert (clean.hits, clean.incomplete) == ((), "")
    assert found(failed) == [("confidential", "falcon", 4, 10), ("guard", on_fail, 0, 16)]
    assert failed.incomplete == ""


async def test_behind_a_fix_a_validator_reads_another_text(tmp_path: Path) -> None:
    guard = declared(tmp_path, [ban("fix"), ban("noop", "eagle")])
    (report,) = await guard.detect_batch(["the falcon and the eagle"])
    assert found(report) == [
        ("confidential", "falcon", 4, 10),
        ("confidential", "eagle", 0, 24),
        ("guard", "fix", 0, 24),
        ("guard", "noop", 0, 24),
    ]


async def test_every_validator_has_its_own_label(tmp_path: Path) -> None:
    guard = declared(tmp_path, [ban("noop"), length("noop")])
    (report,) = await guard.detect_batch(["the falcon flies"])
    assert ("guardrails", "valid_length", 0, 16) in found(report)
    assert guard.categories == {"confidential", "guardrails", "guard"}


async def test_nothing_is_done_to_the_text(tmp_path: Path) -> None:
    guard = declared(tmp_path, [ban("fix"), length("refrain", 5)])
    segment = Segment("s0", "user", "text", "/text", "the falcon flies")
    detection = await Runner([guard]).detect([segment], ["guard.x"], 60, Occasion("request", "x"))
    assert segment.text == "the falcon flies"
    assert {finding.category for finding in detection.findings} == {"confidential", "guard", "guardrails"}
    assert [entry.state for entry in detection.coverage] == [State.OK]


@pytest.mark.parametrize(
    ("phase", "role", "state"),
    [
        ("request", "user", State.NOT_APPLICABLE),
        ("response", "user", State.NOT_APPLICABLE),
        ("response", "assistant", State.OK),
    ],
)
async def test_phase_and_role_are_declared(tmp_path: Path, phase: Phase, role: Role, state: State) -> None:
    guard = declared(tmp_path, [ban("noop")], on=["response"], roles=["assistant"])
    segment = Segment("s0", role, "text", "/text", "the falcon flies")
    detection = await Runner([guard]).detect([segment], ["guard.x"], 60, Occasion(phase, "x"))
    assert [entry.state for entry in detection.coverage] == [state]
    assert bool(detection.findings) == (state is State.OK)


# --- guards that misbehave ----------------------------------------------------------------------------------

PLAIN = GuardFile(guard="guard.x", deadline_ms=200, validators=(Use(use="a/b", on_fail="refrain"),))


class Fake:
    """A guard that does what it is told."""

    def __init__(self, do: Any) -> None:
        self.do = do
        logs: list[Any] = []
        outputs = SimpleNamespace(validator_logs=logs)
        call = SimpleNamespace(iterations=SimpleNamespace(last=SimpleNamespace(outputs=outputs)))
        self.history = SimpleNamespace(last=call)
        self.logs = logs

    def validate(self, llm_output: str, **options: Any) -> Any:
        return self.do(self, llm_output)


def says(fake: Fake, text: str, result: Any) -> None:
    fake.logs[:] = [
        SimpleNamespace(validation_result=result, value_before_validation=text, registered_name="a/b")
    ]


async def test_a_crash_is_no_pass_and_quotes_nothing() -> None:
    def crash(fake: Fake, text: str) -> None:
        says(fake, text, None)
        raise RuntimeError(text)

    (report,) = await GuardDetector(PLAIN, lambda: Fake(crash), "1").detect_batch(["secret"])
    assert (report.hits, report.incomplete) == ((), "RuntimeError")


async def test_a_guard_without_history_is_no_pass() -> None:
    def forget(fake: Fake, text: str) -> None:
        fake.history = SimpleNamespace(last=None)

    (report,) = await GuardDetector(PLAIN, lambda: Fake(forget), "1").detect_batch(["x"])
    assert report.incomplete == "AttributeError"


async def test_outputs_that_are_no_text_are_nobodys_business() -> None:
    """What a fix makes of a text is never taken over, whatever its type."""
    failed = SimpleNamespace(outcome="fail", fix_value={"not": "a text"}, error_spans="nonsense")
    guard = GuardDetector(PLAIN, lambda: Fake(lambda fake, text: says(fake, text, failed)), "1")
    (report,) = await guard.detect_batch(["abc"])
    assert found(report) == [("guardrails", "b", 0, 3), ("guard", "refrain", 0, 3)]


async def test_late_guards_are_left_behind_and_only_so_many() -> None:
    release = threading.Event()
    guard = GuardDetector(PLAIN, lambda: Fake(lambda *_: release.wait(30)), "1")
    reports = await asyncio.gather(*(guard.detect_batch(["slow"]) for _ in range(MOST_THREADS)))
    assert {report.incomplete for (report,) in reports} == {"deadline"}
    segments = [Segment("s0", "user", "text", "/text", "one more")]
    detection = await Runner([guard]).detect(segments, ["guard.x"], 5)
    release.set()
    assert [(entry.state, entry.reason) for entry in detection.coverage] == [(State.NOT_RUN, "overloaded")]


async def test_every_call_gets_a_guard_of_its_own() -> None:
    made: list[list[str]] = []

    def make() -> Fake:
        seen: list[str] = []
        made.append(seen)
        passed = SimpleNamespace(outcome="pass")

        def keep(fake: Fake, text: str) -> None:
            seen.append(text)
            says(fake, text, passed)

        return Fake(keep)

    guard = GuardDetector(PLAIN, make, "1")
    await asyncio.gather(*(guard.detect_batch([str(n), "x"]) for n in range(4)))
    assert sorted(made) == [[str(n), "x"] for n in range(4)]


# --- declarations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("guard: a\nvalidators: []", "x.yaml:2: validators: "),
        (
            "guard: a\nvalidators:\n  - use: os:system",
            "x.yaml:3: validators.0: os:system: validators of os are",
        ),
        ("guard: a\nvalidators:\n  - use: guardrails/no_such_thing", "x.yaml:3: .*no_such_thing"),
        ("guard: a\nvalidators:\n  - use: guardrails_ai.ban_list:Any", "x.yaml:3: .*no such validator"),
        (
            "guard: a\nvalidators:\n  - use: guardrails/ban_list\n    arguments: {nope: 1}",
            "x.yaml:3: .*TypeError",
        ),
        ("guard: a\nvalidators:\n  - use: guardrails/ban_list\n    on_fail: explode", "x.yaml:4: .*on_fail"),
        ("guard: a\non: [never]\nvalidators:\n  - use: guardrails/ban_list", "x.yaml:2: on.0: "),
        ("guard: 'a b'\nvalidators:\n  - use: guardrails/ban_list", "x.yaml:1: guard: "),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(ConfigError, match=complaint):
        load_guards(tmp_path)


def test_a_module_must_be_allowed_to_be_imported(tmp_path: Path) -> None:
    use = "gateway.testing.forgery:Any"
    (tmp_path / "x.yaml").write_text(f"guard: a\nvalidators:\n  - use: {use}")
    with pytest.raises(ConfigError, match="are not allowed here"):
        load_guards(tmp_path)
    with pytest.raises(ConfigError, match="no such validator"):
        load_guards(tmp_path, ["gateway.testing.forgery"])


def test_folders_are_checked_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        load_guards(tmp_path / "none")
    with pytest.raises(ConfigError, match="there are no guards"):
        guards(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("guard: twin\nvalidators: [{use: guardrails/ban_list}]")
    with pytest.raises(ConfigError, match=r"b.yaml:1: guard: .*a.yaml declares 'twin' too"):
        guards(tmp_path)


def test_the_version_changes_with_the_file(tmp_path: Path) -> None:
    first = declared(tmp_path, [ban("noop")])
    assert first.version == declared(tmp_path, [ban("noop")]).version
    assert first.version != declared(tmp_path, [ban("fix")]).version


# --- what ships, and what must not happen -------------------------------------------------------------------


async def test_the_shipped_guards_work() -> None:
    by_id = {guard.id: guard for guard in load_guards(shipped() / "guardrails")}
    (named,) = await by_id["guard.code_names"].detect_batch(["what of project-heron?"])
    assert ("confidential", "code_name", 8, 21) in found(named)
    (marked, fine) = await by_id["guard.answers"].detect_batch(["<script>alert(1)</script>", "fine"])
    assert {hit.label for hit in marked.hits} == {"active_markup", "refrain"}
    assert fine == Report()


_NETWORK = """
import asyncio, socket, sys
from pathlib import Path

reached = []

def refuse(*a, **k):
    reached.append(a)
    raise OSError("no network")

socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse
import gateway.detect.guardrails.guard as module
(guard,) = module.load_guards(Path(sys.argv[1]))
print([len(report.hits) for report in asyncio.run(guard.detect_batch(["a falcon", "fine"]))], reached)
from guardrails.settings import settings
print(settings.rc.enable_metrics, settings.rc.use_remote_inferencing)
from guardrails.utils.hub_telemetry_utils import HubTelemetry
print(HubTelemetry()._enabled)
"""


def test_nothing_reaches_the_network_whatever_the_home_directory_says(tmp_path: Path) -> None:
    (tmp_path / ".guardrailsrc").write_text(
        "enable_metrics=true\nuse_remote_inferencing=true\nid=x\ntoken=y\n"
    )
    folder = tmp_path / "guards"
    folder.mkdir()
    declared(folder, [ban("refrain")])
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment.pop("CI", None)
    done = subprocess.run(
        [sys.executable, "-c", _NETWORK, str(folder)],
        env=environment, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["[2, 0] []", "False False", "False"]
