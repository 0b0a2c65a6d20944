"""What speaks for a log besides its keeper: the checkpoints that others have seen, and when.

Each attestation is about one checkpoint and thereby about every entry below its size. Who the others
are is up to the auditor: witnesses come from a trust policy, authorities from root certificates. One
that nothing was given to check it by is told as unchecked and counts for nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import split_note
from gateway.audit.timestamps import StampError, stamped_at
from gateway.audit.trust import NONE, Trust

STRENGTH = ("second copy", "kept elsewhere", "time stamp", "witness", "quorum of witnesses")
"""Kinds of attestation, from weakest to strongest."""

SECOND, KEPT, STAMP, WITNESS, QUORUM = STRENGTH


def clock(at: int) -> str:
    """A time in seconds since the Unix epoch, for people."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint that is signed by the log and has the log's root."""

    name: str
    """Its place, as reports name it."""

    signed: str
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Anchored:
    """The strongest attestation of a range of entries."""

    first: int
    end: int
    """The range's end, exclusive."""

    kind: str
    by: str
    at: int = 0
    """Seconds since the Unix epoch, where it says when; otherwise 0."""


@dataclass(frozen=True, slots=True)
class Attestations:
    """All that speaks for one log."""

    ranges: tuple[Anchored, ...]
    unchecked: tuple[str, ...]
    """What was found and could not be checked, and why."""

    quorum: int | None
    """Size of the largest checkpoint with the policy's quorum; None where no quorum is asked for."""


def attested(
    heads: Sequence[Head],
    trust: Trust | None,
    authorities: Sequence[bytes],
    anchors: Path | None,
    first: int = 0,
) -> Attestations:
    """Judge what came with the checkpoints, and what lies in the folder *anchors*.

    Ranges begin at *first*, the first entry that was not pruned: of the others only hashes are left.
    """
    unchecked: list[str] = []
    found = [
        *(one for head in heads for one in _witnessed(head, trust)),
        *_stamped(heads, authorities, anchors, unchecked),
        *(one for head in heads for one in _kept(head)),
    ]
    strangers = sum(len(split_note(head.signed)[1]) - 1 for head in heads) if trust is None else 0
    if strangers:
        unchecked.append(f"{strangers} cosignatures: no policy was given")
    ends = [one.end for one in found if one.kind == QUORUM]
    asked = trust is not None and trust.quorum != NONE
    return Attestations(
        tuple(_ranges(found, first)), tuple(unchecked), max(ends, default=0) if asked else None
    )


def _kept(head: Head) -> Iterator[Anchored]:
    size = head.checkpoint.size
    if head.name == SECOND:
        yield Anchored(0, size, SECOND, "")
    elif head.name.startswith("known"):
        yield Anchored(0, size, KEPT, head.name)


def _witnessed(head: Head, trust: Trust | None) -> Iterator[Anchored]:
    cosigned = trust.cosigned(head.signed) if trust else {}
    if not trust or not cosigned:
        return
    quorum = trust.quorum != NONE and trust.met(cosigned)
    names = ", ".join(sorted(cosigned))
    yield Anchored(0, head.checkpoint.size, QUORUM if quorum else WITNESS, names, max(cosigned.values()))


def _stamped(
    heads: Sequence[Head], authorities: Sequence[bytes], anchors: Path | None, unchecked: list[str]
) -> Iterator[Anchored]:
    texts = {head.checkpoint.size: head.checkpoint.text for head in heads}
    files = sorted(anchors.glob("*.tsr")) if anchors else []
    if files and not authorities:
        unchecked.append(f"{len(files)} time stamps: no root certificate was given")
        return
    for file in files:
        size, _, name = file.name.removesuffix(".tsr").partition(".")
        text = texts.get(int(size)) if size.isdecimal() else None
        if text is None:
            unchecked.append(f"time stamp {file.name}: its checkpoint is missing")
            continue
        try:
            at = stamped_at(file.read_bytes(), text.encode(), authorities)
        except StampError as error:
            unchecked.append(f"time stamp {file.name}: {error}")
        else:
            yield Anchored(0, int(size), STAMP, name, at)


def _ranges(found: Iterable[Anchored], first: int) -> Iterator[Anchored]:
    """For each range the strongest that covers it; of equals the earliest, since it says most."""
    by_strength = sorted(found, key=lambda one: (-STRENGTH.index(one.kind), one.end))
    for one in by_strength:
        if one.end > first:
            yield Anchored(first, one.end, one.kind, one.by, one.at)
            first = one.end
