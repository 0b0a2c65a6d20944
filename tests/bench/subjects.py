"""Who is measured: the mock itself, the reference forwarder, the gateway in several ways, and a peer."""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.bench.load import Target
from tests.bench.process import Process, free_port

_BASELINE = Path(__file__).parents[2] / "policies" / "baseline"

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run takes place."""

    folder: Path
    """Configurations, logs and records of this run."""

    gateway_cores: set[int]
    mock_port: int
    litellm_python: Path | None = None
    """Interpreter of an environment with ``litellm[proxy]``."""

    @property
    def provider(self) -> str:
        """The root address of the mock."""
        return f"http://{HOST}:{self.mock_port}"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing under measurement, running."""

    name: str
    target: Target
    process: Process | None
    """None for the mock asked directly: there is nothing between it and the caller."""


def start_mock(folder: Path, cores: set[int], port: int) -> Process:
    """The mock provider, on the load generator's cores."""
    command = [sys.executable, "-m", "tests.bench.mock", "--host", HOST, "--port", str(port)]
    return Process(command, cores, folder / "mock.log")


def _run(site: Site, name: str, port: int, command: Sequence[str], **env: str) -> Subject:
    process = Process(command, site.gateway_cores, site.folder / f"{name}.log", env)
    return Subject(name, Target(HOST, port), process)


def _direct(site: Site) -> Subject:
    return Subject("direct", Target(HOST, site.mock_port), None)


def _floor(site: Site) -> Subject:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.floor", "--port", str(port), "--upstream", site.provider]
    return _run(site, "floor", port, command)


_LICTOR = """\
[server]
host = "{host}"
port = {port}
access_log = {access_log}

[policy]
{policy}

[audit]
{audit}

[classifiers]
enabled = false

[[upstreams]]
name = "openai"
dialect = "openai"
base_url = "{provider}/v1"

[[upstreams]]
name = "anthropic"
dialect = "anthropic"
base_url = "{provider}/v1"

[[routes]]
model = "claude-*"
upstreams = ["anthropic"]

[[routes]]
model = "*"
upstreams = ["openai"]
"""


def _lictor(site: Site, name: str, **sections: str) -> Subject:
    port = free_port()
    config = site.folder / f"{name}.toml"
    config.write_text(_LICTOR.format(host=HOST, port=port, provider=site.provider, **sections))
    command = [sys.executable, "-m", "gateway.cli", "serve", "--config", str(config)]
    return _run(site, name, port, command)


def _passthrough(site: Site) -> Subject:
    off = "enabled = false"
    return _lictor(site, "passthrough", access_log="false", policy=off, audit=off)


def _governed(site: Site) -> Subject:
    return _recorded(site, "governed", _BASELINE)


def _buffered(site: Site) -> Subject:
    return _recorded(site, "buffered", _planned(site, "buffer"))


def _observed(site: Site) -> Subject:
    return _recorded(site, "observed", _planned(site, "observe"))


def _planned(site: Site, mode: str) -> Path:
    """The baseline bundle with a stream mode of its own."""
    bundle = site.folder / mode
    shutil.rmtree(bundle, ignore_errors=True)
    shutil.copytree(_BASELINE, bundle)
    (bundle / "lictor" / f"{mode}.rego").write_text(f'package lictor.plan\n\nstream := "{mode}"\n')
    return bundle


def _recorded(site: Site, name: str, bundle: Path) -> Subject:
    records = site.folder / f"{name}-records"
    shutil.rmtree(records, ignore_errors=True)
    policy, audit = f'bundle = "{bundle}"', f'path = "{records / "audit"}"'
    return _lictor(site, name, access_log="true", policy=policy, audit=audit)


_LITELLM = """\
model_list:
  - model_name: "claude-*"
    litellm_params: {{model: "anthropic/claude-*", api_base: "{provider}", api_key: "sk-bench"}}
  - model_name: "*"
    litellm_params: {{model: "openai/*", api_base: "{provider}/v1", api_key: "sk-bench"}}
"""


def _litellm(site: Site) -> Subject:
    if site.litellm_python is None:
        message = "the litellm subject needs --litellm-python"
        raise ValueError(message)
    port = free_port()
    config = site.folder / "litellm.yaml"
    config.write_text(_LITELLM.format(provider=site.provider))
    program = str(site.litellm_python.with_name("litellm"))
    command = [program, "--config", str(config), "--host", HOST, "--port", str(port), "--telemetry", "False"]
    return _run(
        site,
        "litellm",
        port,
        command,
        LITELLM_LOCAL_MODEL_COST_MAP="True",
        LITELLM_LOG="ERROR",
        LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY="true",
    )


STARTERS = MappingProxyType[str, Callable[[Site], Subject]](
    {
        "direct": _direct,
        "floor": _floor,
        "passthrough": _passthrough,
        "governed": _governed,
        "buffered": _buffered,
        "observed": _observed,
        "litellm": _litellm,
    }
)
"""How each subject comes to life. ``direct`` comes first: all added times are measured against it."""
