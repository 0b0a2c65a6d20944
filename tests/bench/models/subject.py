"""The shipped classifiers, opened up so that their parts can be timed on their own."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.detect.onnx.assemble import Options, Status, assemble
from gateway.detect.onnx.backend import Backend, Inputs, Logits
from gateway.detect.onnx.detector import Classifiers
from gateway.detect.onnx.reading import Reading
from gateway.detect.onnx.verdict import Part

_WORDS = (
    "the a of to in and on for with from over under after before this that these which when where people "
    "work time house water letter answer question morning garden street number system window paper light "
    "river story music teacher doctor city train report market weather summer winter small large early "
    "late open quiet bright simple common useful writes reads finds keeps brings shows turns helps begins"
).split()


@dataclass
class Counting:
    """A backend that counts the tokens that pass through it, padding included."""

    inner: Backend
    tokens: int = 0

    def run(self, inputs: Inputs) -> Logits:
        """The logits of a batch."""
        self.tokens += inputs["input_ids"].size
        return self.inner.run(inputs)

    def close(self) -> None:
        """As the backend does."""
        self.inner.close()


@dataclass(frozen=True)
class Subject:
    """One model with its parts."""

    detector: Classifiers
    backend: Counting
    status: Status
    inputs: Callable[[str], list[Inputs]]
    """The batches of one window each that a text comes to."""

    parts: Callable[[Reading], list[Part]]
    """What the model answers, window by window."""


@contextmanager
def subject(manifest: str, threads: int) -> Iterator[Subject]:
    """The first model of a manifest; the environment chooses the device."""
    installed = assemble(Options(enabled=True, manifests=(manifest,), threads=threads), os.environ)
    assert installed.detector is not None
    batcher = installed.detector._classifiers[0]._batcher
    backend = Counting(batcher._backend)
    batcher._backend = backend

    def inputs(text: str) -> list[Inputs]:
        reading = batcher._reader.read(text)
        return [batcher._framer.inputs([(reading, window)]) for window in batcher._reader.windows(reading)]

    def parts(reading: Reading) -> list[Part]:
        windows = [(reading, window) for window in batcher._reader.windows(reading)]
        answers = [backend.run(batcher._framer.inputs([row])) for row in windows]
        rows = zip(windows, answers, strict=True)
        return [(row[1], batcher._framer.rows([row], logits)[0]) for row, logits in rows]

    yield Subject(installed.detector, backend, installed.statuses[0], inputs, parts)
    installed.close()


class Texts:
    """Texts that nobody has seen before, of about so many tokens."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def __call__(self, tokens: int) -> str:
        """A fresh text. Its words are one token each."""
        return " ".join(self._random.choices(_WORDS, k=tokens))


def resident_mib() -> float:
    """Memory of this process, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
