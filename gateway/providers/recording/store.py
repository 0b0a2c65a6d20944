"""Recordings on disk: one JSON file an answer, named by its key and checked against its own digest."""

import hashlib
import os
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gateway.core.errors import ConfigError

_KEPT = (b"content-type", b"x-request-id", b"request-id")
"""Headers that are kept; cookies, rate limits and the like are nobody's later business."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One answer as it came."""

    request: Mapping[str, Any]
    """What the key was made of."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    frames: tuple[tuple[int, bytes], ...]
    """Pieces of the body with the microseconds after the head at which each came."""

    waited_us: int | None = None
    """Microseconds from the request to the head of the answer; None where nobody measured them."""

    @property
    def took_us(self) -> int | None:
        """Microseconds from the request to the end of the answer; None where they are not known."""
        if self.waited_us is None:
            return None
        return self.waited_us + max((at for at, _ in self.frames), default=0)

    @property
    def body(self) -> bytes:
        """All pieces together."""
        return b"".join(data for _, data in self.frames)


class Recordings:
    """A folder of recordings."""

    def __init__(self, root: Path, used: Path | None = None) -> None:
        """Without a file for them, nobody learns which recordings are used."""
        self.root = root
        self._used = used

    def path(self, key: str) -> Path:
        """Where a recording is, or would be."""
        return self.root / key[:2] / f"{key}.json"

    def read(self, key: str) -> Recording | None:
        """The recording of a key, or None.

        Raises:
            ConfigError: it is damaged, or was altered by hand.
        """
        path = self.path(key)
        try:
            raw = orjson.loads(path.read_bytes())
            content = raw["recording"]
            if raw["sha256"] != _digest(content):
                raise ConfigError(f"{path}: the recording was altered: it has another digest than it says")
            found = _recording(content)
        except FileNotFoundError:
            return None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"{path}: this is no recording: {error}") from None
        self._note(key)
        return found

    def write(self, key: str, recording: Recording) -> None:
        """Keep a recording, whole or not at all."""
        content: dict[str, Any] = {
            "version": 1,
            "request": recording.request,
            "status": recording.status,
            "headers": [
                [name.decode("latin-1"), value.decode("latin-1")] for name, value in recording.headers
            ],
            "frames": [[at, *_spelled(data)] for at, data in recording.frames],
        }
        if recording.waited_us is not None:
            content["waited_us"] = recording.waited_us
        body = orjson.dumps(
            {"sha256": _digest(content), "recording": content},
            option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2,
        )
        _replace(self.path(key), body + b"\n")

    def _note(self, key: str) -> None:
        """One short line at the end: whole, also where several processes write."""
        if self._used is not None:
            with self._used.open("a") as file:
                file.write(f"{key}\n")


def kept(headers: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of an answer that a recording keeps."""
    return tuple((name, value) for name, value in headers if name in _KEPT)


def _replace(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _digest(content: object) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _spelled(data: bytes) -> tuple[str, ...]:
    """A piece as text where it is text, so that recordings can be read and reviewed."""
    try:
        return (data.decode(),)
    except UnicodeDecodeError:
        return (b64encode(data).decode(), "base64")


def _recording(content: Mapping[str, Any]) -> Recording:
    return Recording(
        request=content["request"],
        status=int(content["status"]),
        headers=tuple(
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in content["headers"]
        ),
        frames=tuple((int(at), _piece(*spelled)) for at, *spelled in content["frames"]),
        waited_us=None if (waited := content.get("waited_us")) is None else int(waited),
    )


def _piece(text: str, coding: str = "") -> bytes:
    return b64decode(text, validate=True) if coding == "base64" else text.encode()
