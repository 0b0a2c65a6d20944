"""Witnesses: a conforming one, a real one, and ones that talk nonsense."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from gateway.audit.anchors import (
    AnchorFault,
    Subject,
    WitnessAnchor,
)
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.trust import Trust, of_witnesses
from tests.audit.anchors.grown import SIGNER, Grown, trust_in
from tests.audit.anchors.litewitness import MISSING, running
from tests.audit.anchors.witness_server import FakeWitness


def test_a_witness_cosigns_and_is_shown_that_the_log_only_grows(
    log: Grown, fake: FakeWitness, witness: WitnessAnchor
) -> None:
    (line,) = witness.attest(log.subject()).signatures
    assert Trust.parse(trust_in(fake)).cosigned(log.subject().signed + line + "\n") == {"w": fake.time}
    witness.attest(log.grow(400))
    assert fake.last is not None
    assert fake.last.size == 700
    assert len(fake.requests) == 2
    assert fake.requests[1].startswith("old 300\n")


def test_a_witness_that_knows_the_log_already_says_from_where_to_prove(
    log: Grown, fake: FakeWitness, witness: WitnessAnchor
) -> None:
    witness.attest(log.subject())
    with fake.serving() as url:
        WitnessAnchor("again", url, fake.witness).attest(log.grow(77))
    assert [body.split("\n")[0] for body in fake.requests] == ["old 0", "old 0", "old 300"]


def test_a_witness_notices_a_fork_and_a_rollback(
    log: Grown, fake: FakeWitness, witness: WitnessAnchor
) -> None:
    witness.attest(log.subject())
    forked = SIGNER.sign(Checkpoint(SIGNER.name, 300, bytes(32)).text)
    with pytest.raises(AnchorFault, match="forked"):
        witness.attest(Subject(forked, log.subject().span))
    fresh = WitnessAnchor("w", witness._url.removesuffix("/add-checkpoint"), fake.witness)
    smaller = Grown(log.path.with_name("smaller"))
    with pytest.raises(AnchorFault, match="seen 300 entries: the log was rolled back"):
        fresh.attest(smaller.grow(10))


def test_a_cosignature_of_somebody_else_is_none(log: Grown, fake: FakeWitness) -> None:
    other = FakeWitness(SIGNER.verifier)
    with fake.serving() as url, pytest.raises(AnchorFault, match="no cosignature by"):
        WitnessAnchor("w", url, other.witness).attest(log.subject())


def test_a_witness_that_is_not_there(log: Grown, fake: FakeWitness) -> None:
    with pytest.raises(AnchorFault, match=r"127\.0\.0\.1:9"):
        WitnessAnchor("w", "http://127.0.0.1:9", fake.witness).attest(log.subject())
    with pytest.raises(AnchorFault, match="only http"):
        WitnessAnchor("w", "file:///etc", fake.witness).attest(log.subject())


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """A server that says the same to everybody, well-formed or not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(raw)
                        # What is unread when a socket closes resets the connection, answer and all.
                        connection.shutdown(socket.SHUT_WR)
                        while connection.recv(65536):
                            pass

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"nonsense\r\n\r\n", "nonsense"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "not cosignatures"),
        (b"HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "HTTP 302"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + bytes(70000), "longer than 64 KiB"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff\xff\n", "not cosignatures"),
        (
            b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 2\r\n\r\nno",
            "without a size",
        ),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\noops", "HTTP 500 oops"),
    ],
)
def test_nonsense_from_a_witness_is_a_fault(
    log: Grown, fake: FakeWitness, raw: bytes, complaint: str
) -> None:
    with answering(raw) as url, pytest.raises(AnchorFault, match=complaint):
        WitnessAnchor("w", url, fake.witness).attest(log.subject())


@pytest.mark.skipif(bool(MISSING), reason=f"not here: {', '.join(MISSING)} (make witness)")
def test_a_real_witness(log: Grown, tmp_path: Path) -> None:
    with running(tmp_path, SIGNER.verifier) as (url, witness):
        anchor = WitnessAnchor("real", url, witness)
        anchor.attest(log.subject())
        anchor.attest(log.grow(1234))
        (line,) = WitnessAnchor("again", url, witness).attest(log.grow(1)).signatures
        trust = of_witnesses(SIGNER.verifier, {"real": witness}, 1)
        cosigned = trust.cosigned(f"{log.subject().signed}{line}\n")
        assert abs(cosigned["real"] - time.time()) < 600
        forked = SIGNER.sign(Checkpoint(SIGNER.name, 1535, bytes(32)).text)
        with pytest.raises(AnchorFault, match="forked"):
            WitnessAnchor("liar", url, witness).attest(Subject(forked, log.subject().span))
