"""Protected cases: decisions that no candidate may change, as YAML cases beside the policy."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from gateway.core.errors import ConfigError
from gateway.policy.bundle import load
from gateway.policy.embedded import EmbeddedEngine


@dataclass(frozen=True, slots=True)
class Case:
    """How a protected case fared under the candidate."""

    name: str
    differences: tuple[str, ...]
    """What is not as expected; empty when all is."""


class _Result(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def differences(self) -> tuple[str, ...]: ...


def protected(folder: Path, bundle: Path) -> tuple[Case, ...]:
    """The cases in ``folder``, run on the bundle.

    Raises:
        ConfigError: a case or the bundle cannot be used.
    """
    try:
        cases = import_module("gateway.policy.cases")
    except ModuleNotFoundError:
        raise ConfigError("this gateway has no runner of YAML cases") from None
    run = cast("Callable[[Path, EmbeddedEngine], Iterable[_Result]]", cases.run_cases)
    return tuple(Case(each.name, each.differences) for each in run(folder, EmbeddedEngine(load(bundle))))
