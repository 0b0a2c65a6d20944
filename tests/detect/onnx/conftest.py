"""The tiny model, assembled as an operator would get it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

from gateway.detect.onnx.assemble import Installed, Options, assemble
from gateway.detect.onnx.detector import Classifiers
from tests.detect.onnx.tiny import write

Assemble = Callable[..., Installed]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return write(tmp_path)


@pytest.fixture
def assembled(manifest: Path) -> Iterator[Assemble]:
    """Assembles with options of the test's choice, and closes what it made."""
    made: list[Installed] = []

    def make(environment: dict[str, str] | None = None, **options: object) -> Installed:
        chosen = Options(**{"manifests": (str(manifest),), "device": "cpu", **options})  # type: ignore[arg-type]
        made.append(assemble(chosen, environment or {}))
        return made[-1]

    yield make
    for installed in made:
        installed.close()


@pytest.fixture
def classifiers(assembled: Assemble) -> Classifiers:
    detector = assembled().detector
    assert detector is not None
    return detector
