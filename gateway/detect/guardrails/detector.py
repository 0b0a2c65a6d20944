"""A Guardrails validator as a detector.

Validators may be slow, may keep state and were written for one caller. So each call gets a validator
of its own on a thread of its own, and nothing of it is shared with another exchange or stream. A
thread cannot be stopped: one whose deadline has passed is left behind, and only so many may be.
"""

import asyncio
import importlib
import importlib.metadata
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

from gateway.core.errors import ConfigError
from gateway.core.finding import Hit
from gateway.detect.detector import Report

MOST_THREADS: Final = 8
UNFINISHED: Final = Report(incomplete="deadline")
OVERLOADED: Final = Report(incomplete="overloaded", looked=False)


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


@dataclass(slots=True)
class _Errand:
    """The texts of one call, and what came of them so far."""

    texts: Sequence[str]
    done: asyncio.Event
    loop: asyncio.AbstractEventLoop
    reports: list[Report] = field(default_factory=list)
    given_up: bool = False


class GuardrailsDetector:
    """Runs one kind of validator."""

    def __init__(self, spec: Spec, make: Callable[[], Validator], version: str = "") -> None:
        """``make`` gives a new validator for each call."""
        self.id = spec.id
        self.version = version or spec.validator
        self.categories = frozenset({spec.category})
        self._spec = spec
        self._make = make
        self._running = 0
        self._lock = threading.Lock()

    async def detect_batch(self, texts: Sequence[str]) -> list[Report]:
        """One report a text; those that were not reached in time say ``deadline``."""
        errand = _Errand(texts, asyncio.Event(), asyncio.get_running_loop())
        if not self._start(errand):
            return [OVERLOADED] * len(texts)
        try:
            async with asyncio.timeout(self._spec.deadline_s):
                await errand.done.wait()
        except TimeoutError:
            pass
        finally:
            errand.given_up = True
        reports = tuple(errand.reports)[: len(texts)]
        return [*reports, *[UNFINISHED] * (len(texts) - len(reports))]

    def _start(self, errand: _Errand) -> bool:
        with self._lock:
            if self._running >= MOST_THREADS:
                return False
            self._running += 1
        threading.Thread(target=self._run, args=(errand,), name=f"lictor-{self.id}", daemon=True).start()
        return True

    def _run(self, errand: _Errand) -> None:
        try:
            self._judge(errand)
        finally:
            with self._lock:
                self._running -= 1
        try:
            errand.loop.call_soon_threadsafe(errand.done.set)
        except RuntimeError:  # nobody is there any longer
            return

    def _judge(self, errand: _Errand) -> None:
        try:
            validator = self._make()
        except Exception as fault:  # noqa: BLE001 - whatever a validator raises is an unfinished check
            errand.reports = [Report(incomplete=type(fault).__name__)] * len(errand.texts)
            return
        for text in errand.texts:
            if errand.given_up:
                return
            errand.reports.append(self._report(validator, text))

    def _report(self, validator: Validator, text: str) -> Report:
        try:
            result = validator.validate(text, {})
            if _passed(result):
                return Report()
            return Report(tuple(self._hits(result, text)))
        except Exception as fault:  # noqa: BLE001 - as above
            return Report(incomplete=type(fault).__name__)

    def _hits(self, result: Any, text: str) -> list[Hit]:  # noqa: ANN401 - a FailResult
        """Where it says where, there; otherwise the whole text."""
        named = [(span.start, span.end) for span in getattr(result, "error_spans", None) or ()]
        spans = {_widened(text, *span) for span in named if 0 <= span[0] < span[1] <= len(text)}
        return [
            Hit(self._spec.category, self._spec.label, 1.0, start, end)
            for start, end in sorted(spans) or [(0, len(text))]
        ]


def load(spec: Spec) -> GuardrailsDetector:
    """A detector for a validator of an installed package. Importing Guardrails takes seconds.

    Raises:
        ConfigError: it cannot be imported, or refuses its arguments.
    """
    module, _, name = spec.validator.partition(":")
    try:
        kind = getattr(importlib.import_module(module), name)
        make = partial(_make, kind, spec.arguments)
        make()
        version = f"{spec.validator}@guardrails-ai {importlib.metadata.version('guardrails-ai')}"
    except Exception as error:  # noqa: BLE001 - validators check their arguments with all kinds of exceptions
        raise ConfigError(
            f"validators.{spec.id}: {spec.validator}: {type(error).__name__}: {error}"
        ) from None
    return GuardrailsDetector(spec, make, version)


def _make(kind: Callable[..., Validator], arguments: Mapping[str, Any]) -> Validator:
    """A validator that keeps to itself: Guardrails tells its makers about every validation unless it is
    told not to, and forgets that whenever somebody makes a ``Guard``."""
    importlib.import_module("guardrails.settings").settings.rc.enable_metrics = False
    return kind(**arguments)


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Whole words: some validators are off by a character, which a redaction would leave behind."""
    while start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def _passed(result: Any) -> bool:  # noqa: ANN401 - a ValidationResult
    outcome = result.outcome
    return str(getattr(outcome, "value", outcome)) == "pass"
