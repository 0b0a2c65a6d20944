from typing import Any

import pytest

from onnx_models.training.generators.people import UNSEEN
from onnx_models.training.goals import GOALS, goals, ratio


def figures(value: float, rates: dict[str, float]) -> dict[str, Any]:
    one = {"value": value}
    labels = {name: {"auc": one, "fpr": one} for name in ("toxicity", "bias", "injection")}
    strangers = ("sources left out", "sources left out, own sources")
    parts = ("random tenth, own sources", *strangers, "ordinary prompts", "trigger words")
    names = dict.fromkeys(("wikigold", "broad_twitter_corpus_dev", "wnut17"), one)
    return dict.fromkeys(parts, labels) | {"names and places": names, "structured": one, "people": rates}


@pytest.mark.parametrize(
    ("rates", "times"), [([0.1, 0.2, 0.4], 2.0), ([0.0, 0.0, 0.0], 1.0), ([0.0, 0.0, 0.1], float("inf"))]
)
def test_the_worst_group_is_held_against_the_median(rates: list[float], times: float) -> None:
    assert ratio({str(at): rate for at, rate in enumerate(rates)}) == pytest.approx(times)


def test_every_goal_has_a_line_and_every_miss_a_reason() -> None:
    text = goals(figures(0.5, dict.fromkeys(UNSEEN, 0.1) | {"women": 0.3}))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == len(GOALS) + 2
    assert "Not reached" in text
    reasons = text.split("- Not reached", 1)[1]
    assert all(goal.title in reasons for goal in GOALS if goal.wanted.startswith("≥"))


def test_a_reached_goal_is_not_explained() -> None:
    text = goals(figures(0.99, dict.fromkeys(UNSEEN, 0.1)))
    assert "injection, ordinary prompts" in text
    assert "- Not reached (injection, ordinary prompts" in text
    assert "names and places, wikigold" not in text.split("- Not reached", 1)[1]


def test_figures_on_strangers_come_from_the_run_that_held_them_out() -> None:
    later = figures(0.99, dict.fromkeys(UNSEEN, 0.1)) | {"before": figures(0.4, dict.fromkeys(UNSEEN, 0.1))}
    (line,) = [line for line in goals(later).splitlines() if "wikigold" in line and line.startswith("|")]
    assert "0.400 | no" in line
