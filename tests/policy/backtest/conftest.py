from pathlib import Path

import pytest

from tests.policy.backtest.scene import Bundles


@pytest.fixture
def bundle(tmp_path: Path) -> Bundles:
    """What makes bundles."""
    return Bundles(tmp_path)
