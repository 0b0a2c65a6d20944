"""Which policy a settings file puts in force, and which classifiers."""

from collections.abc import Mapping
from pathlib import Path

from evalsuites.harness.faults import UsageFault


def revision(config: Path) -> str:
    """The digest of the bundle that the gateway of these settings answers with; ``none`` without policy.

    Raises:
        UsageFault: settings or bundle cannot be read.
    """
    from gateway.core.errors import ConfigError
    from gateway.policy.bundle import load
    from gateway.policy.shipped import baseline
    from gateway.server.settings import load as settings_from

    try:
        policy = settings_from(config).policy
        return load(policy.bundle or baseline()).revision if policy.enabled else "none"
    except (ConfigError, OSError) as error:
        raise UsageFault(str(config), str(error)) from None


def classifiers(config: Path) -> Mapping[str, str]:
    """The classifiers that the gateway of these settings runs here, by id: digests of entry and weights.

    Raises:
        UsageFault: settings or manifests cannot be read.
    """
    from gateway.core.errors import ConfigError
    from gateway.detect.onnx.assemble import Options, listed
    from gateway.server.settings import load as settings_from

    try:
        asked = settings_from(config).classifiers
        found = listed(Options(enabled=asked.enabled, manifests=asked.manifests))
    except (ConfigError, OSError) as error:
        raise UsageFault(str(config), str(error)) from None
    return {model.id: f"sha256:{model.digest}" for model in found}
