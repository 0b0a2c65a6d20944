"""The how-to page about answers, followed to the letter."""

import re
import shutil
from pathlib import Path

import gateway.policy
from gateway.core.decision import Effect
from gateway.core.exchange import Caller, Exchange
from gateway.policy.bundle import load
from gateway.policy.check import check
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.facts import plan_facts
from gateway.policy.shipped import baseline

PAGE = (Path(gateway.policy.__file__).parents[2] / "docs" / "how-to" / "answers.md").read_text()


def test_its_rules_are_in_order_and_mean_what_the_page_says(tmp_path: Path) -> None:
    root = tmp_path / "bundle"
    shutil.copytree(baseline(), root)
    rules = re.findall(r"```rego\n(.*?)```", PAGE, re.DOTALL)
    for index, rule in enumerate(rules):
        (root / "lictor" / f"page{index}.rego").write_text(rule)
    assert len(rules) == 3
    assert check(root) == []
    engine = EmbeddedEngine(load(root), ("patterns",))
    plans = [
        engine.plan(plan_facts(Exchange("1", "chat.completions", "openai_chat", Caller(app=app))))
        for app in ("console", "other")
    ]
    assert [plan.annotate for plan in plans] == ["lictor", "none"]


def test_the_rule_about_personal_data_adds_its_header(tmp_path: Path) -> None:
    rule = re.findall(r"```rego\n(.*?)```", PAGE, re.DOTALL)[1]
    (tmp_path / "a.rego").write_text(rule)
    engine = EmbeddedEngine(load(tmp_path), ("patterns",))
    (verdict,) = engine.evaluate("response", {"findings": [{"id": "f0", "category": "pii"}]})
    assert (verdict.effect, verdict.params["headers"]) == (Effect.FLAG, {"x-data-class": "personal"})
