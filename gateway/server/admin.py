"""The gateway's own routes under ``/lictor``: health, coverage, policy, decisions, API docs."""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse

PREFIX = "/lictor"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Console:
    """What the admin routes can see and do; plain callables, so that nothing else leaks in."""

    coverage: Callable[[], Sequence[Json]]
    policy: Callable[[], Json]
    reload: Callable[[], Awaitable[Json]]
    status: Callable[[], Json]
    decision: Callable[[str], Sequence[Json]]
    models: Callable[[], Json]
    running: Callable[[], Json]
    log: Callable[[], Json]
    ready: Callable[[], bool]
    metrics: Callable[[], bytes]


def admin(console: Console, key: str | None) -> FastAPI:
    """The FastAPI application of the admin routes.

    With a key, every route but health wants it as a bearer token; without one, only loopback
    clients are served.
    """
    app = FastAPI(
        title="Lictor",
        description="Administration of the gateway. The provider routes live beside it.",
        docs_url=f"{PREFIX}/docs",
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
    )
    _health(app, console)
    guard = [Depends(_guard(key))]
    _console(app, console, guard)
    _metrics(app, console, guard)
    return app


def _health(app: FastAPI, console: Console) -> None:
    @app.get(f"{PREFIX}/healthz")
    def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get(f"{PREFIX}/readyz", responses={503: {"description": "not ready"}})
    def readyz() -> Json:
        """Policy is loaded and the log is open; and what the classifiers run on, and why."""
        if not console.ready():
            raise HTTPException(503, "not ready")
        return {"status": "ready", "classifiers": console.running()}


def _console(app: FastAPI, console: Console, guard: list[Any]) -> None:
    @app.get(f"{PREFIX}/coverage", dependencies=guard)
    def coverage() -> list[Json]:
        """Every endpoint and field: scanned, or not scanned and why."""
        return list(console.coverage())

    @app.get(f"{PREFIX}/policy", dependencies=guard)
    def policy() -> Json:
        """The revision in force and how the last reload went."""
        return console.policy()

    @app.post(f"{PREFIX}/policy/reload", dependencies=guard)
    async def reload() -> Json:
        """Look for a new revision now; a broken one is refused and the last good one stays."""
        return await console.reload()

    @app.get(f"{PREFIX}/status", dependencies=guard)
    def status() -> Json:
        """Which revision every worker and node runs, the rollout, and since when."""
        return console.status()

    @app.get(
        f"{PREFIX}/decisions/{{exchange_id}}",
        dependencies=guard,
        responses={404: {"description": "no such decision"}},
    )
    def decision(exchange_id: str) -> list[Json]:
        """The records of one exchange."""
        records = list(console.decision(exchange_id))
        if not records:
            raise HTTPException(404, "no record of this exchange")
        return records

    @app.get(f"{PREFIX}/models", dependencies=guard)
    def models() -> Json:
        """The classifiers: what runs on which device and why, or why nothing does."""
        return console.models()

    @app.get(f"{PREFIX}/log", dependencies=guard)
    def log() -> Json:
        """The last signed checkpoint."""
        return console.log()


def _metrics(app: FastAPI, console: Console, guard: list[Any]) -> None:
    @app.get(f"{PREFIX}/metrics", dependencies=guard, response_class=PlainTextResponse)
    def metrics() -> Response:
        """Everything that is counted, in Prometheus' text format."""
        return Response(console.metrics(), media_type=METRICS_TYPE)


def _guard(key: str | None) -> Callable[[Request], None]:
    def guard(request: Request) -> None:
        if key is None:
            _only_loopback(request)
        elif not hmac.compare_digest(_bearer(request).encode(), key.encode()):
            raise HTTPException(401, "the admin key is wrong or missing")

    return guard


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _only_loopback(request: Request) -> None:
    host = request.client.host if request.client else ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise HTTPException(403, "without an admin key, only this machine may ask")
