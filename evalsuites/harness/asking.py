"""How metrics ask a judge: through a gateway, in a role of its own, from the budget of the run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

from evalsuites.harness.metrics.base import Ask, Metric, Unmeasured
from evalsuites.harness.spending import Spending
from evalsuites.harness.target.answer import JUDGE, Answer, Request, Target


@dataclass(slots=True)
class Asking:
    """Asks the target that ``open`` gives: the same each time, opened when the first metric asks."""

    open: Callable[[], Target]
    spending: Spending
    timeout_s: float = 120.0

    def handed(self, metrics: Mapping[str, Metric], epoch: int) -> Mapping[str, Metric]:
        """The metrics, those that name ``ask`` with a way to do so."""
        ask: Ask = partial(self._ask, epoch)
        return {
            name: partial(metric, ask=ask) if "ask" in signature(metric).parameters else metric
            for name, metric in metrics.items()
        }

    def _ask(
        self, epoch: int, path: str, body: Mapping[str, Any], timeout_s: float | None = None, /
    ) -> Answer:
        """Tokens count against the budget, and not as those of the answer that is judged."""
        if spent := self.spending.exhausted():
            raise Unmeasured(spent)
        limit = self.timeout_s if timeout_s is None else min(timeout_s, self.timeout_s)
        answer = self.open().ask(Request(path, body, epoch, JUDGE), limit)
        self.spending.add(str(body.get("model", "")), answer)
        return answer
