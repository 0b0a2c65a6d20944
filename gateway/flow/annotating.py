"""Annotating: what is said about the checks in an answer that passes. Labels and counts, never content."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.core.exchange import Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.flow.judging import Judged
from gateway.policy.plan import Annotation
from gateway.wire.annotate import Notes, annotate

Json = dict[str, Any]


def annotated(
    wanted: Annotation, exchange: Exchange, body: bytes, request: Judged | None, response: Judged | None
) -> bytes:
    """The body, or some events of it, with the notes that the plan wants; else the same object."""
    if wanted == "none" or not body or request is None or response is None:
        return body
    azure = wanted in ("azure", "both")
    notes = Notes(
        ours=_ours(exchange, request, response) if wanted in ("lictor", "both") else None,
        prompt=_results(request, request.findings) if azure else None,
        choices=_by_choice(response) if azure else None,
    )
    return annotate(exchange.dialect, body, notes)


def _ours(exchange: Exchange, request: Judged, response: Judged) -> Json:
    return {
        "decision_id": exchange.id,
        "revision": response.decision.revision,
        "request": _phase(request),
        "response": _phase(response),
    }


def _phase(judged: Judged) -> Json:
    labels = Counter(f"{finding.category}/{finding.label}" for finding in judged.findings)
    return {
        "answer": judged.decision.answer.value,
        "rules": sorted({verdict.rule for verdict in judged.decision.verdicts}),
        "findings": dict(sorted(labels.items())),
        "unchecked": _unchecked(judged.coverage),
    }


def _unchecked(coverage: Iterable[Coverage]) -> list[str]:
    """Reasons why something was not looked at."""
    finished = (State.OK, State.NOT_APPLICABLE)
    return sorted({entry.reason or entry.state.value for entry in coverage if entry.state not in finished})


def _by_choice(judged: Judged) -> dict[int, Json]:
    """Azure's results for each choice. A segment's pointer says which one it is of."""
    places = {segment.id: segment.pointer.split("/") for segment in judged.segments}
    found: dict[int, list[Finding]] = {}
    for finding in judged.findings:
        place = places.get(finding.segment, [])
        if len(place) > 2 and place[1] == "choices" and place[2].isdecimal():
            found.setdefault(int(place[2]), []).append(finding)
    return {choice: _results(judged, findings) for choice, findings in found.items()}


def _results(judged: Judged, findings: Iterable[Finding]) -> Json:
    """What was found, in the categories that Azure has. One that is missing was not found or not looked
    for; which of the two, coverage says."""
    changed = {name for each in judged.decision.obligations for name in each.findings}
    best: dict[str, Finding] = {}
    filtered: set[str] = set()
    for finding in findings:
        category = _CATEGORIES.get(f"{finding.category}/{finding.label}") or _CATEGORIES.get(finding.category)
        if category is None:
            continue
        best[category] = max(best.get(category, finding), finding, key=lambda each: each.score)
        if finding.id in changed:
            filtered.add(category)
    return {name: _result(name, one, filtered=name in filtered) for name, one in sorted(best.items())}


def _result(category: str, finding: Finding, *, filtered: bool) -> Json:
    if category in _GRADED:
        return {"filtered": filtered, "severity": _severity(finding.score)}
    return {"filtered": filtered, "detected": True}


def _severity(score: float) -> str:
    return "low" if score < 0.7 else "medium" if score < 0.9 else "high"


_GRADED = frozenset({"hate", "self_harm", "sexual", "violence"})
_CATEGORIES: Mapping[str, str] = {
    "toxicity/hate": "hate",
    "toxicity/self_harm": "self_harm",
    "toxicity/sexual": "sexual",
    "toxicity/threat": "violence",
    "toxicity/violence": "violence",
    "toxicity/insult": "profanity",
    "injection": "jailbreak",
    "pii": "personally_identifiable_information",
}
"""Our categories in Azure's words; the others Azure has no word for."""
