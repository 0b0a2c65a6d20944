"""When processes were recording, and when none was."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reports.evidence import Entry
from reports.trace import Trace


@dataclass(slots=True)
class Boot:
    """One unbroken run of one process."""

    first: Entry
    """Its ``open`` record, unless that was pruned."""

    last_ms: int
    closed: bool = False
    after_failure: str = ""
    """The boot that a failure ended before this one, in the same process."""

    trace: Trace = field(default_factory=Trace)

    @property
    def whole(self) -> bool:
        """Whether its beginning is in the log."""
        return self.first.type == "open"


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch of time in which no boot was open."""

    from_ms: int
    to_ms: int


@dataclass(slots=True)
class Boots:
    """All boots of a log."""

    _boots: dict[tuple[str, str], Boot] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Follow one record."""
        name = _name(entry)
        boot = self._boots.get(name)
        if boot is None:
            boot = self._boots[name] = Boot(entry, entry.ts)
            boot.after_failure = str(entry.record.get("previous", "")) if entry.type == "open" else ""
        boot.last_ms = max(boot.last_ms, entry.ts)
        boot.closed = boot.closed or entry.type == "close"
        if entry.type in {"open", "close"}:
            boot.trace.add(entry)

    def whole(self, entry: Entry) -> bool:
        """Whether the beginning of the boot that wrote a record is in the log."""
        boot = self._boots.get(_name(entry))
        return boot is None or boot.whole

    def all(self) -> Iterator[tuple[str, str, Boot]]:
        """Node, name and boot, in log order."""
        yield from ((node, name, boot) for (node, name), boot in self._boots.items())

    def unclosed(self) -> Iterator[tuple[str, str, Boot]]:
        """Those without a close record: running when the log was read, or crashed."""
        yield from (item for item in self.all() if not item[2].closed)

    def silences(self) -> Iterator[Silence]:
        """Between the first and the last record: stretches that no boot covers, oldest first.

        A boot that crashed is taken to end with its last record, since nothing later is evidence.
        """
        spans = sorted((boot.first.ts, boot.last_ms) for boot in self._boots.values())
        covered = spans[0][1] if spans else 0
        for start, end in spans:
            if start > covered:
                yield Silence(covered, start)
            covered = max(covered, end)


def _name(entry: Entry) -> tuple[str, str]:
    return str(entry.record.get("node", "")), str(entry.record.get("boot", ""))
