"""A metric of one's own, as the how-to writes it."""

import re
import sys
from pathlib import Path

import pytest

from evalsuites.harness.metrics.base import Unmeasured
from evalsuites.harness.metrics.registry import metric_of
from evalsuites.harness.suite import Case, MetricUse
from evalsuites.harness.target.answer import Answer

HOW_TO = Path(__file__).parents[4] / "docs" / "how-to" / "gate-a-release.md"
ANSWERED = {"choices": [{"text": "You will get a refund."}]}


def test_the_metric_of_the_how_to_works_in_ten_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)
    assert len(code.splitlines()) <= 10
    (tmp_path / "refunds").mkdir()
    (tmp_path / "refunds" / "metrics.py").write_text(code, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    metric = metric_of(MetricUse("ours", "refunds.metrics:no_promise"), "suite.yaml")
    assert metric(Case("c", {}), Answer(200, ANSWERED)).value == 0
    assert metric(Case("c", {}), Answer(200, {"choices": []})).value == 1
    with pytest.raises(Unmeasured, match="policy stopped"):
        metric(Case("c", {}), Answer(400, {}, {"x-lictor-decision": "deny"}))
    sys.modules.pop("refunds.metrics")
