"""Calibrating: a judge is asked of every label what it says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from evalsuites.harness.judging.asking import Judgement
from evalsuites.harness.judging.bench import CANARY, Bench
from evalsuites.harness.judging.calibration import Said, document
from evalsuites.harness.judging.labels import Labels
from evalsuites.harness.judging.profile import Profile


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    document: Mapping[str, Any] | None
    """The calibration; None where a label has no verdict for want of an answer."""

    said: Sequence[str]
    """What the user should know besides."""


def calibrated(bench: Bench, profile: Profile, labels: Labels, *, file: str, on: date) -> Outcome:
    """Ask of the canaries first, then of every label.

    Args:
        bench: whom to ask.
        profile: the judge.
        labels: what people say.
        file: the labels' path, seen from the profile.
        on: today.
    """
    notes = list(_canaries(bench, profile))
    judgements: list[Judgement] = []
    said: list[Said] = []
    for row in labels.rows:
        found = bench.judge(profile, row.subject)
        if found.verdict == "unmeasured":
            return Outcome(None, [*notes, f"{row.subject.id}: {found.reason}"])
        judgements.append(found)
        said.append(found.verdict)
    made = document(
        profile,
        labels,
        said,
        file=file,
        models={model for one in judgements for model in one.models},
        unanimous=sum(len(set(one.votes)) == 1 for one in judgements),
        on=on,
    )
    return Outcome(made, notes)


def _canaries(bench: Bench, profile: Profile) -> Iterator[str]:
    for canary in profile.canaries:
        result = bench.canary(profile, canary)
        if CANARY not in result.scores:
            yield f"canary {canary.id}: {result.reason}"
        elif reason := result.scores[CANARY].reason:
            yield f"canary {canary.id}: {reason}"
