"""The quick way and the slow way to verify: the same report, whatever is wrong, in one process and in two."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.audit.canonical import canonical, decode, encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.keys import Signer
from gateway.audit.tiles import Edge
from gateway.audit.verify import verify

SIGNER = Signer.generate("example.org/ranges")


def chains() -> list[bytes]:
    """Two interleaved boots with exchanges across the border of ranges; one promises heartbeats."""
    return [encode(record) for record in _records()]


def _records() -> Iterator[dict[str, Any]]:
    for at in range(350):
        for boot in ("a", "b"):
            stamp = {"v": 1, "node": "n", "boot": boot, "seq": at, "ts": 1000 + at * 1000}
            if at in {0, 349}:
                kind = {"type": "close" if at else "open", **({} if at else {"heartbeat_ms": 2000})}
            else:
                kind = {"type": "decision" if at % 2 else "outcome", "exchange": f"{boot}{(at + 1) // 2}"}
            yield stamp | kind


def forge(path: Path, entries: list[bytes], known: int) -> str:
    """A rightly signed log; returns the checkpoint of its first *known* entries."""
    edge, files = Edge().grow(entries)
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    signed = SIGNER.sign(Checkpoint(SIGNER.name, edge.size, edge.root).text)
    for place in (path / "checkpoint", path.with_name(path.name + ".signed")):
        place.write_text(signed)
    early = Edge().grow(entries[:known])[0]
    return SIGNER.sign(Checkpoint(SIGNER.name, early.size, early.root).text)


def both(path: Path, known: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any]]:
    quick = verify(path, SIGNER.vkey, known=[known])
    with monkeypatch.context() as patched:
        patched.setattr("gateway.audit.ranges._take", lambda *_: False)
        slow = verify(path, SIGNER.vkey, known=[known])
    return asdict(quick), asdict(slow)


EDITS: dict[str, Callable[[bytes], list[bytes]]] = {
    "nothing": lambda entry: [entry],
    "gone": lambda entry: [],
    "twice": lambda entry: [entry, entry],
    "no record": lambda entry: [b"[]"],
    "not canonical": lambda entry: [entry.replace(b":", b": ", 1)],
    "two in one": lambda entry: [entry + b"," + entry],
    "a bypass": lambda entry: [entry.replace(b'"type":"decision"', b'"records":1,"type":"bypass"')],
    "late": lambda entry: [entry.replace(b'"ts":', b'"ts":9')],
    "no exchange": lambda entry: [entry.replace(b'"exchange"', b'"exchangf"')],
    "closed": lambda entry: [entry.replace(b'"type":"outcome"', b'"type":"close"')],
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(EDITS)), st.integers(0, 699), st.integers(1, 690), st.sampled_from([1, 2]))
def test_both_ways_tell_the_same(  # noqa: PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    edit: str,
    at: int,
    known: int,
    bundles: int,
) -> None:
    """After edits by the keeper of the key, who can sign anything."""
    monkeypatch.setattr("gateway.audit.ranges.BUNDLES", bundles)
    path = tmp_path_factory.mktemp("ranges") / "log"
    entries = chains()
    entries[at : at + 1] = EDITS[edit](entries[at])
    quick, slow = both(path, forge(path, entries, known), monkeypatch)
    assert quick == slow


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_both_ways_blame_the_same_byte(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    monkeypatch.setattr("gateway.audit.ranges.BUNDLES", 1)
    path = tmp_path_factory.mktemp("ranges") / "log"
    known = forge(path, chains(), 300)
    file = data.draw(st.sampled_from(sorted(one for one in path.rglob("*") if one.is_file())))
    raw = bytearray(file.read_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(raw)
    quick, slow = both(path, known, monkeypatch)
    assert quick == slow
    assert quick["problems"]


def test_other_processes_tell_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.audit.ranges.BUNDLES", 1)
    path = tmp_path / "log"
    known = forge(path, chains(), 256)
    one = verify(path, SIGNER.vkey, known=[known])
    two = verify(path, SIGNER.vkey, known=[known], processes=2)
    assert asdict(one) == asdict(two)
    assert (two.exit_code, two.counts["decision"], two.warnings) == (0, 348, [])


@given(
    st.lists(
        st.sampled_from(
            [
                b'{"a":1}',
                b'{"a":[1',
                b"2]}",
                b'{"a":1},{"b":2}',
                b'{"a":null}',
                b'{"a":1.5}',
                b'{"a":1e+16}',
                b'{"a":"1.5"}',
                b'{"a":"x',
                b'"}',
            ]
        )
    )
)
def test_many_entries_are_canonical_if_each_is(entries: list[bytes]) -> None:
    """No entry can hide behind its neighbours."""
    try:
        expected: object = [decode(entry) for entry in entries]
    except ValueError:
        expected = ValueError
    try:
        found: object = list(canonical(entries))
    except ValueError:
        found = ValueError
    assert found == expected
