"""A log behind an S3-compatible interface: published files are objects, the write-ahead log is local.

An append is durable on the local disk; publishing ships it within a second. Every object but the checkpoint
is written once, on the condition that it is not there; the checkpoint is replaced on the condition that it is
the one that was read or written last. A reply may be lost, so a failed condition is looked into: an object
that holds what was to be written was written.

A prefix belongs to one write-ahead log, for ever: the object ``owner`` says to which.
"""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

from gateway.audit.files import Files, publish
from gateway.audit.layout import Layout
from gateway.audit.stores.base import CHECKPOINT, VKEY, Batch, ForkError, StoreError
from gateway.audit.stores.journal import Journal
from gateway.audit.wal import State

OWNER = "owner"

_T = TypeVar("_T")

_AT_ONCE = 16
"""Objects written side by side."""

_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_REFUSED = frozenset({"PreconditionFailed", "412"})


class Objects:
    """The objects under one prefix."""

    def __init__(self, bucket: str, prefix: str, client: Any) -> None:  # noqa: ANN401 - boto3 has no types
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client = client

    def get(self, path: str) -> tuple[bytes, str] | None:
        """Bytes and entity tag."""
        return self._call(lambda: self._get(path), _MISSING)

    def _get(self, path: str) -> tuple[bytes, str]:
        reply = self._client.get_object(**self._at(path))
        with reply["Body"] as body:
            return body.read(), reply["ETag"]

    def put(self, path: str, data: bytes, **condition: str) -> str | None:
        """The entity tag of what is there now; None when the condition failed and other bytes are there."""
        place = self._at(path)
        done = self._call(lambda: self._client.put_object(**place, Body=data, **condition), _REFUSED)
        if done is not None:
            return str(done["ETag"])
        there = self.get(path)
        return there[1] if there and there[0] == data else None

    def names(self, prefix: str) -> list[str]:
        """Paths that begin with *prefix*, sorted."""

        def work() -> list[str]:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            found = [item["Key"] for page in pages for item in page.get("Contents", ())]
            return sorted(key.removeprefix(self._prefix) for key in found)

        return self._call(work, frozenset()) or []

    def remove(self, path: str) -> None:
        """Absence is fine."""
        self._call(lambda: self._client.delete_object(**self._at(path)), _MISSING)

    def _at(self, path: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + path}

    def _call(self, work: Callable[[], _T], expected: frozenset[str]) -> _T | None:
        """What *work* returns, None for an expected refusal. Raises StoreError."""
        from botocore.exceptions import (  # type: ignore[import-untyped]
            BotoCoreError,
            ClientError,
            HTTPClientError,
        )

        try:
            return work()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in expected:
                return None
            raise StoreError(f"S3: {error}") from error
        except (BotoCoreError, HTTPClientError) as error:
            raise StoreError(f"S3: {error}") from error


class S3Store(Journal):
    """A log whose published files are objects under a prefix."""

    def __init__(
        self, url: str, layout: Layout, files: Files | None = None, *, endpoint: str = "", region: str = ""
    ) -> None:
        """*layout* is where the write-ahead log is. Raises StoreError."""
        super().__init__(layout, files or Files())
        parts = urlsplit(url)
        if not parts.netloc:
            raise StoreError(f"{url!r} names no bucket")
        self._name = url
        self._objects = Objects(parts.netloc, parts.path, connect(endpoint, region))
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="audit-ship")
        self._owned = False
        self._tag = ""
        """Entity tag of the checkpoint; empty before the first."""

    @property
    def name(self) -> str:
        """The prefix."""
        return self._name

    def fetch(self, path: str) -> bytes | None:
        """One object."""
        found = self._objects.get(path)
        return found[0] if found else None

    def tiles(self) -> list[str]:
        """All objects under ``tile/``."""
        return self._objects.names("tile/")

    def lead(self) -> bool:
        """Take the local lock; then see that the prefix belongs to this write-ahead log."""
        if not super().lead():
            return False
        if not self._owned:
            self._claim()
            self._owned = True
        return True

    def _claim(self) -> None:
        path = self._layout.wal / OWNER
        if not path.exists():
            publish(self._files, {path: f"{secrets.token_hex(16)}\n".encode()})
        if self._objects.put(OWNER, path.read_bytes(), IfNoneMatch="*") is None:
            raise ForkError(f"it belongs to another write-ahead log than {self._layout.wal}")

    def signed(self) -> Sequence[tuple[str, bytes]]:
        """Second copy and checkpoint; the latter is what :meth:`sign` expects to replace."""
        there = self._objects.get(CHECKPOINT)
        self._tag = there[1] if there else ""
        found = ((str(self._layout.second), self.second()), (CHECKPOINT, there[0] if there else None))
        return [(place, data) for place, data in found if data is not None]

    def versions(self, path: str) -> list[str]:
        """Full and partial objects of a tile."""
        return self._objects.names(path)

    def integrate(self, files: Mapping[str, bytes], state: State, batch: Batch) -> None:  # noqa: ARG002
        """Objects side by side, then the local state."""
        list(self._pool.map(self._create, files.items()))
        self.save(state)

    def _create(self, item: tuple[str, bytes]) -> None:
        path, data = item
        if self._objects.put(path, data, IfNoneMatch="*") is None:
            raise StoreError(f"S3: {path} is there with other bytes")

    def describe(self, vkey: bytes) -> None:
        """The object ``vkey``."""
        self._objects.put(VKEY, vkey)

    def sign(self, signed: bytes) -> None:
        """The local second copy first, then the object, if it is the one that we know."""
        self.save_second(signed)
        condition = {"IfMatch": self._tag} if self._tag else {"IfNoneMatch": "*"}
        tag = self._objects.put(CHECKPOINT, signed, **condition)
        if tag is None:
            raise ForkError("somebody else replaced the checkpoint")
        self._tag = tag

    def drop(self, paths: Sequence[str]) -> None:
        """Delete objects."""
        list(self._pool.map(self._objects.remove, paths))


def connect(endpoint: str, region: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """A client with credentials from where AWS's tools look for them; an *endpoint* if it is not AWS."""
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL_S3", "") or os.environ.get("AWS_ENDPOINT_URL", "")
    config = Config(
        connect_timeout=5,
        read_timeout=10,
        max_pool_connections=_AT_ONCE,
        retries={"mode": "standard", "total_max_attempts": 4},
        s3={"addressing_style": "path" if endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    options = {"endpoint_url": endpoint or None, "region_name": region or None}
    return boto3.client("s3", config=config, **options)
