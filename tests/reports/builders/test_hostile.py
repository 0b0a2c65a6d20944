"""A log's keeper can sign anything: whatever stands in records, a report is made and no rendering breaks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.audit.canonical import decode, encode
from reports.builders import KINDS
from reports.context import Context
from reports.renderers import rendered
from tests.reports.sample import varied, write_log

Make = Callable[..., Context]

SAMPLES = [decode(entry) for entry in varied()]

odd = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=3,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in ((*path, key), *_places(item, (*path, key)))]


@st.composite
def altered(draw: st.DrawFn) -> bytes:
    """A record of the sample with one value replaced by anything, or taken away."""
    record: Any = json.loads(json.dumps(draw(st.sampled_from(SAMPLES))))
    place = draw(st.sampled_from([path for path in _places(record) if path[0] != "exchange"]))
    holder = record
    for key in place[:-1]:
        holder = holder[key]
    if isinstance(holder, dict) and draw(st.booleans()):
        del holder[place[-1]]
    else:
        holder[place[-1]] = draw(odd)
    return encode(record)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(altered(), min_size=1, max_size=4), st.sampled_from(sorted(set(KINDS) - {"models"})))
def test_any_record_makes_a_report(
    make: Make, tmp_path_factory: pytest.TempPathFactory, entries: list[bytes], kind: str
) -> None:
    log: Path = write_log(tmp_path_factory.mktemp("odd") / "log", [*varied(), *entries])
    found = KINDS[kind].build(make(log, more={"exchange": "E1"}))
    for name in ("html", "json", "csv", "oscal", "sarif", "in-toto"):
        assert rendered(found, name)
