"""The Guardrails validators that the settings ask for."""

from collections.abc import Sequence

from gateway.detect.guardrails.detector import GuardrailsDetector, Spec, load
from gateway.server.settings import ValidatorSettings


def validators(settings: Sequence[ValidatorSettings]) -> tuple[GuardrailsDetector, ...]:
    """Import and try each of them; without any, Guardrails is never imported.

    Raises:
        ConfigError: one is not installed, or refuses its arguments.
    """
    return tuple(load(Spec(**entry.model_dump())) for entry in settings)
