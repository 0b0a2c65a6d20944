"""A model in ONNX Runtime: on the processor, on a CUDA device, or compiled for one by TensorRT."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime

from gateway.core.errors import ConfigError
from gateway.detect.onnx.backend import Inputs, Logits
from gateway.detect.onnx.device import PROVIDERS, Device
from gateway.detect.onnx.manifest import Model

_ERRORS_ONLY: Final = 3
_BOTH: Final = ("labels", "tokens")
_SHORTEST: Final = 16
"""Tokens that the shortest windows of a batch count for."""


class Session:
    """One loaded model. Not shared between threads: the batcher has one of its own."""

    def __init__(self, model: Model, device: Device, threads: int) -> None:
        """Raises ``ConfigError`` when the file is no model, or the device cannot be used after all."""
        self._model = model
        self._bound = device.accelerated
        self._session: Any = _open(model, device, threads)
        self._inputs = [entry.name for entry in self._session.get_inputs()]
        self._outputs = self._named()

    def run(self, inputs: Inputs) -> Logits:
        """The logits of a batch."""
        feed = {name: inputs[name] for name in self._inputs}
        arrays = self._on_device(feed) if self._bound else self._session.run(self._outputs, feed)
        found = iter([np.asarray(array, np.float32) for array in arrays])
        return Logits(
            next(found) if self._model.labelled else None, next(found) if self._model.tagged else None
        )

    def close(self) -> None:
        """Nothing to do: the model goes with the object."""

    def _on_device(self, feed: Inputs) -> list[Any]:
        """Inputs are copied once, and outputs once: nothing wanders between the operators."""
        binding = self._session.io_binding()
        for name, array in feed.items():
            binding.bind_cpu_input(name, array)
        for name in self._outputs:
            binding.bind_output(name, "cuda")
        self._session.run_with_iobinding(binding)
        copies: list[Any] = binding.copy_outputs_to_cpu()
        return copies

    def _named(self) -> tuple[str, ...]:
        """The outputs to ask for: both by name, or the only one by position."""
        names = tuple(entry.name for entry in self._session.get_outputs())
        if not (self._model.labelled and self._model.tagged):
            return names[:1]
        if missing := set(_BOTH) - set(names):
            raise ConfigError(f"model {self._model.id}: the graph has no output {', '.join(sorted(missing))}")
        return _BOTH


def graph(model: Model, device: Device) -> Path | None:
    """The file that a device runs: the one in 16 bits where there is one and the device is for it."""
    return model.half if device.accelerated and model.half else model.file


def _open(model: Model, device: Device, threads: int) -> Any:  # noqa: ANN401 - onnxruntime is untyped
    file, providers = graph(model, device), _providers(model, device)
    try:
        if device.accelerated:
            onnxruntime.preload_dlls()
        session = onnxruntime.InferenceSession(str(file), _options(threads), providers=providers)
    except Exception as error:  # noqa: BLE001 - onnxruntime raises classes of its own
        raise ConfigError(f"model {model.id}: {file} cannot be loaded: {error}") from None
    # What it cannot load it leaves out, and goes on with the rest.
    if session.get_providers()[0] != PROVIDERS[device.name]:
        raise ConfigError(f"model {model.id}: the libraries of {device.name} could not be loaded")
    return session


def _options(threads: int) -> Any:  # noqa: ANN401 - onnxruntime is untyped
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning take the processor from whatever else the gateway does.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _ERRORS_ONLY
    return options


def _providers(model: Model, device: Device) -> list[Any]:
    """The device first; behind it those that run what it has no operator for."""
    cpu, cuda = PROVIDERS["cpu"], PROVIDERS["cuda"]
    if device.name == "tensorrt":
        return [(PROVIDERS["tensorrt"], _compiled(model, device)), cuda, cpu]
    return [cuda, cpu] if device.name == "cuda" else [cpu]


def _compiled(model: Model, device: Device) -> dict[str, str]:
    """One engine in 16 bits for every shape that can come, full batches of full windows being the usual."""
    names = [entry.name for entry in _on_processor(graph(model, device)).get_inputs()]
    tokens, longest = device.batch_tokens, model.max_tokens
    shapes = {
        "min": (1, _SHORTEST // 8),
        "opt": (max(tokens // longest, 1), longest),
        "max": (tokens // _SHORTEST, longest),
    }
    profiles = {
        f"trt_profile_{kind}_shapes": ",".join(f"{name}:{rows}x{length}" for name in names)
        for kind, (rows, length) in shapes.items()
    }
    return {"trt_fp16_enable": "True", **profiles}


def _on_processor(file: Path | None) -> Any:  # noqa: ANN401 - onnxruntime is untyped
    return onnxruntime.InferenceSession(str(file), providers=[PROVIDERS["cpu"]])
