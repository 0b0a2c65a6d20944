"""Records of what happens to policy between two revisions: steps of a rollout, and what a shadow saw.

Pure builders, free of content, like :mod:`gateway.audit.record`. Schema: ``docs/spec/audit-log.md``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.audit.record import NAME_CAP, REASON_CAP

Record = dict[str, Any]


def approval_record(  # noqa: PLR0913
    *,
    action: str,
    revision: str,
    previous: str,
    approver: str,
    user: str,
    reason: str,
    version: int,
    automatic: bool = False,
    evidence: Mapping[str, str] | None = None,
    limits: Mapping[str, float] | None = None,
) -> Record:
    """A step of the rollout, written before it is taken.

    Args:
        action: what is done, such as ``promote``.
        revision: the revision that it is about.
        previous: the revision in force until then.
        approver: who says that they approve; nothing here proves it.
        user: the user of the operating system that ran the command.
        reason: why.
        version: the version of the rollout that follows.
        automatic: whether a budget took the step, not a person.
        evidence: digests of what the approver had seen.
        limits: sample, percentage and budgets that were set.
    """
    record: Record = {
        "type": "approval",
        "action": action,
        "revision": revision,
        "previous": previous,
        "approver": approver[:NAME_CAP],
        "user": user[:NAME_CAP],
        "reason": reason[:REASON_CAP],
        "version": version,
        "automatic": automatic,
    }
    if evidence:
        record["evidence"] = {name: value[:REASON_CAP] for name, value in evidence.items()}
    if limits:
        record["limits"] = {name: repr(value) for name, value in limits.items()}
    return record


def shadow_record(
    *,
    revision: str,
    candidate: str,
    tally: Mapping[str, Any],
    counts: Mapping[str, int],
) -> Record:
    """What a candidate answered beside the enforced revision since the record before; these add up.

    Args:
        revision: the enforced revision.
        candidate: the revision that was asked too.
        tally: counts of both answers, as ``flips.Tally`` spells them.
        counts: what was offered, judged, dropped, failed, and the time that it took.
    """
    return {
        "type": "shadow",
        "kind": "summary",
        "revision": revision,
        "candidate": candidate,
        "tally": tally,
        "counts": dict(counts),
    }


def divergence_record(  # noqa: PLR0913
    *,
    exchange: str,
    phase: str,
    revision: str,
    candidate: str,
    change: str,
    answers: tuple[str, str],
    rules: Sequence[str],
) -> Record:
    """One exchange about which the two revisions differ; its facts are in its decision record.

    Args:
        exchange: the exchange's id.
        phase: which of its decisions.
        revision: the enforced revision.
        candidate: the revision that was asked too.
        change: what kind of difference it is.
        answers: the enforced answer and the candidate's.
        rules: rules that make the difference.
    """
    return {
        "type": "shadow",
        "kind": "divergence",
        "exchange": exchange,
        "phase": phase,
        "revision": revision,
        "candidate": candidate,
        "change": change,
        "old": answers[0],
        "new": answers[1],
        "rules": [rule[:NAME_CAP] for rule in rules],
    }
