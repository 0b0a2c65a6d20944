from collections import Counter
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.policy.backtest.labels import agreement, read_labels


def test_labels_are_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"exchange": "a", "should_deny": true}\n\n{"exchange": "b", "should_deny": false}\n')
    assert read_labels(path) == {"a": True, "b": False}


@pytest.mark.parametrize("line", ["x", "[]", '{"exchange": "a"}', '{"exchange": 1, "should_deny": true}',
                                  '{"exchange": "a", "should_deny": 1}'])  # fmt: skip
def test_what_is_no_label_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(f'{{"exchange": "a", "should_deny": true}}\n{line}\n')
    with pytest.raises(ConfigError, match=r"labels\.jsonl:2"):
        read_labels(path)


def test_precision_and_recall() -> None:
    counts = Counter({
        ("new", True, True): 3, ("new", True, False): 1, ("new", False, True): 2, ("new", False, False): 4,
    })  # fmt: skip
    found = agreement(counts)["new"]
    assert found["precision"][1] == pytest.approx(3 / 5)
    assert found["recall"][1] == pytest.approx(3 / 4)
    assert (found["missed"], found["wrongly_stopped"]) == (1, 2)
    assert agreement(Counter()) == {}
