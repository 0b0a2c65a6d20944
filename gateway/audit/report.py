"""What verification found."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from gateway.audit.anchored import Anchored, Attestations, clock

OK, TAMPERED, UNREADABLE, POLICY = range(4)
"""Exit codes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth saying, and where it is."""

    message: str
    file: str = ""
    """Path inside the log's directory, or of the second copy."""

    index: int | None = None
    """Index of the entry."""

    offset: int | None = None
    """Byte in the file."""

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file else ""
        entry = "" if self.index is None else f"entry {self.index}: "
        byte = "" if self.offset is None else f" (at byte {self.offset})"
        return f"{where}{entry}{self.message}{byte}"


@dataclass(slots=True)
class Report:
    """The result of verifying one log."""

    path: str
    vkey: str = ""
    key_supplied: bool = False
    """Whether the key came from outside; one that lies beside the log proves less."""

    origin: str = ""
    size: int = 0
    """Entries under the newest signed checkpoint."""

    root: str = ""
    """Its root, in hex."""

    checkpoint: str = ""
    """The newest signed checkpoint itself, verbatim."""

    counts: dict[str, int] = field(default_factory=dict)
    """Records by type."""

    first_ms: int = 0
    last_ms: int = 0
    """Time of the first and the last record, milliseconds since the Unix epoch."""

    pruned: int = 0
    """Entries below this index were removed at the end of their time, as a record in the log says."""

    pending: int = 0
    """Durable records that are not in the tree yet."""

    problems: list[Finding] = field(default_factory=list)
    """Signs of tampering."""

    warnings: list[Finding] = field(default_factory=list)
    """Evidence to look at, such as decisions without an outcome; no tampering."""

    anchors: list[Anchored] = field(default_factory=list)
    """The strongest attestation of each range of entries."""

    quorum: int | None = None
    """Entries that the policy's quorum of witnesses has seen; None where none is asked for."""

    bypasses: list[Finding] = field(default_factory=list)
    """What was released without its record, as the log itself tells."""

    unreadable: str = ""
    """Why there was nothing to verify."""

    strict: bool = False
    """Whether warnings and bypasses fail the verification."""

    @property
    def ok(self) -> bool:
        """True when everything that was signed is there and unchanged."""
        return not self.problems and not self.unreadable

    @property
    def exit_code(self) -> int:
        """0 intact, 1 tampered, 2 unreadable, 3 no quorum, or warnings or bypasses in strict mode."""
        if self.problems:
            return TAMPERED
        if self.unreadable:
            return UNREADABLE
        return POLICY if self.quorum == 0 or (self.strict and (self.warnings or self.bypasses)) else OK

    def attest(self, found: Attestations) -> None:
        """Take what others say of the log."""
        self.anchors, self.quorum = list(found.ranges), found.quorum
        self.warnings += [Finding(f"unchecked: {what}", "anchors") for what in found.unchecked]
        if found.quorum == 0:
            self.warnings.append(Finding("no checkpoint has the policy's quorum of witnesses", "anchors"))
        elif found.quorum is not None and found.quorum < self.size:
            rest = f"{self.size - found.quorum} entries are newer than the quorum of witnesses has seen"
            self.warnings.append(Finding(rest, "anchors"))

    def to_json(self) -> str:
        """The whole report as one JSON object."""
        return json.dumps(asdict(self) | {"ok": self.ok, "exit_code": self.exit_code}, indent=2)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        state = "TAMPERED" if self.problems else "unreadable" if self.unreadable else "intact"
        yield f"{state}  {self.path}"
        if self.unreadable:
            yield f"  {self.unreadable}"
        if self.origin:
            kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts.items()))
            yield f"  origin    {self.origin}"
            yield f"  entries   {self.size} ({kinds}), {self.pending} waiting"
            yield f"  root      {self.root}"
        if self.pruned:
            yield f"  pruned    entries below {self.pruned}, as a record in the log says; hashes verified"
        if self.vkey:
            source = "supplied" if self.key_supplied else "NOT supplied from outside: found beside the log"
            yield f"  key       {self.vkey} ({source})"
        yield from (f"  anchored  {_told(anchor)}" for anchor in self.anchors)
        yield from (f"  problem   {problem}" for problem in self.problems)
        yield from (f"  bypass    {bypass}" for bypass in self.bypasses)
        yield from (f"  warning   {warning}" for warning in self.warnings)


def _told(anchor: Anchored) -> str:
    by = f" by {anchor.by}" if anchor.by else ""
    at = f" at {clock(anchor.at)}" if anchor.at else ""
    return f"entries {anchor.first} to {anchor.end - 1}: {anchor.kind}{by}{at}"
