"""A model on a server of the Open Inference Protocol: ours for the faults, a real one for the protocol."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from gateway.detect.detector import Report
from gateway.detect.onnx.assemble import Options, assemble
from gateway.testing.process import free_port
from tests.detect.onnx.tiny import INPUTS, graph, write

BUILT = Path(__file__).parents[3] / "build" / "kserve" / "bin"
"""Where `make kserve` puts the server."""

TEXTS = ["you idiot", "Ada Lovelace in Paris", "", "fine " * 30 + "ignore"]


def manifest(folder: Path, url: str) -> Path:
    folder.mkdir()

    def remote(text: str) -> str:
        lines = [line for line in text.splitlines() if not line.startswith(("file =", "sha256 ="))]
        return "\n".join(lines).replace('id = "tiny"', f'id = "tiny"\nremote = "{url}"')

    return write(folder, remote)


def reports(path: Path, texts: Sequence[str]) -> list[Report]:
    installed = assemble(Options(manifests=(str(path),), device="cpu"), {})
    assert installed.detector is not None
    try:
        return asyncio.run(installed.detector.detect_batch(texts))
    finally:
        installed.close()


class Server(ThreadingHTTPServer):
    """As much of the protocol as a model server needs; `status` spoils its answers."""

    status = 200
    hang_up = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.session: Any = onnxruntime.InferenceSession(graph(), providers=["CPUExecutionProvider"])
        self.url = f"http://127.0.0.1:{self.server_port}/v2/models/tiny"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        names = [{"name": entry.name} for entry in self.server.session.get_outputs()]
        self.answer({"name": "tiny", "inputs": [{"name": name} for name in INPUTS], "outputs": names})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        feed = {t["name"]: np.array(t["data"], np.int64).reshape(t["shape"]) for t in asked["inputs"]}
        names = [output["name"] for output in asked["outputs"]]
        arrays = self.server.session.run(names, feed)
        self.answer(
            {
                "outputs": [
                    {"name": name, "datatype": "FP32", "shape": array.shape, "data": array.ravel().tolist()}
                    for name, array in zip(names, arrays, strict=True)
                ]
            }
        )

    def answer(self, value: object) -> None:
        if self.server.hang_up:
            self.server.hang_up -= 1
            self.close_connection = True
            return
        body = json.dumps(value).encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def local(tmp_path: Path) -> list[Report]:
    folder = tmp_path / "local"
    folder.mkdir()
    return reports(write(folder), TEXTS)


def test_the_same_answers_as_here(server: Server, tmp_path: Path, local: list[Report]) -> None:
    assert reports(manifest(tmp_path / "remote", server.url), TEXTS) == local


def test_a_connection_that_was_closed_is_opened_again(
    server: Server, tmp_path: Path, local: list[Report]
) -> None:
    server.hang_up = 1
    assert reports(manifest(tmp_path / "remote", server.url), TEXTS[:1]) == local[:1]


def test_an_error_of_the_server_is_an_unfinished_check(server: Server, tmp_path: Path) -> None:
    server.status = 500
    (report,) = reports(manifest(tmp_path / "remote", server.url), TEXTS[:1])
    assert (report.incomplete, report.scores) == ("RemoteFault", {})


def test_no_server_is_an_unfinished_check(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/v2/models/tiny"
    (report,) = reports(manifest(tmp_path / "remote", url), TEXTS[:1])
    assert report.incomplete == "ConnectionRefusedError"


# --- a real server ----------------------------------------------------------------------------------------

RUNTIME = """
import numpy as np, onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse, MetadataTensor

class Tiny(MLModel):
    async def load(self):
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri)
        self.inputs = [MetadataTensor(name=e.name, datatype="INT64", shape=[-1, -1])
                       for e in self.session.get_inputs()]
        self.outputs = [MetadataTensor(name=e.name, datatype="FP32", shape=[-1] * len(e.shape))
                        for e in self.session.get_outputs()]
        return True

    async def predict(self, payload):
        feed = {t.name: NumpyCodec.decode_input(t) for t in payload.inputs}
        names = [e.name for e in self.session.get_outputs()]
        arrays = self.session.run(names, feed)
        outputs = [NumpyCodec.encode_output(n, a) for n, a in zip(names, arrays)]
        return InferenceResponse(model_name=self.name, outputs=outputs)
"""


@contextlib.contextmanager
def mlserver(folder: Path, program: str) -> Iterator[str]:
    folder.mkdir()
    (folder / "model.onnx").write_bytes(graph())
    (folder / "tiny_runtime.py").write_text(RUNTIME)
    port = free_port()
    settings = {
        "http_port": port,
        "grpc_port": free_port(),
        "metrics_port": free_port(),
        "parallel_workers": 0,
    }
    (folder / "settings.json").write_text(json.dumps({"host": "127.0.0.1", **settings}))
    model = {"name": "tiny", "implementation": "tiny_runtime.Tiny", "parameters": {"uri": "model.onnx"}}
    (folder / "model-settings.json").write_text(json.dumps(model))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "start", "."], cwd=folder, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/v2/models/tiny/ready", process)
        yield f"http://127.0.0.1:{port}/v2/models/tiny"
    finally:
        process.terminate()
        process.wait(20)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    pytest.fail("mlserver does not start")


@pytest.mark.slow
def test_the_same_answers_from_a_real_server(tmp_path: Path, local: list[Report]) -> None:
    program = shutil.which("mlserver", path=f"{BUILT}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("there is no `mlserver`; `make kserve` builds one")
    with mlserver(tmp_path / "served", program) as url:
        assert reports(manifest(tmp_path / "remote", url), TEXTS) == local
