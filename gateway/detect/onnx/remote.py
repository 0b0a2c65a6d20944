"""A model on a server that speaks the Open Inference Protocol, version 2 (KServe, Triton, MLServer …).

REST with JSON, over one connection that is kept. Tokens are made here, so the server needs no
vocabulary, and it never sees text: only numbers travel.
"""

import http.client
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import orjson

from gateway.core.errors import ConfigError
from gateway.detect.onnx.backend import Floats, Inputs, Logits
from gateway.detect.onnx.manifest import Model

BATCH_TOKENS: Final = 16_384
TIMEOUT_S: Final = 10.0
"""Without a byte for so long, the server is given up on. The deadline of a request may be shorter."""


class RemoteFault(Exception):
    """The server did not answer, or not in the protocol."""


class Remote:
    """One model on one server. The server is first asked with the first batch: it may start later."""

    def __init__(self, model: Model) -> None:
        """Raises ``ConfigError`` when the URL is none."""
        url = urlsplit(model.remote)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ConfigError(f"model {model.id}: remote: not an http or https URL: {model.remote}")
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(url.hostname, url.port, timeout=TIMEOUT_S)
        self._path = url.path.rstrip("/")
        self._labelled, self._tagged = model.labelled, model.tagged
        self._inputs: list[str] = []
        self._outputs: list[str] = []

    def run(self, inputs: Inputs) -> Logits:
        """The logits of a batch."""
        if not self._inputs:
            self._ask_for_names()
        answer = self._exchange("POST", f"{self._path}/infer", self._question(inputs))
        found = {output["name"]: _array(output) for output in answer["outputs"]}
        wanted = iter([found[name] for name in self._outputs])
        return Logits(next(wanted) if self._labelled else None, next(wanted) if self._tagged else None)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask_for_names(self) -> None:
        told = self._exchange("GET", self._path)
        names = [str(output["name"]) for output in told["outputs"]]
        self._outputs = ["labels", "tokens"] if self._labelled and self._tagged else names[:1]
        self._inputs = [str(entry["name"]) for entry in told["inputs"]]

    def _question(self, inputs: Inputs) -> bytes:
        tensors = [
            {"name": name, "shape": inputs[name].shape, "datatype": "INT64", "data": inputs[name].ravel()}
            for name in self._inputs
        ]
        outputs = [{"name": name} for name in self._outputs]
        return orjson.dumps({"inputs": tensors, "outputs": outputs}, option=orjson.OPT_SERIALIZE_NUMPY)

    def _exchange(self, method: str, path: str, body: bytes = b"") -> Mapping[str, Any]:
        try:
            status, answer = self._send(method, path, body)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server has closed a connection that was idle; on a new one it counts.
            status, answer = self._send(method, path, body)
        if status != 200:
            raise RemoteFault(f"{method} {path}: {status}")
        parsed: Mapping[str, Any] = orjson.loads(answer)
        return parsed

    def _send(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        try:
            self._connection.request(method, path, body, {"content-type": "application/json"})
            response = self._connection.getresponse()
            return response.status, response.read()
        except BaseException:
            self._connection.close()
            raise


def _array(output: Mapping[str, Any]) -> Floats:
    return np.asarray(output["data"], np.float32).reshape(output["shape"])
