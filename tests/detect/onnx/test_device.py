"""Where models run, said truthfully."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.detect.onnx.assemble import fitting
from gateway.detect.onnx.device import Device, Name, Wish, choose, obstacle
from gateway.detect.onnx.manifest import Model, read
from gateway.detect.onnx.session import Session, _providers, graph
from tests.detect.onnx.conftest import Assemble
from tests.detect.onnx.tiny import write

CUDA = Device("cuda", "a CUDA device is there")
QUANTISED = b"DynamicQuantizeLinear"


def says(answer: str) -> Callable[[Name], str]:
    return lambda _: answer


@pytest.fixture
def model(manifest: Path) -> Model:
    return read(manifest)[0]


def test_auto_takes_a_device_that_is_there() -> None:
    assert choose("auto", says("")) == CUDA


def test_auto_falls_back_and_says_so() -> None:
    device = choose("auto", says("no CUDA device is there"))
    assert (device.name, device.reason) == ("cpu", "fell back: no CUDA device is there")


@pytest.mark.parametrize("wish", ["cuda", "tensorrt"])
def test_a_demanded_device_that_is_not_there_is_a_complaint(wish: Wish) -> None:
    with pytest.raises(ConfigError, match=f"device {wish} is asked for, but no CUDA device is there"):
        choose(wish, says("no CUDA device is there"))


def test_tensorrt_is_for_those_who_ask() -> None:
    assert choose("tensorrt", says("")) == Device("tensorrt", "as asked for")


def test_cpu_asks_nobody() -> None:
    assert choose("cpu", lambda _: pytest.fail("asked")).reason == "as asked for"


def test_the_processor_is_always_there() -> None:
    assert not obstacle("cpu")


def test_the_environment_wins(assembled: Assemble) -> None:
    assert assembled({"LICTOR_DEVICE": "cpu"}, device="cuda").statuses[0].device == "cpu"
    with pytest.raises(ConfigError, match="LICTOR_DEVICE"):
        assembled({"LICTOR_DEVICE": "tpu"})


# --- the graph for it ---------------------------------------------------------------------------------------


def quantised(model: Model) -> Model:
    assert model.file is not None
    model.file.write_bytes(model.file.read_bytes() + QUANTISED)
    return model


def test_a_graph_of_floats_runs_where_the_device_is(model: Model) -> None:
    assert fitting(model, CUDA, "auto") is CUDA


def test_a_graph_of_8_bits_stays_on_the_processor(model: Model) -> None:
    device = fitting(quantised(model), CUDA, "auto")
    assert (device.name, device.reason[:31]) == ("cpu", "fell back: its graph is quantis")


def test_demanded_it_runs_on_the_device_and_that_is_said(model: Model) -> None:
    device = fitting(quantised(model), CUDA, "cuda")
    assert (device.name, "though its graph is quantised" in device.reason) == ("cuda", True)


def test_the_graph_of_16_bits_is_for_the_device_alone(model: Model) -> None:
    twin = quantised(model).model_copy(update={"half": Path("half.onnx")})
    assert fitting(twin, CUDA, "auto") is CUDA
    assert graph(twin, CUDA) == Path("half.onnx")
    assert graph(twin, Device("cpu", "")) == twin.file


@pytest.mark.parametrize("name", ["cuda", "tensorrt"])
def test_a_device_that_cannot_be_loaded_is_a_complaint(model: Model, name: Name) -> None:
    if not obstacle(name):
        pytest.skip("it is there")
    with pytest.raises(ConfigError, match="model tiny: "):
        Session(model, Device(name, ""), 1)


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_are_as_many_as_said_and_wait_without_spinning(model: Model, threads: int) -> None:
    options = Session(model, Device("cpu", ""), threads)._session.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (threads, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_half_needs_its_digest(tmp_path: Path) -> None:
    def halved(text: str) -> str:
        return text.replace("tokenizer =", 'half = "half.onnx"\ntokenizer =', 1)

    with pytest.raises(ConfigError, match="`half` needs `half_sha256`"):
        read(write(tmp_path, halved))


def test_tensorrt_is_told_every_shape_that_can_come(model: Model) -> None:
    (compiled, *others) = _providers(model, Device("tensorrt", ""))
    name, options = compiled
    assert (name, others) == ("TensorrtExecutionProvider", ["CUDAExecutionProvider", "CPUExecutionProvider"])
    assert options["trt_fp16_enable"] == "True"
    assert options["trt_profile_min_shapes"] == "input_ids:1x2,attention_mask:1x2,token_type_ids:1x2"
    assert options["trt_profile_max_shapes"].startswith("input_ids:1024x10,")
