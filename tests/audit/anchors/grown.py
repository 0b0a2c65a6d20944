"""A log that grows by hand, and what its anchoring needs in tests."""

from pathlib import Path

import pytest

from gateway.audit.anchors import (
    Anchorer,
    AnchorFault,
    Evidence,
    Job,
    Subject,
    TimeStamp,
    WitnessAnchor,
)
from gateway.audit.canonical import encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.tiles import Edge, Tiles, fetcher
from gateway.audit.trust import of_witnesses
from tests.audit.anchors.authority import OPENSSL
from tests.audit.anchors.witness_server import FakeWitness

SIGNER = Signer.generate("example.org/anchored")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="no openssl here")


class Grown:
    """A log that grows by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._edge = Edge()
        self._seq = 0

    def grow(self, count: int) -> Subject:
        """Add records and sign."""
        kinds = ["open" if at == 0 else "bundle" for at in range(self._seq, self._seq + count)]
        entries = [
            encode({"v": 1, "node": "n", "boot": "b", "seq": self._seq + at, "ts": 1, "type": kind})
            for at, kind in enumerate(kinds)
        ]
        self._seq += count
        self._edge, files = self._edge.grow(entries)
        for name, data in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_bytes(data)
        signed = SIGNER.sign(Checkpoint(SIGNER.name, self._edge.size, self._edge.root).text)
        (self.path / "checkpoint").write_text(signed)
        self.path.with_name("log.signed").write_text(signed)
        return self.subject()

    def subject(self) -> Subject:
        signed = (self.path / "checkpoint").read_text()
        return Subject(signed, Tiles(fetcher(self.path), self._edge.size).span)


def trust_in(fake: FakeWitness, need: int = 1) -> str:
    return of_witnesses(SIGNER.verifier, {"w": fake.witness}, need).text


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Scripted:
    """An anchor that fails as often as it is told to."""

    kind = "scripted"

    def __init__(self, name: str, failures: int = 0, error: Exception | None = None) -> None:
        self.name = name
        self.failures = failures
        self.error = error or AnchorFault("out of order")
        self.sizes: list[int] = []

    def attest(self, subject: Subject) -> Evidence:
        self.sizes.append(subject.checkpoint.size)
        if self.failures:
            self.failures -= 1
            raise self.error
        return Evidence()


def anchoring(log: Grown, clock: Clock, *anchors: Scripted | WitnessAnchor | TimeStamp) -> Anchorer:
    jobs = [Job(anchor, 60.0) for anchor in anchors]
    return Anchorer(Layout(log.path), jobs, policy=f"log {SIGNER.vkey}\nquorum none\n", clock=clock)
