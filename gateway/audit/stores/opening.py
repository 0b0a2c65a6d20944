"""From the name of a place to what reads or holds a log there. Drivers are imported when they are named."""

from dataclasses import dataclass
from pathlib import Path

from gateway.audit.files import Files
from gateway.audit.layout import Layout
from gateway.audit.stores.base import Source, Store, StoreError
from gateway.audit.stores.files import FileStore

FILES = "files"


@dataclass(frozen=True, slots=True)
class Site:
    """A log as its own gateway knows it, with what of it is local: the second copy, anchors."""

    location: str
    """``files``, ``postgres://…`` or ``s3://…``."""

    layout: Layout
    endpoint: str = ""
    """Address of the S3-compatible service, where it is not AWS."""


Place = Path | str | Site | Source
"""A directory, ``postgres://…`` or ``s3://…``, a site, or a source."""


def open_store(location: str, layout: Layout, files: Files | None = None, *, endpoint: str = "") -> Store:
    """The store at a location.

    Args:
        location: ``files``, ``postgres://user@host/database?schema=…`` or ``s3://bucket/prefix``.
        layout: the local directory: the whole log, or what of it stays local.
        files: the file system; tests replace it.
        endpoint: address of the S3-compatible service, where it is not AWS.

    Raises:
        StoreError: there is no such store, or what drives it is not installed.
    """
    kind = location.partition("://")[0]
    if kind == FILES:
        return FileStore(layout, files)
    try:
        if kind in {"postgres", "postgresql"}:
            from gateway.audit.stores.postgres import PostgresStore

            return PostgresStore(location, layout, files)
        if kind == "s3":
            from gateway.audit.stores.s3 import S3Store

            return S3Store(location, layout, files, endpoint=endpoint)
    except ImportError as error:
        raise StoreError(f"{kind}: {error.name} is not installed") from error
    raise StoreError(f"{location!r} is neither files, postgres://… nor s3://…")


def open_source(place: Place, second: Path | None = None, *, endpoint: str = "") -> Source:
    """What reads the log at a place; raises StoreError as :func:`open_store` does.

    Of a log that is not a directory, the second copy and the write-ahead log are elsewhere; *second* is
    where the former is.
    """
    if isinstance(place, Site):
        layout = Layout(place.layout.root, second or place.layout.second_copy)
        return open_store(place.location, layout, endpoint=place.endpoint or endpoint)
    if isinstance(place, Path):
        return FileStore(Layout(place, second))
    if isinstance(place, str):
        if "://" not in place:
            return FileStore(Layout(Path(place), second))
        return open_store(place, Layout(_NOWHERE, second), endpoint=endpoint)
    return place


_NOWHERE = Path("/nonexistent/lictor")
