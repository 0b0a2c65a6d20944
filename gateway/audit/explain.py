"""Explaining one exchange: its records, in words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.audit.reader import find
from gateway.audit.stores.opening import Place

Record = Mapping[str, Any]


def explain(place: Place, exchange_id: str, *, as_json: bool = False) -> str | None:
    """What was found, decided and done about an exchange; None where the log knows nothing of it.

    Raises:
        OSError: the log cannot be read.
    """
    found = find(place, exchange_id)
    if not found:
        return None
    if as_json:
        return "\n".join(json.dumps(record, sort_keys=True) for _, record in found)
    return "\n".join(line for index, record in found for line in told(index, record))


def told(index: int | None, record: Record) -> Iterator[str]:
    """One record in words, line by line."""
    where = "not yet in the tree" if index is None else f"entry {index}"
    yield f"{record['type']:<9} {record.get('exchange', '')} ({where})"
    if record["type"] == "judge":
        yield _judge(record)
    if record["type"] == "refused":
        yield f"  refused   HTTP {record['status']} {record['code']}"
    if "decision" in record:
        yield from _judged(record)
    if "outcome" in record:
        yield _outcome(record["outcome"])


def _judged(record: Record) -> Iterator[str]:
    decision = record["decision"]
    yield from (_coverage(entry) for entry in record.get("coverage", ()))
    findings = record.get("findings", ())
    yield from (_finding(finding, record) for finding in findings)
    if not findings:
        yield "  found     nothing"
    yield f"  {decision['phase']:<9} {decision['answer']}  (policy {decision['revision'][:19]}…)"
    for verdict in decision.get("verdicts", ()):
        yield f"    {verdict['effect']:<9} {verdict['rule']}: {verdict['reason']}"
        if verdict.get("controls"):
            yield f"              controls: {', '.join(verdict['controls'])}"


def _finding(finding: Record, record: Record) -> str:
    pointers = {segment["id"]: segment["pointer"] for segment in record.get("segments", ())}
    pointer = pointers.get(finding["segment"], finding["segment"])
    span = f"{finding['start']}-{finding['end']}"
    score = finding["score"] / 1000
    return f"  found     {finding['category']}/{finding['label']} {score:.2f} at {pointer} {span}"


def _coverage(entry: Record) -> str:
    detectors = ", ".join(entry["detectors"])
    places = ", ".join(_named(entry["segments"]))
    if entry["state"] == "ok":
        return f"  checked   {detectors} on {places}"
    return f"  coverage  {detectors} on {places}: {entry['state']} {entry.get('reason', '')}".rstrip()


def _named(segments: Sequence[str]) -> Sequence[str]:
    return [segment if segment != "*" else "all segments" for segment in segments] or ["nothing"]


def _judge(record: Record) -> str:
    asked = f"{record['detector']} asked {record['model']} at {record['upstream']} about {record['segment']}"
    fault = f" ({record['fault']})" if "fault" in record else ""
    return f"  judge     {asked}: {record['verdict']}{fault}, {record['micros'] // 1000} ms{_tokens(record)}"


def _tokens(holder: Record) -> str:
    tokens = holder.get("input_tokens"), holder.get("output_tokens")
    return f", {tokens[0]} tokens in, {tokens[1]} out" if None not in tokens else ""


def _outcome(outcome: Record) -> str:
    upstream = f" from {outcome['upstream']}" if "upstream" in outcome else ""
    code = f" {outcome['code']}" if "code" in outcome else ""
    return f"  outcome   HTTP {outcome['status']} {outcome['ending']}{code}{upstream}{_tokens(outcome)}"
