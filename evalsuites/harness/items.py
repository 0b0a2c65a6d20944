"""Suites as pytest sees them: a file of cases, one item a case and epoch."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from evalsuites.harness.asking import Asking
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.gates.gate import load_gates
from evalsuites.harness.judging.bench import Bench, court
from evalsuites.harness.judging.metric import Judged
from evalsuites.harness.judging.profile import Canary, Profile
from evalsuites.harness.metrics.base import Metric
from evalsuites.harness.metrics.registry import metric_of
from evalsuites.harness.options import judging_target, options_from, target_of
from evalsuites.harness.result import Result, Status
from evalsuites.harness.runner import Runner
from evalsuites.harness.spending import Spending, read_prices
from evalsuites.harness.suite import FILE, Case, Suite, load_suite

PROPERTY = "lictor_result"
"""Under this name a result travels with pytest's report, also from another process."""

FAULT = "lictor_fault"
"""And under this one what cannot be used."""

RUNNER = pytest.StashKey[Runner]()
OPEN = pytest.StashKey[ExitStack]()
SENT = pytest.StashKey[set[Path]]()
"""Profiles of judges whose canaries are among the items."""


class SuiteFile(pytest.File):
    """A ``suite.yaml``."""

    suite: Suite

    def collect(self) -> Iterator[pytest.Item]:
        """Every case in every epoch."""
        try:
            self.suite = load_suite(self.path.parent)
            metrics = {
                use.name: metric_of(use, str(self.path), self.path.parent) for use in self.suite.metrics
            }
        except UsageFault as fault:
            raise self.CollectError(str(fault)) from None
        yield from self._canaries(metrics)
        for case in self.suite.cases:
            for epoch in range(1, self.suite.epochs + 1):
                name = case.id if self.suite.epochs == 1 else f"{case.id}[ep{epoch}]"
                item = CaseItem.from_parent(self, name=name)
                item.case, item.epoch, item.metrics = case, epoch, metrics
                yield item

    def _canaries(self, metrics: Mapping[str, Metric]) -> Iterator[pytest.Item]:
        """Those of each judge, before the cases; once a run, however many suites the judge judges."""
        sent = self.config.stash.setdefault(SENT, set())
        for metric in metrics.values():
            if not isinstance(metric, Judged) or metric.profile.file in sent:
                continue
            sent.add(metric.profile.file)
            for canary in metric.profile.canaries:
                item = CanaryItem.from_parent(self, name=f"{court(metric.profile.name)}/{canary.id}")
                item.profile, item.canary = metric.profile, canary
                yield item


class CaseItem(pytest.Item):
    """One case in one epoch. It does not fail: what comes of it is data, and gates decide."""

    case: Case
    epoch: int
    metrics: Mapping[str, Metric]

    def result(self, suite: Suite) -> Result:
        """Ask."""
        return runner_of(self.config).run(suite, self.case, self.epoch, self.metrics)

    def runtest(self) -> None:
        """Ask, and put the result where the report takes it along."""
        suite = self.parent.suite  # type: ignore[union-attr]
        try:
            result = self.result(suite)
        except UsageFault as fault:
            self.user_properties.append((FAULT, str(fault)))
            raise
        self.user_properties.append((PROPERTY, json.dumps(result.to_dict())))
        self.user_properties.append(("suite", str(suite.root)))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case stands. No part of the node id: pytest would show its dots as `::`."""
        return self.path, 0, f"case {self.name} of {self.parent.name if self.parent else ''}"

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:  # noqa: ANN401, ARG002 - pytest's own
        """Only the harness itself can fail here."""
        if isinstance(excinfo.value, UsageFault):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))


class CanaryItem(CaseItem):
    """One canary of a judge. As with a case, what comes of it is data."""

    profile: Profile
    canary: Canary

    def result(self, suite: Suite) -> Result:  # noqa: ARG002 - it belongs to none
        """Ask the judge."""
        bench = runner_of(self.config).bench
        assert bench is not None
        return bench.canary(self.profile, self.canary)


def runner_of(config: pytest.Config) -> Runner:
    """The runner of this process, made for the first case."""
    if RUNNER not in config.stash:
        stack = config.stash[OPEN] = ExitStack()
        options = options_from(config)
        gates = load_gates(options.gates)
        prices = read_prices(options.prices) if options.prices else {}
        if gates.budget.usd is not None and not prices:
            raise UsageFault(str(options.gates), "a budget in dollars needs --eval-prices")
        workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
        spending = Spending(gates.budget, prices, workers)
        open_ = cache(partial(judging_target, options, stack))
        asking = Asking(open_, spending, options.timeout_s)
        bench = Bench(open_, spending, options.timeout_s)
        config.stash[RUNNER] = Runner(target_of(options, stack), spending, options.timeout_s, asking, bench)
    return config.stash[RUNNER]


def close(config: pytest.Config) -> None:
    """End the target, if one was needed."""
    if OPEN in config.stash:
        config.stash[OPEN].close()


def result_of(properties: Any) -> tuple[Result | None, Path]:  # noqa: ANN401 - pytest's own
    """The result that a report carries, and the folder of its suite."""
    from evalsuites.harness.result import result_from

    held = dict(properties)
    if PROPERTY not in held:
        return None, Path()
    return result_from(json.loads(held[PROPERTY])), Path(held["suite"])


def letter(result: Result) -> tuple[str, str, str]:
    """How a case shows in pytest's progress: category, letter, word."""
    if result.status is Status.SKIPPED:
        return "not asked", "s", "NOT ASKED"
    if result.status is not Status.OK:
        return "unmeasured", "u", f"UNMEASURED ({result.status})"
    if result.unmeasured:
        return "unmeasured", "u", "UNMEASURED"
    # A metric that grades, and does not judge, gives no reason.
    missed = [name for name, score in result.scores.items() if score.value < 1 and score.reason]
    return ("missed", "m", f"MISSED ({', '.join(missed)})") if missed else ("passed", ".", "PASSED")


__all__ = ["FILE", "CaseItem", "SuiteFile", "close", "letter", "result_of", "runner_of"]
