"""Anchors: each against a real or a conforming counterpart, and what the verifier makes of them."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from gateway.audit.anchored import KEPT, QUORUM, SECOND, STAMP, WITNESS
from gateway.audit.anchors import (
    Anchorer,
    AnchorFault,
    Directory,
    Evidence,
    Git,
    Job,
    Subject,
    TimeStamp,
    WitnessAnchor,
)
from gateway.audit.canonical import encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.evidence import check, proofs
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.note import split_note
from gateway.audit.tiles import Edge, Tiles, fetcher
from gateway.audit.timestamps import StampError, stamped_at
from gateway.audit.trust import Trust, of_witnesses
from gateway.audit.verify import verify
from tests.audit.authority import OPENSSL, Authority
from tests.audit.litewitness import MISSING, running
from tests.audit.witness_server import FakeWitness

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


@pytest.fixture
def log(tmp_path: Path) -> Grown:
    grown = Grown(tmp_path / "log")
    grown.grow(300)
    return grown


@pytest.fixture
def fake() -> FakeWitness:
    return FakeWitness(SIGNER.verifier)


@pytest.fixture
def witness(fake: FakeWitness) -> Iterator[WitnessAnchor]:
    with fake.serving() as url:
        yield WitnessAnchor("w", url, fake.witness)


# --- directory and git -------------------------------------------------------------------------------------


def test_a_directory_keeps_every_checkpoint(log: Grown, tmp_path: Path) -> None:
    anchor = Directory("d", tmp_path / "elsewhere")
    anchor.attest(log.subject())
    anchor.attest(log.subject())
    anchor.attest(log.grow(5))
    kept = sorted((tmp_path / "elsewhere" / "example.org_anchored").iterdir())
    assert [path.name for path in kept] == ["000000000000300.note", "000000000000305.note"]
    report = verify(log.path, SIGNER.vkey, known=[path.read_text() for path in kept])
    assert (report.ok, [(one.end, one.kind) for one in report.anchors]) == (True, [(300, KEPT), (305, KEPT)])


def test_a_directory_never_replaces_another_checkpoint(log: Grown, tmp_path: Path) -> None:
    anchor = Directory("d", tmp_path / "elsewhere")
    anchor.attest(log.subject())
    other = SIGNER.sign(Checkpoint(SIGNER.name, 300, bytes(32)).text)
    with pytest.raises(AnchorFault, match="forked"):
        anchor.attest(Subject(other, log.subject().span))


def git(path: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(path), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
def test_git_commits_and_pushes(log: Grown, tmp_path: Path) -> None:
    repository, remote = tmp_path / "repository", tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    git(repository, "remote", "add", "origin", str(remote))
    anchor = Git("g", repository, "origin")
    anchor.attest(log.subject())
    anchor.attest(log.subject())
    anchor.attest(log.grow(1))
    titles = git(remote, "log", "--all", "--format=%s").split("\n")
    assert titles == ["example.org/anchored: 301 entries", "example.org/anchored: 300 entries"]
    with pytest.raises(AnchorFault, match="git: "):
        Git("g", repository, "nowhere").attest(log.grow(1))
    with pytest.raises(AnchorFault, match="no git repository"):
        Git("g", tmp_path).attest(log.subject())


# --- witness -----------------------------------------------------------------------------------------------


def trust_in(fake: FakeWitness, need: int = 1) -> str:
    return of_witnesses(SIGNER.verifier, {"w": fake.witness}, need).text


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


# --- time stamps -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"))


@needs_openssl
def test_a_time_stamp(log: Grown, authority: Authority) -> None:
    pytest.importorskip("rfc3161_client")
    subject = log.subject()
    before = int(time.time())
    with authority.serving() as url:
        evidence = TimeStamp("tsa", url, authority.root).attest(subject)
    stamp = evidence.files["tsa.tsr"]
    at = stamped_at(stamp, subject.text.encode(), [authority.root.read_bytes()])
    assert before - 1 <= at <= time.time() + 1
    with pytest.raises(StampError, match="something else"):
        stamped_at(stamp, b"another text", [authority.root.read_bytes()])
    with pytest.raises(StampError, match="not a granted time stamp"):
        stamped_at(stamp[:100], subject.text.encode(), [])


@needs_openssl
def test_a_time_stamp_of_an_untrusted_authority(log: Grown, authority: Authority, tmp_path: Path) -> None:
    pytest.importorskip("rfc3161_client")
    other = Authority(tmp_path)
    with authority.serving() as url, pytest.raises(AnchorFault, match="not by a trusted authority"):
        TimeStamp("tsa", url, other.root).attest(log.subject())


@needs_openssl
def test_a_refusal_is_no_time_stamp(log: Grown, authority: Authority) -> None:
    pytest.importorskip("rfc3161_client")
    refusal = authority.answer(b"nonsense")
    with pytest.raises(StampError, match="not a granted time stamp"):
        stamped_at(refusal, log.subject().text.encode(), [])


# --- the anchorer ------------------------------------------------------------------------------------------


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


def test_anchoring_goes_by_the_clock_and_by_growth(log: Grown) -> None:
    clock, anchor = Clock(), Scripted("a")
    anchorer = anchoring(log, clock, anchor)
    for now, grown in ((0.0, 0), (61.0, 0), (70.0, 1), (80.0, 1), (131.0, 0)):
        clock.now = now
        if grown:
            log.grow(grown)
        anchorer.turn()
    assert anchor.sizes == [300, 301, 302]
    anchorer.close()


def test_a_failure_is_told_and_tried_again_until_it_works(log: Grown) -> None:
    clock, anchor, other = Clock(), Scripted("a", failures=2), Scripted("b")
    anchorer = anchoring(log, clock, anchor, other)
    anchorer.turn()
    first = {one["name"]: one for one in anchorer.state()}
    assert (first["a"]["fault"], first["a"]["size"], first["b"]["size"]) == ("out of order", -1, 300)
    assert "fault" not in first["b"]
    clock.now = 4.0
    anchorer.turn()
    assert len(anchor.sizes) == 1
    for clock.now in (5.0, 15.0):
        anchorer.turn()
    assert anchor.sizes == [300, 300, 300]
    assert "fault" not in anchorer.state()[0]
    anchorer.close()


def test_a_defect_of_one_anchor_does_not_stop_the_others(log: Grown) -> None:
    broken, whole = Scripted("a", failures=1, error=ZeroDivisionError()), Scripted("b")
    anchorer = anchoring(log, Clock(), broken, whole)
    anchorer.turn()
    assert anchorer.state()[0]["fault"] == "ZeroDivisionError()"
    assert whole.sizes == [300]
    anchorer.close()


def test_only_one_process_anchors_and_all_can_tell(log: Grown) -> None:
    clock, anchor, idle = Clock(), Scripted("a"), Scripted("a")
    anchorer, other = anchoring(log, clock, anchor), anchoring(log, clock, idle)
    anchorer.turn()
    other.turn()
    assert (anchor.sizes, idle.sizes) == ([300], [])
    assert other.state() == anchorer.state()
    anchorer.close()
    log.grow(1)
    other.turn()
    assert idle.sizes == [301]
    other.close()


def test_closing_anchors_what_is_new(log: Grown) -> None:
    anchor = Scripted("a")
    anchorer = anchoring(log, Clock(), anchor)
    anchorer.start()
    assert (log.path / "policy").read_text().startswith(f"log {SIGNER.vkey}\n")
    log.grow(1)
    anchorer.close()
    assert anchor.sizes[-1] == 301


def test_a_disk_that_fails_is_told(log: Grown) -> None:
    (log.path / "anchors").write_text("in the way")
    anchorer = anchoring(log, Clock(), Scripted("a"))
    anchorer.start()
    assert "exists" in anchorer.state()[0]["fault"]
    anchorer.close()


def test_evidence_of_several_witnesses_meets_under_one_checkpoint(log: Grown) -> None:
    one, two = FakeWitness(SIGNER.verifier, "one.example"), FakeWitness(SIGNER.verifier, "two.example")
    with one.serving() as first, two.serving() as second:
        anchors = WitnessAnchor("w1", first, one.witness), WitnessAnchor("w2", second, two.witness)
        two.broken = 1
        clock = Clock()
        anchorer = anchoring(log, clock, *anchors)
        anchorer.turn()
        clock.now = 6.0
        anchorer.turn()
        anchorer.close()
    (note,) = (log.path / "anchors").glob("*.note")
    names = [signature.name for signature in split_note(note.read_text())[1]]
    assert names == [SIGNER.name, "one.example", "two.example"]
    policy = of_witnesses(SIGNER.verifier, {"w1": one.witness, "w2": two.witness}, 2).text
    report = verify(log.path, policy=policy)
    assert (report.exit_code, report.quorum, report.key_supplied) == (0, 300, True)


# --- what the verifier says --------------------------------------------------------------------------------


@needs_openssl
def test_the_strongest_anchor_of_each_range(log: Grown, fake: FakeWitness, authority: Authority) -> None:
    pytest.importorskip("rfc3161_client")
    kept = log.subject().signed
    roots = [authority.root.read_bytes()]
    with fake.serving() as url, authority.serving() as tsa:
        clock = Clock()
        witnessed = anchoring(log, clock, WitnessAnchor("w", url, fake.witness))
        witnessed.turn()
        witnessed.close()
        log.grow(100)
        stamped = anchoring(log, clock, TimeStamp("tsa", tsa, authority.root))
        stamped.turn()
        stamped.close()
    log.grow(50)
    report = verify(log.path, policy=trust_in(fake), known=[kept], authorities=roots)
    told = [(one.first, one.end, one.kind, one.by) for one in report.anchors]
    assert told == [(0, 300, QUORUM, "w"), (300, 400, STAMP, "tsa"), (400, 450, SECOND, "")]
    assert (report.exit_code, report.quorum) == (0, 300)
    assert "150 entries are newer than the quorum" in str(report)
    assert "entries 0 to 299: quorum of witnesses by w at 2023-11-14T22:13:20Z" in str(report)
    untrusting = verify(log.path, SIGNER.vkey)
    assert [one.kind for one in untrusting.anchors] == [SECOND]
    assert "no policy was given" in str(untrusting)
    assert "no root certificate was given" in str(untrusting)


def test_without_the_quorum_the_exit_code_is_three(log: Grown, fake: FakeWitness) -> None:
    report = verify(log.path, policy=trust_in(fake))
    assert (report.ok, report.exit_code, report.quorum) == (True, 3, 0)
    assert json.loads(report.to_json())["exit_code"] == 3
    two = of_witnesses(SIGNER.verifier, {"w": fake.witness, "v": FakeWitness(SIGNER.verifier).witness}, 2)
    with fake.serving() as url:
        anchorer = anchoring(log, Clock(), WitnessAnchor("w", url, fake.witness))
        anchorer.turn()
        anchorer.close()
    report = verify(log.path, policy=two.text)
    assert (report.exit_code, [one.kind for one in report.anchors]) == (3, [WITNESS])
    assert verify(log.path, policy="quorum nobody\n").exit_code == 2


def test_a_rollback_behind_an_anchored_checkpoint_is_tampering(log: Grown) -> None:
    (log.path / "anchors").mkdir()
    (log.path / "anchors" / "000000000000300.note").write_text(log.subject().signed)
    shutil.rmtree(log.path / "tile")
    shorter = Grown(log.path)
    shorter.grow(200)
    report = verify(log.path, SIGNER.vkey)
    assert report.exit_code == 1


def test_a_proof_takes_the_cosigned_checkpoint(log: Grown, fake: FakeWitness) -> None:
    with fake.serving() as url:
        anchorer = anchoring(log, Clock(), WitnessAnchor("w", url, fake.witness))
        anchorer.turn()
        anchorer.close()
    log.grow(10)
    trust = Trust.parse(trust_in(fake))
    (old,), (new,) = proofs(log.path, "299").values(), proofs(log.path, "305").values()
    assert (check(old, None, trust).quorum, check(new, None, trust).quorum) == (True, False)
    assert check(old, None, trust).record["seq"] == 299


# --- a real witness ----------------------------------------------------------------------------------------


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
