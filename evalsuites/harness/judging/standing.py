"""Standing: whether a gate may rely on a judge, and if not, why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.gates.gate import Gate
from evalsuites.harness.judging import calibration as calibrations
from evalsuites.harness.judging.bench import CANARY, court
from evalsuites.harness.judging.calibration import Calibration
from evalsuites.harness.judging.labels import load_labels
from evalsuites.harness.judging.metric import NAME, distinct, judged
from evalsuites.harness.judging.profile import Profile
from evalsuites.harness.result import Result
from evalsuites.harness.suite import Suite

Judges = Mapping[tuple[str, str], "Standing"]
"""Judges by suite and metric."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A judge, and what is known of it before anything is asked."""

    profile: Profile
    calibration: Calibration | None
    faults: Sequence[str]
    """Why it may not decide, whatever it says in the run."""

    @property
    def undoubted(self) -> "Standing":
        """The judge as it would be in a run in which nothing speaks against it."""
        return replace(self, profile=replace(self.profile, canaries=()))

    def doubts(self, metric: str, results: Iterable[Result]) -> Sequence[str]:
        """Why a gate may not rely on it in this run; nothing where it may."""
        held = [one for one in results if one.suite == court(self.profile.name)]
        ours = [one.judged[metric] for one in results if metric in one.judged]
        return [*self._canaries(held), *self._changed(ours), *self.faults]

    def _canaries(self, results: Sequence[Result]) -> Iterator[str]:
        heard = {one.case: one for one in results}
        for canary in self.profile.canaries:
            result = heard.get(canary.id)
            if result is None:
                yield f"the canary {canary.id} was not sent"
            elif CANARY not in result.scores:
                yield f"the canary {canary.id} has no verdict: {result.reason}"
            elif result.scores[CANARY].value < 1:
                yield f"it fails the {canary.sort} canary {canary.id}"

    def _changed(self, judged: Sequence[Mapping[str, object]]) -> Iterator[str]:
        if any(one["profile"] != self.profile.digest for one in judged):
            yield "its profile was changed while cases ran"
        models = {name for one in judged for name in _texts(one["models"])}
        known = set(self.calibration.models) if self.calibration else models
        if new := sorted(models - known):
            yield f"it answered as `{new[0]}`, and was calibrated as {', '.join(sorted(known))}"


def standing_of(profile: Profile, today: date) -> Standing:
    """A judge with its calibration, if there is one, and what is wrong with that.

    Raises:
        UsageFault: the calibration or its labels cannot be read.
    """
    found = calibrations.read(profile)
    if found is None:
        return Standing(profile, None, ["it is not calibrated: see `lictor evals calibrate`"])
    return Standing(profile, found, [*_stale(profile, found, today), *_weak(profile, found)])


def standings(suites: Mapping[str, Suite], gates: Iterable[Gate], today: date) -> Judges:
    """Every judge of these suites.

    Raises:
        UsageFault: a profile or calibration cannot be used, or a gate asks of a judge what it cannot say.
    """
    uses = {
        (suite.name, use.name): judged(use, suite.root, str(suite.root)).profile
        for suite in suites.values()
        for use in suite.metrics
        if use.use == NAME
    }
    known = {name: standing_of(profile, today) for name, profile in distinct(uses.values()).items()}
    for gate in gates:
        if (gate.suite, gate.metric) in uses:
            _check(gate, suites[gate.suite])
    return {key: known[profile.name] for key, profile in uses.items()}


def _check(gate: Gate, suite: Suite) -> None:
    """Only a rate of one verdict a case can be corrected by what is known of a single verdict."""
    if gate.kind != "rate" or gate.reduce == "mean":
        raise UsageFault(
            gate.id, f"`{gate.metric}` is a judge's: only a gate of kind `rate` can be held to it"
        )
    if suite.epochs > 1:
        raise UsageFault(gate.id, f"`{gate.metric}` is a judge's: the suite must have one epoch")


def _stale(profile: Profile, found: Calibration, today: date) -> Iterator[str]:
    if found.profile != profile.digest:
        yield "its calibration is stale: the profile was changed since"
    if not found.labels.is_file():
        yield f"its calibration is stale: the labels {found.labels.name} are gone"
    elif load_labels(found.labels, profile).digest != found.labels_digest:
        yield "its calibration is stale: the labels were changed since"
    limit = profile.requires.max_age_days
    if limit is not None and (age := (today - found.on).days) > limit:
        yield f"its calibration is stale: it is {age} days old, at most {limit} are wanted"


def _weak(profile: Profile, found: Calibration) -> Iterator[str]:
    wanted, limits = profile.requires, found.kappa_interval
    if found.count < wanted.min_labels:
        yield f"it was calibrated on {found.count} labels, {wanted.min_labels} are wanted"
    if not found.errors.positives or not found.errors.negatives:
        yield "it gave no verdict on answers that people pass, or on those that they fail"
    elif not found.errors.informative:
        yield "it does no better than a coin"
    if limits.low < wanted.min_kappa:
        yield (
            f"its kappa against people is {found.kappa:.2f} ({limits.low:.2f} to {limits.high:.2f}), "
            f"and the lower limit must reach {wanted.min_kappa:g}"
        )


def _texts(value: object) -> Sequence[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []
