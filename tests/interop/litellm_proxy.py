"""LiteLLM's own proxy, in a process of its own, with our guardrail in front of a scripted model."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson

from gateway.testing.process import free_port

MASTER_KEY = "sk-" + "master-key-of-the-litellm-proxy-in-these-tests-0123456789"
ROOT = Path(__file__).parents[2]
START_S = 300


def command() -> Path | None:
    """What ``make litellm-proxy`` built; None where it did not."""
    return next(iter((ROOT / "build").glob("litellm-*/bin/litellm")), None)


def config(upstream: str, gateway: str, key: str, **guardrail: object) -> bytes:
    """The proxy's settings: JSON is YAML too."""
    model = {"model": "openai/gpt-4o", "api_base": f"{upstream}/v1", "api_key": "none"}
    asked = {
        "guardrail": "generic_guardrail_api",
        "mode": ["pre_call", "post_call"],
        "api_base": gateway,
        "api_key": key,
        "default_on": True,
        "unreachable_fallback": "fail_closed",
        **guardrail,
    }
    return orjson.dumps({
        "general_settings": {"master_key": MASTER_KEY},
        "model_list": [{"model_name": "gpt-4o", "litellm_params": model}],
        "guardrails": [{"guardrail_name": "lictor", "litellm_params": asked}],
    })  # fmt: skip


@contextmanager
def proxy(executable: Path, folder: Path, settings: bytes) -> Iterator[str]:
    """Run it for the length of a block; its URL."""
    port = free_port()
    file = folder / "litellm.yaml"
    file.write_bytes(settings)
    line = [str(executable), "--config", str(file), "--port", str(port), "--host", "127.0.0.1"]
    with (folder / "litellm.log").open("wb") as log:
        process = subprocess.Popen(line, cwd=folder, env=_quiet(os.environ), stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(process, url, folder / "litellm.log")
            yield url
        finally:
            process.terminate()
            process.wait(timeout=START_S)


def _quiet(environment: Mapping[str, str]) -> dict[str, str]:
    """It would ask the network for prices and send reports otherwise."""
    ours = {name: value for name, value in environment.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**ours, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "DISABLE_ADMIN_UI": "True", "NO_DOCS": "True"}


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(f"{url}/health/liveliness", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the proxy is not ready in time")
