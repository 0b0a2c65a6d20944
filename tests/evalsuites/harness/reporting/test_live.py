"""The table on a real pseudo-terminal, drawn by the process that the user started."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from evalsuites.harness.reporting.live import Count, Progress, left, wanted
from evalsuites.harness.result import Result, Score, Status
from evalsuites.harness.suite import ANSWERS, Suite
from evalsuites.importers.source import digest_of
from tests.evalsuites.harness.conftest import SUITE, MakeSuite

CASES = 9


def on_a_terminal(folder: Path, *more: str) -> str:
    """What a person sees of `pytest` in a folder, all that was drawn over included."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pytest", "-p", "evalsuites.harness.plugin", "--eval-target=recorded",
               "--eval-gates=gates.yaml", "--eval-config=lictor.toml", "--eval-out=out", *more]  # fmt: skip
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # others take seconds to load
    with subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # nobody is left at the other end
                break
            seen += piece
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;?]*m", "", seen.decode())


@pytest.fixture
def suite(make_suite: MakeSuite, tmp_path: Path) -> Suite:
    (tmp_path / "lictor.toml").write_text("[audit]\nenabled = false\n")
    gate = {"gate": "g", "suite": "manners", "metric": "length", "kind": "rate", "min": 0.1}
    (tmp_path / "gates.yaml").write_text(yaml.safe_dump({"version": 1, "gates": [gate]}))
    lines = [
        f'{{"case": "c{n}", "epoch": 1, "answer": "{"word " * (n + 1)}", "tokens_out": 1000}}\n'
        for n in range(CASES - 1)
    ]
    body = "".join(lines).encode()
    answers = {"file": ANSWERS, "sha256": digest_of(body)}
    made = make_suite(
        CASES, metrics=[{"use": "length", "with": {"most": 5}}], answers=answers, card=SUITE["card"]
    )
    (made.root / ANSWERS).write_bytes(body)
    return made


@pytest.mark.parametrize("more", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "with others"])
def test_the_table_shows_progress_and_cost_and_goes(
    suite: Suite, tmp_path: Path, more: tuple[str, ...]
) -> None:
    seen = on_a_terminal(tmp_path, *more)
    before, _, summary = seen.partition("release gates")
    assert re.search(r"suite +cases +missed +unmeasured +tokens +dollars", before)
    assert re.search(r"manners +9/9 +3 +1 +8,000 +0\.0000", before)
    assert re.search(r"time left: \d\d:\d\d +9/9 +3 +1 +8,000", before)
    assert "\x1b[2K" in before.rpartition("9/9")[2]  # it was wiped away
    assert not re.search(r"[.mu]{4}", before)
    assert re.search(r"5 passed.*3 missed|3 missed.*5 passed", summary)


def config(**changes: object) -> Any:  # noqa: ANN401 - stands for pytest's own
    given = {"verbose": 0, "capture": "fd", "collectonly": False, "usepdb": False, **changes}
    reporter = SimpleNamespace(isatty=lambda: given.get("tty", True))
    plugins = SimpleNamespace(get_plugin=lambda _: reporter if given.get("reporter", True) else None)
    made = SimpleNamespace(pluginmanager=plugins, option=SimpleNamespace(**given))
    if given.get("worker"):
        made.workerinput = {}
    return made


@pytest.mark.parametrize(
    "change",
    [
        {"verbose": -1},
        {"verbose": 1},
        {"capture": "no"},
        {"collectonly": True},
        {"usepdb": True},
        {"tty": False},
        {"reporter": False},
        {"worker": True},
    ],
    ids=str,
)
def test_nobody_gets_a_table_who_did_not_come_for_one(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert wanted(config())
    assert not wanted(config(**change))
    monkeypatch.setenv("TERM", "dumb")
    assert not wanted(config())


def test_counts_add_up_by_suite_and_in_all() -> None:
    progress = Progress()
    progress.expect(
        ["a/suite.yaml::c1", "a/suite.yaml::c2", "b/suite.yaml::c::1", "tests/test_it.py::test_it"]
    )
    progress.add(
        "a/suite.yaml::c1", Result("a", "c1", 1, Status.OK, {"m": Score(0.0, "no")}, tokens=5, usd=0.5)
    )
    progress.add("b/suite.yaml::c::1", Result("b", "c", 1, Status.TIMEOUT))
    assert progress.others == 1
    assert progress.counts["a/suite.yaml"] == Count("a", 2, 1, 1, 0, 5, 0.5)
    assert progress.sum() == Count("all", 3, 2, 1, 1, 5, 0.5)


@pytest.mark.parametrize(
    ("done", "elapsed", "said"),
    [(0, 9.0, "unknown"), (1, 2.0, "00:06"), (2, 7300.0, "2:01:40"), (4, 8.0, "00:00")],
)
def test_time_left_is_what_it_takes_at_this_pace(done: int, elapsed: float, said: str) -> None:
    assert left(Count("all", total=4, done=done), elapsed) == f"time left: {said}"
