"""What policy is followed: the files of a bundle, a bundle on a web server, or a store of releases."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.core.errors import ConfigError
from gateway.flow.redaction import Digest
from gateway.policy.authority import Authority
from gateway.policy.releases import Following, Releases
from gateway.policy.shipped import baseline
from gateway.policy.source import Admission, Files
from gateway.policy.store import Store
from gateway.server.releasing import seed
from gateway.server.settings import PolicySettings, secret
from gateway.server.trust import trust

if TYPE_CHECKING:
    from gateway.server.bundles import Remote


@dataclass(frozen=True, slots=True)
class Followed:
    """An authority, and the web server behind it if there is one."""

    authority: Following
    remote: "Remote | None" = None
    admission: Admission | None = None
    """What a candidate has to pass as well."""


def followed(
    policy: PolicySettings, environment: Mapping[str, str], installed: tuple[str, ...], digest: Digest
) -> Followed | None:
    """What decides in this process; None where nothing does, or a real OPA.

    Raises:
        ConfigError: the bundle, a key, the store or the address cannot be used.
    """
    if policy.engine == "opa" and policy.require_gate is not None:
        raise ConfigError(
            "policy.require_gate: OPA loads its bundles by itself; nothing here could refuse one"
        )
    if not policy.enabled or policy.engine == "opa":
        return None
    make = partial(Authority, installed=installed, digest=digest)
    if policy.remote_bundle:
        return _on_a_server(policy, environment, make)
    admission = trust(policy, environment)
    bundle = Path(policy.bundle) if policy.bundle else baseline()
    if policy.store is None:
        return Followed(make(Files(bundle, admission)))
    store = Store(policy.store)
    seed(store, bundle, admission)
    return Followed(Releases(store, lambda path: make(Files(path, admission))), admission=admission)


def _on_a_server(
    policy: PolicySettings, environment: Mapping[str, str], make: "partial[Authority]"
) -> Followed:
    """Loads aiohttp only for those who have their bundle on a web server."""
    if policy.store is not None:
        raise ConfigError(
            "policy.store: a store takes bundles from `lictor policy submit`, not from an address"
        )
    from gateway.server.bundles import Remote, first
    from gateway.server.fetching import Place

    remote = policy.remote
    token = secret(environment, remote.token_env, "policy.remote.token_env")
    place = Place(policy.bundle or "", token, remote.poll_s, remote.timeout_s, remote.limit_bytes)
    polled = Remote(place, remote.copies, trust(policy, environment))
    return Followed(first(polled, make), polled)
