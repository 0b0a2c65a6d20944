"""Listening for Envoy, for those who let it carry the traffic; nobody else loads gRPC."""

import contextlib
from collections.abc import AsyncIterator
from importlib.util import find_spec

from gateway.core.errors import ConfigError
from gateway.server.proxy import Proxy
from gateway.server.settings import EnvoySettings


def check(settings: EnvoySettings) -> None:
    """Raises ConfigError where a service is wanted that cannot be had."""
    if settings.listen and find_spec("grpc") is None:
        raise ConfigError("envoy.listen: grpcio is not installed; it comes with the extra `envoy`")


@contextlib.asynccontextmanager
async def listening(proxy: Proxy, settings: EnvoySettings, response_limit: int) -> AsyncIterator[None]:
    """Serve Envoy, if settings say so, for as long as a block lasts."""
    if not settings.listen:
        yield
        return
    from gateway.server.envoy.service import serving

    async with serving(proxy, settings.listen, response_limit):
        yield
