"""A log that grows by hand, with a record of every type in it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gateway.audit.bypass import Bypasses
from gateway.audit.canonical import Record, encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.events import approval_record, divergence_record, shadow_record
from gateway.audit.export.entry import Entry
from gateway.audit.export.reading import snapshot
from gateway.audit.keys import Signer
from gateway.audit.record import bundle_record, judge_record, refused_record
from gateway.audit.retention.holds import Hold
from gateway.audit.retention.records import (
    Actor,
    access_record,
    erasure_record,
    hold_record,
    report_record,
    retention_record,
)
from gateway.audit.tiles import Edge
from gateway.core.exchange import Caller
from gateway.testing.traffic import START_MS, Traffic

SIGNER = Signer.generate("example.org/exported")
BASELINE = Path(__file__).parents[3] / "policies/baseline"
ACTOR = Actor("Zoë | ops=1", "ops")
AWKWARD = 'line one\nline "two" ] with = and | and \\ and \t, then 😀 é \u2028 end'
REVISION = "sha256:" + "ab" * 32


class Past:
    """A log in a folder; each growth signs a checkpoint."""

    def __init__(self, path: Path, signer: Signer = SIGNER) -> None:
        self.path, self._signer = path, signer
        self._edge = Edge()

    @property
    def size(self) -> int:
        """Entries so far."""
        return self._edge.size

    def grow(self, records: Iterable[Record]) -> None:
        """Publish records at once. A record's own time stands."""
        first = self._edge.size
        stamped = [
            encode({"v": 1, "node": "n1", "boot": "b1", "seq": seq, "ts": START_MS + seq, **record})
            for seq, record in enumerate(records, first)
        ]
        self._edge, files = self._edge.grow(stamped)
        for name, data in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_bytes(data)
        text = Checkpoint(self._signer.name, self._edge.size, self._edge.root).text
        fresh = self.path / "checkpoint.new"
        fresh.write_text(self._signer.sign(text))
        fresh.rename(self.path / "checkpoint")  # whole for whoever reads it meanwhile, as a log's is


def entries(path: Path) -> list[Entry]:
    """All entries of a log."""
    return [entry for batch in snapshot(path).batches() for entry in batch.entries]


def heartbeats(count: int) -> list[Record]:
    """The plainest records there are."""
    return [{"type": "heartbeat"}] * count


def calls(count: int) -> Sequence[Record]:
    """Records of so many exchanges under the baseline bundle."""
    return list(Traffic(BASELINE).records(count))


def specimens() -> Iterator[Record]:
    """A record of every type, and of every answer that a decision may state."""
    yield {"type": "open", "origin": SIGNER.name, "process": 7, "heartbeat_ms": 60_000}
    yield from _exchanges()
    caller = Caller("k1", "acme", "app")
    yield refused_record(
        "lx-9", endpoint="messages", dialect="anthropic_messages", status=400, code="duplicate_key",
        caller=caller, received_ms=START_MS,
    )  # fmt: skip
    yield judge_record(
        "lx-1", detector="nemo", segment="s0", upstream="judge", model="small", verdict="block", micros=12,
        input_tokens=10, output_tokens=1,
    )  # fmt: skip
    yield bundle_record(REVISION, "", True, "loaded")
    yield bundle_record(REVISION, REVISION, False, AWKWARD)
    yield approval_record(
        action="promote", revision=REVISION, previous="", approver=ACTOR.by, user="ops", reason="", version=2
    )
    yield shadow_record(revision=REVISION, candidate=REVISION, tally={}, counts={"judged": 3})
    yield divergence_record(
        exchange="lx-1", phase="request", revision=REVISION, candidate=REVISION, change="stricter",
        answers=("allow", "deny"), rules=["pii.replaced"],
    )  # fmt: skip
    yield access_record(ACTOR, exchange="lx-1", phases=["request"], reason=AWKWARD)
    yield erasure_record(ACTOR, request="R-1", basis="GDPR 17", key="ab" * 8, contents=2)
    yield hold_record(ACTOR, Hold("case-7", tenant="acme", reason="litigation"))
    yield retention_record(ACTOR, minimum=0, previous=0, classes={}, boots=[])
    yield report_record(ACTOR, kind="period", report="ab" * 32, size=9, root="cd" * 32)
    yield {"type": "eval_run", "run": REVISION, "word": "fail", "exit_code": 1, "reason": "a gate failed"}
    yield {
        "type": "gate",
        "run": REVISION,
        "gate": "leaks",
        "state": "fail",
        "controls": ["owasp-llm:2026:LLM02"],
    }
    yield {"type": "heartbeat"}
    yield _bypass()
    yield {"type": "close", "records": 1}


def _exchanges() -> Iterator[Record]:
    template = calls(1)
    for number, answer in enumerate(
        ("allow", "flag", "transform", "require_approval", "deny", "error_open", "error_closed")
    ):
        yield {
            **template[0],
            "exchange": f"lx-{number}",
            "decision": _decision(answer),
            "findings": _FINDINGS,
        }
    yield {**template[0], "decision": {**_decision("deny"), "mode": "shadow"}}
    for ending in ("complete", "denied", "refused", "upstream_error", "disconnected", "fault"):
        outcome = {"status": 200, "ending": ending, "attempts": 1, "bytes": 5, "micros": {"total": 3210}}
        yield {**template[1], "outcome": {**outcome, "input_tokens": 3, "output_tokens": 4, "finish": "stop"}}
    yield {**template[1], "outcome": {"status": 502, "ending": "fault", "code": "connect", "micros": {}}}


_FINDINGS = [{"id": "f0", "detector": "patterns", "category": "pii", "label": "email", "score": 990}]


def _decision(answer: str) -> dict[str, Any]:
    decision: dict[str, Any] = {"phase": "request", "answer": answer, "mode": "enforce", "revision": REVISION}
    if answer == "allow":
        return decision
    verdicts = [
        {"rule": "notes.seen", "effect": "flag", "reason": "seen", "fail": "open"},
        {
            "rule": "pii.replaced",
            "effect": "deny",
            "reason": AWKWARD,
            "controls": ["gdpr:art-5"],
            "fail": "closed",
        },
    ]
    return decision | {"verdicts": verdicts}


def _bypass() -> Record:
    counter = Bypasses()
    counter.note([{"type": "decision"}], "No space left on device", START_MS)
    found = counter.take()
    assert found
    return found
