"""The run: scripted upstream, a real gateway in front of it, and every client's driver against that."""

import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.testing.upstream import Received, ScriptedUpstream
from tests.clients.clients import CLIENTS, HERE, ROOT, Client
from tests.clients.situations import DIRECT, HEADER, SITUATIONS, TOOL, Situation, script
from tests.e2e.harness import Site, Wiring, eventually, site, upstream_at

PATIENCE_S = 120
"""How long a client waits for an answer."""

DRIVER_S = 600
"""How long a driver may take for all of its cells, on a machine that is busy with other things."""

HURRY_S = 0.5
UPSTREAM_KEY = "sk-" + "upstreams-own-key"
QUIET = {"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false", "AI_SDK_LOG_WARNINGS": "false"}
"""Clients that tell others of what they do must not."""

STEERING = ("ANTHROPIC_", "GEMINI_", "GOOGLE_", "LANGCHAIN_", "LANGSMITH_", "OPENAI_")


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one client in one situation."""

    got: dict[str, Any]
    """What the driver printed."""

    records: tuple[dict[str, Any], ...]
    """What the gateway's log has of it."""

    received: tuple[Received, ...]
    """What the upstream got of it."""

    abandoned: bool
    """Whether the upstream was left before it had answered."""

    direct: dict[str, Any] | None
    """What the driver printed without a gateway in between; None where nothing is to be compared."""

    direct_calls: int
    """How often the client called then."""


@dataclass(frozen=True, slots=True)
class Run:
    """All clients in all situations."""

    drivers: dict[str, dict[str, Any]]
    """Client to cell to what the driver printed."""

    failures: dict[str, str]
    """Client to what its driver said when it ended badly."""

    records: dict[str, tuple[dict[str, Any], ...]]
    """``client/situation`` to what the gateway's log has of it."""

    requests: tuple[Received, ...]
    """Everything that the upstream received."""

    left: tuple[Received, ...]
    """Those of them whose caller left before the answer was complete."""

    def cell(self, client: Client, situation: Situation) -> Cell:
        """What is known about one cell."""
        name = f"{client.name}/{situation.name}"
        printed = self.drivers[client.name]
        missing = {"missing": self.failures.get(client.name, "")}
        return Cell(
            got=printed.get(name, missing),
            records=self.records.get(name, ()),
            received=_of(name, self.requests),
            abandoned=bool(_of(name, self.left)),
            direct=printed.get(name + DIRECT, missing) if situation.transparent else None,
            direct_calls=len(_of(name + DIRECT, self.requests)),
        )


def _of(name: str, requests: Sequence[Received]) -> tuple[Received, ...]:
    return tuple(request for request in requests if request.header(HEADER) == name)


def run(folder: Path, clients: Sequence[Client] = CLIENTS) -> Run:
    """Run the drivers of the clients against a gateway whose files go into the folder."""
    with (
        ScriptedUpstream(script).run_in_thread() as upstream,
        site(folder, _wiring(upstream.url, clients), environment={"UPSTREAM_KEY": UPSTREAM_KEY}) as gateway,
        ThreadPoolExecutor(os.cpu_count() or 1) as pool,
    ):
        finished = list(pool.map(lambda client: _drive(client, gateway.url, upstream.url), clients))
        drivers = {client.name: found for client, (found, _) in zip(clients, finished, strict=True)}
        failures = {client.name: said for client, (_, said) in zip(clients, finished, strict=True) if said}
        records = _records(gateway)
        return Run(drivers, failures, records, tuple(upstream.requests), tuple(upstream.disconnects))


def _records(gateway: Site) -> dict[str, tuple[dict[str, Any], ...]]:
    """By caller. One that left early has its outcome recorded a moment later."""
    everything = eventually(lambda: _settled(gateway.records()))
    found: dict[str, list[dict[str, Any]]] = {}
    for record in everything:
        found.setdefault(record.get("caller", {}).get("key", ""), []).append(record)
    return {name: tuple(records) for name, records in found.items()}


def _settled(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records, once every exchange is closed; nothing before."""
    decided, closed = (
        {record["exchange"] for record in records if record["type"] == kind}
        for kind in ("decision", "outcome")
    )
    return records if decided <= closed else []


def _drive(client: Client, gateway: str, upstream: str) -> tuple[dict[str, Any], str]:
    """What the driver printed, by cell, and what it said if it ended badly."""
    possible = [situation for situation in SITUATIONS if situation.name not in client.absent]
    cells = [_described(client, situation, gateway) for situation in possible]
    cells += [
        _described(client, situation, upstream, DIRECT) for situation in possible if situation.transparent
    ]
    done = subprocess.run(
        client.command(),
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=_environment(),
        timeout=DRIVER_S,
        check=False,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {entry.pop("cell"): entry for entry in found}, done.stderr if done.returncode else ""


def _described(client: Client, situation: Situation, url: str, how: str = "") -> dict[str, Any]:
    name = f"{client.name}/{situation.name}"
    return {
        "cell": name + how,
        "does": situation.does,
        "url": url,
        "key": _key(name) if situation.known else "lictor-" + "nobodys-key",
        "model": client.models[situation.model],
        "prompt": situation.prompt,
        "headers": {HEADER: name + how},
        "timeout_s": HURRY_S if situation.hurried else PATIENCE_S,
        "retries": None if situation.own_retries else 0,
        "tool": TOOL,
        "variant": client.variant,
    }


def _key(name: str) -> str:
    return "lictor-" + hashlib.sha256(name.encode()).hexdigest()[:24]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
    return {**kept, **QUIET, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"}


def _wiring(url: str, clients: Sequence[Client]) -> Wiring:
    """A gateway with a key for every cell, so that its log tells them apart."""
    own: dict[str, Any] = {"key_env": "UPSTREAM_KEY", "retries": 0}
    return Wiring(
        policy={"bundle": str(HERE / "policy")},
        upstreams=[
            upstream_at(url, "openai", **own),
            upstream_at(url, "anthropic", "anthropic", **own),
            upstream_at(url, "gemini", "gemini", base_url=f"{url}/v1beta", **own),
            upstream_at(url, "silent-gemini", "gemini", base_url=f"{url}/v1beta", read_timeout_s=0.3, **own),
            upstream_at(url, "silent", read_timeout_s=0.3, **own),
            upstream_at(url, "silent-anthropic", "anthropic", read_timeout_s=0.3, **own),
        ],
        routes=[
            ("gpt-4.1", "silent-anthropic"),
            ("gpt-4.1-*", "anthropic"),
            ("claude-3-5-*", "silent"),
            ("claude-3-*", "openai"),
            ("gpt-4o", "silent"),
            ("claude-haiku-*", "silent-anthropic"),
            ("gemini-2.0-*", "silent-gemini"),
            ("gemini-*", "gemini"),
            ("gpt-*", "openai"),
            ("claude-*", "anthropic"),
        ],
        more="\n".join(
            _caller(f"{client.name}/{situation.name}") for client in clients for situation in SITUATIONS
        ),
    )


def _caller(name: str) -> str:
    digest = hashlib.sha256(_key(name).encode()).hexdigest()
    return f'[[callers]]\nid = "{name}"\nkey_sha256 = "{digest}"\n'
