"""Serials of bundles: whole numbers in the manifest, and the highest that was seen."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import ConfigError
from gateway.policy.build import build
from gateway.policy.contents import BundleError, Contents
from gateway.policy.serial import Highest, serial_of


def numbered(serial: object) -> Contents:
    return Contents(
        Path("b"), {".manifest": json.dumps({"metadata": {"lictor": {"serial": serial}}}).encode()}
    )


@given(seen=st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_only_what_is_not_lower_is_taken_in(
    tmp_path_factory: pytest.TempPathFactory, seen: list[int]
) -> None:
    highest, top = Highest(tmp_path_factory.mktemp("s") / "serial"), 0
    for serial in seen:
        held = numbered(serial)
        if serial < top:
            with pytest.raises(BundleError, match="older"):
                highest.refuse_older(held)
        else:
            highest.refuse_older(held)
            highest.see(held)
            top = serial
        assert highest.known() == top


@pytest.mark.parametrize("serial", [-1, 1.5, True, "3", None, 2**53])
def test_what_is_no_number_is_refused(serial: object) -> None:
    with pytest.raises(BundleError, match="serial"):
        serial_of(numbered(serial))


def test_without_a_number_it_is_0() -> None:
    assert serial_of(Contents(Path("b"), {})) == 0
    assert serial_of(Contents(Path("b"), {".manifest": b'{"metadata": {"lictor": 3}}'})) == 0


def test_a_built_bundle_has_its_number(tmp_path: Path) -> None:
    (tmp_path / "plan.rego").write_text('package lictor.plan\n\ndetectors contains "patterns"\n')
    assert serial_of(build(tmp_path, serial=7)) == 7
    assert b"serial" not in build(tmp_path).files[".manifest"]


def test_a_damaged_file_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "serial").write_text("many")
    with pytest.raises(ConfigError, match="no serial can be read"):
        Highest(tmp_path / "serial").refuse_older(numbered(3))
