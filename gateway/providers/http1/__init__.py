"""The gateway's own HTTP/1.1 client: one Protocol a connection, one future a wait, no task.

See ``docs/adr/0005-own-upstream-client.md`` for what it saves and what it leaves out.
"""

from gateway.providers.http1.client import Http1Client

__all__ = ["Http1Client"]
