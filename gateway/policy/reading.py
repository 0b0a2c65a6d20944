"""Reading a bundle's files: from a folder or from an archive, each file once."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from gateway.policy.archive import MAX_ARCHIVE_BYTES, unpack
from gateway.policy.contents import (
    DATA,
    MANIFEST,
    MAX_FILE_BYTES,
    MAX_TOTAL_BYTES,
    SIGNATURES,
    BundleError,
    Contents,
    refuse_stranger,
    sorted_out,
)

Readable: TypeAlias = str | Path | Contents
"""Whatever a bundle can be read from: a folder, an archive (``.tar.gz``), or what was read before."""


def contents(bundle: Readable) -> Contents:
    """The files of a folder or an archive, or :class:`BundleError`."""
    if isinstance(bundle, Contents):
        return bundle
    root = Path(bundle)
    if root.is_dir():
        return sorted_out(root, dict(_folder(root)))
    if not root.is_file():
        raise BundleError(".", 1, "bundle", "this is neither a folder nor an archive")
    with root.open("rb") as file:
        # One byte more than allowed is enough to be refused.
        return sorted_out(root, unpack(file.read(MAX_ARCHIVE_BYTES + 1)))


def _folder(root: Path) -> Iterator[tuple[str, bytes]]:
    total = 0
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        refuse_stranger(name)
        if _belongs(path, name) and path.is_file():
            total += _refuse_unsafe(path, root, name)
            if total > MAX_TOTAL_BYTES:
                message = f"with this file the bundle is larger than {MAX_TOTAL_BYTES} bytes"
                raise BundleError(name, 1, "too_large", message)
            yield name, path.read_bytes()


def _belongs(path: Path, name: str) -> bool:
    return path.suffix == ".rego" or path.name == DATA or name in {MANIFEST, SIGNATURES}


def _refuse_unsafe(path: Path, root: Path, name: str) -> int:
    """The file's size in bytes, or :class:`BundleError`."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise BundleError(name, 1, "bundle", "the link leads out of the bundle")
    if (size := path.stat().st_size) > MAX_FILE_BYTES:
        raise BundleError(name, 1, "too_large", f"the file is larger than {MAX_FILE_BYTES} bytes")
    return size
