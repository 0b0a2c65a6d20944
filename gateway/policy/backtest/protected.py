"""Protected cases: decisions that no candidate may change, as YAML cases beside the policy."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from gateway.policy.bundle import load
from gateway.policy.cases import Exchanger, run_cases
from gateway.policy.embedded import EmbeddedEngine

Protected: TypeAlias = Mapping[str, tuple[str, ...]]
"""By name of a case: what is not as it expects, a line each."""


def protected(folder: Path, bundle: Path, exchanger: Exchanger | None = None) -> Protected:
    """The cases in ``folder``, run on the bundle; those that give an exchange need an ``exchanger``.

    Raises:
        ConfigError: a case or the bundle cannot be used.
    """
    results = run_cases(folder, EmbeddedEngine(load(bundle)), exchanger)
    return {result.name: result.differences for result in results}
