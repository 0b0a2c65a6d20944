"""Reporting as the settings say."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version

from gateway.server.beside import beside
from gateway.server.reporting.decision_logs import DecisionLogs, Shape, Tell
from gateway.server.reporting.service import Service
from gateway.server.reporting.status import Health, Status
from gateway.server.settings import PolicySettings, secret


def decision_logs(policy: PolicySettings, environment: Mapping[str, str], tell: Tell) -> DecisionLogs | None:
    """What sends decision logs; None where no service is named. Raises ``ConfigError``."""
    settings = policy.decision_logs
    if not settings.service:
        return None
    token = secret(environment, settings.token_env, "policy.decision_logs.token_env")
    return DecisionLogs(
        Service(settings.service, token),
        Shape(_labels(settings.labels), _bundle(policy), policy.opa.package, settings.erase),
        delay_s=settings.delay_s,
        upload_bytes=settings.upload_bytes,
        buffer_bytes=settings.buffer_bytes,
        tell=tell,
    )


def status(
    policy: PolicySettings,
    environment: Mapping[str, str],
    health: Callable[[], Health],
    logs: DecisionLogs | None,
) -> Status | None:
    """What sends status reports; None where no service is named. Raises ``ConfigError``."""
    settings = policy.status
    if not settings.service:
        return None
    token = secret(environment, settings.token_env, "policy.status.token_env")
    return Status(
        Service(settings.service, token),
        labels=_labels(settings.labels),
        interval_s=settings.interval_s,
        bundle=_bundle(policy),
        health=health,
        logs=lambda: logs.ailing if logs else "",
    )


@contextlib.asynccontextmanager
async def sending(logs: DecisionLogs | None, reports: Status | None) -> AsyncIterator[None]:
    """Send reports for as long as a block lasts, and what is left at its end."""
    async with contextlib.AsyncExitStack() as stack:
        if logs is not None:
            stack.push_async_callback(logs.send)
            await stack.enter_async_context(beside(logs.run()))
        if reports is not None:
            await stack.enter_async_context(beside(reports.run()))
        yield


def _bundle(policy: PolicySettings) -> str:
    return policy.opa.bundle or "lictor"


def _labels(more: Mapping[str, str]) -> dict[str, str]:
    try:
        number = version("lictor")
    except PackageNotFoundError:  # run from a folder of sources
        number = "unknown"
    return {"id": str(uuid.uuid4()), "version": number, "app": "lictor", **more}
