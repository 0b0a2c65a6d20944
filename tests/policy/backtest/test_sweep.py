from pathlib import Path
from typing import Any, cast

import pytest

from gateway.core.errors import ConfigError
from gateway.policy.backtest.sweep import points, swept
from gateway.policy.bundle import load
from tests.policy.backtest.scene import Bundles


def test_values_are_those_that_are_written() -> None:
    found = points(["settings.deny=0.1:0.3:0.1", "settings.limit=1:3:2"])
    assert [point.name for point in found] == [
        "settings.deny=0.1", "settings.deny=0.2", "settings.deny=0.3", "settings.limit=1", "settings.limit=3",
    ]  # fmt: skip


@pytest.mark.parametrize("spec", ["", "a", "a=1", "a=1:2", "a=2:1:1", "a=1:2:0", "a=0:1:0.0001", "=1:2:1"])
def test_what_is_no_sweep(spec: str) -> None:
    with pytest.raises(ConfigError, match="sweep"):
        points([spec])


def test_too_many_points_at_once() -> None:
    with pytest.raises(ConfigError, match="at most"):
        points(["a=1:30:1", "b=1:30:1"])


def test_only_the_number_changes(bundle: Bundles) -> None:
    whole = load(bundle())
    [point] = points(["settings.deny=0.5:0.5:0.1"])
    changed = swept(whole, point)
    assert changed.revision != whole.revision
    settings = cast("dict[str, Any]", changed.data["settings"])
    assert settings == cast("dict[str, Any]", whole.data["settings"]) | {"deny": 0.5}


@pytest.mark.parametrize("path", ["settings.absent", "settings.mask", "settings", "settings.deny.more"])
def test_only_numbers_can_be_swept(bundle: Bundles, path: str) -> None:
    [point] = points([f"{path}=1:1:1"])
    root: Path = bundle()
    with pytest.raises(ConfigError, match="sweep"):
        swept(load(root), point)
