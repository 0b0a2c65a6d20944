"""The bench of one process: whom its judges are asked through, from the first question on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from evalsuites.harness.judging.asking import Judge, Judgement, Subject
from evalsuites.harness.judging.metric import Judged, score_of
from evalsuites.harness.judging.profile import Canary, Profile
from evalsuites.harness.metrics.base import Metric, Unmeasured
from evalsuites.harness.result import Result, Score, Status
from evalsuites.harness.spending import Spending
from evalsuites.harness.suite import Case
from evalsuites.harness.target.answer import Answer, Target

CANARY = "canary"


@dataclass(slots=True)
class Bench:
    """Judges share the target that ``open`` gives: the same each time, opened when the first is asked."""

    open: Callable[[], Target]
    spending: Spending
    timeout_s: float = 120.0

    def judge(self, profile: Profile, subject: Subject, epoch: int = 1) -> Judgement:
        """The judgement of one subject."""
        return Judge(profile, self.open(), self.spending, self.timeout_s).judge(subject, epoch)

    def canary(self, profile: Profile, canary: Canary) -> Result:
        """What a judge says of an answer of which the verdict is known, as a result of a suite of its own."""
        found = self.judge(profile, Subject(f"{CANARY}/{canary.id}", canary.values))
        held = found.verdict == canary.expected
        said = f"the judge says {found.verdict}, and {canary.expected} is known to be right"
        unmeasured = found.verdict == "unmeasured"
        return Result(
            suite=court(profile.name),
            case=canary.id,
            epoch=1,
            status=Status.ERROR if unmeasured else Status.OK,
            scores={} if unmeasured else {CANARY: Score(float(held), "" if held else said)},
            strata={"sort": canary.sort},
            reason=found.reason if unmeasured else "",
            tokens=found.tokens,
            usd=found.usd,
            replayed=found.replayed,
            judged={CANARY: found.to_dict()},
        )


def court(judge: str) -> str:
    """The name under which results of a judge's canaries are kept, beside those of suites."""
    return f"judge/{judge}"


def seated(
    metrics: Mapping[str, Metric], bench: Bench | None, epoch: int, minutes: dict[str, Judgement]
) -> Mapping[str, Metric]:
    """The metrics, with somebody to ask for those that judge; what is judged goes into the minutes."""

    def ask(name: str, metric: Judged, case: Case, answer: Answer) -> Score:
        subject = metric.subject(case, answer)
        if bench is None:
            raise Unmeasured(f"nobody can be asked for the judge `{metric.profile.name}`")
        minutes[name] = bench.judge(metric.profile, subject, epoch)
        return score_of(minutes[name])

    return {
        name: partial(ask, name, metric) if isinstance(metric, Judged) else metric
        for name, metric in metrics.items()
    }
