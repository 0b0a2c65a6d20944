"""A log of known content, written as the gateway writes it and signed with a known key: the same bytes every
time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.canonical import encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.keys import Signer
from gateway.audit.record import Seen, bundle_record, decision_record, outcome_record, refused_record
from gateway.audit.tiles import Edge
from gateway.core.decision import Answer, Decision, Effect, Obligation, Phase, Verdict
from gateway.core.exchange import Caller, Destination, Exchange, Outcome, Usage
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.policy.bundle import load
from gateway.policy.shipped import baseline

ORIGIN = "example.org/prod/log"
SIGNER = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
START = 1_790_000_000_000
DAY = 86_400_000
BASELINE = load(baseline()).revision
OLD = "sha256:" + "ab" * 32

HOSTILE = '<script>alert(1)</script>"\'&=#eval("x")\u202egpj.exe\x07'
"""What a caller may name a model, a tool or a tenant."""

Record = dict[str, Any]

SAID = {
    "pii.replaced": (Effect.REDACT, Answer.TRANSFORM, "owasp-llm:2026:LLM02"),
    "secrets.never_leave": (Effect.DENY, Answer.DENY, "owasp-llm:2026:LLM02"),
    "injection.suspected": (Effect.FLAG, Answer.FLAG, "owasp-llm:2026:LLM01"),
}


@dataclass(slots=True)
class Book:
    """Records of one node, numbered as a process numbers them."""

    entries: list[bytes] = field(default_factory=list)
    boot: str = ""
    seq: int = 0
    now: int = START

    def start(self, boot: str, **more: str) -> None:
        self.boot, self.seq = boot, 0
        self.write({"type": "open", "origin": ORIGIN, "process": "1", **more})

    def write(self, record: Mapping[str, Any]) -> None:
        head = {"v": 1, "node": "n1", "boot": self.boot, "seq": self.seq, "ts": self.now}
        self.entries.append(encode({**record, **head}))
        self.seq += 1
        self.now += 1000

    def stop(self) -> None:
        self.write({"type": "close", "records": self.seq + 1})


def exchange(name: str, *, tenant: str = "acme", model: str = "gpt-5", now: int = START) -> Exchange:
    destination = Destination("primary", "openai_chat", {"region": "eu"})
    return Exchange(
        name,
        "chat.completions",
        "openai_chat",
        Caller("k1", tenant),
        model=model,
        destinations=(destination,),
        tools=("search",),
        body_bytes=90,
        received_ms=now,
    )


def decided(call: Exchange, rule: str = "", answer: Answer | None = None, **more: Any) -> Record:  # noqa: ANN401
    """The decision record of a call that one rule, or none, spoke about."""
    segments = (Segment("s0", "user", "text", "/messages/0/content", "a text of a person"),)
    findings = (
        (Finding("f0", "patterns", "1", rule.partition(".")[0] or "pii", "email", 1.0, "s0", 2, 9),)
        if rule
        else ()
    )
    coverage = more.get(
        "coverage", (Coverage("s0", "patterns", State.OK), Coverage("s0", "secrets", State.OK))
    )
    decision = judged("request", rule, answer, more.get("revision", BASELINE))
    return decision_record(
        call, decision, segments, findings, coverage, seen=Seen(2), body_commit="c0", rewritten=bool(rule)
    )


def judged(phase: Phase, rule: str, answer: Answer | None, revision: str) -> Decision:
    if not rule:
        return Decision(phase, answer or Answer.ALLOW, (), (), revision)
    effect, usual, control = SAID[rule]
    verdict = Verdict(rule, effect, f"{rule} spoke", (control,), ("f0",))
    obligations = (Obligation(effect, rule, ("f0",), {"with": "token"}),) if effect is Effect.REDACT else ()
    return Decision(phase, answer or usual, (verdict,), obligations, revision)


def ended(call: Exchange, status: int = 200, *, rule: str = "", tokens: int | None = 7) -> Record:
    stopped = status == 400
    outcome = Outcome(
        status,
        "denied" if stopped else "complete",
        code="policy" if stopped else "",
        upstream="" if stopped else "primary",
        usage=Usage(tokens, tokens),
        restored={"email": 1} if rule else {},
    )
    response = None if stopped else judged("response", "", None, BASELINE)
    return outcome_record(call, outcome, response, (), (), ())


def varied() -> list[bytes]:
    """Two runs, the first of which crashed: every kind of thing that a report has to tell."""
    book = Book()
    book.start("b1")
    book.write(bundle_record(OLD, "", accepted=True, reason="start"))
    for at in range(4):
        call = exchange(f"E{at}")
        book.write(decided(call, "pii.replaced" if at % 2 else "", revision=OLD))
        book.write(ended(call, rule="pii.replaced" if at % 2 else ""))
    book.write(decided(exchange("CRASHED"), revision=OLD))
    book.now = START + DAY
    book.start("b2", previous="b1")
    book.write(bundle_record(BASELINE, OLD, accepted=True, reason="reload"))
    book.write(bundle_record("sha256:" + "cd" * 32, BASELINE, accepted=False, reason="plan.rego:3: broken"))
    _second_day(book)
    book.stop()
    return book.entries


def _second_day(book: Book) -> None:
    denied = exchange("DENIED", tenant="beta")
    book.write(decided(denied, "secrets.never_leave"))
    book.write(ended(denied, 400, tokens=None))
    hostile = exchange("HOSTILE", tenant=HOSTILE, model="=" + HOSTILE)
    book.write(decided(hostile, "injection.suspected"))
    book.write(ended(hostile, tokens=None))
    late = exchange("LATE", tenant="beta")
    timed_out = (
        Coverage("s0", "patterns", State.OK),
        Coverage("s0", "classifiers", State.TIMEOUT, "deadline"),
    )
    book.write(decided(late, answer=Answer.ERROR_OPEN, coverage=timed_out))
    refusal = {
        "endpoint": "chat.completions",
        "dialect": "openai_chat",
        "status": 400,
        "code": "duplicate_key",
    }
    book.write(refused_record("REFUSED", caller=Caller("k1", "beta"), received_ms=book.now, **refusal))  # type: ignore[arg-type]
    book.write(ended(late))
    book.write({"type": "approval", "exchange": "DENIED", "by": "someone"})
    book.write({"type": "novelty", "what": "a type of a later version"})


def write_log(path: Path, entries: Sequence[bytes] | None = None, *, kept: int = 0) -> Path:
    """Write and sign a log; with *kept*, also a checkpoint of its first entries beside it, ``earlier``."""
    found = varied() if entries is None else list(entries)
    edge, signed = Edge(), ""
    for part in _parts(found, kept):
        edge, files = edge.grow(part)
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
        signed = SIGNER.sign(Checkpoint(ORIGIN, edge.size, edge.root).text)
        if edge.size == kept:
            (path.parent / "earlier").write_text(signed)
    (path / "checkpoint").write_text(signed)
    (path / "vkey").write_text(SIGNER.vkey)
    path.with_name(path.name + ".signed").write_text(signed)
    return path


def _parts(entries: list[bytes], kept: int) -> Iterator[list[bytes]]:
    if kept:
        yield entries[:kept]
    yield entries[kept:]


def tamper(log: Path) -> None:
    """Make the denial look like a success, by one byte."""
    bundle = max(
        (path for path in (log / "tile" / "entries").rglob("*") if path.is_file()),
        key=lambda path: path.stat().st_size,
    )
    data = bundle.read_bytes()
    bundle.write_bytes(data.replace(b'"status":400', b'"status":200', 1))
