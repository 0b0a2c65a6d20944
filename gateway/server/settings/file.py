"""The whole file: read, checked, or put together where there is none."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.core.errors import ConfigError
from gateway.server.settings.audit import AuditSettings
from gateway.server.settings.callers import CallerSettings
from gateway.server.settings.detectors import ClassifierSettings, ValidatorSettings
from gateway.server.settings.envoy import EnvoySettings
from gateway.server.settings.keeping import RetentionSettings, VaultSettings
from gateway.server.settings.policy import PolicySettings
from gateway.server.settings.recording import RecordingSettings
from gateway.server.settings.section import Section
from gateway.server.settings.server import ServerSettings
from gateway.server.settings.upstreams import RouteSettings, UpstreamSettings


class Settings(Section):
    """The whole file."""

    server: ServerSettings = ServerSettings()
    policy: PolicySettings = PolicySettings()
    audit: AuditSettings = AuditSettings()
    vault: VaultSettings = VaultSettings()
    retention: RetentionSettings = RetentionSettings()
    envoy: EnvoySettings = EnvoySettings()
    recording: RecordingSettings = RecordingSettings()
    classifiers: ClassifierSettings = ClassifierSettings()
    validators: tuple[ValidatorSettings, ...] = ()
    upstreams: tuple[UpstreamSettings, ...] = ()
    routes: tuple[RouteSettings, ...] = ()
    callers: tuple[CallerSettings, ...] = ()


def load(path: Path) -> Settings:
    """Read and check a settings file.

    Raises:
        ConfigError: it cannot be read, is no TOML, or has a key that is unknown or wrong.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        return _validated(tomllib.loads(text), str(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None


_PROVIDERS = (
    ("openai", "https://api.openai.com/v1", ("OPENAI_API_KEY",)),
    ("anthropic", "https://api.anthropic.com/v1", ("ANTHROPIC_API_KEY",)),
    ("gemini", "https://generativelanguage.googleapis.com/v1beta", ("GOOGLE_API_KEY", "GEMINI_API_KEY")),
)
"""Where each provider is, and the variables in which its own client looks for a key."""


def defaults(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings without a file: the providers, each with its usual key variable if that is set;
    otherwise the caller's own key is passed on."""
    upstreams = [
        {
            "name": name,
            "dialect": name,
            "base_url": url,
            "key_env": next((variable for variable in variables if environment.get(variable)), ""),
        }
        for name, url, variables in _PROVIDERS
    ]
    routes = [
        {"model": "claude-*", "upstreams": ["anthropic"]},
        {"model": "gemini-*", "upstreams": ["gemini"]},
        {"model": "gemma-*", "upstreams": ["gemini"]},
        {"model": "*", "upstreams": ["openai"]},
    ]
    return _validated({"upstreams": upstreams, "routes": routes}, "defaults")


def _validated(raw: Mapping[str, object], where: str) -> Settings:
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{where}: {_complaint(part)}" for part in error.errors())) from None


def _complaint(part: ErrorDetails) -> str:
    key = ".".join(str(step) for step in part["loc"])
    return f"{key}: {'there is no such key' if part['type'] == 'extra_forbidden' else part['msg']}"
