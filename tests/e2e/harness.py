"""A gateway in its own process, a scripted upstream behind it, and a look into its log."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson

from gateway.audit.layout import Layout
from gateway.audit.reader import find, records
from gateway.audit.wal import State, pending
from gateway.testing.process import GatewayProcess, free_port, gateway_process
from gateway.testing.upstream import Fail, Received, Reply, Stream, Turn, echo

Found = dict[str, Any]
Value = TypeVar("Value")

PATIENCE_S = 60.0

# Put together here so that no scanner of this repository takes them for real ones.
SECRET = "sk-proj-" + "Ab3dEf6hIj9lMn2pQr5tUv8xYz1" * 2
CALLER_KEY = "sk-" + "callers-own-key-0123456789"


_TOKEN = re.compile(r"\[([A-Z]+)(?:-[a-z]{5}){3}\]")


def bare(text: str) -> str:
    """A text with the kind alone of each placeholder: ``<EMAIL>``."""
    return _TOKEN.sub(r"<\1>", text)


class Script:
    """The upstream's script, changed by the tests while the server runs."""

    def __init__(self) -> None:
        self.say: Callable[[Received], Turn | Reply | Stream | Fail] = echo

    def __call__(self, request: Received) -> Turn | Reply | Stream | Fail:
        return self.say(request)

    def always(self, answer: Turn | Reply | Stream | Fail) -> None:
        """One answer to everything."""
        self.say = lambda _: answer

    def reset(self) -> None:
        """Echo again."""
        self.say = echo


@dataclass(frozen=True)
class Wiring:
    """What a settings file says; sections are given as TOML."""

    upstreams: Sequence[str] = ()
    routes: Sequence[tuple[str, str]] = ()
    server: Mapping[str, object] = field(default_factory=dict)
    policy: Mapping[str, object] = field(default_factory=dict)
    audit: Mapping[str, object] = field(default_factory=dict)
    classifiers: Mapping[str, object] = field(default_factory=lambda: {"enabled": False})
    more: str = ""

    def toml(self, log: Path, port: int) -> str:
        """The file's text."""
        parts = [
            _section("[server]", {"port": port, **self.server}),
            _section("[policy]", self.policy),
            _section("[audit]", {"path": str(log), **self.audit}),
            _section("[classifiers]", self.classifiers),
            *self.upstreams,
            *(_section("[[routes]]", {"model": model, "upstreams": [name]}) for model, name in self.routes),
            self.more,
        ]
        return "\n\n".join(parts) + "\n"


def upstream_at(url: str, name: str = "openai", dialect: str = "openai", **fields: object) -> str:
    """An ``[[upstreams]]`` section."""
    return _section("[[upstreams]]", {"name": name, "dialect": dialect, "base_url": f"{url}/v1", **fields})


def _section(title: str, fields: Mapping[str, object]) -> str:
    return "\n".join([title, *(f"{name} = {_value(value)}" for name, value in fields.items())])


def _value(value: object) -> str:
    return orjson.dumps(value).decode()


@dataclass
class Site:
    """A running gateway with its folder."""

    folder: Path
    running: GatewayProcess

    @property
    def url(self) -> str:
        """Without a path."""
        return self.running.url

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def log(self) -> Path:
        """The decision log."""
        return self.folder / "audit"

    def said(self) -> str:
        """Everything on standard error so far."""
        return (self.folder / "stderr").read_text()

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.running.process.poll() is None

    def exchange(self, decision_id: str) -> list[Found]:
        """The records of one exchange."""
        return [dict(record) for _, record in find(self.log, decision_id)]

    def kinds(self, decision_id: str) -> list[str]:
        """The types of the records of one exchange, in order."""
        return [str(record["type"]) for record in self.exchange(decision_id)]

    def outcome(self, decision_id: str) -> Found:
        """The closing part of one exchange."""
        closing: Found = self.exchange(decision_id)[-1]["outcome"]
        return closing

    def records(self) -> list[Found]:
        """Every durable record, published or not."""
        return every_record(self.log)

    def about(self, model: str) -> list[Found]:
        """Every durable record about a model's name."""
        return [record for record in self.records() if record.get("model") == model]

    def traces_of(self, *markers: str) -> list[str]:
        """The files of the gateway that hold one of the markers, and standard error."""
        needles = [marker.encode() for marker in markers]
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return [str(path) for path in files if any(needle in _bytes(path) for needle in needles)]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # partial tiles come and go
        return b""


def every_record(log: Path) -> list[Found]:
    """What waits is read first: a record that is published meanwhile is seen twice, not missed."""
    waiting = [orjson.loads(data) for data in pending(Layout(log).wal, State())]
    published = [dict(record) for _, record in records(log)]
    unique = {(record["node"], record["boot"], record["seq"]): record for record in [*published, *waiting]}
    return list(unique.values())


@contextmanager
def site(
    folder: Path,
    wiring: Wiring,
    *,
    options: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Site]:
    """Run a gateway for the length of a block. The folder may be one of an earlier run."""
    port = free_port()
    config = folder / "lictor.toml"
    config.write_text(wiring.toml(folder / "audit", port))
    with ExitStack() as stack:
        stderr = stack.enter_context((folder / "stderr").open("ab"))
        running = stack.enter_context(
            gateway_process(
                config,
                port,
                options=options,
                environment={**os.environ, **(environment or {})},
                stderr=stderr.fileno(),
            )
        )
        yield Site(folder, running)


def eventually(look: Callable[[], Value], patience_s: float = PATIENCE_S) -> Value:
    """What ``look`` returns once it is true."""
    deadline = time.monotonic() + patience_s
    while not (value := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return value
