"""Which bundles may be put in force, from the settings: signatures that count, gates that are required."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.core.errors import ConfigError
from gateway.policy.keyring import Key, Keyring, parse_public
from gateway.policy.source import Admission
from gateway.policy.store import STATEMENTS
from gateway.server.settings import GateKeySettings, GateSettings, PolicyKeySettings, PolicySettings, secret

if TYPE_CHECKING:
    from gateway.policy.required import Requirement


def trust(policy: PolicySettings, environment: Mapping[str, str]) -> Admission | None:
    """What a bundle has to pass: a signature, gates, or both; None where neither is asked for.

    Raises:
        ConfigError: a key cannot be read, or signatures are needed and there is no key.
    """
    signatures = _signatures(policy, environment)
    if policy.require_gate is None:
        return signatures
    from gateway.policy.required import Gated

    asked = requirement(policy.require_gate, "policy.require_gate", environment, policy.clock_skew_s)
    return Gated(asked, signatures, policy.store / STATEMENTS if policy.store else None)


def requirement(
    settings: GateSettings, where: str, environment: Mapping[str, str], skew_s: float = 300.0
) -> "Requirement":
    """What must be shown before something may decide. Raises ConfigError where a key cannot be read."""
    from gateway.policy.required import DAY_MS, Requirement

    keys = [_key(entry, f"{where}.keys.{entry.id}", environment) for entry in settings.keys]
    age = None if settings.max_age_days is None else int(settings.max_age_days * DAY_MS)
    ring = _ring(keys, f"{where}.keys", skew_s)
    return Requirement(ring, settings.gates, age, settings.allow_warned, settings.statements)


def _signatures(policy: PolicySettings, environment: Mapping[str, str]) -> Admission | None:
    required = policy.signature_required
    if not policy.keys:
        if required:
            why = "a bundle from a web server must be signed" if policy.remote_bundle else "it is set"
            raise ConfigError(
                f"policy.require_signature: {why}, and there are no [[policy.keys]] to verify with"
            )
        return None
    from gateway.policy.signing import Trust

    return Trust(keyring(policy, environment), required)


def keyring(policy: PolicySettings, environment: Mapping[str, str] = os.environ) -> Keyring:
    """The keys of the settings. Raises ConfigError when one cannot be used."""
    keys = [_key(entry, f"policy.keys.{entry.id}", environment, entry.scope) for entry in policy.keys]
    return _ring(keys, "policy.keys", policy.clock_skew_s)


def _ring(keys: list[Key], where: str, skew_s: float) -> Keyring:
    try:
        return Keyring.of(keys, int(skew_s * 1000))
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def _key(
    entry: PolicyKeySettings | GateKeySettings, where: str, environment: Mapping[str, str], scope: str = ""
) -> Key:
    if bool(entry.env) == bool(entry.path):
        raise ConfigError(f"{where}: name either the `path` or the `env` of its public key")
    public = parse_public(_pem(entry, environment, where), where)
    return Key(entry.id, public, scope, _ms(entry.not_before), _ms(entry.not_after))


def _pem(entry: PolicyKeySettings | GateKeySettings, environment: Mapping[str, str], where: str) -> bytes:
    if entry.env:
        return (secret(environment, entry.env, f"{where}.env") or "").encode()
    try:
        return Path(entry.path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{where}.path: {entry.path}: {error.strerror}") from None


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
