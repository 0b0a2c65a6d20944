"""Building the archive of a bundle: what decides, under a manifest that names its revision."""

from collections.abc import Mapping
from importlib.metadata import version

from gateway.policy.archive import pack
from gateway.policy.bundle import Bundle, is_test, load
from gateway.policy.contents import MANIFEST, Contents
from gateway.policy.manifest import Manifest, parse_manifest, write_manifest
from gateway.policy.reading import Readable, contents


def build(source: Readable, metadata: Mapping[str, object] | None = None, *, serial: int = 0) -> Contents:
    """What an archive of the bundle holds: rules, data and a fresh manifest; tests are left out.

    The content's revision stands in the manifest, so that OPA reports it. Equal rules and data give an
    equal manifest, wherever and whenever it is built.

    Args:
        source: the bundle.
        metadata: goes into the manifest beside the builder's version.
        serial: numbers the bundle among those that follow each other; 0 is no number.

    Raises:
        BundleError: the bundle cannot be read.
    """
    held = contents(source)
    bundle = load(held)
    files = {name: body for name, body in held.sources() if not is_test(name)}
    numbered = {"serial": serial} if serial else {}
    told = {"lictor": {"version": version("lictor"), **numbered}, **(metadata or {})}
    manifest = write_manifest(Manifest(bundle.revision, roots(bundle), told))
    return Contents(held.root, dict(sorted({**files, MANIFEST: manifest}.items())))


def archived(held: Contents, signatures: bytes | None = None) -> bytes:
    """The archive's bytes; the same contents give the same bytes."""
    return pack({**held.files, **({} if signatures is None else {".signatures.json": signatures})})


def roots(bundle: Bundle) -> tuple[str, ...]:
    """The top names under ``data`` that the bundle claims."""
    return tuple(sorted({module.package[0] for module in bundle.modules} | bundle.data.keys()))


def revision_of(held: Contents) -> str:
    """The revision in the manifest of contents that :func:`build` made."""
    return parse_manifest(held.files[MANIFEST]).revision
