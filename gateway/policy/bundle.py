"""Bundles: Rego modules and data, read whole, named by a digest.

The layout is OPA's: ``*.rego`` anywhere, ``data.json`` in any folder (its content appears under ``data`` at
the folder's path), ``*_test.rego`` beside what it tests, in a folder or in an archive (``.tar.gz``). Tests,
manifest and signatures are no part of the revision.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from gateway.policy.clash import refuse_clashes
from gateway.policy.contents import DATA, MANIFEST, MAX_FILE_BYTES, BundleError, Contents, base
from gateway.policy.depth import MAX_BRACKETS, MAX_NESTING, deeper_than, too_deep
from gateway.policy.graph import cycle
from gateway.policy.interpreter import EngineError
from gateway.policy.manifest import parse_manifest
from gateway.policy.reading import Readable, contents
from gateway.policy.syntax import Module, parse, uses

__all__ = [
    "MAX_FILE_BYTES", "NAMESPACE", "Bundle", "BundleError", "Contents", "Readable",
    "contents", "data_of", "is_test", "load", "module_of", "read", "rule_near",
]  # fmt: skip

NAMESPACE = "lictor"
"""Every package of a bundle starts with this name, so that generated modules cannot collide with one."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that decides, under one digest."""

    root: Path
    """The folder or the archive."""

    revision: str
    """``sha256:`` and 64 hex digits over the sorted paths and bytes of rules and data."""

    modules: tuple[Module, ...]
    data: Mapping[str, object]

    def reads(self, field: str) -> bool:
        """True when any rule uses ``field`` as part of a reference or as a string."""
        return any(uses(rule, field) for module in self.modules for rule in module.rules)

    def paths(self) -> Iterator[str]:
        """Where under ``data`` the bundle defines something: packages, and base documents by their leaves."""
        yield from ("/".join(module.package) for module in self.modules)
        yield from _leaves(self.data)


def load(bundle: Readable) -> Bundle:
    """Read and parse a bundle, or raise :class:`BundleError`."""
    held = contents(bundle)
    deciding = {name: body for name, body in held.sources() if not is_test(name)}
    modules = tuple(module_of(name, body) for name, body in deciding.items() if name.endswith(".rego"))
    if not modules:
        raise BundleError(".", 1, "bundle", "there is no Rego file here")
    if (found := cycle(modules)) is not None:
        raise BundleError(found.file, found.line, found.rule, found.message)
    loaded = Bundle(held.root, _revision(deciding), modules, data_of(deciding))
    refuse_clashes(modules, loaded.data)
    manifest = parse_manifest(held.files.get(MANIFEST))
    manifest.keep(loaded.revision, loaded.paths())
    return loaded


def is_test(name: str) -> bool:
    """True for files that judge a bundle rather than decide."""
    return name.endswith("_test.rego")


def read(bundle: Readable) -> Iterator[tuple[str, bytes]]:
    """Relative path and bytes of every Rego and data file, tests included, in sorted order."""
    return contents(bundle).sources()


def _revision(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, body in sorted(files.items()):
        for part in (name.encode(), body):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def module_of(name: str, body: bytes) -> Module:
    """Parse one file of the bundle, or raise :class:`BundleError`."""
    try:
        source = body.decode()
        if line := too_deep(source):
            message = f"brackets are nested deeper than {MAX_BRACKETS} levels"
            raise BundleError(name, line, rule_near(source, line), message)
        module = parse(name, source)
    except UnicodeDecodeError:
        raise BundleError(name, 1, "package", "the file is not UTF-8") from None
    except EngineError as error:
        line = error.line or 1
        raise BundleError(name, line, rule_near(body.decode(), line), error.message) from None
    if module.package[0] != NAMESPACE:
        message = f"packages of a bundle start with `{NAMESPACE}`"
        raise BundleError(name, module.line, "package", message)
    return module


def rule_near(source: str, line: int) -> str:
    """Name of the rule that ``line`` belongs to, for files too broken to have a tree."""
    for text in reversed(source.splitlines()[: max(line, 1)]):
        if text[:1].isalpha():
            words = text.split()
            name = words[1] if words[0] == "default" and len(words) > 1 else words[0]
            return name.split("(")[0].split("[")[0]
    return "package"


def data_of(files: Mapping[str, bytes]) -> dict[str, object]:
    """Base documents, each at its folder's path; two that claim one key are refused."""
    merged: dict[str, object] = {}
    for name, body in sorted(files.items()):
        if base(name) == DATA:
            document = _nested(name, _object(name, body))
            if deeper_than(MAX_NESTING, document):
                message = f"the document is nested deeper than {MAX_NESTING} levels"
                raise BundleError(name, 1, "data", message)
            _merge(merged, document, name)
    return merged


def _object(name: str, body: bytes) -> dict[str, object]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BundleError(name, error.lineno, "data", f"not valid JSON: {error.msg}") from None
    if not isinstance(value, dict):
        raise BundleError(name, 1, "data", "the file must hold an object")
    return value


def _nested(name: str, value: dict[str, object]) -> dict[str, object]:
    for folder in reversed(name.split("/")[:-1]):
        value = {folder: value}
    return value


def _merge(into: dict[str, object], other: Mapping[str, object], name: str) -> None:
    for key, value in other.items():
        present = into.setdefault(key, value)
        if present is value:
            continue
        if not (isinstance(present, dict) and isinstance(value, dict)):
            raise BundleError(name, 1, "data", f"`{key}` is defined twice")
        _merge(present, value, name)


def _leaves(value: Mapping[str, object], above: str = "") -> Iterator[str]:
    for key, below in value.items():
        if isinstance(below, dict) and below:
            yield from _leaves(below, f"{above}{key}/")
        else:
            yield f"{above}{key}"
