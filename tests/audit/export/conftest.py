"""One log with a record of every type, and some traffic."""

from pathlib import Path

import pytest

from gateway.audit.export.entry import Entry
from tests.audit.export.past import Past, calls, entries, specimens


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "log"
    past = Past(path)
    past.grow(specimens())
    past.grow(calls(150))
    return path


@pytest.fixture(scope="session")
def every(log: Path) -> list[Entry]:
    return entries(log)
