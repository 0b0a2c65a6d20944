"""Cost of what a candidate newly stops, by a table of prices that the user gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import orjson

from gateway.core.errors import ConfigError
from gateway.policy.backtest.sums import Spending, Sums

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Price:
    """Of a million tokens, in whatever currency the table has."""

    input: Decimal
    output: Decimal


Prices = Mapping[str, Price]
"""By model; a name may be a pattern such as ``gpt-*``."""


def read_prices(path: Path) -> Prices:
    """Read ``{"<model or pattern>": {"input": 2.0, "output": 8.0}}``, prices of a million tokens.

    Raises:
        ConfigError: the file cannot be read, or is none.
    """
    try:
        table = orjson.loads(path.read_bytes())
        return {
            str(model): Price(_number(price["input"]), _number(price["output"]))
            for model, price in table.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError, InvalidOperation):
        shape = '{"gpt-4.1": {"input": 2.0, "output": 8.0}}, prices of a million tokens'
        raise ConfigError(f"{path}: a table of prices looks like {shape}") from None


def _number(value: object) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite() or number < 0:
        raise ValueError("no price")
    return number


def cost(sums: Sums, prices: Prices | None) -> Json:
    """What newly stopped exchanges took, by model, and what that would have cost."""
    return {
        "saved": _part(sums.before, prices),
        "wasted": _part(sums.after, prices),
        "unpriced": sorted(
            model for model in {*sums.before, *sums.after} if prices is not None and not _price(model, prices)
        ),
    }


def _part(spent: Mapping[str, Spending], prices: Prices | None) -> list[Json]:
    return [_line(model, spent[model], prices) for model in sorted(spent)]


def _line(model: str, spent: Spending, prices: Prices | None) -> Json:
    line: Json = {
        "model": model,
        "exchanges": spent.exchanges,
        "uncounted": spent.uncounted,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
    }
    price = _price(model, prices or {})
    if price is not None:
        total = price.input * spent.input_tokens + price.output * spent.output_tokens
        line["price"] = format((total / 1_000_000).quantize(Decimal("0.000001")), "f")
    return line


def _price(model: str, prices: Prices) -> Price | None:
    """The exact name, else the longest pattern that fits."""
    fitting = [name for name in prices if name == model or fnmatchcase(model, name)]
    return prices[max(fitting, key=lambda name: (name == model, len(name), name))] if fitting else None
