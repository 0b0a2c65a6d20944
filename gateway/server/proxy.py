"""The proxied routes, as plain ASGI: nothing between the socket and the exchange."""

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.core.errors import CallerError, RecordFault
from gateway.core.exchange import Caller
from gateway.flow.answers import fault, refusal, refused, refused_entry
from gateway.flow.call import UNKNOWN, Call
from gateway.flow.commands import Flow, Reply
from gateway.flow.governance import Governance, Rules
from gateway.flow.machine import live
from gateway.providers.headers import to_upstream
from gateway.server.body import Departed, read_body
from gateway.server.driver import Driver, Judging, Send, Services
from gateway.server.identity import ANYONE, Identity
from gateway.server.ids import Ids, now_ms
from gateway.server.protocol import REFUSED
from gateway.server.query import without_credentials
from gateway.server.watch import Receive
from gateway.wire.endpoint import Endpoint
from gateway.wire.endpoints import BASES, Found, dialect_for, locate
from gateway.wire.path import Template

Scope = dict[str, Any]
Headers = Sequence[tuple[bytes, bytes]]

log = logging.getLogger("lictor")


class Policy(Rules, Judging, Protocol):
    """A policy snapshot: the flow plans with it, the driver asks it."""


class Governing(Protocol):
    """Hands out what the next exchange is governed by, as one consistent pair."""

    def current(self, caller: Caller) -> tuple[Governance, Policy]:
        """What an exchange of this caller that begins now keeps to its end."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """The ASGI application of the provider routes."""

    services: Services
    governing: Governing
    identity: Identity
    ids: Ids
    body_limit: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        await self.serve(scope, receive, lambda policy: Driver(self.services, policy, receive, send))

    async def serve(self, scope: Scope, receive: Receive, drivers: Callable[[Policy], Driver]) -> None:
        """Serve one call with a driver that is made for the caller's policy."""
        call, unread = self._unread(scope), None
        try:
            await self._read(call, receive)
        except CallerError as error:
            unread = error
        except Departed:
            if REFUSED in scope:
                return
            unread = CallerError(499, "client_closed", "the caller left amid its request")
        # Only now is it known for whom: a canary holds some tenants and not others.
        governance, policy = self.governing.current(call.caller)
        flow = live(call, governance) if unread is None else refusal(call, unread)
        driver = drivers(policy)
        try:
            await driver.drive(flow)
        except Exception as error:  # noqa: BLE001 - whatever breaks, the caller gets an answer in its dialect
            await self._broken(call, driver, error)

    async def unparsable(self, path: str, headers: Headers, error: CallerError) -> Reply:
        """The recorded refusal of bytes that are no HTTP request."""
        scope = {"method": "POST", "path": path, "query_string": b"", "headers": headers}
        call = self._unread(scope)
        try:
            await self.services.recorder.append_all([refused_entry(call, error)])
        except RecordFault:
            return fault(call, 503, "record_unavailable", "the refusal could not be recorded")
        return refused(call, error)

    def _unread(self, scope: Scope) -> Call:
        """The call, its caller and its body not yet known."""
        received = now_ms()
        query, headers = without_credentials(scope["query_string"], scope["headers"])
        found = _found(scope["method"], scope["path"], headers)
        return Call(
            id=self.ids.next(received),
            endpoint=found.endpoint,
            method=scope["method"],
            path=_upstream_path(scope, query, found.template),
            headers=headers,
            body=b"",
            caller=ANYONE,
            received_ms=received,
            template=found.template,
            parts=found.parts,
        )

    async def _read(self, call: Call, receive: Receive) -> None:
        """Fill in who is calling, and with what."""
        call.caller = self.identity.caller(call.headers)
        call.body = await read_body(receive, call.headers, self.body_limit)
        call.headers = self.identity.without_credentials(to_upstream(call.headers))

    async def _broken(self, call: Call, driver: Driver, error: Exception) -> None:
        """A fault of ours. Its place is logged; its message, which may quote content, is not."""
        where = traceback.extract_tb(error.__traceback__)[-1]
        log.error("%s: %s at %s:%s", call.id, type(error).__name__, where.filename, where.lineno)
        if driver.answered:
            raise Broken(call.id) from None
        reply = fault(call, 500, "internal_error", "the gateway failed on this request")
        await driver.drive(_only(reply))


def _found(method: str, path: str, headers: Headers) -> Found:
    known = locate(method, path, headers)
    if known is not None:
        return known
    elsewhere = next((template for template in _ELSEWHERE if path.startswith(f"{template.base}/")), _ANYWHERE)
    endpoint = Endpoint(UNKNOWN, method, (elsewhere,), dialect_for(path, headers), model="none")
    return Found(endpoint, elsewhere, {})


_ELSEWHERE = tuple(Template(base, "/{path...}") for base in BASES)
"""Where nothing is known of a path but how base URLs end."""

_ANYWHERE = Template("", "/{path...}")


def _upstream_path(scope: Scope, query: bytes, template: Template) -> str:
    """As received, percent-escapes included, below what base URLs end with."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    return template.below(path.decode("latin-1")) + (f"?{query.decode('latin-1')}" if query else "")


class Broken(Exception):
    """An answer that had begun cannot be finished; the server closes the connection."""


def _only(reply: Reply) -> Flow:
    yield reply
