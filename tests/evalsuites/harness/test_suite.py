"""Suites are checked whole, and named by a digest that moves with every change."""

from pathlib import Path
from typing import Any, Protocol

import pytest

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.suite import Suite, load_suite


class MakeSuite(Protocol):
    def __call__(self, cases: list[dict[str, Any]] | int = 3, /, **changes: object) -> Suite: ...


CASES = [{"id": "a", "input": {"prompt": "?"}}, {"id": "b", "input": {"prompt": "!"}}]


def test_a_suite_is_its_cases_metrics_and_card(make_suite: MakeSuite) -> None:
    suite = make_suite(
        CASES, epochs=2, metrics=["polite", {"name": "brief", "use": "length", "with": {"max": 9}}]
    )
    assert [case.id for case in suite.cases] == ["a", "b"]
    assert [(use.name, use.use, dict(use.options)) for use in suite.metrics] == [
        ("polite", "polite", {}),
        ("brief", "length", {"max": 9}),
    ]
    assert suite.epochs == 2
    assert suite.digest.startswith("sha256:")


def test_equal_content_has_one_digest_and_every_change_another(make_suite: MakeSuite) -> None:
    before = make_suite(CASES).digest
    assert make_suite([dict(reversed(case.items())) for case in CASES]).digest == before
    changed = [
        make_suite([{**CASES[0], "expect": {"no": 1}}, CASES[1]]).digest,
        make_suite(CASES[::-1]).digest,
        make_suite(CASES[:1]).digest,
        make_suite(CASES, epochs=2).digest,
        make_suite(CASES, title="Other").digest,
    ]
    assert len({before, *changed}) == 6


@pytest.mark.parametrize(
    ("cases", "changes", "said"),
    [
        ([], {}, "not one case"),
        ([CASES[0], CASES[0]], {}, "cases.jsonl:2: the case `a` was there before, in .*cases.jsonl:1"),
        ([{"id": "a"}], {}, r"cases.jsonl:1: `input` is missing"),
        ([{**CASES[0], "exspect": {}}], {}, "`exspect` is not known"),
        ([{**CASES[0], "id": ""}], {}, "id: this must be a text"),
        ([{**CASES[0], "id": 7}], {}, "id: this must be a text"),
        ([{**CASES[0], "input": {"x": float("nan")}}], {}, "cases.jsonl:1: this is no JSON: NaN"),
        (CASES, {"metrics": []}, "at least one metric"),
        (CASES, {"metrics": ["polite", "polite"]}, "two metrics are called `polite`"),
        (CASES, {"metrics": [{"name": "x"}]}, "`use` is missing"),
        (CASES, {"epochs": 0}, "epochs: this must be a whole number from 1"),
        (CASES, {"epochs": True}, "epochs: this must be a whole number"),
        (CASES, {"cases": "../cases.jsonl"}, "leads out of the suite"),
        (CASES, {"cases": "none.jsonl"}, "none.jsonl: cannot be read"),
        (CASES, {"card": {"source": "x"}}, "card: `labelling` is missing"),
        (CASES, {"licence": "x"}, "`licence` is not known here"),
    ],
)
def test_what_is_wrong_is_named(
    make_suite: MakeSuite, cases: list[dict[str, Any]], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageFault, match=said):
        make_suite(cases, **changes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("suite: [", r"suite.yaml:\d+: this is no YAML"),
        ("suite: a\nsuite: b\n", "suite.yaml:2: this is no YAML: `suite` stands twice"),
        ("- 1", "must be a mapping"),
    ],
)
def test_yaml_that_is_none_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "suite.yaml").write_text(text)
    with pytest.raises(UsageFault, match=said):
        load_suite(tmp_path)


def test_broken_lines_are_named(make_suite: MakeSuite, tmp_path: Path) -> None:
    root = make_suite(CASES).root
    (root / "cases.jsonl").write_text('{"id": "a", "input": {}}\n{"id": \n')
    with pytest.raises(UsageFault, match=r"cases\.jsonl:2: this is no JSON"):
        load_suite(root)
    (root / "cases.jsonl").write_bytes(b"\xff")
    with pytest.raises(UsageFault, match="cannot be read"):
        load_suite(root)
