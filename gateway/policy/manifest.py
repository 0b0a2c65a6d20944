"""The ``.manifest`` of a bundle: which revision it is, what it may define, who built it.

OPA reports its ``revision`` and keeps a bundle within its ``roots``. Here both are promises that are checked.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from gateway.policy.contents import MANIFEST, BundleError

_OURS = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the manifest says; without one, everything is allowed and nothing promised."""

    revision: str = ""
    roots: tuple[str, ...] = ("",)
    metadata: Mapping[str, object] = field(default_factory=dict)

    def keep(self, revision: str, paths: Iterable[str]) -> None:
        """Raise :class:`BundleError` when the content is not what the manifest promises.

        A ``revision`` in another form than ours, such as a commit, is a label and promises nothing.

        Args:
            revision: what the content's revision really is.
            paths: where the bundle defines something: packages and base documents, with ``/`` between parts.
        """
        if _OURS.fullmatch(self.revision) and self.revision != revision:
            message = f"the manifest says {self.revision}, the content is {revision}"
            raise BundleError(MANIFEST, 1, "revision", message)
        for path in paths:
            if not any(_covers(root, path) for root in self.roots):
                raise BundleError(MANIFEST, 1, "roots", f"no root covers `{path}`, which the bundle defines")


def _covers(root: str, path: str) -> bool:
    return not root or path == root or path.startswith(root + "/")


def parse_manifest(body: bytes | None) -> Manifest:
    """Read a manifest, or raise :class:`BundleError`."""
    if body is None:
        return Manifest()
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BundleError(MANIFEST, error.lineno, "manifest", f"not valid JSON: {error.msg}") from None
    if not isinstance(value, dict):
        raise BundleError(MANIFEST, 1, "manifest", "the file must hold an object")
    if value.get("wasm"):
        raise BundleError(MANIFEST, 1, "wasm", "a bundle is Rego and data; there is no WebAssembly here")
    versions = [value.get("rego_version"), *_versions(value.get("file_rego_versions"))]
    if any(version not in {None, 1} for version in versions):
        raise BundleError(MANIFEST, 1, "rego_version", "rules are written in Rego 1")
    return Manifest(_text(value, "revision"), _roots(value), _object(value, "metadata"))


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest's bytes, the same for the same manifest."""
    value = {
        "revision": manifest.revision,
        "roots": sorted(manifest.roots),
        "rego_version": 1,
        "metadata": manifest.metadata,
    }
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"


def _versions(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else [value]


def _text(value: Mapping[str, object], key: str) -> str:
    found = value.get(key, "")
    if not isinstance(found, str):
        raise BundleError(MANIFEST, 1, key, f"`{key}` must be a text")
    return found


def _object(value: Mapping[str, object], key: str) -> dict[str, object]:
    found = value.get(key) or {}
    if not isinstance(found, dict):
        raise BundleError(MANIFEST, 1, key, f"`{key}` must be an object")
    return found


def _roots(value: Mapping[str, object]) -> tuple[str, ...]:
    found = value.get("roots")
    if found is None:
        return ("",)
    if not isinstance(found, list) or not all(isinstance(root, str) for root in found):
        raise BundleError(MANIFEST, 1, "roots", "`roots` must be an array of texts")
    roots = sorted(root.strip("/") for root in found)
    for place, one in enumerate(roots):
        if (other := next((root for root in roots[:place] if _covers(root, one)), None)) is not None:
            raise BundleError(MANIFEST, 1, "roots", f"the roots `{other}` and `{one}` overlap")
    return tuple(roots)
