"""Where models run, said truthfully."""

import pytest

from gateway.core.errors import ConfigError
from gateway.detect.onnx.device import choose
from tests.detect.onnx.conftest import Assemble


def test_auto_takes_a_device_that_is_there() -> None:
    assert choose("auto", lambda: "").name == "cuda"


def test_auto_falls_back_and_says_so() -> None:
    device = choose("auto", lambda: "no CUDA device is there")
    assert (device.name, device.reason) == ("cpu", "fell back: no CUDA device is there")


def test_a_demanded_device_that_is_not_there_is_a_complaint() -> None:
    with pytest.raises(ConfigError, match="device cuda is asked for, but no CUDA device is there"):
        choose("cuda", lambda: "no CUDA device is there")


def test_cpu_asks_nobody() -> None:
    assert choose("cpu", lambda: pytest.fail("asked")).reason == "as asked for"


def test_the_environment_wins(assembled: Assemble) -> None:
    assert assembled({"LICTOR_DEVICE": "cpu"}, device="cuda").statuses[0].device == "cpu"
    with pytest.raises(ConfigError, match="LICTOR_DEVICE"):
        assembled({"LICTOR_DEVICE": "tpu"})
