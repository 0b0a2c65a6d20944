"""The report of a shadow: the summaries of all workers, added up from the log's records."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from gateway.audit.reader import records
from gateway.audit.stores.opening import Place
from gateway.policy.backtest.changes import changes
from gateway.policy.backtest.gate import Check, Limits, Verdict, kept, told, verdict
from gateway.policy.flips import Tally

Json = dict[str, Any]
VERSION = "lictor.shadow/1"
LATEST = 10


@dataclass(slots=True)
class ShadowReport:
    """What one candidate answered beside one enforced revision."""

    revision: str
    candidate: str
    tally: Tally = field(default_factory=Tally)
    counts: Counter[str] = field(default_factory=Counter)
    latest: list[dict[str, Any]] = field(default_factory=list)
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
        self.latest = [*self.latest, {name: record[name] for name in names}][-LATEST:]

    def document(self, limits: Limits) -> Json:
        """As JSON has it, and as the renderers of a backtest take it."""
        found = [self._judged()]
        if found[0].passed and limits.any:
            found += kept(self.tally.whole, limits, "decisions", self.counts["failed"])
        return {
            "schema": VERSION,
            "verdict": verdict(found).value,
            "checks": told(found),
            "bundles": {"new": self.candidate, "old": [self.revision]},
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
            "counts": dict(sorted(self.counts.items())),
            **changes(self.tally, "decisions"),
            "latest": self.latest,
        }

    def _judged(self) -> Check:
        """Whether there is anything to speak of."""
        counts, compared = self.counts, self.tally.whole.compared
        said = (
            f"{counts['judged']} decisions were judged again, {compared} of them compared; "
            f"{counts['dropped']} found no room, {counts['failed']} got no answer."
        )
        return Check("judged", Verdict.PASS if compared else Verdict.INCONCLUSIVE, said)


def gather(log: Place, candidate: str) -> ShadowReport | None:
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
