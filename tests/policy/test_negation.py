"""Warnings of negations that the engines answer differently, and none of others."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.policy.check import check, warnings
from gateway.policy.shipped import assemble, packs

DIFFERENT = {
    "member": 'not input.caller.attributes.purpose in {"care"}',
    "own": "not care(input.caller.attributes.purpose)",
    "builtin": 'not startswith(input.caller.attributes["purpose"], "c")',
    "unequal": 'not input.caller.attributes.purpose != "care"',
    "greater": "not input.exchange.parameters.temperature > 1",
    "sum": "not input.exchange.parameters.temperature + 1 == 3",
    "key": 'not {"care": true}[input.caller.attributes.purpose]',
    "local": 'some_ := input.caller.attributes\n\tnot some_.purpose in {"care"}',
}
ALIKE = {
    "bare": "not input.caller.attributes.purpose",
    "equal": 'not input.caller.attributes.purpose == "care"',
    "default": 'not object.get(input.caller.attributes, "purpose", "") in {"care"}',
    "there": 'input.caller.attributes.purpose\n\tnot input.caller.attributes.purpose in {"care"}',
    "sure": 'not input.caller.tenant in {"acme"}',
    "inside": 'not count([1 | input.caller.attributes.purpose in {"care"}]) > 0',
}
RULE = 'deny contains {"rule": "a.%s", "reason": "N."} if {\n\t%s\n}\n'
SOURCE = "\n".join(
    [
        "package lictor.request\n",
        'care(x) if x == "care"\n',
        *(RULE % each for each in (DIFFERENT | ALIKE).items()),
    ]
)
PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n'


def test_what_the_engines_answer_differently_is_warned_of(make_bundle: Callable[..., Path]) -> None:
    root = make_bundle({"a.rego": SOURCE, "plan.rego": PLAN})
    assert check(root) == []
    lines = SOURCE.splitlines()
    starts = [number for number, line in enumerate(lines, start=1) if '"rule"' in line]
    names = [*DIFFERENT, *ALIKE]
    found = {names[sum(start <= warning.line for start in starts) - 1] for warning in warnings(root)}
    assert found == set(DIFFERENT)
    assert all("object.get(input." in warning.message for warning in warnings(root))


@pytest.mark.parametrize("name", packs())
def test_nothing_that_is_shipped_is_warned_of(tmp_path: Path, name: str) -> None:
    assemble(tmp_path, [name])
    assert warnings(tmp_path) == []


def test_a_warning_is_told_and_fails_nothing(make_bundle: Callable[..., Path]) -> None:
    root = make_bundle({"a.rego": SOURCE, "plan.rego": PLAN})
    said = CliRunner().invoke(main, ["policy", "check", str(root)])
    assert said.exit_code == 0
    assert said.stderr.count("warning: ") == len(DIFFERENT)
    assert "a.rego:" in said.stderr
