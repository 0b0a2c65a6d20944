"""Archives: what goes in comes out, and what could be understood in two ways is refused."""

import contextlib
import gzip
import io
import random
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.archive import MAX_ARCHIVE_BYTES, pack, unpack
from gateway.policy.contents import MAX_FILE_BYTES, MAX_FILES, BundleError

PARTS = st.text(st.characters(categories=["L", "N"], include_characters="_-. "), min_size=1, max_size=60)
NAMES = st.lists(PARTS.filter(lambda part: part not in {".", ".."}), min_size=1, max_size=4).map("/".join)


def member(name: str, body: bytes = b"x", **more: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(body)
    for key, value in more.items():
        setattr(info, key, value)
    return info, body


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    return gzip.compress(tarred(*members))


def tarred(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as writer:
        for info, body in members:
            writer.addfile(info, io.BytesIO(body))
    return tar.getvalue()


@given(st.dictionaries(NAMES, st.binary(max_size=2000), max_size=8))
def test_what_is_packed_comes_out(files: dict[str, bytes]) -> None:
    assert unpack(pack(files)) == files


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=8))
def test_equal_files_give_equal_bytes(files: dict[str, bytes]) -> None:
    assert pack(files) == pack(dict(reversed(list(files.items()))))


@given(st.binary(max_size=3000))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(BundleError):
        unpack(noise)
    with pytest.raises(BundleError):
        unpack(gzip.compress(b"\x01" + noise))


@given(st.data())
def test_no_truncation_goes_unnoticed(data: st.DataObject) -> None:
    files = {f"{index}.rego": b"deny" * index for index in range(1, 200, 40)}
    whole = pack(files)
    with pytest.raises(BundleError):
        unpack(whole[: data.draw(st.integers(0, len(whole) - 1))])
    tar = gzip.decompress(whole)
    cut = gzip.compress(tar[: data.draw(st.integers(0, len(tar) - 1))])
    with contextlib.suppress(BundleError):
        assert unpack(cut) == files  # only padding behind the end is gone


@given(st.data())
def test_no_damage_loses_a_file(data: st.DataObject) -> None:
    """tarfile alone takes a damaged header for the end of the archive."""
    files = {f"{index}.rego": b"deny" for index in range(4)}
    tar = bytearray(gzip.decompress(pack(files)))
    tar[data.draw(st.integers(0, 4 * 1024 - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(BundleError):
        assert len(unpack(gzip.compress(bytes(tar)))) == len(files)


@pytest.mark.parametrize("prefix", ["", "/", "./"])
def test_names_as_opa_and_tar_write_them(prefix: str) -> None:
    folder = member(f"{prefix}lictor", b"", type=tarfile.DIRTYPE)
    assert unpack(packed(folder, member(f"{prefix}lictor/a.rego"))) == {"lictor/a.rego": b"x"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../a.rego", "path_traversal"),
        ("a/../../b.rego", "path_traversal"),
        ("//etc/passwd", "path_traversal"),
        ("a//b.rego", "path_traversal"),
        ("a\\b.rego", "path_traversal"),
        ("a\nb.rego", "path_traversal"),
        ("./../a.rego", "path_traversal"),
    ],
)
def test_names_that_lead_elsewhere(name: str, why: str) -> None:
    with pytest.raises(BundleError) as told:
        unpack(packed(member(name)))
    assert told.value.rule == why


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([member("a.rego"), member("a.rego", b"y")], "duplicate_name"),
        ([member("a.rego"), member("/a.rego", b"y")], "duplicate_name"),
        ([member("a.rego", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")], "not_a_file"),
        ([member("a.rego"), member("b.rego", b"", type=tarfile.LNKTYPE, linkname="a.rego")], "not_a_file"),
        ([member("a.rego", b"", type=tarfile.FIFOTYPE)], "not_a_file"),
        ([member("a.rego", b"", type=tarfile.CHRTYPE)], "not_a_file"),
        ([member("a.rego", bytes(MAX_FILE_BYTES + 1))], "bomb"),
        ([member(f"{index}.rego", b"") for index in range(MAX_FILES + 1)], "too_many_files"),
    ],
)
def test_members_that_are_refused(members: list[tuple[tarfile.TarInfo, bytes]], why: str) -> None:
    with pytest.raises(BundleError) as told:
        unpack(packed(*members))
    assert told.value.rule == why


def test_sizes() -> None:
    noise = random.Random(0).randbytes(MAX_FILE_BYTES + 1)
    with pytest.raises(BundleError) as told:
        unpack(packed(member("a.rego", noise)))
    assert told.value.rule == "too_large"
    with pytest.raises(BundleError) as told:
        unpack(bytes(MAX_ARCHIVE_BYTES + 1))
    assert told.value.rule == "too_large"


def test_a_bomb_is_not_unpacked() -> None:
    """10 GiB would never come out: the limit holds while it inflates."""
    bomb = gzip.compress(bytes(256 * 1024 * 1024))
    with pytest.raises(BundleError) as told:
        unpack(bomb)
    assert told.value.rule == "bomb"


def test_nothing_follows_the_end() -> None:
    for behind in (b"x", bytes(1), packed(member("b.rego"))):
        with pytest.raises(BundleError, match="follows"):
            unpack(packed(member("a.rego")) + behind)
    with pytest.raises(BundleError, match="damaged"):
        unpack(gzip.compress(tarred(member("a.rego")) + tarred(member("b.rego"))))
