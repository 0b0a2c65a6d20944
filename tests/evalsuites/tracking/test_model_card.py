"""The model card as the Hub's own library reads it."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuites.harness.faults import UsageFault
from evalsuites.tracking.model_card import _with_index, update
from evalsuites.tracking.record import tracked

CARD = """---
license: apache-2.0   # ours
model-index:
- name: gemma
  results:
  - task: {type: text-classification}
    dataset: {name: IMDB, type: imdb}
    metrics: [{type: accuracy, value: 0.9}]

# keep me
tags: ["quoted"]
---
# A card

--- not a fence
"""


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_only_the_index_changes(tmp_path: Path, written: Path, eol: str) -> None:
    card = tmp_path / "README.md"
    card.write_bytes(CARD.replace("\n", eol).encode())
    assert update(card, tracked(written)) == 1
    first = card.read_bytes().decode()
    head, tail = CARD.replace("\n", eol).split("model-index:")[0], CARD.replace("\n", eol).split("0.9}]")[1]
    assert first.startswith(head)
    assert first.endswith(tail)
    assert update(card, tracked(written)) == 1
    assert card.read_bytes().decode() == first


def test_what_a_judge_says_of_canaries_is_no_result_of_a_model(tmp_path: Path, written: Path) -> None:
    run = tracked(written)
    canary = replace(run.results[0], suite="judge/kind")
    card = tmp_path / "README.md"
    assert update(card, replace(run, results=[canary, *run.results])) == 1
    assert "judge/kind" not in card.read_text()


def test_the_hub_reads_it(tmp_path: Path, written: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    card = tmp_path / "README.md"
    card.write_text(CARD)
    update(card, tracked(written))
    read = hub.ModelCard(card.read_text())
    assert read.data.model_name == "gemma"
    found = {(one.dataset_type, one.metric_type): one for one in read.data.eval_results}
    assert found["imdb", "accuracy"].metric_value == 0.9
    ours = found["lictor/manners", "polite"]
    assert ours.metric_value == pytest.approx(58 / 59, abs=1e-6)
    assert ours.metric_args["cases"] == 59
    assert ours.metric_args["low"] < ours.metric_value < ours.metric_args["high"]
    assert ours.dataset_args["answer"] == "FAIL"


@pytest.mark.parametrize("text", ["", "# Only text\n", "---\nlicense: mit\n---\nText\n", "---\n---\n"])
def test_a_card_without_an_index_gets_one(tmp_path: Path, written: Path, text: str) -> None:
    card = tmp_path / "card.md"
    if text:
        card.write_text(text)
    update(card, tracked(written), "mine")
    after = card.read_text()
    front = yaml.safe_load(after.split("---\n")[1])
    assert front["model-index"][0]["name"] == "mine"
    assert front.get("license") == ("mit" if "mit" in text else None)
    assert after.endswith(text.rpartition("---\n")[2])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\nlicense: mit\n", "does not end"),
        ("---\na: [\n---\n", "no YAML"),
        ("---\n- a\n---\n", "must be a mapping"),
        ("---\nmodel-index: 3\n---\n", "must be a list"),
        ("---\n{a: b}\n---\n", "one key a line"),
    ],
)
def test_a_broken_card_is_refused_and_stays(tmp_path: Path, written: Path, text: str, said: str) -> None:
    card = tmp_path / "card.md"
    card.write_text(text)
    with pytest.raises(UsageFault, match=said):
        update(card, tracked(written))
    assert card.read_text() == text


@settings(max_examples=25)
@given(
    st.dictionaries(st.text(min_size=1, max_size=5), st.text() | st.lists(st.integers()), max_size=4),
    st.text(),
)
def test_whatever_else_is_there_stays(front: dict[str, object], body: str) -> None:
    text = "---\n" + (yaml.safe_dump(front) if front else "") + "---\n" + body
    after = _with_index(text, "card", [{"task": {"type": "x"}}], "n", named=False)
    again = after.split("---\n", 1)[1]
    parsed = yaml.safe_load(again[: again.index("---\n" + body) if body else again.rindex("---\n")])
    assert parsed.pop("model-index")[0]["results"]
    assert parsed == front
    assert after.endswith("---\n" + body)
