"""The gateway's side of OPA: how exchanges ask it, and what is built when settings say so."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

from gateway.audit.record import bundle_record
from gateway.core.decision import Decision
from gateway.core.errors import ConfigError
from gateway.core.exchange import Exchange
from gateway.flow.commands import Judge
from gateway.flow.redaction import Digest
from gateway.policy.opa.breaker import Breaker, State
from gateway.policy.opa.engine import UNKNOWN, Listener, OpaEngine
from gateway.policy.opa.fault import OpaFault
from gateway.policy.opa.snapshot import OpaSnapshot
from gateway.policy.plan import Plan
from gateway.server.driver import Recorder
from gateway.server.reporting.status import Health
from gateway.server.settings import OpaSettings, secret
from gateway.server.waiting import Waiting

_log = logging.getLogger("lictor")


@dataclass(frozen=True, slots=True)
class OpaGoverned:
    """Rules that OPA has: whatever is not known already is waited for."""

    snapshot: OpaSnapshot
    waiting: Waiting

    @property
    def revision(self) -> str:
        """The revision that OPA answered with last."""
        return self.snapshot.revision

    def plan(self, exchange: Exchange) -> Plan | Awaitable[Plan]:
        """What to run on this exchange."""
        return self.snapshot.known_plan(exchange) or self._planned(exchange)

    def judge(self, question: Judge) -> Awaitable[Decision]:
        """The decision of a phase."""
        return self._judged(question)

    async def _planned(self, exchange: Exchange) -> Plan:
        try:
            return await self.waiting.run(partial(self.snapshot.plan, exchange))
        except OpaFault as fault:
            self.snapshot.engine.noted("plan", fault)
            return self.snapshot.unplanned(fault)

    async def _judged(self, question: Judge) -> Decision:
        try:
            return await self.waiting.run(partial(self.snapshot.judge, question))
        except OpaFault as fault:
            self.snapshot.engine.noted(question.phase, fault)
            return self.snapshot.unjudged(fault, question)


class Opa:
    """One worker's OPA, from its start to its end."""

    def __init__(self, governed: OpaGoverned, settings: OpaSettings) -> None:
        self.governed = governed
        self._settings = settings

    @property
    def engine(self) -> OpaEngine:
        """The engine that asks it."""
        return self.governed.snapshot.engine

    def wait(self) -> None:
        """Give OPA time to start. Without it the gateway serves all the same, by the declared fail mode."""
        fault = self.engine.wait(self._settings.wait_s)
        if fault is not None:
            _log.warning(
                "%s at %s; until it does, policy fails %s", fault, self._settings.url, self._settings.fail
            )

    async def follow(self, recorder: Recorder, every_s: float) -> None:
        """Record each revision that OPA is seen to answer with, until cancelled."""
        before = ""
        while True:
            if (revision := self.engine.revision) not in (before, UNKNOWN):
                await recorder.append_all([bundle_record(revision, before, accepted=True, reason="opa")])
                before = revision
            await asyncio.sleep(every_s)

    def state(self) -> dict[str, Any]:
        """What an operator wants to know."""
        return {
            "engine": "opa",
            "url": self._settings.url,
            "revision": self.engine.revision,
            "breaker": self.engine.breaker.state,
            "waiting": self.governed.waiting.open,
            "fail": self._settings.fail,
        }

    def health(self) -> Health:
        """How OPA does, for status reports."""
        revision, state = self.engine.revision, self.engine.breaker.state
        known = "" if revision == UNKNOWN else revision
        return (
            Health(known, "opa_unavailable", f"the circuit breaker is {state}")
            if state != "closed"
            else Health(known)
        )

    def close(self) -> None:
        """Let go of threads and connections."""
        self.governed.waiting.close()
        self.engine.close()


def opa(
    settings: OpaSettings,
    environment: Mapping[str, str],
    *,
    installed: tuple[str, ...],
    digest: Digest,
    listener: Listener,
) -> Opa:
    """Build what asks OPA.

    Raises:
        ConfigError: the extra is not installed, or a variable is not set.
    """
    if find_spec("opa_client") is None:
        raise ConfigError("policy.engine: opa-python-client is not installed; it comes with the extra `opa`")
    from gateway.policy.opa.transport import Address, Transport

    if bool(settings.cert) != bool(settings.key):
        raise ConfigError("policy.opa: `cert` and `key` belong together")
    address = Address(
        url=settings.url,
        package=settings.package,
        bundle=settings.bundle,
        revision=settings.revision,
        timeout_s=settings.timeout_ms / 1000,
        token=secret(environment, settings.token_env, "policy.opa.token_env"),
        ca=settings.ca,
        cert=(settings.cert, settings.key) if settings.cert else None,
    )

    def told(state: State) -> None:
        _log.warning("OPA at %s: the circuit breaker is %s", settings.url, state)
        listener.changed(state)

    breaker = Breaker(
        failures=settings.failures, cooldown_s=settings.cooldown_s, clock=time.monotonic, changed=told
    )
    engine = OpaEngine(Transport(address), breaker, installed=installed, listener=listener)
    snapshot = OpaSnapshot(engine, fail=settings.fail, digest=digest, installed=installed)
    waiting = Waiting(
        threads=settings.connections, queue=settings.queue, patience_s=settings.timeout_ms / 1000
    )
    return Opa(OpaGoverned(snapshot, waiting), settings)
