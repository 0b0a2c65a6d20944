"""What holds for every test: a clean environment, no network, and nothing that depends on speed."""

import gc
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

_STEERING = (
    "ANTHROPIC_",
    "AZURE_",
    "GEMINI_",
    "GOOGLE_",
    "LICTOR_",
    "LITELLM_",
    "OPENAI_",
    "OPA_",
    "WANDB_",
    "MLFLOW_",
)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
_LOCAL = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "", None)


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """Fail whoever looks beyond this machine. (uvloop connects unseen, but looks names up like the rest.)"""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in _LOCAL and not str(host).startswith("127."):
        message = f"a test tried to reach {host}"
        raise RuntimeError(message)


def pytest_configure() -> None:
    """Before anything is imported: libraries that fetch things at import must find out that they may not."""
    for name in list(os.environ):
        if name.startswith(_STEERING) or name.upper() in _PROXIES:
            del os.environ[name]
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each gateway that is started compiles itself anew
    sys.addaudithook(_refuse_network)
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")


def pytest_collection_finish() -> None:
    """What stands now stays: the collector, which some libraries call at every turn, need not look at it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def _own_garbage() -> Iterator[None]:
    """What a module's tests leave behind in cycles goes with them: a warning of a file or a task that nobody
    closed is then theirs, and not that of the test that runs when the collector happens to come by."""
    yield
    gc.collect()
    gc.freeze()
