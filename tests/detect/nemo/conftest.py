"""One thread for the rails of a test."""

from collections.abc import Iterator

import pytest

from gateway.detect.nemo.loop import RailsLoop


@pytest.fixture
def loop() -> Iterator[RailsLoop]:
    running = RailsLoop()
    yield running
    running.close()
