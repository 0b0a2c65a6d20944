"""Where models run: on a CUDA device or on the processor, and why there."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gateway.core.errors import ConfigError

Wish = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class Device:
    """The choice, in words that an operator can act on."""

    name: Literal["cpu", "cuda"]
    reason: str

    @property
    def batch_tokens(self) -> int:
        """Tokens of one batch, padding included; a batch has one window at least.

        On a processor windows run one by one. From some thirty tokens on they gain nothing from
        company, and in a quantised graph company costs: the numbers of a batch are rounded on one
        scale, so a text's scores would depend on what happens to run beside it.
        """
        return 16_384 if self.name == "cuda" else 1


def choose(wish: Wish, look: Callable[[], str] | None = None) -> Device:
    """The device for a wish; ``look`` says why CUDA cannot be used, or nothing when it can.

    Raises:
        ConfigError: CUDA is demanded and cannot be used.
    """
    if wish == "cpu":
        return Device("cpu", "as asked for")
    obstacle = (look or cuda_obstacle)()
    if not obstacle:
        return Device("cuda", "as asked for" if wish == "cuda" else "a CUDA device is there")
    if wish == "cuda":
        raise ConfigError(f"device cuda is asked for, but {obstacle}")
    return Device("cpu", f"fell back: {obstacle}")


def cuda_obstacle() -> str:
    """Why CUDA cannot be used here; empty when it can."""
    import onnxruntime

    # The list says what the package was built with, so the driver is asked as well.
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return "this onnxruntime is built without CUDA"
    return "" if _devices() else "no CUDA device is there"


def _devices() -> int:
    """CUDA devices that the driver sees."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return 0
    return count.value
