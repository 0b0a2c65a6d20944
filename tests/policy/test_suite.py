from collections.abc import Callable
from pathlib import Path

from gateway.policy.build import archived
from gateway.policy.reading import contents
from gateway.policy.suite import suite
from tests.policy.bundles import run_tests

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
    results = {result.test.name: result for result in run_tests(root)}
    passed = {name for name, result in results.items() if result.passed}
    assert passed == {"test_passes", "test_off", "test_data"}
    assert results["test_fails"].differences == ("some expression in the test is undefined or false",)
    assert "could not parse" in results["test_breaks"].differences[0]
    assert results["test_is_not_true"].differences == ("the test is 7, not true",)
    assert results["test_fails"].test.line == 16
    assert results["test_fails"].test.file == str(root / "a_test.rego")


def test_pattern_narrows(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE, "h.rego": HELP, "a_test.rego": TESTS}, {"why": "No."})
    assert [result.test.name for result in run_tests(root, "_passes")] == ["test_passes"]
    assert len(run_tests(root, "lictor.request_test.")) == 6


def test_nothing_to_run_is_an_empty_list(make_bundle: Make) -> None:
    assert run_tests(make_bundle({"a.rego": RULE, "h.rego": HELP})) == []


def test_rules_of_the_bundle_are_no_tests(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE + "\ntest_x := true\n", "h.rego": HELP})
    assert run_tests(root) == []


def test_an_archive_has_no_cases_to_run(make_bundle: Make, tmp_path: Path) -> None:
    root = make_bundle({"a.rego": RULE, "h.rego": HELP, "a_test.rego": TESTS}, {"why": "No."})
    archive = tmp_path / "bundle.tar.gz"
    archive.write_bytes(archived(contents(root)))
    assert len(suite(archive).tests) == 6
