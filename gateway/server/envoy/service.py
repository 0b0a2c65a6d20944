"""The gRPC service: one call of Envoy's is one exchange."""

import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import unquote

import grpc
from grpc.aio import EOF, ServicerContext, server

from gateway.core.errors import CallerError, ConfigError
from gateway.core.exchange import Caller, Exchange
from gateway.flow.governance import Governance, Rules
from gateway.policy.plan import Plan
from gateway.server.body import Departed
from gateway.server.envoy.driver import Asked, EnvoyDriver, Hear
from gateway.server.envoy.messages import METHOD, SERVICE, BodyMode, Told, go_on, told
from gateway.server.envoy.protobuf import Malformed
from gateway.server.proxy import Governing, Policy, Proxy, Scope

GRACE_S = 30.0
"""How long open exchanges may go on when the gateway is told to stop."""

_SLACK = 1024 * 1024
"""For the headers around a body."""

log = logging.getLogger("lictor")


@dataclass(frozen=True, slots=True)
class Whole:
    """Rules whose plans never release a stream before its end: Envoy holds bodies until they are whole."""

    rules: Rules

    @property
    def revision(self) -> str:
        """Digest of the bundle."""
        return self.rules.revision

    def plan(self, exchange: Exchange) -> Plan | Awaitable[Plan]:
        """Which checks to run. Raises ``PolicyFault``."""
        plan = self.rules.plan(exchange)
        return replace(plan, stream="buffer") if isinstance(plan, Plan) else self._whole(plan)

    async def _whole(self, plan: Awaitable[Plan]) -> Plan:
        return replace(await plan, stream="buffer")


@dataclass(frozen=True, slots=True)
class WholeGoverning:
    """Hands out governance with :class:`Whole` rules."""

    governing: Governing

    def current(self, caller: Caller) -> tuple[Governance, Policy]:
        """What an exchange of this caller that begins now keeps to its end."""
        governance, policy = self.governing.current(caller)
        return replace(governance, rules=Whole(governance.rules)), policy


class Refused(Exception):
    """Envoy is set up so that its traffic could not be governed."""


@dataclass(frozen=True, slots=True)
class Processor:
    """``envoy.service.ext_proc.v3.ExternalProcessor``."""

    proxy: Proxy

    async def process(self, _: object, context: "ServicerContext[bytes, bytes]") -> None:
        """One exchange. Where it cannot go on, the call ends with an error, never cleanly: after a clean
        end Envoy would let everything pass."""
        hear = partial(_heard, context)
        try:
            head = await hear()
            if head is not None:
                _check(head)
                await self._serve(head, hear, context)
        except (Malformed, Refused) as error:
            log.error("envoy: %s", error)  # noqa: TRY400 - the sentence says it all
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

    async def _serve(self, head: Told, hear: Hear, context: "ServicerContext[bytes, bytes]") -> None:
        asked = Asked("request_headers", head.headers, b"", self.proxy.identity.required)

        async def receive() -> dict[str, Any]:
            if not head.last:
                await context.write(go_on("request_headers"))
                asked.stage, asked.body = "request_body", _body(await hear())
            return {"type": "http.request", "body": asked.body, "more_body": False}

        await self.proxy.serve(
            _scope(asked),
            receive,
            lambda policy: EnvoyDriver(self.proxy.services, policy, asked, hear, context.write),
        )


def _body(told: Told | None) -> bytes:
    """The request's body.

    Raises:
        Departed: Envoy's caller left.
        CallerError: 413; Envoy has an answer of its own already, since the body is larger than it holds.
    """
    if told is None:
        raise Departed
    if told.stage == "response_headers":
        raise CallerError(413, "request_too_large", "the body is larger than Envoy holds")
    if told.stage != "request_body":
        raise Refused("the request's body must follow its headers")
    return told.body


def _check(head: Told) -> None:
    """Closed where Envoy would not listen, or not show what it carries."""
    modes = head.modes
    if head.stage != "request_headers" or modes is None:
        raise Refused("the first message must be the request's headers")
    if modes.observing:
        raise Refused("observability_mode is on: nothing could be stopped")
    if {modes.request_body, modes.response_body} != {BodyMode.BUFFERED}:
        raise Refused("request_body_mode and response_body_mode must both be BUFFERED")


def _scope(asked: Asked) -> Scope:
    pseudo = {name: value for name, value in asked.headers if name.startswith(b":")}
    path, _, query = pseudo.get(b":path", b"/").partition(b"?")
    return {
        "method": pseudo.get(b":method", b"GET").decode("latin-1"),
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "headers": [(name, value) for name, value in asked.headers if not name.startswith(b":")],
    }


async def _heard(context: "ServicerContext[bytes, bytes]") -> Told | None:
    """What Envoy says next; None when it ends the call."""
    raw = await context.read()
    return None if raw is EOF else told(raw)


@asynccontextmanager
async def serving(proxy: Proxy, listen: str, response_limit: int) -> AsyncIterator[None]:
    """Serve Envoy for the length of a block.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    governed = replace(proxy, governing=WholeGoverning(proxy.governing))
    largest = max(proxy.body_limit, response_limit) + _SLACK
    sizes = [("grpc.max_receive_message_length", largest), ("grpc.max_send_message_length", largest)]
    running = server(options=sizes)
    method = grpc.stream_stream_rpc_method_handler(Processor(governed).process)
    running.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})])
    try:
        running.add_insecure_port(listen)
    except RuntimeError as error:
        raise ConfigError(f"envoy.listen: {error}") from None
    await running.start()
    try:
        yield
    finally:
        await running.stop(GRACE_S)
