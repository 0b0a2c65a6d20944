from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.policy.backtest.cost import cost, read_prices
from gateway.policy.backtest.sums import Spending, Sums


def _prices(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "prices.json"
    path.write_text(text)
    return path


def test_prices_are_of_a_million_tokens_and_the_nearest_name_wins(tmp_path: Path) -> None:
    table = '{"gpt-*": {"input": 1, "output": 1}, "gpt-4.1": {"input": 2.5, "output": 8}}'
    prices = read_prices(_prices(tmp_path, table))
    sums = Sums()
    sums.before = {"gpt-4.1": Spending(2, 0, 1000, 100), "claude": Spending(1, 1)}
    sums.after = {"gpt-5": Spending(1, 0, 1_000_000, 0)}
    found = cost(sums, prices)
    assert [line.get("price") for line in found["saved"]] == [None, "0.003300"]
    assert found["wasted"][0]["price"] == "1.000000"
    assert found["unpriced"] == ["claude"]
    assert cost(sums, None)["unpriced"] == []


@pytest.mark.parametrize(
    "text", ["", "[]", '{"m": 3}', '{"m": {"input": 1}}', '{"m": {"input": "x", "output": 1}}',
             '{"m": {"input": -1, "output": 1}}', '{"m": {"input": "NaN", "output": 1}}'],
)  # fmt: skip
def test_what_is_no_table(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="a table of prices looks like"):
        read_prices(_prices(tmp_path, text))
