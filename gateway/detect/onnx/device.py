"""Where models run: on a CUDA device, with or without TensorRT, or on the processor, and why there."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from gateway.core.errors import ConfigError

Name = Literal["cpu", "cuda", "tensorrt"]
Wish = Literal["auto", "cpu", "cuda", "tensorrt"]

WISHES: Final[tuple[Wish, ...]] = ("auto", "cpu", "cuda", "tensorrt")
PROVIDERS: Final[dict[Name, str]] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
"""What ONNX Runtime calls them."""

_TENSORRT: Final = "libnvinfer.so.10"


@dataclass(frozen=True, slots=True)
class Device:
    """The choice, in words that an operator can act on."""

    name: Name
    reason: str

    @property
    def accelerated(self) -> bool:
        """Whether it is not the processor."""
        return self.name != "cpu"

    @property
    def batch_tokens(self) -> int:
        """Tokens of one batch, padding included; a batch has one window at least.

        On a processor windows run one by one. From some thirty tokens on they gain nothing from
        company, and in a quantised graph company costs: the numbers of a batch are rounded on one
        scale, so a text's scores would depend on what happens to run beside it.
        """
        return 16_384 if self.accelerated else 1


def choose(wish: Wish, look: Callable[[Name], str] | None = None) -> Device:
    """The device for a wish; ``look`` says why one cannot be used, or nothing when it can.

    TensorRT compiles every graph for minutes at the start, so it has to be asked for.

    Raises:
        ConfigError: what is demanded cannot be used.
    """
    if wish == "cpu":
        return Device("cpu", "as asked for")
    name: Name = "cuda" if wish == "auto" else wish
    found = (look or obstacle)(name)
    if not found:
        return Device(name, "a CUDA device is there" if wish == "auto" else "as asked for")
    if wish == "auto":
        return Device("cpu", f"fell back: {found}")
    raise ConfigError(f"device {wish} is asked for, but {found}")


def obstacle(name: Name) -> str:
    """Why a device cannot be used here; empty when it can."""
    import onnxruntime

    # The list says what the package was built with, so the driver is asked as well.
    if PROVIDERS[name] not in onnxruntime.get_available_providers():
        return f"this onnxruntime is built without {PROVIDERS[name]}"
    if name != "cpu" and not _devices():
        return "no CUDA device is there"
    if name == "tensorrt" and not _loads(_TENSORRT):
        return f"TensorRT is not installed: {_TENSORRT} cannot be loaded"
    return ""


def _devices() -> int:
    """CUDA devices that the driver sees."""
    if (driver := _loads("libcuda.so.1")) is None:
        return 0
    count = ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return 0
    return count.value


def _loads(library: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(library)
    except OSError:
        return None
