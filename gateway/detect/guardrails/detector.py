"""A Guardrails validator as a detector."""

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from gateway.core.errors import ConfigError
from gateway.core.finding import Hit
from gateway.detect.detector import Report
from gateway.detect.guardrails.errands import Check, Errands, spans
from gateway.detect.guardrails.library import library


class Validator(Protocol):
    """As much of Guardrails' ``Validator`` as a detector needs."""

    def validate(self, value: Any, metadata: dict[str, Any]) -> Any:  # noqa: ANN401 - as Guardrails has it
        """A ``PassResult`` or a ``FailResult``."""
        ...


@dataclass(frozen=True, slots=True)
class Spec:
    """Which validator, and what its findings are called."""

    id: str
    validator: str
    """``module:Class``, such as ``guardrails_ai.ban_list:BanList``."""

    category: str
    label: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    deadline_s: float = 1.0


class GuardrailsDetector:
    """Runs one kind of validator."""

    def __init__(self, spec: Spec, make: Callable[[], Validator], version: str = "") -> None:
        """``make`` gives a new validator for each call."""
        self.id = spec.id
        self.version = version or spec.validator
        self.categories = frozenset({spec.category})
        self._spec = spec
        self._make = make
        self._errands = Errands(spec.id, self._check, spec.deadline_s)

    async def detect_batch(self, texts: Sequence[str]) -> list[Report]:
        """One report a text; those that were not reached in time say ``deadline``."""
        return await self._errands.run(texts)

    def _check(self) -> Check:
        return partial(self._report, self._make())

    def _report(self, validator: Validator, text: str) -> Report:
        result = validator.validate(text, {})
        if _passed(result):
            return Report()
        named = getattr(result, "error_spans", None)
        return Report(tuple([
            Hit(self._spec.category, self._spec.label, 1.0, start, end) for start, end in spans(text, named)
        ]))  # fmt: skip


def load(spec: Spec) -> GuardrailsDetector:
    """A detector for a validator of an installed package. Importing Guardrails takes seconds.

    Raises:
        ConfigError: it cannot be imported, or refuses its arguments.
    """
    module, _, name = spec.validator.partition(":")
    try:
        kind = getattr(importlib.import_module(module), name)
        library()
        make = partial(kind, **spec.arguments)
        make()
        version = f"{spec.validator}@guardrails-ai {importlib.metadata.version('guardrails-ai')}"
    except Exception as error:  # noqa: BLE001 - validators check their arguments with all kinds of exceptions
        raise ConfigError(
            f"validators.{spec.id}: {spec.validator}: {type(error).__name__}: {error}"
        ) from None
    return GuardrailsDetector(spec, make, version)


def _passed(result: Any) -> bool:  # noqa: ANN401 - a ValidationResult
    outcome = result.outcome
    return str(getattr(outcome, "value", outcome)) == "pass"
