"""The tiny model, assembled as an operator would get it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

from gateway.detect.onnx.assemble import Installed, Options, assemble
from gateway.detect.onnx.backend import IDS, Framer, Inputs, Logits
from gateway.detect.onnx.batcher import Batcher
from gateway.detect.onnx.cache import Cache
from gateway.detect.onnx.classifier import Classifier
from gateway.detect.onnx.detector import Classifiers
from gateway.detect.onnx.device import Device
from gateway.detect.onnx.manifest import read
from gateway.detect.onnx.reading import Reader
from gateway.detect.onnx.session import Session
from gateway.detect.onnx.verdict import Interpreter
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


@dataclass
class Counted:
    """The session of the tiny model, and the tokens that passed through it."""

    inner: Session
    tokens: int = 0

    def run(self, inputs: Inputs) -> Logits:
        self.tokens += inputs[IDS].size
        return self.inner.run(inputs)

    def close(self) -> None:
        self.inner.close()


@pytest.fixture
def counted(manifest: Path) -> Iterator[tuple[Classifiers, Counted]]:
    """The detector put together by hand, with a session that counts."""
    (model,) = read(manifest)
    device, reader = Device("cpu", ""), Reader(model)
    session = Counted(Session(model, device, 1))
    batcher = Batcher(
        reader, Framer(reader.frame), session, Interpreter(model),
        batch_tokens=device.batch_tokens, limit=Options().queue_characters,
    )  # fmt: skip
    longest = Options().longest_characters
    detector = Classifiers([Classifier(model, batcher, Cache(1000), longest=longest)])
    yield detector, session
    detector.close()


@pytest.fixture
def classifiers(assembled: Assemble) -> Classifiers:
    detector = assembled().detector
    assert detector is not None
    return detector
