"""How the tests of a bundle fare."""

from dataclasses import replace
from pathlib import Path

from gateway.policy.bundle import load
from gateway.policy.probe import Probe
from gateway.policy.suite import Result, suite


def run_tests(root: Path, pattern: str = "") -> list[Result]:
    """How the ``test_`` rules of a bundle fare, its cases apart."""
    whole = suite(root, pattern)
    rego = replace(whole, tests=tuple(test for test in whole.tests if test.kind == "rego"))
    return list(rego.run(Probe(load(root), rego.modules)))
