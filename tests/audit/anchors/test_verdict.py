"""What the verifier makes of anchors."""

import json
import shutil

import pytest

from gateway.audit.anchored import QUORUM, SECOND, STAMP, WITNESS
from gateway.audit.anchors import (
    TimeStamp,
    WitnessAnchor,
)
from gateway.audit.evidence import check, proofs
from gateway.audit.trust import Trust, of_witnesses
from gateway.audit.verify import verify
from tests.audit.anchors.authority import Authority
from tests.audit.anchors.grown import SIGNER, Clock, Grown, anchoring, needs_openssl, trust_in
from tests.audit.anchors.witness_server import FakeWitness


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
