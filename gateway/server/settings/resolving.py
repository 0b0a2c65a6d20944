"""What settings stand for: the values behind the variables that they name."""

import os
from collections.abc import Mapping

from gateway.audit.layout import Layout
from gateway.audit.stores.opening import Site
from gateway.core.errors import ConfigError
from gateway.providers.upstream import AwsCredentials, Route, Routing, Upstream
from gateway.server.settings.file import Settings
from gateway.server.settings.upstreams import AwsSettings, UpstreamSettings


def secret(environment: Mapping[str, str], variable: str, where: str) -> str | None:
    """The value of a named variable, or None where none is named.

    Raises:
        ConfigError: the variable is named but not set.
    """
    if not variable:
        return None
    value = environment.get(variable, "")
    if not value:
        raise ConfigError(f"{where}: the environment variable {variable} is not set")
    return value


def log_place(settings: Settings, environment: Mapping[str, str] = os.environ) -> Site:
    """Where the log is, and what of it is local."""
    audit = settings.audit
    location = secret(environment, audit.store_env, "audit.store_env") or audit.store
    return Site(location, Layout(audit.path, audit.second), audit.endpoint)


def routing(settings: Settings, environment: Mapping[str, str] = os.environ) -> Routing:
    """Upstreams with their keys resolved, and the routes over them.

    Raises:
        ConfigError: a named variable is not set, or a route names no upstream.
    """
    upstreams = [_upstream(entry, environment) for entry in settings.upstreams]
    if settings.callers:
        _refuse_keyless(upstreams)
    routes = [Route(entry.model, entry.upstreams, entry.tenants, entry.audit) for entry in settings.routes]
    return Routing(routes, upstreams)


def _upstream(entry: UpstreamSettings, environment: Mapping[str, str]) -> Upstream:
    return Upstream(
        name=entry.name,
        dialect=entry.dialect,
        base_url=entry.base_url,
        key=secret(environment, entry.key_env, f"upstreams.{entry.name}.key_env"),
        labels=entry.labels,
        headers=entry.headers,
        connect_timeout_s=entry.connect_timeout_s,
        read_timeout_s=entry.read_timeout_s,
        total_timeout_s=entry.total_timeout_s,
        retries=entry.retries,
        models=entry.models,
        api_version=entry.api_version,
        aws=_aws(entry.aws, environment, f"upstreams.{entry.name}.aws") if entry.aws else None,
    )


def _aws(entry: AwsSettings, environment: Mapping[str, str], where: str) -> AwsCredentials:
    def held(key: str) -> str:
        return secret(environment, getattr(entry, key), f"{where}.{key}") or ""

    return AwsCredentials(
        entry.region, held("access_key_id_env"), held("secret_access_key_env"), held("session_token_env")
    )


def _refuse_keyless(upstreams: list[Upstream]) -> None:
    """A caller's gateway key must never reach a provider in place of the provider's own."""
    for upstream in upstreams:
        if upstream.key is None and upstream.aws is None:
            raise ConfigError(
                f"upstreams.{upstream.name}.key_env: needed, since [[callers]] bring keys of "
                "the gateway's own that are not passed on"
            )
