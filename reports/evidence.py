"""Evidence: a log, verified first, and what of it lies in the period."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gateway.audit.canonical import Record, decode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import NoteError
from gateway.audit.report import Report as Verified
from gateway.audit.stores.base import CHECKPOINT, Source
from gateway.audit.stores.opening import Place, open_source
from gateway.audit.tiles import WIDTH, Tiles
from gateway.audit.tree import leaf_hash
from gateway.audit.verify import Progress, verify
from gateway.core.errors import ConfigError
from reports.model import Ref


@dataclass(frozen=True, slots=True)
class Period:
    """Which records are looked at: those of a time, and of a range between two checkpoints."""

    from_ms: int = 0
    to_ms: int = 0
    """Exclusive; 0 for no end."""

    first: int = 0
    end: int = 0
    """Exclusive index; 0 for the size of the newest checkpoint."""

    def holds(self, index: int, ts: object) -> bool:
        """Whether an entry is inside. One without a time is inside whenever its index is."""
        if index < self.first or (self.end and index >= self.end):
            return False
        if not isinstance(ts, int):
            return True
        return ts >= self.from_ms and not (self.to_ms and ts >= self.to_ms)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record, and where it stands."""

    ref: Ref
    record: Record
    """Empty when the entry is no record: only a log that failed verification holds such."""

    inside: bool
    """Whether it lies in the period."""

    line: bytes = field(init=False, repr=False, compare=False)
    """What the digest of a support is made over."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "line", f"{self.ref.index} {self.ref.leaf}\n".encode())

    @property
    def index(self) -> int:
        """Place in the log, from 0."""
        return self.ref.index

    @property
    def type(self) -> str:
        """The record's type."""
        return str(self.record.get("type", ""))

    @property
    def ts(self) -> int:
        """Milliseconds since the Unix epoch; 0 when the record has none."""
        ts = self.record.get("ts")
        return ts if isinstance(ts, int) else 0

    @property
    def exchange(self) -> str:
        """Id of the exchange that the record is about, or an empty string."""
        return str(self.record.get("exchange", ""))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A decision and what became of it."""

    decision: Entry
    outcome: Entry | None
    """None when the log has none: the process or the machine stopped in between."""


@dataclass(slots=True)
class Pairing:
    """Joins decisions with their outcomes, whatever stands in between."""

    _open: dict[str, Entry] = field(default_factory=dict)

    def take(self, entry: Entry) -> Exchange | None:
        """The exchange that this entry completes."""
        if entry.type == "decision":
            self._open[entry.exchange] = entry
        elif entry.type == "outcome" and entry.exchange in self._open:
            return Exchange(self._open.pop(entry.exchange), entry)
        return None

    def rest(self) -> Iterator[Exchange]:
        """What never got an outcome, in log order."""
        yield from (Exchange(entry, None) for entry in self._open.values())


@dataclass(frozen=True, slots=True)
class Evidence:
    """An opened log. Reading it again reads the files again; nothing is kept in memory."""

    source: Source
    period: Period
    verified: Verified
    checkpoint: str
    """The newest signed checkpoint, verbatim; of a log that failed, the one that it shows."""

    @property
    def first(self) -> int:
        """The index of the first entry that is looked at: those that were pruned are gone."""
        return max(self.period.first, self.verified.pruned)

    @property
    def end(self) -> int:
        """The index behind the last entry that is looked at."""
        return min(self.period.end or self.verified.size, self.verified.size)

    def entries(self) -> Iterator[Entry]:
        """All entries under the checkpoint that were not pruned, in log order, those outside the period
        included."""
        tiles, first = Tiles(self.source.fetch, self.verified.size), self.verified.pruned
        for number in range(first // WIDTH, -(-tiles.size // WIDTH)):
            for index, raw in enumerate(_readable(tiles, number), number * WIDTH):
                if index >= first:
                    yield self._entry(index, raw)

    def exchanges(self) -> Iterator[Exchange]:
        """The exchanges that were decided in the period; those without an outcome come last."""
        pairing = Pairing()
        for entry in self.entries():
            exchange = pairing.take(entry)
            if exchange and exchange.decision.inside:
                yield exchange
        yield from (exchange for exchange in pairing.rest() if exchange.decision.inside)

    def _entry(self, index: int, raw: bytes) -> Entry:
        try:
            record = decode(raw)
        except ValueError:
            record = {}
        return Entry(Ref(index, leaf_hash(raw).hex()), record, self.period.holds(index, record.get("ts")))


def open_evidence(  # noqa: PLR0913
    place: Place,
    *,
    key: str | None = None,
    from_ms: int = 0,
    to_ms: int = 0,
    since: str | None = None,
    until: str | None = None,
    progress: Progress | None = None,
) -> Evidence:
    """Verify a log and open it. A log that fails is opened too: the report has to say so.

    Args:
        place: the log's directory, ``postgres://…`` or ``s3://…``, a site, or a source.
        key: the log's public key, from somewhere its keeper cannot write to.
        from_ms: first millisecond of the period; 0 for no bound.
        to_ms: first millisecond behind the period; 0 for no bound.
        since: a signed checkpoint; only later entries are looked at.
        until: a signed checkpoint; only entries that it covers are looked at.
        progress: called while verifying.

    Raises:
        ConfigError: there is no log that could be read, or a checkpoint is none of this log.
    """
    known = [text for text in (since, until) if text is not None]
    verified = verify(place, key, progress=progress, known=known)
    if verified.unreadable and not verified.problems:
        raise ConfigError(f"{verified.path}: {verified.unreadable}")
    period = Period(from_ms, to_ms, _size(since, verified.origin), _size(until, verified.origin))
    source = open_source(place)
    shown = (source.fetch(CHECKPOINT) or b"").decode("utf-8", "replace")
    return Evidence(source, period, verified, verified.checkpoint if verified.ok else shown)


def _size(signed: str | None, origin: str) -> int:
    if signed is None:
        return 0
    try:
        checkpoint = Checkpoint.parse_unverified(signed)  # verify() has looked at its signature
    except NoteError as error:
        raise ConfigError(f"not a checkpoint: {error}") from None
    if origin and checkpoint.origin != origin:
        raise ConfigError(f"the checkpoint is of {checkpoint.origin}, the log is {origin}")
    return checkpoint.size


def _readable(tiles: Tiles, number: int) -> Sequence[bytes]:
    """The entries of a bundle; none where it is broken, which verification has already said."""
    try:
        return tiles.entries(number)
    except ValueError:
        return ()
