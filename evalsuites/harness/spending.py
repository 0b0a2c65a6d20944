"""What a run has spent, and when that is enough."""

import fnmatch
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.gates.gate import Budget
from evalsuites.harness.reading import check_keys, mapping, number, read_yaml
from evalsuites.harness.target.answer import Answer

Prices = Mapping[str, tuple[float, float]]
"""Dollars for a million input and output tokens, by a glob over the model's name; the first that fits."""


@dataclass(slots=True)
class Spending:
    """Counts what one process spends. Several share a budget in equal parts."""

    budget: Budget
    prices: Prices = field(default_factory=dict)
    shares: int = 1
    tokens: int = 0
    usd: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    def exhausted(self) -> str:
        """What has run out, or an empty string."""
        limits = (
            ("tokens", self.tokens, self.budget.tokens),
            ("dollars", self.usd, self.budget.usd),
        )
        for name, spent, limit in limits:
            if limit is not None and spent >= limit / self.shares:
                return f"the budget of {limit:g} {name} is spent"
        seconds = self.budget.seconds
        if seconds is not None and time.monotonic() - self._began >= seconds:
            return f"the budget of {seconds:g} seconds is spent"
        return ""

    def add(self, model: str, answer: Answer) -> float | None:
        """Count an answer; the dollars that it cost, None where the model has no price.

        A recording costs nothing now, but did once.
        """
        cost = price(self.prices, model, answer)
        self.tokens += answer.tokens
        self.usd += cost or 0.0
        return cost


def price(prices: Prices, model: str, answer: Answer) -> float | None:
    """What an answer costs; None where the model has no price."""
    usage = answer.body.get("usage")
    counted = usage if isinstance(usage, dict) else {}
    sent: int = counted.get("prompt_tokens") or counted.get("input_tokens") or 0
    received: int = counted.get("completion_tokens") or counted.get("output_tokens") or 0
    for pattern, (into, out) in prices.items():
        if fnmatch.fnmatchcase(model, pattern):
            return (sent * into + received * out) / 1e6
    return None


def read_prices(path: Path) -> Prices:
    """A price list: ``model-glob: {input: 1.0, output: 2.0}``.

    Raises:
        UsageFault: it cannot be used.
    """
    found = {}
    for pattern, entry in mapping(read_yaml(path), str(path)).items():
        where = f"{path}: {pattern}"
        values = mapping(entry, where)
        check_keys(values, {"input", "output"}, {"input", "output"}, where)
        found[pattern] = (
            number(values["input"], 0, 1e6, f"{where}.input"),
            number(values["output"], 0, 1e6, f"{where}.output"),
        )
    if not found:
        raise UsageFault(str(path), "there is not one price")
    return found
