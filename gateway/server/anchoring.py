"""``[[audit.anchors]]``: where checkpoints are attested, as settings and as the thing itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.audit.anchors import Anchor, Anchorer, Directory, Git, Job, TimeStamp, WitnessAnchor
from gateway.audit.cosignature import Witness
from gateway.audit.layout import Layout
from gateway.audit.note import NoteError, Verifier
from gateway.audit.stores.base import Source
from gateway.audit.trust import GROUP, NONE, of_witnesses
from gateway.core.errors import ConfigError

Url = Annotated[str, Field(pattern=r"^https?://")]


class _Anchor(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    every_s: Annotated[float, Field(gt=0)] = 3600.0
    """Seconds between checkpoints that are anchored, while the log grows."""


class DirectoryAnchor(_Anchor):
    """``kind = "directory"``: a folder, best on another machine's disk."""

    kind: Literal["directory"]
    path: Path

    def build(self) -> Anchor:
        """The anchor."""
        return Directory(self.name, self.path)


class GitAnchor(_Anchor):
    """``kind = "git"``: a repository."""

    kind: Literal["git"]
    path: Path
    remote: str = ""
    """Pushed to after each commit, where it is named."""

    def build(self) -> Anchor:
        """The anchor."""
        return Git(self.name, self.path, self.remote)


class TimestampAnchor(_Anchor):
    """``kind = "timestamp"``: an authority that speaks RFC 3161."""

    kind: Literal["timestamp"]
    url: Url
    roots: Path | None = None
    """Root certificates (PEM) to which its stamps must lead."""

    def build(self) -> Anchor:
        """The anchor."""
        return TimeStamp(self.name, self.url, self.roots)


class WitnessSettings(_Anchor):
    """``kind = "witness"``: one that speaks C2SP tlog-witness."""

    kind: Literal["witness"]
    url: Url
    """Submission prefix."""

    vkey: str

    @property
    def witness(self) -> Witness:
        """Its key. Raises ConfigError."""
        try:
            return Witness.parse(self.vkey)
        except NoteError as error:
            raise ConfigError(f"audit.anchors: {self.name}: vkey: {error}") from error

    def build(self) -> Anchor:
        """The anchor. Raises ConfigError."""
        return WitnessAnchor(self.name, self.url, self.witness)


AnchorSettings = Annotated[
    DirectoryAnchor | GitAnchor | TimestampAnchor | WitnessSettings, Field(discriminator="kind")
]


def anchorer(
    path: Path,
    log: Verifier,
    anchors: Sequence[AnchorSettings],
    quorum: int,
    source: Source | None = None,
) -> Anchorer:
    """Anchors the log in *source*, or else in *path*, whose key is *log*. Raises ConfigError."""
    witnesses = checked(anchors, quorum)
    policy = of_witnesses(log, witnesses, quorum).text
    jobs = [Job(anchor.build(), anchor.every_s) for anchor in anchors]
    return Anchorer(Layout(path), jobs, policy=policy, source=source)


def checked(anchors: Sequence[AnchorSettings], quorum: int) -> dict[str, Witness]:
    """The witnesses by name. Raises ConfigError for what could not work."""
    names = [anchor.name for anchor in anchors]
    for name in names:
        if names.count(name) > 1 or name in {NONE, GROUP}:
            raise ConfigError(f"audit.anchors: the name {name!r} is taken")
    witnesses = {one.name: one.witness for one in anchors if isinstance(one, WitnessSettings)}
    if quorum > len(witnesses):
        raise ConfigError(f"audit.quorum: {quorum} of {len(witnesses)} witnesses")
    return witnesses
