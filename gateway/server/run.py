"""Running the application under uvicorn, with one worker or several."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn

from gateway.server.app import Application
from gateway.server.metrics import METRICS_VARIABLE
from gateway.server.refusing import on_record
from gateway.server.settings import Settings, defaults, load

CONFIG_VARIABLE = "LICTOR_CONFIG"
FACTORY = "gateway.server.run:application"
_COLLECT_AFTER = 20_000
"""New objects between two looks at the youngest ones."""

GRACE_S = 30
"""How long open exchanges may go on when the server is told to stop."""


def serve(config: Path | None, *, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve until told to stop.

    Raises:
        ConfigError: the settings cannot be used.
        OSError: the log's folder cannot be made.
    """
    settings = _settings(config)
    workers = workers or settings.server.workers
    if config is not None:
        # Worker processes read the settings for themselves.
        os.environ[CONFIG_VARIABLE] = str(config.resolve())
    _rehearse(settings, workers)
    with _shared_metrics(workers):
        _run(host or settings.server.host, settings.server.port if port is None else port, workers)


def _run(host: str, port: int, workers: int) -> None:
    uvicorn.run(
        FACTORY,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        interface="asgi3",
        http="gateway.server.protocol:Protocol",
        ws="none",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
    )


@contextmanager
def _shared_metrics(workers: int) -> Iterator[None]:
    """Several workers tell their numbers through files, which prometheus-client finds by this variable."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="lictor-metrics-") as folder:
        os.environ[METRICS_VARIABLE] = folder
        yield


def _rehearse(settings: Settings, workers: int) -> None:
    """Complain here and once: a worker process that cannot start is started again and again."""
    if settings.audit.enabled:
        settings.audit.path.mkdir(parents=True, exist_ok=True)
    if workers > 1:
        with on_record(settings):
            Application(settings)


def application() -> Application:
    """What each worker process runs; reads the settings that ``serve`` was given."""
    named = os.environ.get(CONFIG_VARIABLE)
    settings = _settings(Path(named) if named else None)
    with on_record(settings):
        application = Application(settings)
    _spare_the_collector()
    return application


def _spare_the_collector() -> None:
    """What stands after the start stays, and exchanges leave few cycles: the collector need not look at
    the one at all, nor after every few hundred objects for the others."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 20)


def _settings(config: Path | None) -> Settings:
    return load(config) if config is not None else defaults()
