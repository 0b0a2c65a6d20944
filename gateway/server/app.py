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

from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.log import AuditLog
from gateway.audit.reader import find as find_records
from gateway.audit.record import bundle_record
from gateway.audit.stores.base import Store, StoreError
from gateway.audit.stores.opening import open_store
from gateway.core.errors import ConfigError
from gateway.detect import default_detectors
from gateway.detect.runner import Runner
from gateway.flow.governance import Governance
from gateway.flow.redaction import Digest
from gateway.policy.authority import Authority, ReloadReport
from gateway.policy.baseline import baseline
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
from gateway.server.driver import Recorder, Send, Services
from gateway.server.governing import Governor, Ungoverned
from gateway.server.identity import identity
from gateway.server.ids import Ids, micros
from gateway.server.keys import DigestKey, ephemeral, given, load_or_create
from gateway.server.litellm import Guardrail
from gateway.server.models import listed, models, running
from gateway.server.moderations import Moderations
from gateway.server.protocol import STATE_KEY
from gateway.server.proxy import Proxy, Scope
from gateway.server.recorder import LogRecorder, NoRecorder
from gateway.server.settings import EnvoySettings, Settings, routing, secret
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
        self._models = models(settings.classifiers, environment)
        self._runner = Runner(
            (*default_detectors(), *self._models.detectors, *validators(settings.validators))
        )
        self._key = _digest_key(settings, environment)
        self._authority = _authority(settings, self._runner, self._key.text)
        self._access = AccessLog(sys.stderr if settings.server.access_log else None)
        key = secret(environment, settings.server.admin_key_env, "server.admin_key_env")
        self._environment = environment
        self._admin = admin(self._console(), key)
        self._moderations = self._moderated()
        self._proxy: Proxy | None = None
        self._recording: Recorder = NoRecorder(self._access)
        self._guardrail: Guardrail | None = None
        self._log: AuditLog | None = None

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
            self._recording = recorder = await self._recorder(stack)
            dispatcher = self._dispatcher()
            stack.push_async_callback(dispatcher.aclose)
            services = Services(self._runner, dispatcher, recorder)
            self._proxy = Proxy(
                services=services,
                governing=self._governor(),
                identity=self._identity,
                ids=Ids(),
                body_limit=self._settings.server.body_limit_bytes,
            )
            self._guardrail = Guardrail(
                services, self._proxy.governing, self._identity, self._proxy.ids, self._proxy.body_limit
            )
            state[STATE_KEY] = self._proxy.unparsable
            if self._authority is not None:
                await stack.enter_async_context(self._watching(self._authority, recorder))
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
            client = RecordingClient(client, Recordings(recording.path), recording.mode)
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
        settings = self._settings.audit
        if not settings.enabled:
            return NoRecorder(self._access)
        signer = Signer.load_or_create(_keys(self._settings) / "log.key", settings.origin)
        log = AuditLog.open(
            settings.path,
            origin=settings.origin,
            signer=signer,
            node=settings.node,
            store=self._store(),
            heartbeat_s=settings.heartbeat_s,
        )
        stack.push_async_callback(log.close)
        self._log = log
        return LogRecorder(log, self._access)

    def _store(self) -> Store:
        settings = self._settings.audit
        location = secret(self._environment, settings.store_env, "audit.store_env") or settings.store
        try:
            layout = Layout(settings.path, settings.second)
            return open_store(location, layout, endpoint=settings.endpoint)
        except StoreError as error:
            raise ConfigError(f"audit.store: {error}") from error

    def _governor(self) -> Governor:
        governance = Governance(
            routing=self._routing,
            rules=Ungoverned(),
            digest=self._key.text,
            seal=self._key.sealed,
            commit=self._key.body,
            micros=micros,
            judges=self._settings.policy.enabled or self._settings.audit.enabled,
        )
        return Governor(governance, self._authority)

    @contextlib.asynccontextmanager
    async def _watching(self, authority: Authority, recorder: Recorder) -> AsyncIterator[None]:
        """Follow the bundle's files for as long as the worker runs."""
        await recorder.append_all([bundle_record(authority.revision, "", accepted=True, reason="start")])
        async with _beside(self._watch(authority, recorder)):
            yield

    async def _watch(self, authority: Authority, recorder: Recorder) -> None:
        while True:
            await asyncio.sleep(self._settings.policy.reload_s)
            if authority.changed():
                report = await asyncio.to_thread(authority.reload)
                await recorder.append_all([_reloaded(report)])

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
            decision=self._records,
            models=partial(listed, self._models),
            running=partial(running, self._models),
            log=self._log_state,
            ready=lambda: self._proxy is not None,
        )

    def _policy_state(self) -> dict[str, Any]:
        if self._authority is None:
            return {"enabled": False, "revision": Ungoverned.revision}
        last = self._authority.last_reload
        return {
            "enabled": True,
            "revision": self._authority.revision,
            "last_reload": asdict(last) if last else None,
        }

    def _reload(self) -> dict[str, Any]:
        if self._authority is None:
            return {"accepted": False, "reason": "policy is not enabled"}
        report = self._authority.reload()
        if self._log is not None:
            self._log.append_sync(_reloaded(report))
        return asdict(report)

    def _records(self, exchange_id: str) -> list[dict[str, Any]]:
        found = find_records(self._log.store if self._log else self._settings.audit.path, exchange_id)
        return [{"index": index, **record} for index, record in found]

    def _log_state(self) -> dict[str, Any]:
        head = self._log.head() if self._log else None
        if head is None:
            return {"checkpoint": None}
        state = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
        return {"checkpoint": state, "bypassed": self._log.bypassed if self._log else 0}


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


def _check_envoy(settings: EnvoySettings) -> None:
    if settings.listen and find_spec("grpc") is None:
        raise ConfigError("envoy.listen: grpcio is not installed; it comes with the extra `envoy`")


def _reloaded(report: ReloadReport) -> dict[str, Any]:
    return bundle_record(report.revision, report.previous, accepted=report.accepted, reason=report.reason)


def _authority(settings: Settings, runner: Runner, digest: Digest) -> Authority | None:
    if not settings.policy.enabled:
        return None
    bundle = settings.policy.bundle or baseline()
    return Authority(bundle, installed=runner.names, digest=digest)


def _digest_key(settings: Settings, environment: Mapping[str, str]) -> DigestKey:
    variable = settings.server.digest_key_env
    if shared := secret(environment, variable, "server.digest_key_env"):
        return given(shared)
    if not settings.audit.enabled:
        return ephemeral()
    return load_or_create(_keys(settings) / "digest.key")


def _keys(settings: Settings) -> Path:
    """Beside the log, not in it: the log's folder may be served to anyone as it is."""
    log = settings.audit.path
    return log.with_name(log.name + ".keys")
