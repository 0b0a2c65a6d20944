"""Pruning: entries past their time go, and the tree over them stays.

The order, each step durable before the next:

1. export, where it is asked for;
2. a ``retention`` record with the new minimum index, and wait until it is published;
3. the file ``minimum``, which readers look at;
4. the bundles below it, whole ones only. Tiles of hashes stay, so roots and proofs stay valid.

A crash before the record is published leaves all entries; afterwards the next run finishes, guided by that
record alone.
"""

import hashlib
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.export.formats.jsonl import JsonLines
from gateway.audit.export.reading import Disorder, snapshot
from gateway.audit.export.targets.file import whole_file
from gateway.audit.files import Files, publish
from gateway.audit.layout import Layout
from gateway.audit.reader import minimum
from gateway.audit.retention.classes import Retention
from gateway.audit.retention.expiry import Expiry, expiry
from gateway.audit.retention.holds import Hold, covering, standing
from gateway.audit.retention.ledger import Ledger
from gateway.audit.retention.records import Actor, retention_record
from gateway.audit.retention.statement import Statement, stated
from gateway.audit.tiles import ENTRIES, WIDTH, Tiles, fetcher, tile_path
from gateway.audit.vault.ciphertexts import Ciphertexts
from gateway.core.errors import ConfigError, RecordFault

PATIENCE_S = 30.0
"""How long to wait until the record of a pruning is published."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, or would go."""

    expiry: Expiry
    contents: int
    """Bodies of the vault."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """Prunes one log, and the vault beside it."""

    ledger: Ledger
    retention: Retention
    ciphertexts: Ciphertexts | None = None
    content_class: str = ""
    files: Files = Files()  # noqa: RUF009 - it has no state
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def look(self) -> Pruned:
        """What :meth:`prune` would remove. Raises ConfigError as that does."""
        self._in_a_directory()
        holds = standing(self.ledger.place).values()
        found = expiry(self.ledger.path, self.retention, holds, self.now_ms())
        return Pruned(found, len(self._expired_contents(holds)))

    def prune(self, actor: Actor, *, export: Path | None = None) -> Pruned:
        """Remove what is past its time and not held.

        Raises:
            ConfigError: there is a file where the export should go, or the log is in no directory.
            RecordFault: it could not be recorded, or the record was not published in time.
            OSError: the disk fails; the next run finishes.
        """
        self._in_a_directory()
        with self.ledger.alone():
            self.finish()
            holds = standing(self.ledger.place).values()
            found = expiry(self.ledger.path, self.retention, holds, self.now_ms())
            doomed = self._expired_contents(holds)
            if found.minimum == found.previous and not doomed:
                return Pruned(found, 0)
            digest = self._export(found, export) if export else ""
            self._record(actor, found, len(doomed), digest)
            if self.ciphertexts is not None:
                for path in doomed:
                    self.ciphertexts.remove(path)
            self.finish()
        return Pruned(found, len(doomed))

    def _in_a_directory(self) -> None:
        if self.ledger.store is not None:
            kind = self.ledger.store.location.partition("://")[0]
            raise ConfigError(f"{kind}: only a log in a directory can be pruned")

    def finish(self) -> None:
        """Steps 3 and 4 of what a published record says."""
        layout = Layout(self.ledger.path)
        statement = self._stated()
        if not statement.minimum:
            return
        if minimum(layout.root) != statement.minimum:
            publish(self.files, {layout.minimum: b"%d\n" % statement.minimum})
        for number in range(statement.minimum // WIDTH):
            self._remove_bundle(layout.root / tile_path(ENTRIES, number))

    def _remove_bundle(self, path: Path) -> None:
        """The whole one last: a part without it looks like one that was altered."""
        with suppress(FileNotFoundError):
            partials = path.with_name(path.name + ".p")
            for partial in sorted(partials.iterdir()):
                self.files.unlink(partial)
            partials.rmdir()
        if path.exists():
            self.files.unlink(path)

    def _record(self, actor: Actor, found: Expiry, contents: int, export: str) -> None:
        record = retention_record(
            actor,
            minimum=found.minimum,
            previous=found.previous,
            classes=found.classes,
            boots=found.boots,
            contents=contents,
            export=export,
        )
        self.ledger.append(record)
        deadline = time.monotonic() + PATIENCE_S
        while self._stated().minimum < found.minimum:
            if time.monotonic() > deadline:
                raise RecordFault("the record of the pruning is not published yet; nothing was removed")
            time.sleep(0.05)

    def _stated(self) -> Statement:
        path = self.ledger.path
        try:
            signed = Layout(path).checkpoint.read_text("utf-8")
        except FileNotFoundError:
            return Statement()
        size = Checkpoint.parse_unverified(signed).size
        return stated(Tiles(fetcher(path), size)) or Statement()

    def _export(self, found: Expiry, target: Path) -> str:
        """The entries that go, as ``lictor audit export`` has them in JSON lines; the file's SHA-256."""
        if target.exists():
            raise ConfigError(f"{target}: is there already; exports are never written over")
        try:
            now = snapshot(self.ledger.path)
            with whole_file(target, JsonLines(), now.head) as out:
                for batch in takewhile(lambda batch: batch.after <= found.minimum, now.batches()):
                    out.send(batch.entries)
        except Disorder as fault:
            raise ConfigError(str(fault)) from fault
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    # -- bodies ----------------------------------------------------------------------------------

    def _expired_contents(self, holds: Collection[Hold]) -> list[Path]:
        if self.ciphertexts is None:
            return []
        name = self.content_class or self.retention.default
        before = self.now_ms() - self.retention.periods[name]
        headers = [pair for key in self.ciphertexts.keys() for pair in self.ciphertexts.of(key)]  # noqa: SIM118
        return [
            path
            for path, head in headers
            if head
            and head["at_ms"] <= before
            and not covering(holds, head["exchange"], head["tenant"], head["at_ms"])
        ]
