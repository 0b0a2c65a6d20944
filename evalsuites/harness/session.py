"""One run, from the first case to the exit code, in the process that the user started."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evalsuites.harness import evidence
from evalsuites.harness.baseline import read_baseline
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.gates.gate import GateFile, load_gates
from evalsuites.harness.gates.ruling import PASS, USAGE, rule
from evalsuites.harness.items import FAULT, close, letter, result_of
from evalsuites.harness.judging.standing import Judges, standings
from evalsuites.harness.manifest import manifest
from evalsuites.harness.options import Options, options_from
from evalsuites.harness.reporting import live, terminal
from evalsuites.harness.reporting.junit import junit
from evalsuites.harness.reporting.page import page
from evalsuites.harness.reporting.run import Run, write
from evalsuites.harness.reporting.sarif import sarif
from evalsuites.harness.result import Result
from evalsuites.harness.suite import Suite, load_suite
from gateway.core.errors import ConfigError, RecordFault
from gateway.server.settings import load as settings_of

NAME = "lictor-evals-session"
_TESTS_FAILED = (0, 1)


def attend(config: pytest.Config) -> "Attendance":
    """Take part in a run; once."""
    present = config.pluginmanager.get_plugin(NAME)
    if isinstance(present, Attendance):
        return present
    attendance = Attendance(config)
    config.pluginmanager.register(attendance, NAME)
    if live.wanted(config):
        table = live.LiveTable(config.pluginmanager.get_plugin("terminalreporter"))
        config.pluginmanager.register(table, f"{NAME}-live")
    return attendance


class Attendance:
    """Gathers results, judges them, reports, and sets the exit code."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._worker = hasattr(config, "workerinput")
        self._results: list[Result] = []
        self._roots: set[Path] = set()
        self._sealed: tuple[Options, GateFile] | None = None
        self._fault = ""
        self._run: Run | None = None
        self._log: Path | None = None
        self._told: list[str] = []

    # -- results ----------------------------------------------------------------------------------

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Seal the gates before the first case is asked."""
        for item in session.items:
            if hasattr(item.parent, "suite"):
                self._roots.add(item.path.parent)
        if self._roots and not self._worker:
            self.seal()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather what came of a case, wherever it ran."""
        if report.when != "call":
            return
        self._fault = self._fault or str(dict(report.user_properties).get(FAULT, ""))
        result, root = result_of(report.user_properties)
        if result is None:
            return
        self._roots.add(root)
        self._results.append(result)
        if letter(result)[0] == "missed":
            self._remember(report.nodeid)

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Cases that miss are data: they show as such, and are no failures."""
        if report.when != "call" or not report.passed:
            return None
        result, _ = result_of(report.user_properties)
        return letter(result) if result is not None else None

    def _remember(self, nodeid: str) -> None:
        """``--lf`` runs cases again that missed."""
        last: Any = self._config.pluginmanager.get_plugin("lfplugin")
        if last is not None and not self._worker:
            last.lastfailed[nodeid] = True

    def seal(self) -> None:
        """Read the gates, before the first case is asked; what is wrong with them is told at the end."""
        if self._sealed is None and not self._fault:
            try:
                options = options_from(self._config)
                self._sealed = options, load_gates(options.gates)
            except UsageFault as fault:
                self._fault = str(fault)

    # -- the end ----------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge, write, and decide the exit code. What pytest itself stumbled over stays its own."""
        close(self._config)
        if self._worker or not self._roots or self._config.option.collectonly:
            return
        if session.exitstatus not in _TESTS_FAILED:
            return
        try:
            code = self._judge()
        except UsageFault as fault:
            self._fault, code = str(fault), USAGE
        session.exitstatus = code if session.exitstatus == 0 or code != PASS else session.exitstatus

    def _judge(self) -> int:
        if self._fault or self._sealed is None:
            raise UsageFault("gates", self._fault or "there are none")
        options, gates = self._sealed
        if load_gates(options.gates).digest != gates.digest:
            raise UsageFault(str(options.gates), "the gates were changed while the cases ran")
        suites = self._suites()
        results = sorted(self._results, key=lambda one: (one.suite, one.case, one.epoch))
        baseline = [one for suite in suites.values() for one in read_baseline(suite)]
        judges = standings(suites, gates.gates, datetime.now(UTC).date())
        ruling = rule(gates, suites, results, baseline, judges)
        self._run = Run(self._manifest(options, gates, suites, judges), results, ruling)
        write(self._run, options.out)
        self._report(options, self._run)
        findings = sarif(self._run, suites, options.gates)
        (options.out / "findings.sarif").write_text(findings, "utf-8")
        self._summarise(options, self._run)
        self._track(options)
        return ruling.exit_code

    def _track(self, options: Options) -> None:
        """Tell platforms. What goes wrong there is a warning: it says nothing of what was judged."""
        if not options.track:
            return
        from evalsuites.tracking.platforms import tell

        suites = Path(os.path.commonpath(self._roots))
        for platform in options.track:
            told = tell(platform, options.out, content=options.track_content, suites=suites)
            self._told.append(
                f"{platform}: {told.said}" if told.ok else f"WARNING {platform}: not told: {told.said}"
            )

    def _report(self, options: Options, run: Run) -> None:
        """Renderings for people and machines, and records in the log of the gateway that was judged."""
        statement = json.dumps(evidence.statement(run, datetime.now(UTC)), indent=1, sort_keys=True)
        (options.out / "statement.json").write_text(statement + "\n", "utf-8")
        (options.out / "gates.xml").write_text(junit(run), "utf-8")
        (options.out / "report.html").write_text(page(run), "utf-8")
        try:
            self._log = evidence.keep(run, settings_of(options.config))
        except (ConfigError, RecordFault) as error:
            raise UsageFault(str(options.config), f"the run cannot be recorded: {error}") from None

    def _suites(self) -> dict[str, Suite]:
        loaded = [load_suite(root) for root in sorted(self._roots)]
        names = [suite.name for suite in loaded]
        for suite in loaded:
            if names.count(suite.name) > 1:
                raise UsageFault(str(suite.root), f"there is another suite `{suite.name}`")
        return {suite.name: suite for suite in loaded}

    def _manifest(
        self, options: Options, gates: GateFile, suites: dict[str, Suite], judges: Judges
    ) -> Mapping[str, Any]:
        from evalsuites.harness.policy import classifiers, revision

        models = [str(suite.request.get("model", "")) for suite in suites.values()]
        profiles = {one.profile.name: one.profile.digest for one in judges.values()}
        return manifest(
            gates,
            suites.values(),
            mode=options.mode,
            policy="" if options.url or options.recorded else revision(options.config),
            target=options.target,
            models=models,
            classifiers={} if options.url else classifiers(options.config),
            judges=profiles,
        )

    def _summarise(self, options: Options, run: Run) -> None:
        page = terminal.markdown(run)
        (options.out / "summary.md").write_text(page, "utf-8")
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(page)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401 - pytest's own
        """Say what gates say."""
        if self._fault and self._roots:
            terminalreporter.section("release gates", sep="=")
            terminalreporter.write_line(f"USAGE: {self._fault}")
        elif self._run is not None:
            terminalreporter.section("release gates", sep="=")
            for line in self._said(self._run):
                terminalreporter.write_line(line)

    def _said(self, run: Run) -> Iterator[str]:
        yield from terminal.lines(run)
        if self._sealed:
            yield f"report: {self._sealed[0].out / 'report.html'}; records: {self._log or 'none'}"
        yield from self._told
        if os.environ.get("GITHUB_ACTIONS") == "true":
            yield from terminal.annotations(run)
