"""The evidence bundle: a report and everything that it rests on, in one zip that needs no Lictor to be
checked."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import NoteError
from gateway.audit.reader import proven
from gateway.audit.tiles import ENTRIES, WIDTH, Level, Tiles, count, levels
from gateway.policy.bundle import load, read
from reports.context import Context
from reports.evidence import Evidence
from reports.model import Report
from reports.renderers import FORMATS, rendered
from reports.text import short

FOLDER = Path(__file__).parent / "verifier"

MOST_RECORDS = 20_000
"""Records of the period that get a file and a proof of their own; those referred to always do."""

_AT_HAND = 64
"""Tiles and bundles of entries kept in memory, since neighbours are proven one after the other."""

_FIXED = (1980, 1, 1, 0, 0, 0)

_WHOLE = (
    "`log/` is the whole log: entries, hashes and the signed checkpoint. With it, verification also shows "
    "that nothing between its first entry and its last was left out."
)
_PARTS = (
    "The log itself is not in this bundle: what is here can be proven; what is not here cannot be missed."
)


def bundled(
    report: Report,
    context: Context,
    formats: Sequence[str],
    policies: Sequence[Path] = (),
    *,
    whole: bool = True,
) -> bytes:
    """The zip's bytes; the same inputs give the same.

    Args:
        report: the report.
        context: what it was built from.
        formats: formats to hold beside HTML and JSON.
        policies: folders of policy bundles; those that decided in the period go in.
        whole: hold the whole log, so that nothing left out can be shown; else only records with proofs.
    """
    files: dict[str, bytes] = {}
    for name in dict.fromkeys(("html", "json", *formats)):
        files[f"report{FORMATS[name].suffix}"] = rendered(report, name)
    evidence = context.evidence
    indices, tiles = _indices(report, evidence), _tiles(evidence)
    files |= dict(_records(evidence, tiles, indices))
    files |= dict(_log(evidence))
    files |= dict(_tree(tiles)) if whole else {}
    files |= dict(_policies(context, policies))
    files |= dict(_tools())
    files["README.md"] = _readme(report, len(indices), whole=whole).encode()
    files["SHA256SUMS"] = _sums(files)
    return _zipped(files)


def _indices(report: Report, evidence: Evidence) -> list[int]:
    """What is referred to, and everything in the period while that is not too much."""
    found = {ref.index for ref in report.refs}
    inside = (item.index for item in evidence.entries() if item.inside)
    for _, index in zip(range(MOST_RECORDS), inside, strict=False):
        found.add(index)
    return sorted(found)


def _tiles(evidence: Evidence) -> Tiles:
    """The tiles under the checkpoint of the bundle; none where there is no checkpoint to speak of."""
    try:
        size = Checkpoint.parse_unverified(evidence.checkpoint).size
    except NoteError:
        size = 0
    return Tiles(lru_cache(_AT_HAND)(evidence.source.fetch), size)


def _records(evidence: Evidence, tiles: Tiles, indices: Sequence[int]) -> Iterator[tuple[str, bytes]]:
    """Each entry with its proof. An altered log may lack some: the report says that it failed."""
    for index in indices:
        try:
            proof = proven(tiles, index, evidence.checkpoint)
            record = tiles.entries(index // WIDTH)[index % WIDTH]
        except ValueError:
            continue
        yield f"records/{index}.json", record
        yield f"proofs/{index}.tlog-proof", proof.encode()


def _log(evidence: Evidence) -> Iterator[tuple[str, bytes]]:
    """Checkpoint, second copy, key, and where the entries begin if some were pruned."""
    yield "log/checkpoint", evidence.checkpoint.encode()
    yield "log/vkey", f"{evidence.verified.vkey}\n".encode()
    yield "policy", f"log {evidence.verified.vkey}\n".encode()  # C2SP tlog-policy, without witnesses
    second, minimum = evidence.source.second(), evidence.source.fetch("minimum")
    if second is not None and not (evidence.verified.ok and _newer(second, evidence.checkpoint)):
        yield "log.signed", second
    if minimum is not None:
        yield "log/minimum", minimum


def _newer(second: bytes, checkpoint: str) -> bool:
    """A log that goes on while it is read has signed more than this bundle is about."""
    sizes = (Checkpoint.parse_unverified(signed).size for signed in (second.decode(), checkpoint))
    return next(sizes) > next(sizes)


def _tree(tiles: Tiles) -> Iterator[tuple[str, bytes]]:
    """The tiles that make up the tree, as far as they are there; of a log that goes on, those of its size."""
    every: list[Level] = [ENTRIES, *levels(tiles.size)]
    for level in every:
        for number in range(-(-count(level, tiles.size) // WIDTH)):
            located = tiles.locate(level, number)
            if located is not None:
                yield f"log/{located[0]}", located[1]


def _policies(context: Context, folders: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """The sources of each bundle at hand whose revision decided."""
    from gateway.policy.shipped import baseline

    decided = {policy.revision for policy in context.in_force()}
    for folder in (*folders, baseline()):
        revision = load(folder).revision
        if revision in decided:
            decided.discard(revision)
            for name, body in read(folder):
                yield f"policies/{short(revision, 64)}/{name}", body


def _tools() -> Iterator[tuple[str, bytes]]:
    """The verifiers: a script for any Python, and a page for any browser."""
    from gateway.audit.verifier import page

    yield "verify.py", (FOLDER / "verify.py").read_bytes()
    yield "verifier.html", page()


def _readme(report: Report, records: int, *, whole: bool) -> str:
    header = report.header
    template = (FOLDER / "README.md.in").read_text("utf-8")
    return template.format(
        headline=report.headline,
        title=header.title,
        period=f"{header.period_from} to {header.period_to}",
        origin=header.verification.origin,
        size=header.verification.size,
        key=header.verification.key,
        records=records,
        log=_WHOLE if whole else _PARTS,
        verify=header.verify,
        reproduce=header.reproduce,
    )


def _sums(files: Mapping[str, bytes]) -> bytes:
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _FIXED)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            target.writestr(info, files[name])
    return out.getvalue()
