"""A declared guard as a detector, run by ``guardrails.Guard`` itself.

A guard's verdict is always findings. What it would have done about a failure, such as a fix or a refusal, is
a finding of its own, never an action: policy has the last word.
"""

import importlib
import importlib.metadata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from gateway.core.errors import ConfigError
from gateway.core.finding import Hit
from gateway.core.segment import Segment
from gateway.detect.declared import document, line_of
from gateway.detect.detector import Occasion, Report
from gateway.detect.guardrails.declaration import ACTIONS, GuardFile, Use, guards
from gateway.detect.guardrails.errands import Check, Errands, spans
from gateway.detect.guardrails.library import library

MODULES: Final = ("guardrails_ai", "gateway.detect.guardrails.validator")
"""Where validators of a declared guard may come from; importing a module runs it."""


class Guard(Protocol):
    """As much of Guardrails' ``Guard`` as a detector needs."""

    history: Any

    def validate(self, llm_output: str, **options: Any) -> Any:  # noqa: ANN401 - as Guardrails has it
        """A ``ValidationOutcome``."""
        ...


class GuardDetector:
    """Runs one declared guard, with a new ``Guard`` for each call."""

    def __init__(self, declared: GuardFile, make: Callable[[], Guard], version: str) -> None:
        self.id = declared.guard
        self.version = version
        self.categories = frozenset({ACTIONS, *(use.category for use in declared.validators)})
        self._declared = declared
        self._make = make
        self._errands = Errands(self.id, self._check, declared.deadline_ms / 1000)

    def passes_over(self, segment: Segment, occasion: Occasion) -> str:
        """Phases and roles that the declaration leaves out."""
        if occasion.phase not in self._declared.on:
            return "other_phase"
        return "" if segment.role in self._declared.roles else "other_role"

    async def detect_segments(self, segments: Sequence[Segment], occasion: Occasion) -> list[Report]:  # noqa: ARG002
        """One report a segment; those that were not reached in time say ``deadline``."""
        return await self.detect_batch([segment.text for segment in segments])

    async def detect_batch(self, texts: Sequence[str]) -> list[Report]:
        """The same for bare texts."""
        return await self._errands.run(texts)

    def _check(self) -> Check:
        return partial(self._report, self._make())

    def _report(self, guard: Guard, text: str) -> Report:
        fault = ""
        try:
            guard.validate(text, metadata=dict(self._declared.metadata))
        except Exception as error:  # noqa: BLE001 - a guard's way of refusing, or a validator's crash
            fault = type(error).__name__
        hits = tuple(self._hits(guard.history.last, text))
        refused = any(hit.category == ACTIONS and hit.label == "exception" for hit in hits)
        return Report(hits, "" if refused else fault)

    def _hits(self, call: Any, text: str) -> Iterator[Hit]:  # noqa: ANN401 - a Call
        """A finding for each place where a validator failed, and one for each thing to be done about it."""
        actions = set()
        logs = call.iterations.last.outputs.validator_logs
        for use, log in zip(self._declared.validators, logs, strict=False):
            result = log.validation_result
            if result is None or str(getattr(result.outcome, "value", result.outcome)) == "pass":
                continue
            actions.add(use.on_fail)
            # Behind a fix a validator reads another text, whose places are not those of this one.
            named = getattr(result, "error_spans", None) if log.value_before_validation == text else None
            for start, end in spans(text, named):
                yield Hit(use.category, use.label or _short(log.registered_name), 1.0, start, end)
        for action in sorted(actions):
            yield Hit(ACTIONS, action, 1.0, 0, len(text))


def load_guards(folder: Path, modules: Sequence[str] = ()) -> tuple[GuardDetector, ...]:
    """Every guard of a folder. ``modules`` are further modules that validators may come from.

    Raises:
        ConfigError: one cannot be read, is not installed, or refuses its arguments.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder of guards")
    allowed = (*MODULES, *modules)
    return tuple(_load(path, declared, digest, allowed=allowed) for path, declared, digest in guards(folder))


def _load(path: Path, declared: GuardFile, digest: str, *, allowed: Sequence[str]) -> GuardDetector:
    try:
        package = library()
        version = f"{digest}@guardrails-ai {importlib.metadata.version('guardrails-ai')}"
    except ImportError as error:
        raise ConfigError(f"{path}: guards need the extra `guardrails`: {error}") from None
    makers = [_maker(path, index, use, allowed) for index, use in enumerate(declared.validators)]
    make = partial(_guard, package, makers)
    make()
    return GuardDetector(declared, make, version)


def _maker(path: Path, index: int, use: Use, allowed: Sequence[str]) -> Callable[[], Any]:
    """What makes the validator, tried once."""
    try:
        make = partial(_kind(use.use, allowed), on_fail=use.on_fail, **use.arguments)
        make()
    except Exception as error:  # noqa: BLE001 - validators check their arguments with all kinds of exceptions
        _, lines = document(path)
        line = line_of(lines, ("validators", index))
        what = "" if isinstance(error, ConfigError) else f"{type(error).__name__}: "
        raise ConfigError(f"{path}:{line}: validators.{index}: {use.use}: {what}{error}") from None
    return make


def _kind(name: str, allowed: Sequence[str]) -> Callable[..., Any]:
    """The validator's class, from an allowed module; never anything else that a module may hold."""
    module, _, attribute = name.partition(":")
    if not attribute:
        owner, _, short = name.partition("/")
        module = f"{owner.replace('-', '_')}_ai.{short.replace('-', '_')}"
    if not any(module == root or module.startswith(f"{root}.") for root in allowed):
        raise ConfigError(f"validators of {module} are not allowed here; `guard_modules` can allow them")
    members: Mapping[str, Any] = vars(importlib.import_module(module))
    base = importlib.import_module("guardrails.validator_base").Validator
    kinds = {key: kind for key, kind in members.items() if isinstance(kind, type) and issubclass(kind, base)}
    if attribute in kinds:
        return kinds[attribute]
    for kind in kinds.values():
        if not attribute and getattr(kind, "rail_alias", "") == name:
            return kind
    raise ConfigError(f"{module} has no such validator")


def _guard(package: Any, makers: Sequence[Callable[[], Any]]) -> Guard:  # noqa: ANN401 - Guardrails is untyped
    guard = package.Guard()
    guard.configure(allow_metrics_collection=False)
    used: Guard = guard.use(*(make() for make in makers))
    return used


def _short(registered: str) -> str:
    return registered.rpartition("/")[2]
