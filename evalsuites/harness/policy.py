"""Which policy a settings file puts in force."""

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
