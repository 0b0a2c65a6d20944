"""Every recogniser against its table: exact spans, near misses, shifted and padded texts."""

import tomllib
from pathlib import Path

import pytest

from gateway.detect.patterns import PATTERNS
from gateway.detect.secrets import SECRETS
from tests.detect.conftest import Find, cases, unmark

HERE = Path(__file__).parent
NAMES = ("patterns", "secrets")
YES = [case for name in NAMES for case in cases(name, "yes")]
NO = [case for name in NAMES for case in cases(name, "no")]
PROSE = "It was a bright cold day, and the clocks were striking thirteen. "
STRANGE = "Ein Täßchen 🙂👩‍👩‍👧 é ﷽ "


@pytest.mark.parametrize(("name", "registry"), [("patterns", PATTERNS), ("secrets", SECRETS)])
def test_every_recogniser_has_a_table(name: str, registry: tuple) -> None:  # type: ignore[type-arg]
    tables = tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))
    assert set(tables) == {recogniser.label for recogniser in registry}
    assert all(table["yes"] and table["no"] for table in tables.values())


@pytest.mark.parametrize(("folder", "registry"), [("patterns", PATTERNS), ("secrets", SECRETS)])
def test_labels_are_unique_and_of_one_category(folder: str, registry: tuple) -> None:  # type: ignore[type-arg]
    labels = [recogniser.label for recogniser in registry]
    assert len(labels) == len(set(labels))
    assert {r.category for r in registry} == {"pii" if folder == "patterns" else "secret"}


@pytest.mark.parametrize(("label", "marked"), YES)
def test_finds_the_value_exactly(find: Find, label: str, marked: str) -> None:
    text, start, end = unmark(marked)
    assert (label, start, end) in {(f.label, f.start, f.end) for f in find(text)}


@pytest.mark.parametrize(("label", "text"), NO)
def test_does_not_find_what_only_looks_alike(find: Find, label: str, text: str) -> None:
    assert label not in {f.label for f in find(text)}


@pytest.mark.parametrize(("label", "marked"), YES)
@pytest.mark.parametrize("padding", [PROSE, STRANGE, PROSE * 300], ids=["prose", "strange", "long"])
def test_padding_shifts_the_span_and_nothing_else(find: Find, label: str, marked: str, padding: str) -> None:
    text, start, end = unmark(marked)
    score = {(f.label, f.start, f.end): f.score for f in find(text)}[label, start, end]
    shifted = {(f.label, f.start, f.end): f.score for f in find(f"{padding}\n{text} {padding}")}
    shift = len(padding) + 1
    assert shifted[label, start + shift, end + shift] == score


def test_clean_prose_has_no_finding(find: Find) -> None:
    assert find(PROSE * 100 + STRANGE * 20) == ()


@pytest.mark.parametrize("registry", [PATTERNS, SECRETS])
def test_every_label_is_documented(registry: tuple) -> None:  # type: ignore[type-arg]
    guide = (HERE.parents[1] / "docs/how-to/detectors.md").read_text("utf-8")
    assert [r.label for r in registry if f"`{r.label}`" not in guide] == []
