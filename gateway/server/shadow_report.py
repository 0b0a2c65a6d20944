"""The report of a shadow: the summaries of all workers, added up from the log's records."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.audit.reader import records
from gateway.policy.flips import Tally

EXAMPLES = 10


@dataclass(slots=True)
class ShadowReport:
    """What one candidate answered beside one enforced revision."""

    revision: str
    candidate: str
    tally: Tally = field(default_factory=Tally)
    counts: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)
    """Divergences, the newest last; their facts are in the decision records."""

    first_ms: int = 0
    last_ms: int = 0

    def add(self, record: dict[str, Any]) -> None:
        """Count one record."""
        self.first_ms, self.last_ms = self.first_ms or record["ts"], record["ts"]
        if record["kind"] == "summary":
            self.tally.merge(Tally.from_json(record["tally"]))
            self.counts.update(record["counts"])
            return
        names = ("exchange", "phase", "change", "old", "new", "rules")
        self.examples = [*self.examples, {name: record[name] for name in names}][-EXAMPLES:]

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        whole = self.tally.whole
        return {
            "kind": "shadow",
            "revision": self.revision,
            "candidate": self.candidate,
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
            "divergence": whole.share(whole.flipped)._asdict(),
            "newly_stopped": whole.share(whole.newly_stopped)._asdict(),
            "newly_released": whole.share(whole.newly_released)._asdict(),
            "counts": dict(self.counts),
            "tally": self.tally.to_json(),
            "examples": self.examples,
        }


def gather(log: Path, candidate: str) -> ShadowReport | None:
    """The report of a candidate, named by its first digits, or of the last one; None without any record."""
    digits = candidate.removeprefix("sha256:")
    report: ShadowReport | None = None
    for _, record in records(log):
        if record["type"] != "shadow" or not record["candidate"].startswith(f"sha256:{digits}"):
            continue
        pair = record["revision"], record["candidate"]
        if report is None or (report.revision, report.candidate) != pair:
            report = ShadowReport(*pair)
        report.add(record)
    return report


def text(report: ShadowReport) -> str:
    """For a terminal."""
    return "\n".join(_lines(report))


def _lines(report: ShadowReport) -> Iterator[str]:
    whole, counts = report.tally.whole, report.counts
    yield f"candidate  {report.candidate}"
    yield f"beside     {report.revision}"
    spent = counts["micros"] / 1e6
    yield f"judged {counts['judged']}, dropped {counts['dropped']}, failed {counts['failed']}, {spent:.2f} s"
    for name, hits in (
        ("diverge", whole.flipped),
        ("newly stopped", whole.newly_stopped),
        ("newly released", whole.newly_released),
    ):
        low, share, high = whole.share(hits)
        yield f"{name:15}{hits:7} of {whole.compared}: {share:.2%} (95 %: {low:.2%} to {high:.2%})"
    for kind, number in sorted(whole.kinds.items()):
        if not kind.compared:
            yield f"{kind.value:15}{number:7} not compared"
    yield "enforced -> candidate"
    for (old, new), number in sorted(whole.cells.items()):
        yield f"{number:9}  {old.value} -> {new.value}"
    for (rule, kind), number in report.tally.rules.most_common(EXAMPLES):
        yield f"{number:9}  {rule}: {kind.value}"
    for each in report.examples:
        rules = ", ".join(each["rules"])
        yield f"  {each['exchange']} {each['phase']}: {each['old']} -> {each['new']} ({rules})"
