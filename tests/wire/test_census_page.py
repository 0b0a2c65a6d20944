"""The page of endpoints says what the gateway does."""

from pathlib import Path

import gateway.wire
from gateway.wire.census import census
from gateway.wire.census_page import refresh
from gateway.wire.endpoints import ENDPOINTS

PAGE = Path(gateway.wire.__file__).parents[2] / "docs" / "reference" / "endpoints.md"


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text()
    assert refresh(text) == text, f"run: python -m gateway.wire.census_page {PAGE}"


def test_every_endpoint_and_every_field_is_on_it() -> None:
    text = PAGE.read_text()
    assert all(f"`{endpoint.method} {endpoint.paths[0].whole}`" in text for endpoint in ENDPOINTS)
    assert all(f"`{entry.field}`" in text for entry in census())


def test_every_reason_is_explained() -> None:
    explained = PAGE.read_text().partition("## Every endpoint")[0]
    words = {word for entry in census() for word in (entry.reason, entry.gap) if word}
    assert all(f"`{word}`" in explained for word in words)
