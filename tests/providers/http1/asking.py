"""What the tests of the client ask, and what they may see of its inside."""

from collections.abc import Callable

from gateway.providers.client import UpstreamRequest
from gateway.providers.http1 import Http1Client
from gateway.providers.http1.pool import Pool
from gateway.providers.upstream import Upstream

Ask = Callable[..., UpstreamRequest]
At = Callable[..., Upstream]


async def got(client: Http1Client, upstream: Upstream, request: UpstreamRequest) -> bytes:
    """The body of the answer."""
    return await (await client.send(upstream, request)).read()


def only_pool(client: Http1Client) -> Pool:
    """The pool of a client that has talked to one origin."""
    (pool,) = client._pools.values()
    return pool
