"""The anchorer: when it anchors, what it does about failures, what it keeps."""

from gateway.audit.anchors import (
    WitnessAnchor,
)
from gateway.audit.note import split_note
from gateway.audit.trust import of_witnesses
from gateway.audit.verify import verify
from tests.audit.anchors.grown import SIGNER, Clock, Grown, Scripted, anchoring
from tests.audit.anchors.witness_server import FakeWitness


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
