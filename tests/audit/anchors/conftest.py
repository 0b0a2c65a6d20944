"""A log, a witness, an authority."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit.anchors import (
    WitnessAnchor,
)
from tests.audit.anchors.authority import Authority
from tests.audit.anchors.grown import SIGNER, Grown
from tests.audit.anchors.witness_server import FakeWitness


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


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"))
