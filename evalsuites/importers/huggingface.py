"""Data sets of the Hugging Face hub that were downloaded before: snapshots in the hub's cache, without
network and without the ``datasets`` library.

A source is ``owner/name``, ``owner/name@revision`` or ``owner/name@revision:files``, where files is a glob
over the snapshot such as ``data/test-*.parquet``; without it the snapshot must hold one split only.

The layout of the cache: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.suite import canonical
from evalsuites.importers import csv_table, jsonl
from evalsuites.importers.source import Flaw, Row, Source, content, digest_of

_NAME = re.compile(r"(?P<set>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[\w./-]+))?(?::(?P<files>.+))?")
_KINDS = (".parquet", ".arrow", ".jsonl", ".csv")
_PART = re.compile(r"-\d{5}-of-\d{5}$")


def read(source: str) -> Source:
    """Read from the cache. Raises as :data:`~evalsuites.importers.source.Reader` says."""
    named = _NAME.fullmatch(source)
    if named is None or ".." in source:
        raise UsageFault(source, "this must be owner/name, owner/name@revision or owner/name@revision:files")
    root, revision = _snapshot(named["set"], named["revision"] or "main")
    files = _files(root, named["files"] or "", source)
    read_files = {file.relative_to(root).as_posix(): _read(file) for file in files}
    digests = {name: one.digest for name, one in read_files.items()}
    return Source(
        name=f"{named['set']}@{revision}: {', '.join(digests)}",
        digest=digest_of(canonical(digests)),
        rows=tuple(row for one in read_files.values() for row in one.rows),
    )


def cache(environment: Mapping[str, str]) -> Path:
    """Where the hub's cache is: as ``huggingface_hub`` decides it."""
    if hub := environment.get("HF_HUB_CACHE"):
        return Path(hub)
    general = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(environment.get("HF_HOME") or Path(general, "huggingface"), "hub").expanduser()


def _snapshot(name: str, revision: str) -> tuple[Path, str]:
    """The folder of a revision, and the commit that it is."""
    root = cache(os.environ) / f"datasets--{name.replace('/', '--')}"
    if not root.is_dir():
        raise UsageFault(name, f"it is not in the cache ({root.parent}): download it first, or set HF_HOME")
    reference = root / "refs" / revision
    commit = content(str(reference)).decode("utf-8", "replace").strip() if reference.is_file() else revision
    folder = root / "snapshots" / commit
    if not commit.isalnum() or not folder.is_dir():
        there = sorted(one.name for one in root.glob("snapshots/*"))
        raise UsageFault(name, f"the cache has no revision `{revision}`; it has {', '.join(there) or 'none'}")
    return folder, commit


def _files(root: Path, pattern: str, source: str) -> Sequence[Path]:
    there = {one.relative_to(root).as_posix(): one for one in sorted(root.rglob("*")) if one.suffix in _KINDS}
    found = {name: one for name, one in there.items() if not pattern or fnmatchcase(name, pattern)}
    splits = sorted({_PART.sub("", name.rpartition(".")[0]) for name in found})
    if not found:
        raise UsageFault(
            source, f"no file is like that; there are {', '.join(there) or 'none of a known kind'}"
        )
    if len(splits) > 1 and not pattern:
        raise UsageFault(
            source, f"say which files, as in {source}:'{splits[0]}*'; there are {', '.join(there)}"
        )
    return list(found.values())


def _read(file: Path) -> Source:
    if file.suffix == ".jsonl":
        return jsonl.read(str(file))
    if file.suffix == ".csv":
        return csv_table.read(str(file))
    body = content(str(file))
    return Source(file.name, digest_of(body), tuple(_table(file, body)))


def _table(file: Path, body: bytes) -> Iterator[Row | Flaw]:
    try:
        import pyarrow as pa
    except ImportError:
        raise UsageFault(str(file), "reading it needs pyarrow: install lictor[parquet]") from None
    try:
        for number, columns in enumerate(_rows(pa, body, file.suffix), 1):
            yield Row(f"{file.name}: row {number}", columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UsageFault(str(file), f"cannot be read: {error}") from None


def _rows(arrow: Any, body: bytes, kind: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - pyarrow, which may be absent
    buffer = arrow.BufferReader(body)
    if kind == ".parquet":
        from pyarrow import parquet

        batches = parquet.ParquetFile(buffer).iter_batches()
    else:
        batches = _batches(arrow, buffer)
    for batch in batches:
        yield from batch.to_pylist()


def _batches(arrow: Any, buffer: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    """Arrow's file format, or its stream, which ``datasets`` writes."""
    try:
        file = arrow.ipc.open_file(buffer)
    except arrow.ArrowInvalid:
        buffer.seek(0)
        yield from arrow.ipc.open_stream(buffer)
    else:
        yield from (file.get_batch(number) for number in range(file.num_record_batches))
