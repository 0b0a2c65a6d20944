"""Evidence: the log and the vault that the settings describe, opened alike by the server and by commands."""

import os
from collections.abc import Mapping

from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.retention.classes import Retention
from gateway.audit.stores.base import Store, StoreError
from gateway.audit.stores.opening import open_store
from gateway.audit.vault.ciphertexts import Ciphertexts
from gateway.audit.vault.keys import FileKeys
from gateway.audit.vault.vault import Vault
from gateway.core.errors import ConfigError
from gateway.server.settings import Settings, log_place


def open_signer(settings: Settings) -> Signer:
    """The key that signs the log, made where there is none yet. Raises ConfigError; OSError."""
    return Signer.load_or_create(settings.audit.keys / "log.key", settings.audit.origin)


def open_log(settings: Settings, environment: Mapping[str, str] = os.environ) -> AuditLog:
    """The decision log, one more process's handle on it.

    Raises:
        ConfigError: there is no log, or its store or key cannot be used.
        RecordFault: it cannot be written.
    """
    audit = settings.audit
    if not audit.enabled:
        raise ConfigError("audit.enabled: what is done here must be recorded, and there is no log")
    return AuditLog.open(
        audit.path,
        origin=audit.origin,
        signer=open_signer(settings),
        node=audit.node,
        store=_store(settings, environment),
        heartbeat_s=audit.heartbeat_s,
    )


def _store(settings: Settings, environment: Mapping[str, str]) -> Store:
    site = log_place(settings, environment)
    try:
        return open_store(site.location, site.layout, endpoint=site.endpoint)
    except StoreError as error:
        raise ConfigError(f"audit.store: {error}") from error


def open_keys(settings: Settings) -> FileKeys:
    """The key store. Raises ConfigError; OSError."""
    vault, log = settings.vault, settings.audit.path.resolve()
    inside = [vault.keys.resolve().is_relative_to(place) for place in (vault.path.resolve(), log)]
    if any(inside) or vault.path.resolve().is_relative_to(log):
        raise ConfigError("vault.keys: must be outside the vault and the log, and the vault outside the log")
    return FileKeys(vault.keys)


def open_vault(settings: Settings) -> Vault:
    """The content vault. Raises ConfigError; OSError."""
    return Vault(open_keys(settings), Ciphertexts(settings.vault.path))


def existing_vault(settings: Settings) -> Vault:
    """As :func:`open_vault`, for commands: with the wrong settings nothing must look as if nothing were kept.

    Raises:
        ConfigError: there is none.
        OSError: the disk fails.
    """
    for name, path in (("path", settings.vault.path), ("keys", settings.vault.keys)):
        if not path.is_dir():
            hint = "nothing was kept yet, or the settings (--config) are others"
            raise ConfigError(f"vault.{name} {path}: there is no vault here: {hint}")
    return open_vault(settings)


def retention(settings: Settings) -> Retention:
    """How long records stay. Raises ConfigError."""
    given = settings.retention
    return Retention.of(given.default, given.routes, given.types, given.classes)
