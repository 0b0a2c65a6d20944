"""What lies in a bundle, before anything of it is parsed: names and bytes.

They are read once. Whoever verifies, checks and loads does so on the same bytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from gateway.core.errors import ConfigError

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_FILES = 4096
MAX_TOTAL_BYTES = 64 * 1024 * 1024

MANIFEST = ".manifest"
SIGNATURES = ".signatures.json"
DATA = "data.json"

_FOREIGN = frozenset({"data.yaml", "data.yml", "patch.json", "plan.json", "policy.wasm"})
"""What OPA would act on and the embedded engine would not: two engines, two policies."""


class BundleError(ConfigError):
    """A bundle that cannot be used, with the place and the rule at fault."""

    def __init__(self, file: str, line: int, rule: str, message: str) -> None:
        super().__init__(f"{file}:{line}: `{rule}`: {message}")
        self.file = file
        self.line = line
        self.rule = rule
        self.message = message


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of one bundle, sorted by name."""

    root: Path
    """The folder or the archive."""

    files: Mapping[str, bytes] = field(repr=False)
    """Everything that a signature must cover: rules, tests, data, the manifest, and in an archive whatever
    else is packed. The signature itself is left out."""

    signatures: bytes | None = field(default=None, repr=False)
    """The bytes of ``.signatures.json``."""

    key: str = ""
    """Id of the key whose signature was verified; empty where none was."""

    def sources(self) -> Iterator[tuple[str, bytes]]:
        """Rego and data, tests included, in sorted order."""
        for name, body in self.files.items():
            if name.endswith(".rego") or base(name) == DATA:
                yield name, body


Readable: TypeAlias = str | Path | Contents
"""Whatever a bundle can be read from: a folder, an archive (``.tar.gz``), or what was read before."""


def sorted_out(root: Path, files: Mapping[str, bytes]) -> Contents:
    """The files as contents, or :class:`BundleError` when one does not belong in a bundle."""
    for name in files:
        refuse_stranger(name)
    kept = {name: body for name, body in sorted(files.items()) if name != SIGNATURES}
    return Contents(root, kept, files.get(SIGNATURES))


def base(name: str) -> str:
    """The last part of a name."""
    return PurePosixPath(name).name


def refuse_stranger(name: str) -> None:
    """Raise :class:`BundleError` for a file that has no business in a bundle."""
    if name.endswith(".py"):
        raise BundleError(name, 1, "bundle", "a bundle holds no Python")
    if base(name) in _FOREIGN:
        message = "OPA would act on this file, the embedded engine would not: a bundle is Rego and data.json"
        raise BundleError(name, 1, "foreign_file", message)
    if name not in {MANIFEST, SIGNATURES} and name.endswith((MANIFEST, "signatures.json")):
        # OPA goes by how the name ends, wherever the file is.
        raise BundleError(name, 1, "foreign_file", "the manifest and the signatures lie at the root")
