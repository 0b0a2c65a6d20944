"""Guards as data: what a file of ``policies/guardrails/`` says. Reading it does not need Guardrails."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from gateway.core.decision import Phase
from gateway.core.errors import ConfigError
from gateway.core.segment import Role
from gateway.detect.declared import Declaration, read

ACTIONS = "guard"
"""Category of the findings that say what a guard would have done, with the action as their label."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][\w.-]*$")]


class Use(Declaration):
    """One validator of a guard."""

    use: Annotated[str, Field(pattern=r"^([\w.]+:\w+|[\w-]+/[\w-]+)$")]
    """``module:Class``, or the name in the hub: ``guardrails/ban_list``."""

    arguments: dict[str, Any] = Field(default_factory=dict)
    on_fail: Literal["noop", "fix", "filter", "refrain", "reask", "exception"] = "noop"
    """What Guardrails would do; here it is told, and policy decides."""

    category: Name = "guardrails"
    label: str = ""
    """Of its findings; the validator's own short name where there is none."""


class GuardFile(Declaration):
    """A whole file: one guard."""

    guard: Name
    """The id by which a plan asks for it."""

    on: Annotated[tuple[Phase, ...], Field(min_length=1)] = get_args(Phase)
    roles: Annotated[tuple[Role, ...], Field(min_length=1)] = get_args(Role)
    """Whose words it reads."""

    deadline_ms: Annotated[int, Field(gt=0, le=60_000)] = 1000
    metadata: dict[str, Any] = Field(default_factory=dict)
    """What validators are told beside the text."""

    validators: Annotated[tuple[Use, ...], Field(min_length=1)]


def guards(folder: Path) -> list[tuple[Path, GuardFile, str]]:
    """Every guard of a folder, with its file and a digest of it, by file name.

    Raises:
        ConfigError: a file cannot be used, two guards have one id, or there is none.
    """
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not files:
        raise ConfigError(f"{folder}: there are no guards (*.yaml) here")
    found = [(path, read(path, GuardFile), _digest(path)) for path in files]
    _refuse_twins(found)
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _refuse_twins(found: Sequence[tuple[Path, GuardFile, str]]) -> None:
    first: dict[str, Path] = {}
    for path, declared, _ in found:
        if declared.guard in first:
            raise ConfigError(f"{path}:1: guard: {first[declared.guard]} declares {declared.guard!r} too")
        first[declared.guard] = path
