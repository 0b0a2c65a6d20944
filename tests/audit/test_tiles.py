"""Tiles: paths, and a tree that grows in any steps to the same files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tiles import ENTRIES, Edge, TileName, Tiles, bundle, fetcher, split_bundle, tile_path
from gateway.audit.tree import inclusion_proof, leaf_hash, root_hash, verify_inclusion


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ((0, 0, 256), "tile/0/000"),
        ((1, 5, 17), "tile/1/005.p/17"),
        ((0, 1234067, 256), "tile/0/x001/x234/067"),
        ((0, 1234067, 3), "tile/0/x001/x234/067.p/3"),
        ((ENTRIES, 1000, 256), "tile/entries/x001/000"),
    ],
)
def test_paths(name: tuple[int, int, int], path: str) -> None:
    assert tile_path(*name) == path
    assert TileName.parse(path) == name


@pytest.mark.parametrize(
    "path", ["tile/0/1", "tile/0/x000/001", "tile/0/000.p/256", "tile/0/000.p/01", "state"]
)
def test_other_paths_are_no_tiles(path: str) -> None:
    assert TileName.parse(path) is None


@given(st.lists(st.binary(max_size=300)))
def test_bundles_split_where_they_were_joined(entries: list[bytes]) -> None:
    assert [entry for entry, _ in split_bundle(bundle(entries))] == entries


def test_a_cut_bundle_says_so() -> None:
    data = bundle([b"one", b"two"])
    for end in set(range(1, len(data))) - {5}:
        with pytest.raises(ValueError, match="bundle ends"):
            list(split_bundle(data[:end]))


def grown(steps: list[int]) -> tuple[Edge, dict[str, bytes]]:
    edge, files = Edge(), dict[str, bytes]()
    for step in steps:
        edge, more = edge.grow(str(edge.size + at).encode() for at in range(step))
        files |= more
    return edge, files


@given(st.lists(st.integers(0, 300), max_size=6))
def test_growth_in_any_steps_gives_the_same_tree(steps: list[int]) -> None:
    edge, files = grown(steps)
    leaves = [leaf_hash(str(at).encode()) for at in range(edge.size)]
    assert edge.root == root_hash(leaves)
    once, whole = grown([sum(steps)])
    assert once == edge
    assert whole.items() <= files.items()
    assert Tiles(files.get, edge.size).edge() == edge


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 65_536, 65_537 + 300])
def test_proofs_from_tiles(size: int) -> None:
    edge, files = grown([size])
    tiles = Tiles(files.get, size)
    for index in {0, size // 2, size - 1}:
        leaf = leaf_hash(str(index).encode())
        assert verify_inclusion(leaf, index, size, inclusion_proof(index, 0, size, tiles.span), edge.root)


def test_an_older_tree_reads_from_newer_tiles() -> None:
    old, _ = grown([200])
    _, files = grown([1000])
    assert Tiles(files.get, 200).root() == old.root


def test_missing_tiles_are_said(tmp_path: Path) -> None:
    tiles = Tiles(fetcher(tmp_path), 10)
    with pytest.raises(ValueError, match=r"tile/0/000.p/10 is missing"):
        tiles.root()
    with pytest.raises(ValueError, match=r"tile/entries/000.p/10 is missing"):
        tiles.entries(0)
