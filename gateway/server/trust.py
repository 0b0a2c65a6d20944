"""Which bundles may be put in force, from the settings."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from gateway.core.errors import ConfigError
from gateway.policy.keyring import Key, Keyring, parse_public
from gateway.policy.source import Admission
from gateway.server.settings import PolicyKeySettings, PolicySettings, secret


def trust(policy: PolicySettings, environment: Mapping[str, str]) -> Admission | None:
    """The keyring and whether a signature is needed; None where neither is asked for.

    Raises:
        ConfigError: a key cannot be read, or signatures are needed and there is no key.
    """
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
    keys = [_key(entry, environment) for entry in policy.keys]
    try:
        return Keyring.of(keys, int(policy.clock_skew_s * 1000))
    except ConfigError as error:
        raise ConfigError(f"policy.keys: {error}") from None


def _key(entry: PolicyKeySettings, environment: Mapping[str, str]) -> Key:
    where = f"policy.keys.{entry.id}"
    if bool(entry.env) == bool(entry.path):
        raise ConfigError(f"{where}: name either the `path` or the `env` of its public key")
    public = parse_public(_pem(entry, environment, where), where)
    return Key(entry.id, public, entry.scope, _ms(entry.not_before), _ms(entry.not_after))


def _pem(entry: PolicyKeySettings, environment: Mapping[str, str], where: str) -> bytes:
    if entry.env:
        return (secret(environment, entry.env, f"{where}.env") or "").encode()
    try:
        return Path(entry.path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{where}.path: {entry.path}: {error.strerror}") from None


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
