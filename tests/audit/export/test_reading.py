"""What is read to be exported: all that is wanted, once, and nothing that the tiles contradict."""

from pathlib import Path

import pytest

from gateway.audit.export.reading import Disorder, snapshot
from gateway.audit.export.selection import TYPES, Selection
from gateway.audit.reader import prove, records, verify_proof
from gateway.audit.tiles import tile_path
from tests.audit.export.past import SIGNER, Past, entries, heartbeats

SPEC = Path(__file__).parents[3] / "docs/spec/audit-log.md"


def test_every_entry_is_read_once_and_in_order(log: Path) -> None:
    assert [(entry.index, entry.record) for entry in entries(log)] == list(records(log))


def test_a_leaf_hash_and_the_bytes_lead_to_the_signed_root(log: Path) -> None:
    entry = entries(log)[130]
    proven = verify_proof(prove(log, entry.index), entry.data, SIGNER.vkey)
    assert (proven.origin, proven.size, proven.root.hex()) == (
        entry.head.origin, entry.head.size, entry.head.root,
    )  # fmt: skip


@pytest.mark.parametrize("start", [0, 1, 255, 256, 257, 331, 332, 5000])
def test_it_begins_where_it_is_asked_to(log: Path, start: int) -> None:
    size = snapshot(log).head.size
    found = [entry.index for batch in snapshot(log).batches(start) for entry in batch.entries]
    assert found == list(range(start, size))


def test_types_and_times_select(log: Path) -> None:
    whole = entries(log)
    middle = whole[100].record["ts"]
    selection = Selection(frozenset({"outcome"}), since_ms=middle, until_ms=middle + 20_000)
    found = [entry.index for batch in snapshot(log).batches(0, selection) for entry in batch.entries]
    assert found == [
        entry.index
        for entry in whole
        if entry.record["type"] == "outcome" and middle <= entry.record["ts"] <= middle + 20_000
    ]
    assert 0 < len(found) < 100


def test_the_types_are_those_of_the_specification() -> None:
    table = SPEC.read_text().partition("| type | when |")[2].partition("\n\n")[0]
    named = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert list(TYPES) == named


def test_every_type_is_among_the_specimens(log: Path) -> None:
    assert {entry.record["type"] for entry in entries(log)} == set(TYPES)


@pytest.mark.parametrize("what", ["changed", "short", "no json", "gone", "tile gone"])
def test_an_entry_that_its_tile_contradicts_is_not_exported(tmp_path: Path, what: str) -> None:
    Past(tmp_path / "log").grow(heartbeats(300))
    bundle = tmp_path / "log" / tile_path("entries", 0)
    data = bundle.read_bytes()
    match what:
        case "changed":
            bundle.write_bytes(data.replace(b'"seq":7,', b'"seq":8,'))
        case "short":
            bundle.write_bytes(data[:-1])
        case "no json":
            bundle.write_bytes(data.replace(b"heartbeat", b'heart"eat'))
        case "gone":
            bundle.unlink()
        case _:
            (tmp_path / "log" / tile_path(0, 0)).unlink()
    with pytest.raises(Disorder, match=r"entry \d+|entries from 0 on"):
        entries(tmp_path / "log")


def test_a_checkpoint_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_text("nonsense")
    with pytest.raises(Disorder, match="checkpoint"):
        snapshot(tmp_path)
