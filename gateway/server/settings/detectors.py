"""``[classifiers]`` and ``[[validators]]``: detectors beside those that always run."""

from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.server.settings.gates import GateSettings
from gateway.server.settings.section import Positive, Seconds, Section


class ClassifierSettings(Section):
    """``[classifiers]``"""

    enabled: bool | Literal["auto"] = "auto"
    """``auto`` runs the models when they are installed; ``true`` refuses to start without them."""

    manifests: tuple[str, ...] = ("shipped",)
    """Manifests of the models to run; ``shipped`` is the one that comes with the package."""

    device: Literal["auto", "cpu", "cuda", "tensorrt"] = "auto"
    """Where they run; the variable ``LICTOR_DEVICE`` wins."""

    threads: Positive = 1
    """Threads that compute one batch on a processor, in each worker."""

    queue_characters: Positive = 400_000
    """How much text may wait for a model; what comes on top is not checked and reported ``overloaded``."""

    longest_characters: Positive = 100_000
    """Of a longer text only the beginning is checked, and coverage says ``too_long``."""

    cache_verdicts: Positive = 50_000
    """Verdicts that are kept of each model; a span counts as one more."""

    require_gate: GateSettings | None = None
    """As ``policy.require_gate``, of each model with its thresholds."""


class ValidatorSettings(Section):
    """``[[validators]]``: Guardrails validators as detectors."""

    id: str
    """The name by which a plan asks for it."""

    validator: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")]
    """``module:Class``, such as ``guardrails_ai.ban_list:BanList``."""

    category: str
    label: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    deadline_s: Seconds = 1.0
