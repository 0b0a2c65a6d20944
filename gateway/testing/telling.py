"""The records of one exchange in a few lines, for somebody who sees a record for the first time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]
Line = tuple[str, str]
"""What it is about, and what there is to say."""


def told(records: Sequence[Record]) -> Iterator[Line]:
    """What was found, decided and recorded; of several findings with one label, the surest."""
    yield "found", _found(records)
    yield from (("decided", _decided(record["decision"])) for record in records if "decision" in record)
    yield from (("restored", text) for text in map(_restored, records) if text)
    yield "recorded", _recorded(records)


def _found(records: Sequence[Record]) -> str:
    findings = [finding for record in records for finding in record.get("findings", ())]
    surest: dict[str, int] = {}
    for finding in findings:
        name = f"{finding['category']}/{finding['label']}"
        surest[name] = max(finding["score"], surest.get(name, 0))
    named = ", ".join(f"{name} {score / 1000:.2f}" for name, score in surest.items())
    return f"{named or 'nothing'} (checked by {', '.join(_checked(records)) or 'nobody'})"


def _checked(records: Sequence[Record]) -> Sequence[str]:
    entries = [entry for record in records for entry in record.get("coverage", ())]
    return sorted({name for entry in entries if entry["state"] == "ok" for name in entry["detectors"]})


def _decided(decision: Record) -> str:
    reasons = [f"{verdict['reason']} ({verdict['rule']})" for verdict in decision.get("verdicts", ())]
    answer = f"{decision['phase']} {decision['answer']}"
    return f"{answer}: {' '.join(reasons)}" if reasons else answer


def _restored(record: Record) -> str:
    """Which of the caller's own values went back into the answer."""
    restored = record.get("outcome", {}).get("restored", {})
    return ", ".join(f"{number} {label}" for label, number in restored.items())


def _recorded(records: Sequence[Record]) -> str:
    if not records:
        return "nothing"
    return f"{' and '.join(record['type'] for record in records)} of {records[0]['exchange']}"
