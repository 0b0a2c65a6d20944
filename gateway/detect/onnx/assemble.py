"""From settings to the detector ``classifiers``, and the truth about what runs where."""

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from gateway.core.errors import ConfigError
from gateway.detect.onnx.device import Device, Wish, choose
from gateway.detect.onnx.manifest import SHIPPED, Model, read, shipped, verify

if TYPE_CHECKING:  # they need packages that only the extra brings
    from gateway.detect.onnx.classifier import Classifier
    from gateway.detect.onnx.detector import Classifiers

NEEDED = ("onnxruntime", "tokenizers")
DEVICE_VARIABLE = "LICTOR_DEVICE"


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can choose."""

    enabled: bool | Literal["auto"] = "auto"
    """``auto`` runs the models when the packages and the models are there, and says so when not."""

    manifests: tuple[str, ...] = (SHIPPED,)
    device: Wish = "auto"
    threads: int = 1
    """Threads that compute one batch on a processor."""

    queue_characters: int = 400_000
    """How much text of one model may wait or run; what comes on top is refused as ``overloaded``."""

    longest_characters: int = 100_000
    """Of a longer text only the beginning is judged, and coverage says ``too_long``."""

    cache_verdicts: int = 50_000
    """Verdicts kept of each model; a span counts as one more."""


@dataclass(frozen=True, slots=True)
class Status:
    """One model as it stands."""

    model: Model
    device: str
    """``cpu``, ``cuda`` or ``remote``."""

    reason: str


@dataclass(frozen=True, slots=True)
class Installed:
    """What came of the options."""

    detector: "Classifiers | None"
    statuses: tuple[Status, ...] = ()
    absence: str = ""
    """Why there is no detector."""

    @property
    def detectors(self) -> "tuple[Classifiers, ...]":
        """The detector, or nothing."""
        return () if self.detector is None else (self.detector,)

    def close(self) -> None:
        """Stop the models' threads."""
        if self.detector is not None:
            self.detector.close()


def assemble(options: Options, environment: Mapping[str, str]) -> Installed:
    """Load the models. Takes a moment each: call once.

    Raises:
        ConfigError: they are demanded and not there, a file is not the one in its manifest, or the
            device that is demanded is not there.
    """
    if options.enabled is False:
        return Installed(None, absence="switched off in the settings")
    if absence := _absence(options):
        if options.enabled is True:
            raise ConfigError(f"classifiers are enabled, but {absence}")
        return Installed(None, absence=absence)
    from gateway.detect.onnx.detector import Classifiers

    device = choose(_wish(options, environment))
    models = _models(options.manifests)
    classifiers = [_classifier(model, device, options) for model in models]
    return Installed(Classifiers(classifiers), tuple(_status(model, device) for model in models))


def _absence(options: Options) -> str:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return f"{' and '.join(missing)} is not installed (pip install 'lictor[classifiers]')"
    if options.manifests == (SHIPPED,) and not shipped().is_file():
        return "no models are shipped with this installation"
    return ""


def _wish(options: Options, environment: Mapping[str, str]) -> Wish:
    wish = environment.get(DEVICE_VARIABLE) or options.device
    if wish not in {"auto", "cpu", "cuda"}:
        raise ConfigError(f"{DEVICE_VARIABLE}: must be auto, cpu or cuda")
    return cast("Wish", wish)


def _models(manifests: Sequence[str]) -> list[Model]:
    models = [model for name in manifests for model in _listed(name)]
    ids = [model.id for model in models]
    if twice := {id_ for id_ in ids if ids.count(id_) > 1}:
        raise ConfigError(f"two models are called {', '.join(sorted(twice))}")
    if not models:
        raise ConfigError(f"no model in {', '.join(manifests)}")
    return models


def _listed(manifest: str) -> Iterator[Model]:
    for model in read(shipped() if manifest == SHIPPED else Path(manifest)):
        verify(model)
        yield model


def _status(model: Model, device: Device) -> Status:
    if model.remote:
        return Status(model, "remote", model.remote)
    return Status(model, device.name, device.reason)


def _classifier(model: Model, device: Device, options: Options) -> "Classifier":
    from gateway.detect.onnx.backend import Backend, Framer
    from gateway.detect.onnx.batcher import Batcher
    from gateway.detect.onnx.cache import Cache
    from gateway.detect.onnx.classifier import Classifier
    from gateway.detect.onnx.reading import Reader
    from gateway.detect.onnx.remote import BATCH_TOKENS, Remote
    from gateway.detect.onnx.session import Session
    from gateway.detect.onnx.verdict import Interpreter

    reader = Reader(model)
    backend: Backend = Remote(model) if model.remote else Session(model, device, options.threads)
    batcher = Batcher(
        reader,
        Framer(reader.frame),
        backend,
        Interpreter(model),
        batch_tokens=BATCH_TOKENS if model.remote else device.batch_tokens,
        limit=options.queue_characters,
    )
    return Classifier(model, batcher, Cache(options.cache_verdicts), longest=options.longest_characters)
