"""Running one case once: ask, measure, and say what came of it. Never raises for what a target does."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from evalsuites.harness.asking import Asking
from evalsuites.harness.judging.asking import Judgement
from evalsuites.harness.judging.bench import Bench, seated
from evalsuites.harness.metrics.base import Metric, Unmeasured
from evalsuites.harness.result import Result, Score, Status
from evalsuites.harness.spending import Spending
from evalsuites.harness.suite import Case, Suite, canonical
from evalsuites.harness.target.answer import CHAT, Answer, Request, Target, fault_of


@dataclass(slots=True)
class Runner:
    """Runs the cases of one process."""

    target: Target
    spending: Spending
    timeout_s: float = 120.0
    asking: Asking | None = None
    """How metrics ask a judge, where one can be asked."""
    bench: Bench | None = None
    """Who asks judges, where there are any."""

    def run(self, suite: Suite, case: Case, epoch: int, metrics: Mapping[str, Metric]) -> Result:
        """One case in one epoch."""
        blank = Result(suite.name, case.id, epoch, Status.SKIPPED, strata=case.strata)
        digests = {"case": case.digest}
        if case.skip:
            return _ended(blank, Status.SKIPPED, case.skip, digests)
        if spent := self.spending.exhausted():
            return _ended(blank, Status.BUDGET, spent, digests)
        request = request_of(suite, case, epoch)
        try:
            answer = self.target.ask(request, self.timeout_s)
        except TimeoutError:
            return _ended(blank, Status.TIMEOUT, f"no answer in {self.timeout_s:g} s", digests)
        except OSError as error:
            return _ended(blank, Status.ERROR, f"the target cannot be asked: {error}", digests)
        return self._measured(blank, case, request, answer, metrics)

    def _measured(
        self, blank: Result, case: Case, request: Request, answer: Answer, metrics: Mapping[str, Metric]
    ) -> Result:
        usd = self.spending.add(str(request.body.get("model", "")), answer)
        fault = fault_of(answer)
        minutes: dict[str, Judgement] = {}
        heard = seated(metrics, self.bench, blank.epoch, minutes)
        if self.asking is not None:
            heard = self.asking.handed(heard, request.epoch)
        scores, unmeasured = ({}, {}) if fault else measure(case, answer, heard)
        return Result(
            blank.suite,
            blank.case,
            blank.epoch,
            Status.ERROR if fault else Status.OK,
            scores,
            unmeasured,
            blank.strata,
            fault,
            decisions=(answer.decision,) if answer.decision else (),
            tokens=answer.tokens + sum(one.tokens for one in minutes.values()),
            usd=(usd or 0.0) + sum(one.usd for one in minutes.values()),
            priced=usd is not None,
            milliseconds=round(answer.milliseconds, 3),
            upstream_ms=answer.upstream_ms,
            replayed=answer.replayed,
            digests={"case": case.digest, "request": _sha(request.body), "answer": _sha(_lasting(answer))},
            judged={name: one.to_dict() for name, one in minutes.items()},
        )


def request_of(suite: Suite, case: Case, epoch: int) -> Request:
    """What is asked: the suite's part of the request, and the case's over it."""
    body = {**suite.request, **case.input}
    path = str(body.pop("path", CHAT))
    return Request(path, body, epoch, suite=suite.root, case=case.id)


def measure(
    case: Case, answer: Answer, metrics: Mapping[str, Metric]
) -> tuple[dict[str, Score], dict[str, str]]:
    """Every metric, and which of them could not be measured."""
    scores, unmeasured = {}, {}
    for name, metric in metrics.items():
        try:
            score = metric(case, answer)
        except Unmeasured as reason:
            unmeasured[name] = str(reason)
        except Exception as error:  # noqa: BLE001 - a metric may be anybody's; what it breaks is unmeasured
            unmeasured[name] = f"{type(error).__name__}: {error}"
        else:
            if score.measured:
                scores[name] = score
            else:
                unmeasured[name] = score.reason or "the metric gave no number"
    return scores, unmeasured


def _lasting(answer: Answer) -> object:
    """The part of an answer that is the same in every run."""
    passing = {"id", "created", "system_fingerprint", "timings"}
    if "error" in answer.body:
        return {"status": answer.status, "ruled": answer.ruled}
    return {name: value for name, value in answer.body.items() if name not in passing}


def _sha(value: object) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def _ended(blank: Result, status: Status, reason: str, digests: Mapping[str, str]) -> Result:
    return Result(
        blank.suite, blank.case, blank.epoch, status, strata=blank.strata, reason=reason, digests=digests
    )
