"""The composition root: settings in, an ASGI application out. Nothing else builds anything."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gateway.audit.anchors import Anchorer
from gateway.audit.log import AuditLog
from gateway.audit.reader import find as find_records
from gateway.audit.record import bundle_record
from gateway.audit.retention.ledger import Ledger
from gateway.audit.vault.erasure import Erasure
from gateway.core.errors import ConfigError
from gateway.detect import BatchDetector, Detector, default_detectors
from gateway.detect.runner import Runner
from gateway.flow.governance import Governance
from gateway.flow.redaction import Digest
from gateway.policy.opa.engine import UNKNOWN
from gateway.policy.releases import Following, Releases
from gateway.policy.rollout import document
from gateway.policy.store import Store
from gateway.providers.azure import AzurePaths
from gateway.providers.client import UpstreamClient
from gateway.providers.dispatch import Dispatcher, needs_translation
from gateway.providers.http1 import Http1Client
from gateway.providers.recording.client import RecordingClient
from gateway.providers.recording.store import Recordings
from gateway.providers.translation import check_translation, make_translator
from gateway.providers.upstream import Routing
from gateway.server.access import AccessLog
from gateway.server.admin import PREFIX, Console, admin
from gateway.server.anchoring import anchorer, checked
from gateway.server.driver import Recorder, Send, Services
from gateway.server.evidence import open_log, open_signer, open_vault, retention
from gateway.server.follower import Follower
from gateway.server.following import followed
from gateway.server.governing import Governor, Ungoverned
from gateway.server.identity import identity
from gateway.server.ids import Ids, micros
from gateway.server.judging import UpstreamJudge
from gateway.server.keeping import Keeper
from gateway.server.keys import DigestKey, ephemeral, given, load_or_create
from gateway.server.litellm import Guardrail
from gateway.server.metrics import METRICS_VARIABLE, Counted, Metrics
from gateway.server.models import listed, models, running
from gateway.server.moderations import Moderations
from gateway.server.opa import Opa, opa
from gateway.server.presence import Presence, everybody
from gateway.server.protocol import STATE_KEY
from gateway.server.proxy import Governing, Proxy, Scope
from gateway.server.rails import declared
from gateway.server.rails import listed as listed_declared
from gateway.server.recorder import LogRecorder, NoRecorder
from gateway.server.reporting.build import decision_logs, status
from gateway.server.reporting.decision_logs import LoggedGoverning
from gateway.server.reporting.status import Health
from gateway.server.settings import EnvoySettings, Settings, routing, secret
from gateway.server.trial import Means, Trial
from gateway.server.validators import validators
from gateway.server.watch import Receive
from gateway.wire.census import census
from gateway.wire.litellm_guardrail import PATH as GUARDRAIL
from gateway.wire.openai_moderations import PATH as MODERATIONS

_log = logging.getLogger(__name__)


class Application:
    """One worker's gateway."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        """Build everything that needs no event loop.

        Raises:
            ConfigError: settings, keys or the policy bundle cannot be used.
        """
        self._settings = settings
        self._routing = _routing(settings, environment)
        self._identity = identity(settings.callers, environment)
        _check_envoy(settings.envoy)
        checked(settings.audit.anchors, settings.audit.quorum)
        self._models = models(settings.classifiers, environment)
        self._dispatching: Dispatcher | None = None
        judge = UpstreamJudge(self._routing, lambda: self._dispatching, lambda: self._recording)
        self._declared = declared(settings.policy, judge)
        self._runner = _runner(
            *default_detectors(),
            *self._models.detectors,
            *validators(settings.validators),
            *self._declared.detectors,
        )
        self._key = _digest_key(settings, environment)
        self._followed = followed(settings.policy, environment, tuple(self._runner.names), self._key.text)
        self._authority = self._followed.authority if self._followed else None
        self._metrics = Metrics(environment.get(METRICS_VARIABLE))
        self._opa = _opa(settings, environment, self._runner, self._key.text, self._metrics)
        events = self._metrics.count("lictor_decision_log_events", "Decision log events, by fate.", "fate")
        self._logs = decision_logs(
            settings.policy, environment, lambda fate, number: events.add(fate, by=number)
        )
        self._reports = status(settings.policy, environment, self._health, self._logs)
        self._keeper = _keeper(settings)
        self._access = AccessLog(sys.stderr if settings.server.access_log else None)
        key = secret(environment, settings.server.admin_key_env, "server.admin_key_env")
        self._environment = environment
        self._admin = admin(self._console(), key)
        self._moderations = self._moderated()
        self._proxy: Proxy | None = None
        self._recording: Recorder = NoRecorder(self._access)
        self._guardrail: Guardrail | None = None
        self._log: AuditLog | None = None
        self._follower: Follower | None = None
        self._anchorer: Anchorer | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["path"].startswith(PREFIX + "/"):
            await self._admin(scope, receive, send)
        elif scope["path"] == MODERATIONS and self._moderations is not None:
            await self._moderations(scope, receive, send)
        elif scope["path"] == GUARDRAIL and self._guardrail is not None:
            await self._guardrail(scope, receive, send)
        elif self._proxy is not None:
            await self._proxy(scope, receive, send)

    # -- lifespan --------------------------------------------------------------------------------

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self._running(scope.get("state", {})):
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _running(self, state: dict[str, Any]) -> AsyncIterator[None]:
        """Open what needs the event loop, and close it in reverse."""
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._models.close)
            stack.callback(self._declared.close)
            self._recording = recorder = Counted(await self._recorder(stack), self._metrics)
            self._dispatching = dispatcher = self._dispatcher()
            stack.push_async_callback(dispatcher.aclose)
            services = Services(self._runner, dispatcher, recorder)
            trial = self._trial(recorder)
            self._proxy = Proxy(
                services=services,
                governing=self._governor(trial),
                identity=self._identity,
                ids=Ids(),
                body_limit=self._settings.server.body_limit_bytes,
            )
            self._guardrail = Guardrail(
                services, self._proxy.governing, self._identity, self._proxy.ids, self._proxy.body_limit
            )
            state[STATE_KEY] = self._proxy.unparsable
            if self._authority is not None:
                await stack.enter_async_context(self._following(self._authority, recorder, trial))
            if self._opa is not None:
                stack.callback(self._opa.close)
                await asyncio.to_thread(self._opa.wait)
                await stack.enter_async_context(_beside(self._follow(self._opa, recorder)))
            await stack.enter_async_context(self._reporting())
            await stack.enter_async_context(_beside(self._warm(dispatcher)))
            await stack.enter_async_context(self._for_envoy(self._proxy))
            yield
            self._proxy = self._guardrail = None

    def _dispatcher(self) -> Dispatcher:
        """Proxies are for aiohttp, which is loaded for them only; the gateway's own client costs less."""
        server = self._settings.server
        client: UpstreamClient = Http1Client(max_response_bytes=server.response_limit_bytes)
        if server.upstream_proxy:
            from gateway.providers.passthrough import PassthroughClient

            client = PassthroughClient(max_response_bytes=server.response_limit_bytes, trust_env=True)
        recording = self._settings.recording
        if recording.mode != "off":
            _log.warning("answers of upstreams are recorded or played back (%s)", recording.mode)
            client = RecordingClient(client, Recordings(recording.path, recording.used), recording.mode)
        client = AzurePaths(client)
        return Dispatcher(client, partial(make_translator, client))

    @contextlib.asynccontextmanager
    async def _for_envoy(self, proxy: Proxy) -> AsyncIterator[None]:
        """Loads gRPC only for those who let Envoy carry the traffic."""
        listen = self._settings.envoy.listen
        if not listen:
            yield
            return
        from gateway.server.envoy.service import serving

        async with serving(proxy, listen, self._settings.server.response_limit_bytes):
            yield

    async def _warm(self, dispatcher: Dispatcher) -> None:
        """What fails here fails again, and is told to the caller, in the call that needs it."""
        try:
            await dispatcher.warm(self._routing)
        except Exception as error:  # noqa: BLE001 - whatever importing a stranger raises
            _log.warning("translation between dialects is not ready: %s", error)

    async def _recorder(self, stack: contextlib.AsyncExitStack) -> Recorder:
        if not self._settings.audit.enabled:
            return NoRecorder(self._access)
        log, audit = open_log(self._settings, self._environment), self._settings.audit
        named = open_signer(self._settings).named(audit.origin).verifier
        self._anchorer = anchorer(audit.path, named, audit.anchors, audit.quorum)
        self._anchorer.start()
        stack.push_async_callback(asyncio.to_thread, self._anchorer.close)
        stack.push_async_callback(log.close)
        self._log = log
        if self._keeper is not None:
            await asyncio.to_thread(self._settle, log)
        return LogRecorder(log, self._access, self._keeper)

    def _settle(self, log: AuditLog) -> None:
        """Erasures that were interrupted are undone or finished, before anything more is kept."""
        ledger = Ledger(self._settings.audit.path, log.append_sync)
        for told in Erasure(open_vault(self._settings), ledger).recover():
            _log.warning("%s", told)

    def _governor(self, trial: Trial | None) -> Governing:
        governance = Governance(
            routing=self._routing,
            rules=Ungoverned(),
            digest=self._key.text,
            seal=self._key.sealed,
            commit=self._key.body,
            micros=micros,
            keeps=self._keeper is not None,
            judges=self._settings.policy.enabled or self._settings.audit.enabled,
        )
        governor = Governor(governance, self._authority, trial, self._opa.governed if self._opa else None)
        return LoggedGoverning(governor, self._logs) if self._logs else governor

    def _trial(self, recorder: Recorder) -> Trial | None:
        """Candidates are tried where there is a store that names them."""
        if not isinstance(self._authority, Releases):
            return None
        share = self._settings.policy.shadow_share
        admission = self._followed.admission if self._followed else None
        return Trial(Means(self._authority, recorder, self._log, share, self._key.text, admission))

    @contextlib.asynccontextmanager
    async def _following(
        self, authority: Following, recorder: Recorder, trial: Trial | None
    ) -> AsyncIterator[None]:
        """Follow the bundle's files, or the store, for as long as the worker runs."""
        follower = Follower(
            authority,
            recorder,
            self._settings.policy,
            trial=trial,
            remote=self._followed.remote if self._followed else None,
            presence=_presence(self._settings),
            more=lambda: {"audit": self._log_state()["checkpoint"]},
        )
        await follower.start()
        self._follower = follower
        try:
            async with _beside(follower.run()), _beside(follower.poll()):
                yield
        finally:
            self._follower = None
            await follower.stop()

    @contextlib.asynccontextmanager
    async def _reporting(self) -> AsyncIterator[None]:
        """Send reports for as long as the worker runs, and what is left at its end."""
        async with contextlib.AsyncExitStack() as stack:
            if self._logs is not None:
                stack.push_async_callback(self._logs.send)
                await stack.enter_async_context(_beside(self._logs.run()))
            if self._reports is not None:
                await stack.enter_async_context(_beside(self._reports.run()))
            yield

    def _health(self) -> Health:
        if self._opa is not None:
            return self._opa.health()
        if self._authority is None:
            return Health("")
        last = self._authority.last_reload
        refused = last is not None and not last.accepted
        return Health(
            self._authority.revision,
            "bundle_error" if refused else "",
            last.reason if last and refused else "",
        )

    async def _follow(self, opa: Opa, recorder: Recorder) -> None:
        """Record each revision that OPA is seen to answer with."""
        before = ""
        while True:
            if (revision := opa.engine.revision) not in (before, UNKNOWN):
                await recorder.append_all([bundle_record(revision, before, accepted=True, reason="opa")])
                before = revision
            await asyncio.sleep(self._settings.policy.reload_s)

    def _moderated(self) -> Moderations | None:
        """Moderations are answered here where there are classifiers; elsewhere the path is unknown."""
        if self._models.detector is None:
            return None
        return Moderations(
            self._models.detector,
            self._identity,
            Ids(),
            self._settings.server.body_limit_bytes,
            lambda: self._recording,
        )

    # -- admin -----------------------------------------------------------------------------------

    def _console(self) -> Console:
        return Console(
            coverage=lambda: [asdict(entry) for entry in census()],
            policy=self._policy_state,
            reload=self._reload,
            status=self._status,
            decision=self._records,
            models=lambda: {**listed(self._models), "declared": listed_declared(self._declared)},
            running=partial(running, self._models),
            log=self._log_state,
            ready=lambda: self._proxy is not None,
            metrics=self._metrics.text,
        )

    def _policy_state(self) -> dict[str, Any]:
        if self._opa is not None:
            return {"enabled": True, **self._opa.state()}
        if self._authority is None:
            return {"enabled": False, "revision": Ungoverned.revision}
        last, now = self._authority.last_reload, self._authority.choose("")
        remote = self._followed.remote if self._followed else None
        return {
            "enabled": True,
            "revision": now.revision,
            "source": now.source,
            "key": now.key,
            "remote": remote.state() if remote else None,
            "last_reload": asdict(last) if last else None,
        }

    async def _reload(self) -> dict[str, Any]:
        if self._opa is not None:
            return {"accepted": False, "reason": "OPA loads its bundles itself"}
        if self._follower is None:
            return {"accepted": False, "reason": "policy is not enabled"}
        return await self._follower.reload()

    def _status(self) -> dict[str, Any]:
        """The rollout, and what every worker of every node that shares the folder runs."""
        folder = _status_folder(self._settings)
        workers = everybody(folder) if folder is not None else []
        rollout = self._authority.state.rollout if isinstance(self._authority, Releases) else None
        alive = [each for each in workers if not each["stale"]]
        return {
            "rollout": document(rollout) if rollout else None,
            "agreed": len({(each.get("revision"), each.get("canary")) for each in alive}) <= 1,
            "this": {"node": self._settings.audit.node, "pid": os.getpid()},
            "workers": workers,
        }

    def _records(self, exchange_id: str) -> list[dict[str, Any]]:
        found = find_records(self._log.store if self._log else self._settings.audit.path, exchange_id)
        return [{"index": index, **record} for index, record in found]

    def _log_state(self) -> dict[str, Any]:
        head = self._log.head() if self._log else None
        if head is None:
            return {"checkpoint": None}
        anchors = self._anchorer.state() if self._anchorer else []
        checkpoint = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
        return {
            "checkpoint": checkpoint,
            "anchors": anchors,
            "bypassed": self._log.bypassed if self._log else 0,
        }


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run something for as long as a block lasts, at most."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        yield
        task.cancel()


