"""Identity: which caller a key belongs to."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from gateway.core.errors import CallerError, ConfigError
from gateway.core.exchange import Caller
from gateway.providers.credentials import CREDENTIALS
from gateway.server.settings import CallerSettings, secret

Headers = Sequence[tuple[bytes, bytes]]

ANYONE = Caller()

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class Identity:
    """Knows callers by the SHA-256 of their key; keys themselves are not kept."""

    def __init__(self, callers: Mapping[bytes, Caller]) -> None:
        self._callers = callers

    @property
    def required(self) -> bool:
        """Whether callers must bring a key of the gateway's own."""
        return bool(self._callers)

    def caller(self, headers: Headers) -> Caller:
        """The caller of a request.

        Raises:
            CallerError: 401 when a key is required and none that is known was brought.
        """
        if not self._callers:
            return ANYONE
        for name, value in headers:
            if name in CREDENTIALS:
                caller = self._callers.get(hashlib.sha256(_key(value)).digest())
                if caller is not None:
                    return caller
        raise CallerError(401, "invalid_api_key", "this gateway does not know the key")

    def without_credentials(self, headers: Headers) -> Headers:
        """The headers that may travel on: the gateway's own keys stay here."""
        if not self._callers:
            return headers
        return [header for header in headers if header[0] not in CREDENTIALS]


def _key(value: bytes) -> bytes:
    scheme, _, rest = value.partition(b" ")
    return rest.strip() if scheme.lower() == b"bearer" else value


def identity(callers: Sequence[CallerSettings], environment: Mapping[str, str]) -> Identity:
    """Build it from settings.

    Raises:
        ConfigError: a caller without a key, or two with the same.
    """
    known: dict[bytes, Caller] = {}
    for entry in callers:
        digest = _digest(entry, environment)
        if digest in known:
            raise ConfigError(f"callers.{entry.id}: its key is another caller's too")
        known[digest] = Caller(entry.id, entry.tenant, entry.app, entry.roles, entry.attributes)
    return Identity(known)


def _digest(entry: CallerSettings, environment: Mapping[str, str]) -> bytes:
    where = f"callers.{entry.id}"
    if bool(entry.key_env) == bool(entry.key_sha256):
        raise ConfigError(f"{where}: give either key_env or key_sha256")
    if entry.key_env:
        key = secret(environment, entry.key_env, f"{where}.key_env") or ""
        return hashlib.sha256(key.encode()).digest()
    if not _SHA256.fullmatch(entry.key_sha256):
        raise ConfigError(f"{where}.key_sha256: not 64 hexadecimal digits")
    return bytes.fromhex(entry.key_sha256)
