"""The pytest plugin. Without a ``suite.yaml`` among what is collected, it does nothing at all.

Cases are ordinary items, so ``-k``, ``-n``, ``--lf`` and ``--junitxml`` work. Their results travel with
pytest's reports to the process that the user started; there gates are judged, and decide the exit code:

| exit code | meaning |
|---|---|
| 0 | every gate holds |
| 1 | at least one gate is shown not to hold |
| 2 | a suite, gate file or option cannot be used |
| 3 | too little evidence |
| 4 | too many errors of target or harness |
"""

from pathlib import Path

import pytest

SUITE_FILE = "suite.yaml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options, all of them with a name of our own."""
    group = parser.getgroup("lictor evals")
    group.addoption(
        "--eval-mode",
        choices=("live", "record", "replay", "replay-or-fail"),
        default="replay-or-fail",
        help="Ask the model, or play back what it answered. Default: replay-or-fail, which never asks.",
    )
    group.addoption("--eval-gates", metavar="FILE", help="Gate file; else evalsuites/gates.yaml.")
    group.addoption("--eval-config", metavar="FILE", help="Settings of the gateway that is judged.")
    group.addoption(
        "--eval-judge-config", metavar="FILE", help="Settings of the gateway that judges are asked through."
    )
    group.addoption("--eval-url", metavar="URL", help="Judge a gateway that runs elsewhere (live only).")
    group.addoption("--eval-recordings", metavar="DIR", help="Where recorded answers are.")
    group.addoption("--eval-prices", metavar="FILE", help="Dollars for a million tokens, by model.")
    group.addoption("--eval-timeout", metavar="S", default="120", help="Seconds an answer may take.")
    group.addoption("--eval-out", metavar="DIR", default="var/evals", help="Where reports are written.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A ``suite.yaml`` is a file of cases."""
    if file_path.name != SUITE_FILE:
        return None
    from evalsuites.harness.items import SuiteFile
    from evalsuites.harness.session import attend

    attend(parent.config)
    return SuiteFile.from_parent(parent, path=file_path)


def pytest_sessionstart(session: pytest.Session) -> None:
    """A process that starts others collects nothing: it attends from the start, silent if need be."""
    if session.config.pluginmanager.hasplugin("dsession"):
        from evalsuites.harness.session import attend

        attend(session.config).seal()