def _routing(settings: Settings, environment: Mapping[str, str]) -> Routing:
    found = routing(settings, environment)
    if needs_translation(found):
        check_translation()
    return found


def _runner(*detectors: Detector | BatchDetector) -> Runner:
    try:
        return Runner(detectors)
    except ValueError as error:
        raise ConfigError(f"detectors: {error}") from None


def _check_envoy(settings: EnvoySettings) -> None:
    if settings.listen and find_spec("grpc") is None:
        raise ConfigError("envoy.listen: grpcio is not installed; it comes with the extra `envoy`")


def _opa(
    settings: Settings, environment: Mapping[str, str], runner: Runner, digest: Digest, metrics: Metrics
) -> Opa | None:
    if not settings.policy.enabled or settings.policy.engine != "opa":
        return None
    return opa(
        settings.policy.opa, environment, installed=tuple(runner.names), digest=digest, listener=metrics
    )


def _presence(settings: Settings) -> Presence | None:
    folder = _status_folder(settings)
    return Presence(folder, settings.audit.node) if folder is not None else None


def _status_folder(settings: Settings) -> Path | None:
    """In the store, where nodes share it; else beside the log; without either there is no file."""
    if settings.policy.store is not None:
        return Store(settings.policy.store).status
    log = settings.audit.path
    return log.with_name(log.name + ".status") if settings.audit.enabled else None


def _digest_key(settings: Settings, environment: Mapping[str, str]) -> DigestKey:
    variable = settings.server.digest_key_env
    if shared := secret(environment, variable, "server.digest_key_env"):
        return given(shared)
    if not settings.audit.enabled:
        return ephemeral()
    return load_or_create(settings.audit.keys / "digest.key")


def _keeper(settings: Settings) -> Keeper | None:
    retention(settings)  # a class that is none is told now, and not when something is to be pruned
    if not settings.vault.enabled:
        return None
    if not settings.audit.enabled:
        raise ConfigError("vault.enabled: content is kept only where it is recorded; audit.enabled is false")
    return Keeper(open_vault(settings), settings.vault.subjects)
