"""Where calls go: the routes that settings name, and the connections behind them."""

import logging
from collections.abc import Mapping
from functools import partial

from gateway.providers.azure import AzurePaths
from gateway.providers.client import UpstreamClient
from gateway.providers.dispatch import Dispatcher, needs_translation
from gateway.providers.http1 import Http1Client
from gateway.providers.recording.client import RecordingClient
from gateway.providers.recording.store import Recordings
from gateway.providers.translation import check_translation, make_translator
from gateway.providers.upstream import Routing
from gateway.server.settings import Settings, routing

_log = logging.getLogger(__name__)


def routes(settings: Settings, environment: Mapping[str, str]) -> Routing:
    """The routes, all of which can be served.

    Raises:
        ConfigError: a route or an upstream is wrong, or it needs what is not installed.
    """
    found = routing(settings, environment)
    if needs_translation(found):
        check_translation()
    return found


def dispatcher(settings: Settings) -> Dispatcher:
    """What sends requests. Proxies are for aiohttp, which is loaded for them only; the gateway's own client
    costs less."""
    server, recording = settings.server, settings.recording
    client: UpstreamClient = Http1Client(max_response_bytes=server.response_limit_bytes)
    if server.upstream_proxy:
        from gateway.providers.passthrough import PassthroughClient

        client = PassthroughClient(max_response_bytes=server.response_limit_bytes, trust_env=True)
    if recording.mode != "off":
        _log.warning("answers of upstreams are recorded or played back (%s)", recording.mode)
        client = RecordingClient(client, Recordings(recording.path, recording.used), recording.mode)
    client = AzurePaths(client)
    return Dispatcher(client, partial(make_translator, client))


async def warm(dispatching: Dispatcher, routing: Routing) -> None:
    """What fails here fails again, and is told to the caller, in the call that needs it."""
    try:
        await dispatching.warm(routing)
    except Exception as error:  # noqa: BLE001 - whatever importing a stranger raises
        _log.warning("translation between dialects is not ready: %s", error)
