"""Offline verification: is this log what was signed, whole and in order?

From the files alone, and a key. In this order:

1. the checkpoint and its second copy are signed by the key (signed-note, tlog-checkpoint);
2. the root over the entries equals the root of each signed checkpoint at its size (RFC 6962
   section 2.1), so none is a fork or a rollback of another;
3. the tiles are what the entries make them (tlog-tiles); a difference is located to the entry;
4. the entries are canonical and their trail has no gaps (``trail``);
5. which checkpoints others have attested, and whether those suffice (``anchored``);
6. what waits in the write-ahead log is counted.

Entries that were pruned at the end of their retention are told from such as were made away with by the
``retention`` record of them, which stands in the tree itself; their hashes are in the tiles, and count.

Nothing here imports the rest of the gateway.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from gateway.audit.anchored import SECOND, Head, attested
from gateway.audit.canonical import decode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import NoteError, Verifier
from gateway.audit.ranges import Summary, in_order
from gateway.audit.report import Finding, Report
from gateway.audit.retention.statement import Statement, stated
from gateway.audit.stores.base import CHECKPOINT, VKEY, Source
from gateway.audit.stores.opening import Place, open_source
from gateway.audit.tiles import (
    ENTRIES,
    WIDTH,
    Edge,
    TileName,
    Tiles,
    count,
    split_bundle,
    split_tile,
    tile_path,
    width,
)
from gateway.audit.trail import Trail
from gateway.audit.tree import HASH_SIZE, leaf_hash
from gateway.audit.trust import Trust

Progress = Callable[[int, int], None]
"""Told how many entries are done, and of how many."""

Spot = tuple[str, int]
"""A file and a byte in it."""


def verify(  # noqa: PLR0913
    place: Place,
    vkey: str | None = None,
    *,
    progress: Progress | None = None,
    strict: bool = False,
    second: Path | None = None,
    known: Sequence[str] = (),
    policy: str | None = None,
    authorities: Sequence[bytes] = (),
    processes: int | None = None,
) -> Report:
    """Verify the log at a place. Faults of the log are in the report, never raised.

    Args:
        place: the log's directory, ``postgres://…`` or ``s3://…``, or a source.
        vkey: the log's public key, from somewhere that the log's keeper cannot write to; the one
            beside the log when it is None, and the report says so.
        progress: called after each bundle.
        strict: let warnings fail the verification (exit code 3).
        second: where the second copy of the last checkpoint is, if not beside the directory.
        known: signed checkpoints that the auditor kept from earlier; the log must extend them.
        policy: text of a trust policy (tlog-policy); its log's key counts as *vkey*.
        authorities: root certificates (PEM) of time stamping authorities.
        processes: how many may work at it; by default what the log's size and the machine suggest.
    """
    source = open_source(place, second)
    report = Report(source.name, key_supplied=vkey is not None, strict=strict)
    try:
        trust = Trust.parse(policy) if policy is not None else None
        run = _Verification(place, source, report, progress, processes)
        heads = run.run(run.key(vkey, trust), known)
        if heads:
            report.attest(attested(heads, trust, authorities, source.anchors(), report.pruned))
    except NoteError as error:
        report.unreadable = str(error)
    except OSError as error:
        report.unreadable = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    return report


class _Verification:
    """One run over one log."""

    def __init__(
        self, place: Place, source: Source, report: Report, progress: Progress | None, processes: int | None
    ) -> None:
        self._place = place
        self._processes = processes
        self._source = source
        self._clean: set[str] = set()
        """Files that are as they should be."""

        self._report = report
        self._progress = progress
        self._fetch = source.fetch
        self._trail = Trail()
        self._by_entries = Edge()
        self._by_tiles = Edge()
        self._roots: dict[int, bytes] = {}
        self._from_entries: dict[str, bytes] = {}
        self._from_tiles: dict[str, bytes] = {}
        self._differ: list[tuple[int, Spot, Spot]] = []
        self._entries_right = False
        self._pruned = Statement()

    def run(self, verifier: Verifier | None, known: Sequence[str]) -> list[Head]:
        """Verify; returns the checkpoints that are signed and have the log's root."""
        signed = self._heads(verifier, known) if verifier else []
        heads = [(head.name, head.checkpoint) for head in signed]
        if not heads:
            self._report.unreadable = self._report.unreadable or "no checkpoint signed by this key"
            return []
        newest = max(signed, key=lambda one: one.checkpoint.size)
        head, self._report.checkpoint = newest.checkpoint, newest.signed
        self._report.origin, self._report.size, self._report.root = head.origin, head.size, head.root.hex()
        sizes = {checkpoint.size for _, checkpoint in heads}
        self._prune(Tiles(self._fetch, head.size))
        self._walk(Tiles(self._fetch, head.size), sizes)
        self._judge(heads)
        self._check_files(Tiles(self._fetch, head.size))
        self._finish()
        return [one for one in signed if self._roots.get(one.checkpoint.size) == one.checkpoint.root]

    # -- 1. signatures ---------------------------------------------------------------------------

    def key(self, vkey: str | None, trust: Trust | None) -> Verifier | None:
        """The key to verify with: as given, of the policy's log that signed, or from beside the log."""
        if vkey is None and trust and trust.logs:
            self._report.key_supplied = True
            signed = self._fetch(CHECKPOINT) or self._source.second() or b""
            origin = signed.decode("utf-8", "replace").partition("\n")[0]
            vkey = next((log for log in trust.logs if log.name == origin), trust.logs[0]).vkey
        if vkey is None:
            vkey = (self._fetch(VKEY) or b"").decode("utf-8", "replace")
        if not vkey:
            self._report.unreadable = "there is no log here, or its key is gone: name the key"
            return None
        try:
            verifier = Verifier.parse(vkey)
        except ValueError as error:
            self._report.unreadable = f"verifier key: {error}"
            return None
        self._report.vkey = verifier.vkey
        return verifier

    def _heads(self, verifier: Verifier, known: Sequence[str]) -> list[Head]:
        """Every signed checkpoint there is, with the name of its place."""
        texts = [(f"known checkpoint {number}", text) for number, text in enumerate(known)]
        copies = {CHECKPOINT: self._fetch(CHECKPOINT), SECOND: self._source.second()}
        found = ((name, data) for name, data in copies.items() if data is not None)
        texts += [(name, data.decode("utf-8", "replace")) for name, data in found]
        if copies[CHECKPOINT] is None and copies[SECOND] is not None:
            self._problem("missing, though one was signed", CHECKPOINT)
        if copies[SECOND] is None:
            self._warn("missing: a rollback of the whole log could not be noticed", SECOND)
        anchors = self._source.anchors()
        notes = sorted(anchors.glob("*.note")) if anchors else []
        texts += [(f"anchors/{path.name}", path.read_bytes().decode("utf-8", "replace")) for path in notes]
        opened = [(name, text, self._open(name, text, verifier)) for name, text in texts]
        return [Head(name, text, checkpoint) for name, text, checkpoint in opened if checkpoint]

    def _open(self, name: str, text: str, verifier: Verifier) -> Checkpoint | None:
        try:
            return Checkpoint.open(text, verifier)
        except NoteError as error:
            self._problem(str(error), name)
            return None

    # -- 2 and 3. entries and tiles --------------------------------------------------------------

    def _prune(self, tiles: Tiles) -> None:
        """Where the beginning is missing, look for the record of it; it is verified with all others."""
        claimed = self._fetch("minimum")
        if not tiles.size or (claimed is None and tiles.locate(ENTRIES, 0)):
            return
        self._pruned = stated(tiles) or Statement()
        self._report.pruned = self._pruned.minimum
        self._trail.resume(self._pruned.boots)
        if claimed is not None and claimed.strip() != b"%d" % self._pruned.minimum:
            self._problem("not what the last retention record says", "minimum")

    def _walk(self, tiles: Tiles, sizes: Iterable[int]) -> None:
        """Grow one tree from the entries and one from the level-0 tiles, side by side."""
        marks = set(sizes)
        self._mark(marks)
        full = tiles.size // WIDTH
        for first, count_, summary in in_order(self._place, self._fetch, full, self._processes):
            if summary is None or not self._join(first, summary, marks):
                self._walk_bundles(tiles, range(first, first + count_), marks)
            if self._progress:
                self._progress(self._by_entries.size, tiles.size)
        if tiles.size % WIDTH:
            self._walk_bundles(tiles, range(full, full + 1), marks)
            if self._progress:
                self._progress(tiles.size, tiles.size)

    def _join(self, first: int, summary: Summary, marks: set[int]) -> bool:
        """Take a range that is in order; False, and nothing taken, where it must be looked at closely."""
        start, end = first * WIDTH, (first + len(summary.roots)) * WIDTH
        if self._report.problems or self._differ or any(start < mark < end for mark in marks):
            return False
        if start < self._pruned.minimum:
            return False
        if not self._trail.join(summary.stretch):
            return False
        for number, root in enumerate(summary.roots, first):
            self._by_entries.add_tile(root, self._from_entries)
            self._by_tiles.add_tile(root, self._from_tiles)
            self._clean |= {tile_path(ENTRIES, number), tile_path(0, number)}
        self._mark(marks)
        return True

    def _walk_bundles(self, tiles: Tiles, numbers: Iterable[int], marks: set[int]) -> None:
        for number in numbers:
            entries = self._entries(tiles, number)
            hashes = self._hashes(tiles, number)
            for at in range(width(ENTRIES, number, tiles.size)):
                self._take(entries[at] if at < len(entries) else None, hashes[at] if hashes else None)
                self._mark(marks)

    def _mark(self, marks: set[int]) -> None:
        if self._by_entries.size in marks:
            self._roots[self._by_entries.size] = self._by_entries.root

    def _take(self, entry: tuple[bytes, Spot] | None, stored: tuple[bytes, Spot] | None) -> None:
        """One entry and the hash that its tile has for it."""
        index = self._by_entries.size
        leaf = leaf_hash(entry[0]) if entry else None
        if entry and stored and leaf != stored[0]:
            self._differ.append((index, entry[1], stored[1]))
        elif entry and index >= self._pruned.minimum:
            self._check_record(index, entry)
        fallback = bytes(HASH_SIZE)
        self._by_entries.add_leaf(leaf or (stored[0] if stored else fallback), self._from_entries)
        self._by_tiles.add_leaf(stored[0] if stored else leaf or fallback, self._from_tiles)

    def _entries(self, tiles: Tiles, number: int) -> list[tuple[bytes, Spot]]:
        """The entries of a bundle and their places; fewer than there should be is a problem."""
        wide, first = width(ENTRIES, number, tiles.size), number * WIDTH
        located = tiles.locate(ENTRIES, number)
        if located is None and first < self._pruned.minimum:
            return []
        if located is None:
            self._problem(f"{wide} entries are missing", tile_path(ENTRIES, number, wide), first)
            return []
        path, data = located
        found: list[tuple[bytes, Spot]] = []
        try:
            found.extend((raw, (path, offset)) for raw, offset in split_bundle(data))
        except ValueError:
            self._problem("not a whole entry", path, first + len(found), _end(found))
        if len(found) < wide:
            self._problem(f"{wide - len(found)} entries are missing", path, first + len(found))
        elif len(found) > wide and path == tile_path(ENTRIES, number, wide):
            self._problem(f"{len(found) - wide} entries too many", path, first + wide)
        return found

    def _hashes(self, tiles: Tiles, number: int) -> list[tuple[bytes, Spot]]:
        wide = width(0, number, tiles.size)
        located = tiles.locate(0, number)
        if located is None or len(located[1]) < wide * HASH_SIZE:
            self._problem("missing or short", tile_path(0, number, wide), number * WIDTH)
            return []
        path, data = located
        return [(digest, (path, at * HASH_SIZE)) for at, digest in enumerate(split_tile(data))]

    def _judge(self, heads: Sequence[tuple[str, Checkpoint]]) -> None:
        """Compare with what was signed; then say of each difference which side is wrong."""
        for name, head in heads:
            if self._roots.get(head.size) != head.root:
                self._problem(f"the entries do not have the root signed for size {head.size}", name)
        head = max((head for _, head in heads), key=lambda head: head.size)
        self._entries_right = self._by_entries.root == head.root
        for index, in_entries, in_tile in self._differ:
            file, offset = in_tile if self._entries_right else in_entries
            what = "its hash in the tile was changed" if self._entries_right else "not what was logged"
            self._problem(what, file, index, offset)
        sizes = dict(heads)
        if "checkpoint" in sizes and sizes["checkpoint"].size < head.size:
            self._warn(f"older than the last signed one ({head.size} entries)", "checkpoint")

    def _check_files(self, tiles: Tiles) -> None:
        """Every file under ``tile/`` is what the tree says, partials of earlier sizes included."""
        tree = self._tree(tiles.size)
        for path in tree:
            name = TileName.parse(path)
            if name and name.level and tiles.locate(name.level, name.number) is None:
                self._problem("missing", path)
        blamed = {problem.file for problem in self._report.problems}
        for path in self._source.tiles():
            if path in self._clean:
                continue
            data = self._fetch(path)  # None: a running log replaced a partial tile meanwhile
            if data is not None and path not in blamed:
                self._check_file(path, data, tiles, tree)

    def _tree(self, size: int) -> dict[str, bytes]:
        """What the hash tiles must be, by the path of the full tile."""
        edge = self._by_entries if self._entries_right else self._by_tiles
        tree = dict(self._from_entries if self._entries_right else self._from_tiles)
        for level, hashes in enumerate(edge.levels):
            if hashes:
                tree[tile_path(level, count(level, size) // WIDTH)] = b"".join(hashes)
        return tree

    def _check_file(self, path: str, data: bytes, tiles: Tiles, tree: dict[str, bytes]) -> None:
        name = TileName.parse(path)
        if name is None or name.width > width(name.level, name.number, tiles.size):
            self._warn("not covered by a checkpoint", path)
            return
        if name.level == ENTRIES:
            located = tiles.locate(ENTRIES, name.number)
            expected = located[1] if located else b""
            whole = _holds(data, name.width)
        else:
            full = tile_path(name.level, name.number)
            expected = tree.get(full, b"") or (self._fetch(full) or b"" if full in self._clean else b"")
            whole = len(data) == name.width * HASH_SIZE
        if not whole or data != expected[: len(data)]:
            self._problem("differs from the tree", path, offset=_first_difference(data, expected))

    # -- 4 and 5. records ------------------------------------------------------------------------

    def _check_record(self, index: int, entry: tuple[bytes, Spot]) -> None:
        raw, (file, offset) = entry
        try:
            record = decode(raw)
        except ValueError as error:
            self._problem(f"not a record: {error}", file, index, offset)
            return
        # After an altered entry the numbers are bound to jump; the entry itself says enough.
        wrong = [] if self._differ else list(self._trail.add(index, record))
        self._report.problems.extend(wrong)

    def _finish(self) -> None:
        report, trail = self._report, self._trail
        report.counts, report.first_ms, report.last_ms = dict(trail.counts), trail.first_ms, trail.last_ms
        report.bypasses.extend(trail.bypasses)
        report.warnings.extend(trail.loose_ends())
        try:
            report.pending = sum(1 for _ in self._source.waiting())
        except ValueError as error:
            self._warn(f"damaged: {error}", "wal/state")
        if report.pending:
            self._warn(f"{report.pending} durable records are not in the tree yet", "wal")
        for name in self._source.torn():
            self._warn("kept because its end is unreadable", f"wal/{name}")

    def _problem(
        self, message: str, file: str = "", index: int | None = None, offset: int | None = None
    ) -> None:
        self._report.problems.append(Finding(message, file, index, offset))

    def _warn(self, message: str, file: str = "") -> None:
        self._report.warnings.append(Finding(message, file))


def _end(found: Sequence[tuple[bytes, Spot]]) -> int:
    return found[-1][1][1] + 2 + len(found[-1][0]) if found else 0


def _holds(data: bytes, count: int) -> bool:
    try:
        return sum(1 for _ in split_bundle(data)) == count
    except ValueError:
        return False


def _first_difference(data: bytes, expected: bytes) -> int:
    pairs = zip(data, expected, strict=False)
    return next(
        (at for at, (ours, theirs) in enumerate(pairs) if ours != theirs), min(len(data), len(expected))
    )
