from collections.abc import Callable
from pathlib import Path

from gateway.policy.rego_tests import run_tests

Make = Callable[..., Path]

RULE = "package lictor.request\n\nimport data.lictor.help\n\ndeny contains help.verdict if help.streams\n"
HELP = """package lictor.help

streams if input.exchange.stream

verdict := {"rule": "a.b", "reason": data.why}
"""
TESTS = """package lictor.request_test

import data.lictor.request

on := {"exchange": {"stream": true}}

test_passes if count(request.deny) == 1 with input as on

test_off if count(request.deny) == 0 with input as {"exchange": {"stream": false}}

test_data if {
	some verdict in request.deny with input as on with data.why as "Because."
	verdict.reason == "Because."
}

test_fails if count(request.deny) == 0 with input as on

test_breaks if to_number("x") == 1

test_is_not_true := 7
"""


def test_every_test_is_reported(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE, "h.rego": HELP, "a_test.rego": TESTS}, {"why": "No."})
    results = {result.name: result for result in run_tests(root)}
    passed = {name for name, result in results.items() if result.passed}
    assert passed == {"test_passes", "test_off", "test_data"}
    assert results["test_fails"].error == "some expression in the test is undefined or false"
    assert "could not parse" in results["test_breaks"].error
    assert results["test_is_not_true"].error == "the test is 7, not true"
    assert results["test_fails"].line == 16
    assert results["test_fails"].file == str(root / "a_test.rego")


def test_pattern_narrows(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE, "h.rego": HELP, "a_test.rego": TESTS}, {"why": "No."})
    assert [result.name for result in run_tests(root, "_passes")] == ["test_passes"]
    assert len(run_tests(root, "lictor.request_test.")) == 6


def test_nothing_to_run_is_an_empty_list(make_bundle: Make) -> None:
    assert run_tests(make_bundle({"a.rego": RULE, "h.rego": HELP})) == []


def test_rules_of_the_bundle_are_no_tests(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE + "\ntest_x := true\n", "h.rego": HELP})
    assert run_tests(root) == []
