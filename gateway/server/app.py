"""The composition root: settings in, an ASGI application out. Nothing else puts the parts together."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Any

from gateway.audit.stores.opening import open_source
from gateway.core.errors import ConfigError
from gateway.detect import BatchDetector, Detector, default_detectors
from gateway.detect.runner import Runner
from gateway.flow.governance import Governance
from gateway.policy.releases import Following, Releases
from gateway.providers.dispatch import Dispatcher
from gateway.server.access import AccessLog
from gateway.server.admin import PREFIX, admin
from gateway.server.anchoring import anchorer, checked
from gateway.server.beside import beside
from gateway.server.driver import Recorder, Send, Services
from gateway.server.envoy import listening as envoy
from gateway.server.evidence import open_log, open_signer
from gateway.server.follower import Follower
from gateway.server.following import followed
from gateway.server.governing import Governor, Ungoverned
from gateway.server.identity import identity
from gateway.server.ids import Ids, micros
from gateway.server.judging import UpstreamJudge
from gateway.server.keeping import keeper, settle
from gateway.server.keys import digest_key
from gateway.server.litellm import Guardrail
from gateway.server.metrics import METRICS_VARIABLE, Counted, Metrics
from gateway.server.models import models
from gateway.server.moderations import Moderations
from gateway.server.opa import Opa, opa
from gateway.server.presence import presence
from gateway.server.protocol import STATE_KEY
from gateway.server.proxy import Governing, Proxy, Scope
from gateway.server.rails import declared
from gateway.server.recorder import LogRecorder, NoRecorder
from gateway.server.reporting.build import decision_logs, sending, status
from gateway.server.reporting.decision_logs import LoggedGoverning
from gateway.server.settings import Settings, log_place, secret
from gateway.server.trial import Means, Trial
from gateway.server.upstreams import dispatcher, routes, warm
from gateway.server.validators import validators
from gateway.server.watch import Receive
from gateway.server.worker import Worker
from gateway.wire.litellm_guardrail import PATH as GUARDRAIL
from gateway.wire.openai_moderations import PATH as MODERATIONS


class Application:
    """One worker's gateway."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        """Build everything that needs no event loop.

        Raises:
            ConfigError: settings, keys or the policy bundle cannot be used.
        """
        self._settings = settings
        self._environment = environment
        self._routing = routes(settings, environment)
        self._identity = identity(settings.callers, environment)
        envoy.check(settings.envoy)
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
        self._key = digest_key(settings, environment)
        self._followed = followed(settings.policy, environment, tuple(self._runner.names), self._key.text)
        self._metrics = Metrics(environment.get(METRICS_VARIABLE))
        self._opa = self._asked()
        self._worker = Worker(
            settings, self._models, self._declared, self._metrics, self._followed, self._opa
        )
        events = self._metrics.count("lictor_decision_log_events", "Decision log events, by fate.", "fate")
        self._logs = decision_logs(
            settings.policy, environment, lambda fate, number: events.add(fate, by=number)
        )
        self._reports = status(settings.policy, environment, self._worker.health, self._logs)
        self._keeper = keeper(settings)
        self._access = AccessLog(sys.stderr if settings.server.access_log else None)
        key = secret(environment, settings.server.admin_key_env, "server.admin_key_env")
        self._admin = admin(self._worker.console(), key)
        self._moderations = self._moderated()
        self._proxy: Proxy | None = None
        self._recording: Recorder = NoRecorder(self._access)
        self._guardrail: Guardrail | None = None

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
            self._dispatching = dispatching = dispatcher(self._settings)
            stack.push_async_callback(dispatching.aclose)
            trial = self._trial(recorder)
            self._proxy = proxy = self._serving(Services(self._runner, dispatching, recorder), trial)
            self._worker.serving = True
            state[STATE_KEY] = proxy.unparsable
            await stack.enter_async_context(self._policy(recorder, trial))
            await stack.enter_async_context(sending(self._logs, self._reports))
            await stack.enter_async_context(beside(warm(dispatching, self._routing)))
            limit = self._settings.server.response_limit_bytes
            await stack.enter_async_context(envoy.listening(proxy, self._settings.envoy, limit))
            yield
            self._worker.serving = False
            self._proxy = self._guardrail = None

    def _serving(self, services: Services, trial: Trial | None) -> Proxy:
        limit = self._settings.server.body_limit_bytes
        governing, ids = self._governor(trial), Ids()
        self._guardrail = Guardrail(services, governing, self._identity, ids, limit)
        return Proxy(
            services=services, governing=governing, identity=self._identity, ids=ids, body_limit=limit
        )

    async def _recorder(self, stack: contextlib.AsyncExitStack) -> Recorder:
        audit = self._settings.audit
        if not audit.enabled:
            return NoRecorder(self._access)
        log = open_log(self._settings, self._environment)
        named = open_signer(self._settings).named(audit.origin).verifier
        source = open_source(log_place(self._settings, self._environment))
        anchoring = anchorer(audit.path, named, audit.anchors, audit.quorum, source)
        anchoring.start()
        stack.push_async_callback(asyncio.to_thread, anchoring.close)
        stack.push_async_callback(log.close)
        self._worker.anchorer, self._worker.log = anchoring, log
        if self._keeper is not None:
            await asyncio.to_thread(settle, self._settings, log, self._environment)
        return LogRecorder(log, self._access, self._keeper)

    # -- policy ----------------------------------------------------------------------------------

    def _asked(self) -> Opa | None:
        """The OPA that decides in place of this process, if one does."""
        policy = self._settings.policy
        if not policy.enabled or policy.engine != "opa":
            return None
        return opa(
            policy.opa,
            self._environment,
            installed=tuple(self._runner.names),
            digest=self._key.text,
            listener=self._metrics,
        )

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
        authority = self._worker.authority
        governor = Governor(governance, authority, trial, self._opa.governed if self._opa else None)
        return LoggedGoverning(governor, self._logs) if self._logs else governor

    def _trial(self, recorder: Recorder) -> Trial | None:
        """Candidates are tried where there is a store that names them."""
        if self._followed is None or not isinstance(self._followed.authority, Releases):
            return None
        share = self._settings.policy.shadow_share
        means = Means(
            self._followed.authority,
            recorder,
            self._worker.log,
            share,
            self._key.text,
            self._followed.admission,
        )
        return Trial(means)

    @contextlib.asynccontextmanager
    async def _policy(self, recorder: Recorder, trial: Trial | None) -> AsyncIterator[None]:
        """Follow what decides for as long as the worker runs."""
        async with contextlib.AsyncExitStack() as stack:
            if self._followed is not None:
                await stack.enter_async_context(self._following(self._followed.authority, recorder, trial))
            if self._opa is not None:
                stack.callback(self._opa.close)
                await asyncio.to_thread(self._opa.wait)
                seen = self._opa.follow(recorder, self._settings.policy.reload_s)
                await stack.enter_async_context(beside(seen))
            yield

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
            presence=presence(self._settings),
            more=lambda: {"audit": self._worker.checkpoint()["checkpoint"]},
        )
        await follower.start()
        self._worker.follower = follower
        try:
            async with beside(follower.run()), beside(follower.poll()):
                yield
        finally:
            self._worker.follower = None
            await follower.stop()

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


def _runner(*detectors: Detector | BatchDetector) -> Runner:
    try:
        return Runner(detectors)
    except ValueError as error:
        raise ConfigError(f"detectors: {error}") from None
