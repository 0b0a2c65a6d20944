"""The table that is there while cases run, on a terminal: how far each suite is, what it cost, and how long
it still takes. It goes when the run ends; the summary says the rest.

Only the process that the user started draws it, and only where pytest itself would print dots: not without a
terminal, and neither with ``-q`` nor with ``-v``, nor where ordinary tests run as well.
"""

import io
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import pytest
from rich.console import Console
from rich.live import Live
from rich.table import Table

from evalsuites.harness.items import letter, result_of
from evalsuites.harness.result import Result
from evalsuites.harness.suite import FILE

_SUITE = f"{FILE}::"
_BETWEEN_S = 0.1


@dataclass(slots=True)
class Count:
    """One row of the table."""

    name: str
    total: int = 0
    done: int = 0
    missed: int = 0
    unmeasured: int = 0
    tokens: int = 0
    usd: float = 0.0

    def add(self, result: Result) -> None:
        """Count a result."""
        kind = letter(result)[0]
        self.done += 1
        self.missed += kind == "missed"
        self.unmeasured += kind == "unmeasured"
        self.tokens += result.tokens
        self.usd += result.usd


@dataclass(slots=True)
class Progress:
    """What the table says."""

    counts: dict[str, Count] = field(default_factory=dict)
    """By the file of the suite."""

    others: int = 0
    """Tests that are no cases."""

    def expect(self, nodeids: Iterable[str]) -> None:
        """These will run."""
        for nodeid in nodeids:
            file = _file(nodeid)
            if file:
                self.counts.setdefault(file, Count(PurePosixPath(file).parent.name or FILE)).total += 1
            else:
                self.others += 1

    def add(self, nodeid: str, result: Result) -> None:
        """This came of one."""
        self.counts[_file(nodeid)].add(result)

    def sum(self) -> Count:
        """All suites together."""
        names = ("total", "done", "missed", "unmeasured", "tokens", "usd")
        rows = self.counts.values()
        return Count("all", **{name: sum(getattr(row, name) for row in rows) for name in names})

    @property
    def over(self) -> bool:
        """Whether nothing is left to run."""
        every = self.sum()
        return every.done >= every.total

    def table(self, elapsed_s: float) -> Table:
        """Drawn."""
        every = self.sum()
        table = Table(show_footer=True, show_edge=False, box=None, pad_edge=False)
        table.add_column("suite", left(every, elapsed_s))
        for name, cell in zip(
            ("cases", "missed", "unmeasured", "tokens", "dollars"), _cells(every), strict=True
        ):
            table.add_column(name, cell, justify="right")
        for row in self.counts.values():
            table.add_row(row.name, *_cells(row))
        return table


def left(every: Count, elapsed_s: float) -> str:
    """How long it takes until the end, if it goes on as it did."""
    if not every.done:
        return "time left: unknown"
    seconds = round(elapsed_s / every.done * (every.total - every.done))
    hours, rest = divmod(seconds, 3600)
    clock = f"{rest // 60:02}:{rest % 60:02}"
    return f"time left: {f'{hours}:{clock}' if hours else clock}"


def wanted(config: pytest.Config) -> bool:
    """Whether somebody looks at a terminal and expects dots."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    options = config.option
    return (
        reporter is not None
        and not hasattr(config, "workerinput")
        and reporter.isatty()
        and options.verbose == 0
        and options.capture != "no"
        and not options.collectonly
        and not options.usepdb
        and os.environ.get("TERM", "dumb") != "dumb"
    )


class LiveTable:
    """Draws the table, and keeps pytest's own dots away while it is there."""

    def __init__(self, reporter: Any) -> None:  # noqa: ANN401 - pytest's own
        self._reporter = reporter
        self._progress = Progress()
        self._live: Live | None = None
        self._began = 0.0
        self._drawn = 0.0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What this process will run itself."""
        self._progress.expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        """What others will run: each of them collects everything, so once is enough."""
        if not self._progress.counts and not self._progress.others:
            self._progress.expect(ids)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self) -> None:
        """Begin with the first case."""
        if self._began == 0 and self._progress.counts and not self._progress.others:
            self._began = time.monotonic()
            self._reporter.showfspath = False
            self._draw()

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """A case that is in the table needs no dot."""
        if self._live is None or report.when != "call" or not report.passed:
            return None
        result, _ = result_of(report.user_properties)
        return (letter(result)[0], "", "") if result is not None else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a case. What pytest has to say itself, it says below a table that is gone."""
        if not self._began:
            return
        if report.failed:
            self._clear()
        result, _ = result_of(report.user_properties)
        if report.when == "call" and result is not None and not report.failed:
            self._progress.add(report.nodeid, result)
            self._draw()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """The end, or an interruption."""
        self._clear()

    def _draw(self) -> None:
        now = time.monotonic()
        if self._live is None:
            self._reporter.ensure_newline()
            console = Console(file=_Terminal(self._reporter), force_terminal=True)
            self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False,
                              redirect_stderr=False)  # fmt: skip
            self._live.start()
        elif now - self._drawn < _BETWEEN_S and not self._progress.over:
            return
        self._drawn = now
        self._live.update(self._progress.table(now - self._began), refresh=True)

    def _clear(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


class _Terminal(io.StringIO):
    """Pytest's terminal as a file: what it captures of tests is another one."""

    def __init__(self, reporter: Any) -> None:  # noqa: ANN401 - pytest's own
        self._reporter = reporter

    def write(self, text: str) -> int:
        self._reporter.write_raw(text)
        return len(text)

    def flush(self) -> None:
        self._reporter.flush()

    def isatty(self) -> bool:
        return True


def _cells(count: Count) -> tuple[str, ...]:
    return (
        f"{count.done}/{count.total}",
        str(count.missed),
        str(count.unmeasured),
        f"{count.tokens:,}",
        f"{count.usd:.4f}",
    )


def _file(nodeid: str) -> str:
    """The suite file of a case; empty for an ordinary test."""
    before, found, _ = nodeid.partition(_SUITE)
    return f"{before}{FILE}" if found else ""
