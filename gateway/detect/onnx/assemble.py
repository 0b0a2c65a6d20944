"""From settings to the detector ``classifiers``, and the truth about what runs where."""

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gateway.core.errors import ConfigError
from gateway.detect.onnx.device import WISHES, Device, Wish, choose
from gateway.detect.onnx.manifest import SHIPPED, Model, read, shipped, verify

if TYPE_CHECKING:  # they need packages that only the extra brings
    from gateway.detect.onnx.backend import Backend
    from gateway.detect.onnx.classifier import Classifier
    from gateway.detect.onnx.detector import Classifiers

NEEDED = ("onnxruntime", "tokenizers")
DEVICE_VARIABLE = "LICTOR_DEVICE"
_QUANTISED = b"DynamicQuantizeLinear"
"""The operator with which a graph of 8 bits reads its input; graphs name their operators in plain text."""


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
    """``cpu``, ``cuda``, ``tensorrt`` or ``remote``."""

    reason: str
    precision: str = ""
    """``16 bits`` where the graph for CUDA devices runs, ``as in the file`` where the usual one does."""


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

    wish = _wish(options, environment)
    device = choose(wish)
    running = [_running(model, device, wish, options) for model in _models(options.manifests)]
    classifiers = [_classifier(each, options) for each in running]
    return Installed(Classifiers(classifiers), tuple(map(_status, running)))


def listed(options: Options) -> tuple[Model, ...]:
    """The models that :func:`assemble` would run here, checked and not loaded.

    Raises:
        ConfigError: a manifest cannot be read, or a file is not the one in it.
    """
    if options.enabled is False or _absence(options):
        return ()
    return tuple(_models(options.manifests))


def _absence(options: Options) -> str:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return f"{' and '.join(missing)} is not installed (pip install 'lictor[classifiers]')"
    if options.manifests == (SHIPPED,) and not shipped().is_file():
        return "no models are shipped with this installation"
    return ""


def _wish(options: Options, environment: Mapping[str, str]) -> Wish:
    wish = environment.get(DEVICE_VARIABLE) or options.device
    if wish not in WISHES:
        raise ConfigError(f"{DEVICE_VARIABLE}: must be auto, cpu, cuda or tensorrt")
    return wish


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


@dataclass(frozen=True, slots=True)
class _Running:
    """A model that is loaded, and where."""

    model: Model
    device: Device | None
    """None for a model on a server."""

    backend: "Backend"


def _running(model: Model, device: Device, wish: Wish, options: Options) -> _Running:
    from gateway.detect.onnx.remote import Remote
    from gateway.detect.onnx.session import Session

    if model.remote:
        return _Running(model, None, Remote(model))
    fit = fitting(model, device, wish)
    try:
        return _Running(model, fit, Session(model, fit, options.threads))
    except ConfigError as error:
        if wish != "auto" or not fit.accelerated:
            raise
        fallen = Device("cpu", f"fell back: {error}")
    return _Running(model, fallen, Session(model, fallen, options.threads))


def fitting(model: Model, device: Device, wish: Wish) -> Device:
    """The device for one model: a graph of 8 bits is for processors, and would run there in part anyway."""
    if not device.accelerated or model.half or not _quantised(model):
        return device
    if wish == "auto":
        return Device(
            "cpu", "fell back: its graph is quantised for processors, and the manifest names no `half`"
        )
    return Device(
        device.name, f"{device.reason}, though its graph is quantised for processors: name a `half`"
    )


def _quantised(model: Model) -> bool:
    return model.file is not None and _QUANTISED in model.file.read_bytes()


def _status(running: _Running) -> Status:
    model, device = running.model, running.device
    if device is None:
        return Status(model, "remote", model.remote, "as the server has it")
    half = device.accelerated and model.half
    return Status(model, device.name, device.reason, "16 bits" if half else "as in the file")


def _classifier(running: _Running, options: Options) -> "Classifier":
    from gateway.detect.onnx.backend import Framer
    from gateway.detect.onnx.batcher import Batcher
    from gateway.detect.onnx.cache import Cache
    from gateway.detect.onnx.classifier import Classifier
    from gateway.detect.onnx.reading import Reader
    from gateway.detect.onnx.remote import BATCH_TOKENS
    from gateway.detect.onnx.verdict import Interpreter

    model, device = running.model, running.device
    reader = Reader(model)
    batcher = Batcher(
        reader,
        Framer(reader.frame),
        running.backend,
        Interpreter(model),
        batch_tokens=BATCH_TOKENS if device is None else device.batch_tokens,
        limit=options.queue_characters,
    )
    return Classifier(model, batcher, Cache(options.cache_verdicts), longest=options.longest_characters)
